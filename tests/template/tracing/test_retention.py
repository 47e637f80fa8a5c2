"""RET-1: durations are declared and long enough, and nothing is kept past its own."""

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from controls.check.command import context
from controls.check.model import State
from controls.tracing import retention

DAY = 86_400_000_000_000
TODAY = date(2026, 12, 1)


@pytest.fixture(scope="session")
def pristine(rendered) -> Path:
    return rendered(tier=3)


@pytest.fixture
def regulated(project) -> Path:
    return project(3)


def edit(root: Path, old: str, new: str) -> None:
    path = root / "ai-workflow.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def moment(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 10**9


def trace(root: Path, day: date) -> None:
    """Leave a file of traces with one span of `day`."""
    folder = root / ".aiwf/traces" / day.isoformat()
    folder.mkdir(parents=True)
    at = moment(day)
    (folder / "1.jsonl").write_text(f'{{"start_unix_nano":{at},"end_unix_nano":{at + 5}}}\n')


def blob(root: Path, day: date, classification: str) -> None:
    """Leave an encrypted text of `day`, about data of a class."""
    folder = root / ".aiwf/content/subject"
    folder.mkdir(parents=True, exist_ok=True)
    head = {"run": "r", "subject": "subject", "kind": "answer"}
    head |= {"time": moment(day), "class": classification}
    (folder / f"{classification}.blob").write_bytes(json.dumps(head).encode() + b"\nsealed")


def kept(root: Path):
    return retention.kept(context(root, TODAY))


def declared(root: Path):
    return retention.declared(context(root, TODAY))


def test_a_fresh_repository_declares_how_long_each_kind_of_data_is_kept(pristine):
    outcome = declared(pristine)
    assert (outcome.state, outcome.n, outcome.findings) == (State.ok, 3, ())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("retention: P30D", "retention: P0D", "'P0D' is no time at all"),
        ("retention: P1Y", "retention: PT0S", "'PT0S' is no time at all"),
    ],
)
def test_a_duration_of_no_time_fails(regulated, old, new, message):
    edit(regulated, old, new)
    outcome = declared(regulated)
    assert outcome.state is State.failed
    assert [finding.message for finding in outcome.findings] == [message]


@pytest.mark.parametrize(
    ("category", "duration", "state"),
    [
        ("high-risk", "P180D", State.failed),
        ("high-risk", "P6M", State.ok),
        ("limited-risk", "P180D", State.ok),
    ],
)
def test_logs_of_a_high_risk_system_are_kept_for_six_months(regulated, category, duration, state):
    edit(regulated, "retention: P1Y", f"retention: {duration}")
    edit(regulated, "category: limited-risk", f"category: {category}")
    assert declared(regulated).state is state


@pytest.mark.parametrize(
    ("day", "state"),
    [
        pytest.param(date(2025, 12, 1), State.ok, id="on its last day"),
        pytest.param(date(2025, 11, 30), State.failed, id="a day later"),
    ],
)
def test_traces_go_by_the_retention_of_the_logs(regulated, day, state):
    trace(regulated, day)
    outcome = kept(regulated)
    assert (outcome.state, outcome.n) == (state, 1)


@pytest.mark.parametrize(
    ("day", "state"),
    [
        pytest.param(date(2026, 11, 1), State.ok, id="on its last day"),
        pytest.param(date(2026, 10, 31), State.failed, id="a day later"),
    ],
)
def test_a_text_goes_by_the_class_of_its_data(regulated, day, state):
    blob(regulated, day, "personal")
    blob(regulated, day, "public")
    outcome = kept(regulated)
    assert (outcome.state, outcome.n) == (state, 2)


@pytest.mark.parametrize("name", ["personal.blob", "personal.draft"])
@pytest.mark.parametrize(("days", "state"), [(3, State.ok), (400, State.failed)])
def test_a_text_that_is_damaged_or_unfinished_is_as_old_as_its_file(regulated, name, days, state):
    path = regulated / ".aiwf/content/subject" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"{half a head")
    then = (moment(TODAY) - days * 86_400 * 10**9) / 1e9
    os.utime(path, (then, then))
    outcome = kept(regulated)
    assert (outcome.state, outcome.n) == (state, 1)


def test_what_is_over_is_named_with_the_way_out(regulated):
    trace(regulated, date(2025, 1, 1))
    trace(regulated, date(2025, 1, 2))
    (finding,) = kept(regulated).findings
    assert finding.path == ".aiwf/traces/2025-01-01/1.jsonl"
    assert finding.message == "it is kept longer than ai-workflow.yaml says and 1 more"
    assert finding.hint == "python -m controls trace expire"
