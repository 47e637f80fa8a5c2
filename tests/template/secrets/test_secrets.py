"""SEC-1: a planted secret is named by file, line and rule, and never printed."""

import os
import secrets as randomness
import string
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import warm

from controls import catalogue, manifest
from controls.check.model import Context, State
from controls.secrets import checks

# Assembled here, so that the file you read holds nothing that looks like a secret.
KEY_HEAD = "-----BEGIN OPENSSH " + "PRIVATE KEY-----"


def private_key() -> str:
    letters = string.ascii_letters + string.digits
    body = "\n".join("".join(randomness.choice(letters) for _ in range(70)) for _ in range(5))
    return f"{KEY_HEAD}\n{body}\n{KEY_HEAD.replace('BEGIN', 'END')}\n"


def clean(root: Path):
    found = manifest.load(root)
    return checks.clean(Context(root, found, catalogue.load(root), date(2026, 11, 2)))


def run(root: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return warm.run("controls", "secrets", *args, cwd=root, env=os.environ | env)


@pytest.mark.slow
@pytest.mark.parametrize("tier", [0, 1, 2, 3, 4])
def test_fresh_repository_is_clean(project, tier: int):
    outcome = clean(project(tier))
    assert outcome.state is State.ok
    assert outcome.n > 50


def test_secret_is_named_by_file_line_and_rule_whatever_the_files_name(project):
    root = project(0)
    names = ["-rf", ".hidden", "a/b/c.env", "deploy.key", "naïve name.txt", "two\nlines"]
    planted = [private_key() for _ in names]
    for name, secret in zip(names, planted, strict=True):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"\n\n{secret}", encoding="utf-8")
    outcome = clean(root)
    assert outcome.state is State.failed
    assert [(found.path, found.line) for found in outcome.findings] == [(name, 3) for name in names]
    assert {found.message for found in outcome.findings} == {"a secret, by rule 'private-key'"}
    assert not any(secret.splitlines()[1] in repr(outcome) for secret in planted)


def test_same_secret_in_two_files_is_named_twice(project):
    root = project(0)
    secret = private_key()
    for name in ("one.txt", "two.txt"):
        (root / name).write_text(secret)
    assert [found.path for found in clean(root).findings] == ["one.txt", "two.txt"]


def test_ignored_file_and_history_are_not_scanned(project):
    root = project(0)
    (root / ".env").write_text(private_key())
    assert clean(root).state is State.ok


def test_tracked_file_is_scanned_although_it_is_ignored(project):
    root = project(0)
    (root / ".env").write_text(private_key())
    subprocess.run(["git", "add", "--force", ".env"], cwd=root, check=True)
    assert [found.path for found in clean(root).findings] == [".env"]


def test_scanners_own_configuration_in_the_repository_has_no_say(project):
    root = project(0)
    (root / "key.txt").write_text(private_key())
    (root / "kingfisher.yaml").write_text("scan:\n  exclude: ['*']\n  confidence: high\n")
    assert [found.path for found in clean(root).findings] == ["key.txt"]


def test_link_is_scanned_as_the_text_that_it_is(project, tmp_path: Path):
    root = project(0)
    (tmp_path / "outside").write_text(private_key())
    (root / "link").symlink_to(tmp_path / "outside")
    assert clean(root).state is State.ok


def test_folder_that_is_no_repository_fails(project, tmp_path: Path):
    root = project(0)
    (root / ".git").rename(tmp_path / "gone")
    outcome = clean(root)
    assert (outcome.state, outcome.n) == (State.failed, 0)


def test_no_file_at_all_fails(project):
    outcome = checks.outcome(project(0), [])
    assert (outcome.state, outcome.n) == (State.failed, 0)


def test_verb_scans_the_files_that_it_is_given(project):
    root = project(0)
    (root / "bad.txt").write_text(private_key())
    done = run(root, "bad.txt", "README.md")
    assert done.returncode == 1
    assert done.stdout.startswith("bad.txt:1: a secret, by rule 'private-key'\nhint: remove it, ")
    assert run(root, "README.md").returncode == 0
    assert run(root / "workflow", "../bad.txt").returncode == 1


@pytest.mark.parametrize(
    ("file", "error"),
    [
        ("/etc/hostname", "error: '/etc/hostname' is not in "),
        ("gone", "error: 'gone' does not exist\n"),
    ],
)
def test_bad_file_is_one_sentence(project, file: str, error: str):
    done = run(project(0), file)
    assert done.returncode == 2
    assert done.stderr.startswith(error)


def test_scan_asks_nothing_of_the_network(project, offline):
    root = project(0)
    (root / "bad.txt").write_text(private_key())
    command = [*offline, sys.executable, "-m", "controls", "secrets", "bad.txt"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 1
