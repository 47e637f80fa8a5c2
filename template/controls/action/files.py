"""What a tool may see and change, as values: paths and contents, what differs, and how it is put.

A tool may never be given what governs it, what records it, or what others run; a link in its
folders would lead out of them, so there is none.
"""

import difflib
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from controls.action.shown import shown
from controls.errors import ControlsError
from controls.gateway.refusal import Refused

GOVERNING = frozenset(
    ("controls", "policy", "decisions", "incidents", "evals", "prompts", "tests", "docs")
)
CODE = frozenset(["workflow"])
MOST_BYTES, MOST_FILES = 8 << 20, 2000
_DRAFT = ".act-draft"  # what a killed process may leave of one write
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LINE = re.compile(r"(?<=\n)")

Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Change:
    """One file that is different: its digest before and after, None where it is not there."""

    path: str
    before: str | None
    after: str | None


def room(path: str, where: str, *, read_only: bool = False) -> str:
    """Return `path` where a tool may have it: to change it, or `read_only` to see it.

    Raises:
        ControlsError: when it leads elsewhere.
    """
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or "\\" in path or {"..", "."} & set(parts):
        raise ControlsError(f"{where}: {path!r} is no path below the repository")
    if parts[0].startswith(".") or parts[0] in GOVERNING or (parts[0] in CODE and not read_only):
        raise ControlsError(
            f"{where}: {path!r} governs or runs the workflow, so no tool gets it",
            "let it work on a folder of its own, such as workspaces/",
        )
    return "/".join(parts)


def read(root: Path, folders: Iterable[str]) -> dict[str, bytes]:
    """Return path → content of every file in `folders`.

    Raises:
        Refused: when there is a link or another odd file, or more than a tool is given.
    """
    found: dict[str, bytes] = {}
    for path in sorted(path for folder in folders for path in _below(root, root / folder)):
        found[path.relative_to(root).as_posix()] = path.read_bytes()
        if len(found) > MOST_FILES or sum(map(len, found.values())) > MOST_BYTES:
            raise Refused(
                f"there is more in {', '.join(folders)} than a tool is given",
                f"at most {MOST_FILES} files and {MOST_BYTES >> 20} MiB",
                "files",
            )
    return found


def _below(root: Path, folder: Path) -> Iterator[Path]:
    for place in (folder, *folder.parents):
        if place == root:
            break
        if place.is_symlink():
            raise _odd(root, place)
    for at, names, files in os.walk(folder):
        for path in (Path(at, name) for name in (*names, *files)):
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise _odd(root, path)
        yield from (Path(at, name) for name in files if not name.endswith(_DRAFT))


def _odd(root: Path, path: Path) -> Refused:
    return Refused(f"{path.relative_to(root).as_posix()} is no plain file or folder", rule="files")


def within(found: Files, folders: tuple[str, ...]) -> dict[str, bytes]:
    """Return what a tool left behind, where all of it lies in `folders` under plain names.

    Raises:
        Refused: when a path leads elsewhere, or it is more than a tool may leave.
    """
    for path in found:
        parts = PurePosixPath(path).parts
        plain = "/".join(parts) == path and not {"..", ".", "/"} & set(parts) and path.isprintable()
        inside = any(path.startswith(f"{folder}/") for folder in folders)
        if not plain or not inside or path.endswith(_DRAFT):
            raise Refused(f"{path!r} is outside of what the tool may change", rule="files")
    if len(found) > MOST_FILES or sum(map(len, found.values())) > MOST_BYTES:
        raise Refused("a tool left more than it may", rule="files")
    return dict(found)


def changes(before: Files, after: Files) -> tuple[Change, ...]:
    """Return every file that differs, by path."""
    return tuple(
        Change(path, _sha256(before.get(path)), _sha256(after.get(path)))
        for path in sorted({*before, *after})
        if before.get(path) != after.get(path)
    )


def sha256(files: Files) -> str:
    """Return the digest of all paths and contents."""
    told = hashlib.sha256()
    for path in sorted(files):
        told.update(f"{len(path.encode())}:{path}{_sha256(files[path])}".encode())
    return told.hexdigest()


def _sha256(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def diff(before: Files, after: Files) -> str:
    """Return what differs for people: unified, every character to be seen; else a sentence."""
    return "\n".join(
        line
        for change in changes(before, after)
        for line in _diff(change.path, before.get(change.path), after.get(change.path))
    )


def _diff(path: str, before: bytes | None, after: bytes | None) -> Iterable[str]:
    try:
        old, new = (_lines((text or b"").decode("utf-8")) for text in (before, after))
    except UnicodeDecodeError:
        return [f"{path}: no text; {len(before or b'')} bytes become {len(after or b'')}"]
    names = ("/dev/null" if before is None else path, "/dev/null" if after is None else path)
    if old == new:
        return [f"--- {names[0]}", f"+++ {names[1]}", "  an empty file"]
    return map(_told, difflib.unified_diff(old, new, *names))


def _lines(text: str) -> list[str]:
    """Return the lines with their ends: a missing one, or another one, is a difference too."""
    return [line for line in _LINE.split(text) if line]


def _told(line: str) -> str:
    plain = shown(line.removesuffix("\n"))
    return plain if line.endswith("\n") else f"{plain}\n\\ no line end"


def put(root: Path, path: str, content: bytes | None) -> None:
    """Make `path` hold `content`, or be gone; a reader sees the old or the new, never half.

    No link is followed on the way, were it put there this very moment.

    Raises:
        OSError: when the disk does not do it, or a link is in the way.
    """
    *folders, name = PurePosixPath(path).parts
    with _folder(root, folders, make=content is not None) as at:
        if at is None:
            return
        if content is None:
            _gone(at, name)
            return
        draft = f".{name}{_DRAFT}"
        _gone(at, draft)
        mode = _mode(at, name)
        try:
            with os.fdopen(os.open(draft, _NEW, mode, dir_fd=at), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            with suppress(OSError):  # an empty folder of that name holds nothing to lose
                os.rmdir(name, dir_fd=at)
            os.replace(draft, name, src_dir_fd=at, dst_dir_fd=at)
        except OSError:
            _gone(at, draft)
            raise
        os.fsync(at)


@contextmanager
def _folder(root: Path, names: Iterable[str], *, make: bool) -> Iterator[int | None]:
    """Give the open folder `names` below `root`, None where it is not there and not to be made."""
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in names:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(name, 0o755, dir_fd=at)
            try:
                inner = os.open(name, _FOLDER, dir_fd=at)
            except FileNotFoundError:
                yield None
                return
            os.close(at)
            at = inner
        yield at
    finally:
        os.close(at)


def _gone(at: int, name: str) -> None:
    with suppress(FileNotFoundError, IsADirectoryError):  # where a folder is, no file is
        os.unlink(name, dir_fd=at)


def _mode(at: int, name: str) -> int:
    try:
        return os.stat(name, dir_fd=at, follow_symlinks=False).st_mode & 0o777
    except FileNotFoundError:
        return 0o644
