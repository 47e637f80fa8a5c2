"""Says which changed paths change behaviour: prompts, retrieval, tools, models, policy, evals.

The manifest counts when it says something else about behaviour; filling in an owner, an approver
or an on-call path needs no record. A manifest that cannot be read counts.
"""

from pathlib import Path

from controls import document
from controls.decisions import change as changes
from controls.decisions.change import Change
from controls.errors import ControlsError

FOLDERS = ("prompts/", "workflow/", "evals/", "policy/")
MANIFEST = "ai-workflow.yaml"
_PEOPLE = {"metadata", "owner", "team", "approvals", "incidents", "lifecycle"}
_ASSESSMENT = {"assessed_by", "assessed_on", "review_by"}


def paths(root: Path, change: Change) -> tuple[str, ...]:
    """Return the paths of `change` that a decision record has to name."""
    return tuple(path for path in change.paths if _is_governed(root, change, path))


def _is_governed(root: Path, change: Change, path: str) -> bool:
    if path == MANIFEST:
        now = root / MANIFEST
        old = changes.before(root, change, MANIFEST)
        return _behaviour(old) != _behaviour(now.read_bytes() if now.is_file() else None)
    return path.startswith(FOLDERS)


def _behaviour(manifest: bytes | None) -> object:
    """Return what the manifest says about behaviour, without the people and dates in it."""
    if manifest is None:
        return None
    try:
        return _without_people(document.parse(manifest, MANIFEST).data)
    except ControlsError:
        return manifest


def _without_people(value: object, inside: str = "") -> object:
    drop = _PEOPLE | (_ASSESSMENT if inside == "risk" else set())
    if isinstance(value, dict):
        return {key: _without_people(item, key) for key, item in value.items() if key not in drop}
    if isinstance(value, list):
        return [_without_people(item, inside) for item in value]
    return value
