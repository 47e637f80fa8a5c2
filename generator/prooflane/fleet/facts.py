"""What a repository says of itself at its HEAD: template, version, tier, owner, controls, waivers.

Reads records only. Whether they are true is for `prooflane check` in the repository to say.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prooflane import catalogue
from prooflane.catalogue import Catalogue
from prooflane.errors import ProoflaneError
from prooflane.files import Entries
from prooflane.lock import State
from prooflane.merge.model import Objects
from prooflane.sync.record import MANIFEST, said
from prooflane.sync.subject import Subject


@dataclass(frozen=True, slots=True)
class Facts:
    """The records of one repository; `controls` gives id, title, version in force and state."""

    template: str
    version: str
    tier: int | None
    name: str
    team: str
    owner: str
    controls: tuple[tuple[str, str, str, str], ...]
    waivers: tuple[tuple[str, str, str, str], ...]


def facts(subject: Subject, objects: Objects) -> Facts:
    """Return what `subject` says of itself."""
    told = manifest(subject.head, objects)
    spec, meta = _inner(told, "spec"), _inner(told, "metadata")
    tier = subject.answers.get("tier")
    return Facts(
        template=subject.url,
        version=subject.version,
        tier=tier if isinstance(tier, int) else None,
        name=str(meta.get("name") or subject.answers.get("project_name") or ""),
        team=str(spec.get("team") or subject.answers.get("team") or ""),
        owner=str(spec.get("owner") or subject.answers.get("owner") or ""),
        controls=tuple(_controls(subject, _catalogue(subject.head, objects), tier)),
        waivers=tuple(_waivers(spec.get("waivers"))),
    )


def manifest(head: Entries, objects: Objects) -> Mapping[str, object]:
    """Return the manifest in `head`; nothing when there is none that can be read."""
    if MANIFEST not in head:
        return {}
    try:
        return said(objects.read(head[MANIFEST].id))
    except ProoflaneError:
        return {}  # its own checks say so; here it only stays without a team


def _catalogue(head: Entries, objects: Objects) -> Catalogue | None:
    if catalogue.PATH not in head:
        return None
    try:
        return catalogue.load(objects.read(head[catalogue.PATH].id))
    except ProoflaneError:
        return None


def _controls(
    subject: Subject, known: Catalogue | None, tier: object
) -> Iterator[tuple[str, str, str, str]]:
    of_tier = known.of(tier) if known and isinstance(tier, int) else ()
    titles = {control.id: control.title for control in of_tier}
    if subject.lock:
        for id_, (version, state) in subject.lock.controls.items():
            yield id_, titles.get(id_, ""), version, state
        return
    # plain Copier keeps no record: the tree is what its version gave, as far as anybody knows
    for control in of_tier:
        yield control.id, control.title, subject.version, State.current.value


def _waivers(value: object) -> Iterator[tuple[str, str, str, str]]:
    for row in value if isinstance(value, list) else ():
        if isinstance(row, dict) and row.get("control") and row.get("expires"):
            texts = (row.get(key, "") for key in ("control", "expires", "reason", "approver"))
            control, expires, reason, approver = map(str, texts)
            yield control, expires, reason, approver


def _inner(said: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = said.get(key)
    return value if isinstance(value, dict) else {}
