"""Which item of a list is the same one on two sides, although its text differs.

A dependency is known by its name, a hook by its id, a step by its name or what it uses; anything
else by its text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from prooflane.merge.structured.node import Branch, Child, Node, text

NAMES = ("repo", "id", "name", "uses", "module", "url", "package-ecosystem", "key")
REQUIREMENT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*) *(?:\[[^]]*\])? *(?:$|[<>=!~]=?|;|@)")
VERSION = re.compile(r"@[^@/]*$")


def unique(children: Iterable[Child]) -> Iterator[Child]:
    """Return `children` with a key each: what each is known by, or its text when that is shared."""
    listed = list(children)
    known = [known_by(child.value) for child in listed]
    if len({*known}) < len(known):
        known = [text(child.value).strip() for child in listed]
    seen: dict[str, int] = {}
    for child, key in zip(listed, known, strict=True):
        seen[key] = seen.get(key, 0) + 1
        yield replace(child, key=key if seen[key] == 1 else f"{key} #{seen[key]}")


def known_by(value: Node) -> str:
    """Return by what `value` is known among its siblings."""
    if isinstance(value, Branch):
        fields = {child.key: text(child.value).strip() for child in value.children}
        name = next((name for name in NAMES if name in fields), "")
        return f"{name}: {VERSION.sub('', fields[name])}" if name else text(value).strip()
    plain = value.text.strip().strip("\"'")
    requirement = REQUIREMENT.match(plain)
    return re.sub(r"[._-]+", "-", requirement[1]).lower() if requirement else plain
