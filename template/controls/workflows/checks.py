"""SUP-1: workflows are pinned and least-privilege, the linters agree, dependencies are locked."""

from collections.abc import Callable, Iterable
from pathlib import Path

from controls.check.model import Context, Finding, Outcome
from controls.errors import ControlsError
from controls.template import answers
from controls.workflows import audit, gitlab, gitlab_lint, lint, lock, model


def pinned(context: Context) -> Outcome:
    """Return what `lint` and `gitlab_lint` find; `n` counts steps, and workflows that are called.

    What counts is that the forge of the answers has its files; others are judged all the same.
    """
    root = context.root
    if absent := _absent(root):
        return absent
    found, broken = _github(root)
    pipeline, torn = _pipeline(root)
    findings = (
        *(*broken, *torn),
        *(finding for workflow in found for finding in lint.findings(workflow)),
        *gitlab_lint.findings(pipeline),
    )
    jobs = [job for workflow in found for job in workflow.jobs]
    jobs += [job for _, job in pipeline.jobs()]
    n = sum(len(job.steps) + bool(job.uses) for job in jobs)
    if findings:
        return Outcome.failed(n, _places(root), *findings)
    return Outcome.ok(n, _places(root))


def audited(context: Context) -> Outcome:
    """Return failed for each finding of actionlint and zizmor, which know GitHub's files alone.

    GitLab's are held against its documented keywords. `n` counts the files.
    """
    root = context.root
    if absent := _absent(root):
        return absent
    names, files = model.names(root), gitlab.names(root)
    own = tuple(one.path for one in _github(root)[0] if one.path not in names)
    findings: tuple[Finding, ...] = ()
    said: list[str] = []
    try:
        if names:
            findings = (*audit.actionlint(root, names), *audit.zizmor(root, (*names, *own)))
            said.append(f"actionlint and zizmor over {_counted(names, own)}")
    except ControlsError as error:
        findings = (Finding(error.message, hint=error.hint),)
    if files:
        pipeline, torn = _pipeline(root)
        findings += (*torn, *gitlab_lint.structure(pipeline))
        said.append(f"GitLab's documented keywords over {len(files)} files")
    evidence, n = "; ".join(said), len(names) + len(own) + len(files)
    return Outcome.failed(n, evidence, *findings) if findings else Outcome.ok(n, evidence)


def locked(context: Context) -> Outcome:
    """Return failed for a requirement without version or hash; `n` counts the pinned ones."""
    names = lock.names(context.root)
    judged = [lock.judge(context.root, name) for name in names]
    n = sum(count for count, _ in judged)
    findings = tuple(finding for _, found in judged for finding in found)
    if findings:
        return Outcome.failed(n, ", ".join(names), *findings)
    return Outcome.ok(n, ", ".join(names))


def _github(root: Path) -> tuple[tuple[model.Workflow, ...], tuple[Finding, ...]]:
    """Return the workflows, then the repository's own actions, and what cannot be read."""
    found, broken = _read(root, model.names(root), model.read)
    known: set[str] = set()
    while fresh := sorted({*model.actions(root, _used(found))} - known):
        more, torn = _read(root, fresh, model.read_action)
        found, broken = found + more, broken + torn
        known.update(fresh)
    return tuple(found), tuple(broken)


def _counted(names: tuple[str, ...], own: tuple[str, ...]) -> str:
    return f"{len(names)} workflows" + (f" and {len(own)} own actions" if own else "")


def _used(found: list[model.Workflow]) -> list[str]:
    return [step.uses for one in found for job in one.jobs for step in job.steps]


def _read(
    root: Path, names: Iterable[str], read: Callable[[Path, str], model.Workflow]
) -> tuple[list[model.Workflow], list[Finding]]:
    found: list[model.Workflow] = []
    broken: list[Finding] = []
    for name in names:
        try:
            found.append(read(root, name))
        except ControlsError as error:
            broken.append(Finding(error.message, name, 1, error.hint))
    return found, broken


def _pipeline(root: Path) -> tuple[gitlab.Pipeline, tuple[Finding, ...]]:
    found: list[gitlab.Source] = []
    broken: list[Finding] = []
    for name in gitlab.names(root):
        try:
            found.append(gitlab.read(root, name))
        except ControlsError as error:
            broken.append(Finding(error.message, name, 1, error.hint))
    return gitlab.Pipeline(tuple(found)), tuple(broken)


def _places(root: Path) -> str:
    places = ((f"{model.FOLDER}/", model.names(root)), (f"{gitlab.FOLDER}/", gitlab.names(root)))
    return ", ".join(place for place, names in places if names)


def _absent(root: Path) -> Outcome | None:
    """Return failed where the forge of the answers has no files, None where it has.

    It is ok to have none only where the repository was created without CI; n = 1 is that answer.
    """
    try:
        said = answers.load(root).values.get("ci")
    except ControlsError:
        said = None
    there = {"github": model.names(root), "gitlab": gitlab.names(root)}
    if said == "none" and not any(there.values()):
        return Outcome.ok(1, f"{answers.NAME}: ci is none")
    if there.get(str(said)) or (said not in there and any(there.values())):
        return None
    place = gitlab.FOLDER if said == "gitlab" else model.FOLDER
    restore = f"{gitlab.FILE} {gitlab.FOLDER}" if said == "gitlab" else model.FOLDER
    finding = Finding("there is no workflow", place, 0, f"restore it: git checkout {restore}")
    return Outcome.failed(0, f"{place}/", finding)
