"""Open an incident and say who is on call, list incidents, or drill the call-out.

Decides which severity applies; `record` writes the record, `case` the eval case to fill in.
"""

import argparse
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from controls import actions, manifest
from controls.errors import ControlsError
from controls.incidents import case, category, record, trace
from controls.incidents.category import Route
from controls.incidents.record import Seen
from controls.parser import moment
from controls.report import Report

_EXPECT = "what a right answer holds (repeatable); without it the case is left to fill in"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add `open`, `list` and `drill` to `parser`."""
    add = actions.of(parser, "open", "list", "drill")
    new = add("open", "write the record, name who is on call, add an eval case")
    new.add_argument("--type", choices=tuple(category.OWASP), required=True, dest="kind")
    new.add_argument("--title", required=True, help="what went wrong, in a few words")
    new.add_argument("--severity", choices=category.SEVERITIES, help="default: the manifest's")
    new.add_argument("--run", metavar="RUN_ID", help="the run that went wrong: its trace is read")
    new.add_argument("--question", help="the question that led to it, for the eval case")
    new.add_argument("--expect", action="append", default=[], metavar="TEXT", help=_EXPECT)
    new.add_argument("--cites", action="append", default=[], metavar="ID", help="… and cites this")
    new.add_argument(
        "--excludes", action="append", default=[], metavar="TEXT", help="… and never says this"
    )
    new.add_argument("--abstain", action="store_true", help="a right answer is an abstention")
    new.add_argument("--set", default=case.DEFAULT, help=f"where the case goes ({case.DEFAULT})")
    new.add_argument(
        "--detected",
        type=moment,
        metavar="TIME",
        help="ISO 8601, UTC without an offset; default: now",
    )
    add("list", "all incidents, oldest first")
    add("drill", "who would be called for each type; 1 when nobody would")


def run(root: Path, args: argparse.Namespace) -> Report:
    """Carry out one action on the incidents of the repository at `root`."""
    match args.action:
        case "open":
            return _open(root, args)
        case "drill":
            return _drill(root)
    return _list(root)


def _open(root: Path, args: argparse.Namespace) -> Report:
    seen = trace.seen(root, args.run)
    route = category.route(manifest.load(root), args.kind)
    route = replace(route, severity=args.severity or _severity(route, seen))
    lesson = case.Lesson(
        args.question, tuple(args.expect), tuple(args.cites), tuple(args.excludes), args.abstain
    )
    incident = record.write(root, args.title, route, args.detected or datetime.now(UTC), seen)
    known = case.find(root, incident.eval_case) is not None
    try:
        added = case.append(root, args.set, incident.eval_case, lesson, incident.path)
    except ControlsError:
        (root / incident.path).unlink()  # a record without its case would be half an incident
        raise
    place = f"{added.path}:{added.line}"
    text = (
        f"{incident.path}  {route.severity}, to be mitigated within {route.sla or 'no set time'}\n"
        f"on call: {_who(route)}\n"
        f"{_left(added, place, known=known)}"
    )
    data: dict[str, object] = {
        "path": incident.path,
        "type": route.kind,
        "severity": route.severity,
        "on_call": route.on_call,
        "sla": route.sla,
        "eval_case": incident.eval_case,
        "eval_case_at": place,
        "to_fill_in": added.blank,
    }
    return Report(data, text)


def _left(added: case.Case, place: str, *, known: bool) -> str:
    """Return what is left to do about the eval case."""
    if added.blank:
        return f"eval case to fill in: {place} (the gate is red until then)"
    name = Path(added.path).parent.name
    done = "eval case was there already" if known else "eval case added"
    return f"{done}: {place}; python -m evals.run --set {name} --case {added.id}"


def _severity(route: Route, seen: Seen) -> str:
    """Return the manifest's severity; an injection that reached a tool is never less than SEV1."""
    return "SEV1" if route.kind == "prompt-injection" and seen.used_a_tool else route.severity


def _who(route: Route) -> str:
    return route.on_call or f"nobody; set spec.incidents.{route.kind}.on_call in ai-workflow.yaml"


def _drill(root: Path) -> Report:
    found = manifest.load(root)
    routes = [category.route(found, kind) for kind in category.OWASP]
    lines = [
        f"{route.kind:17} {route.severity}  {route.sla:7} -> {_who(route)}" for route in routes
    ]
    rows: list[dict[str, object]] = [
        {"type": r.kind, "on_call": r.on_call, "severity": r.severity, "sla": r.sla} for r in routes
    ]
    return Report(rows, "\n".join(lines), status=0 if all(r.on_call for r in routes) else 1)


def _list(root: Path) -> Report:
    found = [record.read(root, path) for path in record.names(root)]
    rows: list[dict[str, object]] = [
        {
            "path": one.path,
            "title": one.title,
            "type": one.kind,
            "severity": one.severity,
            "outcome": one.outcome,
            "mitigated": one.mitigated,
            "eval_case": one.eval_case,
        }
        for one in found
    ]
    lines = [
        f"{one.severity}  {one.kind:17} {one.mitigated or 'not mitigated':25}  {one.path}"
        for one in found
    ]
    return Report(rows, "\n".join(lines) or "no incident on record")
