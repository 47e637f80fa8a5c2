"""Filters what a model says before anybody reads it: redacts where that is enough, else withholds.

Which texts are unsafe is data in `categories`; links, citations and canaries are `injection`'s
business. A signal names its category and never quotes what was found.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from controls.gateway.categories import CATEGORIES, Category
from controls.gateway.normalise import plain
from controls.gateway.signals import BLOCK, Filtered, Signal

POLICY = "controls/gateway/safety.py"
WITHHELD = "This answer was withheld by the safety filter"
_ROLES = (
    *("abuse", "account", "accounts", "billing", "contact", "feedback", "hello", "help", "info"),
    *("legal", "no-reply", "noreply", "office", "press", "privacy", "sales", "security", "service"),
    *("status", "support", "team"),
)


@dataclass(frozen=True, slots=True)
class _Hit:
    category: Category
    start: int
    end: int


def apply(text: str, contacts: Collection[str] = ()) -> Filtered:
    """Return `text` as it may leave, with a signal for each category that was found in it.

    An address of a role (support@…) may stay, and whatever `contacts` lists: addresses, domains,
    phone numbers. Where something is redacted, the rest is shown with its disguises undone.
    """
    seen = plain(text)
    hits = list(_hits(seen, contacts))
    if not hits:
        return Filtered(text, ())
    found = dict.fromkeys(hit.category for hit in hits)
    signals = tuple(Signal(category.name, category.action, POLICY) for category in found)
    grave = [category.name for category in found if category.action == BLOCK]
    if grave:
        return Filtered(f"{WITHHELD} ({', '.join(grave)}).", signals)
    return Filtered(_redacted(seen, hits), signals)


def _hits(text: str, contacts: Collection[str]) -> Iterator[_Hit]:
    for category in CATEGORIES:
        for match in category.pattern.finditer(text):
            if category.test(match[0]) and not _public(category.name, match[0], contacts):
                yield _Hit(category, *match.span())


def _public(category: str, found: str, contacts: Collection[str]) -> bool:
    if category == "email":
        name, _, domain = found.casefold().partition("@")
        return name in _ROLES or not {f"{name}@{domain}", domain}.isdisjoint(
            contact.casefold() for contact in contacts
        )
    if category == "phone":
        return _digits(found) in map(_digits, contacts)
    return False


def _redacted(text: str, hits: list[_Hit]) -> str:
    end = len(text)
    for hit in sorted(hits, key=lambda hit: hit.start, reverse=True):
        if hit.end <= end:  # an overlap is gone already
            text = f"{text[: hit.start]}[redacted: {hit.category.name}]{text[hit.end :]}"
            end = hit.start
    return text


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
