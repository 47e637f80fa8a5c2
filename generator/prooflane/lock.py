"""`.prooflane.lock`: what a repository was last made from, and which controls are in force.

Pure text. Written by `new`; a repository made by plain Copier has none until its first sync.
The recorded tree is the rendered one without this file, which cannot hold its own digest.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

NAME = ".prooflane.lock"
HEADER = "# Written by prooflane at each sync: template, rendered tree, controls in force.\n"


@dataclass(frozen=True, slots=True)
class Lock:
    """Where the tree came from, the tree's id, and each control's version in force and state."""

    url: str
    version: str
    commit: str
    tree: str
    controls: Mapping[str, tuple[str, str]]


def fresh(url: str, version: str, commit: str, tree: str, controls: Iterable[str]) -> Lock:
    """Return the lock of a new repository: every control is current at the template's version."""
    return Lock(url, version, commit, tree, dict.fromkeys(controls, (version, "current")))


def dump(lock: Lock) -> bytes:
    """Return `lock` as YAML; each text is quoted as JSON, so that no value changes its type."""
    facts = {"url": lock.url, "version": lock.version, "commit": lock.commit, "tree": lock.tree}
    lines = [
        "template:",
        *(f"  {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in facts.items()),
        "controls:" if lock.controls else "controls: {}",
        *(
            f"  {id_}: {{version: {json.dumps(version)}, state: {state}}}"
            for id_, (version, state) in lock.controls.items()
        ),
    ]
    return (HEADER + "\n".join(lines) + "\n").encode()
