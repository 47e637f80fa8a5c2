"""The board's question where approvals are reviews: a forge on the loopback, asked on request."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import warm
from touching import HOUR, NOW, commit, day, record, span

sys.path.insert(0, str(Path(__file__).parents[1] / "approvals"))
from loopback_github import NAME, Hub, Pull, serving

ELSEWHERE = "a" * 40  # the head of a branch that was merged and never fetched


@pytest.fixture
def hub():
    with serving() as known:
        yield known


@pytest.fixture
def asked(root, hub):
    """Return a function that asks the board's question, with the forge's token in reach."""

    def ask(*args, **env):
        known = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "GH_"))}
        period = ("--since", "2020-01-01", "--until", "2999-01-01")
        command = ("controls", "audit", "who-touched", "--data", "personal")
        return warm.run(*command, *period, *args, cwd=root, env=known | hub.env(None) | env)

    return ask


@pytest.fixture
def merged(root, hub: Hub) -> tuple[str, Pull]:
    """Return a commit that ran, and the proposal that was squashed into it: its head is not here.

    Linus wrote it, Ada and Grace reviewed its head.
    """
    (root / "workflow/more.py").write_text('"""More."""\n')
    head = commit(root, "Change the workflow")
    tree = subprocess.check_output(["git", "rev-parse", "HEAD^{tree}"], cwd=root, text=True)
    pull = Pull(author="linus", head=ELSEWHERE, tree=tree.strip(), merged_as=head)
    pull.pushers = ["linus"]
    pull.wrote("linus")
    pull.review("ada")
    pull.review("grace", at=2)
    hub.pulls[7] = pull
    record(root, span(1, head, NOW + HOUR))
    return head, pull


@pytest.mark.usefixtures("merged")
def test_reviews_that_were_not_asked_for_are_said_and_nothing_asks_the_forge(asked, hub):
    done = asked()
    assert done.returncode == 1
    assert "NO APPROVAL IN FORCE: engineering, security" in done.stdout
    assert done.stdout.splitlines()[2] == (
        "reviews on the forge were not asked for, only signatures: --forge asks, with a token"
    )
    assert json.loads(asked("--json").stdout)["forge_reviews"] == "not asked"
    assert hub.seen == []


@pytest.mark.usefixtures("merged")
def test_reviews_of_a_head_that_was_never_fetched_are_cited_with_page_and_commit(asked):
    done = asked("--forge")
    assert (done.returncode, done.stderr) == (0, "")
    url = f"https://github.com/{NAME}/pull/7#pullrequestreview"
    since = f"{day(NOW)}"
    assert [line.strip() for line in done.stdout.splitlines()[-4:]] == [
        "@ada for engineering, review by the account @ada",
        f"{url}-1 at {ELSEWHERE[:12]}, since {since}",
        "@grace for security, review by the account @grace",
        f"{url}-2 at {ELSEWHERE[:12]}, since {since}",
    ]
    assert "not asked" not in done.stdout
    told = json.loads(asked("--forge", "--json").stdout)
    assert told["forge_reviews"] == "asked"
    assert [each["until"] for each in told["rows"][0]["approvals"]] == ["for ever"] * 2


def test_two_reviewers_of_one_role_are_two_people(root, hub, asked):
    path = root / "ai-workflow.yaml"
    both = ", ".join(f'{{name: {name.title()}, handle: "@{name}"}}' for name in ("ada", "grace"))
    lines = path.read_text().splitlines()
    lines = [f"      principals: [{both}]" if "principals" in line else line for line in lines]
    path.write_text("\n".join(lines).replace("threshold: 1", "threshold: 2") + "\n")
    commit(root, "Two people of each role")
    (root / "README.md").write_text("reviewed\n")
    head = commit(root, "Change")
    pull = Pull(author="linus", head=head, merged_as=head, pushers=["linus"])
    pull.wrote("linus")
    pull.review("ada")
    hub.pulls[7] = pull
    record(root, span(1, head, NOW + HOUR))
    assert "engineering (1 of 2 people), security (1 of 2 people)" in asked("--forge").stdout
    pull.review("grace")
    assert asked("--forge").returncode == 0


def test_a_review_by_who_pushed_last_is_no_approval_and_the_other_role_still_is(asked, merged):
    merged[1].pushers = ["ada"]
    done = asked("--forge")
    assert done.returncode == 1
    assert "NO APPROVAL IN FORCE: engineering\n" in done.stdout
    assert "@grace for security, review" in done.stdout


def test_a_forge_that_cannot_be_asked_is_an_error_and_never_an_answer(asked, hub, merged):
    hub.answers[f"/repos/{NAME}/commits/{merged[0]}/pulls"] = (502, {"message": "Bad Gateway"})
    done = asked("--forge")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: the forge answered 502 to ")


@pytest.mark.usefixtures("merged")
def test_without_a_token_there_is_no_forge_to_ask(asked):
    done = asked("--forge", GITHUB_TOKEN="")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: there is no forge to ask\nhint: GH_TOKEN=")


def test_only_the_commits_that_ran_are_asked_about(root, asked, hub, merged):
    (root / "README.md").write_text("later\n")
    commit(root, "Later", NOW + 2 * HOUR)
    assert asked("--forge").returncode == 0
    assert {path for path in hub.seen if path.endswith("/pulls")} == {
        f"/repos/{NAME}/commits/{merged[0]}/pulls"
    }
