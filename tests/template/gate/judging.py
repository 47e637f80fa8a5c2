"""Asks the gate of a base commit about a change, as CI does: from a checkout of the base."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from approving import commit_all, git

RECORD = """\
---
title: {title}
date: null
risk: low
paths: [{paths}]
---

# {title}

{sections}
"""
SECTIONS = (
    "What changed",
    "Why",
    "Evidence",
    "How it was tested",
    "Blast radius",
    "Data touched",
    "How drift would be seen",
    "Rollback trigger",
)


@dataclass(frozen=True)
class Answer:
    """What the gate said; `loosened` maps each loosened thing to before and after."""

    status: int
    verdict: str
    loosened: dict[str, tuple[str, str]]
    data: dict
    error: str

    @property
    def said(self) -> list[str]:
        return [finding["message"] for finding in self.data.get("findings", [])]


def edit(root: Path, path: str, old: str, new: str, count: int = 1) -> None:
    text = (root / path).read_text()
    assert old in text, f"{path} does not hold {old!r}: the test would change nothing"
    (root / path).write_text(text.replace(old, new, count))


def record(root: Path, *paths: str, title: str = "Why it is looser") -> None:
    """Write a complete decision record that names `paths`."""
    sections = "\n".join(f"## {name}\n\nWritten by a person.\n" for name in SECTIONS)
    number = len(list((root / "decisions").glob("*.md"))) + 1
    text = RECORD.format(title=title, paths=", ".join(paths), sections=sections)
    (root / f"decisions/{number:04d}-looser.md").write_text(text)


def gate(root: Path, env: dict[str, str] | None = None, message: str = "Fix a typo") -> Answer:
    """Commit what lies at `root` and ask the gate of the commit before about it."""
    base = git(root, "rev-parse", "HEAD")
    change = commit_all(root, message) if git(root, "status", "--porcelain") else base
    return judge(root, base, change, env)


def judge(root: Path, base: str, change: str, env: dict[str, str] | None = None) -> Answer:
    folder = root.parent / f"base-{base[:12]}"
    if not folder.exists():
        git(root, "worktree", "add", "--quiet", "--detach", str(folder), base)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "GITHUB_"))}
    command = [sys.executable, "-m", "controls", "gate", "--json", "--today", "2026-11-02"]
    done = subprocess.run(
        [*command, "--change", change],
        cwd=folder,
        env=kept | {"BASE_SHA": base} | (env or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    data = json.loads(done.stdout) if done.stdout else {}
    loosened = {row["what"]: (row["before"], row["after"]) for row in data.get("loosened", [])}
    return Answer(done.returncode, data.get("verdict", ""), loosened, data, done.stderr)
