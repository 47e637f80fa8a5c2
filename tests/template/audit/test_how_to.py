"""The page on the board's question does what it says: every command runs, in the page's order."""

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs/how-to/answer-the-board.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_answer_the_board(root, keys, tmp_path):
    ask, append, checkpoint, forget = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    (tmp_path / ".ssh").mkdir()
    for end in ("", ".pub"):
        (tmp_path / f".ssh/id_ed25519{end}").write_bytes((keys / f"ada{end}").read_bytes())
    (tmp_path / ".ssh/id_ed25519").chmod(0o600)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = os.environ | {"HOME": str(tmp_path), "PATH": path}

    def run(block):
        command = ["bash", "-euo", "pipefail", "-c", block]
        done = subprocess.run(command, cwd=root, env=env, capture_output=True, check=False)
        return done.returncode, done.stdout.decode() + done.stderr.decode()

    assert run('python -m controls ask "how do I reset my password?"')[0] == 0
    status, said = run(ask)
    assert (status, "✗ embedded:small  NO APPROVAL IN FORCE" in said) == (1, True), said
    assert "NO APPROVAL IN FORCE" in (root / ".aiwf/answer.html").read_text()
    for block in (append, checkpoint, forget):
        status, said = run(block)
        assert status == 0, said
    assert "2 of them are covered by decisions/approvals/checkpoints/" in said
