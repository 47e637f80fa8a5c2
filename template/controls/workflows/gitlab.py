"""Reads the files of GitLab CI into the jobs and steps of `controls.workflows.model`.

One pipeline is made of all files, so names, variables and defaults of one hold in the others. A
job's scripts share one shell: what one sets, the next may read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from controls import document
from controls.document import Document
from controls.errors import ControlsError
from controls.workflows import shell
from controls.workflows.model import Job, Step

FILE = ".gitlab-ci.yml"
FOLDER = ".gitlab/ci"
GLOBALS = frozenset({"default", "include", "spec", "stages", "variables", "workflow"})
_SCRIPTS = ("before_script", "script", "after_script")
Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its data with lines, and its text, where a script's first line is seen."""

    path: str
    data: Values
    document: Document
    text: tuple[str, ...]

    def line(self, *place: document.Step) -> int:
        """Return the line of `place`."""
        return self.document.line(place)

    def entries(self) -> dict[str, Values]:
        """Return what is no global keyword: jobs, and what begins with a dot, which they extend."""
        return {name: mapping(row) for name, row in self.data.items() if name not in GLOBALS}


@dataclass(frozen=True, slots=True)
class Pipeline:
    """All files together."""

    sources: tuple[Source, ...]

    def top(self, key: str) -> Values:
        """Return what all files say under the global keyword `key`."""
        return {name: value for source in self.sources for name, value in _at(source, key).items()}

    def entries(self) -> dict[str, Values]:
        """Return the entries of all files; of two of one name the later one counts, as there."""
        return {name: row for source in self.sources for name, row in source.entries().items()}

    def whole(self, name: str) -> Values:
        """Return the entry called `name` with everything that it extends and all defaults."""
        return {**self.top("default"), **_whole(name, self.entries(), ())}

    def jobs(self) -> Iterator[tuple[str, Job]]:
        """Yield each job with the path of its file."""
        for source in self.sources:
            for name in source.entries():
                if not name.startswith("."):
                    yield source.path, self._job(source, name)

    def _job(self, source: Source, name: str) -> Job:
        found = self.whole(name)
        known = strings(self.top("variables")) | strings(found.get("variables"))
        for rule in items(found.get("rules")):
            known |= strings(mapping(rule).get("variables"))
        timed, line = "timeout" in found, source.line(name)
        return Job(name, line, "", line, "", timed, tuple(self._steps(source, name, found, known)))

    def _steps(
        self, source: Source, name: str, found: Values, known: dict[str, str]
    ) -> Iterator[Step]:
        for key in _SCRIPTS:
            for index, run in enumerate(items(found.get(key))):
                is_own = key in source.entries()[name]
                line = _start(source, source.line(name, key, index)) if is_own else 1
                yield Step("", line, "", str(run), line, "bash", dict(known), {})
                known |= dict.fromkeys(shell.sets(str(run)), "set")


def names(root: Path) -> tuple[str, ...]:
    """Return the paths of all files; those of the folder are included by the first."""
    folder = root / FOLDER
    found = sorted(path.name for path in folder.glob("*.yml"))
    first = (FILE,) if (root / FILE).is_file() else ()
    return (*first, *(f"{FOLDER}/{name}" for name in found))


def read(root: Path, path: str) -> Source:
    """Return the file at `path`.

    Raises:
        ControlsError: when it is not YAML, or no mapping.
    """
    found = document.read(root / path, path)
    if not isinstance(found.data, dict) or not found.data:
        raise ControlsError(f"{path} holds no job", hint="delete it, or give it a job")
    return Source(path, found.data, found, tuple((root / path).read_text("utf-8").splitlines()))


def mapping(value: object) -> Values:
    """Return `value` if it is a mapping, else an empty one."""
    return cast("Values", value) if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """Return a list as it is, one value as a list of itself, nothing as an empty one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def strings(value: object) -> dict[str, str]:
    """Return variables with their values as text; one may be given as {value, description}."""
    plain = {key: mapping(item).get("value", item) for key, item in mapping(value).items()}
    return {key: "" if item is None else str(item) for key, item in plain.items()}


def _whole(name: str, entries: Mapping[str, Values], seen: tuple[str, ...]) -> dict[str, object]:
    own = entries.get(name, {})
    found: dict[str, object] = {}
    for parent in items(own.get("extends")):
        if str(parent) not in seen:
            found = _over(found, _whole(str(parent), entries, (*seen, name)))
    return _over(found, own)


def _over(under: dict[str, object], own: Values) -> dict[str, object]:
    variables = {**mapping(under.get("variables")), **mapping(own.get("variables"))}
    return {**under, **own, "variables": variables}


def _at(source: Source, key: str) -> Values:
    return mapping(source.data.get(key))


def _start(source: Source, line: int) -> int:
    """Return where the script of an item at `line` starts: below it, where it is a block."""
    said = source.text[line - 1].partition(" #")[0].rstrip()
    return line + said.endswith(("|", "|-", ">", ">-"))
