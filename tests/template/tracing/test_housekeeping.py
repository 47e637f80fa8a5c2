"""Files rotate, closed days become Parquet, what is past its retention goes: and nothing else."""

import json
from datetime import date
from types import SimpleNamespace

import pytest
import warm

from controls.errors import ControlsError
from controls.tracing import archive, expire, period, read
from controls.tracing.jsonl import JsonlProcessor
from controls.tracing.setup import tracer

DAY = 86_400_000_000_000
FIRST = 20_000  # 2024-10-04


@pytest.fixture
def record(tmp_path):
    """Return a function that records a span on a day, in a file that is closed afterwards."""

    def write(day, run, bytes_=10):
        manifest = SimpleNamespace(name="demo", logging={"retention": "P180D"})
        engine = tracer(tmp_path / "elsewhere", manifest, "ci")
        span = engine.start_span(
            "run",
            start_time=day * DAY,
            attributes={
                "aiwf.run.id": run,
                "gen_ai.operation.name": "invoke_workflow",
                "filler": "x" * bytes_,
            },
        )
        span.end(end_time=day * DAY + 1000)
        writer = JsonlProcessor(tmp_path / ".aiwf/traces")
        writer.on_end(span)
        writer.shutdown()

    return write


def files(root):
    return sorted(path.name for path in (root / ".aiwf/traces").glob("*/*"))


def days(root):
    return sorted({path.parent.name for path in (root / ".aiwf/traces").glob("*/*")})


def runs(root):
    return sorted(span.run_id for span in read.load(root).spans)


def test_a_file_above_its_size_is_closed_and_a_new_one_begun(tmp_path, tracing):
    begun = []
    writer = JsonlProcessor(tmp_path / ".aiwf/traces", 5000, lambda: begun.append(1))
    span = tracing().start_span("s", attributes={"filler": "x" * 1000})
    for _ in range(20):
        writer.on_end(span)
    sizes = [path.stat().st_size for path in (tmp_path / ".aiwf/traces").glob("*/*.jsonl")]
    assert len(begun) == len(sizes) - 1 > 3  # one file is that of `tracing`
    assert max(sizes) < 5000 + 1500
    assert len(read.load(tmp_path).unfinished) == 1


def test_closed_days_become_parquet_and_every_reader_sees_the_same(tmp_path, record):
    for day in (FIRST, FIRST + 1):
        for run in "ab":
            record(day, f"{run}{day}")
    before = read.load(tmp_path)
    done = list(archive.compact(tmp_path / ".aiwf/traces", date(2024, 10, 5)))
    assert [(row.day, row.files, row.lines, row.busy) for row in done] == [("2024-10-04", 2, 2, 0)]
    assert [name.rpartition(".")[2] for name in files(tmp_path)].count("parquet") == 1
    after = read.load(tmp_path)
    assert sorted((s.run_id, s.start, s.attributes["filler"]) for s in after.spans) == sorted(
        (s.run_id, s.start, s.attributes["filler"]) for s in before.spans
    )
    assert [s.run_id for s in read.spans(tmp_path, run="a20000")] == ["a20000"]
    assert list(archive.compact(tmp_path / ".aiwf/traces", date(2024, 10, 5))) == []


def test_torn_and_foreign_lines_survive_compaction_as_they_were(tmp_path, record):
    record(FIRST, "a")
    (file,) = (tmp_path / ".aiwf/traces").glob("*/*.jsonl")
    file.write_bytes(file.read_bytes() + b'[]\n\xff\xfe\n{"trace_id": "0123')
    before = read.load(tmp_path)
    list(archive.compact(tmp_path / ".aiwf/traces", date(2024, 11, 1)))
    after = read.load(tmp_path)
    assert (before.torn, after.torn, len(after.spans)) == (3, 3, 1)


def test_a_file_that_is_still_open_is_not_compacted(tmp_path, record, tracing):
    record(FIRST, "a")
    tracing().start_span("s", start_time=FIRST * DAY).end(end_time=FIRST * DAY)
    (done,) = archive.compact(tmp_path / ".aiwf/traces", date(2024, 11, 1))
    assert (done.files, done.busy) == (1, 1)
    assert len(read.load(tmp_path).spans) == 2


def test_a_crash_between_parquet_and_removal_counts_nothing_twice(tmp_path, record):
    record(FIRST, "a")
    (file,) = (tmp_path / ".aiwf/traces").glob("*/*.jsonl")
    kept = file.read_bytes()
    list(archive.compact(tmp_path / ".aiwf/traces", date(2024, 11, 1)))
    file.write_bytes(kept)
    assert runs(tmp_path) == ["a"]


def test_a_broken_parquet_file_is_one_sentence(tmp_path, record):
    record(FIRST, "a")
    list(archive.compact(tmp_path / ".aiwf/traces", date(2024, 11, 1)))
    (file,) = (tmp_path / ".aiwf/traces").glob("*/*.parquet")
    file.write_bytes(b"no parquet")
    with pytest.raises(ControlsError, match="a compacted day cannot be read"):
        read.load(tmp_path)


@pytest.mark.parametrize("compacted", [False, True], ids=["lines of JSON", "Parquet"])
def test_what_is_past_its_retention_goes_by_the_dates_of_its_records(tmp_path, record, compacted):
    record(FIRST, "old")
    record(FIRST + 10, "young")
    folder = tmp_path / ".aiwf/traces"
    if compacted:
        list(archive.compact(folder, date(2024, 12, 1)))
    (folder / "2024-10-14").rename(folder / "2020-01-01")  # a name is no date of a record
    gone = list(expire.expire(folder, "P30D", date(2024, 11, 4)))
    assert [(row.newest, row.path.parent.name) for row in gone] == [
        (date(2024, 10, 4), "2024-10-04")
    ]  # fmt: skip
    assert (runs(tmp_path), days(tmp_path)) == (["young"], ["2020-01-01"])


@pytest.mark.parametrize(
    ("retention", "left"),
    [
        ("P32D", 2),
        ("P31D", 2),
        ("P30D", 1),
        ("P29D", 1),
        ("P4W", 0),
        ("P1M", 2),
        ("PT1H", 0),
        ("P999999Y", 2),
    ],
)
def test_a_day_is_kept_until_its_retention_is_over(tmp_path, record, retention, left):
    record(FIRST, "a")
    record(FIRST + 2, "b")
    list(expire.expire(tmp_path / ".aiwf/traces", retention, date(2024, 11, 4)))
    assert len(runs(tmp_path)) == left


def test_the_open_day_is_never_removed_and_neither_is_an_unreadable_file(tmp_path, record):
    record(FIRST, "a")
    odd = tmp_path / ".aiwf/traces/2020-01-01/odd.jsonl"
    odd.parent.mkdir()
    odd.write_bytes(b"\xff\n")
    assert list(expire.expire(tmp_path / ".aiwf/traces", "P0D", date(2024, 10, 4))) == []
    assert len(files(tmp_path)) == 2


def test_the_cap_removes_the_oldest_and_only_what_is_past_its_retention(tmp_path, record):
    folder = tmp_path / ".aiwf/traces"
    for day in range(4):
        record(FIRST + day, f"{day}", 10_000)
    each = expire.weight(folder) // 4
    expire.trim(folder, "P999999Y", limit=1)
    assert runs(tmp_path) == ["0", "1", "2", "3"]
    expire.trim(folder, "P30D", limit=each * 2 + 100)
    assert runs(tmp_path) == ["2", "3"]


def test_whoever_begins_to_write_reads_no_day_that_is_kept(tmp_path, record, monkeypatch):
    folder, seen = tmp_path / ".aiwf/traces", []
    for day in range(3):
        record(FIRST + day, f"{day}", 100)
    monkeypatch.setattr(expire, "newest", seen.append)
    expire.trim(folder, "P100Y", limit=1)
    assert seen == []
    expire.trim(folder, "P30D", limit=1)
    assert len(seen) == 3


def test_a_duration_is_counted_back_by_the_calendar():
    assert period.before(date(2026, 3, 31), "P1M") == date(2026, 2, 28)
    assert period.before(date(2024, 2, 29), "P1Y2W1D") == date(2023, 2, 13)
    with pytest.raises(ControlsError, match="'180' is no duration"):
        period.before(date(2026, 3, 31), "180")


def test_the_verb_compacts_and_expires(project):
    root = project(2)
    words = ("ask", "--json", "how do I reset my password?")
    done = warm.run("controls", *words, cwd=root, check=True)
    run_id = json.loads(done.stdout)["run_id"]

    def trace(*args):
        return warm.run("controls", "trace", *args, cwd=root, check=True).stdout

    assert trace("compact") == "nothing to compact: no closed day has lines of JSON\n"
    before = trace(run_id).splitlines()[:-1]
    assert "1 files, " in trace("compact", "--today", "2999-01-01")
    assert trace().splitlines()[:-1] == before
    assert trace("expire") == "nothing is older than P180D\n"
    assert trace("expire", "--today", "2999-01-01").startswith("removed .aiwf/traces/")
    assert files(root) == []
