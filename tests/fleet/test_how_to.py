"""The commands of the how-to page of fleets run as they stand on the page."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_the_fleet_of_the_page_is_what_the_page_shows(home, tmp_path):
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    text = (ROOT / "docs/how-to/plan-a-fleet.md").read_text()
    done = subprocess.run(
        ["bash", "-c", "set -euo pipefail\n" + "".join(BLOCK.findall(text))],
        cwd=tmp_path,
        env=home | {"PATH": f"{Path(sys.executable).parent}:{home['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    scanned, planned, paused = SHOWN.findall(text)
    assert scanned in done.stdout
    assert planned.split("\n\n")[1] in done.stdout
    assert paused in done.stdout
    # which three go first depends on where the fleet is; one of them may be there already
    assert re.search(r"^  rest   done      1[56] published, ", done.stdout, re.MULTILINE)
    assert re.search(r"^  early  reverted  [23] declined$", done.stdout, re.MULTILINE)
    assert done.stdout.endswith("example/fleet.html\n")
    answer = json.loads((tmp_path / "example/answer.json").read_text())
    assert len(answer["silent"]) == 21
    for page in ("plan.html", "fleet.html"):
        assert "<svg" in (tmp_path / "example" / page).read_text()
