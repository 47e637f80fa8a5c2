"""The pages on the model card and on bias do what they say: every command runs, in their order."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
PAGES = Path(__file__).parents[3] / "docs/how-to"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def follow(root: Path, page: str) -> subprocess.CompletedProcess[str]:
    blocks = BLOCK.findall((PAGES / f"{page}.md").read_text(encoding="utf-8"))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)]
    env = os.environ | {"PATH": path}
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)


def test_keep_the_model_card(project):
    root = project(3)
    done = follow(root, "keep-the-model-card")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| smoke_v1 | embedded:small | answer@1 | 55 | 0.948 |" in (
        (root / "docs/model-card.md").read_text(encoding="utf-8")
    )
    assert (
        "| questions | personal | customers | P60D |" in (root / "docs/model-card.md").read_text()
    )


def test_look_for_bias(project):
    root = project(3)
    done = follow(root, "look-for-bias")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "128 counterfactual, over 8 contrasts" in done.stdout
    assert "20 counterfactual, over 1 contrast ·" in done.stdout
    assert (root / ".aiwf/bias.html").is_file()
