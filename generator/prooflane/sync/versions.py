"""Which version of the template a repository goes to; never an older one.

Where the template is, and whether it is trusted, is decided by `prooflane.source`.
"""

from dataclasses import dataclass, replace

from prooflane.errors import ProoflaneError
from prooflane.git import history
from prooflane.source import find, releases, signature
from prooflane.source.find import Source
from prooflane.sync.subject import Subject
from prooflane.version import is_older


@dataclass(frozen=True, slots=True)
class Journey:
    """From the commit that the repository was last made from to the commit of `source`."""

    source: Source
    start: str
    notices: tuple[str, ...]
    signer: str = ""


def journey(subject: Subject, template: str | None, to: str | None) -> Journey:
    """Return where `subject` goes: to version `to`, or to the newest; or it stays, when ahead.

    Raises:
        ProoflaneError: when the template or a version is not there, or `to` is an older one.
    """
    source = find.recorded(subject.url, template, to)
    start = _start(source, subject)
    if start == source.commit or not _goes_back(source, start, subject.version):
        return Journey(source, start, source.notices)
    if to is not None:
        raise ProoflaneError(
            f"{source.version} is older than {subject.version}, which this repository is at",
            "take a sync back with git revert of its commit",
        )
    ahead = f"this repository is ahead of the newest release {source.version}"
    stayed = replace(source, version=subject.version, commit=start)
    return Journey(stayed, start, (*source.notices, ahead))


def signed(way: Journey, tier: object) -> Journey:
    """Return `way` with who signed its version.

    Raises:
        ProoflaneError: when the tier takes signed versions only, and it is not.
    """
    signer, notices = signature.judge(way.source, tier if isinstance(tier, int) else 0)
    return replace(way, signer=signer, notices=(*way.notices, *notices))


def _start(source: Source, subject: Subject) -> str:
    # a tag may have moved since: the lock says which commit it was
    exact = releases.resolve(source.repository, subject.proof.commit) if subject.proof else None
    return exact or find.at(source, subject.version)


def _goes_back(source: Source, start: str, recorded: str) -> bool:
    # an abbreviated id of digits alone reads as a version, and is none
    is_id = start.startswith(recorded) or source.commit.startswith(source.version)
    older = None if is_id else is_older(source.version, recorded)
    if older is not None:
        return older
    return history.is_ancestor(source.repository, source.commit, start)
