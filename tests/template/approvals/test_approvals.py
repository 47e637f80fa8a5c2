"""APR-1 with real keys: only a named person's valid signature over exactly this tree counts."""

import json
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
import warm
from approving import git

from controls import catalogue, manifest
from controls.approvals import checks, ssh, statement, tree
from controls.check.model import Context, State

TODAY = date(2026, 11, 2)
FOLDER = "decisions/approvals"


@pytest.fixture
def root(approvers: Path) -> Path:
    return approvers


def approved(root: Path, today: date = TODAY):
    found = manifest.load(root)
    return checks.approved(Context(root, found, catalogue.load(root), today))


def run(root: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return warm.run("controls", "approvals", *args, "--today", "2026-11-02", cwd=root)


def sign(root: Path, role: str, key: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return run(root, "sign", "--role", role, "--key", str(key), *args)


def messages(root: Path) -> list[str]:
    return [finding.message for finding in approved(root).findings]


def forge_signature(root: Path, key: Path, name: str = "forged", **claim: str) -> None:
    """Sign a statement that the verb would not make."""
    values = {
        "repository": "ai-workflow",
        "tree": tree.of(root),
        "decision": "decisions/0001-risk-tier.md",
        "role": "engineering",
        "expires": "2026-12-01",
    }
    made = statement.Statement(**(values | claim)).to_bytes()
    (root / FOLDER).mkdir(exist_ok=True)
    (root / FOLDER / f"{name}.json").write_bytes(made)
    (root / FOLDER / f"{name}.sig").write_bytes(ssh.sign(key, made))


@pytest.mark.parametrize(
    ("tier", "roles"),
    [
        (0, ["team-lead"]),
        (1, ["product", "support-operations"]),
        (2, ["engineering", "security"]),
    ],
)
def test_fresh_repository_waits_for_the_people_of_its_tier(project, tier: int, roles: list[str]):
    outcome = approved(project(tier))
    assert (outcome.state, outcome.n) == (State.pending, len(roles))
    assert [finding.message for finding in outcome.findings] == [
        f"nobody is named for role {role!r}" for role in roles
    ]


def test_signatures_of_every_role_over_this_tree_approve_it(root: Path, keys: Path):
    current = tree.of(root)[:12]
    assert messages(root) == [
        f"tree {current} is not approved for role 'engineering' (@ada)",
        f"tree {current} is not approved for role 'security' (@grace)",
    ]
    done = sign(root, "engineering", keys / "ada")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"@ada approves tree {current} for engineering until 2027-01-31\n"
        f"{FOLDER}/{current}-engineering-ada.json\n"
    )
    assert messages(root) == [f"tree {current} is not approved for role 'security' (@grace)"]
    assert sign(root, "security", keys / "grace").returncode == 0
    assert approved(root).state is State.ok
    done = run(root, "check")
    assert (done.returncode, done.stdout) == (0, f"ok: signature for tree {current}\n")


def test_committing_the_approvals_does_not_change_what_they_approve(root: Path, keys: Path):
    sign(root, "engineering", keys / "ada")
    sign(root, "security", keys / "grace")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--no-verify", "--message", "Approve")
    assert approved(root).state is State.ok


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda root: (root / "README.md").write_text("x"), id="an edit"),
        pytest.param(lambda root: (root / "new file").write_text("x"), id="an untracked file"),
        pytest.param(lambda root: (root / "README.md").unlink(), id="a deletion"),
        pytest.param(lambda root: (root / "Makefile").chmod(0o755), id="a file made executable"),
    ],
)
def test_any_later_change_needs_new_signatures(root: Path, keys: Path, change):
    sign(root, "engineering", keys / "ada")
    sign(root, "security", keys / "grace")
    change(root)
    outcome = approved(root)
    assert outcome.state is State.pending
    assert len(outcome.findings) == 2


def test_key_comment_and_public_half_name_the_same_key(root: Path, keys: Path, tmp_path: Path):
    shutil.copy(keys / "ada", tmp_path / "lonely")
    assert sign(root, "engineering", tmp_path / "lonely").returncode == 0


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ({"repository": "other"}, "approval is for repository 'other'"),
        ({"expires": "2026-11-01"}, "approval of 'engineering' expired on 2026-11-01"),
        ({"expires": "never"}, "approval of 'engineering' expired on never"),
        ({"decision": "README.md"}, "approval names no decision record: 'README.md'"),
        ({"decision": "decisions/../README.md"}, "approval names no decision record: "),
        (
            {"role": "security"},
            "signature is by nobody who may approve for 'security'",
        ),
        (
            {"role": "emperor"},
            "signature is by nobody who may approve for 'emperor'",
        ),
    ],
)
def test_false_claim_fails(root: Path, keys: Path, claim: dict[str, str], message: str):
    forge_signature(root, keys / "ada", **claim)
    outcome = approved(root)
    assert outcome.state is State.failed
    [finding] = outcome.findings
    assert finding.path == f"{FOLDER}/forged.json"
    assert finding.message.startswith(message)


def test_approval_counts_on_its_last_day_and_not_after(root: Path, keys: Path):
    forge_signature(root, keys / "ada", expires="2026-11-02")
    assert approved(root).state is State.pending
    assert approved(root, date(2026, 11, 3)).state is State.failed


def test_strangers_signature_fails(root: Path, keys: Path):
    forge_signature(root, keys / "mallory")
    assert messages(root) == ["signature is by nobody who may approve for 'engineering'"]


def test_signature_made_for_another_purpose_fails(root: Path, keys: Path):
    forge_signature(root, keys / "ada")
    path = root / FOLDER / "forged.json"
    (root / FOLDER / "forged.sig").unlink()
    command = ["ssh-keygen", "-Y", "sign", "-q", "-f", keys / "ada", "-n", "git", path]
    subprocess.run(command, check=True)
    path.with_suffix(".json.sig").rename(path.with_suffix(".sig"))
    assert approved(root).state is State.failed


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        pytest.param(
            lambda path: path.write_text(path.read_text().replace("2026-12", "2036-12")),
            "signature is by nobody",
            id="another date",
        ),
        pytest.param(
            lambda path: path.write_text(path.read_text().replace(",", ", ")),
            f"{FOLDER}/forged.json is not canonical JSON",
            id="other spaces",
        ),
        pytest.param(
            lambda path: path.write_text("{}"), f"{FOLDER}/forged.json is no approval", id="empty"
        ),
        pytest.param(
            lambda path: path.write_text('{"tree": ['), f"{FOLDER}/forged.json is no ", id="no JSON"
        ),
        pytest.param(
            lambda path: path.with_suffix(".sig").write_text("x"), "signature is by", id="no sig"
        ),
        pytest.param(
            lambda path: path.with_suffix(".sig").unlink(), f"{FOLDER}/forged.sig cannot", id="gone"
        ),
    ],
)
def test_tampered_approval_fails(root: Path, keys: Path, edit, message: str):
    forge_signature(root, keys / "ada")
    edit(root / FOLDER / "forged.json")
    outcome = approved(root)
    assert outcome.state is State.failed
    assert outcome.findings[0].message.startswith(message)


def test_an_approval_that_would_last_for_years_fails(root: Path, keys: Path):
    forge_signature(root, keys / "ada", "one", expires="2036-12-01")
    outcome = approved(root)
    assert outcome.state is State.failed
    assert outcome.findings[0].message == (
        "approval of 'engineering' lasts until 2036-12-01: 90 days are the most"
    )


def test_same_person_twice_does_not_make_two(root: Path, keys: Path):
    path = root / "ai-workflow.yaml"
    path.write_text(path.read_text().replace("threshold: 1", "threshold: 2", 1))
    assert messages(root)[0] == "too few people of role 'engineering' have an SSH key"
    forge_signature(root, keys / "ada", "one", expires="2026-12-01")
    forge_signature(root, keys / "ada", "two", expires="2026-12-02")
    assert approved(root).state is State.pending


def test_machine_without_ssh_keygen_waits_and_names_the_package(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to(shutil.which("git"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    outcome = approved(root)
    assert outcome.state is State.pending
    assert outcome.findings[0].hint == "install the package 'openssh-client'"


def test_reading_the_tree_leaves_the_repository_as_it_was(root: Path):
    (root / "new").write_text("x")
    before = (git(root, "status", "--porcelain"), git(root, "count-objects"))
    tree.of(root)
    assert (git(root, "status", "--porcelain"), git(root, "count-objects")) == before


def test_clean_tree_is_the_commits_own(root: Path):
    assert tree.of(root) == git(root, "rev-parse", "HEAD^{tree}")


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (("--role", "king", "--key", "ADA"), "error: ai-workflow.yaml has no role 'king'\n"),
        (
            ("--role", "security", "--key", "ADA"),
            "error: no person of role 'security' has the key ",
        ),
        (("--role", "engineering", "--key", "README.md"), "error: 'README.md' is no SSH key\n"),
        (("--role", "engineering", "--key", "gone"), "error: 'gone' is no SSH key\n"),
        (
            ("--role", "engineering", "--key", "ADA", "--expires", "2027-06-01"),
            "error: 2027-06-01 is not within 90 days\n",
        ),
        (
            ("--role", "engineering", "--key", "ADA", "--decision", "README.md"),
            "error: 'README.md' is no decision record\n",
        ),
    ],
)
def test_bad_input_is_one_sentence_and_signs_nothing(
    root: Path, keys: Path, args: tuple[str, ...], error: str
):
    done = run(root, "sign", *(str(keys / "ada") if word == "ADA" else word for word in args))
    assert done.returncode == 2
    assert done.stderr.startswith(error)
    assert not (root / FOLDER).exists()


def test_statement_in_the_repository_is_what_json_prints(root: Path, keys: Path):
    done = sign(root, "engineering", keys / "ada", "--json")
    printed = json.loads(done.stdout)
    kept = json.loads((root / printed["path"]).read_text())
    assert kept == {key: printed[key] for key in kept}
    assert set(kept) == {"repository", "tree", "decision", "role", "expires"}
