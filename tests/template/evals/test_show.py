"""What a person sees of a report: the screen, JUnit, the page, the forge."""

import dataclasses
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from controls.evals import github
from controls.evals.junit import junit
from controls.evals.page import page
from controls.evals.report import Report, Row
from controls.evals.screen import screen
from controls.paint import Paint
from controls.tracing.read import Span

WEAK = Row(
    id="sso",
    kind="fact",
    critical=False,
    state="failed",
    reason="expected 'SAML'",
    run_id="r1",
    runs="-",
    question="Which protocols?",
    got="None.",
    seconds=0.02,
    path="evals/sets/d/cases.jsonl",
    line=3,
)
BROKEN = dataclasses.replace(
    WEAK,
    runs="----+",
    id="reset",
    critical=True,
    reason="expected 'link' <b>\x01",
    run_id="r2",
    line=7,
)
GOOD = dataclasses.replace(WEAK, id="fine", state="passed", reason="")
REPORT = Report(
    set="demo", title="Demo", exit=1, verdict="failed", reason="critical: reset",
    notes=(), cases=3, passed=1, failed=2, errors=0, skipped=0, quarantined=(), rate=1 / 3,
    wilson=(0.061, 0.792), floor=0.92, gated=True, verifies=True, profile="offline",
    model="m:small", configured=("m:small",), vouches=True, named=False, epochs=1, complete=True,
    cost_usd=0.0123, judge_usd=0.0, max_cost_usd=25, cost_per_success_usd=0.0123, duration_s=1.5,
    latency_s={"p50": 0.02, "p95": 0.02}, inputs_sha256="00",
    prompt={"name": "answer", "version": "1", "sha256": "00"},
    models=("small-1",), answered=("small-1 public",), escalation_rate=0.25,
    baseline="demo@m-small.json", broken=("reset",), newly=(), fixed=(), flaky=(),
    difference={"mean": -0.25, "low": -0.5, "high": 0.0, "n": 4}, p_worse=0.5,
    kinds={"fact": (1, 3)}, contrasts=(), failures=(WEAK, BROKEN), rows=(WEAK, BROKEN, GOOD),
    run_ids=("r1", "r2"), started="2026-11-23T18:00:00Z",
)  # fmt: skip
COMPARED = (
    "  baseline  1 broken, 0 fixed · paired difference -0.250 (95 % -0.500 to +0.000)"
    " · mid-p 0.500 · demo@m-small.json"
)


def test_the_screen_says_in_one_look_what_broke():
    assert screen(REPORT, Paint()).splitlines() == [
        "✗ demo: failed · critical: reset",
        "  1 of 3 passed (0.333, 95 % 0.061-0.792) · floor 0.92 · $0.0123 of $25 · 1.5 s",
        "  models    small-1 · 25% escalated · prompt answer@1",
        "  cost      $0.012300 for each case that passed",
        COMPARED,
        "",
        "  ✗ reset · fact · broken since the baseline · failed in 4 of 5 runs",
        "    asked  Which protocols?",
        "    wrong  expected 'link' <b>�",
        "    got    None.",
        "    trace  python -m controls trace r2   evals/sets/d/cases.jsonl:7",
        "",
        "  ✗ sso · fact · failed",
        "    asked  Which protocols?",
        "    wrong  expected 'SAML'",
        "    got    None.",
        "    trace  python -m controls trace r1   evals/sets/d/cases.jsonl:3",
    ]


def test_a_terminal_without_symbols_gets_ascii():
    assert screen(REPORT, Paint(symbols=False)).isascii()


def test_junit_counts_and_names_each_case():
    suite = ET.fromstring(junit(REPORT))  # noqa: S314  our own text
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "3",
        "failures": "2",
        "errors": "0",
        "skipped": "0",
    }
    assert [(case.get("name"), len(case)) for case in suite] == [
        ("sso", 1),
        ("reset", 1),
        ("fine", 0),
    ]
    assert suite[1][0].get("message") == "expected 'link' <b>�"


def test_a_quarantined_failure_is_skipped_in_junit_so_that_no_reader_calls_it_red():
    excused = dataclasses.replace(REPORT, quarantined=("sso",), failed=1)
    suite = ET.fromstring(junit(excused))  # noqa: S314  our own text
    assert (suite.get("failures"), suite.get("skipped")) == ("1", "1")
    assert [child.tag for child in suite[0]] == ["skipped"]
    assert suite[0][0].get("message") == "quarantined: expected 'SAML'"


def test_a_case_that_did_not_run_has_no_trace_to_look_at():
    cut = dataclasses.replace(WEAK, state="skipped", run_id="", runs="")
    report = dataclasses.replace(REPORT, exit=3, verdict="stopped", failures=(cut,), rows=(cut,))
    assert "    case   evals/sets/d/cases.jsonl:3" in screen(report, Paint()).splitlines()
    assert "controls trace" not in screen(report, Paint()) + page(report, {})


FIXED = dataclasses.replace(GOOD, id="mended", run_id="r4", runs="+++++")
FLAKY = dataclasses.replace(GOOD, id="shaky", run_id="r5", runs="-++++", reason="too slow")
MIXED = dataclasses.replace(
    REPORT, fixed=("mended",), flaky=("shaky",), rows=(WEAK, BROKEN, GOOD, FIXED, FLAKY)
)


def a_span(run):
    return Span(
        *("t", "s", None, f"invoke_workflow of {run}", "SERVER", 0, 5_000_000, "OK", ""),
        *({"aiwf.run.id": run, "gen_ai.operation.name": "invoke_workflow"}, (), {}),
        *(Path("t.jsonl"), 1),
    )


def test_the_page_is_one_file_with_the_verdict_first_and_nothing_from_outside():
    html = page(MIXED, {run: [a_span(run)] for run in ("r1", "r2", "r4", "r5")})
    order = ["failed</span>", "Broken (1)", 'id="reset"', "Fixed (1)", 'id="mended"', "Flaky (1)"]
    order += [
        'id="shaky"',
        "in some runs: too slow",
        "Other failures (1)",
        'id="sso"',
        "Every case",
    ]
    places = [html.index(part) for part in order]
    assert places == sorted(places)
    assert "expected &#x27;link&#x27; &lt;b&gt;" in html
    for run in ("r1", "r2", "r4", "r5"):
        assert f"5.0 ms  invoke_workflow of {run}" in html
    for outside in ("http:", "https:", "<script", "<link", "src=", "url("):
        assert outside not in html


def test_what_the_configured_model_was_not_asked_is_said_on_every_surface(tmp_path):
    note = "openai:gpt-5-mini was NOT evaluated"
    report = dataclasses.replace(
        REPORT, exit=0, verdict="pass of m:small", vouches=False, notes=(note,), failures=()
    )
    summary = tmp_path / "summary.md"
    github.summarise(report, {"GITHUB_STEP_SUMMARY": str(summary)})
    assert screen(report, Paint()).startswith("● demo: pass of m:small · ")
    assert f"  ● {note}" in screen(report, Paint()).splitlines()
    assert note in page(report, {})
    assert note in summary.read_text()
    assert note in ET.fromstring(junit(report)).find("system-out").text  # noqa: S314  ours
    told = github.annotations(report, {"GITHUB_ACTIONS": "true"})
    assert told == f"::warning title=demo::{note}"


def test_annotations_stand_at_the_case_and_only_in_actions():
    assert github.annotations(REPORT, {}) == ""
    first, second = github.annotations(REPORT, {"GITHUB_ACTIONS": "true"}).splitlines()
    assert first == (
        "::error file=evals/sets/d/cases.jsonl,line=7,title=demo reset"
        "::broken since the baseline: expected 'link' <b>�"
    )
    assert second.startswith("::error file=evals/sets/d/cases.jsonl,line=3")


def test_a_known_weak_case_of_a_passing_run_is_a_notice():
    passing = dataclasses.replace(REPORT, exit=0, broken=(), failures=(WEAK,))
    assert github.annotations(passing, {"GITHUB_ACTIONS": "true"}).startswith("::notice ")


def test_the_job_summary_is_appended(tmp_path):
    target = tmp_path / "summary.md"
    target.write_text("before\n")
    github.summarise(REPORT, {"GITHUB_STEP_SUMMARY": str(target)})
    text = target.read_text()
    assert text.startswith("before\n### ❌ demo: failed\n")
    assert "| reset | fact | broken since the baseline | expected 'link' &lt;b>� | r2 |" in text


@pytest.mark.parametrize("variable", [{}, {"GITHUB_STEP_SUMMARY": ""}])
def test_elsewhere_nothing_is_written(tmp_path, monkeypatch, variable):
    monkeypatch.chdir(tmp_path)
    github.summarise(REPORT, variable)
    assert list(tmp_path.iterdir()) == []
