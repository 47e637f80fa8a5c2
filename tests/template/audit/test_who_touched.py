"""The board's question: which models touched the data, how often, for whom, under what."""

import json
import sys
from dataclasses import replace

import pytest
from touching import HOUR, NOW, answer, day, given, record, span

from controls.audit import screen
from controls.audit.approval import Need, Ruling
from controls.audit.question import asked
from controls.audit.touched import touched
from controls.errors import ControlsError
from controls.tracing import archive


def test_closed_days_and_open_lines_give_one_answer_and_nothing_counts_twice(approved):
    root, head, _ = approved
    old = NOW - 3 * 24 * HOUR
    record(root, *(span(number, head, old + number) for number in range(5)), name="1-a")
    record(root, *(span(number, head, NOW + HOUR + number) for number in range(3)), name="1-b")
    before = answer(root)
    (closed,) = (root / ".aiwf/traces").glob(f"{day(old)}/1-a.jsonl")
    text = closed.read_bytes()
    assert [row.lines for row in archive.compact(root / ".aiwf/traces", day(NOW))] == [5]
    assert sum(row.calls for row in before.rows) == 8
    assert answer(root) == before
    closed.write_bytes(text)  # a crash between the Parquet file and the removal
    assert answer(root) == before


def test_a_day_that_was_compacted_without_the_columns_is_read_line_by_line(approved):
    root, head, _ = approved
    old = NOW - 3 * 24 * HOUR
    record(root, span(1, head, old))
    before = answer(root)
    list(archive.compact(root / ".aiwf/traces", day(NOW)))
    (packed,) = (root / ".aiwf/traces").glob("*/*.parquet")
    with archive.connection() as database:
        new = ", ".join(archive.ASKED)
        few = f"SELECT * EXCLUDE ({new}) FROM '{packed}'"  # noqa: S608  ours
        database.execute(f"COPY ({few}) TO '{packed}.new' (FORMAT parquet)")
    packed.with_name(packed.name + ".new").rename(packed)
    assert answer(root) == before


def test_only_calls_that_reached_a_model_and_the_class_or_above_count(approved):
    root, head, _ = approved
    special = {"aiwf.data.classification": "special-category"}
    denied = {"aiwf.policy.decision": "deny", "aiwf.task.outcome": "denied"}
    over_budget = {"aiwf.task.outcome": "denied"}
    unclassed = span(6, head)
    del unclassed["attributes"]["aiwf.data.classification"]
    record(
        root, span(1, head), span(2, head, **special), span(3, head, **denied),
        span(4, head, **over_budget), span(5, head, **{"aiwf.data.classification": "public"}),
        unclassed,
    )  # fmt: skip
    found = answer(root)
    assert sorted(row.data for row in found.rows) == ["personal", "special-category", "unknown"]
    assert found.refused == 2
    assert sum(row.calls for row in answer(root, data="public").rows) == 4
    assert answer(root, model="openai:gpt-5").rows == ()
    assert sum(row.calls for row in answer(root, model="openai:gpt-5-mini").rows) == 3


def test_what_is_not_known_is_said(approved):
    root, head, _ = approved
    run = span(9, head, NOW + HOUR)
    run["attributes"]["gen_ai.operation.name"] = "invoke_workflow"
    record(root, span(1, head, NOW + HOUR), run | {"end_unix_nano": run["end_unix_nano"]})
    begun = {**run, "span_id": "a" * 16}
    path = next((root / ".aiwf/traces").glob("*/*.jsonl"))
    with path.open("a") as file:
        file.write(json.dumps(begun | {"end_unix_nano": None}) + "\n" + '{"trace_id":"torn')
    found = answer(root)
    assert (found.unfinished, found.torn) == (1, 1)
    assert screen.notes(found) == [
        "not ended, so what they called may not be here: 1 run",
        "of the traces, not readable: 1 line",
        f"the traces begin on {day(NOW + HOUR)}: of the time before nothing is known",
    ]


def test_a_name_in_a_trace_steers_neither_terminal_nor_page(approved, controls, tmp_path):
    root, head, _ = approved
    record(root, span(1, head, **{"aiwf.workspace.id": "\x1b[2J<script>alert(1)</script>"}))
    page = tmp_path / "answer.html"
    done = controls("audit", "who-touched", "--data", "personal", "--html", page)
    assert "\x1b" not in done.stdout
    assert f"written to {page}" in done.stdout
    text = page.read_text()
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "\x1b" not in text


def test_without_any_trace_nobody_can_tell(controls):
    done = controls("audit", "who-touched", "--data", "personal")
    assert (done.returncode, done.stderr) == (
        2,
        "error: no span was recorded in '.aiwf/traces', so nobody can tell\nhint: make ask Q=…\n",
    )


def test_no_call_is_an_answer(approved, controls):
    root, head, _ = approved
    record(root, span(1, head, **{"aiwf.data.classification": "public"}))
    done = controls("audit", "who-touched", "--data", "personal", "--since", "2026-01-01")
    assert done.returncode == 0
    assert done.stdout.startswith("no model touched personal data from 2026-01-01 00:00 UTC to ")


@pytest.mark.parametrize(
    ("since", "until", "message"),
    [
        ("a week", None, "'a week' is no moment"),
        ("2999-01-01", None, "from '2999-01-01' to 'now' is no time at all"),
        ("7d", "noon", "'noon' is no moment"),
    ],
)
def test_words_that_name_no_time_are_refused(since, until, message):
    with pytest.raises(ControlsError) as refused:
        asked("personal", since, until, None)
    assert refused.value.message == message


def test_a_week_ends_where_until_says():
    question = asked("personal", "7d", "2026-11-08", None)
    assert question.first_day == "2026-11-01"
    assert question.until - question.since == 7 * 24 * HOUR


def test_the_standing_turns_when_an_approval_begins_or_ends():
    ruling = Ruling(
        (Need("security", 2),), (given("security", "@a", 10, 50), given("security", "@b", 20, 40))
    )
    assert [(moment, standing.missing) for moment, standing in ruling.turns(0, 100)] == [
        (0, ("security (0 of 2 people)",)),
        (10, ("security (1 of 2 people)",)),
        (20, ()),
        (40, ("security (1 of 2 people)",)),
        (50, ("security (0 of 2 people)",)),
    ]


def test_the_same_person_and_the_same_key_count_once():
    twice = (given("security", "@a", 0, 9), given("security", "@a", 0, 9))
    other_name = (twice[0], replace(twice[0], principal="@b"))
    for found in (twice, other_name):
        assert Ruling((Need("security", 2),), found).at(5).missing == ("security (1 of 2 people)",)


def test_another_source_of_approvals_can_take_the_place_of_git(approved):
    root, head, _ = approved
    record(root, span(1, head))

    def everything(_root, revisions, _first, _last):
        ruling = Ruling((Need("board", 1),), (given("board", "@x", 0, 2**62),))
        return dict.fromkeys(revisions, ruling)

    (row,) = touched(root, asked("personal", "2020-01-01", "2999-01-01", None), everything).rows
    assert [each.principal for each in row.standing.approvals] == ["@x"]


def test_where_nobody_can_tell_what_was_approved_nothing_was(approved, monkeypatch):
    root, head, _ = approved
    record(root, span(1, head, NOW + HOUR), span(2, "f" * 40, NOW + HOUR))
    monkeypatch.setitem(sys.modules, "controls.approvals.history", None)
    assert sorted(row.standing.missing for row in answer(root).rows) == [
        ("controls/approvals/history.py is not here, so no approval can be proven",),
        ("the code that ran is in no commit that is known here",),
    ]


def test_what_ran_beside_its_commit_is_approved_by_nobody(approved, controls):
    root, head, _ = approved
    (root / "workflow/more.py").write_text("# tried out\n")
    assert controls("ask", "how do I reset my password?").returncode == 0
    done = controls("audit", "who-touched", "--data", "public")
    assert done.returncode == 1
    said = "NO APPROVAL IN FORCE: the code that ran was changed and not committed"
    assert f"✗ embedded:small  {said}" in done.stdout
    assert f"code at {head[:12]}+uncommitted" in done.stdout
