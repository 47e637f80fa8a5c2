"""Judges workflow files as data: pinned actions, least privilege, timeouts, no injected text.

Variables in commands are judged in `variables`; actionlint and zizmor run in `audit`.
"""

import re
from collections.abc import Iterator

from controls.check.model import Finding
from controls.workflows import variables
from controls.workflows.model import Job, Step, Workflow

_PIN = re.compile(r"[\w.-]+/[\w.-]+(?:/[\w./-]+)?@[0-9a-f]{40}")
_IMAGE = re.compile(r"docker://[^@\s]+@sha256:[0-9a-f]{64}")
_PIPE = re.compile(r"(?<!\|)\|&?(?!\|)")
_VERSION = re.compile(r"v?\d+(?:\.\d+)*\S*")


def findings(workflow: Workflow) -> Iterator[Finding]:
    """Yield what is not in order in `workflow`."""
    if not workflow.closed:
        message = "permissions at the top of the workflow must be {}"
        hint = "write `permissions: {}` and grant in each job what that job needs"
        yield Finding(message, workflow.path, workflow.permissions_line, hint)
    for job in workflow.jobs:
        yield from _of_job(workflow.path, job)
        yield from variables.findings(workflow.path, job)


def _of_job(path: str, job: Job) -> Iterator[Finding]:
    if job.uses:
        yield from _unpinned(path, job.uses, job.version, job.uses_line)
    elif not job.timed:
        message = f"job {job.name!r} has no timeout-minutes"
        yield Finding(message, path, job.line, "the default is six hours")
    for step in job.steps:
        yield from _of_step(path, step)


def _of_step(path: str, step: Step) -> Iterator[Finding]:
    if step.uses:
        yield from _unpinned(path, step.uses, step.version, step.uses_line)
    is_checkout = step.uses.startswith("actions/checkout@")
    if is_checkout and step.inputs.get("persist-credentials", "").lower() != "false":
        message = "checkout leaves its token in the work tree"
        yield Finding(message, path, step.uses_line, "with: persist-credentials: false")
    for number, line in enumerate(step.run.split("\n")):
        if "${{" in line:
            message = "a ${{ }} expression inside run is pasted into the script"
            yield Finding(message, path, step.run_line + number, "pass it through env")
    if step.is_shell and not step.pipefail and (pipe := _PIPE.search(step.run)):
        message = "without pipefail a failure before the | goes unseen"
        place = step.run_line + step.run.count("\n", 0, pipe.start())
        yield Finding(message, path, place, "defaults: run: shell: bash")


def _unpinned(path: str, uses: str, version: str, line: int) -> Iterator[Finding]:
    if uses.startswith("./") or _IMAGE.fullmatch(uses):
        return
    if not _PIN.fullmatch(uses):
        hint = "owner/name@<40 hex digits> # v1.2.3, read from the action's own repository"
        yield Finding(f"{uses!r} is not pinned to a commit", path, line, hint)
    elif not _VERSION.match(version):
        hint = "add the tag as a comment: # v1.2.3"
        yield Finding(f"{uses!r} does not say which version it is", path, line, hint)
