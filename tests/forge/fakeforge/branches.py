"""The branches of the forge's repositories: read by library, merged and protected by git itself."""

import os
import subprocess
from pathlib import Path

import pygit2

WHO = {
    "GIT_AUTHOR_NAME": "Forge",
    "GIT_AUTHOR_EMAIL": "forge@example.com",
    "GIT_COMMITTER_NAME": "Forge",
    "GIT_COMMITTER_EMAIL": "forge@example.com",
}
HOOK = """\
#!/bin/sh
case "$1" in
refs/heads/{pattern}) echo "GH006: Protected branch update failed for $1." >&2; exit 1 ;;
esac
"""


def git(bare: Path, *args: str) -> str:
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | WHO
    command = ["git", "-c", "safe.bareRepository=all", "-C", str(bare), *args]
    return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout


def commit(bare: Path, branch: str) -> str | None:
    try:
        repository = pygit2.Repository(str(bare))
        return str(repository.references[f"refs/heads/{branch}"].peel(pygit2.Commit).id)
    except (KeyError, pygit2.GitError):
        return None


def merge(bare: Path, source: str, target: str, message: str) -> str:
    tree = git(bare, "merge-tree", "--write-tree", target, source).strip()
    made = git(bare, "commit-tree", tree, "-p", target, "-p", source, "-m", message).strip()
    git(bare, "update-ref", f"refs/heads/{target}", made)
    return made


def protect(bare: Path, pattern: str) -> None:
    hook = bare / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK.format(pattern=pattern))
    hook.chmod(0o755)
