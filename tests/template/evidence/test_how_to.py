"""The commands of two how-to pages run as they stand there, in the order of the page."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from approving import commit_all, git

ROOT = Path(__file__).parents[3]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def follow(page: str, root: Path, **env: str) -> subprocess.CompletedProcess[str]:
    text = (ROOT / f"docs/how-to/{page}.md").read_text(encoding="utf-8")
    script = "set -euo pipefail\n" + "".join(BLOCK.findall(text))
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "GITHUB_", "BASE_"))}
    path = f"{Path(sys.executable).parent}:{kept['PATH']}"
    return subprocess.run(
        ["bash", "-c", script],
        cwd=root,
        env=kept | {"PATH": path} | env,
        capture_output=True,
        text=True,
        check=False,
    )


def test_approve_a_change(project, naming, keys: Path, tmp_path: Path):
    root = project(2)
    naming(root, engineering="ada")
    commit_all(root, "Name the people")
    (root / "README.md").write_text("A change.\n")
    git(root, "config", "user.name", "Linus")
    git(root, "config", "user.email", "linus@example.com")
    (tmp_path / "home/.ssh").mkdir(parents=True)
    shutil.copy2(keys / "ada", tmp_path / "home/.ssh/id_ed25519")
    done = follow("approve-a-change", root, HOME=str(tmp_path / "home"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed: nothing is looser" in done.stdout
    assert "@ada approves tree " in done.stdout
    assert "nobody is named for role 'security'" in done.stdout
    last = done.stdout.splitlines()[-1]
    assert re.search(r" engineering +@ada +signature decisions/approvals/\S+-ada\.json ", last)


@pytest.mark.slow
def test_give_evidence_to_an_auditor(project):
    root = project(2)
    done = follow("give-evidence-to-an-auditor", root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "evidence: ../evidence/index.html (sha256 of its SHA256SUMS: " in done.stdout
    assert (root.parent / "evidence/index.html").is_file()
