"""The board's question at the command line: which models touched this data, and who approved it.

Exit status 1 where calls ran without an approval in force, 0 where every call had one or there was
none. The forge is asked only where `--forge` says so, and the answer says whether it was. The
figures are those of `touched.py`; how they look is decided in `screen.py` and `page.py`.
"""

import argparse
from functools import partial
from pathlib import Path

from controls.audit import recorded, screen
from controls.audit.approval import Approval, Source
from controls.audit.question import asked
from controls.audit.touched import Answer, Row, touched
from controls.report import Report


def who_touched(root: Path, args: argparse.Namespace) -> Report:
    """Answer the question, in text, as data or as a page.

    Raises:
        ControlsError: when the period is none, nothing was ever traced, or there is no forge to
            ask although it should be.
    """
    question = asked(args.data, args.since, args.until, args.model)
    found = touched(root, question, _source(root, args), reviews=args.forge)
    status = 0 if all(row.standing.approved for row in found.rows) else 1
    text = screen.text(found)
    if args.html:
        from controls.audit.page import page  # noqa: PLC0415  the terminal does without it

        args.html.write_text(page(found), encoding="utf-8", errors="backslashreplace")
        text += f"\n\nwritten to {args.html}"
    return Report(data(found), text, status)


def _source(root: Path, args: argparse.Namespace) -> Source:
    """Return what knows the approvals: git, and the forge where a person asked for it."""
    if not args.forge:
        return recorded.rulings
    from controls.forge import here  # noqa: PLC0415  most answers need no network

    return partial(recorded.rulings, forge=here.wanted(root))


def data(found: Answer) -> dict[str, object]:
    """Return the answer as plain data."""
    return {
        "data": found.question.classification,
        "since": screen.moment(found.question.since),
        "until": screen.moment(found.question.until),
        "model": found.question.model,
        "traces_begin": found.begin,
        "calls": sum(row.calls for row in found.rows),
        "calls_without_approval": screen.unapproved(found),
        "refused_calls": found.refused,
        "unfinished_runs": found.unfinished,
        "unreadable_lines": found.torn,
        "forge_reviews": "asked" if found.reviews else "not asked",
        "rows": [_row(row) for row in found.rows],
    }


def _row(row: Row) -> dict[str, object]:
    return {
        "approval": "in force" if row.standing.approved else screen.NONE,
        "missing": list(row.standing.missing),
        "approvals": [_approval(each) for each in row.standing.approvals],
        "data": row.data,
        "model": row.model,
        "response_models": list(row.response_models),
        "prompt": row.prompt,
        "policy": row.policy,
        "eval_set": row.eval_set,
        "environment": row.environment,
        "calls": row.calls,
        "users": row.users,
        "workspaces": list(row.workspaces),
        "teams": list(row.teams),
        "features": list(row.features),
        "revisions": list(row.revisions),
        "first": screen.moment(row.first),
        "last": screen.moment(row.last),
    }


def _approval(each: Approval) -> dict[str, object]:
    return {
        "role": each.role,
        "principal": each.principal,
        "paths": list(each.paths),
        "evidence": each.evidence,
        "decision": each.decision,
        "file": each.file,
        "commit": each.commit,
        "from": screen.moment(each.since),
        "until": screen.moment(each.until),
    }
