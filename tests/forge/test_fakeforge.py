"""The fake forge answers as a forge does: seen from the outside, by git and by plain HTTP."""

import json
import subprocess
import urllib.error
import urllib.request

import pytest

TOKEN = "token-of-the-bot"  # noqa: S105 - the fake's own


def ask(url, method="GET", token=TOKEN, timeout=60, **data):
    """Return status, headers and data of an answer, whatever its status."""
    body = json.dumps(data).encode() if data else None
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310
            return answer.status, answer.headers, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, json.loads(error.read() or b"null")


def address(forge, name, token=TOKEN):
    return f"http://bot:{token}@{forge.url.removeprefix('http://')}/{name}.git"


def pushed(forge, name, git, tmp_path, branch="topic"):
    """Clone a repository over HTTP, commit on a branch and push it; return the commit."""
    root = tmp_path / f"work-{branch}"
    git(tmp_path, "clone", "--quiet", address(forge, name), str(root))
    git(root, "checkout", "--quiet", "-b", branch)
    (root / "new.txt").write_text("new\n")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "Topic")
    git(root, "push", "--quiet", "origin", branch)
    return git(root, "rev-parse", "HEAD")


def test_git_clones_and_pushes_over_http(forge, bare, git, tmp_path):
    forge.world.add("acme/help", bare())
    commit = pushed(forge, "acme/help", git, tmp_path)
    assert forge.world.repositories["acme/help"].commit("topic") == commit


def test_a_clone_without_blobs_is_possible(forge, bare, git, tmp_path):
    forge.world.add("acme/help", bare())
    options = ("--quiet", "--bare", "--filter=blob:none")
    git(tmp_path, "clone", *options, address(forge, "acme/help"), str(tmp_path / "partial"))
    missing = git(tmp_path / "partial", "rev-list", "--objects", "--missing=print", "HEAD")
    assert sum(line.startswith("?") for line in missing.splitlines()) == 1


def test_a_pull_request_is_opened_once_edited_and_merged(forge, bare, git, tmp_path):
    repository = forge.world.add("acme/help", bare())
    commit = pushed(forge, "acme/help", git, tmp_path)
    at = f"{forge.github}/repos/acme/help/pulls"
    status, _, made = ask(at, "POST", head="topic", base="main", title="Topic", body="one")
    assert (status, made["number"], made["state"], made["head"]["sha"]) == (201, 1, "open", commit)
    status, _, again = ask(at, "POST", head="topic", base="main", title="Topic", body="two")
    assert (status, again["errors"][0]["message"]) == (
        422,
        "A pull request already exists for acme:topic.",
    )
    assert ask(f"{at}/1", "PATCH", body="two")[2]["body"] == "two"
    merged = forge.world.merge(repository.pulls[0], repository)
    assert repository.commit("main") == merged
    assert ask(f"{at}?state=all&head=acme:topic")[2][0]["merged_at"] is not None


def test_a_forge_can_be_one_that_takes_duplicates(forge, bare, git, tmp_path):
    repository = forge.world.add("acme/help", bare())
    forge.world.refuses_duplicates = False
    pushed(forge, "acme/help", git, tmp_path)
    at = f"{forge.github}/repos/acme/help/pulls"
    for _ in range(2):
        assert ask(at, "POST", head="topic", base="main", title="Topic")[0] == 201
    assert len(repository.open_pulls()) == 2


def test_gitlab_speaks_of_merge_requests(forge, bare, git, tmp_path):
    forge.world.add("acme/ai/help", bare())
    pushed(forge, "acme/ai/help", git, tmp_path)
    at = f"{forge.gitlab}/api/v4/projects/acme%2Fai%2Fhelp/merge_requests"
    fields = {"source_branch": "topic", "target_branch": "main", "title": "Topic"}
    assert ask(at, "POST", **fields)[2]["state"] == "opened"
    assert ask(at, "POST", **fields)[0] == 409
    assert [row["iid"] for row in ask(f"{at}?source_branch=topic&state=all")[2]] == [1]


def test_pages_are_linked(forge, bare):
    for number in range(3):
        forge.world.add(f"acme/r{number}", bare(f"r{number}"))
    status, headers, rows = ask(f"{forge.github}/orgs/acme/repos?per_page=2")
    assert (status, len(rows)) == (200, 2)
    assert 'page=2>; rel="next"' in headers["Link"]
    assert len(ask(f"{forge.github}/orgs/acme/repos?per_page=2&page=2")[2]) == 1


def test_what_was_renamed_archived_or_is_dead_is_told(forge, bare, git, tmp_path):
    forge.world.add("acme/old", bare("old"))
    forge.world.rename("acme/old", "acme/new")
    assert ask(f"{forge.github}/repos/acme/old")[2]["full_name"] == "acme/new"
    forge.world.repositories["acme/new"].is_archived = True
    with pytest.raises(subprocess.CalledProcessError) as refused:
        pushed(forge, "acme/new", git, tmp_path)
    assert "403" in refused.value.stderr
    forge.world.repositories["acme/new"].is_dead = True
    assert ask(f"{forge.github}/repos/acme/new")[0] == 404


def test_a_protected_branch_refuses_a_push(forge, bare, git, tmp_path):
    forge.world.add("acme/help", bare())
    forge.world.protect("acme/help", "topic*")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        pushed(forge, "acme/help", git, tmp_path)
    assert "GH006: Protected branch update failed" in refused.value.stderr


def test_nobody_in_particular_is_refused(forge, bare):
    forge.world.add("acme/help", bare())
    assert ask(f"{forge.github}/repos/acme/help", token="wrong")[0] == 401  # noqa: S106


def test_faults_come_on_demand_and_once(forge, bare):
    forge.world.add("acme/help", bare())
    at = f"{forge.github}/repos/acme/help"
    for kind, status in (("403", 403), ("422", 422), ("502", 502), ("retry-after", 403)):
        forge.world.faults.plan(kind, path="acme/help")
        assert ask(at)[0] == status
        assert ask(at)[0] == 200


def test_a_request_that_is_lost_was_carried_out_all_the_same(forge, bare, git, tmp_path):
    repository = forge.world.add("acme/help", bare())
    pushed(forge, "acme/help", git, tmp_path)
    forge.world.faults.seconds = 0.1
    forge.world.faults.plan("lost", "POST")
    at = f"{forge.github}/repos/acme/help/pulls"
    with pytest.raises(OSError, match="closed connection"):
        ask(at, "POST", head="topic", base="main", title="Topic")
    assert len(repository.open_pulls()) == 1


def test_writes_above_the_limit_of_the_forge_are_refused_and_counted(forge, bare, git, tmp_path):
    forge.world.add("acme/help", bare())
    forge.world.per_minute = 1
    pushed(forge, "acme/help", git, tmp_path)
    at = f"{forge.github}/repos/acme/help/pulls"
    assert ask(at, "POST", head="topic", base="main", title="Topic")[0] == 201
    status, headers, _ = ask(f"{at}/1", "PATCH", title="Other")
    assert (status, headers["Retry-After"]) == (429, "1")
    assert forge.world.most_within("prooflane-bot", 60) == 2
