import json
from pathlib import Path

import pytest

from controls.tracing import read


def spans(tracing, *runs: str) -> None:
    for run in runs:
        keys = {"aiwf.run.id": run, "gen_ai.operation.name": "invoke_workflow"}
        tracing().start_span(f"run of {run}", attributes=keys).end()


def file_of(root: Path) -> Path:
    (file,) = (root / ".aiwf/traces").glob("*/*.jsonl")
    return file


def test_a_torn_last_line_is_counted_and_the_rest_is_read(tmp_path, tracing):
    spans(tracing, "a", "b")
    file = file_of(tmp_path)
    file.write_bytes(file.read_bytes() + b'{"trace_id": "0123')
    reading = read.load(tmp_path)
    assert [span.run_id for span in reading.spans] == ["a", "b"]
    assert reading.torn == 1


def test_a_line_that_is_no_span_is_counted(tmp_path, tracing):
    spans(tracing, "a")
    file = file_of(tmp_path)
    file.write_bytes(file.read_bytes() + b'[]\n{"name": "x"}\n\xff\n')
    assert (len(read.load(tmp_path).spans), read.load(tmp_path).torn) == (1, 3)


@pytest.mark.parametrize(
    "change",
    [
        {"attributes": None},
        {"attributes": "text"},
        {"resource": []},
        {"start_unix_nano": "now"},
        {"end_unix_nano": 1.5},
        {"name": 7},
        {"events": [{"name": "e"}]},
    ],
    ids=str,
)
def test_a_line_of_another_shape_is_counted_and_stops_no_reader(tmp_path, tracing, change):
    tracing().start_span("one").end()
    (file,) = (tmp_path / ".aiwf/traces").glob("*/*.jsonl")
    last = json.loads(file.read_text().splitlines()[-1])
    with file.open("a") as out:
        out.write(json.dumps({**last, **change}) + "\n")
    reading = read.load(tmp_path)
    assert ([span.name for span in reading.spans], reading.torn) == (["one"], 1)
    assert read.latest_run(tmp_path) is None


def test_the_spans_of_one_run_are_found_with_their_place(tmp_path, tracing):
    spans(tracing, "a", "b", "a")
    found = list(read.spans(tmp_path, run="a"))
    assert [(span.run_id, span.line) for span in found] == [("a", 2), ("a", 6)]
    assert found[0].path == file_of(tmp_path)


def test_the_latest_run_is_the_one_that_ended_last(tmp_path, tracing):
    assert read.latest_run(tmp_path) is None
    spans(tracing, "a", "b")
    assert read.latest_run(tmp_path) == "b"


def test_no_traces_are_no_spans(tmp_path):
    assert read.load(tmp_path) == read.Reading((), 0)
