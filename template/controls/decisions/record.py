"""Reads and writes decision records: `decisions/NNNN-title.md`, front matter and sections.

Whether a change needs a record, and whether this one covers it, is decided in `rule`.
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import yaml

from controls import document
from controls.decisions import form
from controls.errors import ControlsError

FOLDER = "decisions"
_NAME = re.compile(r"decisions/(\d{4,})-[^/]+\.md")
_FRONT_MATTER = re.compile(r"\A---\n(.*?\n)---(?:\n|\Z)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Record:
    """A decision record; `answers` holds, for each section found, its line and its text."""

    path: str
    title: str
    risk: str
    paths: tuple[str, ...]
    answers: dict[str, tuple[int, str]]

    @property
    def number(self) -> int:
        """Return the number in the file's name."""
        match = _NAME.fullmatch(self.path)
        return int(match[1]) if match else 0

    def covers(self, path: str) -> bool:
        """Say whether the record names `path` or a folder that holds it; the root is no name."""
        named = (entry.strip().removeprefix("./").rstrip("/") for entry in self.paths)
        return any(name and (path == name or path.startswith(f"{name}/")) for name in named)

    def empty_sections(self) -> tuple[tuple[str, int], ...]:
        """Return the sections that nobody filled, each with its line (1 where it is missing)."""
        found = ((title, *self.answers.get(title, (1, ""))) for title in form.SECTIONS)
        return tuple(
            (title, line) for title, line, text in found if not form.is_filled(title, text)
        )


def is_record(path: str) -> bool:
    """Say whether a path, relative to the root, is named like a decision record."""
    return _NAME.fullmatch(path) is not None


def names(root: Path) -> tuple[str, ...]:
    """Return the paths of all records, oldest number first."""
    found = (f"{FOLDER}/{path.name}" for path in (root / FOLDER).glob("*.md"))
    return tuple(sorted(filter(is_record, found), key=lambda name: (number(name), name)))


def number(path: str) -> int:
    """Return the number in the name of a record, 0 when it has none."""
    match = _NAME.fullmatch(path)
    return int(match[1]) if match else 0


def read(root: Path, path: str) -> Record:
    """Return the record at `path`.

    Raises:
        ControlsError: when it is unreadable, not UTF-8, or has no front matter.
    """
    try:
        text = (root / path).read_bytes().decode("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ControlsError(f"{path} cannot be read: {error}") from error
    match = _FRONT_MATTER.match(text)
    head = document.parse(match[1], path).data if match else None
    if match is None or not isinstance(head, dict):
        raise ControlsError(
            f"{path}:1: no front matter", hint="python -m controls decisions new TITLE"
        )
    paths = head.get("paths") or []
    if not isinstance(paths, list):
        raise ControlsError(f"{path}:1: paths must be a list", hint="paths: [prompts/answer.md]")
    return Record(
        path=path,
        title=str(head.get("title") or Path(path).stem),
        risk=str(head.get("risk") or ""),
        paths=tuple(map(str, paths)),
        answers=_sections(text, match.end()),
    )


def write(root: Path, title: str, risk: str, paths: tuple[str, ...]) -> str:
    """Create the next record with an empty form and return its path; nothing is replaced.

    Raises:
        ControlsError: when the title has no letter or digit, or the folder cannot be written.
    """
    slug = slugify(title)
    following = max((number(name) for name in names(root)), default=0) + 1
    path = f"{FOLDER}/{following:04d}-{slug}.md"
    head = {"title": " ".join(title.split()), "date": None, "risk": risk, "paths": list(paths)}
    front = yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=1000)
    text = f"---\n{front}---\n\n# {following:04d} {head['title']}\n\n{form.body()}"
    try:
        (root / FOLDER).mkdir(exist_ok=True)
        with (root / path).open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise ControlsError(f"{path} cannot be written: {error.strerror}") from error
    return path


def slugify(title: str) -> str:
    """Return `title` as a file name of ASCII letters, digits and dashes.

    Raises:
        ControlsError: when nothing is left of it.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    slug: str = "-".join(re.findall(r"[a-z0-9]+", plain))[:60].strip("-")
    if not slug:
        raise ControlsError(
            f"title {title!r} holds no letter or digit of the Latin alphabet",
            hint="give it a few words that can name a file",
        )
    return slug


def _sections(text: str, start: int) -> dict[str, tuple[int, str]]:
    blank = _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), text[start:])
    first = text.count("\n", 0, start) + 1
    found: dict[str, tuple[int, list[str]]] = {}
    current: list[str] = []
    for line, words in enumerate(blank.split("\n"), first):
        if words.startswith("## "):
            current = []
            found.setdefault(words[3:].strip(), (line, current))
        else:
            current.append(words)
    return {title: (line, "\n".join(words)) for title, (line, words) in found.items()}
