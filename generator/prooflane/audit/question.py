"""The board's question, and what came back from each store. Values only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """Which models touched `data` of this class, or above, in a period, and who approved that."""

    data: str
    since: str
    until: str = ""
    model: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """The question on the command line of a repository."""
        more = (("--until", self.until), ("--model", self.model))
        extra = [word for option, value in more if value for word in (option, value)]
        return ("audit", "who-touched", "--data", self.data, "--since", self.since, *extra)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one repository said, as its own command prints it."""

    key: str
    team: str
    owner: str
    said: Mapping[str, object]

    @property
    def rows(self) -> Sequence[Mapping[str, object]]:
        """The groups of calls, each with the approvals that were in force."""
        rows = self.said.get("rows")
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []

    def number(self, name: str) -> int:
        """Return one of its figures."""
        value = self.said.get(name)
        return value if isinstance(value, int) else 0


@dataclass(frozen=True, slots=True)
class Silent:
    """A repository whose store could not be asked, and why."""

    key: str
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """All answers, and every store that gave none."""

    question: Question
    answers: tuple[Answer, ...]
    silent: tuple[Silent, ...]

    @property
    def status(self) -> int:
        """The exit status: 1 when a call had no approval in force, or a store was not asked."""
        return int(bool(self.silent) or self.total("calls_without_approval") > 0)

    def total(self, name: str) -> int:
        """Return the sum of one figure over all answers."""
        return sum(answer.number(name) for answer in self.answers)

    @property
    def models(self) -> frozenset[str]:
        """The models that touched such data."""
        return frozenset(str(row.get("model")) for row in self._rows())

    def _rows(self) -> Iterator[Mapping[str, object]]:
        for answer in self.answers:
            yield from answer.rows
