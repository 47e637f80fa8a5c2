"""The what-if over the fleet for the terminal and as JSON (`fleet_plan.schema.json`)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from prooflane.fleet.plan import Plan
from prooflane.fleet.planned import Planned, Verdict
from prooflane.fleet.progress import span
from prooflane.report import fleet_counts as counts
from prooflane.report.paint import Paint

SHOWN = 8
TONES = {
    Verdict.current: "dim",
    Verdict.clean: "green",
    Verdict.held: "yellow",
    Verdict.blocked: "red",
    Verdict.conflict: "red",
    Verdict.foreign: "dim",
    Verdict.failed: "red",
}
SAYS = {
    Verdict.current: "there already",
    Verdict.clean: "would sync without a question",
    Verdict.held: "would sync, and hold a control at its version",
    Verdict.blocked: "a static check of the new version fails there",
    Verdict.conflict: "somebody has to resolve a conflict",
    Verdict.foreign: "another template made it, or none",
    Verdict.failed: "could not be judged",
}
# what a person has to look at, the worst first
LISTED = (Verdict.failed, Verdict.conflict, Verdict.blocked, Verdict.held)


def data(done: Plan) -> str:
    """Return the result as JSON."""
    rows = done.repositories
    return json.dumps(
        {
            "made": done.made,
            "seconds": done.seconds,
            "executor": asdict(done.how),
            "verdicts": counts.verdicts(rows),
            "by_tier": counts.by_tier(rows),
            "by_team": counts.by_team(rows),
            "by_control": {key: asdict(row) for key, row in counts.by_control(rows).items()},
            "repositories": [asdict(row) for row in rows],
            "skipped": [asdict(row) for row in done.skipped],
            "status": done.status,
        },
        indent=2,
        ensure_ascii=False,
    )


def screen(done: Plan, paint: Paint) -> str:
    """Return what a person reads."""
    return "\n".join(_lines(done, paint))


def _lines(done: Plan, paint: Paint) -> Iterator[str]:
    rows = done.repositories
    yield paint("bold", headline(done))
    yield ""
    yield from _verdicts(rows, paint)
    for name, found in (("by tier", counts.by_tier(rows)), ("by team", counts.by_team(rows))):
        yield ""
        yield from _table(name, found, paint)
    yield from _controls(rows, paint)
    for verdict in LISTED:
        yield from _listed(verdict, [row for row in rows if row.verdict is verdict], paint)
    yield from _rest(done, paint)


def headline(done: Plan) -> str:
    """Return the what-if in one line."""
    rows = done.repositories
    versions = sorted({row.after for row in rows if row.after})
    where = " and ".join(versions) if versions else "nowhere"
    return f"what-if: {len(rows):,} repositories to {where}, judged in {span(done.seconds)}"


def _verdicts(rows: Iterable[Planned], paint: Paint) -> Iterator[str]:
    for verdict, number in counts.verdicts(rows).items():
        if number:
            name = paint(TONES[verdict], f"{verdict.value:<9}")
            yield f"{number:>6,}  {name}  {paint('dim', SAYS[verdict])}"


def _table(name: str, found: counts.Counts, paint: Paint) -> Iterator[str]:
    wide = max((len(key) for key in found), default=0)
    for at, (key, row) in enumerate(found.items()):
        lead = paint("dim", f"{name:<11}") if at == 0 else " " * 11
        said = ", ".join(f"{number} {paint(TONES[v], v.value)}" for v, number in row.items())
        yield f"{lead}{key:<{wide}}  {said}"


def _controls(rows: Iterable[Planned], paint: Paint) -> Iterator[str]:
    found = counts.by_control(rows)
    if found:
        yield ""
    for at, (id_, row) in enumerate(found.items()):
        lead = paint("dim", f"{'controls':<11}") if at == 0 else " " * 11
        said = ", ".join(f"{number} {what}" for what, number in asdict(row).items() if number)
        yield f"{lead}{id_:<7}{said}"


def _listed(verdict: Verdict, rows: list[Planned], paint: Paint) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield paint(TONES[verdict], f"{verdict.value} ({len(rows)})")
    for row in rows[:SHOWN]:
        yield f"  {row.key}  {paint('dim', why(row))}"
    if len(rows) > SHOWN:
        yield f"  … and {len(rows) - SHOWN} more: --json or --html"
    yield from dict.fromkeys(f"  hint: {row.hint}" for row in rows[:SHOWN] if row.hint)


def why(row: Planned) -> str:
    """Return what a verdict rests on, in a few words."""
    said = [row.reason] if row.reason else []
    said += [f"{path} ({kind})" for path, kind in list(row.conflicts.items())[:3]]
    new = "new: "
    said += [f"{new if b.is_new else ''}{b.id} {b.message}" for b in row.blocked[:2]]
    said += stays(row)
    who = row.owner or row.team
    return "; ".join(said) + (f" · {who}" if who else "")


def notes(done: Plan) -> list[str]:
    """Return what else a person should know of the what-if."""
    lost = sum(bool(row.lost) for row in done.repositories)
    waits = sum(bool(row.waits) for row in done.repositories)
    unchecked = {row.unchecked for row in done.repositories if row.unchecked}
    unchecked -= {"not run, conflicts come first"}
    said = [f"{lost} with own edits of managed files, kept as a patch"] if lost else []
    said += [f"{waits} whose owner asked to wait"] if waits else []
    return said + [f"static checks: {reason}" for reason in sorted(unchecked)[:3]]


def stays(row: Planned) -> list[str]:
    """Return which controls stay at which version."""
    versions = dict.fromkeys(held.version for held in row.held)
    return [
        f"{', '.join(h.id for h in row.held if h.version == version)} held at {version}"
        for version in versions
    ]


def _rest(done: Plan, paint: Paint) -> Iterator[str]:
    said = notes(done)
    said += (
        [f"{len(done.skipped)} skipped: empty, archived, renamed or gone"] if done.skipped else []
    )
    if said:
        yield ""
    for at, line in enumerate(said):
        yield f"{paint('dim', 'notes      ') if at == 0 else ' ' * 11}{line}"
