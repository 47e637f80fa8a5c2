"""The verb: one path -> who owns it, which controls need it, which release put it here.

Offline, for every file: the catalogue and the digest lists tell what is managed, history tells what
came when. Our own template is at hand and says the rest; another one is never fetched for this.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from prooflane import catalogue, document
from prooflane.catalogue import Catalogue, Control
from prooflane.check import drift
from prooflane.check.inspect import locate
from prooflane.check.original import original
from prooflane.check.recorded import ANSWERS, Recorded, load, read
from prooflane.errors import ProoflaneError
from prooflane.git import history, origin
from prooflane.git.origin import Origin
from prooflane.git.place import Place
from prooflane.source import own

VERSION = re.compile(rb"^_commit: (.+)$", re.MULTILINE)
NONE = Catalogue((), (), ())
OWN = "own"
GIT = ".git"


@dataclass(frozen=True, slots=True)
class Explained:
    """What is known of `path`.

    `owner` is a class of the catalogue, or `own` for what the template never made; `release` is
    the template's version when the file came, `state` whether its content is the template's.
    """

    path: str
    owner: str
    state: str
    controls: tuple[Control, ...]
    in_force: Mapping[str, str]
    release: str
    added: Origin | None
    changed: Origin | None
    recorded: Recorded


def explain(path: Path) -> Explained:
    """Return what is known of the file at `path`.

    Raises:
        ProoflaneError: when it is no file of a repository made from a template.
    """
    place, name = _located(path)
    recorded = load(place.root)
    known = _catalogue(place.root)
    listed = _listed(place.root, recorded)
    state = _state(place.root, name, listed)
    first = origin.added(place.root, name)
    if state == "absent" and first is None:
        raise ProoflaneError(f"there is no file {name!r}", "name a file of the repository")
    owner = _owner(place, name, known, recorded, first)
    covering = known.of(recorded.tier) if owner != OWN else ()
    controls = tuple(control for control in covering if control.covers(name))
    release = _release(place, first) or recorded.version
    return Explained(
        path=name,
        owner=owner,
        state=state,
        controls=controls,
        in_force={control.id: _in_force(recorded, control.id) for control in controls},
        release="" if owner == OWN else release,
        added=first,
        changed=origin.changed(place.root, name),
        recorded=recorded,
    )


def _located(path: Path) -> tuple[Place, str]:
    whole = path.absolute()
    # the file itself may be a link, or missing; the folder that holds it says where it is
    folder = next(above for above in whole.parents if above.is_dir() and GIT not in above.parts)
    place = locate(folder)
    whole = folder.resolve() / whole.relative_to(folder)
    root = place.root.resolve()
    if ".." in whole.parts or not whole.is_relative_to(root):
        raise ProoflaneError(
            f"{str(path)!r} is not in {str(root)!r}", "name a file of a repository"
        )
    name = whole.relative_to(root).as_posix()
    if GIT in name.split("/"):
        raise ProoflaneError(f"{name!r} is git's own", "name a file of the repository")
    if whole.is_dir() and not whole.is_symlink():
        raise ProoflaneError(f"{name!r} is a folder", "name a file in it")
    return place, name


def _catalogue(root: Path) -> Catalogue:
    blob = read(root, catalogue.PATH)
    return NONE if blob is None else catalogue.load(blob)


def _listed(root: Path, recorded: Recorded) -> drift.Digests:
    return drift.digests(root, drift.required(sorted(drift.present(root)), recorded))[0]


def _state(root: Path, name: str, listed: drift.Digests) -> str:
    path = root / name
    if name in listed:
        found = [finding.rule for finding in drift.drift(root, {name: listed[name]})]
        return found[0].value.removeprefix("managed-") if found else "intact"
    return "present" if path.is_symlink() or path.exists() else "absent"


def _owner(
    place: Place, name: str, known: Catalogue, recorded: Recorded, first: Origin | None
) -> str:
    owner = known.ownership.of(name)
    if owner in {"managed", "derived", "state"} or _is_made(place, name, recorded, first):
        return owner
    return OWN


def _is_made(place: Place, name: str, recorded: Recorded, first: Origin | None) -> bool:
    if own.is_canonical(recorded.url):
        with suppress(ProoflaneError):
            return name in original(place.root, recorded)
    # else: it came in the commit that recorded a version of the template
    return first is not None and history.touches(place.root, first.commit, ANSWERS)


def _in_force(recorded: Recorded, id_: str) -> str:
    controls = recorded.lock.controls if recorded.lock else {}
    return controls.get(id_, (recorded.version, ""))[0]


def _release(place: Place, first: Origin | None) -> str:
    """Return the template's version that the commit `first` recorded."""
    blob = history.content(place.root, first.commit, ANSWERS) if first else None
    match = VERSION.search(blob or b"")
    if match is None:
        return ""
    return str(document.parse(match[1], ANSWERS))
