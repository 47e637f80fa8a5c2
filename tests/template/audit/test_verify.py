"""Whatever is changed in a trail, or missing at its end, is found; what was not is not."""

import os
from hashlib import sha256

import pytest

from controls.audit import head, verify, writer
from controls.audit.entry import Act
from controls.errors import ControlsError


@pytest.fixture
def small(tmp_path):
    """Return a trail of a few entries in three segments."""
    made = writer.Writer(tmp_path, segment_bytes=550)
    for number in range(8):
        made.append(Act("call", "personal", {"n": number}))
    assert len(head.segments(tmp_path / ".aiwf/audit")) == 3
    assert verify.verify(tmp_path).problems == ()
    return tmp_path


def files(root):
    return sorted((root / ".aiwf/audit").iterdir())


def found(root):
    return bool(verify.verify(root).problems)


def test_any_byte_that_flips_is_found_in_every_file(small):
    missed = []
    for path in files(small):
        text = path.read_bytes()
        for place in range(len(text)):
            flipped = bytes([text[place] ^ 1])
            path.write_bytes(text[:place] + flipped + text[place + 1 :])
            if not found(small):
                missed.append((path.name, place))
        path.write_bytes(text)
    assert missed == []
    assert not found(small)


def test_any_cut_of_the_tail_is_found(small):
    last = head.segments(small / ".aiwf/audit")[-1]
    text = last.read_bytes()
    for length in range(len(text)):
        last.write_bytes(text[:length])
        assert found(small), length


def test_segments_and_entries_that_are_taken_out_or_moved_are_found(small):
    for path in files(small):
        text = path.read_bytes()
        path.unlink()
        assert found(small), path.name
        path.write_bytes(text)
    first = head.segments(small / ".aiwf/audit")[0]
    one, two, *rest = first.read_bytes().splitlines(keepends=True)
    for changed in (
        [two, one, *rest],
        [one, *rest],
        [one, two, two, *rest],
        [one, b"\n", two, *rest],
    ):
        first.write_bytes(b"".join(changed))
        assert found(small)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            lambda text: text.replace(b'"n":1', b'"n":9'),
            "entry 2 or 3, in 00000001.jsonl or before it, was changed or taken out",
        ),
        (
            lambda text: text.replace(b'"seq":2', b'"seq":3'),
            "entry 2 in 00000001.jsonl was changed, or entries were taken out before it",
        ),
        (lambda text: text[:-1], "the segment before 00000002.jsonl ends in half a line"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(small, change, problem):
    path = small / ".aiwf/audit/00000001.jsonl"
    path.write_bytes(change(path.read_bytes()))
    assert verify.verify(small).problems == (problem,)


def test_a_cut_says_how_many_entries_are_missing(small):
    last = head.segments(small / ".aiwf/audit")[-1]
    os.truncate(last, 0)
    (problem,) = verify.verify(small).problems
    assert problem == "entries are missing at the end: 1, for there are 8 and the head has 9"


def test_an_entry_that_was_made_a_hash_by_nobody_is_found(small):
    path = small / ".aiwf/audit/00000001.jsonl"
    first, second, *rest = path.read_bytes().splitlines(keepends=True)
    hollow = sha256(b"\0" + second[:-1]).hexdigest().encode() + b"\n"
    path.write_bytes(b"".join([first, hollow, *rest]))
    assert verify.verify(small).problems == (
        "00000001.jsonl holds hashes (the first is entry 1) that no expiry put there",
    )


def test_a_root_is_given_for_each_size_that_is_asked_for(small):
    found = verify.verify(small, [3, 9, 50])
    assert set(found.marks) == {0, 1, 3, 9}
    assert (found.marks[9].root, found.marks[9].hash) == (found.root, found.last)
    assert len({mark.root for mark in found.marks.values()}) == 4


def test_without_a_trail_nothing_is_proven(tmp_path):
    with pytest.raises(ControlsError) as refused:
        verify.verify(tmp_path)
    assert refused.value.message == "there is no audit trail in '.aiwf/audit'"
