"""What `prooflane check` says on a terminal, and the same as data."""

import json
from collections.abc import Iterator

from prooflane.check.finding import Checked, Finding
from prooflane.report.paint import Paint


def screen(checked: Checked, paint: Paint) -> str:
    """Return the verdict, then each finding with what to do about it."""
    return "\n".join(_lines(checked, paint))


def data(checked: Checked) -> str:
    """Return the result as JSON; `check.schema.json` beside this module says what it holds."""
    recorded, static = checked.recorded, checked.static
    return json.dumps(
        {
            "path": str(checked.root),
            "ok": checked.is_ok,
            "template": {"url": recorded.url, "version": recorded.version},
            "tier": recorded.tier,
            "ci": recorded.ci,
            "compared": checked.compared,
            "findings": list(map(_finding, checked.findings)),
            "notes": list(checked.notes),
            "static": static
            and {"ok": static.ok, "pending": static.pending, "failed": static.failed},
            "seconds": round(checked.seconds, 4),
        },
        indent=2,
        ensure_ascii=False,
    )


def place(finding: Finding) -> str:
    """Return path and line of `finding` as compilers write them."""
    return f"{finding.path}:{finding.line}" if finding.line else finding.path


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.rule.value,
        "message": finding.message,
        "path": finding.path or None,
        "line": finding.line or None,
        "hint": finding.hint,
        "control": finding.control or None,
    }


def _lines(checked: Checked, paint: Paint) -> Iterator[str]:
    recorded, many = checked.recorded, len(checked.findings)
    verdict = paint("green", "ok") if checked.is_ok else paint("red", _counted(many, "finding"))
    where = f"tier {recorded.tier}, template {recorded.version}"
    static = checked.static
    ran = f", {static.ok} static checks ok, {static.pending} pending" if static else ""
    yield f"{verdict}: {_counted(checked.compared, 'managed file')} compared, {where}{ran}"
    for finding in checked.findings:
        at = f"{place(finding)}: " if finding.path else ""
        yield f"{paint('red', '✗')} {at}{finding.message}"
        if finding.hint:
            yield f"  {paint('dim', finding.hint)}"
    yield from (f"note: {note}" for note in checked.notes)


def _counted(many: int, what: str) -> str:
    return f"{many} {what}" + "s" * (many != 1)
