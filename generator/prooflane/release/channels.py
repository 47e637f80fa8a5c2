"""`channels.yaml`: which version each channel is at. Canary goes first, stable follows. Pure."""

from collections.abc import Mapping

from prooflane import document
from prooflane.errors import ProoflaneError
from prooflane.release.level import parsed

NAME = "channels.yaml"
CANARY, STABLE = NAMES = ("canary", "stable")
HEAD = "# Which version each channel is at; written by prooflane release cut.\n"


def parse(blob: bytes | None) -> dict[str, str]:
    """Return the channels in `blob`; none where there is no file yet.

    Raises:
        ProoflaneError: when they are malformed.
    """
    name = f"the template's {NAME!r}"
    data = document.mapping(document.parse(blob or b"", name) or {}, name)
    for key, version in data.items():
        if key not in NAMES or not isinstance(version, str) or parsed(version) is None:
            raise ProoflaneError(f"{name} has {key}: {version!r}", "canary: v1.2.3")
    return {key: str(version) for key, version in data.items()}


def dump(channels: Mapping[str, str]) -> bytes:
    """Return `channels` as YAML."""
    lines = (f"{name}: {channels[name]}\n" for name in NAMES if name in channels)
    return (HEAD + "".join(lines)).encode()


def moved(channels: Mapping[str, str], channel: str, version: str) -> dict[str, str]:
    """Return `channels` with `channel` at `version`; canary is never behind stable."""
    found = {**channels, channel: version}
    first, new = parsed(found.get(CANARY, version)), parsed(version)
    assert new
    if first is None or first < new or CANARY not in found:
        found[CANARY] = version
    return found
