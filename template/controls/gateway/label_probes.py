"""Tries disclosure labels on made-up evidence: what is claimed must be earned, and is then said.

The labels that were really given are compared in `labels`.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from controls.check.model import Finding
from controls.evals import evidence, inputs
from controls.gateway import disclosure
from controls.prompts import Prompt
from controls.tracing import semconv

PLACE = "controls/gateway/disclosure.py"


REPORT = {
    "set": "probe",
    "exit": 0,
    "cases": 1,
    "passed": 1,
    "rate": 1.0,
    "floor": 0.9,
    "complete": True,
    "inputs_sha256": "",
    "prompt": {"name": "p", "version": "1", "sha256": "aa"},
    "models": ["m"],
    "run_ids": ["aaaa"],
    "rows": [{"id": "c", "state": "passed", "critical": False, "run_id": "aaaa", "got": "Yes."}],
    "started": "2026-01-01T00:00:00Z",
}
Report = Mapping[str, object]


def mislabelled() -> tuple[int, list[Finding]]:
    """Return how many labels were asked for, and a finding for each that is not earned."""
    answers = "verifies: answers"
    probes: tuple[tuple[Report, str, str, bool], ...] = (
        ({}, answers, "", False),
        (REPORT, answers, "", True),
        (REPORT, "", "", False),
        ({**REPORT, "floor": 0.8}, answers, "", False),
        ({**REPORT, "complete": False}, answers, "", False),
        ({**REPORT, "exit": 1}, answers, "", False),
        ({**REPORT, "prompt": {"sha256": "bb"}}, answers, "", False),
        (REPORT, answers, "{", False),
        ({**REPORT, "exit": 1}, answers, json.dumps(REPORT), False),
    )
    found = [
        Finding("a label claims what no report supports, or less", PLACE)
        for report, verifies, forged, expected in probes
        if _claims(report, verifies, forged) is not expected
    ]
    return len(probes), found


def leave(root: Path, report: Report) -> Path:
    """Leave behind what an eval run with this outcome would: its report, sealed, and its traces."""
    path = root / disclosure.REPORTS / f"{report['set']}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    body = json.dumps({**report, "inputs_sha256": inputs.sha256(root)}).encode()
    path.write_bytes(body)
    rows, prompt, models = report["rows"], report["prompt"], report["models"]
    if not isinstance(rows, list) or not isinstance(prompt, dict) or not isinstance(models, list):
        return path
    runs = [
        {
            semconv.OPERATION: semconv.INVOKE_WORKFLOW,
            semconv.RUN_ID: row["run_id"],
            semconv.CLASSIFICATION: "public",
            semconv.EVAL_SET: report["set"],
            semconv.EVAL_CASE: row["id"],
            semconv.PROMPT_SHA256: prompt["sha256"],
            semconv.RESPONSE_MODEL: models[number % len(models)],
            semconv.OUTPUT_SHA256: sha256(row["got"].encode()).hexdigest(),
        }
        for number, row in enumerate(rows)
    ]
    _trace(root, [*runs, evidence.marks(report, sha256(body).hexdigest())])
    return path


def _trace(root: Path, spans: Sequence[Mapping[str, object]]) -> None:
    path = root / ".aiwf/traces/2026-01-01/1-probe.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    fixed: dict[str, object] = {
        "trace_id": "1",
        "span_id": "1",
        "parent_span_id": None,
        "name": "probe",
        "kind": "SERVER",
        "status": "OK",
        "events": [],
        "resource": {},
        "start_unix_nano": 1767225600 * 10**9,
        "end_unix_nano": 1767225600 * 10**9,
    }
    lines = [json.dumps({**fixed, "attributes": span}, separators=(",", ":")) for span in spans]
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))


def _claims(report: Report, verifies: str, forged: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "evals/sets/probe").mkdir(parents=True)
        head = f"gated: true\nmin_pass: 0.9\n{verifies}\n"
        (root / "evals/sets/probe/set.yaml").write_text(head, encoding="utf-8")
        if report:
            path = leave(root, report)
            path.write_text(forged or path.read_text(encoding="utf-8"), encoding="utf-8")
        prompt = Prompt("p", "1", None, "", "aa", root / "p.md")
        said = disclosure.label(root, prompt, "m", human_edited=False, sources=())
        return "· verified by eval probe" in said
