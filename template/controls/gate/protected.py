"""Finds edits of what guards the repository: controls, workflows, code owners, the owner's rules.

A release of the template changes managed files too. It is told apart by the digest lists: where
each changed file is as the change's own lists say, and the recorded version changed, the edits are
one row; they still need the risk approver, because lists and files come in the same change.
"""

import re
from collections.abc import Iterator

from controls import catalogue, manifest
from controls.errors import ControlsError
from controls.gate.row import Compared, Row
from controls.gate.side import Side
from controls.ownership import codeowners
from controls.policy.bundle import CUSTOM, TEST
from controls.template import answers, managed

_FORGE = (".github/", ".gitlab/", ".gitlab-ci.yml")
_TARGETS = "controls/targets.mk"
_TARGET = re.compile(r"^([a-z][a-z-]*)\s*:", re.MULTILINE)


def compare(base: Side, change: Side) -> Compared:
    """Return the edits of guarding files; each file that either side has is a cell."""
    rows = catalogue.load(base.folder).ownership["managed"]
    guarded = sorted(
        path
        for path in {*base.files, *change.files}
        if path.startswith((*rows, *_FORGE, f"{CUSTOM}/"))
    )
    edited = [path for path in guarded if base.files.get(path) != change.files.get(path)]
    release = _release(base, change, edited)
    found = (
        *([_released(base, change, release)] if release else []),
        *(row for path in edited if path not in release for row in _row(base, change, path)),
        *_targets(base, change),
    )
    return Compared(len(guarded), 0, found)


def _row(base: Side, change: Side, path: str) -> Iterator[Row]:
    before, after = path in base.files, path in change.files
    if path.startswith(f"{CUSTOM}/"):
        if before and not path.endswith(TEST):  # a new rule can only deny
            state = "edited" if after else "deleted"
            yield Row("gate", f"own rule {path}", "as it was", state, path)
    elif path in codeowners.PATHS:
        if change.read(path) != _owners(change):
            yield Row("gate", path, "as the manifest implies", "edited", path)
    else:
        state = "edited" if before and after else "added" if after else "deleted"
        yield Row("gate", path, "as it was", state, path)


def _owners(change: Side) -> bytes | None:
    try:
        return codeowners.text(manifest.load(change.folder)).encode()
    except ControlsError:
        return None


def _targets(base: Side, change: Side) -> Iterator[Row]:
    """Yield each managed target that the change's own Makefile starts to define."""
    managed_ones = set(_TARGET.findall(_text(base, _TARGETS)))
    old = set(_TARGET.findall(_text(base, "Makefile")))
    for name in sorted((set(_TARGET.findall(_text(change, "Makefile"))) - old) & managed_ones):
        what = f"target {name!r} of Makefile"
        yield Row("gate", what, f"the one of {_TARGETS}", "redefined", "Makefile")


def _release(base: Side, change: Side, edited: list[str]) -> frozenset[str]:
    """Return the edited files that are exactly a release's, none when there is no new release."""
    before, after = _answers(base), _answers(change)
    if after is None or before is None or before.commit == after.commit:
        return frozenset()
    try:
        lists = catalogue.load(change.folder).managed_lists
        tier = manifest.load(change.folder).tier
    except ControlsError:
        return frozenset()
    names = managed.required(lists, tier, after.ci)
    digests, broken = managed.listed(change.folder, names)
    known = digests | {path: change.digests.get(path, "") for path in _paths(names)}
    same = {path for path in edited if known.get(path, "") == change.digests.get(path, "")}
    return frozenset() if broken else frozenset(same)


def _paths(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{managed.LISTS.as_posix()}/{name}.sha256" for name in names)


def _released(base: Side, change: Side, paths: frozenset[str]) -> Row:
    before, after = _answers(base), _answers(change)
    what = f"{len(paths)} managed files, as the lists of the change say"
    old, new = (found.commit if found else "none" for found in (before, after))
    return Row("template", what, f"template {old}", f"template {new}", answers.NAME, 0, len(paths))


def _answers(side: Side) -> answers.Answers | None:
    try:
        return answers.load(side.folder)
    except ControlsError:
        return None


def _text(side: Side, path: str) -> str:
    return (side.read(path) or b"").decode(errors="replace")
