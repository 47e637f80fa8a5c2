"""Which paths a template leaves out: the part of gitignore's patterns that is plain.

Pure. A pattern with `**`, a final `/*`, a negated class or an escape is for Copier to read.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from prooflane.render.errors import NotHermeticError

# `a/*` among them: the library that Copier uses takes what is below a folder's entries differently
RARE = re.compile(r"\*\*|/\*$|\\|\[[!^]|[^\x20-\x7e]")
TOKEN = re.compile(r"(\*)|(\?)|(\[[A-Za-z0-9]+\])|(.)")


def matcher(blocks: Iterable[str]) -> Callable[[str], bool]:
    """Return what says whether a path is left out; of all patterns that match, the last decides.

    Raises:
        NotHermeticError: when a pattern is not a plain one.
    """
    lines = (line for block in blocks for line in re.split(r"\r\n|\r|\n", block))
    return _matcher(tuple(lines))


# the answers of many repositories leave the same out
@lru_cache(maxsize=64)
def _matcher(lines: tuple[str, ...]) -> Callable[[str], bool]:
    rules = tuple(_rule(line.strip()) for line in lines if line.strip() and line[0] != "#")

    @lru_cache(maxsize=1 << 14)
    def is_excluded(path: str) -> bool:
        decisions = [excludes for regex, excludes in rules if regex.fullmatch(path)]
        return bool(decisions) and decisions[-1]

    return is_excluded


def _rule(pattern: str) -> tuple[re.Pattern[str], bool]:
    if RARE.search(pattern):
        raise NotHermeticError(f"the pattern {pattern!r}")
    excludes = not pattern.startswith("!")
    body = pattern.removeprefix("!")
    inside = "/.*" if body.endswith("/") else "(?:/.*)?"
    body = body.rstrip("/")
    anywhere = "" if "/" in body else "(?:.+/)?"
    return re.compile(anywhere + _regex(body.removeprefix("/")) + inside, re.DOTALL), excludes


def _regex(body: str) -> str:
    parts = (("[^/]*", "[^/]", cls, re.escape(char)) for *_, cls, char in TOKEN.findall(body))
    found = (match.lastindex or 0 for match in TOKEN.finditer(body))
    return "".join(part[index - 1] for part, index in zip(parts, found, strict=True))
