"""Reads a rollout file strictly: what it cannot mean is one sentence, with its place there."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path

from prooflane import document
from prooflane.campaign.settings import Freeze, Rate, Settings, Stage
from prooflane.errors import ProoflaneError

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
PULL = "pull"  # what repositories that sync themselves read; nothing to a campaign
HINT = "docs/how-to/roll-out-a-version.md shows a whole file"


def read(path: Path) -> Settings:
    """Return the settings in the file at `path`.

    Raises:
        ProoflaneError: when it cannot be read, or says something that it cannot mean.
    """
    name = f"the rollout file {str(path)!r}"
    try:
        blob = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ProoflaneError(f"{name} cannot be read: {reason}", HINT) from error
    return parse(without_pull(document.mapping(document.parse(blob, name) or {}, name)), name)


def without_pull(data: Mapping[str, object]) -> dict[str, object]:
    """Return `data` as a campaign reads it."""
    return {key: value for key, value in data.items() if key != PULL}


def parse(data: Mapping[str, object], name: str) -> Settings:
    """Return the settings in `data`, which messages call `name`.

    Raises:
        ProoflaneError: when a value is unknown, or of another kind.
    """
    made = {key: READERS[key](value, f"{name}: {key}") for key, value in _known(data, name)}
    settings = Settings(**made)  # type: ignore[arg-type]
    names = [stage.name for stage in settings.waves]
    if not names:
        raise ProoflaneError(f"{name} has no wave", HINT)
    if twice := next((one for one in names if names.count(one) > 1), None):
        raise ProoflaneError(f"{name} has two waves called {twice!r}", HINT)
    return settings


def _known(data: Mapping[str, object], name: str) -> list[tuple[str, object]]:
    if unknown := sorted(data.keys() - READERS.keys()):
        known = ", ".join(READERS)
        raise ProoflaneError(f"{name} has an unknown {unknown[0]!r}", f"it has {known}")
    return [*data.items()]


def _waves(value: object, name: str) -> tuple[Stage, ...]:
    return tuple(_stage(row, f"{name}[{at}]") for at, row in enumerate(_list(value, name)))


def _stage(value: object, name: str) -> Stage:
    row = _fields(value, name, Stage)
    made: dict[str, object] = {"name": _text(row.get("name"), f"{name}.name")}
    for key, reader in STAGE.items():
        if key in row:
            made[key] = reader(row[key], f"{name}.{key}")
    stage = Stage(**made)  # type: ignore[arg-type]
    if not stage.tiers and not stage.repositories:
        raise ProoflaneError(f"{name} names neither tiers nor repositories", HINT)
    return stage


def _freezes(value: object, name: str) -> tuple[Freeze, ...]:
    return tuple(_freeze(row, f"{name}[{at}]") for at, row in enumerate(_list(value, name)))


def _freeze(value: object, name: str) -> Freeze:
    row = document.mapping(value, name)
    if row.keys() - {"from", "to", "reason"} or not {"from", "to"} <= row.keys():
        raise ProoflaneError(f"{name} is not from, to and reason", "from: 2026-12-18")
    start, end = _day(row["from"], f"{name}.from"), _day(row["to"], f"{name}.to")
    if end < start:
        raise ProoflaneError(f"{name} ends before it begins", "from: comes before to:")
    return Freeze(start, end, str(row.get("reason") or ""))


def _rate(value: object, name: str) -> Rate:
    row = _fields(value, name, Rate)
    return Rate(**{key: _whole(number, f"{name}.{key}") for key, number in row.items()})


def _fields(value: object, name: str, kind: type[object]) -> dict[str, object]:
    row = document.mapping(value, name)
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    if unknown := sorted(row.keys() - set(known)):
        raise ProoflaneError(f"{name} has an unknown {unknown[0]!r}", f"it has {', '.join(known)}")
    return row


def _list(value: object, name: str) -> list[object]:
    if not isinstance(value, list):
        raise ProoflaneError(f"{name} is not a list", HINT)
    return value


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ProoflaneError(f"{name} is not a text", HINT)
    return value


def _texts(value: object, name: str) -> tuple[str, ...]:
    return tuple(_text(one, name) for one in _list(value, name))


def _tiers(value: object, name: str) -> tuple[int, ...]:
    rows = _list(value, name)
    if not all(type(one) is int and 0 <= one <= 4 for one in rows):
        raise ProoflaneError(f"{name} is not a list of tiers", "tiers: [0, 1]")
    return tuple(int(str(one)) for one in rows)


def _whole(value: object, name: str) -> int:
    if type(value) is not int or value < 1:
        raise ProoflaneError(f"{name} is not a whole number above 0", HINT)
    return value


def _percent(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 100:
        raise ProoflaneError(f"{name} is not a number of percent", "share: 25")
    return float(value)


def _part(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ProoflaneError(f"{name} is not a part of 1", "conflicts: 0.1")
    return float(value)


def _span(value: object, name: str) -> float:
    text = str(value)
    number, unit = text[:-1], text[-1:]
    if text in {"0", "0s"}:
        return 0.0
    if unit not in UNITS or not number.isdigit():
        raise ProoflaneError(f"{name} is {text!r}, which is no time", "soak: 12h, or 3d")
    return float(number) * UNITS[unit]


def _yes(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise ProoflaneError(f"{name} is neither true nor false", HINT)
    return value


def _day(value: object, name: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    with suppress(ValueError):
        return date.fromisoformat(str(value))
    raise ProoflaneError(f"{name} is not a day", "from: 2026-12-18")


Reader = Callable[[object, str], object]
STAGE: Mapping[str, Reader] = {
    "tiers": _tiers,
    "repositories": _texts,
    "share": _percent,
    "soak": _span,
    "approval": _yes,
    "conflicts": _part,
    "holds": _part,
    "red": _part,
    "failed": _part,
}
READERS: Mapping[str, Reader] = {
    "waves": _waves,
    "freeze": _freezes,
    "rate": _rate,
    "attempts": _whole,
    "timeout": _whole,
    "wait": _whole,
    "look": _span,
}
