"""Whether a version may be cut here at all, asked before anything is looked at or written."""

from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from prooflane.errors import ProoflaneError
from prooflane.git import history, publish, repository
from prooflane.git import place as places
from prooflane.git.place import Place
from prooflane.release import candidate, channels, staging
from prooflane.release.candidate import Released
from prooflane.release.level import parsed
from prooflane.source import address


@dataclass(frozen=True, slots=True)
class Ready:
    """The checkout, its branch, the key, and the channels as they are.

    `known` is the release that is there already; `moved` are the channels after the cut.
    """

    place: Place
    branch: str
    key: str
    version: str
    channels: dict[str, str]
    moved: dict[str, str]
    known: Released | None


def ready(template: str, version: str, channel: str, key: str | None, *, is_plan: bool) -> Ready:
    """Return what a cut of `version` needs; what a killed cut of it left is taken back first.

    Raises:
        ProoflaneError: when something of it is missing, or the version cannot follow the others.
    """
    said, place = _version(version), _checkout(template)
    publish.require_identity(place)
    now = channels.parse(history.content(place.root, place.head, channels.NAME))
    moved = channels.moved(now, channel, version)
    staging.tidy(place, version, moved, is_plan=is_plan)
    releases = candidate.released(place.root)
    known = next((row for row in releases if row.name == version), None)
    if known is None:
        _refuse_disorder(version, said, _followed(place, releases))
    elif not (_holds(place, known) or history.parent(place.root, known.commit) == place.head):
        raise ProoflaneError(f"{version} lies on another branch", "git switch to its branch")
    is_tagged = known is not None and version in repository.tags(place.root)
    return Ready(
        place=place,
        branch=publish.branch(place),
        key="" if is_tagged else _key(place, key),
        version=version,
        channels=now,
        moved=moved,
        known=known,
    )


def _checkout(template: str) -> Place:
    if address.is_url(template):
        raise ProoflaneError(f"{template!r} is not a checkout", "clone it, and cut there")
    place = places.find(Path(template))
    if place.is_bare or place.is_shallow:
        kind = "a bare repository" if place.is_bare else "a shallow clone"
        raise ProoflaneError(f"{str(place.root)!r} is {kind}", "cut in a full clone")
    return place


def _holds(place: Place, release: Released) -> bool:
    return history.is_ancestor(place.root, release.commit, place.head)


def _followed(place: Place, releases: list[Released]) -> Released | None:
    # a maintenance branch goes on after its own last release, whatever there is beside it
    return next((row for row in reversed(releases) if _holds(place, row)), None)


def _version(text: str) -> Version:
    found = parsed(text)
    if found is None or found.is_prerelease or len(found.release) > 3 or found.local:
        raise ProoflaneError(f"{text!r} is no version of a release", "v1.2.3")
    return found


def _refuse_disorder(text: str, version: Version, newest: Released | None) -> None:
    if newest is None:
        return
    if text.startswith("v") != newest.name.startswith("v"):
        raise ProoflaneError(f"{text!r} is not named as {newest.name!r} is", "v1.2.3 or 1.2.3")
    if version <= newest.version:
        raise ProoflaneError(
            f"{text} does not come after {newest.name}", "prooflane release check names the next"
        )


def _key(place: Place, key: str | None) -> str:
    if key is not None:
        path = Path(key).expanduser().resolve()
        if not path.is_file():
            raise ProoflaneError(f"there is no key {key!r}", "ssh-keygen -t ed25519 -f FILE")
        return str(path)
    found = publish.signing_key(place)
    if not found:
        raise ProoflaneError(
            "a release is signed, and there is no ssh key to sign with",
            "--key FILE, or git config gpg.format ssh && git config user.signingkey FILE",
        )
    return found
