"""Decides which template, which of its versions, and what of it is recorded.

Never renders, and never fetches an address that the user neither named nor trusts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from prooflane.errors import ProoflaneError
from prooflane.files import DIGITS
from prooflane.git import repository
from prooflane.source import address, cache, own, releases, trust
from prooflane.version import newest


@dataclass(frozen=True, slots=True)
class Source:
    """A commit of a template; `url` and `version` are what a project records of it.

    It `is_ours` by its address; `is_installed` says that it was read from this installation.
    """

    repository: Path
    url: str
    version: str
    commit: str
    is_ours: bool
    notices: tuple[str, ...] = ()
    is_installed: bool = False


def find(template: str | None, to: str | None, env: Mapping[str, str] | None = None) -> Source:
    """Return the template at `template`, or our own, in version `to`, or the newest.

    Our own is taken as it stands here; any other at its newest release, so that what was rendered
    can be found again. Git goes to a URL with `env`, when it is given.

    Raises:
        ProoflaneError: when there is no such template or version.
    """
    if template is None or _same(template, own.checkout()):
        return _ours(to)
    if address.is_url(template):
        return _remote(address.expand(template), to, env)
    return _local(Path(template).expanduser(), to)


def recorded(
    url: str, template: str | None, to: str | None, env: Mapping[str, str] | None = None
) -> Source:
    """Return the template of a repository that records `url`, in version `to`, or the newest.

    A `template` that was named is trusted for this call. Our own is read from this installation
    and never fetched; any other must be on the user's list. `url` is recorded as it was. Git goes
    to a URL with `env`, when it is given.

    Raises:
        ProoflaneError: when it is not trusted, or there is no such template or version.
    """
    if template is not None:
        if _same(template, own.checkout()):
            return _ours(to or _newest_of_ours())
        return find(template, to, env)
    if own.is_canonical(url):
        return replace(_ours(to or _newest_of_ours()), url=url)
    if not (address.is_url(url) or Path(url).expanduser().is_absolute()):
        raise ProoflaneError(
            f"the recorded template {url!r} is a relative path", f"--template {url}"
        )
    trust.require(url)
    return replace(find(url, to, env), url=url)


def at(source: Source, version: str, fallback: str = "") -> str:
    """Return the commit of `source` that a repository recorded as `version`, or as `fallback`.

    Raises:
        ProoflaneError: when the template has neither.
    """
    for ref in filter(None, (version, fallback)):
        if commit := releases.resolve(source.repository, ref):
            return commit
    raise _unknown(source, version)


def _unknown(source: Source, version: str) -> ProoflaneError:
    hint = "--template names a clone of the template that has it"
    if source.is_ours and not own.checkout():
        hint = f"this prooflane carries the template up to {source.version}: install a newer one"
    if repository.is_shallow(source.repository):
        hint = "the template's clone is shallow: git fetch --unshallow --tags"
    return ProoflaneError(f"the template {source.url!r} has no commit {version!r}", hint)


def _ours(to: str | None) -> Source:
    home = own.checkout()
    place = _our_place()
    commit = _commit(place, to or "HEAD", "our template")
    version = releases.describe(place, commit)
    notices = _between(place, version, to) + (_left_out(home, to or "HEAD") if home else ())
    found = Source(place, own.CANONICAL, version, commit, is_ours=True, notices=notices)
    return replace(found, is_installed=True)


def _our_place() -> Path:
    home = own.checkout()
    if home is None and not own.BUNDLE.is_file():
        raise ProoflaneError(
            "this installation of prooflane carries no template", "name one with --template"
        )
    return home or cache.bundle(own.BUNDLE)


def _newest_of_ours() -> str | None:
    return newest(_names(_our_place()))


def _between(place: Path, version: str, to: str | None) -> tuple[str, ...]:
    if to not in {None, "HEAD"} or version in _names(place):
        return ()
    return (f"the template is between releases: HEAD was rendered and recorded as {version!r}",)


def _remote(url: str, to: str | None, env: Mapping[str, str] | None) -> Source:
    place, is_fresh = cache.mirror(url, env)
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
    ref = to or newest(_names(place))
    if ref is None:
        raise ProoflaneError(
            f"the template {url!r} has no released version", "--to HEAD takes its newest commit"
        )
    commit = _commit(place, ref, f"the template {url!r}")
    version = releases.describe(place, commit)
    return Source(place, url, version, commit, is_ours=own.is_canonical(url), notices=notices)


def _commit(place: Path, ref: str, name: str) -> str:
    commit = releases.resolve(place, ref)
    if commit is None:
        known = ", ".join(_names(place)[-5:]) or "none yet"
        raise ProoflaneError(f"{name} has no version {ref!r}", f"its tags: {known}")
    if len(commit) != DIGITS:
        raise ProoflaneError(
            f"{name} names its objects by SHA-256", "prooflane takes templates with SHA-1"
        )
    return commit


def _names(place: Path) -> list[str]:
    # the records count where no tag is a release
    tags = repository.tags(place)
    return tags if newest(tags) else [*tags, *releases.names(place)]


def _same(template: str, home: Path | None) -> bool:
    return not address.is_url(template) and Path(template).expanduser().resolve() == home
