"""Judges the variables of a job's commands: without a value, one swallows the next flag.

`python -m evals.run --set $EVAL_SET --max-cost 25` with EVAL_SET unset runs the set named
"--max-cost".
"""

from collections.abc import Iterator

from controls.check.model import Finding
from controls.workflows import shell
from controls.workflows.model import Job, Step

# What a shell, a login or the runner of a forge always sets.
_GIVEN = frozenset(
    (
        "CI",
        "HOME",
        "PATH",
        "PWD",
        "OLDPWD",
        "USER",
        "SHELL",
        "LANG",
        "TMPDIR",
        "HOSTNAME",
        "IFS",
        "RANDOM",
        "SECONDS",
        "LINENO",
        "UID",
        "EUID",
        "PPID",
        "REPLY",
        "OPTARG",
        "OPTIND",
        "OSTYPE",
        "PIPESTATUS",
        "FUNCNAME",
        "EPOCHSECONDS",
    )
)
_GIVEN_PREFIXES = ("GITHUB_", "RUNNER_", "ACTIONS_", "CI_", "GITLAB_", "BASH")


def findings(path: str, job: Job) -> Iterator[Finding]:
    """Yield each variable that has no value, or may be empty where that swallows a flag."""
    exported: frozenset[str] = frozenset()
    for step in job.steps:
        if step.run and step.is_shell:
            yield from _of_step(path, step, exported)
            exported |= shell.exports(step.run)


def _of_step(path: str, step: Step, exported: frozenset[str]) -> Iterator[Finding]:
    own = shell.sets(step.run) | exported
    for use in shell.uses(step.run):
        if use.name in own or use.name in _GIVEN or use.name.startswith(_GIVEN_PREFIXES):
            continue
        line = step.run_line + use.line
        if use.name not in step.env:
            yield Finding(
                _unset(use), path, line, f"set {use.name} in an env block of this workflow"
            )
        elif use.flag and not use.quoted and _may_be_empty(step.env[use.name]):
            message = (
                f"{use.name!r} may be empty, and unquoted it lets {use.flag} swallow the next word"
            )
            yield Finding(message, path, line, f'write "${use.name}"')


def _unset(use: shell.Use) -> str:
    if not use.flag:
        return f"variable {use.name!r} is not set"
    effect = "gets an empty value" if use.quoted else "swallows the next word"
    return f"variable {use.name!r} is not set, so {use.flag} {effect}"


def _may_be_empty(value: str) -> bool:
    return not value.strip() or "${{" in value
