"""Holds back the end of a text that is still being written, until nothing in it can turn unsafe.

What is handed on was filtered together with the characters that came after it; the last `HOLD`
that one can see are kept. A cut is only made at a space, and only where filtering both sides gives
what filtering the whole gives; everything said so far is judged anew each time.
"""

from dataclasses import dataclass, field

from controls.gateway.defences import FILTERED_TIER
from controls.gateway.normalise import plain
from controls.gateway.outgoing import Filter
from controls.gateway.signals import Filtered

HOLD = 200  # visible characters; the longest bounded pattern of `categories` is shorter
STEP = 40  # so many more before it is worth looking again

NOTHING = Filtered("", ())


@dataclass(slots=True)
class Window:
    """The text of one answer while it is written."""

    filter: Filter
    _pending: str = ""
    _said: list[str] = field(default_factory=list)
    _looked: int = 0

    def take(self, text: str) -> Filtered:
        """Return what may be shown now that `text` was added; a block stands for all of it."""
        self._said.append(text)
        self._pending += text
        if self.filter.tier >= FILTERED_TIER and len(self._pending) - self._looked < STEP:
            return NOTHING
        return self._ready()

    def rest(self) -> Filtered:
        """Return what is left, when nothing follows."""
        whole = self.filter.answer("".join(self._said))
        if whole.blocked:
            return whole
        pending, self._pending, self._looked = self._pending, "", 0
        return self.filter.answer(pending)

    def _ready(self) -> Filtered:
        self._looked = len(self._pending)
        whole = self.filter.answer("".join(self._said))
        if whole.blocked:
            return whole
        cut = _cut(self._pending) if self.filter.tier >= FILTERED_TIER else len(self._pending)
        head, tail = self._pending[:cut], self._pending[cut:]
        if not head:
            return NOTHING
        first = self.filter.answer(head)
        sides = plain(first.text) + plain(self.filter.answer(tail).text)
        if tail and sides != plain(self.filter.answer(self._pending).text):
            return NOTHING
        self._pending, self._looked = tail, len(tail)
        return first


def _cut(text: str) -> int:
    at, missing = len(text), HOLD
    while missing > 0 and at > 0:
        at = max(0, at - missing)
        missing = HOLD - len("".join(plain(text[at:]).split()))
    return next((i for i in range(at, 0, -1) if text[i : i + 1].isspace()), 0)
