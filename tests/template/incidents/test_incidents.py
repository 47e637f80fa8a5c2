"""An incident is recorded, reaches a person, and keeps the gate red until its case is filled in."""

import json
import re
import subprocess
from datetime import date
from pathlib import Path

import pytest
import warm

from controls import catalogue, manifest
from controls.check.model import Context, State
from controls.incidents import case, checks

KINDS = {
    "hallucination": "SEV3",
    "prompt-injection": "SEV2",
    "data-exposure": "SEV1",
    "regression": "SEV3",
    "unsafe-tool-use": "SEV1",
}
TITLE = "It promised a refund: naïve!"
RECORD = "incidents/2026-11-02-it-promised-a-refund-naive.md"
CASES = "evals/sets/smoke_v1/cases.jsonl"


def run(root: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return warm.run("controls", *args, cwd=root)


def open_incident(root: Path, *args: str, kind: str = "hallucination", title: str = TITLE):
    words = (
        "incidents",
        "open",
        "--type",
        kind,
        "--title",
        title,
        "--detected",
        "2026-11-02T10:00",
    )
    return run(root, *words, *args)


def routed(root: Path):
    found = manifest.load(root)
    return checks.routed(Context(root, found, catalogue.load(root), date(2026, 11, 2)))


def name_everybody(root: Path) -> None:
    path = root / "ai-workflow.yaml"
    path.write_text(path.read_text().replace("on_call: null", 'on_call: "@ada"'))


def fill_in(root: Path) -> None:
    path = root / CASES
    text = path.read_text().replace(case.QUESTION, "Do I get a refund?")
    path.write_text(text.replace(case.EXPECTED, "14 days"))


def test_nobody_on_call_is_pending_for_each_kind(project):
    outcome = routed(project(2))
    assert (outcome.state, outcome.n) == (State.pending, 5)
    assert [found.message for found in outcome.findings] == [
        f"nobody is on call for {kind!r}" for kind in KINDS
    ]
    lines = [found.line for found in outcome.findings]
    assert lines == sorted(set(lines))


def test_somebody_on_call_for_each_kind_is_ok(project):
    root = project(1)
    name_everybody(root)
    assert routed(root).state is State.ok


def test_drill_says_who_would_be_called(project):
    root = project(2)
    assert run(root, "incidents", "drill").returncode == 1
    name_everybody(root)
    done = run(root, "incidents", "drill")
    assert done.returncode == 0
    assert [line.split() for line in done.stdout.splitlines()] == [
        [kind, severity, sla, "->", "@ada"]
        for (kind, severity), sla in zip(
            KINDS.items(), ("PT72H", "PT24H", "PT4H", "PT72H", "PT4H"), strict=True
        )
    ]


@pytest.mark.sampled
@pytest.mark.parametrize(("kind", "severity"), KINDS.items())
def test_opening_one_writes_the_record_and_names_who_is_on_call(project, kind: str, severity: str):
    root = project(2)
    name_everybody(root)
    done = open_incident(root, kind=kind)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{RECORD}  {severity}, to be mitigated within PT" in done.stdout
    assert "\non call: @ada\n" in done.stdout
    text = (root / RECORD).read_text()
    for line in (
        "title: 'It promised a refund: naïve!'",
        f"type: {kind}",
        f"severity: {severity}",
        "started: null",
        "detected: '2026-11-02T10:00:00+00:00'",
        "mitigated: null",
        "outcome: null  # escaped | caught",
        "deploy: null  # the deploy/* tag that brought it",
        "prompt: null",
    ):
        assert f"\n{line}\n" in text


def test_record_says_what_the_trace_of_its_run_says(project):
    root = project(2)
    answer = run(root, "ask", "--json", "how do I reset my password?")
    assert answer.returncode == 0, answer.stderr
    run_id = json.loads(answer.stdout)["run_id"]
    assert open_incident(root, "--run", run_id).returncode == 0
    text = (root / RECORD).read_text()
    assert f"\nrun: {run_id}\n" in text
    assert re.search(r"\nstarted: '\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00'\n", text)
    assert re.search(r"\nprompt: answer@\S+\n", text)
    assert re.search(r"\nmodel: \S*small\S*\n", text)


def test_unnamed_person_is_said_plainly(project):
    assert (
        "on call: nobody; set spec.incidents.data-exposure.on_call in ai-workflow.yaml"
        in open_incident(project(2), kind="data-exposure").stdout
    )


def test_eval_case_is_appended_to_the_gated_set_to_be_filled_in(project):
    root = project(2)
    before = (root / CASES).read_text()
    done = open_incident(root, "--question", "Do I get a refund?")
    after = (root / CASES).read_text()
    assert after.startswith(before)
    [added] = after[len(before) :].splitlines()
    assert json.loads(added) == {
        "id": "incident-2026-11-02-it-promised-a-refund-naive",
        "kind": "incident",
        "question": "Do I get a refund?",
        "expect": {"contains": ["<fill in: words that a right answer holds>"]},
        "critical": True,
        "provenance": RECORD,
    }
    assert f"{CASES}:{len(after.splitlines())} " in done.stdout


def test_set_without_a_last_line_break_stays_whole(project):
    root = project(2)
    path = root / CASES
    path.write_text(path.read_text().rstrip("\n"))
    open_incident(root)
    assert all(json.loads(line) for line in path.read_text().splitlines())


def test_blank_eval_case_fails_until_it_is_filled_in(project):
    root = project(1)
    name_everybody(root)
    open_incident(root)
    outcome = routed(root)
    assert (outcome.state, outcome.n) == (State.failed, 6)
    [finding] = outcome.findings
    lines = (root / CASES).read_text().count("\n")
    assert (finding.path, finding.line) == (CASES, lines)
    assert finding.message == f"the eval case of {RECORD} is not filled in"
    fill_in(root)
    assert routed(root).state is State.ok


def test_what_is_left_to_do_is_said_where_it_is_left(project):
    root = project(1)
    name_everybody(root)
    open_incident(root)
    [finding] = routed(root).findings
    assert finding.hint == (
        "write the question, and in `expect` what a right answer holds, then make eval"
    )
    lines = (root / CASES).read_text().splitlines(keepends=True)
    (root / CASES).write_text("".join(lines[:-1]))
    [finding] = routed(root).findings
    assert finding.hint == "bring its case back to evals/sets/, or correct eval_case in the record"


def test_incident_becomes_a_gated_case_in_one_command(project):
    root = project(2)
    done = open_incident(
        root,
        *("--question", "Within how many days is a yearly subscription refunded in full?"),
        *("--expect", "14 days", "--cites", "cancel-and-refunds", "--excludes", "30 days"),
    )
    case_id = "incident-2026-11-02-it-promised-a-refund-naive"
    line = len((root / CASES).read_text().splitlines())
    assert done.stdout.splitlines()[-1] == (
        f"eval case added: {CASES}:{line}; python -m evals.run --set smoke_v1 --case {case_id}"
    )
    added = json.loads((root / CASES).read_text().splitlines()[-1])
    assert added["expect"] == {
        "contains": ["14 days"],
        "cites": ["cancel-and-refunds"],
        "excludes": ["30 days"],
    }
    judged = warm.run("evals.run", "--set", "smoke_v1", "--case", case_id, cwd=root)
    assert judged.returncode == 0, judged.stdout


def test_right_answer_may_be_an_abstention_and_the_set_another(project):
    root = project(2)
    other = "evals/sets/hard_v1/cases.jsonl"
    done = open_incident(root, "--question", "Is it true?", "--abstain", "--set", "hard_v1")
    assert f"eval case added: {other}:31" in done.stdout
    assert json.loads((root / other).read_text().splitlines()[-1])["expect"] == {"abstain": True}


@pytest.mark.parametrize("name", ["no_such", "../smoke_v1"])
def test_set_that_is_none_leaves_no_half_incident(project, name):
    root = project(2)
    done = open_incident(root, "--set", name)
    assert (done.returncode, list((root / "incidents").iterdir())) == (2, [])


def test_case_of_a_record_that_was_deleted_is_not_added_twice(project):
    root = project(2)
    open_incident(root, "--question", "?", "--abstain")
    (root / RECORD).unlink()
    done = open_incident(root)
    assert (root / CASES).read_text().count('"id": "incident-2026') == 1
    assert "eval case was there already: " in done.stdout


def test_eval_case_that_was_deleted_again_fails(project):
    root = project(1)
    name_everybody(root)
    open_incident(root)
    lines = (root / CASES).read_text().splitlines(keepends=True)
    (root / CASES).write_text("".join(lines[:-1]))
    [finding] = routed(root).findings
    assert finding.path == RECORD
    assert finding.message.startswith("no eval case 'incident-2026-11-02-")


def test_gate_is_red_until_the_case_is_filled_in(project):
    root = project(1)
    open_incident(root)
    blank = warm.run("evals.run", "--set", "smoke_v1", "--min-pass", "0.5", cwd=root)
    assert blank.returncode == 1, blank.stdout + blank.stderr
    assert "incident-2026-11-02-it-promised-a-refund-naive" in blank.stdout + blank.stderr


def test_list_shows_each_incident(project):
    root = project(2)
    assert run(root, "incidents", "list").stdout == "no incident on record\n"
    open_incident(root)
    assert RECORD in run(root, "incidents", "list").stdout
    assert json.loads(run(root, "incidents", "list", "--json").stdout)[0]["mitigated"] is None


@pytest.mark.parametrize(
    ("args", "error"),
    [
        pytest.param(("--title", "!"), "error: title '!' holds no letter", id="no name for a file"),
        pytest.param(("--run", "nope"), "error: no trace of run 'nope'\n", id="an unknown run"),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(project, args: tuple[str, ...], error: str):
    root = project(2)
    done = open_incident(root, *args)
    assert done.returncode == 2
    assert done.stderr.startswith(error)
    assert not (root / "incidents").exists()


def test_second_incident_of_that_name_does_not_replace_the_first(project):
    root = project(2)
    open_incident(root)
    done = open_incident(root)
    assert done.returncode == 2
    assert done.stderr == f"error: {RECORD} exists\nhint: add to it, or give another title\n"
    assert (root / CASES).read_text().count("incident-2026") == 1


def test_without_the_set_there_is_no_half_incident(project):
    root = project(2)
    (root / CASES).unlink()
    done = open_incident(root)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {CASES} cannot be written: No such file or directory\n")
    assert list((root / "incidents").iterdir()) == []


def test_unknown_type_is_refused(project):
    done = open_incident(project(2), kind="bug")
    assert done.returncode == 2
    assert "invalid choice: 'bug'" in done.stderr
