"""The sign-off job of each forge, run as its runner does, against that forge's API over HTTP."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "approvals"))
import gitlab_ci
from approving import commit_all, git
from loopback_github import NAME, TOKEN, Hub, Pull

pytestmark = pytest.mark.slow

AT = f"/projects/{NAME.replace('/', '%2F')}"
SETTINGS = {
    "reset_approvals_on_push": True,
    "merge_requests_author_approval": False,
    "merge_requests_disable_committers_approval": True,
}


@dataclass(frozen=True)
class Change:
    """A change to a tier-3 repository whose base names Ada and Grace; Linus wrote and pushed it."""

    root: Path
    base: str
    head: str

    def on_github(self, hub: Hub, *approvers: str) -> None:
        tree = git(self.root, "rev-parse", f"{self.head}^{{tree}}")
        pull = Pull(author="linus", head=self.head, tree=tree, pushers=["linus"])
        pull.wrote("linus")
        for login in approvers:
            pull.review(login)
        hub.pulls[7] = pull

    def on_gitlab(self, hub: Hub, *approvers: str) -> None:
        at, linus = f"{AT}/merge_requests/7", {"username": "linus"}
        found = {"iid": 7, "sha": self.head, "state": "opened", "author": linus}
        more = {"web_url": f"https://gitlab.com/{NAME}/-/merge_requests/7", "source_project_id": 1}
        commit = {"id": self.head, "author_name": "Linus", "author_email": "linus@example.com"}
        pushed = {"head_commit_sha": self.head, "created_at": "2026-11-01T12:00:00.000Z"}
        notes = [
            {
                "body": "approved this merge request",
                "system": True,
                "created_at": "2026-11-01T13:00:00.000Z",
                "author": {"username": login},
            }
            for login in approvers
        ]
        event = {"push_data": {"commit_to": self.head}, "author": linus}
        hub.answers |= {
            at: (200, found | more),
            f"{at}/commits": (200, [commit | {"message": "Change"}]),
            f"{at}/versions": (200, [pushed]),
            f"{at}/notes": (200, notes),
            "/projects/1/events": (200, [event]),
            f"{AT}/approvals": (200, SETTINGS),
        }


@pytest.fixture
def change(project, naming):
    """Return a function that makes the change, with the pipelines of a forge."""

    def made(**answers: str) -> Change:
        root = project(3, **answers)
        naming(root, compliance="ada", legal="grace")
        base = commit_all(root, "Name the approvers")
        git(root, "switch", "--quiet", "--create", "change")
        (root / "notes.md").write_text("What was changed.\n")
        return Change(root, base, commit_all(root, "Change"))

    return made


@pytest.fixture
def on_github(change, hub, forge, monkeypatch):
    """Return a function that runs the job of GitHub: who approved, to status and log."""

    def run(*approvers: str) -> tuple[str, str]:
        made = change()
        made.on_github(hub, *approvers)
        monkeypatch.setenv("GITHUB_API_URL", hub.url)
        event = {
            "pull_request.base.sha": made.base,
            "pull_request.head.sha": made.head,
            "pull_request.number": "7",
        }
        known = {"github.repository": NAME, "github.token": TOKEN}
        done = forge(made.root, "pr-gate", only=("lane", "sign-off"), **event, **known)["sign-off"]
        return {"success": "success", "failure": "failed"}[done.result], done.log

    return run


@pytest.fixture
def on_gitlab(change, hub, tmp_path):
    """Return a function that runs the job of GitLab, whose checkout is a merged result."""

    def run(*approvers: str) -> tuple[str, str]:
        made = change(ci="gitlab")
        made.on_gitlab(hub, *approvers)
        git(made.root, "switch", "--quiet", "--detach", made.base)
        (made.root / "later.md").write_text("Somebody else was faster.\n")
        target = commit_all(made.root, "Another")
        git(made.root, "merge", "--quiet", "--no-ff", "--message", "Merged result", made.head)
        known = {
            "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": target,
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": made.base,
            "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": made.head,
            "CI_COMMIT_SHA": git(made.root, "rev-parse", "HEAD"),
            "CI_MERGE_REQUEST_IID": "7",
            "CI_PROJECT_PATH": NAME,
            "CI_API_V4_URL": hub.url,
            "GITLAB_TOKEN": TOKEN,
        }
        done = gitlab_ci.run(made.root, "sign-off", tmp_path, **known)
        assert (made.root / ".aiwf/jobs/sign-off").read_text() == f"{done[0]}\n"
        return done

    return run


@pytest.fixture(params=["on_github", "on_gitlab"])
def sign_off(request):
    """Return the job of each forge in turn."""
    return request.getfixturevalue(request.param)


def test_reviews_of_the_head_by_each_role_sign_off(sign_off, hub):
    status, log = sign_off("ada", "grace")
    assert status == "success", log
    assert "ok: review for tree " in log
    assert any(TOKEN in token for token in hub.tokens)
    assert TOKEN not in log


def test_a_role_that_has_not_approved_holds_it_back(sign_off):
    status, log = sign_off("ada")
    assert status == "failed", log
    assert "is not approved for role 'legal' (@grace)" in log
    assert "for role 'compliance'" not in log


def test_a_forge_that_does_not_answer_is_red(sign_off, hub, monkeypatch):
    monkeypatch.setattr(hub, "answer", lambda _path, _query: (500, {"message": "away"}))
    status, log = sign_off("ada", "grace")
    assert status == "failed"
    assert "the forge answered 500 to " in log
