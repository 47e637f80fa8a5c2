"""SUP-1: workflows are pinned and least-privilege, the linters agree, dependencies are locked."""

from pathlib import Path

from controls.check.model import Context, Finding, Outcome
from controls.errors import ControlsError
from controls.template import answers
from controls.workflows import audit, lint, lock, model


def pinned(context: Context) -> Outcome:
    """Return what `lint` finds; `n` counts the steps and the workflows that are called."""
    names = model.names(context.root)
    if not names:
        return _absent(context.root)
    found, broken = _read(context.root, names)
    findings = (*broken, *(finding for workflow in found for finding in lint.findings(workflow)))
    n = sum(len(job.steps) + bool(job.uses) for workflow in found for job in workflow.jobs)
    if findings:
        return Outcome.failed(n, f"{model.FOLDER}/", *findings)
    return Outcome.ok(n, f"{model.FOLDER}/")


def audited(context: Context) -> Outcome:
    """Return failed for each finding of actionlint and zizmor; `n` counts the workflow files."""
    names = model.names(context.root)
    if not names:
        return _absent(context.root)
    try:
        findings = (*audit.actionlint(context.root, names), *audit.zizmor(context.root, names))
    except ControlsError as error:
        findings = (Finding(error.message, hint=error.hint),)
    evidence = f"actionlint and zizmor over {len(names)} workflows"
    if findings:
        return Outcome.failed(len(names), evidence, *findings)
    return Outcome.ok(len(names), evidence)


def locked(context: Context) -> Outcome:
    """Return failed for a requirement without version or hash; `n` counts the pinned ones."""
    names = lock.names(context.root)
    judged = [lock.judge(context.root, name) for name in names]
    n = sum(count for count, _ in judged)
    findings = tuple(finding for _, found in judged for finding in found)
    if findings:
        return Outcome.failed(n, ", ".join(names), *findings)
    return Outcome.ok(n, ", ".join(names))


def _read(
    root: Path, names: tuple[str, ...]
) -> tuple[tuple[model.Workflow, ...], tuple[Finding, ...]]:
    found: list[model.Workflow] = []
    broken: list[Finding] = []
    for name in names:
        try:
            found.append(model.read(root, name))
        except ControlsError as error:
            broken.append(Finding(error.message, name, 1, error.hint))
    return tuple(found), tuple(broken)


def _absent(root: Path) -> Outcome:
    """Return ok only where the repository was created without CI; n = 1 is that answer."""
    try:
        said = answers.load(root).values.get("ci")
    except ControlsError:
        said = None
    if said == "none":
        return Outcome.ok(1, f"{answers.NAME}: ci is none")
    finding = Finding(
        "there is no workflow", model.FOLDER, 0, "restore it: git checkout .github/workflows"
    )
    return Outcome.failed(0, f"{model.FOLDER}/", finding)
