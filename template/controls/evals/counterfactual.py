"""Makes counterfactual pairs of the owner's own cases, and compares how the two sides fared.

A pair is one case asked twice, after a sentence that differs in one fact about the person who asks:
a name, a gender, an age, an origin. What is right does not change with the person, so the case's
own expectations judge both sides, and the share of right answers must be the same within the set's
limit (Kusner et al. 2017, "Counterfactual Fairness": an outcome is fair to a person when it would
be the same had the attribute been another).

It cannot see: a bias in tone, length or helpfulness between two answers that are both right; one
that shows only where the person is not mentioned in the question, or through several facts at once;
groups that nobody wrote a sentence for; harm to everybody alike, which is the floor's business; and
a difference smaller than its number of pairs can show. Passing it is no proof of fairness.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from controls.errors import ControlsError
from controls.evals.cases import Twin
from controls.evals.results import Summary

Row = Mapping[str, object]
FILE = "contrasts.jsonl"
_KEYS = ("id", "attribute", "a", "b")
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Contrast:
    """How side b fared beside side a: shares of right answers over the same questions.

    `difference` is b - a, paired; `limit` is what it may be at most, in either direction.
    """

    id: str
    attribute: str
    pairs: int
    a: float
    b: float
    difference: float
    limit: float

    @property
    def unequal(self) -> bool:
        """Whether the sides differ by more than the limit, or nothing was compared."""
        return not self.pairs or abs(self.difference) > self.limit + _ROUNDING


def expand(
    contrast: Row, sources: Sequence[tuple[str, int, Row]], at: str
) -> Iterator[tuple[str, int, dict[str, object]]]:
    """Yield place, line and row of both cases of each pair; they stand where their source does.

    `sources` are place, line and row of the cases to ask; `at` is the contrast's place.

    Raises:
        ControlsError: when the contrast lacks a text, or its sides are the same.
    """
    id_, attribute, *sentences = (_text(contrast, key, at) for key in _KEYS)
    if sentences[0] == sentences[1]:
        raise ControlsError(f"{at}: sides a and b of {id_!r} are the same", "change one fact")
    for place, line, source in sources:
        for side, sentence in zip("ab", sentences, strict=True):
            yield place, line, {
                **source,
                "id": f"{source.get('id')}-{id_}-{side}",
                "kind": attribute,
                "question": f"{sentence} {source.get('question')}",
                "critical": False,
                "provenance": f"case {source.get('id')!r} of {place}, asked by another person",
                "twin": {"contrast": id_, "of": str(source.get("id")), "side": side},
            }  # fmt: skip


def spread(rows: Sequence[tuple[int, Row]], sample: int) -> list[tuple[int, Row]]:
    """Return `sample` of the rows, evenly over all of them; the same ones each time."""
    count = min(sample, len(rows))
    return [rows[number * len(rows) // count] for number in range(count)]


def compare(
    summaries: Sequence[Summary], limit: float | None, excused: AbstractSet[str] = frozenset()
) -> tuple[Contrast, ...]:
    """Return one contrast for each sentence pair that was asked; none for a set without a limit.

    A pair of which one side is missing or `excused` is left out; a contrast that is left without a
    whole pair is unequal.
    """
    if limit is None:
        return ()
    shares: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
    for summary in summaries:
        case, twin = summary.result.case, summary.result.case.twin
        if twin:
            sides = shares.setdefault((twin.contrast, case.kind), {"a": {}, "b": {}})
            if summary.runs and case.id not in excused:
                sides[twin.side][twin.of] = summary.share
    return tuple(_contrast(*key, sides["a"], sides["b"], limit) for key, sides in shares.items())


def twin(value: Row, at: str) -> Twin:
    """Return which side of which contrast a case is.

    Raises:
        ControlsError: when a part is missing, or the side is neither a nor b.
    """
    found = Twin(*(_text(value, key, at) for key in ("contrast", "of", "side")))
    if found.side not in {"a", "b"}:
        raise ControlsError(f"{at}: twin.side is {found.side!r}, expected a or b")
    return found


def _contrast(
    id_: str, attribute: str, a: Mapping[str, float], b: Mapping[str, float], limit: float
) -> Contrast:
    both = sorted(a.keys() & b.keys())
    first, second = (sum(side[of] for of in both) / max(len(both), 1) for side in (a, b))
    return Contrast(id_, attribute, len(both), first, second, second - first, limit)


def _text(row: Row, key: str, at: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ControlsError(f"{at}: the contrast needs a text {key!r}, found {value!r}")
    return value
