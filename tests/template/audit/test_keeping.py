"""What was kept long enough goes, people can be erased, and the chain holds all the while."""

import json
import os
from datetime import date

import pytest

from controls import catalogue, manifest
from controls.audit import (
    checks,
    entry,
    expire,
    head,
    proof,
    read,
    repair,
    retention,
    seal,
    verify,
    writer,
)
from controls.audit.entry import Act
from controls.check.model import Context, State
from controls.errors import ControlsError
from controls.tracing import keyring
from controls.tracing.pseudonym import pseudonym

FAR = date(2027, 6, 1)  # behind P180D, before P5Y, for entries of today
FARTHER = date(2099, 1, 1)


@pytest.fixture
def kept(root):
    """Return a repository with entries of three classes in a closed and an open segment."""
    for classification in ("personal", "public", None, "personal"):
        writer.append(root, Act("call", classification, {}))
    writer.roll(root)
    for classification in ("personal", "public"):
        writer.append(root, Act("call", classification, {}))
    return root


def classes(root):
    with read.snapshot(root) as seen:
        return [each.classification for each in read.entries(seen) if each.kind == "call"]


def context(root, today=FAR):
    return Context(root, manifest.load(root), catalogue.load(root), today)


def test_each_class_is_kept_as_long_as_its_data_and_never_shorter_than_the_log(root):
    found = retention.entries(manifest.load(root), date(2026, 11, 23))
    assert {name: found[name].duration for name in ("public", "personal", "secret")} == {
        "public": "P5Y",
        "personal": "P180D",
        "secret": "P5Y",
    }
    texts = retention.texts(manifest.load(root), date(2026, 11, 23))
    assert {name: texts[name].duration for name in ("public", "personal", "secret")} == {
        "public": "P180D",
        "personal": "P30D",
        "secret": "P30D",
    }


def test_what_is_over_goes_and_the_chain_still_proves(kept):
    before = verify.verify(kept)
    found = expire.expire(kept, manifest.load(kept), FAR)
    assert (found.classes, found.segments) == ({"personal": 3}, 2)
    assert classes(kept) == ["public", None, "public"]
    after = verify.verify(kept, [before.entries])
    assert after.problems == ()
    assert (after.expired, after.entries) == (3, before.entries + 1)
    assert after.marks[before.entries].root == before.root
    assert b'"class":"personal"' not in (head.segments(kept / ".aiwf/audit")[0]).read_bytes()


def test_an_expired_entry_can_still_be_proven(kept):
    leaf = proof.prove(kept, 1).leaf
    expire.expire(kept, manifest.load(kept), FAR)
    found = proof.prove(kept, 1)
    assert (found.line, found.leaf) == (None, leaf)


def test_expiring_again_changes_nothing_and_later_takes_more(kept):
    expire.expire(kept, manifest.load(kept), FAR)
    assert expire.expire(kept, manifest.load(kept), FAR).entries == 0
    assert expire.expire(kept, manifest.load(kept), FARTHER).classes == {"public": 2}
    assert classes(kept) == [None]
    assert verify.verify(kept).problems == ()


def test_a_hash_that_flips_is_found(kept):
    expire.expire(kept, manifest.load(kept), FAR)
    path = head.segments(kept / ".aiwf/audit")[0]
    text = path.read_bytes()
    place = next(n for n, line in enumerate(text.split(b"\n")) if len(line) == 64)
    start = sum(len(line) + 1 for line in text.split(b"\n")[:place])
    other = b"0" if text[start : start + 1] != b"0" else b"1"
    path.write_bytes(text[:start] + other + text[start + 1 :])
    assert verify.verify(kept).problems != ()


def test_nothing_is_expired_in_a_trail_that_is_not_whole(kept):
    path = head.segments(kept / ".aiwf/audit")[0]
    path.write_bytes(path.read_bytes().replace(b'"seq":2', b'"seq":5'))
    before = path.read_bytes()
    with pytest.raises(ControlsError, match="nothing is expired in a trail that is not whole"):
        expire.expire(kept, manifest.load(kept), FAR)
    assert path.read_bytes() == before


def test_an_expiry_that_was_killed_is_done_by_the_next(kept):
    folder = kept / ".aiwf/audit"
    old = head.segments(folder)[0].read_bytes()
    expire.expire(kept, manifest.load(kept), FAR)
    head.segments(folder)[0].write_bytes(old)  # as if it had died before this one was replaced
    (folder / "00000001.draft").write_text("half")
    assert verify.verify(kept).problems == ()
    assert expire.expire(kept, manifest.load(kept), FAR).classes == {"personal": 2}
    assert verify.verify(kept).expired == 3


def test_the_check_fails_until_what_is_over_is_gone(kept):
    failed = checks.retained(context(kept))
    assert (failed.state, failed.n) == (State.failed, 7)
    (finding,) = failed.findings
    assert finding.message == "3 entries about personal data are kept longer than P180D"
    expire.expire(kept, manifest.load(kept), FAR)
    assert checks.retained(context(kept)).state is State.ok


@pytest.mark.usefixtures("kept")
def test_the_verb_says_what_expired(controls):
    done = controls("audit", "expire", "--today", FAR)
    assert done.stdout == "expired: 3 entries about personal data; their hashes stay\n"
    assert controls("audit", "expire").stdout == "nothing is kept too long\n"


def test_what_is_private_is_sealed_and_goes_with_the_key(root, controls):
    sealed = ("audit", "append", "--kind", "exception", "--data", "personal", "--subject", "ada")
    done = controls(*sealed, "--private", "Ada asked us to", "--fact", "ticket=17", "--json")
    seq = json.loads(done.stdout)["seq"]
    assert b"Ada asked" not in (root / ".aiwf/audit/00000001.jsonl").read_bytes()
    with read.snapshot(root) as seen:
        found = next(each for each in read.entries(seen) if each.seq == seq)
    assert found.subject == pseudonym(root, "ada")
    assert seal.opened(root, found) == {"text": "Ada asked us to"}
    before = verify.verify(root)
    erased = controls("audit", "erase", "--subject", "ada")
    assert erased.stdout == (
        f"the key of {found.subject} is destroyed: 1 entries are sealed for good"
        " (recorded as entry 2)\n"
    )
    assert seal.opened(root, found) is None
    keyring.key(root, found.subject)  # a later key of the same person opens nothing old
    assert seal.opened(root, found) is None
    after = verify.verify(root, [before.entries])
    assert (after.problems, after.open_intents) == ((), ())
    assert after.marks[before.entries].root == before.root


def test_erasing_nobody_is_one_sentence_and_no_entry(root, controls):
    done = controls("audit", "erase", "--subject", "nobody")
    assert done.stderr.startswith("error: no key of 'nobody' exists\n")
    assert not (root / ".aiwf/audit").exists()


def test_a_lost_tail_is_given_up_openly(kept, controls):
    last = head.segments(kept / ".aiwf/audit")[-1]
    os.truncate(last, last.read_bytes().index(b"\n") + 1)
    assert controls("audit", "verify").returncode == 1
    done = controls("audit", "repair", "--reason", "power cut")
    assert done.stdout == "1 entries are lost; entry 6 says so\n"
    said = controls("audit", "verify")
    assert said.returncode == 0
    assert "repair at entry 6: 1 entries lost, 'power cut' (Ada <ada@example.com>)" in said.stdout
    writer.append(kept, Act("call", "public", {}))
    assert verify.verify(kept).problems == ()


@pytest.mark.parametrize("left", ["everything but the head", "nothing but the head"])
def test_what_can_be_given_up_when_there_is_left(left, kept):
    folder = kept / ".aiwf/audit"
    for path in folder.iterdir():
        if (path.name == "head") == (left == "everything but the head"):
            path.unlink()
    repair.repair(kept, "a mistake", "Ada")
    found = verify.verify(kept)
    assert found.problems == ()
    assert found.repairs[0].facts["reason"] == "a mistake"


def test_a_changed_entry_is_beyond_repair_and_a_whole_trail_needs_none(kept):
    with pytest.raises(ControlsError, match="the trail is whole: there is nothing to repair"):
        repair.repair(kept, "x", "Ada")
    path = head.segments(kept / ".aiwf/audit")[0]
    path.write_bytes(path.read_bytes().replace(b'"seq":2', b'"seq":5'))
    with pytest.raises(ControlsError, match="more than the end is lost: entry 2 in 00000001.jsonl"):
        repair.repair(kept, "x", "Ada")


def test_the_trail_is_proven_by_its_check(kept, keys, controls):
    pending = checks.intact(context(kept))
    assert (pending.state, pending.n) == (State.pending, 7)
    assert [each.message for each in pending.findings] == ["no checkpoint is committed"]
    controls("audit", "checkpoint", "--key", keys / "grace")
    assert checks.intact(context(kept)).state is State.ok
    (kept / ".aiwf/audit/head").unlink()
    failed = checks.intact(context(kept))
    assert failed.state is State.failed
    assert failed.findings[0].message == (
        "the head is gone or damaged, so that a cut tail could not be seen"
    )


def test_what_reads_as_no_entry_is_said():
    with pytest.raises(ControlsError, match="is no entry"):
        entry.parse(b'{"prev":"x"}')
