"""The board's question over a fleet, for the terminal and as JSON: each row with its citations."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from prooflane.audit.question import Answer, Answered
from prooflane.report.paint import Paint


def data(done: Answered) -> str:
    """Return the answers as JSON (`touched.schema.json`), each as its repository prints it."""
    return json.dumps(
        {
            "question": asdict(done.question),
            "calls": done.total("calls"),
            "calls_without_approval": done.total("calls_without_approval"),
            "refused_calls": done.total("refused_calls"),
            "models": sorted(done.models),
            "repositories": [asdict(row) for row in done.answers],
            "silent": [asdict(row) for row in done.silent],
            "status": done.status,
        },
        indent=2,
        ensure_ascii=False,
    )


def screen(done: Answered, paint: Paint) -> str:
    """Return what a person reads."""
    return "\n".join(_lines(done, paint))


def headline(done: Answered) -> str:
    """Return the answer in one sentence."""
    asked, touching = done.question, sum(bool(answer.rows) for answer in done.answers)
    period = f"since {asked.since}" + (f" until {asked.until}" if asked.until else "")
    whole = _many(len(done.answers), "store")
    if not done.answers:
        return f"nothing is known of {asked.data} data {period}: no store answered"
    if not touching:
        return f"no model touched {asked.data} data {period}, in {whole} that answered"
    calls, bare = done.total("calls"), done.total("calls_without_approval")
    told = f"{bare:,} of them without an approval in force" if bare else "each of them approved"
    models = _many(len(done.models), "model")
    where = "repository" if touching == 1 else "repositories"
    return (
        f"{models} touched {asked.data} data {period} in {_many(calls, 'call')} of {touching:,} "
        f"{where}, {told}; {whole} answered"
    )


def _lines(done: Answered, paint: Paint) -> Iterator[str]:
    yield paint("bold", headline(done))
    for answer in done.answers:
        if answer.rows:
            yield ""
            yield from _answer(answer, paint)
    if done.silent:
        yield ""
        yield paint("red", f"not asked ({len(done.silent)})")
        yield from (f"  {_plain(row.key)}: {_plain(row.reason)}" for row in done.silent)
        yield from dict.fromkeys(f"hint: {row.hint}" for row in done.silent if row.hint)


def _answer(answer: Answer, paint: Paint) -> Iterator[str]:
    who = filter(None, (_plain(answer.team), _plain(answer.owner)))
    yield "  ".join((paint("bold", _plain(answer.key)), *who))
    for row in answer.rows:
        missing = row.get("missing")
        named = ", ".join(map(_plain, missing)) if isinstance(missing, list) else ""
        is_fine = row.get("approval") == "in force"
        lacks = "NO APPROVAL IN FORCE" + (f": {named}" if named else "")
        state = paint("green", "approved") if is_fine else paint("red", lacks)
        calls, data, prompt = _number(row, "calls"), _plain(row["data"]), _plain(row["prompt"])
        yield f"  {_plain(row['model'])}  {state}"
        yield f"    {_many(calls, 'call')} on {data} data, prompt {prompt or 'none'}"
        period = f"{_plain(row['first'])} to {_plain(row['last'])}"
        yield f"    {period}, code at {_short(row.get('revisions'))}"
        yield from _citations(row)


def _citations(row: Mapping[str, object]) -> Iterator[str]:
    approvals = row.get("approvals")
    for each in approvals if isinstance(approvals, list) else ():
        said = {name: _plain(value) for name, value in each.items()}
        yield f"    {said['principal']} for {said['role']}, {said['evidence']}"
        yield f"      {said['file']} at {said['commit'][:12]}, decision {said['decision']}"


def _plain(value: object) -> str:
    # a name in a trace could steer the terminal
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(value))


def _number(row: Mapping[str, object], name: str) -> int:
    value = row.get(name)
    return value if isinstance(value, int) else 0


def _short(revisions: object) -> str:
    known = [_plain(each) for each in revisions] if isinstance(revisions, list) else []
    return ", ".join(each[:12] + each.partition("+")[1] for each in known[:3]) or "no commit"


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")
