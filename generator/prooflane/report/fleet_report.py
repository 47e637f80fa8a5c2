"""The fleet as one page: adoption over time, by control and by tier, and what needs a person."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

from prooflane.fleet.ledger.inventory import Adopted
from prooflane.fleet.overview import Overview, by_control, newest, share
from prooflane.report import fleet_status, sheet

TIERS = ("good", "deep", "wait", "halt", "bad")
MOST = 300


def page(known: Overview) -> str:
    """Return the page."""
    return sheet.document(f"Fleet: {fleet_status.headline(known)}", _body(known))


def _body(known: Overview) -> Iterator[str]:
    yield f"<h1>{escape(fleet_status.headline(known))}</h1>"
    yield f'<p class="note">as the ledger knew it on {known.today.isoformat()}</p>'
    yield from _adoption(known)
    yield from _tiers(known)
    yield from _controls(known)
    yield from _campaigns(known)
    yield from _holds(known)
    yield from _conflicts(known)
    yield from _cards(known)
    yield from _owners(known)


def _adoption(known: Overview) -> Iterator[str]:
    version = newest(known)
    by_tier = _by_tier(known.adoption)
    days = sorted({row.day for row in known.adoption})
    yield sheet.heading("Adoption", f"share of controls in force at {version}, by day and tier")
    if not days:
        yield "<p>no scan has been counted yet</p>"
        return
    lines = [
        (TIERS[tier % len(TIERS)], f"tier {tier}", [share(found[day], version) for day in days])
        for tier, found in sorted(by_tier.items())
    ]
    yield _chart(days, lines)
    shown = ((tone, f"{name}: {round(values[-1] * 100)} %") for tone, name, values in lines)
    yield _tones(*shown)


def _by_tier(rows: Iterable[Adopted]) -> Mapping[int, Mapping[str, list[Adopted]]]:
    found: dict[int, dict[str, list[Adopted]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[row.tier][row.day].append(row)
    return found


def _chart(days: Sequence[str], lines: Iterable[tuple[str, str, list[float]]]) -> str:
    drawn = "".join(_line(tone, name, values, len(days)) for tone, name, values in lines)
    axes = "".join(f'<line class="axis" x1="0" x2="1000" y1="{y}" y2="{y}"/>' for y in (0, 50, 100))
    ends = "".join(f"<span>{escape(day)}</span>" for day in dict.fromkeys((days[0], days[-1])))
    # what is read stands outside of the drawing, which is stretched to the page
    return (
        '<div class="chart"><div class="y"><span>100 %</span><span>50 %</span><span>0 %</span>'
        '</div><svg viewBox="0 -4 1000 108" preserveAspectRatio="none" role="img" '
        f'aria-label="adoption by day and tier">{axes}{drawn}</svg>'
        f'<div class="x">{ends}</div></div>'
    )


def _line(tone: str, name: str, values: list[float], count: int) -> str:
    step = 990 / max(count - 1, 1)
    points = [(5 + at * step, 100 - 100 * value) for at, value in enumerate(values)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    # a line of no length with round ends is a dot, however the drawing is stretched
    dots = "".join(
        f'<path d="M{x:.1f},{y:.1f}h0"><title>{escape(name)}: {round(value * 100)} %</title></path>'
        for (x, y), value in zip(points, values, strict=True)
    )
    return f'<g class="{tone}"><polyline points="{path}"/>{dots}</g>'


def _tiers(known: Overview) -> Iterator[str]:
    version = newest(known)
    yield sheet.heading("By tier", f"repositories at {version}, and behind it")
    tiers = sorted({row.tier for row in known.active}, key=lambda t: -1 if t is None else t)
    rows = []
    for tier in tiers:
        mine = [row for row in known.active if row.tier == tier]
        there = sum(row.version == version for row in mine)
        parts = [("good", f"at {version}", there), ("wait", "behind", len(mine) - there)]
        name = "no tier" if tier is None else f"tier {tier}"
        rows.append((name, f"{there:,} of {len(mine):,}", sheet.bar(parts)))
    yield sheet.table(("", "#there", ""), rows, wide=2)
    yield _tones(("good", f"at {version}"), ("wait", "behind"))


def _tones(*named: tuple[str, str]) -> str:
    items = "".join(f'<li class="{tone}"><b>{escape(name)}</b></li>' for tone, name in named)
    return f'<ul class="legend">{items}</ul>'


def _controls(known: Overview) -> Iterator[str]:
    version = newest(known)
    yield sheet.heading("By control", f"at {version}, at an older version, held; over time")
    history, rows = _history(known, version), []
    for id_, counts in by_control(known).items():
        held, there = counts.get("held", 0), counts.get(version, 0)
        older = sum(counts.values()) - held - there
        parts = [("good", f"at {version}", there), ("wait", "older", older), ("bad", "held", held)]
        drawn = sheet.bar(parts) + _spark(history.get(id_, []))
        rows.append((escape(id_), f"{there:,}", f"{older:,}", f"{held:,}", drawn))
    yield sheet.table(("control", "#there", "#older", "#held", ""), rows, wide=4)
    yield _tones(("good", f"at {version}"), ("wait", "older"), ("bad", "held"))


def _history(known: Overview, version: str) -> dict[str, list[float]]:
    found: dict[str, dict[str, list[Adopted]]] = defaultdict(lambda: defaultdict(list))
    for row in known.adoption:
        found[row.control][row.day].append(row)
    return {id_: [share(rows, version) for rows in days.values()] for id_, days in found.items()}


def _spark(values: list[float]) -> str:
    if len(values) < 2:
        return ""
    step = 1000 / (len(values) - 1)
    points = " ".join(f"{at * step:.0f},{19 - 18 * value:.1f}" for at, value in enumerate(values))
    said = ", ".join(f"{round(value * 100)} %" for value in values)
    return (
        f'<svg class="spark good" viewBox="0 0 1000 20" preserveAspectRatio="none" role="img" '
        f'aria-label="{said}"><polyline points="{points}"/></svg>'
    )


def _campaigns(known: Overview) -> Iterator[str]:
    for campaign, waves, runs in known.campaigns[:5]:
        yield sheet.heading(f"Campaign {campaign.id}", f"to {campaign.version}: {campaign.state}")
        if campaign.reason:
            yield f"<p>{escape(campaign.reason)}</p>"
        rows = (
            (escape(wave.name), escape(wave.state), escape(fleet_status.counted(wave, runs)))
            for wave in waves
        )
        yield sheet.table(("wave", "state", "repositories"), rows, wide=2)


def _holds(known: Overview) -> Iterator[str]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in known.held:
        found[row.repository].append(f"{row.control} at {row.version}")
    if found:
        yield sheet.heading(f"Held ({len(found):,})", "a conflict was kept: the control stays")
        people = {row.key: row for row in known.repositories}
        for key in list(found)[:MOST]:
            who = people[key].owner or people[key].team if key in people else ""
            yield sheet.card("wait", key, filter(None, (", ".join(found[key]), who)))
    yield from _more(len(found))


def _conflicts(known: Overview) -> Iterator[str]:
    rows = [run for run in known.plans if run.state == "conflict"]
    if rows:
        yield sheet.heading(f"In conflict ({len(rows):,})", "by the last what-if")
    for run in rows[:MOST]:
        paths = run.data.get("conflicts")
        said = ", ".join(map(str, paths)) if isinstance(paths, dict) else ""
        yield sheet.card("bad", run.repository, (f"{run.before} → {run.after}", said))
    yield from _more(len(rows))


def _cards(known: Overview) -> Iterator[str]:
    sections = (
        ("Red CI", "bad", [(run.repository, run.pull) for run in known.red]),
        (
            "Waivers about to end",
            "wait",
            [(r.repository, fleet_status.waiver(known, r), r.reason) for r in known.ending],
        ),
        ("Not done", "stop", [(r.repository, r.state, r.reason, r.hint) for r in known.undone]),
        ("Unreachable", "stop", [(row.key, row.reason) for row in known.lost]),
    )
    for title, tone, rows in sections:
        if rows:
            yield sheet.heading(f"{title} ({len(rows):,})")
        for name, *said in rows[:MOST]:
            yield sheet.card(tone, name, filter(None, said))
        yield from _more(len(rows))


def _more(number: int) -> Iterator[str]:
    if number > MOST:
        yield f'<p class="note">… and {number - MOST:,} more: --json has all of them</p>'


def _owners(known: Overview) -> Iterator[str]:
    found: dict[tuple[str, str], int] = defaultdict(int)
    for row in known.active:
        found[row.team or "no team", row.owner or "nobody named"] += 1
    yield sheet.heading("Who owns what")
    rows = (
        (escape(team), escape(owner), f"{count:,}")
        for (team, owner), count in sorted(found.items())
    )
    yield sheet.table(("team", "owner", "#repositories"), rows)
