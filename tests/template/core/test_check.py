"""Each control is ok, pending or failed, and what cannot be proven is failed."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import warm

from controls import cli
from controls.catalogue import Check, Control
from controls.check import runner
from controls.check.command import ALL, STATIC, prove
from controls.check.junit import junit
from controls.check.model import Finding, Outcome, State
from controls.check.screen import screen
from controls.check.summary import as_data
from controls.check.verdict import judge
from controls.paint import Paint

CONTROL = Control(
    id="ABC-1",
    title="a thing holds",
    why="because",
    tiers=(2,),
    recommended=(),
    files=(),
    checks=(Check("static", "controls.probe.checks:probe"),),
    since="0.1.0",
    mode="block",
    remedy="do the thing",
    references=(),
    keys={},
)
PROBE = "from controls.check.model import Finding, Outcome\n\n\ndef probe(context):\n    {}\n"


@pytest.fixture
def probe(project, asked, monkeypatch):
    """Return a function that runs a check with this body and gives its outcome."""
    root = project(2, ci="none")

    def probe(body: str) -> Outcome:
        folder = root / "controls/probe"
        folder.mkdir()
        (folder / "checks.py").write_text(PROBE.format(body))
        # the runner imports from the installed package; the probe's folder is one more part of it
        import controls  # noqa: PLC0415

        monkeypatch.setattr(controls, "__path__", [*controls.__path__, str(root / "controls")])
        for name in ("controls.probe", "controls.probe.checks"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        found = runner.run(asked(root), CONTROL, ALL)
        for name in ("controls.probe", "controls.probe.checks"):
            sys.modules.pop(name, None)
        return found.outcome

    return probe


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param("return Outcome.ok(0, 'x')", "there was nothing to check", id="n is 0"),
        pytest.param(
            "return True",
            "check 'controls.probe.checks:probe' answered True",
            id="an answer that is no outcome",
        ),
        pytest.param(
            "raise ValueError('first line\\nsecond line')",
            "check 'controls.probe.checks:probe' raised ValueError: first line",
            id="an exception",
        ),
        pytest.param(
            "raise SystemExit(0)",
            "check 'controls.probe.checks:probe' raised SystemExit: 0",
            id="leaving with success",
        ),
        pytest.param(
            "raise BaseException",
            "check 'controls.probe.checks:probe' raised BaseException",
            id="what is no exception, as the policy engine raises",
        ),
    ],
)
def test_a_check_that_proves_nothing_is_failed(probe, body, message):
    outcome = probe(body)
    assert outcome.state is State.failed
    assert [finding.message for finding in outcome.findings] == [message]


def test_a_check_that_looked_at_something_is_ok(probe):
    assert probe("return Outcome.ok(3, 'there')") == Outcome.ok(3, "there")


def test_a_check_whose_module_was_deleted_is_failed_and_named(sealed, asked):
    root = sealed(0)
    (root / "controls/decisions/checks.py").unlink()
    result = runner.run(asked(root), asked(root).catalogue.control("DEC-1"), ALL)
    assert result.outcome.state is State.failed
    assert result.outcome.findings == (
        Finding(
            "check 'controls.decisions.checks:recorded' is missing: there is no"
            " controls/decisions/checks.py",
            hint="git checkout controls/decisions/checks.py, or prooflane sync",
        ),
    )


def test_a_function_that_is_not_there_is_failed_and_named(sealed, asked):
    control = replace(CONTROL, checks=(Check("static", "controls.template.checks:nothing"),))
    outcome = runner.run(asked(sealed(0)), control, ALL).outcome
    assert outcome.findings[0].message == (
        "check 'controls.template.checks:nothing' is missing from controls/template/checks.py"
    )


def test_the_worst_state_counts_and_the_numbers_add_up():
    note, fault = Finding("note"), Finding("fault")
    outcomes = [
        Outcome.ok(2, "a"),
        Outcome.failed(3, "b", fault),
        Outcome.pending(1, "a", note),
    ]
    assert runner.combine(outcomes) == Outcome(State.failed, 6, "a, b", (fault, note))


def test_static_runs_no_check_that_executes_and_says_which_it_left_out(sealed, asked):
    found = prove(asked(sealed(0)), STATIC)
    assert "EVL-1" in found.skipped
    assert "TPL-1" in [result.control.id for result in found.results]
    assert not set(found.skipped) & {result.control.id for result in found.results}


WAIVED = (
    "waivers: [{{control: ABC-1, reason: the vendor is late, approver: '@ada', expires: {},"
    " decision: decisions/{}}}]"
)
RECORD = "0001-risk-tier.md"


@pytest.fixture
def verdict(sealed, asked):
    """Return a function that judges an outcome of ABC-1 in a repository with this waiver."""

    def verdict(outcome: Outcome, expires: str = "", record: str = RECORD, **changes) -> Outcome:
        root = sealed(2)
        context = asked(root)
        (root / "decisions" / RECORD).touch()
        if expires:
            path = root / "ai-workflow.yaml"
            text = path.read_text().replace("waivers: []", WAIVED.format(expires, record))
            path.write_text(text.replace("ABC-1", "EVL-2"))
            context = asked(root)
        manifest = replace(context.manifest, **changes)
        control = replace(CONTROL, id="EVL-2")
        return judge(replace(context, manifest=manifest), runner.Result(control, outcome)).outcome

    return verdict


FAILED = Outcome.failed(1, "x", Finding("it is broken"))


def test_a_waiver_makes_a_failure_pending_and_visible(verdict):
    judged = verdict(FAILED, "2026-12-31")
    assert judged.state is State.pending
    assert [finding.message for finding in judged.findings] == [
        "it is broken",
        "waived until 2026-12-31 by @ada: the vendor is late",
    ]


@pytest.mark.parametrize(
    ("expires", "state"),
    [
        pytest.param("2026-11-30", State.failed, id="it ended yesterday"),
        pytest.param("2026-12-01", State.pending, id="it ends today"),
        pytest.param("2027-03-01", State.pending, id="it ends in 90 days"),
        pytest.param("2027-03-02", State.failed, id="it ends in 91 days"),
    ],
)
def test_a_waiver_counts_until_its_last_day_and_for_90_days(verdict, expires, state):
    assert verdict(FAILED, expires).state is state


def test_a_waiver_that_does_not_count_says_why(verdict):
    assert verdict(FAILED, "2026-11-30").findings[-1].message == (
        "the waiver expired on 2026-11-30"
    )


def test_a_waiver_that_is_too_long_fails_even_a_control_that_is_ok(verdict):
    judged = verdict(Outcome.ok(1, "x"), "2027-12-01")
    assert judged.state is State.failed
    assert judged.findings[-1].message == (
        "the waiver runs until 2027-12-01, 365 days ahead, and 90 is the most"
    )


def test_a_waiver_without_its_decision_record_does_not_count(verdict):
    judged = verdict(FAILED, "2026-12-31", "0099-nowhere.md")
    assert judged.state is State.failed
    assert judged.findings[-1].message == (
        "the waiver's decision record 'decisions/0099-nowhere.md' does not exist"
    )


def test_a_waiver_leaves_an_ok_control_ok(verdict):
    assert verdict(Outcome.ok(1, "x"), "2026-12-31") == Outcome.ok(1, "x")


@pytest.mark.parametrize(
    ("outcome", "expires"),
    [
        pytest.param(Outcome.pending(1, "x", Finding("nobody is named")), "", id="a pending name"),
        pytest.param(FAILED, "2026-12-31", id="a waived failure"),
    ],
)
def test_production_has_no_pending(verdict, outcome, expires):
    judged = verdict(outcome, expires, lifecycle="production")
    assert judged.state is State.failed
    assert judged.findings[-1].message == "pending is not enough in production"
    assert judged.findings[-1].line > 0


def test_a_control_in_warn_mode_does_not_fail(sealed, asked):
    control = replace(CONTROL, mode="warn")
    judged = judge(asked(sealed(0)), runner.Result(control, FAILED)).outcome
    assert judged.state is State.pending
    assert judged.findings[-1].message == "ABC-1 only warns so far; a later release blocks"


@pytest.fixture
def result(sealed, asked):
    """Return a check run of three controls, one in each state."""
    fault = Finding("it is broken", "a/b.py", 7, "mend it")
    outcomes = {
        "FAI-1": Outcome.failed(1, "there", fault, replace(fault, line=9)),
        "PEN-1": Outcome.pending(2, "file.yaml", Finding("nobody is named", "file.yaml", 3)),
        "OKA-1": Outcome.ok(3, "everything"),
    }
    run = prove(asked(sealed(0)), STATIC, "TPL-1")
    results = tuple(
        runner.Result(replace(CONTROL, id=id_), outcome) for id_, outcome in outcomes.items()
    )
    return replace(run, results=results, skipped=("EVL-1",))


def test_the_screen_ends_with_what_failed(result):
    assert screen(result, Paint()).splitlines()[1:] == [
        "",
        "  ✓ ok       OKA-1  a thing holds      3  everything",
        "  ● pending  PEN-1  a thing holds      2  file.yaml",
        "             file.yaml:3: nobody is named",
        "             hint: do the thing",
        "  ✗ failed   FAI-1  a thing holds      1  there",
        "             a/b.py:7: it is broken",
        "             a/b.py:9: it is broken",
        "             hint: mend it",
        "",
        "  1 ok · 1 pending · 1 failed",
        "  not run with --static: EVL-1",
    ]


def test_the_screen_is_plain_ascii_where_nothing_else_arrives(result):
    text = screen(result, Paint(symbols=False))
    assert text.isascii()
    assert "x failed   FAI-1" in text
    assert "1 ok - 1 pending - 1 failed" in text


def test_the_screen_has_colour_only_when_asked(result):
    assert "\x1b[31m" in screen(result, Paint(colour=True))
    assert "\x1b" not in screen(result, Paint())


def test_the_data_has_every_finding(result):
    data = as_data(result)
    assert (data["ok"], data["pending"], data["failed"]) == (1, 1, 1)
    assert data["template_version"] == "v0.1.0"
    assert data["controls"][1] == {
        "id": "PEN-1",
        "title": "a thing holds",
        "state": "pending",
        "n": 2,
        "evidence": "file.yaml",
        "findings": [{"message": "nobody is named", "path": "file.yaml", "line": 3, "hint": ""}],
    }


def test_junit_has_a_case_for_each_control_and_survives_control_characters(result):
    fault = Finding("broken \x1b[31m by \x00")
    broken = replace(result.results[0], outcome=Outcome.failed(1, "", fault))
    written = junit(replace(result, results=(broken, *result.results[1:])))
    suite = ET.fromstring(written)  # noqa: S314  our own output
    assert suite.attrib == {"name": "controls", "tests": "3", "failures": "1", "skipped": "1"}
    assert [case.get("name") for case in suite] == [
        "FAI-1 a thing holds",
        "PEN-1 a thing holds",
        "OKA-1 a thing holds",
    ]
    assert suite[0].find("failure").text == "broken [31m by "


def controls(root: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return warm.run("controls", *args, cwd=root)


def test_the_command_writes_data_and_junit_and_exits_1_on_a_failure(sealed):
    root = sealed(0)
    (root / "controls/tracing/semconv.py").write_text("# edited\n")
    done = controls(root, "check", "--static", "--only", "TPL-1", "--json", "--junit", "out/j.xml")
    assert done.returncode == 1
    data = json.loads(done.stdout)
    assert [row["id"] for row in data["controls"]] == ["TPL-1"]
    assert data["controls"][0]["findings"] == [
        {
            "message": "the managed file was edited",
            "path": "controls/tracing/semconv.py",
            "line": 0,
            "hint": "git checkout controls/tracing/semconv.py",
        }
    ]
    suite = ET.parse(root / "out/j.xml").getroot()  # noqa: S314  our own output
    assert suite.get("failures") == "1"


def test_the_command_exits_0_when_nothing_failed(sealed):
    done = controls(sealed(0), "check", "--static", "--only", "TPL-1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 ok" in done.stdout


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        pytest.param(("--only", "XYZ-1"), "unknown control 'XYZ-1'", id="no such control"),
        pytest.param(("--only", "EVL-2"), "tier 0 has no control 'EVL-2'", id="another tier's"),
    ],
)
def test_a_control_that_is_not_there_is_a_usage_error(sealed, capsys, args, sentence):
    assert cli.main(["check", "--root", str(sealed(0)), *args]) == 2
    assert capsys.readouterr().err == (
        f"error: {sentence}\nhint: controls/CONTROLS.md lists them"
        + (" all\n" if "unknown" in sentence else " by tier\n")
    )


def test_a_day_that_is_none_is_a_usage_error(sealed, capsys):
    assert cli.main(["check", "--root", str(sealed(0)), "--today", "soon"]) == 2
    assert "'soon' is no day, expected YYYY-MM-DD" in capsys.readouterr().err
