"""Decides which template, which of its versions, and what of it is recorded.

Never renders, and never fetches an address that nobody named on the command line.
"""

from dataclasses import dataclass
from pathlib import Path

from prooflane.errors import ProoflaneError
from prooflane.git import repository
from prooflane.source import cache, own
from prooflane.version import newest

SHORTHANDS = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}


@dataclass(frozen=True, slots=True)
class Source:
    """A commit of a template; `url` and `version` are what a project records of it."""

    repository: Path
    url: str
    version: str
    commit: str
    is_ours: bool
    notices: tuple[str, ...] = ()


def find(template: str | None, to: str | None) -> Source:
    """Return the template at `template`, or our own, in version `to`, or the newest.

    Our own is taken as it stands here; any other at its newest release, so that what was rendered
    can be found again.

    Raises:
        ProoflaneError: when there is no such template or version.
    """
    if template is None or _same(template, own.checkout()):
        return _ours(to)
    if _is_address(template):
        return _remote(_address(template), to)
    return _local(Path(template).expanduser(), to)


def _ours(to: str | None) -> Source:
    home = own.checkout()
    if home is None and not own.BUNDLE.is_file():
        raise ProoflaneError(
            "this installation of prooflane carries no template", "name one with --template"
        )
    place = home or cache.bundle(own.BUNDLE)
    commit = _commit(place, to or "HEAD", "our template")
    version = repository.describe(place, commit)
    notices = _between(place, version, to) + (_left_out(home, to or "HEAD") if home else ())
    return Source(place, own.CANONICAL, version, commit, is_ours=True, notices=notices)


def _between(place: Path, version: str, to: str | None) -> tuple[str, ...]:
    if to not in {None, "HEAD"} or version in repository.tags(place):
        return ()
    return (f"the template is between releases: HEAD was rendered and recorded as {version!r}",)


def _remote(url: str, to: str | None) -> Source:
    place, is_fresh = cache.mirror(url)
    notices = () if is_fresh else (f"{url!r} cannot be reached: its last clone was used",)
    return _released(place, url, to, notices)


def _local(path: Path, to: str | None) -> Source:
    path = path.absolute()
    if path.is_file():
        return _released(cache.bundle(path), str(path), to)
    if not path.is_dir():
        raise ProoflaneError(
            f"there is no template at {str(path)!r}", "--template takes a git folder or a URL"
        )
    if repository.root(path) != path.resolve():
        raise ProoflaneError(
            f"the template {str(path)!r} is not a git repository",
            "git init and commit it, so that its version can be recorded",
        )
    return _released(path, str(path), to, _left_out(path, to))


def _left_out(path: Path, to: str | None) -> tuple[str, ...]:
    if to == "HEAD" and repository.is_dirty(path):
        return ("the template has uncommitted changes, which were left out",)
    return ()


def _released(place: Path, url: str, to: str | None, notices: tuple[str, ...] = ()) -> Source:
    ref = to or newest(repository.tags(place))
    if ref is None:
        raise ProoflaneError(
            f"the template {url!r} has no released version", "--to HEAD takes its newest commit"
        )
    commit = _commit(place, ref, f"the template {url!r}")
    version = repository.describe(place, commit)
    return Source(place, url, version, commit, is_ours=url == own.CANONICAL, notices=notices)


def _commit(place: Path, ref: str, name: str) -> str:
    # a clone of a bundle has no branch, and so no HEAD of its own
    refs = (cache.HEAD, ref) if ref == "HEAD" else (ref,)
    commit = next((found for ref in refs if (found := repository.resolve(place, ref))), None)
    if commit is None:
        tags = ", ".join(repository.tags(place)[-5:]) or "none yet"
        raise ProoflaneError(f"{name} has no version {refs[-1]!r}", f"its tags: {tags}")
    return commit


def _same(template: str, home: Path | None) -> bool:
    return not _is_address(template) and Path(template).expanduser().resolve() == home


def _is_address(template: str) -> bool:
    return "://" in template or template.startswith(("git@", *SHORTHANDS))


def _address(template: str) -> str:
    for short, long in SHORTHANDS.items():
        if template.startswith(short):
            path = template.removeprefix(short).lstrip("/").removesuffix(".git")
            return f"{long}{path}.git"
    return template
