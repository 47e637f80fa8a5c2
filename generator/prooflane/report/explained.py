"""What `prooflane explain` says on a terminal, and the same as data."""

import json
from collections.abc import Iterator

from prooflane.check.explain import Explained
from prooflane.git.origin import Origin
from prooflane.report.paint import Paint

OWNERS = {
    "managed": "the template: the same bytes everywhere; an edit is drift",
    "merged": "you and the template: a sync merges both sides, line by line",
    "yours": "you: the template wrote it once and never touches it again",
    "derived": "nobody by hand: it is written from ai-workflow.yaml",
    "state": "prooflane: new and sync write it",
    "own": "you: the template has no such file",
}
STATES = {
    "intact": "byte for byte the template's",
    "edited": "edited: prooflane check --heal restores it and keeps the edit as a patch",
    "missing": "missing: prooflane check --heal brings it back",
    "present": "",
    "absent": "not there any more",
}


def screen(found: Explained, paint: Paint) -> str:
    """Return what is known of the file, a line for each fact."""
    return "\n".join(_lines(found, paint))


def data(found: Explained) -> str:
    """Return the same as JSON; `explained.schema.json` beside this module says what it holds."""
    controls = [
        {"id": c.id, "title": c.title, "since": c.since, "in_force": found.in_force[c.id]}
        for c in found.controls
    ]
    return json.dumps(
        {
            "path": found.path,
            "owner": found.owner,
            "state": found.state,
            "controls": controls,
            "template": {"url": found.recorded.url, "version": found.recorded.version},
            "release": found.release or None,
            "added": found.added and _origin(found.added),
            "changed": found.changed and _origin(found.changed),
        },
        indent=2,
        ensure_ascii=False,
    )


def _origin(origin: Origin) -> dict[str, object]:
    return {"commit": origin.commit, "day": origin.day, "author": origin.author}


def _lines(found: Explained, paint: Paint) -> Iterator[str]:
    yield paint("bold", found.path)
    yield _row("owner", f"{found.owner} - {OWNERS[found.owner]}")
    if STATES[found.state]:
        yield _row("state", STATES[found.state])
    for at, control in enumerate(found.controls):
        version = found.in_force[control.id]
        yield _row("" if at else "control", f"{control.id} {control.title} (in force: {version})")
    if found.release:
        yield _row("release", f"{found.release} of {found.recorded.url}")
    for word, origin in (("added", found.added), ("changed", found.changed)):
        if origin:
            yield _row(word, f"{origin.day} by {origin.author}, commit {origin.commit[:10]}")


def _row(label: str, text: str) -> str:
    return f"{label:<9}{text}"
