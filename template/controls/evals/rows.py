"""Turns one line of a set into a case, or into one sentence that says what is wrong with it."""

from collections.abc import Mapping
from dataclasses import fields

from controls.errors import ControlsError
from controls.evals import counterfactual
from controls.evals.cases import Case, Expect, ToolResult
from controls.manifest import CLASSES
from controls.reply import Source

_CASE_KEYS = {"id", "kind", "question", "expect"}
_OPTIONAL = {"critical", "provenance", "documents", "effects", "data", "model", "tool", "twin"}
_EXPECT_KEYS = {field.name for field in fields(Expect)}


def case(row: Mapping[str, object], place: str, line: int) -> Case:
    """Return the case that `row` says; `place` and `line` are where it stands.

    Raises:
        ControlsError: when a key is missing, unknown, or of the wrong type.
    """
    at = f"{place}:{line}"
    if missing := _CASE_KEYS - row.keys():
        raise ControlsError(f"{at}: the case has no {', '.join(sorted(missing))}")
    if unknown := row.keys() - _CASE_KEYS - _OPTIONAL:
        raise ControlsError(f"{at}: the case has unknown keys: {', '.join(sorted(unknown))}")
    documents = row.get("documents", [])
    effects = mapping(row.get("effects", {}), f"{at}: effects")
    if unknown := effects.keys() - {"canaries"}:
        raise ControlsError(f"{at}: effects has unknown keys: {', '.join(sorted(unknown))}")
    return Case(
        id=_text(row["id"], f"{at}: id"),
        kind=_text(row["kind"], f"{at}: kind"),
        question=_text(row["question"], f"{at}: question"),
        expect=_expect(mapping(row["expect"], f"{at}: expect"), f"{at}: expect"),
        critical=flag(row.get("critical"), f"{at}: critical") is True,
        provenance=str(row.get("provenance", "")),
        documents=tuple(_source(item, at) for item in _list(documents, f"{at}: documents")),
        canaries=_texts(effects.get("canaries", []), f"{at}: effects.canaries"),
        data=_class(row["data"], f"{at}: data") if row.get("data") else None,
        model=str(row["model"]) if row.get("model") else None,
        tool=_tool(row["tool"], f"{at}: tool") if row.get("tool") else None,
        raw=row,
        path=place,
        line=line,
        twin=counterfactual.twin(mapping(row["twin"], at), at) if row.get("twin") else None,
    )


def _expect(row: Mapping[str, object], at: str) -> Expect:
    if unknown := row.keys() - _EXPECT_KEYS:
        raise ControlsError(f"{at} has unknown keys: {', '.join(sorted(unknown))}")
    return Expect(
        contains=tuple(
            _texts(item, f"{at}.contains") if isinstance(item, list) else (_text(item, at),)
            for item in _list(row.get("contains", []), f"{at}.contains")
        ),
        cites=_texts(row.get("cites", []), f"{at}.cites"),
        excludes=_texts(row.get("excludes", []), f"{at}.excludes"),
        abstain=flag(row.get("abstain"), f"{at}.abstain"),
        denied=flag(row.get("denied"), f"{at}.denied"),
        denied_by=_texts(row.get("denied_by", []), f"{at}.denied_by"),
        tools=_texts(row.get("tools", []), f"{at}.tools"),
        not_tools=_texts(row.get("not_tools", []), f"{at}.not_tools"),
    )


def _tool(value: object, at: str) -> ToolResult:
    row = mapping(value, at)
    return ToolResult(*(_text(row.get(key), f"{at}.{key}") for key in ("name", "text")))


def _source(item: object, at: str) -> Source:
    row = mapping(item, f"{at}: documents")
    return Source(
        *(_text(row.get(key), f"{at}: documents.{key}") for key in ("id", "title", "text"))
    )


def mapping(value: object, at: str) -> Mapping[str, object]:
    """Return `value` as a mapping.

    Raises:
        ControlsError: when it is none.
    """
    if not isinstance(value, dict):
        raise ControlsError(f"{at}: expected a mapping, found {value!r}")
    return value


def _list(value: object, at: str) -> list[object]:
    if not isinstance(value, list):
        raise ControlsError(f"{at}: expected a list, found {value!r}")
    return value


def _texts(value: object, at: str) -> tuple[str, ...]:
    return tuple(_text(item, at) for item in _list(value, at))


def _text(value: object, at: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ControlsError(f"{at}: expected a text, found {value!r}")
    return value


def _class(value: object, at: str) -> str:
    if value not in CLASSES:
        raise ControlsError(f"{at}: {value!r} is no class of data", f"one of: {', '.join(CLASSES)}")
    return str(value)


def flag(value: object, at: str) -> bool | None:
    """Return `value` as a flag, None where there is none.

    Raises:
        ControlsError: when it is something else: a word must not be taken for false.
    """
    if value is not None and not isinstance(value, bool):
        raise ControlsError(f"{at}: expected true or false, found {value!r}")
    return value
