"""Tries disclosure labels on made-up evidence: what is claimed must be earned, and is then said.

The labels that were really given are compared in `labels`.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from controls.check.model import Finding
from controls.gateway import disclosure
from controls.prompts import Prompt

PLACE = "controls/gateway/disclosure.py"


def mislabelled() -> tuple[int, list[Finding]]:
    """Return how many labels were asked for, and a finding for each that is not earned."""
    passed = '{"set": "probe", "exit": 0, "cases": 5, "rate": 1.0, "floor": 0.9, "complete": true,'
    about = '"prompt": {"name": "p", "version": "1", "sha256": "%s"}, "models": ["m"]}'
    whole, answers = passed + about % "aa", "verifies: answers"
    probes = (
        ("", answers, False),
        (whole, answers, True),
        (whole, "", False),
        (whole.replace('"floor": 0.9', '"floor": 0.8'), answers, False),
        (whole.replace('"complete": true', '"complete": false'), answers, False),
        (whole.replace('"exit": 0', '"exit": 1'), answers, False),
        (passed + about % "bb", answers, False),
        ("{", answers, False),
    )
    found = [
        Finding("a label claims what no report supports, or less", PLACE)
        for written, verifies, expected in probes
        if _claims(written, verifies) is not expected
    ]
    return len(probes), found


@contextmanager
def _folder_with(report_text: str, verifies: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / disclosure.REPORTS).mkdir(parents=True)
        (root / "evals/sets/probe").mkdir(parents=True)
        head = f"gated: true\nmin_pass: 0.9\n{verifies}\n"
        (root / "evals/sets/probe/set.yaml").write_text(head, encoding="utf-8")
        if report_text:
            (root / disclosure.REPORTS / "probe.json").write_text(report_text, encoding="utf-8")
        yield root


def _claims(report_text: str, verifies: str) -> bool:
    with _folder_with(report_text, verifies) as root:
        prompt = Prompt("p", "1", None, "", "aa", root / "p.md")
        said = disclosure.label(root, prompt, "m", human_edited=False, sources=())
        return "· verified by eval probe" in said
