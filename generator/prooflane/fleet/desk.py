"""What one worker keeps open while it judges many repositories, so that each costs only itself.

Templates compiled, ways resolved, signatures verified: once for each version, not for each
repository. Nothing here changes a verdict.
"""

import atexit
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from typing import TypeVar

from prooflane.errors import ProoflaneError
from prooflane.fleet.job import Target
from prooflane.fleet.warm import Checks
from prooflane.git import process
from prooflane.git.odb import Folders
from prooflane.resync.shelf import Shelf
from prooflane.source import address, find, own, trust
from prooflane.source.find import Source
from prooflane.sync import versions
from prooflane.sync.subject import Subject
from prooflane.sync.versions import Journey

K = TypeVar("K")
T = TypeVar("T")


class ForeignError(ProoflaneError):
    """The repository is not of a template that takes part."""


class Desk:
    """What is open; one per worker and target, because it reads through running processes."""

    def __init__(self, target: Target, stack: ExitStack) -> None:
        self.target = target
        self.folders = Folders()
        self.shelf = Shelf(stack)
        self.checks = Checks(target.checks, stack)
        self._sources: dict[str, Source | ProoflaneError] = {}
        self._ways: dict[tuple[str, str, str], Journey | ProoflaneError] = {}
        self._signed: dict[tuple[Source, object], Journey | ProoflaneError] = {}

    def take(self, url: str, source: Source) -> None:
        """Use `source` for repositories that record `url`: it is not looked for again."""
        self._sources[url] = source

    def way(self, subject: Subject) -> Journey:
        """Return where `subject` goes.

        Raises:
            ForeignError: when its template takes no part.
            ProoflaneError: when a version of it is not there.
        """
        proof = subject.proof.commit if subject.proof else ""
        source = self._source(subject.url)
        key = (subject.url, subject.version, proof)
        return _once(self._ways, key, lambda: versions.onward(subject, source, self.target.to))

    def signed(self, way: Journey, tier: object) -> Journey:
        """Return `way` with who signed its version, as `prooflane sync` would."""
        if self.target.candidate:
            return way
        judged = _once(self._signed, (way.source, tier), lambda: versions.signed(way, tier))
        return Journey(way.source, way.start, judged.notices, judged.signer)

    def _source(self, url: str) -> Source:
        return _once(self._sources, url, lambda: source(url, self.target))


def source(url: str, target: Target) -> Source:
    """Return the template of a repository that records `url`, in the wanted version.

    Raises:
        ForeignError: when it is another template than the one that was named, or nobody trusts it.
        ProoflaneError: when the template or the version is not there.
    """
    if target.template is None:
        _refuse_untrusted(url)
        return find.recorded(url, None, target.to)
    found = find.recorded(url, target.template, target.to)
    if not _is_of(found, url):
        raise ForeignError(f"it was made from {url!r}, another template")
    return replace(found, version=target.candidate or found.version)


def _refuse_untrusted(url: str) -> None:
    if own.is_canonical(url):
        return
    try:
        trust.require(url)
    except ProoflaneError as error:
        raise ForeignError(error.message, error.hint) from error


def _is_of(found: Source, url: str) -> bool:
    if found.is_ours and own.is_canonical(url):
        return True
    done = process.attempt("config", "remote.origin.url", cwd=found.repository)
    origin = done.stdout.decode(errors="replace").strip()
    return _plain(url) in {_plain(found.url), _plain(origin)}


def _plain(url: str) -> str:
    try:
        return address.plain(url)
    except ProoflaneError:
        return url


def _once(known: dict[K, T | ProoflaneError], key: K, make: Callable[[], T]) -> T:
    if key not in known:
        try:
            known[key] = make()
        except ProoflaneError as error:
            known[key] = error
    found = known[key]
    if isinstance(found, ProoflaneError):
        raise found
    return found


def desk(target: Target) -> Desk:
    """Return this thread's desk for `target`, opened when it is first asked for."""
    return _opened(target, threading.get_ident())


@cache
def _opened(target: Target, _thread: int) -> Desk:
    # a worker of any kind ends with its process, and what it opened with it
    stack = ExitStack()
    atexit.register(stack.close)
    return Desk(target, stack)
