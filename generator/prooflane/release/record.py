"""`releases/VERSION.yaml`: what a release is, and what it was predicted to do when it was cut.

`version`, `tree` and `parent` make it known in clones without tags (`prooflane.source.releases`);
all else is for people, and for `release notes`. Written once, in the commit of the release.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

import yaml

from prooflane import document
from prooflane.errors import ProoflaneError
from prooflane.fleet.planned import Planned
from prooflane.release.checkup import Checkup
from prooflane.release.delta import Delta, Row

FOLDER = "releases/"
HEAD = "# Written by prooflane release cut. It names its commit by tree and parent: do not edit.\n"


@dataclass(frozen=True, slots=True)
class Effect:
    """How many repositories would come to what, and where they would conflict."""

    repositories: int = 0
    verdicts: Mapping[str, int] = field(default_factory=dict)
    tiers: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    conflicts: Mapping[str, int] = field(default_factory=dict)
    blocked: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """A release as it is told; before it is cut, `tree`, `parent` and `date` are empty."""

    version: str
    before: str
    level: str
    reasons: tuple[str, ...]
    controls: Delta
    migrations: tuple[Mapping[str, object], ...]
    moved: Mapping[str, str]
    removed_answers: tuple[str, ...]
    golden: Effect
    fleet: Effect
    supported: tuple[str, ...] = ()
    tree: str = ""
    parent: str = ""
    date: str = ""


def path(version: str) -> str:
    """Return where the record of `version` lies."""
    return f"{FOLDER}{version}.yaml"


def draft(done: Checkup, version: str) -> Record:
    """Return the record of what `done` looked at, as `version`."""
    newest = done.wanted.newest
    return Record(
        version=version,
        before=newest.name if newest else "",
        level=done.level.name,
        reasons=tuple(row.text for row in done.reasons),
        controls=done.change,
        migrations=tuple(_step(asdict(step)) for step in done.steps),
        moved=dict(done.moved),
        removed_answers=done.removed,
        golden=_effect(done.proved.after.values()),
        fleet=_effect(done.fleet),
        supported=tuple(row.name for row in done.wanted.supported),
    )


def dump(record: Record) -> bytes:
    """Return `record` as YAML; what identifies it comes first."""
    said = asdict(record)
    first = {key: said.pop(key) for key in ("version", "tree", "parent", "date")}
    plain = _plain({**first, **said})
    text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100)
    return (HEAD + text).encode()


def parse(blob: bytes, name: str) -> Record:
    """Return the record in `blob`, which messages call `name`.

    Raises:
        ProoflaneError: when it does not say what a cut release says.
    """
    data = document.mapping(document.parse(blob, name), name)
    try:
        return _record(data, name)
    except (KeyError, TypeError, ValueError) as error:
        raise ProoflaneError(
            f"{name} does not tell what the release changes", "it was not written by release cut"
        ) from error


def _record(data: Mapping[str, object], name: str) -> Record:
    texts = {
        key: str(data[key]) for key in ("version", "before", "level", "tree", "parent", "date")
    }
    return Record(
        controls=_delta(document.mapping(data["controls"], name), name),
        migrations=tuple(document.mapping(row, name) for row in _rows(data["migrations"])),
        moved=_strings(data["moved"], name),
        golden=_as_effect(data["golden"], name),
        fleet=_as_effect(data["fleet"], name),
        reasons=_texts(data["reasons"]),
        removed_answers=_texts(data["removed_answers"]),
        supported=_texts(data["supported"]),
        **texts,
    )


def _delta(data: Mapping[str, object], name: str) -> Delta:
    rows = {
        key: tuple(_row(document.mapping(row, name)) for row in _rows(data[key]))
        for key in ("added", "changed", "retired")
    }
    facts = {key: _strings(data[key], name) for key in ("modes", "dates", "floors")}
    return Delta(**rows, **facts)  # type: ignore[arg-type]


def _row(data: Mapping[str, object]) -> Row:
    texts = {k: str(data[k]) for k in ("id", "title", "how", "mode", "was", "why", "remedy")}
    tiers = {k: tuple(int(str(tier)) for tier in _rows(data[k])) for k in ("tiers", "joins")}
    return Row(**tiers, **texts)  # type: ignore[arg-type]


def _as_effect(value: object, name: str) -> Effect:
    data = document.mapping(value, name)
    tiers = document.mapping(data["tiers"], name)
    return Effect(
        repositories=int(str(data["repositories"])),
        verdicts=_counts(data["verdicts"], name),
        tiers={tier: _counts(row, name) for tier, row in tiers.items()},
        conflicts=_counts(data["conflicts"], name),
        blocked=_counts(data["blocked"], name),
    )


def _effect(rows: Iterable[Planned]) -> Effect:
    judged = list(rows)
    tiers: dict[str, Counter[str]] = {}
    for row in judged:
        name = "none" if row.tier is None else f"tier {row.tier}"
        tiers.setdefault(name, Counter())[row.verdict.value] += 1
    return Effect(
        repositories=len(judged),
        verdicts=_sorted(Counter(row.verdict.value for row in judged)),
        tiers={tier: _sorted(tiers[tier]) for tier in sorted(tiers)},
        conflicts=_sorted(Counter(path for row in judged for path in row.conflicts)),
        blocked=_sorted(Counter(stop.id for row in judged for stop in row.blocked)),
    )


def _step(step: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in step.items() if value}


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _counts(value: object, name: str) -> dict[str, int]:
    return {key: int(str(count)) for key, count in document.mapping(value, name).items()}


def _strings(value: object, name: str) -> dict[str, str]:
    return {key: str(text) for key, text in document.mapping(value, name).items()}


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, _rows(value)))


def _rows(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list")
    return value


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    return value
