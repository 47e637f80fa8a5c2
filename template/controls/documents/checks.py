"""DOC-1: the model card and the AI-BOM are there, valid, and say what the repository says today."""

import json
from collections.abc import Iterator
from pathlib import Path

from controls.check.model import Context, Finding, Outcome
from controls.documents import bom, card, facts
from controls.errors import ControlsError

WRITE = "python -m controls model-card --write"
_PLACE = f"{card.PATH.as_posix()}, {bom.PATH.as_posix()}"


def current(context: Context) -> Outcome:
    """Return pending while neither is written, failed when one is missing, stale or malformed.

    `n` counts the models, data, prompts and tools that they describe.
    """
    found = facts.gather(context.root)
    document = bom.bom(found)
    n = len(_list(document, "components")) + len(_list(document, "services"))
    wanted = {card.PATH: card.card(found), bom.PATH: bom.text(document)}
    written = {path: _read(context.root / path) for path in wanted}
    if not any(written.values()):
        finding = Finding("no model card is written yet", card.PATH.as_posix(), hint=WRITE)
        return Outcome.pending(n, _PLACE, finding)
    wrong = [f for path, text in wanted.items() for f in _stale(path, written[path], text)]
    wrong += _invalid(written[bom.PATH])
    return Outcome.failed(n, _PLACE, *wrong) if wrong else Outcome.ok(n, _PLACE)


def invalid(text: str) -> str:
    """Return what CycloneDX's strict schema has against `text`, nothing when it is valid.

    Raises:
        ControlsError: when the validator is not installed: then nothing is valid.
    """
    try:
        from cyclonedx.schema import SchemaVersion  # noqa: PLC0415  slow, and one check needs it
        from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415  the same
    except ImportError as error:
        raise ControlsError(f"an AI-BOM cannot be validated: {error}", "make setup") from error
    try:
        error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    except json.JSONDecodeError as broken:
        return f"not JSON: {broken}"
    return _first_line(getattr(error, "data", error)) if error else ""


def _invalid(text: str | None) -> Iterator[Finding]:
    if text and (wrong := invalid(text)):
        said = f"it is no CycloneDX 1.6: {wrong}"
        yield Finding(said, bom.PATH.as_posix(), 1, WRITE)


def _stale(path: Path, written: str | None, wanted: str) -> Iterator[Finding]:
    if written is None:
        yield Finding("it is missing", path.as_posix(), hint=WRITE)
    elif written != wanted:
        said = "it does not say what ai-workflow.yaml, prompts/ and evals/baselines/ say today"
        yield Finding(said, path.as_posix(), _first_difference(written, wanted), WRITE)


def _first_difference(written: str, wanted: str) -> int:
    lines = zip(written.splitlines(), wanted.splitlines(), strict=False)
    same = next((n for n, (one, other) in enumerate(lines) if one != other), None)
    return 1 + (min(map(len, map(str.splitlines, (written, wanted)))) if same is None else same)


def _first_line(error: object) -> str:
    path = "/".join(map(str, getattr(error, "absolute_path", ())))
    return f"{path or 'the document'}: {getattr(error, 'message', error)}"


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return None


def _list(document: bom.Json, key: str) -> list[object]:
    value = document.get(key)
    return value if isinstance(value, list) else []
