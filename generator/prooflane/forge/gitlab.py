"""GitLab by python-gitlab; `GITLAB_URL`, or `CI_SERVER_URL` in its own jobs, names the server.

As in `prooflane.forge.github`, nothing here waits or tries again.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import requests
from gitlab import Gitlab, GitlabError, GitlabParsingError
from gitlab.v4.objects import Project, ProjectMergeRequest

from prooflane.forge import marker as markers
from prooflane.forge import said
from prooflane.forge.hosts import TOKENS
from prooflane.forge.model import Checks, Note, Proposal, Pull, PullState, Remote
from prooflane.forge.token import for_git, token

NAME = "GitLab"
VARIABLES = TOKENS["gitlab"]
DEVELOPER = 30
# the library would wait by itself
ONCE: dict[str, Any] = {"obey_rate_limit": False}
STATES = {"opened": PullState.open, "locked": PullState.open, "merged": PullState.merged}
CHECKS = {"success": Checks.green, "skipped": Checks.green, "manual": Checks.green}
RED = frozenset({"failed", "canceled"})
NEWEST = 50


class GitLab:
    """One GitLab under the identity of its token.

    Raises:
        ForgeError: when there is no token.
    """

    def __init__(self, timeout: int = 30) -> None:
        self._token = token(*VARIABLES)
        environ = os.environ
        self._site = environ.get("GITLAB_URL") or environ.get("CI_SERVER_URL") or SITE
        self.host = urlsplit(self._site).netloc
        self._headers: dict[str, str] = {}
        session = requests.Session()
        session.hooks["response"].append(self._hear)
        self._gitlab = Gitlab(
            self._site,
            private_token=self._token.value,
            timeout=timeout,
            per_page=100,
            session=session,
        )

    @cached_property
    def identity(self) -> str:
        """Who asks, on which host."""
        with self._saying("/user"):
            self._gitlab.auth()
            user = self._gitlab.user
            return f"{user.username if user else ''}@{self.host}"

    def repositories(self, group: str) -> Iterator[Remote]:
        """Give the projects of a group with its subgroups."""
        with self._saying(group):
            found = self._gitlab.groups.get(group, lazy=True).projects
            for row in found.list(iterator=True, include_subgroups=True, **ONCE):
                yield self._remote(row.attributes)

    def repository(self, path: str) -> Remote:
        """Return one project; one that was moved has the `path` that it has now."""
        with self._saying(path):
            return self._remote(self._gitlab.projects.get(path, **ONCE).attributes)

    def credentials(self) -> Mapping[str, str]:
        """Return the environment in which git may clone and push."""
        return for_git(self._site, "oauth2", self._token)

    def find(self, path: str, branch: str, marker: str) -> Pull | None:
        """Return the merge request from `branch` that hides `marker`, open ones first, or None."""
        with self._saying(path):
            row = self._found(path, branch, marker)
            return _pull(row) if row else None

    def upsert(self, path: str, proposal: Proposal) -> Pull:
        """Return the one merge request of the proposal's marker, made or brought up to date."""
        fields = {
            "title": proposal.title,
            "description": markers.hide(proposal.marker, proposal.body),
        }
        with self._saying(path):
            row = self._found(path, proposal.branch, proposal.marker)
            if row is None:
                ends = {"source_branch": proposal.branch, "target_branch": proposal.base}
                made = self._lazy(path).mergerequests.create({**fields, **ends}, **ONCE)
                return _pull(made)
            stays = all(row.attributes.get(key) == value for key, value in fields.items())
            if _pull(row).state is PullState.open and not stays:
                self._put(path, row.iid, **fields)
            return _pull(row)

    def pull(self, path: str, number: int) -> Pull:
        """Return a merge request as it is now."""
        with self._saying(path):
            return _pull(self._lazy(path).mergerequests.get(number, **ONCE))

    def checks(self, path: str, commit: str) -> Checks:
        """Return what the newest pipeline of `commit` says."""
        with self._saying(path):
            rows = self._lazy(path).pipelines.list(sha=commit, per_page=1, page=1, **ONCE)
        status = next((str(row.status) for row in rows), "")
        if not status:
            return Checks.none
        return Checks.red if status in RED else CHECKS.get(status, Checks.pending)

    def notes(self, path: str, number: int, about: str) -> tuple[Note, ...]:
        """Return the comments on a merge request that hold `about`, the oldest first."""
        with self._saying(path):
            rows = self._lazy(path).mergerequests.get(number, lazy=True).notes
            said_ = rows.list(iterator=True, sort="asc", order_by="created_at", **ONCE)
            chosen = [row for row in said_ if about in row.body.lower() and not row.system]
            return tuple(
                Note(row.author["username"], row.body, self._is_member(path, row.author["id"]))
                for row in chosen
            )

    def close(self, path: str, number: int, comment: str) -> None:
        """Close a merge request, and say why in it."""
        with self._saying(path):
            row = self._lazy(path).mergerequests.get(number, **ONCE)
            body = row.description or ""
            hidden = markers.found(body)
            text = f"{comment}\n\n{body}"
            text = markers.hide(hidden, text) if hidden else text
            self._put(path, number, state_event="close", description=text)

    def _is_member(self, path: str, user: int) -> bool:
        try:
            found = self._lazy(path).members_all.get(user, **ONCE)
        except GitlabError as error:
            if error.response_code == 404:
                return False
            raise
        return int(found.access_level) >= DEVELOPER

    def _found(self, path: str, branch: str, marker: str) -> ProjectMergeRequest | None:
        rows = self._lazy(path).mergerequests.list(
            iterator=True, state="all", source_branch=branch, **ONCE
        )
        ours = [row for row in islice(rows, NEWEST) if markers.found(row.description) == marker]
        return min(ours, key=lambda row: (row.state != "opened", row.iid), default=None)

    def _put(self, path: str, number: int, **fields: str) -> None:
        address = f"{self._lazy(path).mergerequests.path}/{number}"
        self._gitlab.http_put(address, post_data=fields, **ONCE)

    def _lazy(self, path: str) -> Project:
        return self._gitlab.projects.get(path, lazy=True)

    def _remote(self, data: Mapping[str, object]) -> Remote:
        path = str(data["path_with_namespace"])
        return Remote(
            key=f"{self.host}/{path}",
            path=path,
            url=str(data["http_url_to_repo"]),
            branch=str(data.get("default_branch") or ""),
            id=str(data["id"]),
            is_archived=bool(data.get("archived")),
            is_empty=bool(data.get("empty_repo")),
            may_push=_may_push(data.get("permissions")),
        )

    def _hear(self, response: requests.Response, *_: object, **__: object) -> None:
        # the library's errors drop the headers, and Retry-After is one of them
        self._headers = {key.lower(): value for key, value in response.headers.items()}

    @contextmanager
    def _saying(self, path: str) -> Iterator[None]:
        try:
            yield
        except GitlabParsingError as error:
            raise said.unreachable(NAME, "it does not answer as GitLab does") from error
        except GitlabError as error:
            status, text = error.response_code or 500, _text(error)
            refusal = said.Refusal(NAME, path, VARIABLES[0], status, text, self._headers)
            raise said.error(refusal) from error
        except requests.Timeout as error:
            raise said.unreachable(NAME, "it did not answer in time") from error
        except requests.RequestException as error:
            raise said.unreachable(NAME, "the connection failed") from error


SITE = "https://gitlab.com"


def _pull(row: ProjectMergeRequest) -> Pull:
    state = STATES.get(row.state, PullState.closed)
    hidden = markers.found(row.description)
    return Pull(row.iid, row.web_url, state, row.source_branch, row.sha or "", hidden)


def _may_push(said_: object) -> bool:
    if not isinstance(said_, dict):
        return True  # a listing does not say: the push will
    levels = [row["access_level"] for row in said_.values() if isinstance(row, dict)]
    return not levels or max(levels) >= DEVELOPER


def _text(error: GitlabError) -> str:
    said_ = error.error_message
    return said_ if isinstance(said_, str) else json.dumps(said_)
