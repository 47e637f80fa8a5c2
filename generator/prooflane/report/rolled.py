"""The last screen of a campaign's verbs, and the same as JSON."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from prooflane.campaign.result import Rolled
from prooflane.fleet.ledger.runs import Run
from prooflane.report.paint import Paint

SHOWN = 10
WORDS = ("published", "merged", "declined", "nothing", "waived", "pending", "prepared")


def screen(done: Rolled, paint: Paint) -> str:
    """Return what a person reads at the end."""
    return "\n".join(_lines(done, paint))


def data(done: Rolled) -> str:
    """Return the result as JSON; `rolled.schema.json` beside this says what it holds."""
    campaign = done.campaign
    shown = {
        "campaign": campaign.id,
        "template": campaign.template,
        "version": campaign.version,
        "state": campaign.state,
        "reason": campaign.reason or None,
        "waits": done.waits or None,
        "waves": [
            {"number": wave.number, "name": wave.name, "state": wave.state} for wave in done.waves
        ],
        "repositories": [_run(run) for run in done.runs],
        "left_out": list(done.left_out),
        "failed": [run.repository for run in done.failed],
        "red": [run.repository for run in done.red],
        "status": done.status,
        "seconds": round(done.seconds, 3),
    }
    return json.dumps(shown, indent=2, ensure_ascii=False)


def _run(run: Run) -> dict[str, object]:
    row = asdict(run)
    names = ("repository", "kind", "wave", "state", "attempt", "before", "after", "branch", "pull")
    return {name: row[name] for name in (*names, "reason", "hint", "data")}


def _lines(done: Rolled, paint: Paint) -> Iterator[str]:
    campaign, counts = done.campaign, done.counts
    took = f" · {done.seconds:.1f} s" if done.seconds else ""
    number = len(done.runs)
    head = f"{campaign.version}: {campaign.state} · {_count(number)}{took}"
    yield paint("bold", head)
    wide = max((len(wave.name) for wave in done.waves), default=0)
    # a command that took one wave back did nothing to the others
    shown = [w for w in done.waves if w.number in counts or not done.is_revert]
    for wave in shown:
        row = counts.get(wave.number, {})
        said = ", ".join(f"{row[word]} {word}" for word in sorted(row, key=_rank)) or "none"
        yield f"  {wave.name:<{wide}}  {wave.state:<8}  {said}"
    if done.left_out:
        yield f"  in no wave: {_count(len(done.left_out))}: {', '.join(done.left_out[:3])}"
    yield from _failed(done, paint)
    yield from _red(done, paint)
    if done.waits:
        yield paint("yellow", done.waits)
        yield f"hint: {done.hint}" if done.hint else ""


def _failed(done: Rolled, paint: Paint) -> Iterator[str]:
    for run in done.failed[:SHOWN]:
        yield f"{paint('red', run.state):<8} {run.repository}: {run.reason}"
        if run.hint:
            yield f"  hint: {run.hint}"
    if len(done.failed) > SHOWN:
        yield f"… and {len(done.failed) - SHOWN} more: --json lists them"


def _red(done: Rolled, paint: Paint) -> Iterator[str]:
    for run in done.red[:SHOWN]:
        yield f"{paint('red', 'red CI')}   {run.repository}: {run.pull}"
    if len(done.red) > SHOWN:
        yield f"… and {len(done.red) - SHOWN} more: --json lists them"


def _rank(word: str) -> int:
    return WORDS.index(word) if word in WORDS else len(WORDS)


def _count(number: int) -> str:
    return f"{number} repository" if number == 1 else f"{number} repositories"
