"""GitHub's REST API as `controls.forge.model` asks it; its protections are read in `rulesets`.

The last pusher is taken from the head repository's activity: the pull request itself does not say.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from controls.forge import answers, rulesets
from controls.forge.http import Api, Forbidden, Missing
from controls.forge.model import Commit, Proposal, Protection, Review

URL = "https://api.github.com"
PAGE = "per_page=100"


@dataclass(frozen=True, slots=True)
class GitHub:
    """One repository, `owner/name`, on one GitHub."""

    api: Api
    repository: str

    def proposal(self, number: int) -> Proposal:
        """Return the pull request `number`."""
        path = f"repos/{self.repository}/pulls/{number}"
        pull = self.api.get(path)
        head = answers.text(pull, "head", "sha")
        merged = answers.true(pull, "merged")
        commits = tuple(map(_commit, self.api.all(f"{path}/commits?{PAGE}")))
        return Proposal(
            number=answers.number(pull, "number"),
            url=answers.text(pull, "html_url"),
            author=_account(answers.at(pull, "user")),
            head=head,
            tree=self._tree(head),
            merged_as=answers.text(pull, "merge_commit_sha") if merged else "",
            pushers=tuple(self._pushers(pull, head)),
            commits=commits,
            complete=bool(commits) and len(commits) == answers.number(pull, "commits"),
            reviews=tuple(map(_review, self.api.all(f"{path}/reviews?{PAGE}"))),
        )

    def merged(self, commit: str) -> tuple[int, ...]:
        """Return the pull requests that were merged as `commit`."""
        found = self.api.all(f"repos/{self.repository}/commits/{commit}/pulls?{PAGE}")
        return tuple(
            answers.number(pull, "number")
            for pull in found
            if answers.text(pull, "merge_commit_sha") == commit and answers.at(pull, "merged_at")
        )

    def protections(self, environment: str) -> tuple[Protection, ...]:
        """Return what guards the default branch and the release's environment."""
        path = f"repos/{self.repository}"
        branch = answers.text(self.api.get(path), "default_branch") or "main"
        place = quote(branch, safe="")
        rules = rulesets.of(self.api.all(f"{path}/rules/branches/{place}?{PAGE}"))
        classic = self._asked(f"{path}/branches/{place}/protection")
        guard = self._asked(f"{path}/environments/{quote(environment, safe='')}")
        return rulesets.protections(branch, rules, classic, environment, guard)

    def _asked(self, path: str) -> rulesets.Asked:
        try:
            return rulesets.Asked(known=True, found=answers.row(self.api.get(path)))
        except Missing:
            return rulesets.Asked(known=True, found={})
        except Forbidden:
            return rulesets.Asked(known=False, found={})

    def _tree(self, commit: str) -> str:
        found = self.api.get(f"repos/{self.repository}/git/commits/{commit}")
        return answers.text(found, "tree", "sha")

    def _pushers(self, pull: object, head: str) -> Iterator[str]:
        """Yield every account that ever moved the branch to `head`; none when GitHub forgot."""
        source = answers.text(pull, "head", "repo", "full_name")
        asked = urlencode({"ref": f"refs/heads/{answers.text(pull, 'head', 'ref')}"})
        try:
            for move in self.api.all(f"repos/{source}/activity?{asked}&{PAGE}"):
                if answers.text(move, "after") == head:
                    yield _account(answers.at(move, "actor"))
        except (Missing, Forbidden):
            return


def _account(user: object) -> str:
    login = answers.text(user, "login")
    return f"@{login}" if login else ""


def _person(user: object) -> str:
    """Return the account of a review; a machine's has no name here, so that it never counts."""
    return "" if answers.text(user, "type") == "Bot" else _account(user)


def _review(row: object) -> Review:
    return Review(
        handle=_person(answers.at(row, "user")),
        state=answers.text(row, "state"),
        commit=answers.text(row, "commit_id"),
        at=answers.text(row, "submitted_at"),
        url=answers.text(row, "html_url"),
    )


def _commit(row: object) -> Commit:
    accounts = (_account(answers.at(row, part)) for part in ("author", "committer"))
    people = (
        (answers.text(row, "commit", part, "name"), answers.text(row, "commit", part, "email"))
        for part in ("author", "committer")
    )
    return Commit(
        sha=answers.text(row, "sha"),
        handles=tuple(filter(None, accounts)),
        people=tuple(people),
        message=answers.text(row, "commit", "message"),
    )
