"""Reads the manifest of a change that may be newer than this gate. Judges nothing in it."""

from pathlib import Path

from controls import document, manifest_schema
from controls.document import Document, Step
from controls.errors import ControlsError
from controls.manifest import LIMIT, NAME, Manifest, values

ENVIRONMENTS = ("development", "ci", "production")


def manifest(root: Path) -> Manifest:
    """Return the manifest of a tree as far as this gate knows its keys; it is not judged here.

    Keys that the schema does not know are left out: `settings` lists them.

    Raises:
        ControlsError: when what is left does not have the schema's shape.
    """
    source = document.read(root / NAME, NAME, LIMIT)
    known = Document(source.name, _known(source), source.lines)
    problems = manifest_schema.problems(known)
    if problems:
        line = known.line(problems[0].path)
        raise ControlsError(f"{NAME}:{line}: {problems[0].message}", problems[0].hint)
    return values(known)


def _known(source: Document) -> object:
    unknown = {
        problem.path
        for problem in manifest_schema.problems(source)
        if problem.message.endswith(" is an unknown key")
    }
    return _without(source.data, (), unknown)


def _without(value: object, path: tuple[Step, ...], drop: set[tuple[Step, ...]]) -> object:
    if isinstance(value, dict):
        return {
            key: _without(item, (*path, key), drop)
            for key, item in value.items()
            if (*path, key) not in drop
        }
    if isinstance(value, list):
        return [_without(item, (*path, index), drop) for index, item in enumerate(value)]
    return value
