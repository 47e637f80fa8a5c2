"""Reads GitHub workflow files into jobs and steps with their line numbers. Judges nothing; `lint` does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from controls import document
from controls.document import Document
from controls.errors import ControlsError

FOLDER = ".github/workflows"
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
    text = (root / path).read_text("utf-8").splitlines()
    return Workflow(
        path=path,
        closed=data.get("permissions") == {},
        permissions_line=source.line(("permissions",)),
        jobs=tuple(_job(name, _mapping(job), data, source, text) for name, job in jobs.items()),
    )


def _job(name: str, job: Values, top: Values, source: Document, text: list[str]) -> Job:
    place = ("jobs", name)
    steps = cast("list[object]", job.get("steps") or [])
    env = _strings(top.get("env")) | _strings(job.get("env"))
    shell = _shell(job) or _shell(top)
    line = source.line((*place, "uses"))
    return Job(
        name=name,
        line=source.line(place),
        uses=str(job.get("uses") or ""),
        uses_line=line,
        version=_comment(text[line - 1]),
        timed="timeout-minutes" in job,
        steps=tuple(_steps(steps, (*place, "steps"), env, shell, source, text)),
    )


def _steps(
    steps: list[object],
    place: tuple[document.Step, ...],
    env: dict[str, str],
    shell: str,
    source: Document,
    text: list[str],
) -> Iterator[Step]:
    for index, step in enumerate(map(_mapping, steps)):
        uses = source.line((*place, index, "uses"))
        run = source.line((*place, index, "run"))
        yield Step(
            uses=str(step.get("uses") or ""),
            uses_line=uses,
            version=_comment(text[uses - 1]),
            run=str(step.get("run") or ""),
            run_line=run + (1 if text[run - 1].rstrip().endswith(("|", "|-", ">", ">-")) else 0),
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


def _comment(line: str) -> str:
    return line.partition(" #")[2].strip()
