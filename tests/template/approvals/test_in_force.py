"""Which approvals were in force when, from git's history and the reviews of a forge."""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import warm
from approving import git, raise_to_tier_3
from loopback_github import Hub, Pull

from controls.approvals import committed, in_force, ssh, statement, tree
from controls.approvals.stands import ENDLESS
from controls.forge import here

FOLDER = "decisions/approvals"
DAY = datetime(2026, 11, 1, 12, tzinfo=UTC)


def commit(root: Path, day: int, message: str = "Change", author: str = "Linus") -> str:
    """Commit the work tree at noon of the `day` after the first of November."""
    at = (DAY + timedelta(days=day)).isoformat()
    git(root, "add", "--all")
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    env |= {"GIT_COMMITTER_DATE": at, "GIT_AUTHOR_DATE": at}
    for role in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{role}_NAME": author, f"GIT_{role}_EMAIL": f"{author}@example.com"}
    command = ["git", "commit", "--quiet", "--no-verify", "--message", message]
    subprocess.run(command, cwd=root, env=env, check=True)
    return git(root, "rev-parse", "HEAD")


def sign(root: Path, key: Path, role: str, expires: str = "2026-12-01") -> Path:
    claim = statement.Statement(
        "ai-workflow", tree.of(root), "decisions/0001-risk-tier.md", role, expires
    )
    path = root / f"{statement.stem(claim, key.name)}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(claim.to_bytes())
    path.with_suffix(".sig").write_bytes(ssh.sign(key, claim.to_bytes()))
    return path


@pytest.fixture
def history(project, naming) -> Path:
    """Return a repository whose approvers were named on day 0; its first commit is older."""
    root = project(2)
    command = ["git", "commit", "--quiet", "--amend", "--no-edit", "--no-verify"]
    env = os.environ | {"GIT_COMMITTER_DATE": "2026-10-01T12:00:00Z"}
    git(root, "config", "user.email", "x@example.com")
    git(root, "config", "user.name", "X")
    subprocess.run(command, cwd=root, env=env, check=True)
    naming(root, engineering="ada", security="grace")
    commit(root, 0, "Name the approvers")
    return root


def days(root: Path) -> list[tuple[str, int, int]]:
    """Return role, first and last day of each approval, in days after the first of November."""
    return [(one.role, (one.since - DAY).days, (one.until - DAY).days) for one in in_force(root)]


def test_an_approval_is_in_force_for_the_commits_that_have_its_tree(history: Path, keys: Path):
    (history / "README.md").write_text("one")
    changed = commit(history, 1)
    path = sign(history, keys / "ada", "engineering")
    brought = commit(history, 2, "Approve")
    (history / "README.md").write_text("two")
    commit(history, 5)
    [one] = in_force(history)
    assert (one.role, one.principal, one.name, one.evidence) == (
        "engineering",
        "@ada",
        "Ada",
        "signature",
    )
    assert (one.file, one.commit) == (path.relative_to(history).as_posix(), brought)
    assert (one.since, one.until) == (DAY + timedelta(days=2), datetime(2026, 12, 2, tzinfo=UTC))
    assert one.revisions == (changed, brought)
    assert (one.decision, one.threshold) == ("decisions/0001-risk-tier.md", 1)


def test_an_approval_stands_for_90_days_whatever_it_says(history: Path, keys: Path):
    (history / "README.md").write_text("one")
    sign(history, keys / "ada", "engineering", expires="2036-12-01")
    commit(history, 1)
    [one] = in_force(history)
    assert one.until - one.since == timedelta(days=91)


def test_only_the_revisions_that_are_asked_about_are_looked_up(history: Path, keys: Path):
    (history / "README.md").write_text("one")
    sign(history, keys / "ada", "engineering")
    first = commit(history, 1)
    (history / "README.md").write_text("two")
    sign(history, keys / "ada", "engineering")
    commit(history, 2)
    [one] = in_force(history, revisions=[first, "f" * 40])
    assert (one.revisions, len(in_force(history)), in_force(history, revisions=[])) == (
        (first,),
        2,
        (),
    )


def test_an_approval_ends_with_its_last_day(history: Path, keys: Path):
    (history / "README.md").write_text("one")
    commit(history, 1)
    sign(history, keys / "ada", "engineering", expires="2026-11-10")
    commit(history, 2, "Approve")
    [one] = in_force(history)
    assert one.until == datetime(2026, 11, 11, tzinfo=UTC)


def test_an_approval_that_comes_with_its_change_is_in_force_from_the_start(
    history: Path, keys: Path
):
    (history / "README.md").write_text("one")
    sign(history, keys / "ada", "engineering")
    sign(history, keys / "grace", "security")
    commit(history, 3)
    assert [row[:2] for row in days(history)] == [("engineering", 3), ("security", 3)]


def test_an_approval_that_was_taken_away_is_over(history: Path, keys: Path):
    (history / "README.md").write_text("one")
    path = sign(history, keys / "ada", "engineering")
    commit(history, 1)
    path.unlink()
    commit(history, 4, "Withdraw")
    assert days(history) == [("engineering", 1, 4)]


def test_an_approval_returns_with_its_tree(history: Path, keys: Path):
    (history / "README.md").write_text("one")
    sign(history, keys / "ada", "engineering")
    commit(history, 1)
    for day, text in ((2, "two"), (3, "one"), (4, "three")):
        (history / "README.md").write_text(text)
        commit(history, day)
    assert [row[:2] for row in days(history)] == [("engineering", 1), ("engineering", 3)]
    assert [len(one.revisions) for one in in_force(history)] == [1, 1]


def test_an_approval_signed_before_a_merge_is_in_force_from_the_merge(history: Path, keys: Path):
    git(history, "switch", "--quiet", "--create", "change")
    (history / "README.md").write_text("one")
    commit(history, 1)
    sign(history, keys / "ada", "engineering")
    commit(history, 2, "Approve")
    git(history, "switch", "--quiet", "main")
    env = os.environ | {"GIT_COMMITTER_DATE": (DAY + timedelta(days=6)).isoformat()}
    command = ["git", "merge", "--quiet", "--no-ff", "--no-edit", "change"]
    subprocess.run(command, cwd=history, env=env, check=True)
    [one] = in_force(history)
    assert one.since == DAY + timedelta(days=6)
    assert one.revisions == (git(history, "rev-parse", "HEAD"),)


@pytest.mark.parametrize("who", ["mallory", "ada"])
def test_somebody_whom_the_commit_before_did_not_name_approved_nothing(
    history: Path, keys: Path, who: str
):
    path = history / "ai-workflow.yaml"
    key = (keys / f"{who}.pub").read_text().strip()
    old = path.read_text().splitlines()
    new = [f'      principals: [{{name: M, handle: "@m", key: "{key}"}}]'] * 2
    path.write_text("\n".join(new.pop() if "principals" in line else line for line in old) + "\n")
    sign(history, keys / who, "security")
    commit(history, 1, "Tidy up")
    assert in_force(history) == ()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: path.with_suffix(".sig").write_text("x"), id="no signature"),
        pytest.param(lambda path: path.write_text("{}"), id="no statement"),
        pytest.param(lambda path: path.with_suffix(".sig").unlink(), id="half of it"),
        pytest.param(
            lambda path: path.write_text(path.read_text().replace("2026-12", "2036-12")),
            id="another date",
        ),
    ],
)
def test_what_does_not_verify_was_never_in_force(history: Path, keys: Path, damage):
    (history / "README.md").write_text("one")
    damage(sign(history, keys / "ada", "engineering"))
    commit(history, 1)
    assert in_force(history) == ()


def test_from_tier_3_an_author_has_not_approved_their_own_change(history: Path, keys: Path):
    raise_to_tier_3(history)
    commit(history, 1, "Tier 3")
    (history / "README.md").write_text("one")
    sign(history, keys / "ada", "legal")
    sign(history, keys / "grace", "compliance")
    commit(history, 2, author="Ada")
    assert days(history)[0][0] == "compliance"
    assert len(days(history)) == 1


def test_a_repository_without_approvals_or_commits_has_none(project, tmp_path: Path):
    assert in_force(project(0)) == ()
    git(tmp_path, "init", "--quiet")
    assert in_force(tmp_path) == ()


def test_committed_trees_are_those_of_the_work_tree(history: Path, keys: Path):
    head = git(history, "rev-parse", "HEAD")
    assert committed.trees(history, [head]) == {head: tree.of(history)}
    sign(history, keys / "ada", "engineering")
    approved = commit(history, 1, "Approve")
    assert committed.trees(history, [approved]) == {approved: tree.of(history)}
    assert tree.of(history) == git(history, "rev-parse", f"{head}^{{tree}}")


def test_a_repository_inside_another_has_its_own_tree(project, tmp_path: Path):
    outer = tmp_path / "outer"
    outer.mkdir()
    root = project(0).rename(outer / "inner")
    subprocess.run(["rm", "-rf", root / ".git"], check=True)
    git(outer, "init", "--quiet")
    head = commit(outer, 0)
    assert committed.trees(root, [head]) == {head: tree.of(root)}


def test_list_prints_what_audit_joins(history: Path, keys: Path):
    (history / "README.md").write_text("one")
    sign(history, keys / "ada", "engineering")
    commit(history, 1)
    command = ("controls", "approvals", "list")
    done = warm.run(*command, "--json", cwd=history, check=True)
    [row] = json.loads(done.stdout)
    assert (row["role"], row["principal"], row["since"]) == (
        "engineering",
        "@ada",
        "2026-11-02T12:00:00+00:00",
    )
    done = warm.run(*command, cwd=history, check=True)
    assert done.stdout.startswith("2026-11-02 12:00 to 2026-12-02 00:00  engineering")


def test_a_moment_and_a_path_have_the_approvals_that_answer_for_them(history: Path, keys: Path):
    (history / "README.md").write_text("one")
    sign(history, keys / "ada", "engineering")
    sign(history, keys / "grace", "security", expires="2026-11-04")
    commit(history, 1)

    def roles(day: int, path: str) -> list[str]:
        return [one.role for one in in_force(history, at=DAY + timedelta(days=day), path=path)]

    assert roles(1, "prompts/answer.md") == ["engineering", "security"]
    assert roles(1, "README.md") == ["engineering"]
    assert roles(4, "prompts/answer.md") == ["engineering"]
    assert roles(0, "prompts/answer.md") == []


class TestMerged:
    """Reviews of a proposal that was merged, asked of the forge."""

    @pytest.fixture
    def merged(self, history: Path, hub: Hub) -> Pull:
        """Return a proposal by Linus, reviewed by Ada and merged as the newest commit on day 1."""
        (history / "README.md").write_text("one")
        head = commit(history, 1)
        pull = Pull(author="linus", head=head, merged_as=head, pushers=["linus"])
        pull.wrote("linus")
        pull.review("ada", at=2)
        hub.pulls[7] = pull
        return pull

    def found(self, history: Path, hub: Hub) -> list[tuple[str, str, str, datetime]]:
        forge = here.in_ci(hub.env())
        every = in_force(history, forge=forge)
        return [(one.role, one.principal, one.evidence, one.since) for one in every]

    def test_its_review_approved_what_was_merged(self, history: Path, hub: Hub, merged: Pull):
        assert self.found(history, hub) == [
            ("engineering", "@ada", "review", DAY + timedelta(days=1))
        ]
        [one] = in_force(history, forge=here.in_ci(hub.env()))
        assert one.file == "https://github.com/octo/replies/pull/7#pullrequestreview-2"
        assert one.commit == merged.head

    def test_a_review_stands_as_long_as_what_was_reviewed_and_90_days_at_least(
        self, history: Path, hub: Hub, merged: Pull
    ):
        forge = here.in_ci(hub.env())
        assert [one.until for one in in_force(history, forge=forge)] == [ENDLESS]
        (history / "README.md").write_text("two")
        commit(history, 4)
        [one] = in_force(history, forge=forge, revisions=[merged.head])
        assert (one.since, one.until) == (DAY + timedelta(days=1), DAY + timedelta(days=92))
        (history / "README.md").write_text("one")
        commit(history, 5)
        (history / "README.md").write_text("three")
        commit(history, 200)
        assert len(in_force(history, forge=forge, at=DAY + timedelta(days=91))) == 1
        assert in_force(history, forge=forge, at=DAY + timedelta(days=92)) == ()

    def test_the_forge_is_asked_only_about_what_ran(self, history: Path, hub: Hub, merged: Pull):
        in_force(history, forge=here.in_ci(hub.env()), revisions=[merged.head])
        assert [path for path in hub.seen if path.startswith("/repos/octo/replies/commits/")] == [
            f"/repos/octo/replies/commits/{merged.head}/pulls"
        ]

    @pytest.mark.usefixtures("merged")
    def test_without_the_forge_nobody_knows(self, history: Path):
        assert in_force(history) == ()

    def test_a_review_after_the_merge_counts_from_then_on(
        self, history: Path, hub: Hub, merged: Pull
    ):
        merged.reviews.clear()
        merged.review("ada", at=5)
        assert [row[3] for row in self.found(history, hub)] == [DAY + timedelta(days=4)]

    def test_another_tree_than_the_reviewed_one_was_not_approved(
        self, history: Path, hub: Hub, merged: Pull
    ):
        (history / "README.md").write_text("slipped in while merging")
        merged.merged_as = commit(history, 2)
        assert self.found(history, hub) == []

    def test_its_author_has_not_approved_it(self, history: Path, hub: Hub, merged: Pull):
        merged.author = "ada"
        assert self.found(history, hub) == []


def test_a_moment_that_is_none_and_a_forge_that_is_not_there_are_refused(history: Path):
    command = ("controls", "approvals", "list")
    env = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "GH_"))}
    said = [
        warm.run(*command, *more, cwd=history, env=env) for more in (["--at", "noon"], ["--forge"])
    ]
    assert [done.returncode for done in said] == [2, 2]
    assert "'noon' is no moment of ISO 8601" in said[0].stderr
    assert said[1].stderr.startswith("error: there is no forge to ask\n")
