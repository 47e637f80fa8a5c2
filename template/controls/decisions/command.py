"""Write, check or list decision records.

Decides nothing: `record` writes, `rule` judges, git says when a record arrived.
"""

import argparse
from pathlib import Path

from controls import actions, git, verdict
from controls.decisions import change as changes
from controls.decisions import form, governed, record, rule
from controls.errors import ControlsError
from controls.report import Report


def configure(parser: argparse.ArgumentParser) -> None:
    """Add `new`, `check` and `list` to `parser`."""
    add = actions.of(parser, "new", "check", "list")
    new = add("new", "write the next record, with the changed paths filled in")
    new.add_argument("title", help="what changed, in a few words")
    new.add_argument("--risk", choices=form.RISKS, default="low", help="default: low")
    check = add("check", "is the change in the work tree recorded?")
    for action in (new, check):
        action.add_argument("--base", metavar="SHA", help="measure the change from here")
    add("list", "all records, oldest first")


def run(root: Path, args: argparse.Namespace) -> Report:
    """Carry out one action on the log of the repository at `root`."""
    match args.action:
        case "new":
            return _new(root, args.title, args.risk, args.base)
        case "check":
            return _check(root, args.base)
    return _list(root)


def _new(root: Path, title: str, risk: str, base: str | None) -> Report:
    paths = governed.paths(root, changes.read(root, base))
    path = record.write(root, title, risk, paths)
    named = "".join(f"  {name}\n" for name in paths) or "  nothing governed has changed yet\n"
    following = "next: fill in each section, then python -m controls decisions check"
    text = f"{path}\nnames in `paths`:\n{named}{following}"
    return Report({"path": path, "title": title, "risk": risk, "paths": list(paths)}, text)


def _check(root: Path, base: str | None) -> Report:
    return verdict.report(rule.judge(root, base))


def _list(root: Path) -> Report:
    rows: list[dict[str, object]] = []
    for path in record.names(root):
        found = record.read(root, path)
        rows.append(
            {
                "number": found.number,
                "title": found.title,
                "date": _date(root, path),
                "risk": found.risk,
                "path": path,
                "paths": list(found.paths),
                "unfilled": [title for title, _ in found.empty_sections()],
            }
        )
    lines = [
        f"{row['number']:04d}  {row['date'] or 'not committed':13}  {row['title']}" for row in rows
    ]
    return Report(rows, "\n".join(lines) or "no decision record yet")


def _date(root: Path, path: str) -> str | None:
    """Return the day of the commit that brought the record: nobody has to type a date."""
    try:
        return git.text(root, "log", "-1", "--diff-filter=A", "--format=%cs", "--", path) or None
    except ControlsError:
        return None  # no commit yet
