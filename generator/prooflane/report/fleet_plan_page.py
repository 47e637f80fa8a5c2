"""The what-if over the fleet as one page: counted first, then everything that needs a person."""

from collections.abc import Iterator
from html import escape

from prooflane.fleet.plan import Plan
from prooflane.fleet.planned import Planned, Verdict
from prooflane.report import fleet_counts as counts
from prooflane.report import fleet_plan, sheet

TONES = {
    Verdict.clean: "good",
    Verdict.current: "deep",
    Verdict.held: "wait",
    Verdict.blocked: "halt",
    Verdict.conflict: "bad",
    Verdict.failed: "stop",
    Verdict.foreign: "calm",
}
TITLES = {
    Verdict.failed: "Could not be judged",
    Verdict.conflict: "In conflict",
    Verdict.blocked: "Blocked by a static check",
    Verdict.held: "A control stays behind",
}
# a page of a fleet of ten thousand is still one that a phone opens
MOST = 300
Parts = list[tuple[str, str, int]]


def page(done: Plan) -> str:
    """Return the page."""
    return sheet.document(fleet_plan.headline(done), _body(done))


def _body(done: Plan) -> Iterator[str]:
    rows = done.repositories
    whole = _parts(counts.verdicts(rows))
    says = {verdict.value: text for verdict, text in fleet_plan.SAYS.items()}
    yield f"<h1>{escape(fleet_plan.headline(done))}</h1>"
    yield f'<p class="note">{escape(done.made)}; nothing was sent to any repository</p>'
    yield sheet.bar(whole) + sheet.legend(whole, says)
    for name, found in (("By tier", counts.by_tier(rows)), ("By team", counts.by_team(rows))):
        yield sheet.heading(name)
        yield sheet.table(("", "#repositories", ""), _lines(found), wide=2)
    yield from _controls(done)
    for verdict in fleet_plan.LISTED:
        yield from _listed(verdict, [row for row in rows if row.verdict is verdict])
    yield from _notes(done)


def _parts(found: dict[Verdict, int]) -> Parts:
    return [(tone, verdict.value, found.get(verdict, 0)) for verdict, tone in TONES.items()]


def _lines(found: counts.Counts) -> Iterator[tuple[str, str, str]]:
    for key, row in found.items():
        yield escape(key), f"{sum(row.values()):,}", sheet.bar(_parts(dict(row)))


def _controls(done: Plan) -> Iterator[str]:
    found = counts.by_control(done.repositories)
    if not found:
        return
    yield sheet.heading("By control", "in how many repositories")
    head = ("control", "#added", "#changed", "#removed", "#held", "#blocked")
    yield sheet.table(
        head,
        (
            (escape(id_), *(f"{n:,}" if n else "" for n in _numbers(row)))
            for id_, row in found.items()
        ),
    )


def _numbers(row: counts.OfControl) -> tuple[int, ...]:
    return row.added, row.changed, row.removed, row.held, row.blocked


def _listed(verdict: Verdict, rows: list[Planned]) -> Iterator[str]:
    if not rows:
        return
    yield sheet.heading(f"{TITLES[verdict]} ({len(rows):,})", fleet_plan.SAYS[verdict])
    for row in rows[:MOST]:
        yield sheet.card(TONES[verdict], row.key, _said(row))
    if len(rows) > MOST:
        yield f'<p class="note">… and {len(rows) - MOST:,} more: --json has all of them</p>'


def _said(row: Planned) -> Iterator[str]:
    tier = "" if row.tier is None else f"tier {row.tier}"
    step = f"{row.before} → {row.after}" if row.after else row.before
    yield " · ".join(filter(None, (tier, row.team, row.owner, step)))
    if row.reason:
        yield row.reason + (f"; {row.hint}" if row.hint else "")
    if row.conflicts:
        yield "; ".join(f"{path} ({kind})" for path, kind in row.conflicts.items())
    for blocked in row.blocked:
        yield f"{'new: ' if blocked.is_new else ''}{blocked.id} {blocked.message}"
    if row.held:
        yield "; ".join(fleet_plan.stays(row))
    if row.lost:
        yield f"own edits that would be kept as a patch: {', '.join(row.lost)}"
    if row.waits:
        yield f"the owner asked to wait until {row.waits}"


def _notes(done: Plan) -> Iterator[str]:
    notes = fleet_plan.notes(done)
    if notes:
        yield sheet.heading("Notes")
        yield from (f"<p>{escape(line)}</p>" for line in notes)
    if done.skipped:
        yield sheet.heading(f"Skipped ({len(done.skipped):,})", "empty, archived, renamed or gone")
        rows = ((escape(r.key), escape(r.state), escape(r.reason)) for r in done.skipped[:MOST])
        yield sheet.table(("repository", "state", "why"), rows)
