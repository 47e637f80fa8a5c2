"""The last screen of `prooflane new`, and the same as data."""

import json
import os
import shlex
from collections.abc import Iterator

from prooflane.gate.verify import QUESTION, Answer, Verdict, Verification
from prooflane.new.create import Created
from prooflane.report.paint import Paint

STYLES = {Verdict.verified: "green", Verdict.failed: "red", Verdict.unverified: "yellow"}
SHOWN = 12
NOTIONAL = ", at notional prices: nobody is paid for embedded models"


def screen(made: Created, paint: Paint) -> str:
    """Return what a person reads at the end: verdict, pending, cost, one answer, next commands."""
    return "\n".join(_lines(made, paint))


def data(made: Created) -> str:
    """Return the result as JSON; `created.schema.json` beside this module says what it holds."""
    source, check = made.source, made.verification
    return json.dumps(
        {
            "path": str(made.path),
            "created": bool(made.commit),
            "template": {"url": source.url, "version": source.version, "commit": source.commit},
            "notices": list(source.notices),
            "answers": dict(made.rendered.answers),
            "files": len(made.rendered.tree),
            "tree": made.tree,
            "commit": made.commit or None,
            "seconds": round(made.seconds, 3),
            "verification": None if check is None else _verification(check),
            "next": _next(made),
        },
        indent=2,
        ensure_ascii=False,
        default=str,
    )


def _verification(check: Verification) -> dict[str, object]:
    findings = [
        {"id": row.id, "title": row.title, "state": row.state, "message": row.message}
        for row in check.findings
    ]
    answer = check.answer
    return {
        "verdict": check.verdict.value,
        "reason": check.reason,
        "ok": check.ok,
        "findings": findings,
        "cost_usd": check.cost_usd,
        "notional": check.notional,
        "answer": None if answer is None else _answer(answer),
    }


def _answer(answer: Answer) -> dict[str, object]:
    return {
        "question": answer.question,
        "text": answer.text,
        "citations": list(answer.citations),
        "disclosure": answer.disclosure,
        "cost_usd": answer.cost_usd,
        "draft": answer.draft or None,
    }


def _lines(made: Created, paint: Paint) -> Iterator[str]:
    yield paint("bold", _headline(made))
    if tier := made.rendered.tier:
        controls = len(made.rendered.controls)
        yield f"{'tier':<9}{tier.name}: {controls} controls, approved by {tier.approval}"
        yield f"{'':<9}it asks of you: {tier.costs}"
    check = made.verification
    if check:
        yield from _verdict(check, paint)
        yield from _findings(check, paint)
        if check.answer:
            yield from _asked(check.answer, check)
    for at, command in enumerate(_next(made)):
        yield f"{'next' if at == 0 else '':<9}{command}"


def _headline(made: Created) -> str:
    tier = made.rendered.answers.get("tier")
    facts = [f"{len(made.rendered.tree)} files", f"template {made.source.version}"]
    facts = facts if tier is None else [f"tier {tier}", *facts]
    verb = "created" if made.commit else "would create"
    seconds = f" in {made.seconds:.1f} s" if made.commit else ""
    return f"{verb} {made.path}{seconds}: {', '.join(facts)}"


def _verdict(check: Verification, paint: Paint) -> Iterator[str]:
    pending = sum(row.state == "pending" for row in check.findings)
    failed = len(check.findings) - pending
    counts = f"{check.ok} controls ok, {pending} pending, {failed} failed"
    word = {Verdict.unverified: "created, not verified"}.get(check.verdict, check.verdict.value)
    said = f"{word}: {check.reason}" if check.reason else f"{word}: {counts}"
    yield f"{'verdict':<9}{paint(STYLES[check.verdict], said)}"
    if check.verdict is not Verdict.verified:
        # a line that only says that it still runs says nothing now
        lines = [line for line in check.said.splitlines() if not line.lstrip().startswith("…")]
        yield from (f"{'':<9}{line}" for line in lines[-SHOWN:])


def _findings(check: Verification, paint: Paint) -> Iterator[str]:
    for row in sorted(check.findings, key=lambda row: row.state != "failed"):
        style = "yellow" if row.state == "pending" else "red"
        yield f"{paint(style, f'{row.state:<9}')}{row.id} {row.message or row.title}"


def _asked(answer: Answer, check: Verification) -> Iterator[str]:
    evals, notional = check.cost_usd, NOTIONAL if check.notional else ""
    yield f"{'cost':<9}${evals:.4f} for the evals, ${answer.cost_usd:.6f} for the answer{notional}"
    yield f"{'asked':<9}{answer.question}"
    text = " ".join(answer.text.split())
    yield f"{'answer':<9}{text}"
    yield f"{'':<9}{answer.disclosure}"
    if answer.draft:
        yield f"{'':<9}a draft, not sent: python -m controls review"


def _next(made: Created) -> list[str]:
    shown = os.path.relpath(made.path)
    goto = f"cd {shlex.quote(shown if not shown.startswith('..') else str(made.path))}"
    if not made.rendered.controls:
        return [goto]
    check = made.verification
    if check is None or (check.verdict is not Verdict.verified and not check.findings):
        return [goto, "make setup", "make check"]
    if check.verdict is Verdict.failed:
        return [goto, "make check", "make doctor"]
    return [goto, f'make ask Q="{QUESTION}"', "make trace"]
