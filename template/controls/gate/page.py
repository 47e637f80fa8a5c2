"""The gate's answer as data and as text. Decides nothing."""

from collections.abc import Iterator
from dataclasses import asdict

from controls.check.findings import place
from controls.gate.diff import Diff
from controls.gate.row import Row
from controls.gate.side import Side
from controls.gate.verdict import Verdict, Word
from controls.report import Report

_OWN = "judged by the gate that lies here; CI asks the base's own, and its answer counts"


def first() -> Report:
    """Return the answer for a change that has no governed commit before it."""
    text = "pending: there is no governed commit before this one, so nothing could be loosened"
    return Report({"verdict": str(Word.pending), "base": None, "cells": 0, "loosened": []}, text)


def report(base: Side, diff: Diff, verdict: Verdict, *, own: bool) -> Report:
    """Return the verdict with every loosened thing; the status is 1 when it is refused."""
    data: dict[str, object] = {
        "verdict": str(verdict.word),
        "base": base.commit,
        "gate": "of the work tree" if own else "of the base",
        "cells": diff.compared.cells,
        "tightened": diff.compared.tightened,
        "loosened": [asdict(row) for row in diff.rows],
        "calls": list(diff.calls),
        "risk_role": verdict.role,
        "approved_by": [
            {"handle": one.person.handle, "evidence": one.kind, "file": one.file}
            for one in verdict.approved
        ],
        "records": list(verdict.records),
        "findings": [asdict(finding) for finding in verdict.findings],
    }
    text = "\n".join(_lines(base, diff, verdict, own=own))
    return Report(data, text, status=int(verdict.word is Word.refused))


def _lines(base: Side, diff: Diff, verdict: Verdict, *, own: bool) -> Iterator[str]:
    yield f"{diff.compared.cells} cells compared with base {base.commit[:12]}"
    for row in diff.rows:
        yield from _row(row)
    for finding in verdict.findings:
        yield f"{place(finding)}{finding.message}"
        if finding.hint:
            yield f"hint: {finding.hint}"
    if own:
        yield _OWN
    yield _said(diff, verdict)


def _row(row: Row) -> Iterator[str]:
    where = f"{row.path}:{row.line}" if row.line else row.path
    cells = f" ({row.cells} cells)" if row.cells > 1 else ""
    yield f"looser: {row.what}{cells}  {where}"
    yield f"        {row.before} -> {row.after}"


def _said(diff: Diff, verdict: Verdict) -> str:
    if not diff.rows:
        return f"{verdict.word}: nothing is looser"
    loose = f"{len(diff.rows)} loosened"
    match verdict.word:
        case Word.passed:
            who = ", ".join(f"{one.person.handle} by {one.kind}" for one in verdict.approved)
            return f"passed: {loose}, recorded in {', '.join(verdict.records)}, agreed by {who}"
        case Word.pending:
            return f"pending: {loose}, and nobody is named for role {verdict.role!r}"
    return f"refused: {loose}, and role {verdict.role!r} decides on them"
