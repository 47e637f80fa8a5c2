"""The last screen of `verify`: the verdict, what it cost, what is pending, what to do next."""

from collections.abc import Iterator, Mapping
from typing import Any

from controls.check.findings import lines, place
from controls.check.model import Finding, State
from controls.check.screen import counts
from controls.paint import Paint
from controls.verify.account import Account
from controls.verify.execute import Ran

NEXT = (
    ('make ask Q="…"', "ask it something of your own"),
    ("make trace", "see what the last run did, step by step"),
    ("make doctor", "what this machine and this forge still lack"),
)
REPAIR = (
    ("python -m controls check", "every control, with place and remedy"),
    ("make eval", "the eval gate alone"),
    ("make doctor", "what this machine and this forge still lack"),
)
WIDTH = 11


def screen(whole: Account, paint: Paint) -> str:
    """Return the last screen."""
    return paint.plain("\n".join(_screen(whole, paint)))


def complaint(ran: Ran, whole: Account) -> str:
    """Return what a step that failed has to say; the controls' JSON is said in words."""
    if ran.name != "controls" or not whole.controls:
        return ran.output
    failed = (row for row in whole.controls["controls"] if row["state"] == State.failed)
    return "\n".join(line for row in failed for line in _failed(row))


def _failed(control: Mapping[str, Any]) -> Iterator[str]:
    yield f"{control['id']} {control['title']}"
    yield from (f"  {line}" for line in lines([Finding(**row) for row in control["findings"]]))


def detail(ran: Ran, whole: Account) -> str:
    """Return a few words on what a step that ended did."""
    match ran.name:
        case "tests":
            printed = [line for line in ran.out.splitlines() if line.strip()]
            return printed[-1].split(" in ")[0].strip("= ") if printed else ""
        case "evals":
            return ", ".join(f"{report['set']} {_rate(report)}" for report in whole.evals)
        case "controls":
            return ", ".join(f"{whole.controls[s]} {s}" for s in State if whole.controls.get(s))
        case _:
            return ""


def _screen(whole: Account, paint: Paint) -> Iterator[str]:
    yield ""
    yield _verdict(whole, paint)
    yield ""
    if whole.controls:
        yield _line("controls", counts({state: whole.controls[state] for state in State}, paint))
        yield from _rows(whole, State.failed, paint)
        yield from _rows(whole, State.pending, paint)
    for report in whole.evals:
        yield _line("eval", f"{report['set']} {_rate(report)}, floor {report['floor']:.2f}")
        if report.get("vouches") is False:
            configured = ", ".join(report["configured"])
            text = f"of {report['model']}; {configured} was NOT evaluated"
            yield _line("", paint("pending", text))
    if whole.evals:
        notional = ", at the notional prices of the embedded models" if whole.notional else ""
        yield _line("cost", f"${whole.cost_usd:.4f} for the evals{notional}")
    if whole.answer:
        yield from _answer(whole, paint)
    yield ""
    width = max(len(command) for command, _ in (*NEXT, *REPAIR))
    for command, why in REPAIR if whole.failed else NEXT:
        yield f"  {command:<{width}}  {paint('dim', why)}"


def _verdict(whole: Account, paint: Paint) -> str:
    if whole.failed:
        text = f"FAILED: {', '.join(whole.failed)}"
        return f"  {paint('failed', text)} in {whole.seconds:.0f} s"
    pending = whole.controls.get("pending", 0)
    rest = f", {pending} pending before production" if pending else ""
    return f"  {paint('ok', 'PASSED')} in {whole.seconds:.0f} s{rest}"


def _rows(whole: Account, state: State, paint: Paint) -> Iterator[str]:
    for control in whole.controls["controls"]:
        if control["state"] == state:
            text = f"{control['id']:<6} {_first(control)}"
            yield _line(paint(state, state), paint.cut(text, WIDTH + 2), len(state))


def _first(control: Mapping[str, Any]) -> str:
    findings = [Finding(**row) for row in control["findings"]]
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    return f"{place(findings[0])}{findings[0].message}{more}" if findings else control["title"]


def _rate(report: Mapping[str, Any]) -> str:
    if report["rate"] is None:
        return "no case ran"
    return f"{report['passed']}/{report['cases']} = {report['rate']:.2f}"


def _answer(whole: Account, paint: Paint) -> Iterator[str]:
    text = " ".join(whole.answer["answer"].split())
    yield _line("question", paint.cut(whole.question, WIDTH + 2))
    yield _line("answer", paint.cut(text, WIDTH + 2))
    yield _line("", paint("dim", f"sources: {', '.join(whole.answer['citations']) or 'none'}"))


def _line(label: str, text: str, length: int | None = None) -> str:
    shown = len(label) if length is None else length
    return f"  {label}{' ' * (WIDTH - shown)}{text}"
