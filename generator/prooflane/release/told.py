"""Finds the record of a release that was cut: in its own commit, whatever HEAD says now."""

from prooflane.errors import ProoflaneError
from prooflane.git import history
from prooflane.release import record
from prooflane.release.record import Record
from prooflane.source import find


def told(template: str, version: str) -> Record:
    """Return the record of `version` of `template`.

    Raises:
        ProoflaneError: when there is no such version, or it was released without a record.
    """
    source = find.find(template, version)
    path = record.path(source.version)
    blob = history.content(source.repository, source.commit, path)
    if blob is None:
        raise ProoflaneError(
            f"{version!r} has no record {path!r}", "prooflane release cut writes one"
        )
    return record.parse(blob, f"the record {path!r}")
