"""A review is evidence for the exact head, by somebody who neither wrote nor pushed it."""

from collections.abc import Callable

import pytest
from approving import git
from loopback_github import NAME, TOKEN, Hub, Pull

from controls.approvals import asked, reviews
from controls.errors import ControlsError
from controls.forge import here
from controls.forge.http import LIMIT
from controls.manifest import Principal

GRACE = Principal("Grace Hopper", "@grace", "")
OLD = "a" * 40


def pull(hub: Hub) -> Pull:
    """Return a pull request that Ada wrote and pushed; nobody has reviewed it."""
    hub.pulls[7] = Pull()
    hub.pulls[7].wrote("ada")
    return hub.pulls[7]


def because(hub: Hub) -> str | None:
    [proposal] = asked.of_job("", hub.env())
    judged = reviews.judge(proposal, GRACE)
    return None if judged is None else judged.because


def test_review_of_the_exact_head_by_somebody_else_counts(hub: Hub):
    pull(hub).review("grace")
    assert because(hub) == ""
    assert hub.tokens == {f"Bearer {TOKEN}"}
    assert hub.seen[0] == f"/repos/{NAME}/pulls/7"


def test_without_a_review_there_is_nothing_to_judge(hub: Hub):
    pull(hub).review("mallory")
    assert because(hub) is None


def test_handles_are_the_same_in_capitals(hub: Hub):
    pull(hub).review("Grace")
    assert because(hub) == ""


Attack = Callable[[Pull], None]


def by_author(one: Pull) -> None:
    one.author = "grace"
    one.review("grace")


def by_last_pusher(one: Pull) -> None:
    one.review("grace")
    one.pushers = ["ada", "grace"]


def by_unknown_pusher(one: Pull) -> None:
    one.review("grace")
    one.pushers = []


def by_commit_author(one: Pull) -> None:
    one.review("grace")
    one.wrote("grace")


def by_name_in_a_commit(one: Pull) -> None:
    one.review("grace")
    one.wrote("ada", name="Grace Hopper", email="elsewhere@example.com")


def by_co_author(one: Pull) -> None:
    one.review("grace")
    one.wrote("ada", "Change\n\nco-authored-by: G <123+grace@users.noreply.github.com>\n")


def of_an_older_commit(one: Pull) -> None:
    one.review("grace", commit=OLD)


def changed_their_mind(one: Pull) -> None:
    one.review("grace", at=1)
    one.review("grace", "CHANGES_REQUESTED", at=2)


def dismissed(one: Pull) -> None:
    one.review("grace", "DISMISSED")


def more_commits_than_listed(one: Pull) -> None:
    one.review("grace")
    one.hidden_commits = 1


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("attack", "reason"),
    [
        (by_author, "it is by the author of the proposal"),
        (by_last_pusher, "it is by the last to push"),
        (by_unknown_pusher, "the forge does not say who pushed the head"),
        (by_commit_author, "it is by an author or co-author of a commit"),
        (by_name_in_a_commit, "it is by an author or co-author of a commit"),
        (by_co_author, "it is by an author or co-author of a commit"),
        (of_an_older_commit, "it is about aaaaaaaaaaaa, and the head is ffffffffffff"),
        (changed_their_mind, "the last verdict is changes requested"),
        (dismissed, "the last verdict is dismissed"),
        (more_commits_than_listed, "the forge does not list every commit, so its authors are"),
    ],
)
def test_review_does_not_count(hub: Hub, attack: Attack, reason: str):
    attack(pull(hub))
    assert (because(hub) or "").startswith(reason)


def test_a_comment_after_the_approval_takes_nothing_back(hub: Hub):
    one = pull(hub)
    one.review("grace", at=1)
    one.review("grace", "COMMENTED", at=2)
    assert because(hub) == ""


def test_a_machines_review_is_nobodys(hub: Hub):
    pull(hub).review("grace[bot]")
    machine = Principal("Grace", "@grace[bot]", "")
    [proposal] = asked.of_job("", hub.env())
    assert reviews.judge(proposal, machine) is None


def test_every_page_is_read(hub: Hub):
    one = pull(hub)
    hub.page = 2
    for number in range(4):
        one.wrote("ada", f"Change {number}")
    for at in range(1, 6):
        one.review("mallory", "COMMENTED", at=at)
    one.review("grace", at=6)
    assert because(hub) == ""


def test_merged_proposals_are_found_by_their_commit(hub: Hub):
    one = pull(hub)
    one.merged_as = "d" * 40
    one.review("grace")
    assert [found.number for found in asked.of_job("d" * 40, hub.env(None))] == [7]
    assert asked.of_job("9" * 40, hub.env(None)) == ()


@pytest.mark.parametrize("lacking", ["GITHUB_TOKEN", "GITHUB_REPOSITORY"])
def test_without_token_or_repository_no_forge_is_asked(hub: Hub, lacking: str):
    pull(hub)
    env = {key: value for key, value in hub.env().items() if key != lacking}
    assert asked.of_job("d" * 40, env) == ()
    assert hub.seen == []


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (404, {}, "the forge answered 404 to '/repos/octo/replies/pulls/7'"),
        (401, {}, "the forge answered 401 to '/repos/octo/replies/pulls/7'"),
        (500, {}, "the forge answered 500 to '/repos/octo/replies/pulls/7'"),
        (429, {}, "the forge answered 429 to '/repos/octo/replies/pulls/7': too many requests"),
        (200, b"<html>", "the forge answered no JSON to '/repos/octo/replies/pulls/7'"),
        (200, b" " * (LIMIT + 1), "the forge's answer to '/repos/octo/replies/pulls/7' is larger"),
    ],
)
def test_a_forge_that_cannot_be_asked_is_an_error(hub: Hub, status, body, message):
    hub.answers[f"/repos/{NAME}/pulls/7"] = (status, body)
    with pytest.raises(ControlsError) as caught:
        asked.of_job("", hub.env())
    assert caught.value.message.startswith(message)
    assert TOKEN not in caught.value.message + caught.value.hint


def test_a_redirect_is_not_followed(hub: Hub):
    hub.answers[f"/repos/{NAME}/pulls/7"] = (301, {"message": "Moved Permanently"})
    hub.headers["Location"] = f"{hub.url}/elsewhere"
    with pytest.raises(ControlsError, match="it has moved"):
        asked.of_job("", hub.env())
    assert "/elsewhere" not in hub.seen


def test_a_next_page_elsewhere_is_not_followed(hub: Hub):
    pull(hub)
    hub.headers["Link"] = '<https://elsewhere.example/page>; rel="next"'
    with pytest.raises(ControlsError, match="the forge points to another address"):
        asked.of_job("", hub.env())


def test_a_token_is_never_sent_in_the_clear():
    env = {"GITHUB_REPOSITORY": NAME, "GITHUB_TOKEN": TOKEN, "PULL_REQUEST": "7"}
    with pytest.raises(ControlsError, match="use https"):
        asked.of_job("", env | {"GITHUB_API_URL": "http://api.example.com"})


def test_pull_request_that_is_no_number_is_refused(hub: Hub):
    with pytest.raises(ControlsError, match="PULL_REQUEST is '7; rm'"):
        asked.of_job("", hub.env() | {"PULL_REQUEST": "7; rm"})


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://github.com/octo/replies.git", ("github.com", "octo/replies")),
        ("https://github.com/octo/replies", ("github.com", "octo/replies")),
        ("git@github.com:octo/replies.git", ("github.com", "octo/replies")),
        ("ssh://git@github.com:22/octo/replies.git", ("github.com", "octo/replies")),
        ("https://token@github.com/octo/replies/", ("github.com", "octo/replies")),
        ("https://gitlab.com/group/sub/replies.git", ("gitlab.com", "group/sub/replies")),
        ("/srv/git/replies.git", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_remotes_address_names_host_and_repository(project, url: str, found: tuple[str, str]):
    root = project(0)
    if url:
        git(root, "remote", "add", "origin", url)
    assert here.address(root) == found
