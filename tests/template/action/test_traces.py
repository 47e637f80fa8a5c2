"""A use of a tool leaves a span with the keys of tier 4, whatever the environment or a run does."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from action_repository import ARGUMENTS

from controls import catalogue, manifest
from controls.action import execute, logged
from controls.action.proposal import Action
from controls.check.model import Context, State
from controls.errors import ControlsError
from controls.run import Run, start
from controls.tracing import read, semconv, tree
from controls.tracing.read import Span

KEYS = {
    "aiwf.run.id",
    "aiwf.risk.tier",
    "gen_ai.operation.name",
    "gen_ai.tool.name",
    "aiwf.approval.id",
    "aiwf.tool.effect",
    "aiwf.tool.args.sha256",
    "aiwf.rollback.ref",
    "aiwf.dry_run",
    "aiwf.audit.seq",
    "aiwf.task.outcome",
}
Agreed = Callable[..., Action]


def checked(root: Path) -> tuple[State, int, list[str]]:
    """Return what LOG-5 says."""
    known = catalogue.load(root)
    [control] = [each for each in known.controls if each.id == "LOG-5"]
    day = date(2026, 11, 1)
    outcome = logged.complete(Context(root, manifest.load(root), known, day, None, control))
    return outcome.state, outcome.n, [finding.message for finding in outcome.findings]


def used(root: Path, run: Run) -> Span:
    [span] = [s for s in read.spans(root, run=run.id) if s.operation == "execute_tool"]
    return span


def test_an_act_has_the_keys_of_its_tier(root: Path, run: Run, agreed: Agreed) -> None:
    done = execute.execute(run, agreed().id)
    span = used(root, run)
    assert set(span.attributes) >= KEYS
    assert span.attributes["aiwf.approval.id"] == [each.id for each in done.counted.given]
    assert span.attributes["aiwf.tool.effect"] == "write"
    assert span.attributes["aiwf.rollback.ref"] == done.artifact.ref
    assert span.attributes["aiwf.dry_run"] is False
    assert span.attributes["aiwf.audit.seq"] == done.seq
    assert span.attributes["aiwf.task.outcome"] == "answered"


def test_a_rollback_names_who_had_agreed_to_the_act(root: Path, agreed: Agreed) -> None:
    action = agreed()
    with start(root, feature="tests", data="internal") as run:
        done = execute.execute(run, action.id)
    with start(root, feature="tests", data="internal") as back:
        execute.roll_back(back, action.id, "a test")
    span = used(root, back)
    assert span.attributes["aiwf.approval.id"] == [each.id for each in done.counted.given]
    assert checked(root) == (State.ok, 3, [])


def test_a_use_without_its_keys_fails_the_check(
    root: Path, run: Run, agreed: Agreed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(semconv, "ROLLBACK_REF", "aiwf.rollback.other")
    execute.execute(run, agreed().id)
    monkeypatch.undo()
    state, n, told = checked(root)
    assert (state, n) == (State.failed, 2)
    assert [text.partition(" lacks ")[2] for text in told] == ["'aiwf.rollback.ref'"]


def test_the_trace_shows_a_use_of_a_tool(root: Path, run: Run, agreed: Agreed) -> None:
    execute.execute(run, agreed().id)
    assert tree.facts(used(root, run)) == "answered · write · 2 approvals"


def test_a_refusal_has_the_keys_of_its_tier(root: Path, run: Run) -> None:
    with pytest.raises(ControlsError):
        run.tool("delete_everything", {})
    span = used(root, run)
    assert set(span.attributes) >= KEYS
    assert span.attributes["aiwf.task.outcome"] == "denied"
    assert span.attributes["error.type"] == "tool"


def test_arguments_are_in_no_trace(root: Path, run: Run, agreed: Agreed) -> None:
    execute.execute(run, agreed().id)
    assert ARGUMENTS["setting"] not in str(dict(used(root, run).attributes))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_TRACES_SAMPLER", "always_off"),
        ("OTEL_TRACES_SAMPLER", "traceidratio"),
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1"),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "2"),
    ],
)
def test_no_setting_of_the_environment_thins_out_acts(
    root: Path, agreed: Agreed, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0")
    with start(root, feature="tests", data="internal") as run:
        done = execute.execute(run, agreed().id)
    span = used(root, run)
    assert set(span.attributes) >= KEYS
    assert span.attributes["aiwf.rollback.ref"] == done.artifact.ref


def test_a_flood_of_attributes_drowns_none_of_the_keys(root: Path, agreed: Agreed) -> None:
    noise = {f"noise.{number}": number for number in range(20_000)}
    with start(root, feature="tests", data="internal", attributes=noise) as run:
        run.root_span.set_attributes({f"more.{number}": "x" * 100 for number in range(20_000)})
        execute.execute(run, agreed().id)
    assert set(used(root, run).attributes) >= KEYS
    [whole] = [s for s in read.spans(root, run=run.id) if s.operation == "invoke_workflow"]
    assert {"aiwf.run.id", "aiwf.risk.tier", "aiwf.task.outcome"} <= set(whole.attributes)
    assert whole.attributes["more.19999"] == "x" * 100
