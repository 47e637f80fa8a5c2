"""Appending: chained, shared by threads and processes, and never acknowledged when it did not."""

import json
import os
import shutil
import subprocess
import threading
from hashlib import sha256

import pytest

from controls.audit import head, read, verify, writer
from controls.audit.entry import Act
from controls.errors import ControlsError


def facts(root):
    with read.snapshot(root) as seen:
        return [(entry.kind, dict(entry.facts)) for entry in read.entries(seen)]


def whole(root):
    found = verify.verify(root)
    assert found.problems == ()
    return found


def test_each_entry_names_the_hash_of_the_one_before(tmp_path, append, trail):
    receipts = [append(number) for number in range(3)]
    rows = [json.loads(line) for line in (trail / "00000001.jsonl").read_text().splitlines()]
    assert [row["seq"] for row in rows] == [0, 1, 2, 3]
    assert [row["kind"] for row in rows] == ["start", "call", "call", "call"]
    assert rows[0]["prev"] == "0" * 64
    assert [row["prev"] for row in rows[2:]] == [receipt.hash for receipt in receipts[:2]]
    assert [receipt.seq for receipt in receipts] == [1, 2, 3]
    assert whole(tmp_path).last == receipts[-1].hash


def test_only_its_owner_may_read_the_trail(append, trail):
    append()
    assert [oct(path.stat().st_mode)[-3:] for path in (trail, *sorted(trail.iterdir()))] == [
        *("700", "600", "600")
    ]


def test_a_secret_in_a_fact_never_reaches_the_disk(tmp_path, append, trail):
    append(
        facts={"said": "use sk-ant-0123456789abcdef0123", "list": [{"key": "AKIA0123456789ABCDEF"}]}
    )
    assert facts(tmp_path)[1][1] == {"said": "use [redacted]", "list": [{"key": "[redacted]"}]}
    assert b"sk-ant" not in (trail / "00000001.jsonl").read_bytes()


def test_text_that_is_not_unicode_is_kept_as_its_escape(tmp_path, append):
    append(facts={"half": "a\ud800b\n\u2028"})
    assert facts(tmp_path)[1][1] == {"half": "a\ud800b\n\u2028"}
    whole(tmp_path)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"kind": "Call"}, "'Call' is no kind of entry"),
        ({"classification": "private"}, "data class 'private' is unknown"),
        ({"facts": {"x": "y" * 70_000}}, "an entry of 70091 characters is too long"),
        ({"facts": {"x": float("nan")}}, "a fact cannot be written: Out of range float"),
        ({"private": {"text": "x"}}, "what is private needs a subject whose key seals it"),
    ],
)  # fmt: skip
def test_what_is_no_entry_is_refused_and_nothing_is_written(tmp_path, append, more, message):
    with pytest.raises(ControlsError) as refused:
        append(**more)
    assert refused.value.message.startswith(message)
    assert not (tmp_path / ".aiwf").exists()


def test_segments_follow_each_other_without_a_break(tmp_path, trail):
    small = writer.Writer(tmp_path, segment_bytes=1000)
    for number in range(20):
        small.append(Act("call", "public", {"n": number}))
    assert len(head.segments(trail)) > 3
    assert whole(tmp_path).entries == 21
    other = writer.Writer(tmp_path, segment_bytes=1000)
    other.append(Act("call", "public", {"n": 20}))
    small.append(Act("call", "public", {"n": 21}))
    assert whole(tmp_path).entries == 23
    assert [fact["n"] for kind, fact in facts(tmp_path) if kind == "call"] == list(range(22))


def test_threads_and_forked_children_share_one_chain(tmp_path, append):
    append(-1)
    threads = [
        threading.Thread(target=lambda t=t: [append(t * 100 + n) for n in range(50)])
        for t in range(4)
    ]
    for thread in threads:
        thread.start()
    child = os.fork()
    if not child:
        for number in range(50):
            append(1000 + number)
        os._exit(0)
    for thread in threads:
        thread.join()
    assert os.waitpid(child, 0)[1] == 0
    assert whole(tmp_path).entries == 252
    assert len({fact["n"] for kind, fact in facts(tmp_path) if kind == "call"}) == 251


def test_processes_that_begin_a_trail_together_begin_one(tmp_path, process):
    body = """
    for number in range(100):
        writer.append(root, Act("call", "public", {"n": number}))
    """
    started = [process(body) for _ in range(4)]
    assert [each.wait() for each in started] == [0, 0, 0, 0]
    assert whole(tmp_path).entries == 401
    assert [kind for kind, _ in facts(tmp_path)].count("start") == 1


def test_a_torn_tail_is_cut_off_and_the_cut_is_an_entry(tmp_path, append, trail):
    append(1)
    with (trail / "00000001.jsonl").open("ab") as file:
        file.write(b'{"prev":"half')
    assert verify.verify(tmp_path).unfinished_bytes == 13
    assert append(2).seq == 3
    assert facts(tmp_path)[2] == (
        "repair",
        {
            "cut_bytes": 13,
            "cut_sha256": sha256(b'{"prev":"half').hexdigest(),
        },
    )
    assert [entry.seq for entry in whole(tmp_path).repairs] == [2]


def test_a_whole_entry_that_was_never_acknowledged_is_taken_over(tmp_path, append, trail):
    append(1)
    before = (trail / "head").read_bytes()
    append(2)
    (trail / "head").write_bytes(before)
    assert whole(tmp_path).entries == 3
    assert append(3).seq == 3
    other = writer.Writer(tmp_path)
    other.append(Act("call", "public", {"n": 4}))
    assert whole(tmp_path).entries == 5


def damaged(trail, how):
    segment = trail / "00000001.jsonl"
    match how:
        case "a tail that is cut":
            os.truncate(segment, segment.stat().st_size - 5)
        case "a head that is gone":
            (trail / "head").unlink()
        case "a head of nonsense":
            (trail / "head").write_bytes(b"x" * head.LENGTH)
        case "a last entry that was changed":
            text = segment.read_bytes()
            segment.write_bytes(text.replace(b'"n":2', b'"n":3'))
        case "an entry that is not chained":
            with segment.open("ab") as file:
                file.write(b'{"prev":"0","seq":3}\n')
        case "a segment that is gone":
            segment.unlink()


MESSAGES = {
    "a tail that is cut": "the audit trail in {!r} is shorter than its head",
    "a head that is gone": "the head of the audit trail is gone: '{}/head'",
    "a head of nonsense": "the head of {!r} holds no head",
    "a last entry that was changed": "the last entry in {!r} is not the one its head names",
    "an entry that is not chained": "what follows entry 2 in {!r} is not chained to it",
    "a segment that is gone": "the audit trail in {!r} is shorter than its head",
}


@pytest.mark.parametrize("how", MESSAGES)
def test_nothing_is_appended_behind(how, tmp_path, append, trail):
    for number in (1, 2):
        append(number)
    damaged(trail, how)
    before = {path.name: path.read_bytes() for path in trail.iterdir()}
    for _ in range(2):
        with pytest.raises(ControlsError) as refused:
            writer.Writer(tmp_path).append(Act("call", "public", {}))
        assert refused.value.message == MESSAGES[how].format(str(trail))
        assert refused.value.hint == head.REPAIR
    assert {path.name: path.read_bytes() for path in trail.iterdir()} == before
    assert verify.verify(tmp_path).problems != () or how == "an entry that is not chained"


def test_a_writer_that_is_at_work_sees_the_trail_being_cut(append, trail):
    append(1)
    os.truncate(trail / "00000001.jsonl", 100)
    with pytest.raises(ControlsError, match="is shorter than its head"):
        append(2)


def test_a_full_disk_is_one_sentence_and_leaves_no_half_entry(tmp_path, process):
    body = """
    import resource
    writer.append(root, Act("call", "public", {"n": 0}))
    size = (root / ".aiwf/audit/00000001.jsonl").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, -1))
    import signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        writer.append(root, Act("call", "public", {"n": 1}))
    except ControlsError as error:
        print(error.message)
    resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
    print(writer.append(root, Act("call", "public", {"n": 2})).seq)
    """
    done = process(body, stdout=subprocess.PIPE)
    assert done.communicate()[0].decode().splitlines() == [
        f"the audit trail cannot be written to '{tmp_path}/.aiwf/audit': File too large",
        "2",
    ]
    assert whole(tmp_path).entries == 3


def test_a_trail_that_was_moved_away_is_begun_anew(tmp_path, append, trail):
    append(1)
    shutil.move(trail, tmp_path / "moved")
    assert append(2).seq == 1
    assert whole(tmp_path).entries == 2
