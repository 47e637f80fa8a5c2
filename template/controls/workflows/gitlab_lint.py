"""Judges the files of GitLab CI: its documented keywords, pinned images and includes, time limits.

The keywords are those of GitLab's CI/CD YAML reference. One that it does not know fails a pipeline
or, worse, is passed over; so is a need, a stage or a parent that nothing defines.
"""

import re
from collections.abc import Iterable, Iterator

from controls.check.model import Finding
from controls.workflows import variables
from controls.workflows.gitlab import GLOBALS, Pipeline, Source, Values, items, mapping, strings


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DEFAULT = _words(
    "after_script artifacts before_script cache hooks id_tokens image interruptible retry services"
    " tags timeout"
)
_JOB = _DEFAULT | _words(
    "allow_failure coverage dast_configuration dependencies environment extends identity inherit"
    " manual_confirmation needs pages parallel release resource_group rules run script secrets"
    " stage start_in trigger variables when"
)
_INSIDE = {
    "artifacts": _words(
        "paths exclude expire_in expose_as name public access reports untracked when"
    ),
    "environment": _words("name url on_stop action auto_stop_in kubernetes deployment_tier"),
    "rules": _words("if changes exists when allow_failure variables needs interruptible"),
    "needs": _words("job artifacts optional pipeline project ref parallel"),
}
_WORKFLOW = _words("name rules auto_cancel")
_WHEN = _words("on_success on_failure always manual delayed never")
_STAGES = (".pre", "build", "test", "deploy", ".post")
_IMAGE = re.compile(r"[\w.-]+(?:[:/][\w.-]+)*(?::(?!latest)[\w.-]*\d[\w.-]*|@sha256:[0-9a-f]{64})")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_NAME = re.compile(r"\$\{?(\w+)\}?")
_INCLUDES = "name the commit: {project, file, ref: <40 hex digits>}"


def findings(pipeline: Pipeline) -> Iterator[Finding]:
    """Yield what is not pinned, not limited in time, or reads a variable that nothing sets."""
    for source in pipeline.sources:
        yield from _includes(source)
        yield from _images(pipeline, source, mapping(source.data.get("default")), "default")
        for name, row in source.entries().items():
            yield from _images(pipeline, source, row, name)
    for path, job in pipeline.jobs():
        if not job.timed:
            message = f"job {job.name!r} has no timeout"
            yield Finding(message, path, job.line, "the project's own may be days")
        yield from variables.findings(path, job)


def structure(pipeline: Pipeline) -> Iterator[Finding]:
    """Yield each keyword that GitLab does not document, and each name that nothing defines."""
    seen: dict[str, str] = {}
    for source in pipeline.sources:
        yield from _unknown(source, mapping(source.data.get("default")), _DEFAULT, "default")
        yield from _unknown(source, mapping(source.data.get("workflow")), _WORKFLOW, "workflow")
        for name, row in source.entries().items():
            if name in seen:
                message = f"{name!r} is in {seen[name]} too, and one of the two wins"
                yield Finding(message, source.path, source.line(name), "names are global")
            seen[name] = source.path
            yield from _entry(pipeline, source, name, row)


def _entry(pipeline: Pipeline, source: Source, name: str, row: Values) -> Iterator[Finding]:
    yield from _unknown(source, row, _JOB, name)
    for key, known in _INSIDE.items():
        for index, inner in enumerate(items(row.get(key))):
            where = (name, key, index) if isinstance(row.get(key), list) else (name, key)
            yield from _unknown(source, mapping(inner), known, *where)
            when = mapping(inner).get("when")
            if key == "rules" and when is not None and when not in _WHEN:
                yield Finding(f"{when!r} is no time to run", source.path, source.line(*where))
    found = pipeline.whole(name)
    if not name.startswith(".") and not {"script", "run", "trigger"} & found.keys():
        yield Finding(f"job {name!r} has no script", source.path, source.line(name))
    parents = [str(one) for one in items(row.get("extends"))]
    yield from _undefined(source, (name, "needs"), _needed(row), pipeline.entries())
    yield from _undefined(source, (name, "extends"), parents, pipeline.entries())
    stages = [str(stage) for one in pipeline.sources for stage in items(one.data.get("stages"))]
    known = {".pre", ".post", *(stages or _STAGES)}
    yield from _undefined(source, (name, "stage"), map(str, items(row.get("stage"))), known)


def _needed(row: Values) -> Iterator[str]:
    for one in items(row.get("needs")):
        inner = mapping(one)
        if not inner:
            yield str(one)
        elif "job" in inner and not inner.keys() & {"project", "pipeline"}:
            yield str(inner["job"])


def _undefined(
    source: Source, place: tuple[str, str], named: Iterable[str], known: Iterable[str]
) -> Iterator[Finding]:
    name, key = place
    there = set(known)
    for one in named:
        if one not in there:
            message = f"{key} of {name!r}: there is no {one!r}"
            yield Finding(message, source.path, source.line(*place))


def _unknown(
    source: Source, row: Values, known: Iterable[str], *place: str | int
) -> Iterator[Finding]:
    allowed = set(known)
    for key in row:
        if key not in allowed:
            where = "/".join(map(str, place))
            hint = f"a job is a mapping with a script; global are {', '.join(sorted(GLOBALS))}"
            line = source.line(*place, key)
            yield Finding(f"{key!r} in {where} is no keyword of GitLab CI", source.path, line, hint)


def _includes(source: Source) -> Iterator[Finding]:
    for one in items(source.data.get("include")):
        row = mapping(one)
        commit = str(row.get("ref") or str(row.get("component") or "").rpartition("@")[2])
        is_local = "local" in row or (isinstance(one, str) and "://" not in one)
        is_pinned = {"project", "component"} & row.keys() and _COMMIT.fullmatch(commit)
        if not (is_local or is_pinned or "integrity" in row):
            said = one if isinstance(one, str) else next((str(v) for v in row.values()), "")
            message = f"the include {said!r} is not pinned to a commit"
            yield Finding(message, source.path, source.line("include"), _INCLUDES)


def _images(pipeline: Pipeline, source: Source, row: Values, place: str) -> Iterator[Finding]:
    known = strings(pipeline.top("variables")) | strings(row.get("variables"))
    for key in ("image", "services"):
        for one in items(row.get(key)):
            said = str(mapping(one).get("name", one))
            image = _NAME.sub(lambda match: known.get(match[1], match[0]), said)
            if not _IMAGE.fullmatch(image):
                message = f"the image {image!r} names neither a version nor a digest"
                yield Finding(message, source.path, source.line(place, key), "name@sha256:…")
