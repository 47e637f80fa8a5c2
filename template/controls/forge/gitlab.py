"""GitLab's REST API as `controls.forge.model` asks it; its protections are read in `projects`.

It does not say which accounts are behind a commit. So reviews count only where the project itself
lets nobody approve what they committed to; signatures that lie in the tree count everywhere. Which
commit an approval is about follows from its time: the head of the newest push before it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from controls.forge import answers, projects
from controls.forge.http import Api, Forbidden, Missing
from controls.forge.model import Commit, Proposal, Protection, Review
from controls.forge.rulesets import Asked

URL = "https://gitlab.com/api/v4"
PAGE = "per_page=100"
# what GitLab itself notes of a verdict; a person cannot write a note of the system
_VERDICTS = {
    "approved this merge request": "APPROVED",
    "unapproved this merge request": "DISMISSED",
    "requested changes": "CHANGES_REQUESTED",
}


@dataclass(frozen=True, slots=True)
class GitLab:
    """One project, by its path or its number, on one GitLab."""

    api: Api
    project: str

    def proposal(self, number: int) -> Proposal:
        """Return the merge request `number`."""
        path = f"{self._path}/merge_requests/{number}"
        found = self.api.get(path)
        head = answers.text(found, "sha")
        commits = tuple(map(_commit, self.api.all(f"{path}/commits?{PAGE}")))
        known = any(commit.sha == head for commit in commits)
        rules = self._asked(f"{self._path}/approvals").found
        return Proposal(
            number=answers.number(found, "iid"),
            url=answers.text(found, "web_url"),
            author=_account(answers.at(found, "author")),
            head=head,
            tree="",  # GitLab does not say
            merged_as=_merged_as(found),
            pushers=tuple(self._pushers(found, head)),
            commits=commits,
            complete=known and projects.committers_kept_out(rules),
            reviews=tuple(self._reviews(path, answers.text(found, "web_url"))),
        )

    def merged(self, commit: str) -> tuple[int, ...]:
        """Return the merge requests that were merged as `commit`."""
        found = self.api.all(f"{self._path}/repository/commits/{commit}/merge_requests?{PAGE}")
        return tuple(answers.number(row, "iid") for row in found if _merged_as(row) == commit)

    def protections(self, environment: str) -> tuple[Protection, ...]:
        """Return what guards the default branch, the release's environment, and the schedules."""
        project = self.api.get(self._path)
        branch = answers.text(project, "default_branch") or "main"
        place = quote(branch, safe="")
        guard = self._asked(f"{self._path}/protected_environments/{quote(environment, safe='')}")
        return projects.protections(
            answers.row(project),
            self._asked(f"{self._path}/protected_branches/{place}"),
            self._asked(f"{self._path}/approvals"),
            projects.Release(environment, guard, self._schedules()),
        )

    @property
    def _path(self) -> str:
        return f"projects/{quote(self.project, safe='')}"

    def _asked(self, path: str) -> Asked:
        try:
            return Asked(known=True, found=answers.row(self.api.get(path)))
        except Missing:
            return Asked(known=True, found={})
        except Forbidden:
            return Asked(known=False, found={})

    def _schedules(self) -> tuple[answers.Row, ...] | None:
        """Return every schedule with its variables, None where this token may not see them."""
        try:
            rows = answers.rows(list(self.api.all(f"{self._path}/pipeline_schedules?{PAGE}")))
            whole = (
                self.api.get(f"{self._path}/pipeline_schedules/{answers.number(row, 'id')}")
                for row in rows
            )
            return tuple(map(answers.row, whole))
        except (Missing, Forbidden):
            return None

    def _pushers(self, found: object, head: str) -> Iterator[str]:
        """Yield every account that pushed `head`; none when GitLab forgot, or does not tell."""
        source = answers.number(found, "source_project_id")
        try:
            for event in self.api.all(f"projects/{source}/events?action=pushed&{PAGE}"):
                if answers.text(event, "push_data", "commit_to") == head:
                    yield _account(answers.at(event, "author"))
        except (Missing, Forbidden):
            return

    def _reviews(self, path: str, url: str) -> Iterator[Review]:
        heads = [
            (_moment(answers.text(row, "created_at")), answers.text(row, "head_commit_sha"))
            for row in self.api.all(f"{path}/versions?{PAGE}")
        ]
        notes = self.api.all(f"{path}/notes?sort=asc&order_by=created_at&{PAGE}")
        for note in notes:
            state = _VERDICTS.get(answers.text(note, "body"), "")
            if state and answers.true(note, "system"):
                at = answers.text(note, "created_at")
                account = _account(answers.at(note, "author"))
                yield Review(account, state, _seen(heads, _moment(at)), at, url)


def _seen(heads: list[tuple[float | None, str]], at: float | None) -> str:
    """Return the head of the newest push before `at`; a time that cannot be read saw nothing."""
    if at is None or any(pushed is None for pushed, _ in heads):
        return ""
    before = [(pushed or 0.0, head) for pushed, head in heads if (pushed or 0.0) < at]
    return max(before)[1] if before else ""


def _moment(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


def _merged_as(found: object) -> str:
    if answers.text(found, "state") != "merged":
        return ""
    names = ("merge_commit_sha", "squash_commit_sha", "sha")
    return next(filter(None, (answers.text(found, name) for name in names)), "")


def _account(user: object) -> str:
    name = answers.text(user, "username")
    return f"@{name}" if name else ""


def _commit(row: object) -> Commit:
    parts = ("author", "committer")
    people = ((answers.text(row, f"{p}_name"), answers.text(row, f"{p}_email")) for p in parts)
    return Commit(answers.text(row, "id"), (), tuple(people), answers.text(row, "message"))
