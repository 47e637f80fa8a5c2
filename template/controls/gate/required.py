"""Compares what each tier asks for: control by control, tier by tier, and the floor's rules."""

from collections.abc import Iterator

from controls import catalogue
from controls.catalogue import Catalogue, Control
from controls.gate.row import Compared, Row
from controls.gate.side import Side

PATH = catalogue.PATH.as_posix()


def compare(base: Side, change: Side) -> Compared:
    """Return the controls, checks, roles and floors that `change` takes away from a tier.

    Raises:
        ControlsError: when a catalogue does not load.
    """
    old, new = catalogue.load(base.folder), catalogue.load(change.folder)
    rows = (*_controls(old, new), *_roles(old, new), *_floors(old, new))
    cells = len(old.controls) * len(old.tiers) + len(old.tiers) + len(old.floor)
    return Compared(cells, 0, rows)


def _controls(old: Catalogue, new: Catalogue) -> Iterator[Row]:
    after = {control.id: control for control in new.controls}
    for control in old.controls:
        for tier in control.tiers:
            before, now = _asked(control, tier), _asked(after.get(control.id), tier)
            if before != now and (now == "nothing" or not _covers(after[control.id], control)):
                yield Row("controls", f"{control.id} at tier {tier}", before, now, PATH)


def _covers(new: Control, old: Control) -> bool:
    """Say whether `new` blocks where `old` did and runs at least its checks."""
    softer = old.mode == "block" and new.mode != "block"
    keys = {(kind, key) for kind, names in old.keys.items() for key in names}
    kept = {(kind, key) for kind, names in new.keys.items() for key in names}
    return not softer and set(old.checks) <= set(new.checks) and keys <= kept


def _asked(control: Control | None, tier: int) -> str:
    if control is None or tier not in control.tiers:
        return "nothing"
    checks = ", ".join(check.run.rpartition(".")[2] for check in control.checks)
    keys = sum(map(len, control.keys.values()))
    return f"{control.mode}: {checks}" + (f", {keys} keys" if keys else "")


def _roles(old: Catalogue, new: Catalogue) -> Iterator[Row]:
    after = {row.tier: row for row in new.tiers}
    for row in old.tiers:
        now = after[row.tier].roles if row.tier in after else ()
        if set(row.roles) - set(now):
            before = ", ".join(row.roles)
            yield Row(
                "controls", f"roles of tier {row.tier}", before, ", ".join(now) or "none", PATH
            )


def _floors(old: Catalogue, new: Catalogue) -> Iterator[Row]:
    kept = [(dict(rule.when), rule.tier) for rule in new.floor]
    for rule in old.floor:
        lowest = [tier for when, tier in kept if when == dict(rule.when)]
        if not any(tier >= rule.tier for tier in lowest):
            now = f"at least {max(lowest)}" if lowest else "no floor"
            yield Row("controls", f"floor where {rule.reason}", f"at least {rule.tier}", now, PATH)
