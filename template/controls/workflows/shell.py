"""Finds the variables that a shell script reads and those that it sets. Knows words, not commands.

A reader would think that quotes hide a variable: only single quotes do. `${NAME:-default}` and its
kin handle an unset name themselves and are not reported.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_TOKEN = re.compile(
    rf"""(?P<escaped>\\.)
    | (?P<heredoc><<-?\s*(?:'(?P<raw>\w+)'|"(?P<raw2>\w+)"|\\(?P<raw3>\w+)))
    | (?P<single>'[^']*')
    | (?P<double>")
    | (?P<comment>(?:^|(?<=[\s;|&(]))\#[^\n]*)
    | (?P<handled>\$\{{[!\#]?{_NAME}(?:\[[^\]]*\])?:?[-=?+])
    | \$\{{[!\#]?(?P<braced>{_NAME})
    | \$(?P<plain>{_NAME})""",
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_SETS = (
    re.compile(rf"(?:^|[\s;|&(`])({_NAME})(?:\[[^\]]*\])?\+?=", re.MULTILINE),
    re.compile(rf"\bfor\s+({_NAME})\b"),
    re.compile(rf"\bprintf\s+-v\s+({_NAME})"),
    re.compile(rf"\bgetopts\s+\S+\s+({_NAME})"),
    re.compile(rf"\$\{{({_NAME}):?="),
)
_SET_MANY = re.compile(
    rf"\b(?:read|mapfile|readarray|declare|local|typeset|readonly)((?:\s+(?:-\w+|{_NAME}))+)"
)
_FLAG = re.compile(r"(?:^|\s)(--?[A-Za-z][\w-]*)[ \t]+$")


@dataclass(frozen=True, slots=True)
class Use:
    """One reading of a variable; `flag` is the option right before it, whose value it would be."""

    name: str
    line: int
    quoted: bool
    flag: str


def uses(script: str) -> Iterator[Use]:
    """Yield each variable that `script` reads without a default, in order; lines start at 0."""
    position, quoted = 0, False
    while match := _TOKEN.search(script, position):
        position = match.end()
        if match["double"]:
            quoted = not quoted
        elif quoted and (match["single"] or match["comment"] or match["heredoc"]):
            position = match.start() + 1  # inside double quotes these are ordinary characters
        elif match["heredoc"]:
            position = _after_heredoc(script, match)
        elif name := match["braced"] or match["plain"]:
            before = script[: match.start()].removesuffix('"')
            flag = _FLAG.search(before.rpartition("\n")[2])
            yield Use(name, script.count("\n", 0, match.start()), quoted, flag[1] if flag else "")


def sets(script: str) -> frozenset[str]:
    """Return the names that `script` gives a value."""
    found = {match[1] for pattern in _SETS for match in pattern.finditer(script)}
    for match in _SET_MANY.finditer(script):
        found.update(word for word in match[1].split() if not word.startswith("-"))
    return frozenset(found)


def exports(script: str) -> frozenset[str]:
    """Return the names that `script` hands to later steps through $GITHUB_ENV."""
    if "GITHUB_ENV" not in script:
        return frozenset()
    return frozenset(re.findall(rf"[\"'\s]({_NAME})(?:=|<<)", script))


def _after_heredoc(script: str, match: re.Match[str]) -> int:
    """Return where a here-document with a quoted word ends: nothing in it is expanded."""
    word = match["raw"] or match["raw2"] or match["raw3"]
    end = re.compile(rf"^\t*{re.escape(word)}$", re.MULTILINE).search(script, match.end())
    return end.end() if end else len(script)
