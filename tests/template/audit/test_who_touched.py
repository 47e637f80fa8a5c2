"""The board's question: which models touched the data, and who had approved that at that moment."""

import json
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from controls.approvals import ssh, statement, tree
from controls.approvals.statement import Statement
from controls.audit import recorded, screen
from controls.audit.approval import Approval, Need, Ruling
from controls.audit.question import asked
from controls.audit.touched import touched
from controls.errors import ControlsError
from controls.manifest import load
from controls.tracing import archive

PRODUCTION = {"deployment.environment.name": "production"}
HOUR = 3_600_000_000_000
NOW = int(datetime.now(UTC).timestamp()) * 1_000_000_000


def commit(root, message):
    """Commit everything and return the commit's id."""
    subprocess.run(["git", "add", "--all"], cwd=root, check=True)
    subprocess.run(["git", "commit", "-qm", message, "--no-verify"], cwd=root, check=True)
    return head_of(root)


def head_of(root):
    told = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, check=True, capture_output=True)
    return told.stdout.decode().strip()


def day(nano):
    return datetime.fromtimestamp(nano / 1e9, UTC).date()


def span(number, revision, moment=NOW, **more):
    """Return the line of a call as a trace has it."""
    keys = {
        "gen_ai.operation.name": "chat", "aiwf.run.id": f"run{number}",
        "aiwf.data.classification": "personal", "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5-mini", "gen_ai.response.model": "gpt-5-mini-2026-08",
        "gen_ai.prompt.name": "answer", "gen_ai.prompt.version": "3",
        "aiwf.policy.bundle": "b" * 64, "aiwf.policy.decision": "allow",
        "aiwf.task.outcome": "answered", "enduser.pseudo.id": f"user{number % 3}",
        "aiwf.workspace.id": "acme", "aiwf.team": "support", "aiwf.feature": "answer",
    }  # fmt: skip
    return {
        "trace_id": "0" * 32, "span_id": f"{number:016x}", "parent_span_id": None, "name": "chat",
        "kind": "CLIENT", "start_unix_nano": moment, "end_unix_nano": moment + 10**9,
        "status": "OK", "status_message": "", "attributes": keys | more, "events": [],
        "resource": {"vcs.ref.head.revision": revision, **PRODUCTION},
    }  # fmt: skip


def record(root, *spans, name="1-a"):
    """Write spans into the files of their days."""
    for each in spans:
        path = root / f".aiwf/traces/{day(each['end_unix_nano'])}/{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(json.dumps(each, separators=(",", ":")) + "\n")


def sign(root, key, role, expires=None, **more):
    """Sign the tree that lies here, as `approvals sign` does, and return the statement's path."""
    expires = str(expires or (datetime.now(UTC) + timedelta(days=30)).date())
    values = {"repository": load(root).name, "tree": tree.of(root), "role": role}
    values |= {"decision": "decisions/0001-risk-tier.md", "expires": expires}
    claim = Statement(**values | more)
    stem = statement.stem(claim, key.name)
    (root / "decisions/approvals").mkdir(exist_ok=True)
    (root / f"{stem}.json").write_bytes(claim.to_bytes())
    (root / f"{stem}.sig").write_bytes(ssh.sign(key, claim.to_bytes()))
    return f"{stem}.json"


@pytest.fixture
def approved(root, keys):
    """Return a repository whose tree both roles have signed, the commit, and its two statements."""
    files = [sign(root, keys / "ada", "engineering"), sign(root, keys / "grace", "security")]
    return root, commit(root, "Approve"), files


def answer(root, since="1d", data="personal", model=None, until="2999-01-01"):
    question = asked(data, since if since != "1d" else "2020-01-01", until, model)
    return touched(root, question, recorded.rulings)


def missing(root, revision, moment=None):
    """Return what kept a call at this revision from being approved."""
    record(root, span(1, revision, (moment or NOW) + HOUR))
    (row,) = answer(root).rows
    return row.standing.missing


def test_a_call_cites_who_approved_it_by_what_evidence_with_file_and_commit(approved, controls):
    root, head, files = approved
    record(root, *(span(number, head, NOW + 60 * 10**9) for number in range(7)))
    done = controls("audit", "who-touched", "--data", "personal", "--until", "2999-01-01",
                    "--since", "2020-01-01", "--json")  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert (told["calls"], told["calls_without_approval"]) == (7, 0)
    (row,) = told["rows"]
    named = ("approval", "missing", "model", "prompt", "calls", "users")
    assert {key: row[key] for key in named} == {
        "approval": "in force", "missing": [], "model": "openai:gpt-5-mini", "prompt": "answer@3",
        "calls": 7, "users": 3,
    }  # fmt: skip
    assert (row["workspaces"], row["environment"], row["revisions"]) == (
        ["acme"],
        "production",
        [head],
    )
    found = {each["role"]: each for each in row["approvals"]}
    assert found["engineering"]["principal"] == "@ada"
    assert found["security"]["principal"] == "@grace"
    assert {each["commit"] for each in found.values()} == {head}
    assert sorted(each["file"] for each in found.values()) == sorted(files)
    assert {each["decision"] for each in found.values()} == {"decisions/0001-risk-tier.md"}
    assert found["engineering"]["evidence"].startswith("SSH signature, key SHA256:")
    assert found["security"]["paths"][0] == "ai-workflow.yaml"


def test_no_approval_in_force_is_a_row_of_its_own_and_sets_the_exit_status(approved, controls):
    root, head, _ = approved
    before = commit_of_nothing(root)
    record(
        root, span(1, head, NOW + HOUR), span(2, before, NOW + HOUR), span(3, "f" * 40, NOW + HOUR)
    )
    done = controls("audit", "who-touched", "--data", "personal", "--since", "2020-01-01",
                    "--until", "2999-01-01")  # fmt: skip
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0] == (
        "1 model touched personal data in 3 calls, 2 of them without an approval in force"
    )
    heads = [line for line in lines if "openai:gpt-5-mini" in line]
    unknown = "the code that ran is in no commit that is known here"
    assert sorted(heads) == [
        "✓ openai:gpt-5-mini  approved",
        "✗ openai:gpt-5-mini  NO APPROVAL IN FORCE: engineering, security",
        f"✗ openai:gpt-5-mini  NO APPROVAL IN FORCE: {unknown}",
    ]
    assert heads[-1].startswith("✓")


def commit_of_nothing(root):
    (root / "workflow/more.py").write_text('"""More."""\n')
    return commit(root, "Change the workflow without asking")


def test_one_role_is_not_enough_and_the_other_is_named(root, keys):
    sign(root, keys / "ada", "engineering")
    assert missing(root, commit(root, "Approve")) == ("security",)


def test_a_call_before_the_approval_was_there_has_none(approved):
    root, head, _ = approved
    assert missing(root, head, NOW - 30 * HOUR) == ("engineering", "security")


def test_a_call_after_its_expiry_has_none_and_one_on_its_last_day_has(root, keys):
    last = day(NOW + 5 * 24 * HOUR)
    for key, role in (("ada", "engineering"), ("grace", "security")):
        sign(root, keys / key, role, expires=last)
    head = commit(root, "Approve")
    end = int(datetime.combine(last, datetime.min.time(), UTC).timestamp()) * 10**9 + 24 * HOUR
    record(root, span(1, head, end - 1), span(2, head, end))
    refused, allowed = answer(root).rows
    assert (allowed.first, allowed.standing.approved) == (end - 1, True)
    assert (refused.first, refused.standing.missing) == (end, ("engineering", "security"))


def test_a_commit_that_takes_the_approval_away_ends_it(approved):
    root, head, files = approved
    (root / files[0]).unlink()
    commit(root, "Withdraw")
    assert missing(root, head) == ("engineering",)


@pytest.mark.parametrize(
    ("key", "more"),
    [
        ("mallory", {}),
        ("grace", {}),
        ("ada", {"tree": "0" * 40}),
        ("ada", {"repository": "another"}),
        ("ada", {"decision": "decisions/0999-none.md"}),
        ("ada", {"decision": "ai-workflow.yaml"}),
        ("ada", {"expires": "never"}),
    ],
)
def test_a_signature_that_is_not_by_the_role_over_this_tree_counts_for_nothing(
    key, more, root, keys
):
    sign(root, keys / key, "engineering", **more)
    sign(root, keys / "grace", "security")
    assert missing(root, commit(root, "Approve")) == ("engineering",)


def test_an_approver_who_comes_with_the_approval_counts_only_where_nobody_was_named(root, keys):
    path = root / "ai-workflow.yaml"
    ada, mallory = ((keys / f"{name}.pub").read_text().strip() for name in ("ada", "mallory"))
    path.write_text(path.read_text().replace(ada, mallory))
    sign(root, keys / "mallory", "engineering")
    sign(root, keys / "grace", "security")
    assert missing(root, commit(root, "Approve myself")) == ("engineering",)


def test_what_lies_in_the_work_tree_alone_approves_nothing(root, keys):
    sign(root, keys / "ada", "engineering")
    sign(root, keys / "grace", "security")

    assert missing(root, head_of(root)) == ("engineering", "security")


def test_a_repository_below_the_top_of_git_is_asked_the_same(approved, tmp_path):

    root, _, _ = approved
    outer = tmp_path / "outer"
    shutil.copytree(root, outer / "inner", ignore=shutil.ignore_patterns(".git"))
    for args in (("init", "-q"), ("config", "user.name", "A"), ("config", "user.email", "a@b.c")):
        subprocess.run(["git", *args], cwd=outer, check=True)
    approvals = outer / "inner/decisions/approvals"
    shutil.move(approvals, tmp_path / "kept")
    commit(outer, "Start")
    shutil.move(tmp_path / "kept", approvals)
    assert missing(outer / "inner", commit(outer, "Approve")) == ()


def test_closed_days_and_open_lines_give_one_answer_and_nothing_counts_twice(approved):
    root, head, _ = approved
    old = NOW - 3 * 24 * HOUR
    record(root, *(span(number, head, old + number) for number in range(5)), name="1-a")
    record(root, *(span(number, head, NOW + HOUR + number) for number in range(3)), name="1-b")
    before = answer(root)
    (closed,) = (root / ".aiwf/traces").glob(f"{day(old)}/1-a.jsonl")
    text = closed.read_bytes()
    assert [row.lines for row in archive.compact(root / ".aiwf/traces", day(NOW))] == [5]
    assert [row.calls for row in before.rows] == [5, 3]
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
    run = span(9, head)
    run["attributes"]["gen_ai.operation.name"] = "invoke_workflow"
    record(root, span(1, head), run | {"end_unix_nano": run["end_unix_nano"]})
    begun = {**run, "span_id": "a" * 16}
    path = next((root / ".aiwf/traces").glob("*/*.jsonl"))
    with path.open("a") as file:
        file.write(json.dumps(begun | {"end_unix_nano": None}) + "\n" + '{"trace_id":"torn')
    found = answer(root)
    assert (found.unfinished, found.torn) == (1, 1)
    assert screen.notes(found) == [
        "not ended, so what they called may not be here: 1 run",
        "of the traces, not readable: 1 line",
        f"the traces begin on {day(NOW)}: of the time before nothing is known",
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


def given(role, who, since, until):
    return Approval(("*",), role, who, f"key of {who}", "d", "f", "c", since, until)


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
