"""Says what makes a set of cases worth less than it looks: pure, one finding for each fault.

A set that vouches for answers must ask in many ways, ask what nobody can answer, and ask what no
single source answers; any set of the owner's must say where each case comes from and ask nothing
twice. Ids that are there twice are refused where the set is loaded, in `sets.py`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from controls.evals.cases import Case, EvalSet

KINDS, UNANSWERABLE, MULTI_SOURCE = 8, 3, 3
SAME_WORDS = 0.6
_WORD = re.compile(r"\w+")
_STOP = frozenset(
    _WORD.findall(
        "a an and are as at be by can could did do does for from has have how i if in is it me may"
        " my no not of on or our so that the their them there they this to us we what when where"
        " which who why will with would you your"
    )
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, where, and what to do about it."""

    message: str
    path: str
    line: int
    hint: str


def faults(evals: EvalSet) -> Iterator[Fault]:
    """Yield what is wrong with the set; nothing for one whose cases are made by a program."""
    head = f"{evals.path}/set.yaml"
    if evals.verifies:
        yield from _breadth(evals.cases, head, evals.name)
    yield from _origin(evals.cases)
    yield from _twins(evals.cases)


def _breadth(cases: Sequence[Case], head: str, name: str) -> Iterator[Fault]:
    kinds = {case.kind for case in cases}
    silent = sum(case.expect.abstain is True for case in cases)
    joined = sum(len(case.expect.cites) > 1 for case in cases)
    for found, least, what, hint in (
        (len(kinds), KINDS, "kinds of cases", "ask in other ways: numbers, negations, typos, …"),
        (silent, UNANSWERABLE, "unanswerable cases", 'ask what no source says: "abstain": true'),
        (joined, MULTI_SOURCE, "multi-source cases", "ask what two articles answer together"),
    ):
        if found < least:
            yield Fault(f"{name} has {found} {what}, at least {least} are needed", head, 1, hint)


def _origin(cases: Sequence[Case]) -> Iterator[Fault]:
    for case in cases:
        if not case.provenance.strip():
            hint = '"provenance": which source it was written from, and before which model ran'
            yield Fault(f"case {case.id!r} has no provenance", case.path, case.line, hint)


def _twins(cases: Sequence[Case]) -> Iterator[Fault]:
    bags = [(case, words(case.question)) for case in cases if not case.twin]
    for (first, one), (second, other) in combinations(bags, 2):
        if shared(one, other) > SAME_WORDS:
            hint = "two cases that ask the same count one mistake twice: change or drop one"
            message = f"case {second.id!r} asks in nearly the same words as {first.id!r}"
            yield Fault(message, second.path, second.line, hint)


def words(text: str) -> frozenset[str]:
    """Return the words of `text` that carry meaning."""
    return frozenset(_WORD.findall(text.casefold())) - _STOP


def shared(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of the words of both that are in both (Jaccard 1901), 0 for no words."""
    return len(one & other) / len(one | other) if one | other else 0.0
