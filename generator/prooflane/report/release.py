"""How a release candidate looks on a terminal, and as JSON."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator

from prooflane.fleet.planned import Planned
from prooflane.release.checkup import Checkup
from prooflane.release.level import Level
from prooflane.report.paint import Paint

WIDTH, SHOWN = 11, 12
STYLES = {Level.major: "red", Level.minor: "yellow", Level.patch: "green"}
GRAVE = {"conflict", "blocked", "failed"}


def screen(done: Checkup, paint: Paint, *, is_cut: bool = False) -> str:
    """Return what a person reads at the end, or before a cut."""
    sections = (
        ("effect", _effect(done, paint)),
        ("controls", _controls(done)),
        ("new", _fresh(done)),
        ("golden", _judged(done.proved.after.values(), paint)),
        ("fleet", _judged(done.fleet, paint)),
        ("problems", _problems(done, paint)),
        ("next", () if is_cut else _next(done)),
    )
    body = [line for label, lines in sections for line in _section(label, lines, paint)]
    return "\n".join([paint("bold", _headline(done)), *body])


def data(done: Checkup) -> str:
    """Return the same as JSON."""
    newest = done.wanted.newest
    said = {
        "commit": done.wanted.source.commit,
        "before": newest.name if newest else None,
        "version": done.version,
        "level": done.level.name,
        "reasons": [{"level": row.level.name, "text": row.text} for row in done.reasons],
        "supported": [row.name for row in done.wanted.supported],
        "new": [
            {"profile": row.profile, "files": row.files, "ok": not row.failure, "why": row.failure}
            for row in done.fresh
        ],
        "golden": {key: _planned(row) for key, row in done.proved.after.items()},
        "fleet": {row.key: _planned(row) for row in done.fleet},
        "problems": [{"what": row.what, "says": row.says} for row in done.problems],
    }
    return json.dumps(said, indent=2, ensure_ascii=False)


def _planned(row: Planned) -> dict[str, object]:
    return {
        "verdict": row.verdict.value,
        "conflicts": sorted(row.conflicts),
        "blocked": [blocked.id for blocked in row.blocked],
        "reason": row.reason,
    }


def _headline(done: Checkup) -> str:
    newest, commit = done.wanted.newest, done.wanted.source.commit[:10]
    since = f"after {newest.name}" if newest else "the first release"
    if done.problems:
        count = len(done.problems)
        return f"{commit} must not be released: {count} problem{'s' if count > 1 else ''} ({since})"
    return f"{commit} may be released as {done.version} or higher: {done.level.name}, {since}"


def _section(label: str, lines: Iterable[str], paint: Paint) -> Iterator[str]:
    for at, line in enumerate(lines):
        if at == 0:
            yield ""
        lead = paint("dim", f"{label:<{WIDTH}}") if at == 0 else " " * WIDTH
        yield f"{lead}{line}".rstrip()


def _effect(done: Checkup, paint: Paint) -> Iterator[str]:
    rows = done.reasons
    for row in rows[:SHOWN]:
        yield f"{paint(STYLES[row.level], f'{row.level.name:<6}')} {row.text}"
    if len(rows) > SHOWN:
        yield f"… and {len(rows) - SHOWN} more: --json"
    if done.wanted.newest and not rows and not done.problems:
        yield f"{paint('green', 'patch ')} no control changes its verdict anywhere"


def _controls(done: Checkup) -> Iterator[str]:
    if not done.wanted.newest:
        return
    change = done.change
    for mark, rows in (("+", change.added), ("~", change.changed), ("-", change.retired)):
        for row in rows:
            yield f"{mark} {row.id:<6} {row.title}  {row.how}"


def _fresh(done: Checkup) -> Iterator[str]:
    ran = sum(row.ran for row in done.fresh)
    count = len(done.fresh)
    yield f"{count} profile{'s' * (count != 1)} rendered, {ran} ran all of their own checks"


def _judged(rows: Iterable[Planned], paint: Paint) -> Iterator[str]:
    counts = Counter(row.verdict.value for row in rows)
    if counts:
        said = (
            paint("red" if name in GRAVE else "green", f"{count:,} {name}")
            for name, count in sorted(counts.items())
        )
        yield f"{sum(counts.values()):,} updated: {', '.join(said)}"


def _problems(done: Checkup, paint: Paint) -> Iterator[str]:
    for row in done.problems[:SHOWN]:
        yield f"{paint('red', '✗')} {row.what}: {row.says}"
    if len(done.problems) > SHOWN:
        yield f"… and {len(done.problems) - SHOWN} more: --json"


def _next(done: Checkup) -> Iterator[str]:
    if not done.problems:
        yield "prooflane release notes"
        yield f"prooflane release cut {done.version} --plan"
