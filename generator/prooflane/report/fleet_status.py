"""What the ledger knows of the fleet, for the terminal and as JSON."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from prooflane.fleet.ledger.campaigns import Wave
from prooflane.fleet.ledger.runs import Run
from prooflane.fleet.ledger.waivers import Waiver
from prooflane.fleet.overview import Overview, by_control, newest
from prooflane.fleet.repository import Repository
from prooflane.report.paint import Paint

SHOWN = 8


def data(known: Overview) -> str:
    """Return the same as JSON."""
    return json.dumps(
        {
            "today": known.today.isoformat(),
            "newest": newest(known),
            "repositories": [asdict(row) for row in known.repositories],
            "controls": [asdict(row) for row in known.controls],
            "by_control": by_control(known),
            "waivers": [asdict(row) for row in known.waivers],
            "ending_waivers": [asdict(row) for row in known.ending],
            "adoption": [asdict(row) for row in known.adoption],
            "plans": [asdict(row) for row in known.plans],
            "campaigns": [
                {
                    **asdict(campaign),
                    "waves": [asdict(wave) for wave in waves],
                    "runs": [asdict(run) for run in runs],
                }
                for campaign, waves, runs in known.campaigns
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


def screen(known: Overview, paint: Paint) -> str:
    """Return what a person reads."""
    return "\n".join(_lines(known, paint))


def headline(known: Overview) -> str:
    """Return the fleet in one line."""
    active, newest_ = known.active, newest(known)
    there = sum(row.version == newest_ for row in active)
    noun = "repository" if len(active) == 1 else "repositories"
    return f"{len(active):,} {noun}, {there:,} at {newest_ or 'no version'}"


def _lines(known: Overview, paint: Paint) -> Iterator[str]:
    yield paint("bold", headline(known))
    yield ""
    yield from _versions(known, paint)
    yield ""
    yield from _controls(known, paint)
    yield from _campaigns(known, paint)
    yield from _attention(known, paint)


def _versions(known: Overview, paint: Paint) -> Iterator[str]:
    for tier in sorted({row.tier for row in known.active}, key=lambda t: -1 if t is None else t):
        rows = [row for row in known.active if row.tier == tier]
        name = "no tier" if tier is None else f"tier {tier}"
        yield f"{paint('dim', f'{name:<11}')}{_counted(rows)}"


def _counted(rows: list[Repository]) -> str:
    found = Counter(row.version or "no version" for row in rows)
    return ", ".join(f"{number} at {version}" for version, number in sorted(found.items()))


def _controls(known: Overview, paint: Paint) -> Iterator[str]:
    for at, (id_, counts) in enumerate(by_control(known).items()):
        lead = paint("dim", f"{'controls':<11}") if at == 0 else " " * 11
        said = ", ".join(
            paint("yellow", f"{number} held") if name == "held" else f"{number} at {name}"
            for name, number in sorted(counts.items())
        )
        yield f"{lead}{id_:<7}{said}"


def _campaigns(known: Overview, paint: Paint) -> Iterator[str]:
    for campaign, waves, runs in known.campaigns[:3]:
        yield ""
        reason = f": {campaign.reason}" if campaign.reason else ""
        lead = paint("dim", "campaign   ")
        yield f"{lead}{campaign.id} to {campaign.version} {campaign.state}{reason}"
        for wave in waves:
            yield f"{' ' * 11}{wave.name} {wave.state}: {counted(wave, runs)}"


def counted(wave: Wave, runs: Iterable[Run]) -> str:
    """Return how many repositories of `wave` are in which state; what takes it back is apart."""
    mine = (run for run in runs if (run.wave, run.kind) == (wave.number, "sync"))
    states = Counter(run.state for run in mine)
    return ", ".join(f"{number} {state}" for state, number in sorted(states.items())) or "none"


def _attention(known: Overview, paint: Paint) -> Iterator[str]:
    sections = (
        ("red CI", "red", [f"{run.repository} {run.pull}" for run in known.red]),
        ("not done", "red", [f"{run.repository} {run.reason}" for run in known.undone]),
        ("waivers that end", "yellow", _waivers(known)),
        ("unreachable", "red", [f"{row.key}: {row.reason}" for row in known.lost]),
    )
    for name, tone, lines in sections:
        if lines:
            yield ""
            yield paint(tone, f"{name} ({len(lines)})")
            yield from (f"  {line}" for line in lines[:SHOWN])
        if len(lines) > SHOWN:
            yield f"  … and {len(lines) - SHOWN} more: --json"


def _waivers(known: Overview) -> list[str]:
    return [f"{row.repository} {waiver(known, row)}" for row in known.ending]


def waiver(known: Overview, row: Waiver) -> str:
    """Return in one line what is waived, until when, and by whom."""
    word = "ended" if row.until < known.today.isoformat() else "ends"
    what = row.control or "not to be synced"
    who = f" · {row.who}" if row.who else ""
    return f"{what} {word} {row.until}{who}"
