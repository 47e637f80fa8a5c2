import json

import warm

from controls.tracing.read import Event, Span
from controls.tracing.tree import headline, tree


def span(id_, parent, name, times, attributes, **more):
    """Return a span of `times` in milliseconds."""
    start, end = times
    return Span(
        **{
            "trace_id": "t",
            "span_id": id_,
            "parent_span_id": parent,
            "name": name,
            "kind": "INTERNAL",
            "start": start * 1_000_000,
            "end": end * 1_000_000,
            "status": "UNSET",
            "status_message": "",
            "attributes": attributes,
            "events": (),
            "resource": {},
            "path": "",
            "line": 0,
            **more,
        }
    )


RUN = span(
    "1",
    None,
    "invoke_workflow help",
    (0, 40),
    {
        "gen_ai.operation.name": "invoke_workflow",
        "aiwf.run.id": "r1",
        "aiwf.task.outcome": "answered",
        "aiwf.cost.usd": 0.00003,
        "aiwf.disclosure": "model-drafted · sources attached",
        "gen_ai.prompt.name": "answer",
        "gen_ai.prompt.version": "2",
        "aiwf.data.classification": "personal",
    },
)
FOUND = span(
    "2",
    "1",
    "retrieve",
    (1, 2),
    {"gen_ai.operation.name": "retrieval", "aiwf.source.ids": ["reset", "sso"]},
)
CALL = span(
    "3",
    "1",
    "chat small",
    (3, 39),
    {
        "gen_ai.operation.name": "chat",
        "gen_ai.response.model": "small-1",
        "gen_ai.usage.input_tokens": 479,
        "gen_ai.usage.output_tokens": 18,
        "aiwf.cost.usd": 0.00003,
        "aiwf.confidence": 0.94,
    },
    events=(
        Event("aiwf.safety.signal", 0, {"category": "all", "verdict": "pass"}),
        Event("aiwf.safety.signal", 0, {"category": "email", "action": "redact"}),
    ),
)
LOST = span("4", "gone", "review", (50, 51), {}, status="ERROR", status_message="no person")


def test_a_run_is_drawn_as_an_aligned_tree_and_hides_no_orphan():
    assert tree([CALL, FOUND, RUN, LOST]) == (
        "    40.0 ms  invoke_workflow help  answered · $0.000030\n"
        "     1.0 ms  ├─ retrieve           reset, sso\n"
        "    36.0 ms  └─ chat small         small-1 · 479 → 18 tokens · $0.000030"
        " · confidence 0.94\n"
        "               safety signal: category all · verdict pass\n"
        "             ! safety signal: category email · action redact\n"
        "     1.0 ms  review                error: no person"
    )


def test_the_headline_says_what_ran_and_what_a_reader_was_told():
    assert headline(RUN) == (
        "run r1  answered  prompt answer · version 2 · data personal\n"
        "model-drafted · sources attached"
    )


def trace(root, *args):
    return warm.run("controls", "trace", *args, cwd=root)


def test_without_a_run_the_command_says_how_to_get_one(project):
    done = trace(project(0))
    assert done.returncode == 2
    assert done.stderr == (
        "error: no run was recorded in .aiwf/traces\n"
        'hint: make ask Q="how do I reset my password?"\n'
    )


def test_the_latest_run_is_shown_and_an_unknown_one_is_named(project):
    root = project(0)
    words = ("ask", "--json", "how do I reset my password?")
    done = warm.run("controls", *words, cwd=root, check=True)
    run_id = json.loads(done.stdout)["run_id"]
    shown = trace(root)
    assert f"run {run_id}  answered" in shown.stdout
    assert "└─ chat small" in shown.stdout
    rows = json.loads(trace(root, run_id, "--json").stdout)
    assert {row["attributes"]["aiwf.run.id"] for row in rows} == {run_id}
    unknown = trace(root, "0000")
    assert (unknown.returncode, "no run '0000' was recorded" in unknown.stderr) == (2, True)
