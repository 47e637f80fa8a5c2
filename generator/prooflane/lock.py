"""`.prooflane.lock`: what a repository was last made from, and which controls are in force.

Pure text. Written by `new`; a repository made by plain Copier has none until its first sync.
The recorded tree is the rendered one without this file, which cannot hold its own digest.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

NAME = ".prooflane.lock"
HEADER = "# The state of the last sync, written by prooflane: template, rendered tree, controls in force.\n"


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
    return Lock(url, version, commit, tree, {id_: (version, "current") for id_ in controls})


def dump(lock: Lock) -> bytes:
    """Return `lock` as YAML; each text is quoted as JSON, so that no value changes its type."""
    lines = ["template:"]
    for key in ("url", "version", "commit", "tree"):
        lines.append(f"  {key}: {json.dumps(getattr(lock, key), ensure_ascii=False)}")
    lines.append("controls:" if lock.controls else "controls: {}")
    for id_, (version, state) in lock.controls.items():
        lines.append(f"  {id_}: {{version: {json.dumps(version)}, state: {state}}}")
    return (HEADER + "\n".join(lines) + "\n").encode()
