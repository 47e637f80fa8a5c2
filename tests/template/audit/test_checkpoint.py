"""A signed checkpoint in git sees what trail and head can hide, and proves single entries."""

import json
import shutil
import subprocess
from datetime import date

import pytest

from controls import catalogue, manifest
from controls.approvals import ssh, tree
from controls.audit import checkpoint, checks, head, proven, writer
from controls.audit.entry import Act
from controls.audit.merkle import leaf
from controls.check.model import Context, State
from controls.errors import ControlsError

FOLDER = "decisions/approvals/checkpoints"
ANOTHER = (
    "{} is of another trail: this is not the machine that it was made on, or its trail was replaced"
)


def eight(root):
    """Return the path of the checkpoint at 8 entries."""
    (path,) = (root / FOLDER).glob("*-000000000008.json")
    return path.relative_to(root).as_posix()


def grow(root, entries):
    for number in range(entries):
        writer.append(root, Act("call", "personal", {"n": number}))


def signed(keys, controls):
    done = controls("audit", "checkpoint", "--key", keys / "ada")
    assert done.returncode == 0, done.stderr
    return done.stdout


def problems(root):
    return proven.prove(root, manifest.load(root)).problems


def git(root, *args):
    return subprocess.run(
        ["git", *args], cwd=root, check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def covered(root, keys, controls):
    """Return a repository whose trail has a committed checkpoint at 8 entries, and 3 more."""
    grow(root, 7)
    signed(keys, controls)
    grow(root, 3)
    return root


def test_a_checkpoint_is_a_commit_of_its_own_and_covers_the_trail(root, keys, controls):
    grow(root, 7)
    (root / "README.md").write_text("an edit that nobody asked to commit")
    said = signed(keys, controls)
    path = eight(root)
    assert said.startswith(f"{path}  8 entries, committed as ")
    assert git(root, "show", "--format=%s", "--name-only", "HEAD").split("\n") == [
        *("Audit checkpoint at 8 entries", "", path, path.replace(".json", ".sig"), "")
    ]
    assert git(root, "status", "--porcelain").strip() == "M README.md"
    done = controls("audit", "verify")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "✓ 8 entries are as they were written"
    assert done.stdout.splitlines()[2].startswith(f"  8 of them are covered by {path} at commit ")


def test_a_checkpoint_changes_no_approved_tree(covered, keys, controls):
    before = tree.of(covered)
    signed(keys, controls)
    assert tree.of(covered) == before


def test_a_tail_that_is_cut_together_with_its_head_is_found(covered):
    (path,) = head.segments(covered / ".aiwf/audit")
    lines = path.read_bytes().splitlines(keepends=True)[:6]
    path.write_bytes(b"".join(lines))
    matching = head.Head(6, leaf(lines[-1][:-1]).hex(), 1, path.stat().st_size)
    (covered / ".aiwf/audit/head").write_bytes(matching.to_bytes())
    assert problems(covered) == (
        f"entries are missing at the end: {eight(covered)} speaks of 8, there are 6",
    )


def test_a_trail_that_was_written_anew_is_found(covered, controls):
    shutil.rmtree(covered / ".aiwf/audit")
    grow(covered, 12)
    done = controls("audit", "verify")
    assert done.returncode == 1
    assert f"✗ {ANOTHER.format(eight(covered))}" in done.stdout


def test_a_clone_proves_its_own_trail_and_production_is_no_clone(
    covered, keys, controls, monkeypatch
):
    shutil.rmtree(covered / ".aiwf/audit")
    grow(covered, 2)
    found = manifest.load(covered)
    context = Context(covered, found, catalogue.load(covered), date(2026, 11, 1), None)
    said = ANOTHER.format(eight(covered))
    passed = checks.intact(context)
    assert (passed.state, passed.evidence) == (State.ok, f".aiwf/audit/, and {said}")
    monkeypatch.setenv("AIWF_ENV", "production")
    failed = checks.intact(context)
    assert (failed.state, failed.findings[0].message) == (State.failed, said)
    signed(keys, controls)
    assert checks.intact(context).state is State.ok


def test_a_new_trail_is_not_covered_by_a_checkpoint_that_nobody_signed(covered):
    shutil.rmtree(covered / ".aiwf/audit")
    grow(covered, 2)
    found = manifest.load(covered)
    verdict = proven.prove(covered, found).verdict
    place = (verdict.trail, verdict.entries, verdict.root, verdict.last)
    claim = checkpoint.Checkpoint(found.name, *place, "now")
    path = covered / FOLDER / "000000000003.json"
    path.write_bytes(claim.to_bytes())
    path.with_suffix(".sig").write_bytes(b"")
    git(covered, "add", "--all")
    git(covered, "commit", "-qm", "Checkpoint", "--no-verify")
    said = f"{FOLDER}/000000000003.json is not signed by a person whom ai-workflow.yaml names"
    assert problems(covered) == (said,)


def test_a_trail_that_is_gone_is_found(covered, controls):
    shutil.rmtree(covered / ".aiwf/audit")
    done = controls("audit", "verify")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"error: the audit trail is gone: {eight(covered)} speaks of 8 entries",
        "hint: restore .aiwf/audit from a copy",
    ]


@pytest.mark.parametrize("how", ["deleted", "edited", "deleted in a commit"])
def test_a_committed_checkpoint_counts_although_it_was(how, covered):
    path = covered / eight(covered)
    if how == "edited":
        path.write_text(path.read_text().replace('"entries":8', '"entries":3'))
    else:
        path.unlink()
    if how == "deleted in a commit":
        git(covered, "commit", "-qam", "Tidy up", "--no-verify")
    assert problems(covered) == ()
    shutil.rmtree(covered / ".aiwf/audit")
    grow(covered, 5)
    assert proven.prove(covered, manifest.load(covered)).elsewhere != ""


def test_one_that_nobody_named_has_signed_is_found(covered, keys):
    found = manifest.load(covered)
    verdict = proven.prove(covered, found).verdict
    claim = checkpoint.Checkpoint(
        found.name, verdict.trail, verdict.entries, verdict.root, verdict.last, "now"
    )
    path = covered / FOLDER / "000000000011.json"
    path.write_bytes(claim.to_bytes())
    path.with_suffix(".sig").write_bytes(
        ssh.sign(keys / "mallory", claim.to_bytes(), checkpoint.NAMESPACE)
    )
    said = f"{FOLDER}/000000000011.json is not signed by a person whom ai-workflow.yaml names"
    assert problems(covered) == (said,)
    path.with_suffix(".sig").write_bytes(ssh.sign(keys / "ada", claim.to_bytes()))
    assert problems(covered) == (said,)  # an approval's namespace is no checkpoint's
    good = ssh.sign(keys / "ada", claim.to_bytes(), checkpoint.NAMESPACE)
    path.with_suffix(".sig").write_bytes(good)
    assert problems(covered) == ()


def test_one_stays_good_when_its_signer_leaves(covered, keys):
    path = covered / "ai-workflow.yaml"
    gone = (keys / "ada.pub").read_text().strip()
    path.write_text(path.read_text().replace(gone, (keys / "mallory.pub").read_text().strip()))
    git(covered, "commit", "-qam", "Ada leaves", "--no-verify")
    assert problems(covered) == ()


def test_a_key_that_is_nobodys_signs_nothing(root, keys, controls):
    grow(root, 1)
    done = controls("audit", "checkpoint", "--key", keys / "mallory")
    assert done.returncode == 2
    assert f"error: nobody in ai-workflow.yaml has the key '{keys}/mallory'" in done.stderr
    assert not (root / FOLDER).exists()


def test_a_trail_that_is_not_whole_is_not_signed(root, keys, controls):
    grow(root, 2)
    (root / ".aiwf/audit/head").unlink()
    done = controls("audit", "checkpoint", "--key", keys / "ada")
    assert done.returncode == 2
    assert "error: a trail that is not whole is not signed: the head is gone" in done.stderr


@pytest.mark.parametrize("seq", [0, 3, 7])
def test_a_proof_is_checked_without_the_trail(seq, covered, keys, controls, tmp_path):
    proof = tmp_path / "proof.json"
    proof.write_text(controls("audit", "prove", seq, "--json").stdout)
    assert json.loads(proof.read_text())["entries"] == 8
    shutil.rmtree(covered / ".aiwf")
    done = controls("audit", "verify", "--proof", proof, "--key", keys / "ada.pub")
    assert (done.returncode, done.stdout) == (
        0,
        "the entry is in the trail that the checkpoint speaks of\n",
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"line": "{}"}, "the entry is not the one whose hash is proven"),
        ({"seq": 4}, "the path does not lead to the root"),
        ({"path": []}, "the path does not lead to the root"),
        ({"checkpoint": ""}, "no checkpoint covers the entry: nobody has signed the root"),
        ({"signature": ""}, "the checkpoint is not signed by this key"),
    ],
)
@pytest.mark.usefixtures("covered")
def test_a_proof_that_was_changed_does_not_hold(change, problem, keys, controls, tmp_path):
    proof = tmp_path / "proof.json"
    found = json.loads(controls("audit", "prove", 3, "--json").stdout)
    proof.write_text(json.dumps(found | change))
    done = controls("audit", "verify", "--proof", proof, "--key", keys / "ada.pub")
    assert (done.returncode, done.stdout) == (1, f"{problem}\n")


@pytest.mark.usefixtures("covered")
def test_an_entry_behind_every_checkpoint_is_proven_under_no_signature(controls):
    done = controls("audit", "prove", 9)
    assert done.returncode == 0
    assert "entry 9 of 11, no checkpoint covers it yet" in done.stdout
    missing = controls("audit", "prove", 11)
    assert missing.stderr == "error: there is no entry 11\nhint: the last is 10\n"


def test_a_checkpoint_of_another_trail_covers_no_entry_of_this_one(covered, controls):
    shutil.rmtree(covered / ".aiwf/audit")
    grow(covered, 9)
    assert "no checkpoint covers it yet" in controls("audit", "prove", 3).stdout


def test_what_is_no_proof_is_one_sentence(keys, controls, tmp_path):
    path = tmp_path / "proof.json"
    path.write_text("[1]")
    done = controls("audit", "verify", "--proof", path, "--key", keys / "ada.pub")
    assert (
        done.stderr == "error: this is no proof\nhint: python -m controls audit prove SEQ --json\n"
    )
    assert done.returncode == 2


def test_outside_of_git_the_trail_proves_itself(root):
    shutil.rmtree(root / ".git")
    grow(root, 2)
    assert problems(root) == ()
    with pytest.raises(ControlsError, match="is not in a git repository"):
        checkpoint.commit(root, f"{FOLDER}/0-000000000008.json")
