"""The manifest's shape: the published JSON Schema, and its violations said in one sentence each.

Decides wording and order of the messages. What the values mean together (floor, waivers, models) is
decided in `controls.manifest_rules`. Verb `schema` prints the schema.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from controls.document import Document, Step
from controls.report import Report

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

PATH = Path(__file__).parent / "schema" / "manifest.schema.json"
SHOWN = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the manifest: where it is, what it says, what to write instead."""

    path: tuple[Step, ...]
    message: str
    hint: str


def configure(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the schema takes no options."""
    del parser


def run(root: Path, args: argparse.Namespace) -> Report:
    """Return the schema that this version of the controls checks manifests against."""
    del root, args
    text = PATH.read_text(encoding="utf-8")
    return Report(json.loads(text), text.rstrip())


def problems(document: Document) -> list[Problem]:
    """Return what `document` does wrong, in the order of the file."""
    found = [
        problem for error in _validator().iter_errors(document.data) for problem in _said(error)
    ]
    return sorted(found, key=lambda problem: document.line(problem.path))


def where(path: tuple[Step, ...]) -> str:
    """Return `path` as people write it: `spec.models[0].ref`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".") or "the manifest"


def _validator() -> "Draft202012Validator":
    from jsonschema import Draft202012Validator  # noqa: PLC0415  slow, and many verbs load no manifest

    schema = json.loads(PATH.read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _said(error: "ValidationError") -> Iterator[Problem]:
    path = tuple(error.absolute_path)
    schema, value = cast("Mapping[str, Any]", error.schema), cast("Any", error.instance)
    match error.validator:
        case "required":
            for key in schema["required"]:
                if key not in value and repr(key) in error.message:
                    yield Problem(
                        path,
                        f"{where((*path, key))} is missing",
                        _remedy(schema["properties"][key]),
                    )
        case "additionalProperties":
            known = schema["properties"]
            for key in value:
                if key not in known:
                    yield Problem(
                        (*path, key), f"{where((*path, key))} is an unknown key", _meant(key, known)
                    )
        case _:
            yield Problem(path, f"{where(path)} is {_shown(value)}", _remedy(schema))


def _remedy(schema: Mapping[str, Any]) -> str:
    return f"expected {schema['description']}"


def _meant(key: str, known: Iterable[str]) -> str:
    close = get_close_matches(key, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"


def _shown(value: object) -> str:
    match value:
        case dict():
            return "a mapping"
        case str():
            text = repr(value)
        case _:
            text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
