"""The board's question, joined to the approvals that were in force at the moment of each call."""

import json
import shutil
import subprocess
from datetime import UTC, datetime

import pytest
from touching import HOUR, NOW, answer, commit, day, head_of, record, sign, span

pytest.importorskip("controls.approvals.history", reason="approvals of the past are not here")


def missing(root, revision, moment=None):
    """Return what kept a call at this revision from being approved."""
    record(root, span(1, revision, (moment or NOW) + HOUR))
    (row,) = answer(root).rows
    return row.standing.missing


def test_a_call_cites_who_approved_it_by_what_evidence_with_file_and_commit(approved, controls):
    root, head, files = approved
    record(root, *(span(number, head, NOW + HOUR) for number in range(7)))
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
    (root / "workflow/more.py").write_text('"""More."""\n')
    sneaked = commit(root, "Change the workflow without asking", NOW + 2 * HOUR)
    record(root, span(1, head, NOW + HOUR), span(2, sneaked, NOW + 3 * HOUR))
    record(root, span(3, "f" * 40, NOW + HOUR))
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
    commit(root, "Withdraw", NOW + 2 * HOUR)
    record(root, span(1, head, NOW + HOUR), span(2, head, NOW + 3 * HOUR))
    refused, allowed = answer(root).rows
    assert (refused.standing.missing, allowed.standing.missing) == (("engineering",), ())


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


def test_what_was_released_stays_approved_while_the_branch_goes_on(approved):
    root, head, _ = approved
    (root / "workflow/more.py").write_text('"""The next version, not yet released."""\n')
    commit(root, "Go on", NOW + 2 * HOUR)
    assert missing(root, head, NOW + 3 * HOUR) == ()


@pytest.mark.parametrize("changed", ["README.md", "workflow/answer.py", "ai-workflow.yaml"])
def test_what_a_later_commit_changed_is_not_approved_by_the_approval_before_it(approved, changed):
    root, _, _ = approved
    with (root / changed).open("a") as file:
        file.write("# changed\n")
    sneaked = commit(root, "Go on", NOW + 2 * HOUR)
    assert missing(root, sneaked, NOW + 3 * HOUR) == ("engineering", "security")


def test_what_was_released_is_approved_until_the_last_day_and_no_longer(root, keys):
    last = day(NOW + 5 * 24 * HOUR)
    for key, role in (("ada", "engineering"), ("grace", "security")):
        sign(root, keys / key, role, expires=last)
    head = commit(root, "Approve")
    (root / "README.md").write_text("the next version\n")
    commit(root, "Go on", NOW + 2 * HOUR)
    record(root, span(1, head, NOW + 3 * HOUR), span(2, head, NOW + 7 * 24 * HOUR))
    refused, allowed = answer(root).rows
    assert (refused.standing.missing, allowed.standing.missing) == (("engineering", "security"), ())


def test_an_approval_that_is_taken_away_later_is_over_for_what_was_released_too(approved):
    root, head, files = approved
    (root / "README.md").write_text("the next version\n")
    commit(root, "Go on", NOW + 2 * HOUR)
    (root / files[1]).unlink()
    commit(root, "Withdraw", NOW + 4 * HOUR)
    record(root, span(1, head, NOW + 3 * HOUR), span(2, head, NOW + 5 * HOUR))
    refused, allowed = answer(root).rows
    assert (refused.standing.missing, allowed.standing.missing) == (("security",), ())


def test_an_approval_that_comes_after_the_branch_went_on_approves_nothing(root, keys):
    head = head_of(root)
    statements = [sign(root, keys / "ada", "engineering"), sign(root, keys / "grace", "security")]
    texts = {path: (root / path).read_bytes() for name in statements for path in both(name)}
    shutil.rmtree(root / "decisions/approvals")
    (root / "README.md").write_text("the next version\n")
    commit(root, "Go on", NOW + 2 * HOUR)
    (root / "decisions/approvals").mkdir()
    for path, text in texts.items():
        (root / path).write_bytes(text)
    commit(root, "Approve what is past", NOW + 3 * HOUR)
    assert missing(root, head, NOW + 4 * HOUR) == ("engineering", "security")


def both(statement):
    """Return the names of a statement and of its signature."""
    return statement, f"{statement.removesuffix('.json')}.sig"


def test_a_change_that_asks_for_fewer_people_needs_as_many_as_before(root, keys):
    path = root / "ai-workflow.yaml"
    two = path.read_text().replace("threshold: 1", "threshold: 2")
    one = path.read_text()
    path.write_text(two)
    commit(root, "Two people of each role")
    path.write_text(one)
    sign(root, keys / "ada", "engineering")
    sign(root, keys / "grace", "security")
    found = missing(root, commit(root, "Fewer people"))
    assert found == ("engineering (1 of 2 people)", "security (1 of 2 people)")
