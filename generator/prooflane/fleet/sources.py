"""What a person names as the fleet → the repositories that it has.

`github:ORGANISATION`, `gitlab:GROUP`, a file with one URL or folder a line, or a folder. What a
repository holds is read by `prooflane.fleet.scan`.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from prooflane.errors import ProoflaneError
from prooflane.fleet.job import FORGES
from prooflane.fleet.repository import EMPTY, Repository, Standing
from prooflane.forge import connect
from prooflane.source import address

HINT = "a source is github:ORGANISATION, gitlab:GROUP, a file with a list, or a folder"
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Source:
    """A part of the fleet; `kind` is a forge, `list` or `folder`."""

    kind: str
    place: str

    @property
    def name(self) -> str:
        """What the ledger calls it."""
        return f"{self.kind}:{self.place}"


def parse(text: str) -> Source:
    """Return the source that `text` names.

    Raises:
        ProoflaneError: when it names none.
    """
    kind, colon, rest = text.partition(":")
    if colon and kind in FORGES:
        if not rest.strip("/"):
            raise ProoflaneError(f"{text!r} names no {GROUPS[kind]}", HINT)
        return Source(kind, rest.strip("/"))
    path = Path(text).expanduser().absolute()
    if path.is_dir():
        return Source("folder", str(path))
    if path.is_file():
        return Source("list", str(path))
    raise ProoflaneError(f"there is no source {text!r}", HINT)


GROUPS = {"github": "organisation", "gitlab": "group"}


def repositories(source: Source) -> Iterator[Repository]:
    """Give the repositories of `source`, as far as a listing tells of them.

    Raises:
        ProoflaneError: when it cannot be listed.
    """
    if source.kind == "folder":
        found = list(_below(Path(source.place), 0))
        if not found:
            raise ProoflaneError(f"the folder {source.place!r} holds no git repository", HINT)
        yield from (_local(place, source) for place in found)
    elif source.kind == "list":
        yield from _listed(source)
    else:
        yield from _of_forge(source)


def _of_forge(source: Source) -> Iterator[Repository]:
    for remote in connect.connect(source.kind).repositories(source.place):
        archived = (Standing.archived, "the forge says that it is archived")
        empty = (Standing.empty, EMPTY)
        active = (Standing.active, "")
        state, reason = archived if remote.is_archived else empty if remote.is_empty else active
        yield Repository(
            key=remote.key,
            source=source.name,
            forge_id=remote.id,
            url=remote.url,
            branch=remote.branch,
            state=state,
            reason=reason,
        )


def _listed(source: Source) -> Iterator[Repository]:
    try:
        text = Path(source.place).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProoflaneError(f"the list {source.place!r} cannot be read", HINT) from error
    lines = [line.partition(" #")[0].strip() for line in text.splitlines()]
    named = [line for line in lines if line and not line.startswith("#")]
    if not named:
        raise ProoflaneError(f"the list {source.place!r} names no repository", "one URL a line")
    for line in dict.fromkeys(named):
        if address.is_url(line):
            yield _remote(line, source)
        else:
            yield _local((Path(source.place).parent / line).resolve(), source)


def _remote(text: str, source: Source) -> Repository:
    try:
        url = address.expand(text)
    except ProoflaneError as error:
        message = f"the list {source.place!r} names {text!r}, which is never fetched"
        raise ProoflaneError(message, error.hint) from error
    parts = urlsplit(url if "://" in url else f"ssh://{url.replace(':', '/', 1)}")
    path = parts.path.strip("/").removesuffix(".git")
    host = parts.netloc.rpartition("@")[2].lower()
    key = f"{host}/{path}" if host else url
    return Repository(key=key, source=source.name, url=url)


def _local(place: Path, source: Source) -> Repository:
    return Repository(key=str(place), source=source.name, url=str(place))


def _below(folder: Path, depth: int) -> Iterator[Path]:
    if (folder / ".git").exists() or _is_bare(folder):
        yield folder
        return
    if depth >= DEEPEST:
        return
    try:
        with os.scandir(folder) as listed:
            inner = sorted(entry.path for entry in listed if entry.is_dir(follow_symlinks=False))
    except OSError:
        yield folder  # reading it says so, and the rest goes on
        return
    for path in inner:
        if not Path(path).name.startswith("."):
            yield from _below(Path(path), depth + 1)


def _is_bare(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir()
