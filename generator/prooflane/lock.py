"""`.prooflane.lock`: what a repository was last made from, and which controls are in force.

Pure text. Written by `new` and `sync`; a repository made by plain Copier has none until its first
sync. The recorded tree is the rendered one without this file, which cannot hold its own digest. The
last line is the digest of all above it, so that an edit by hand is seen.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from prooflane import document
from prooflane.errors import ProoflaneError

NAME = ".prooflane.lock"
HEADER = "# Written by prooflane at each sync: template, rendered tree, controls in force.\n"
FACTS = ("url", "version", "commit", "signer", "tree")


class State(StrEnum):
    """Whether a control is at the version of the template, or held at an older one."""

    current = "current"
    held = "held"


@dataclass(frozen=True, slots=True)
class Lock:
    """Where the tree came from, the tree's id, and each control's version in force and state.

    `signer` is who signed the version, and empty where nobody did.
    """

    url: str
    version: str
    commit: str
    tree: str
    controls: Mapping[str, tuple[str, str]]
    signer: str = field(default="", kw_only=True)

    @property
    def held(self) -> dict[str, str]:
        """Each held control's version in force."""
        return {id_: at for id_, (at, state) in self.controls.items() if state == State.held}


def fresh(url: str, version: str, commit: str, tree: str, controls: Iterable[str]) -> Lock:
    """Return the lock of a new repository: every control is current at the template's version."""
    current = dict.fromkeys(controls, (version, State.current.value))
    return Lock(url, version, commit, tree, current)


def dump(lock: Lock) -> bytes:
    """Return `lock` as YAML; each text is quoted as JSON, so that no value changes its type."""
    lines = [
        "template:",
        *(f"  {key}: {_quoted(getattr(lock, key))}" for key in FACTS),
        "controls:" if lock.controls else "controls: {}",
        *(
            f"  {id_}: {{version: {json.dumps(version)}, state: {state}}}"
            for id_, (version, state) in lock.controls.items()
        ),
    ]
    body = (HEADER + "\n".join(lines) + "\n").encode()
    return body + f'digest: "{hashlib.sha256(body).hexdigest()}"\n'.encode()


def parse(blob: bytes) -> Lock:
    """Return the lock in `blob`.

    Raises:
        ProoflaneError: when it is not exactly what `dump` wrote.
    """
    try:
        data = document.mapping(document.parse(blob, NAME), NAME)
        found = _lock(data)
    except (ProoflaneError, KeyError, TypeError, ValueError) as error:
        raise _edited() from error
    if dump(found) != blob:
        raise _edited()
    return found


def _lock(data: Mapping[str, object]) -> Lock:
    facts = document.mapping(data["template"], NAME)
    rows = document.mapping(data["controls"], NAME)
    controls = {id_: _control(document.mapping(row, NAME)) for id_, row in rows.items()}
    url, version, commit, signer, tree = (str(facts[key]) for key in FACTS)
    return Lock(url, version, commit, tree, controls, signer=signer)


def _control(row: Mapping[str, object]) -> tuple[str, str]:
    return str(row["version"]), State(str(row["state"])).value


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _edited() -> ProoflaneError:
    return ProoflaneError(
        f"{NAME} was edited by hand",
        f"git log -p {NAME} shows how: restore it, or remove it, and the next sync writes it anew",
    )
