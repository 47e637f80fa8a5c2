"""Finds what would sit between the gate and its own code the next time that it runs.

A change is judged by the base's code, so nothing of it runs today. Once merged it is the base: a
module of a library's name at the root is imported in its place, another makefile is read first, and
an environment that is in git is never set up. Each needs the risk approver while it is still a
change.
"""

import re
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder

import controls
from controls.gate.row import Compared, Row
from controls.gate.side import Side

TARGETS = "controls/targets.mk"
OWN = "Makefile"
OTHERS = ("GNUmakefile", "makefile")  # GNU make reads these instead of Makefile
RUNTIME = (".venv", ".aiwf")
_MODULE = re.compile(r"([^/.]+)(?:/__init__)?\.(?:py|pyc|pyd|(?:[\w-]+\.)?so)")
_CUSTOM = frozenset(("sitecustomize", "usercustomize"))  # imported by every interpreter that starts
_TARGET = re.compile(r"^([a-z][a-z-]*)\s*:", re.MULTILINE)
_RULE = re.compile(r"([a-z][a-z0-9-]*)( [a-z0-9-]+)*\s*:(?![:=])[^$=`;]*")
_PLAIN = re.compile(
    rf"\s*(#.*)?|include {re.escape(TARGETS)}|\.PHONY:[ a-z0-9-]*|[a-z_]+ *[?:]?= *[^$`]*"
)


def compare(base: Side, change: Side) -> Compared:
    """Return what `change` puts around the gate; each file at the root is a cell."""
    rows = (*_modules(base, change), *_makefiles(base, change), *_runtime(base, change))
    cells = sum("/" not in path for path in change.files)
    return Compared(cells, 0, rows)


def _modules(base: Side, change: Side) -> Iterator[Row]:
    known = {match[1] for path in base.files if (match := _MODULE.fullmatch(path))}
    for path in sorted(change.files):
        match = _MODULE.fullmatch(path)
        if match and match[1] not in known and _taken(match[1]):
            what = f"module {match[1]}"
            yield Row("gate", what, "of Python or a library", f"of {path}", path)


def _taken(name: str) -> bool:
    """Say whether something of that name would be imported otherwise."""
    if name in sys.stdlib_module_names or name in _CUSTOM:
        return True
    home = str(next(iter(controls.__path__))).removesuffix("/controls")
    elsewhere = [place for place in sys.path if place not in {"", ".", home}]
    return PathFinder.find_spec(name, elsewhere) is not None


def _makefiles(base: Side, change: Side) -> Iterator[Row]:
    for path in OTHERS:
        if path in change.files and base.files.get(path) != change.files[path]:
            yield Row("gate", path, "not there, so Makefile is read", "read instead of it", path)
    managed, old = set(_TARGET.findall(_text(base, TARGETS))), set(_lines(base))
    recipe = False
    for number, line in enumerate(_lines(change), 1):
        recipe = bool(_RULE.fullmatch(line)) or (recipe and line.strip(" ")[:1] in {"", "#", "\t"})
        told = "" if line in old else _odd(line, managed, recipe=recipe)
        if told:
            yield Row("gate", told, f"the one of {TARGETS}", line.strip()[:80], OWN, number)


def _odd(line: str, managed: set[str], *, recipe: bool) -> str:
    """Return what a line of Makefile may turn around, nothing where it is a target of one's own.

    A variable that managed targets know, an include or a pattern can replace their commands unseen.
    A line with a tab is a command only below a rule; anywhere else it is a line as any other.
    """
    if (recipe and line.startswith("\t")) or (_PLAIN.fullmatch(line) and not line.endswith("\\")):
        return ""
    if not _RULE.fullmatch(line):
        return f"line {line.strip()[:40]!r} of {OWN}"
    taken = [name for name in line.partition(":")[0].split() if name in managed]
    return f"target {taken[0]!r} of {OWN}" if taken else ""


def _runtime(base: Side, change: Side) -> Iterator[Row]:
    for folder in RUNTIME:
        found = [
            path
            for path, state in change.files.items()
            if path.split("/")[0] == folder and base.files.get(path) != state
        ]
        if found:
            what, after = f"{folder}/ in git", f"{len(found)} files"
            yield Row("gate", what, "made here, never taken from git", after, found[0])


def _lines(side: Side) -> list[str]:
    return _text(side, OWN).split("\n")


def _text(side: Side, path: str) -> str:
    return (side.read(path) or b"").decode(errors="replace")
