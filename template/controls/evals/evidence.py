"""Says whether a stored report is what an eval run left behind, and seals one as it is written.

A report is a file that anybody can edit, so nothing rests on it alone: the run that wrote it leaves
its digest in the traces, and each of its cases has a run there with that prompt, that model and the
digest of that very answer. Whoever can write the reports of this machine can write its traces too:
this makes an edited report worthless, it does not stop a person who forges both. Release evidence
comes from a run in CI.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from controls import manifest as manifests
from controls.evals import inputs
from controls.tracing import digest, read, semconv
from controls.tracing.read import Span
from controls.tracing.setup import tracer

REPORTS = Path(".aiwf/reports/evals")
Report = Mapping[str, object]


def seal(root: Path, path: Path, environment: str = "development") -> None:
    """Write the digest of the report at `path` into the traces, as its run's last span."""
    body = path.read_bytes()
    report = json.loads(body)
    engine = tracer(root, manifests.load(root), environment)
    keys = marks(report, sha256(body).hexdigest()) | facts(report)
    with engine.start_as_current_span(f"{semconv.EVALUATE} {report['set']}", attributes=keys):
        pass


def facts(report: Report) -> dict[str, str | int | bool | Sequence[str]]:
    """Return what the span of a report says for whom the report itself is gone by then.

    `controls.evals.coverage` reads it: which prompt was judged, which models answered which data.
    """
    prompt, answered = report.get("prompt"), report.get("answered")
    told = prompt if isinstance(prompt, dict) else {}
    keys = {
        semconv.PROMPT_NAME: "name",
        semconv.PROMPT_VERSION: "version",
        semconv.PROMPT_SHA256: "sha256",
    }
    pairs = answered if isinstance(answered, list) else []
    return {
        **{key: str(told[part]) for key, part in keys.items() if part in told},
        semconv.EVAL_EXIT: int(str(report["exit"])),
        semconv.EVAL_VERIFIES: report.get("verifies") is True and report.get("complete") is True,
        semconv.EVAL_ANSWERED: [str(pair) for pair in pairs],
    }


def marks(report: Report, own: str) -> dict[str, str]:
    """Return what the span of a report says; its run's id is the start of the report's digest."""
    return {
        semconv.OPERATION: semconv.EVALUATE,
        semconv.RUN_ID: own[:16],
        semconv.EVAL_SET: str(report["set"]),
        semconv.OUTPUT_SHA256: own,
    }


def genuine(root: Path, name: str) -> bool:
    """Say whether an eval run wrote the report of the set `name` as it lies there."""
    try:
        return _proven(root, name, (root / REPORTS / f"{name}.json").read_bytes())
    except OSError:
        return False


def current(root: Path, name: str) -> bool:
    """Say whether the report is genuine and judged this very tree.

    The tree is compared once in a process: code that is edited later is not the code that runs.
    """
    try:
        body = (root / REPORTS / f"{name}.json").read_bytes()
    except OSError:
        return False
    return _proven(root, name, body) and _of_this_tree(root, body)


@lru_cache(maxsize=16)
def _of_this_tree(root: Path, body: bytes) -> bool:
    return bool(json.loads(body).get("inputs_sha256") == inputs.sha256(root))


@lru_cache(maxsize=16)
def _proven(root: Path, name: str, body: bytes) -> bool:
    try:
        report = json.loads(body)
        own = sha256(body).hexdigest()
        runs = [str(run) for run in report["run_ids"]]
        since = datetime.fromisoformat(str(report["started"]))
        spans = read.load(root, since, frozenset([*runs, own[:16]])).spans
        sealed = any(marks(report, own).items() <= span.attributes.items() for span in spans)
        return sealed and report["set"] == name and _adds_up(report) and _ran(root, report, spans)
    except (AttributeError, KeyError, TypeError, ValueError):
        return False  # what is not shaped like a report is none


def _adds_up(report: Report) -> bool:
    """Say whether the figures are those of the rows, and the rows bear out an exit of 0."""
    rows = list(_rows(report))
    told = report.get("quarantined")
    excused = told if isinstance(told, list) else []
    counted = [row for row in rows if row["id"] not in excused]
    passed = sum(row["state"] == "passed" for row in counted)
    critical = any(row["critical"] and row["state"] != "passed" for row in rows)
    figures = (report["cases"], report["passed"], report["rate"])
    whole = figures == (len(rows), passed, passed / len(counted) if counted else 0.0)
    return whole and not (critical and report["exit"] == 0)


def _ran(root: Path, report: Report, spans: Sequence[Span]) -> bool:
    """Say whether each row has its run in the traces: set, case, prompt and answer."""
    found = {span.run_id: span for span in spans if span.operation == semconv.INVOKE_WORKFLOW}
    rows, prompt, models = list(_rows(report)), report["prompt"], report["models"]
    wanted = prompt.get("sha256") if isinstance(prompt, dict) else None
    seen = {span.attributes.get(semconv.RESPONSE_MODEL) for span in found.values()}
    prompts = {span.attributes.get(semconv.PROMPT_SHA256) for span in found.values()} - {None}
    once = len({row["run_id"] for row in rows}) == len(rows)
    agreed = prompts == {wanted} and isinstance(models, list) and set(models) <= seen
    return (
        once
        and agreed
        and all(_is_of(root, found.get(str(row["run_id"])), report, row) for row in rows)
    )


def _is_of(root: Path, span: Span | None, report: Report, row: Report) -> bool:
    if span is None:
        return False
    told = {semconv.EVAL_SET: report["set"], semconv.EVAL_CASE: row["id"]}
    silent = semconv.OUTPUT_SHA256 not in span.attributes and row["state"] != "passed"
    same = silent or digest.names(root, span.attributes, str(row["got"]))
    return same and told.items() <= span.attributes.items()


def _rows(report: Report) -> Iterator[Report]:
    rows = report["rows"]
    if not isinstance(rows, list):
        raise TypeError("rows")
    yield from rows
