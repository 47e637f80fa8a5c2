"""INC-2: an incident that is open past its kind's deadline fails; a mitigated one does not."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from controls import manifest
from controls.check.command import context
from controls.check.model import State
from controls.errors import ControlsError
from controls.incidents import deadlines
from controls.tracing import period

RECORD = """---
title: A reply named another customer
type: data-exposure
severity: SEV1
detected: {detected}
mitigated: {mitigated}
eval_case: incident-x
---

# A reply named another customer
"""


@pytest.fixture
def recorded(project):
    """Return a function that gives a tier-3 repository with one incident on record."""

    def fresh(detected: str = "2026-11-02T10:00:00+00:00", mitigated: str = "null") -> Path:
        root = project(3)
        (root / "incidents").mkdir()
        text = RECORD.format(detected=detected, mitigated=mitigated)
        (root / "incidents/2026-11-02-x.md").write_text(text)
        return root

    return fresh


def kept(root: Path, today: date = date(2026, 11, 3)):
    return deadlines.kept(context(root, today))


def test_without_incidents_each_kind_is_looked_at_for_its_deadline(project):
    outcome = kept(project(3))
    assert (outcome.state, outcome.n, outcome.findings) == (State.ok, 5, ())


def test_an_incident_that_is_open_past_its_deadline_fails(recorded):
    outcome = kept(recorded())
    assert (outcome.state, outcome.n) == (State.failed, 6)
    (finding,) = outcome.findings
    assert finding.message == "data-exposure is open past its deadline of 2026-11-02 14:00 UTC"
    assert finding.path == "incidents/2026-11-02-x.md"


@pytest.mark.parametrize(
    "mitigated",
    [
        pytest.param("2026-11-02T12:00:00+00:00", id="in time"),
        pytest.param("2026-11-02T20:00:00+00:00", id="late, which no act of today mends"),
    ],
)
def test_a_mitigated_one_does_not_fail(recorded, mitigated):
    assert kept(recorded(mitigated=mitigated)).state is State.ok


@pytest.mark.parametrize(("hours", "state"), [(0, State.ok), (3, State.ok), (5, State.failed)])
def test_today_the_hour_counts(recorded, hours, state):
    now = datetime.now(UTC)
    detected = (now - timedelta(hours=hours)).isoformat()
    assert kept(recorded(detected=detected), now.date()).state is state


@pytest.mark.parametrize(
    ("detected", "mitigated", "message"),
    [
        pytest.param("null", "null", "detected is None, no moment", id="never detected"),
        pytest.param("soon", "null", "detected is 'soon', no moment", id="no moment"),
        pytest.param(
            "2026-11-02T10:00", "done", "mitigated is 'done', no moment", id="mitigated in a word"
        ),
        pytest.param(
            "2026-11-02T10:00",
            "2027-01-01T10:00",
            "mitigated is '2027-01-01T10:00', which has not come yet",
            id="mitigated in the future",
        ),
    ],
)
def test_a_record_that_dodges_the_clock_fails(recorded, detected, mitigated, message):
    outcome = kept(recorded(detected, mitigated))
    assert outcome.state is State.failed
    assert [finding.message for finding in outcome.findings] == [message]


def test_a_deadline_of_no_time_fails_at_its_line(project):
    root = project(3)
    path = root / "ai-workflow.yaml"
    path.write_text(path.read_text().replace("sla: PT24H", "sla: P0D"))
    outcome = kept(root)
    assert outcome.state is State.failed
    (finding,) = outcome.findings
    assert finding.message == "the deadline of 'prompt-injection' is 'P0D'"
    assert finding.line == manifest.load(root).line("spec", "incidents", "prompt-injection", "sla")


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        ("PT4H", "2024-02-29T03:30:00"),
        ("P1D", "2024-02-29T23:30:00"),
        ("P1M", "2024-03-28T23:30:00"),
        ("P1Y", "2025-02-28T23:30:00"),
        ("P1W1DT30M", "2024-03-08T00:00:00"),
        ("P9999Y", "9999-12-31T23:59:59.999999"),
    ],
)
def test_a_deadline_is_counted_by_the_calendar(duration, expected):
    start = datetime(2024, 2, 28, 23, 30, tzinfo=UTC)
    assert period.after(start, duration).isoformat() == f"{expected}+00:00"


@pytest.mark.parametrize("duration", ["", "P", "PT", "4H", "P1DT"])
def test_what_is_no_duration_is_refused(duration):
    with pytest.raises(ControlsError, match="is no duration"):
        period.after(datetime(2024, 1, 1, tzinfo=UTC), duration)
