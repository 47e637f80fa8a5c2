"""GitHub, and GitHub's own servers elsewhere, by PyGithub.

One question or one change a call: the library's own waiting and retrying is switched off, because
who waits, and for how long, is decided by the one that paces all writes.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from urllib.parse import urlsplit

import requests
from github import Auth, BadAttributeException, Github, GithubException
from github.IssueComment import IssueComment
from github.PullRequest import PullRequest
from github.Repository import Repository

from prooflane.forge import marker as markers
from prooflane.forge import said
from prooflane.forge.hosts import TOKENS
from prooflane.forge.model import (
    Checks,
    ForgeError,
    Note,
    Proposal,
    Pull,
    PullState,
    Remote,
    Trouble,
)
from prooflane.forge.token import for_git, token

NAME = "GitHub"
API = "https://api.github.com"
VARIABLES = TOKENS["github"]
MEMBERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
GREEN = frozenset({"success", "neutral", "skipped"})
# what the library raises for the page of a proxy that stands in between
GARBLED = (BadAttributeException, AttributeError, KeyError, TypeError, ValueError)
# of a branch of ours: more than a few pull requests would be somebody else's
NEWEST = 50


class GitHub:
    """One GitHub under the identity of its token; `GITHUB_API_URL` names another than github.com.

    Raises:
        ForgeError: when there is no token.
    """

    def __init__(self, timeout: int = 30) -> None:
        self._token = token(*VARIABLES)
        api = (os.environ.get("GITHUB_API_URL") or API).rstrip("/")
        parts = urlsplit(api)
        self.host = "github.com" if api == API else parts.netloc
        self._site = "https://github.com" if api == API else f"{parts.scheme}://{parts.netloc}"
        self._github = Github(
            auth=Auth.Token(self._token.value),
            base_url=api,
            timeout=timeout,
            per_page=100,
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
        )
        # a repository whose path is known costs no question of its own
        self._asked_late = self._github.withLazy(lazy=True)

    @cached_property
    def identity(self) -> str:
        """Who asks, on which host.

        The token of a job in GitHub Actions is no user: the forge counts for its repository.
        """
        own = os.environ.get("GITHUB_REPOSITORY")
        try:
            with self._saying("/user"):
                return f"{_told(self._github.get_user().login)}@{self.host}"
        except ForgeError as error:
            if error.trouble is Trouble.scope and own and os.environ.get("GITHUB_ACTIONS"):
                return f"{own}@{self.host}"
            raise

    def repositories(self, group: str) -> Iterator[Remote]:
        """Give the repositories of an organisation."""
        with self._saying(group):
            for found in self._github.get_organization(group).get_repos():
                yield self._remote(found)

    def repository(self, path: str) -> Remote:
        """Return one repository; one that was renamed has the `path` that it has now."""
        with self._saying(path):
            return self._remote(self._github.get_repo(path))

    def credentials(self) -> Mapping[str, str]:
        """Return the environment in which git may clone and push."""
        return for_git(self._site, "x-access-token", self._token)

    def find(self, path: str, branch: str, marker: str) -> Pull | None:
        """Return the pull request from `branch` that hides `marker`, open ones first, or None."""
        with self._saying(path):
            row = self._found(path, branch, marker)
            return _pull(row) if row else None

    def upsert(self, path: str, proposal: Proposal) -> Pull:
        """Return the one pull request of the proposal's marker, made or brought up to date."""
        body = markers.hide(proposal.marker, proposal.body)
        with self._saying(path):
            row = self._found(path, proposal.branch, proposal.marker)
            if row is None:
                made = self._lazy(path).create_pull(
                    proposal.base, proposal.branch, title=proposal.title, body=body
                )
                return _pull(made)
            if row.state == "open" and (row.title, row.body) != (proposal.title, body):
                row.edit(title=proposal.title, body=body)
            return _pull(row)

    def pull(self, path: str, number: int) -> Pull:
        """Return a pull request as it is now."""
        with self._saying(path):
            return _pull(self._lazy(path).get_pull(number))

    def checks(self, path: str, commit: str) -> Checks:
        """Return what the check runs and the statuses of `commit` say."""
        with self._saying(path):
            asked = self._lazy(path).get_commit(commit)
            runs = list(asked.get_check_runs())
            combined = asked.get_combined_status()
            states = {combined.state} if combined.statuses else set()
        ended = {run.conclusion for run in runs if run.status == "completed"}
        if ended - GREEN or states & {"failure", "error"}:
            return Checks.red
        if len(runs) > sum(run.status == "completed" for run in runs) or "pending" in states:
            return Checks.pending
        return Checks.green if runs or states else Checks.none

    def notes(self, path: str, number: int, about: str) -> tuple[Note, ...]:
        """Return the comments on a pull request that hold `about`, the oldest first."""
        with self._saying(path):
            rows = self._lazy(path).get_issue(number).get_comments()
            return tuple(
                # who was removed from the forge left comments behind
                Note(row.user.login if row.user else "ghost", row.body, _is_member(row))
                for row in rows
                if about in row.body.lower()
            )

    def close(self, path: str, number: int, comment: str) -> None:
        """Close a pull request, and say why in it."""
        with self._saying(path):
            row = self._lazy(path).get_pull(number)
            body = row.body or ""
            hidden = markers.found(body)
            text = f"{comment}\n\n{body}"
            row.edit(state="closed", body=markers.hide(hidden, text) if hidden else text)

    def _found(self, path: str, branch: str, marker: str) -> PullRequest | None:
        head = f"{path.partition('/')[0]}:{branch}"
        rows = self._lazy(path).get_pulls(state="all", head=head)
        ours = [row for row in islice(rows, NEWEST) if markers.found(row.body) == marker]
        return min(ours, key=lambda row: (row.state != "open", row.number), default=None)

    def _lazy(self, path: str) -> Repository:
        return self._asked_late.get_repo(path)

    def _remote(self, found: Repository) -> Remote:
        return Remote(
            key=f"{self.host}/{_told(found.full_name)}",
            path=found.full_name,
            url=_told(found.clone_url),
            branch=found.default_branch,
            id=str(found.id),
            is_archived=found.archived,
            may_push=found.permissions is None or found.permissions.push,
        )

    @contextmanager
    def _saying(self, path: str) -> Iterator[None]:
        try:
            yield
        except GithubException as error:
            raise said.error(_refusal(error, path)) from error
        except requests.RequestException as error:
            raise said.unreachable(NAME, _why(error)) from error
        except GARBLED as error:
            raise said.unreachable(NAME, "it does not answer as GitHub does") from error


def _told(text: str | None) -> str:
    if not text:
        raise ValueError("the answer lacks it")
    return text


def _is_member(row: IssueComment) -> bool:
    return row.user is not None and row.author_association in MEMBERS


def _pull(row: PullRequest) -> Pull:
    state = PullState.open if row.state == "open" else PullState.closed
    if row.merged_at is not None:
        state = PullState.merged
    branch, head = row.head.ref, row.head.sha or ""
    return Pull(row.number, row.html_url, state, branch, head, markers.found(row.body))


def _refusal(error: GithubException, path: str) -> said.Refusal:
    data = error.data if isinstance(error.data, dict) else {}
    words = [str(data.get("message") or "")]
    rows = data.get("errors")
    words += [str(row.get("message") or "") for row in rows or () if isinstance(row, dict)]
    headers = {key.lower(): value for key, value in (error.headers or {}).items()}
    text = ": ".join(filter(None, words))
    return said.Refusal(NAME, path, VARIABLES[0], error.status, text, headers)


def _why(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "it did not answer in time"
    return "the connection failed"
