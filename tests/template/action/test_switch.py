"""Anybody stops all calls at once; going on, and setting a run aside, takes a name and an entry."""

from collections.abc import Callable
from pathlib import Path

import pytest
from action_repository import entries
from pydantic_ai import Agent

from controls import catalogue, manifest
from controls.check.model import Context, State
from controls.errors import ControlsError
from controls.gateway import override, stop, switch, switch_checks
from controls.gateway.refusal import Refused
from controls.run import Run, start
from controls.tracing import read as traces


def answer(run: Run) -> str:
    """Return what the model says, in one call."""
    prompt = run.prompt("answer")
    return Agent(run.model(), instructions=prompt.text).run_sync("hello").output


def test_a_thrown_switch_refuses_calls_and_is_in_the_trail(root: Path, run: Run) -> None:
    switch.throw(root, "it insults customers", "@ada")
    with pytest.raises(Refused, match="all calls are stopped: it insults customers"):
        answer(run)
    [entry] = entries(root, "stop")
    assert entry.facts == {"by": "@ada", "reason": "it insults customers"}


def test_stopping_takes_no_name(root: Path) -> None:
    switch.throw(root, "no time")
    assert stop.thrown(root) == "no time"
    assert [entry.facts["by"] for entry in entries(root, "stop")] == ["unknown"]


def test_calls_pass_again_in_a_persons_name_only(root: Path, run: Run) -> None:
    switch.throw(root, "a drill", "@ada")
    with pytest.raises(ControlsError, match="names no person"):
        switch.release(root, "the drill is over")
    with pytest.raises(ControlsError, match="resume takes a reason"):
        switch.release(root, "", "@ada")
    assert stop.thrown(root) == "a drill"
    switch.release(root, "the drill is over", "@ada")
    assert answer(run)
    [entry] = entries(root, "resume")
    assert entry.facts == {"by": "@ada", "reason": "the drill is over"}


def test_calls_stop_even_where_that_cannot_be_recorded(root: Path, run: Run) -> None:
    (root / ".aiwf").mkdir(exist_ok=True)
    (root / ".aiwf/audit").write_text("no folder")
    with pytest.raises(ControlsError) as caught:
        switch.throw(root, "an incident", "@ada")
    assert caught.value.message.startswith(
        "every call is refused from now on, but that is not recorded: "
    )
    assert stop.thrown(root) == "an incident"
    with pytest.raises(ControlsError, match="the audit trail cannot be written"):
        answer(run)  # refused; and since that cannot be recorded either, it is said


def test_calls_stay_stopped_where_going_on_cannot_be_recorded(root: Path) -> None:
    switch.throw(root, "an incident", "@ada")
    segment = root / ".aiwf/audit/00000001.jsonl"
    segment.write_bytes(segment.read_bytes()[:-40])
    with pytest.raises(ControlsError, match="is shorter than its head"):
        switch.release(root, "all is well", "@ada")
    assert stop.thrown(root) == "an incident"


def test_a_lower_tier_stops_and_goes_on_without_a_trail(project: Callable[..., Path]) -> None:
    root = project(2)
    switch.throw(root, "an incident")
    switch.release(root)
    assert stop.thrown(root) is None
    assert entries(root, "stop") == []


def test_a_person_sets_a_run_aside(root: Path) -> None:
    with start(root, feature="tests", data="internal") as run:
        run.trail.outcome = "answered"
    assert override.given(root, run.id) is None
    seq = override.record(root, run.id, "it quoted the wrong article", "@grace")
    assert override.given(root, run.id) == seq
    [entry] = entries(root, "override")
    assert entry.facts["by"] == "@grace"
    assert entry.facts["run"] == run.id
    [told] = [span for span in traces.spans(root, run=run.id) if span.name == "override"]
    assert told.attributes["aiwf.audit.seq"] == seq
    assert told.events[0].attributes["aiwf.human.decision"] == "overridden"


@pytest.mark.parametrize("actor", [None, "", "ada", "@ada and @grace"])
def test_nobody_sets_a_run_aside_without_a_name(root: Path, run: Run, actor: str | None) -> None:
    with pytest.raises(ControlsError, match="names no person"):
        override.record(root, run.id, "because", actor)


def test_a_run_that_nobody_knows_cannot_be_set_aside(root: Path) -> None:
    with pytest.raises(ControlsError, match="there is no run 'ffff'"):
        override.record(root, "ffff", "because", "@ada")


def drilled(root: Path) -> tuple[State, list[str]]:
    """Return what the drill says."""
    from datetime import date  # noqa: PLC0415  a value for one call

    context = Context(root, manifest.load(root), catalogue.load(root), date(2026, 11, 1))
    outcome = switch_checks.drill(context)
    return outcome.state, [finding.message for finding in outcome.findings]


def test_the_drill_passes_and_leaves_the_repository_alone(root: Path) -> None:
    assert drilled(root) == (State.ok, [])
    assert not (root / ".aiwf/stop").exists()
    assert entries(root, "stop") == []


def test_the_drill_sees_a_switch_that_stops_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stop, "throw", lambda *_: None)
    state, told = drilled(root)
    assert state == State.failed
    assert told == ["a call passes while the switch is thrown"]
