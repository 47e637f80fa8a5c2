"""Says the answer to the board's question in lines of text: the verdict, then a block per row."""

from collections.abc import Iterator
from datetime import UTC, datetime

from controls.audit.approval import Approval
from controls.audit.touched import Answer, Row

NONE = "NO APPROVAL IN FORCE"
IN_FORCE = "approved"
_EVER = "for ever"
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"  # a name in a trace could steer the terminal


def text(found: Answer) -> str:
    """Return the answer for a terminal."""
    said = "\n".join([headline(found), *notes(found), *map(_block, found.rows)])
    return "".join(char if char.isprintable() or char == "\n" else _UNKNOWN for char in said)


def headline(found: Answer) -> str:
    """Return the answer in one sentence."""
    asked = found.question
    who = asked.model or "no model"
    period = f"from {moment(asked.since)} to {moment(asked.until)}"
    if not found.rows:
        verb = "touched" if who == "no model" else "did not touch"
        return f"{who} {verb} {asked.classification} data {period}"
    calls, models = sum(row.calls for row in found.rows), len({row.model for row in found.rows})
    bare = unapproved(found)
    told = f"{bare:,} of them without an approval in force" if bare else "each of them approved"
    return (
        f"{_many(models, 'model')} touched {asked.classification} data in"
        f" {_many(calls, 'call')}, {told}\n{period}"
    )


def notes(found: Answer) -> list[str]:
    """Return what must be known to read the figures right."""
    late = found.begin > moment(found.question.since)[:10]
    told = [
        (found.refused, f"refused before any model was reached: {_many(found.refused, 'call')}"),
        (
            found.unfinished,
            f"not ended, so what they called may not be here: {_many(found.unfinished, 'run')}",
        ),
        (found.torn, f"of the traces, not readable: {_many(found.torn, 'line')}"),
        (
            not found.reviews and unapproved(found),
            "reviews on the forge were not asked for, only signatures: --forge asks, with a token",
        ),
        (late, f"the traces begin on {found.begin}: of the time before nothing is known"),
    ]
    return [sentence for holds, sentence in told if holds]


def unapproved(found: Answer) -> int:
    """Return how many calls ran without an approval in force."""
    return sum(row.calls for row in found.rows if not row.standing.approved)


def moment(nano: int) -> str:
    """Return a moment as people write it, UTC."""
    try:
        return f"{datetime.fromtimestamp(nano / 1e9, UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return _EVER


def users(row: Row) -> str:
    """Return for whom the calls of a row were."""
    named = {"workspace": row.workspaces, "feature": row.features, "team": row.teams}
    where = [f"{word} {', '.join(names)}" for word, names in named.items() if names]
    return ", ".join([_many(row.users, "user") if row.users else "no named user", *where])


def what(row: Row) -> str:
    """Return prompt, policy and, where it was one, the eval run."""
    words = [
        f"prompt {row.prompt or 'none'}",
        f"policy {row.policy[:12] or 'none'}",
        row.environment,
    ]
    return ", ".join(filter(None, [*words, row.eval_set and f"eval {row.eval_set}"]))


def approval(each: Approval) -> str:
    """Return who approved, and by what evidence."""
    return f"{each.principal} for {each.role}, {each.evidence}"


def place(each: Approval) -> str:
    """Return where the evidence lies, and from when to when it counted."""
    decision = f", decision {each.decision}" if each.decision else ""
    return f"{each.file} at {each.commit[:12]}{decision}, {_days(each)}"


def _days(each: Approval) -> str:
    since, until = moment(each.since)[:10], moment(each.until)
    return f"since {since}" if until == _EVER else f"{since} to {until[:10]}"


def _block(row: Row) -> str:
    return "\n" + "\n".join(_lines(row))


def _lines(row: Row) -> Iterator[str]:
    state = IN_FORCE if row.standing.approved else f"{NONE}: {', '.join(row.standing.missing)}"
    yield f"{'✓' if row.standing.approved else '✗'} {row.model}  {state}"
    yield f"    {_many(row.calls, 'call')} on {row.data} data for {users(row)}"
    yield f"    {what(row)}"
    yield f"    {moment(row.first)} to {moment(row.last)}, code at {revisions(row)}"
    for each in row.standing.approvals:
        yield f"    {approval(each)}"
        yield f"      {place(each)}"


def revisions(row: Row) -> str:
    """Return which code made the calls of a row."""
    known = [_short(revision) for revision in row.revisions]
    more = f" and {len(known) - 3} more" if len(known) > 3 else ""
    return ", ".join(known[:3]) + more if known else "no commit"


def _short(revision: str) -> str:
    commit, plus, more = revision.partition("+")
    return f"{commit[:12]}{plus}{more}"


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")
