"""What a template says of its own past: files that were renamed, folders that moved, answers.

`migrations.yaml` beside `copier.yml` is a list that only grows. What the old version's list does
not have yet is pending, and is applied to base and ours as an edit of trees, so that the merge sees
each file under one name. Nothing of it is ever executed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prooflane import document
from prooflane.errors import MAINTAINER, ProoflaneError
from prooflane.files import Entries, Entry, File, is_safe

NAME = "migrations.yaml"
KEYS = ("rename", "move", "answers")


@dataclass(frozen=True, slots=True)
class AnswerMap:
    """An answer's new name, or the old one, and what its old values are called now."""

    name: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Migration:
    """One step; a path in `moves` that ends in `/` is a folder with all below it."""

    moves: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, AnswerMap] = field(default_factory=dict)


def pending(old: Mapping[str, File], new: Mapping[str, File]) -> tuple[Migration, ...]:
    """Return the steps that take a repository from the template `old` to `new`, in their order.

    Raises:
        ProoflaneError: when a list is malformed.
    """
    if NAME not in new:
        return ()
    done = parse(old[NAME].data) if NAME in old else ()
    return tuple(step for step in parse(new[NAME].data) if step not in done)


def parse(blob: bytes) -> tuple[Migration, ...]:
    """Return the steps in `blob`.

    Raises:
        ProoflaneError: when they are not a list of renames, moves and answers.
    """
    data = document.parse(blob, _said("")) or []
    if not isinstance(data, list):
        raise ProoflaneError(f"{_said('')} is not a list", "- rename: {old.py: new.py}")
    return tuple(_step(document.mapping(row, _said("a step of "))) for row in data)


def moved(tree: Entries, steps: Iterable[Migration]) -> Entries:
    """Return `tree` with its files where `steps` put them; a file in the way stays, and so both."""
    for step in steps:
        goes = {path: to for path in tree if (to := _target(path, step.moves)) != path}
        taken = tree.keys() - goes.keys()
        made: dict[str, Entry] = {}
        for path, entry in tree.items():
            to = goes.get(path, path)
            made[path if to in taken else to] = entry
        tree = made
    return tree


def answers(given: Mapping[str, object], steps: Iterable[Migration]) -> dict[str, object]:
    """Return `given` by the names and values of the new version."""
    found = dict(given)
    for step in steps:
        found = dict(_answer(name, value, step) for name, value in found.items())
    return found


def _answer(name: str, value: object, step: Migration) -> tuple[str, object]:
    change = step.answers.get(name)
    if change is None:
        return name, value
    return change.name, change.values.get(_plain(value), value)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _target(path: str, moves: Mapping[str, str]) -> str:
    if path in moves:
        return moves[path]
    # the folder that is named most closely decides
    folders = (name for name in moves if name.endswith("/") and path.startswith(name))
    nearest = max(folders, key=len, default="")
    return moves[nearest] + path.removeprefix(nearest) if nearest else path


def _step(row: Mapping[str, object]) -> Migration:
    if unknown := sorted(row.keys() - {*KEYS}):
        raise _malformed(f"has an unknown {unknown[0]!r}", f"a step has {', '.join(KEYS)}")
    renames, folders = _paths(row, "rename"), _paths(row, "move")
    for name, to in folders.items():
        if not (name.endswith("/") and to.endswith("/")):
            raise _malformed(f"moves {name!r} to {to!r}", "a folder ends in /: old/: new/")
    moves = {**renames, **folders}
    if len({*moves.values()}) < len(moves):
        raise _malformed("gives two paths one name", "one step for each")
    rows = document.mapping(row.get("answers") or {}, _said("answers of "))
    return Migration(moves, {name: _map(name, value) for name, value in rows.items()})


def _paths(row: Mapping[str, object], key: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, to in document.mapping(row.get(key) or {}, _said(f"{key} of ")).items():
        if not isinstance(to, str) or not all(is_safe(p.removesuffix("/")) for p in (name, to)):
            raise _malformed(f"has the path {to!r}", "paths lie inside the repository")
        found[name] = to
    return found


def _map(name: str, value: object) -> AnswerMap:
    row = document.mapping(value, _said(f"answer {name!r} of "))
    if unknown := sorted(row.keys() - {"name", "values"}):
        raise _malformed(f"has an unknown {unknown[0]!r}", "an answer has name, values")
    said = row.get("values") or {}
    if not isinstance(said, dict):
        raise _malformed(f"maps the values of {name!r} to {said!r}", "values: {old: new}")
    return AnswerMap(str(row.get("name", name)), {_plain(k): v for k, v in said.items()})


def _said(what: str) -> str:
    return f"{what}the template's {NAME!r}"


def _malformed(says: str, hint: str) -> ProoflaneError:
    return ProoflaneError(f"{_said('')} {says}", f"{hint}; {MAINTAINER}")
