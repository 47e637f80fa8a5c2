"""The catalogue as frozen values: tiers, controls, floor rules, ownership.

Decides what a well-formed catalogue is, so that a control without a check, or with a reference that
nobody listed, never loads. What a control's state is, `controls.check` decides.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controls import document
from controls.errors import ControlsError

PATH = Path("controls/catalogue.yaml")
REFERENCES = Path("controls/schema/references.yaml")

Row = Mapping[str, Any]  # a mapping of the file, before it becomes values


@dataclass(frozen=True, slots=True)
class Tier:
    """A row of the tier table; `costs` is what the tier asks of a person.

    `risk` is the one of its `roles` that agrees to a change which loosens something, the last one
    where the table does not say.
    """

    tier: int
    name: str
    example: str
    approval: str
    roles: tuple[str, ...]
    risk: str
    logging: str
    costs: str


@dataclass(frozen=True, slots=True)
class Check:
    """Names a function `module:name`; `kind` is static (reads data only) or run (executes)."""

    kind: str
    run: str


@dataclass(frozen=True, slots=True)
class Control:
    """One row of the catalogue; `keys` lists what a trace must carry, by kind of span."""

    id: str
    title: str
    why: str
    tiers: tuple[int, ...]
    recommended: tuple[int, ...]
    files: tuple[str, ...]
    checks: tuple[Check, ...]
    since: str
    mode: str
    remedy: str
    references: tuple[str, ...]
    keys: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class FloorRule:
    """Asks for `tier` when every key of `when` has a value in its list."""

    when: Mapping[str, tuple[str, ...]]
    tier: int
    reason: str


@dataclass(frozen=True, slots=True)
class Standard:
    """A place in a published standard that a control may cite."""

    id: str
    title: str
    edition: str

    @property
    def said(self) -> str:
        """Return it as a person reads it: id, title and edition."""
        return f"{self.id}, {self.title} ({self.edition})"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that `catalogue.yaml` says."""

    tiers: tuple[Tier, ...]
    controls: tuple[Control, ...]
    floor: tuple[FloorRule, ...]
    ownership: Mapping[str, tuple[str, ...]]
    managed_lists: tuple[str, ...]
    template_floors: Mapping[int, str]
    standards: tuple[Standard, ...]

    def of(self, tier: int) -> tuple[Control, ...]:
        """Return the controls that `tier` requires, in the catalogue's order."""
        return tuple(control for control in self.controls if tier in control.tiers)

    def control(self, id: str) -> Control:  # noqa: A002  the catalogue's own word
        """Return the control called `id`.

        Raises:
            ControlsError: when the catalogue has no such control.
        """
        for control in self.controls:
            if control.id == id:
                return control
        raise ControlsError(f"unknown control {id!r}", hint="controls/CONTROLS.md lists them all")

    def cited(
        self, controls: Iterable[Control]
    ) -> tuple[tuple[Standard, tuple[Control, ...]], ...]:
        """Return each standard that one of `controls` cites, with those that do, in list order."""
        named = tuple(controls)
        citing = (
            (standard, tuple(control for control in named if standard.id in control.references))
            for standard in self.standards
        )
        return tuple((standard, found) for standard, found in citing if found)

    def tier(self, tier: int) -> Tier:
        """Return the row of `tier`.

        Raises:
            ControlsError: when this template does not offer that tier.
        """
        for row in self.tiers:
            if row.tier == tier:
                return row
        offered = ", ".join(str(row.tier) for row in self.tiers)
        raise ControlsError(f"tier {tier} is not offered", hint=f"this template has {offered}")


def load(root: Path) -> Catalogue:
    """Return the catalogue of the repository at `root`.

    Raises:
        ControlsError: when it is absent, malformed, or names a reference that is not in
            `controls/schema/references.yaml`.
    """
    source = document.read(root / PATH, str(PATH))
    known = document.read(root / REFERENCES, str(REFERENCES))
    try:
        catalogue = _catalogue(_mapping(source.data), _standards(known.data))
        _refuse_contradictions(catalogue, {standard.id for standard in catalogue.standards})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ControlsError(
            f"{PATH} is malformed: {error}", hint=f"git checkout {PATH}, or prooflane sync"
        ) from error
    return catalogue


def _mapping(data: object) -> Row:
    if not isinstance(data, dict):
        raise TypeError("not a mapping")
    return data


def _standards(data: object) -> tuple[Standard, ...]:
    listed: Row = _mapping(data)["references"]
    for id_, row in listed.items():
        if row.keys() != {"title", "edition"} or not all(row.values()):
            raise ValueError(f"reference {id_!r} in {REFERENCES} needs a title and an edition")
    return tuple(Standard(id_, row["title"], row["edition"]) for id_, row in listed.items())


def _catalogue(data: Row, standards: tuple[Standard, ...]) -> Catalogue:
    return Catalogue(
        tiers=tuple(_tier(row) for row in data["tiers"]),
        controls=tuple(_control(row) for row in data["controls"]),
        floor=tuple(
            FloorRule(_tuples(row["when"]), row["tier"], row["reason"]) for row in data["floor"]
        ),
        ownership=_tuples(data["ownership"]),
        managed_lists=tuple(data["managed_lists"]),
        template_floors={int(tier): str(at) for tier, at in data["template_floors"].items()},
        standards=standards,
    )


def _tier(row: Row) -> Tier:
    return Tier(**{"risk": row["roles"][-1], **_tuples(row)})


def _control(row: Row) -> Control:
    checks = tuple(Check(**check) for check in row["checks"])
    fields: dict[str, Any] = {"recommended": (), **_tuples(row), "checks": checks}
    fields["keys"] = _tuples(row.get("keys", {}))
    return Control(**fields)


def _tuples(row: Row) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def _refuse_contradictions(catalogue: Catalogue, known: AbstractSet[str]) -> None:
    offered = {row.tier for row in catalogue.tiers}
    for row in catalogue.tiers:
        _refuse_stranger(row)
    for control in catalogue.controls:
        if not control.checks:
            raise ValueError(f"{control.id} has no check")
        if not control.tiers or not offered.issuperset((*control.tiers, *control.recommended)):
            raise ValueError(f"{control.id} names a tier that is not in the table")
        if control.mode not in {"warn", "block"}:
            raise ValueError(f"{control.id} has mode {control.mode!r}, expected warn or block")
        for check in control.checks:
            if check.kind not in {"static", "run"} or ":" not in check.run:
                raise ValueError(f"{control.id} has a check without kind or name: {check.run!r}")
        for reference in set(control.references) - known:
            raise ValueError(f"{control.id} cites {reference!r}, which is not in {REFERENCES}")
    ids = [control.id for control in catalogue.controls]
    for id_ in {id_ for id_ in ids if ids.count(id_) > 1}:
        raise ValueError(f"{id_} is there twice")


def _refuse_stranger(row: Tier) -> None:
    if row.risk not in row.roles:
        raise ValueError(f"tier {row.tier} has risk role {row.risk!r}, none of its roles")
