"""How much a version tells of its release, and which version comes next. Pure."""

from enum import IntEnum

from packaging.version import InvalidVersion, Version


class Level(IntEnum):
    """The part of a version that changes."""

    patch = 0
    minor = 1
    major = 2


def parsed(name: str) -> Version | None:
    """Return the version that `name` says, or None."""
    try:
        return Version(name)
    except InvalidVersion:
        return None


def following(name: str, least: Level) -> str:
    """Return the version after `name` that tells of `least`, named alike; of none, the first."""
    version = parsed(name)
    if version is None:
        return "v0.1.0"
    major, minor, micro = (*version.release, 0, 0)[:3]
    numbers = {
        Level.major: f"{major + 1}.0.0",
        Level.minor: f"{major}.{minor + 1}.0",
        Level.patch: f"{major}.{minor}.{micro + 1}",
    }[least]
    return ("v" if name.startswith("v") else "") + numbers


def declared(newest: Version, version: Version) -> Level:
    """Return what `version` tells after `newest`."""
    was, now = ((*row.release, 0, 0)[:2] for row in (newest, version))
    if was[0] != now[0]:
        return Level.major
    return Level.minor if was != now else Level.patch
