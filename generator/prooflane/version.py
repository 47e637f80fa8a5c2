"""Which tag of a template is its newest release, and which of two versions is the older.

Pure; PEP 440, as Copier reads tags. `prooflane.source` asks git for the tags.
"""

from collections.abc import Iterable

from packaging.version import InvalidVersion, Version


def newest(tags: Iterable[str]) -> str | None:
    """Return the highest released version among `tags`, or None: pre-releases never count."""
    released = [(version, tag) for tag in tags if (version := _released(tag))]
    return max(released)[1] if released else None


def is_older(one: str, other: str) -> bool | None:
    """Say whether `one` is the older version; None when one of them is no version."""
    try:
        return Version(one) < Version(other)
    except InvalidVersion:
        return None


def _released(tag: str) -> Version | None:
    try:
        version = Version(tag)
    except InvalidVersion:
        return None
    return None if version.is_prerelease else version
