"""CODEOWNERS as the manifest implies it. Pure; `controls.ownership.command` writes the file.

In that format the last line that matches a path decides, so wider paths come first.
"""

from collections.abc import Iterator
from pathlib import Path

from controls.manifest import Manifest

_ROOMS = {"gitlab": ".gitlab"}
PATHS = (".github/CODEOWNERS", ".gitlab/CODEOWNERS")
HEADER = "# Written from ai-workflow.yaml by `python -m controls owners --write`; do not edit.\n"


def place(ci: str) -> Path:
    """Return where the forge that runs `ci` looks for it; without CI, where GitHub does."""
    return Path(_ROOMS.get(ci, ".github"), "CODEOWNERS")


def rows(manifest: Manifest) -> dict[str, tuple[str, ...]]:
    """Return pattern → handles; the owner stands for everything that no role covers."""
    found: dict[str, list[str]] = {"*": [manifest.owner] if manifest.owner else []}
    for role in manifest.approvals:
        for path in role.paths:
            handles = found.setdefault(_pattern(path), [])
            handles += [person.handle for person in role.principals]
    ordered = sorted(found, key=lambda pattern: (pattern != "*", pattern.count("/"), pattern))
    return {pattern: tuple(dict.fromkeys(found[pattern])) for pattern in ordered if found[pattern]}


def text(manifest: Manifest) -> str:
    """Return the content of CODEOWNERS; without any named person it is the header alone."""
    return HEADER + "".join(_lines(manifest))


def _lines(manifest: Manifest) -> Iterator[str]:
    return (f"{pattern} {' '.join(handles)}\n" for pattern, handles in rows(manifest).items())


def _pattern(path: str) -> str:
    return path if path.startswith(("*", "/")) else f"/{path}"
