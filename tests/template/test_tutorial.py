"""The tutorial is executed: every command in it runs, and every output line it shows is printed."""

import os
import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "first-repository.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "--- tutorial ---"


def steps() -> list[tuple[str, list[str]]]:
    """Return each command with the output lines that the page shows below it."""
    found: list[tuple[str, list[str]]] = []
    for block in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif line.strip() not in {"", "…"}:
                found[-1][1].append(line)
    return found


def pattern(line: str) -> re.Pattern[str]:
    """Return what matches `line`, where `…` stands for any text and spaces may differ."""
    pieces = (r"\s+".join(map(re.escape, piece.split())) for piece in line.split("…"))
    return re.compile(r".*".join(pieces))


def test_every_command_of_the_tutorial_runs_and_prints_what_it_shows(tmp_path, home):
    wanted = steps()
    assert len(wanted) > 10
    script = "\n".join(
        f"{{ {command}\n}} 2>&1 || echo 'exit status' $?\necho '{MARK}'" for command, _ in wanted
    )
    done = subprocess.run(
        ["bash", "-uo", "pipefail", "-c", script],
        cwd=tmp_path,
        env=os.environ | home,
        check=False,
        capture_output=True,
        text=True,
    )
    outputs = done.stdout.split(f"{MARK}\n")
    assert len(outputs) == len(wanted) + 1, done.stdout + done.stderr
    for (command, lines), output in zip(wanted, outputs, strict=False):
        said = [" ".join(line.split()) for line in output.splitlines()]
        if "exit status" not in " ".join(lines):
            assert not any(line.startswith("exit status") for line in said), f"{command}\n{output}"
        for line in lines:
            assert any(pattern(line).search(one) for one in said), (
                f"{command}: no {line!r} in\n{output}"
            )
