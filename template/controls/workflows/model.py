"""Reads GitHub's workflows and the repository's own actions into jobs and steps with line numbers.

`lint` judges them. An action of several steps is read as a workflow of one job.
"""

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from controls import document
from controls.document import Document
from controls.errors import ControlsError

FOLDER = ".github/workflows"
ACTIONS = ".github/actions"
ACTION = ("action.yml", "action.yaml")
Values = Mapping[str, object]
_SHELLS = ("bash", "sh")


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `env` is everything that workflow, job and step set, the nearest winning."""

    uses: str
    uses_line: int
    version: str
    run: str
    run_line: int
    shell: str
    env: Mapping[str, str]
    inputs: Mapping[str, str]

    @property
    def is_shell(self) -> bool:
        """Say whether `run` is a script of the Bourne kind, which is also the default."""
        return not self.shell or self.shell.split()[0] in _SHELLS

    @property
    def pipefail(self) -> bool:
        """Say whether a failure inside a pipe counts: GitHub asks that only of a named bash."""
        return self.shell == "bash" or "pipefail" in self.shell + self.run


@dataclass(frozen=True, slots=True)
class Job:
    """One job; `uses` is set where it calls another workflow."""

    name: str
    line: int
    uses: str
    uses_line: int
    version: str
    timed: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """The file as data with lines, and as text: a version comment is in no data."""

    data: Document
    text: tuple[str, ...]

    def line(self, *place: document.Step) -> int:
        return self.data.line(place)

    def comment(self, line: int) -> str:
        return self.text[line - 1].partition(" #")[2].strip()

    def script(self, line: int) -> int:
        """Return the line where the script of a `run` at `line` starts."""
        return line + self.text[line - 1].rstrip().endswith(("|", "|-", ">", ">-"))


@dataclass(frozen=True, slots=True)
class Workflow:
    """One file; `closed` says that `permissions: {}` stands at its top."""

    path: str
    closed: bool
    permissions_line: int
    jobs: tuple[Job, ...]


def names(root: Path) -> tuple[str, ...]:
    """Return the paths of all workflow files."""
    folder = root / FOLDER
    found = (path.name for path in (*folder.glob("*.yml"), *folder.glob("*.yaml")))
    return tuple(f"{FOLDER}/{name}" for name in sorted(found))


def read(root: Path, path: str) -> Workflow:
    """Return the workflow at `path`.

    Raises:
        ControlsError: when it is not YAML, or not the shape of a workflow.
    """
    source = document.read(root / path, path)
    data = _mapping(source.data)
    jobs = _mapping(data.get("jobs"))
    if not jobs:
        raise ControlsError(f"{path} holds no job", hint="delete it, or give it a job")
    lines = _Source(source, tuple((root / path).read_text("utf-8").splitlines()))
    return Workflow(
        path=path,
        closed=data.get("permissions") == {},
        permissions_line=lines.line("permissions"),
        jobs=tuple(_job(name, _mapping(job), data, lines) for name, job in jobs.items()),
    )


def actions(root: Path, used: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the paths of the repository's own actions: in their folder, or `used` from elsewhere.

    `used` are the `uses` of steps; only those that lead to a folder of the repository count.
    """
    own = (path for name in ACTION for path in (root / ACTIONS).rglob(name))
    found = {path.relative_to(root).as_posix() for path in own}
    for folder in (posixpath.normpath(name) for name in used if name.startswith("./")):
        paths = (posixpath.join(folder, name) for name in ACTION if not folder.startswith(".."))
        found.update(path for path in paths if (root / path).is_file())
    return tuple(sorted(found))


def read_action(root: Path, path: str) -> Workflow:
    """Return the action at `path`; it has no steps when it is no action of several.

    Raises:
        ControlsError: when it is not YAML.
    """
    source = document.read(root / path, path)
    runs = _mapping(_mapping(source.data).get("runs"))
    lines = _Source(source, tuple((root / path).read_text("utf-8").splitlines()))
    steps = tuple(_steps(runs, ("runs",), {}, "", lines))
    job = Job("runs", lines.line("runs"), "", 0, "", timed=True, steps=steps)
    return Workflow(path, closed=True, permissions_line=1, jobs=(job,))


def _job(name: str, job: Values, top: Values, source: _Source) -> Job:
    env = _strings(top.get("env")) | _strings(job.get("env"))
    shell = _shell(job) or _shell(top)
    uses = source.line("jobs", name, "uses")
    return Job(
        name=name,
        line=source.line("jobs", name),
        uses=str(job.get("uses") or ""),
        uses_line=uses,
        version=source.comment(uses),
        timed="timeout-minutes" in job,
        steps=tuple(_steps(job, ("jobs", name), env, shell, source)),
    )


def _steps(
    job: Values, place: tuple[document.Step, ...], env: dict[str, str], shell: str, source: _Source
) -> Iterator[Step]:
    steps = cast("list[object]", job.get("steps") or [])
    for index, step in enumerate(steps):
        yield _step(_mapping(step), (*place, "steps", index), env, shell, source)


def _step(
    step: Values, place: tuple[document.Step, ...], env: dict[str, str], shell: str, source: _Source
) -> Step:
    uses = source.line(*place, "uses")
    return Step(
        uses=str(step.get("uses") or ""),
        uses_line=uses,
        version=source.comment(uses),
        run=str(step.get("run") or ""),
        run_line=source.script(source.line(*place, "run")),
        shell=str(step.get("shell") or shell),
        env=env | _strings(step.get("env")),
        inputs=_strings(step.get("with")),
    )


def _mapping(value: object) -> Values:
    return cast("Values", value) if isinstance(value, dict) else {}


def _strings(value: object) -> dict[str, str]:
    return {key: "" if item is None else str(item) for key, item in _mapping(value).items()}


def _shell(values: Values) -> str:
    return str(_mapping(_mapping(values.get("defaults")).get("run")).get("shell") or "")
