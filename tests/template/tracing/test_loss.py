"""Nothing that a process was told is recorded gets lost, however the process ends."""

import os
import signal
import subprocess
import time

import pytest

from controls.tracing import read

ROUNDS = 50
ENDLESS = """
number = 0
print("ready", flush=True)
while True:
    with engine.start_as_current_span(f"outer-{os.getpid()}-{number}"):
        engine.start_span(f"s-{os.getpid()}-{number}", attributes={"filler": "x" * 2000}).end()
        os.write(1, f"s-{os.getpid()}-{number}\\n".encode())
    number += 1
"""
FORKING = """
print("ready", flush=True)
children = [os.fork() for _ in range(2)]
""" + ENDLESS.replace('print("ready", flush=True)', "")


def kill(child, number, seconds=0.002):
    """End the process in the middle of its work and return what it had acknowledged."""
    assert child.stdout.readline() == b"ready\n"
    time.sleep(seconds + number * 7 % 30 / 1000)
    os.killpg(child.pid, signal.SIGKILL if number % 2 else signal.SIGTERM)
    told = child.stdout.read()
    child.stdout.close()
    child.wait()
    return told.decode().split("\n")[:-1]  # the last piece may be half a line


def written(root):
    reading = read.load(root)
    return {span.name for span in reading.spans}, reading


def torn_tails(root):
    """Count the files that end in the middle of a line: a write that the kill cut short."""
    files = (root / ".aiwf/traces").glob("*/*.jsonl")
    return sum(not path.read_bytes().endswith(b"\n") for path in files)


@pytest.mark.slow
def test_50_rounds_of_sigkill_and_sigterm_lose_no_acknowledged_span(tmp_path, writer):
    told = []
    for number in range(0, ROUNDS, 2):  # two at a time: half of a round is starting Python
        pair = [writer(ENDLESS, stdout=subprocess.PIPE, start_new_session=True) for _ in range(2)]
        for offset, child in enumerate(pair):
            told += kill(child, number + offset)
    names, reading = written(tmp_path)
    assert len(told) > ROUNDS
    assert set(told) - names == set()
    assert reading.torn <= torn_tails(tmp_path)
    assert len(reading.unfinished) <= ROUNDS


def test_forked_children_that_are_killed_lose_no_acknowledged_span(tmp_path, writer):
    told = []
    for number in range(4):
        child = writer(FORKING, stdout=subprocess.PIPE, start_new_session=True)
        told += kill(child, number, 0.2)
    names, reading = written(tmp_path)
    assert len({name.split("-")[1] for name in told}) > 4
    assert set(told) - names == set()
    assert reading.torn <= torn_tails(tmp_path)


def test_a_full_file_system_is_one_sentence_and_leaves_no_half_line(tmp_path, writer):
    body = """
    import resource
    engine.start_span("before").end()
    (file,) = Path(%r).glob("*/*.jsonl")
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + 300, -1))
    try:
        engine.start_span("refused", attributes={"filler": "x" * 5000})
    except ControlsError as error:
        print(error.message)
    resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
    engine.start_span("after").end()
    """ % str(tmp_path / ".aiwf/traces")  # noqa: UP031  the body is full of braces
    child = writer(body, stdout=subprocess.PIPE)
    said, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    assert said.decode().endswith(
        "cannot be written to " + repr(str(tmp_path / ".aiwf/traces")) + ": File too large\n"
    )
    names, reading = written(tmp_path)
    assert (names, reading.torn) == ({"before", "after"}, 0)


def test_a_clock_that_is_moved_back_opens_no_day_again_and_shows_no_negative_time(
    tmp_path, tracing
):
    day = 86_400_000_000_000
    tracing().start_span("today", start_time=20_001 * day).end(end_time=20_001 * day + 5)
    tracing().start_span("back", start_time=20_001 * day).end(end_time=20_000 * day)
    (file,) = (tmp_path / ".aiwf/traces").glob("*/*.jsonl")
    assert file.parent.name == "2024-10-05"
    assert [span.seconds for span in read.load(tmp_path).spans] == [5e-09, 0]


def test_bytes_that_are_no_text_are_recorded_and_read_back(tmp_path, tracing):
    given = {"half": "a\udc80b", "raw": b"\xff\xfe", "number": float("nan"), "nul": "\x00"}
    tracing().start_span("odd \ud800", attributes=given).end()
    (span,) = read.load(tmp_path).spans
    assert span.name == "odd \ud800"
    assert (span.attributes["half"], span.attributes["nul"]) == ("a\udc80b", "\x00")
    assert span.attributes["raw"] == r"b'\xff\xfe'"


def test_a_secret_without_an_end_swallows_nothing_beside_it(tmp_path, tracing):
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE"
    tracing().start_span("s", attributes={"a": key, "kept": "x", "b": "-----END x-----"}).end()
    (span,) = read.load(tmp_path).spans
    assert span.attributes == {"a": "[redacted]", "kept": "x", "b": "-----END x-----"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "abc"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "-1"),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "1e3"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "\u0661"),
    ],
)
def test_a_malformed_limit_in_the_environment_stops_nothing(tmp_path, writer, name, value):
    body = 'import pydantic_evals\nengine.start_span("s", attributes={"k": 1}).end()'
    assert writer(body, env=os.environ | {name: value}).wait(timeout=60) == 0
    assert read.load(tmp_path).spans[0].attributes == {"k": 1}
