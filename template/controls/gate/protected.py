"""Finds edits of what guards the repository: controls, workflows, code owners, the owner's rules.

A release of the template changes managed files too. It is told apart by the digest lists: where
each changed file is as the change's own lists say, and the recorded version changed, the edits are
one row; they still need the risk approver, because lists and files come in the same change.
"""

from collections.abc import Iterator

from controls import catalogue, manifest
from controls.errors import ControlsError
from controls.gate.row import Compared, Row
from controls.gate.side import Side
from controls.ownership import codeowners
from controls.policy.bundle import CUSTOM, TEST, package
from controls.template import answers, managed

_FORGE = (".github/", ".gitlab/", ".gitlab-ci.yml")


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
    )
    return Compared(len(guarded), 0, found)


def _row(base: Side, change: Side, path: str) -> Iterator[Row]:
    before, after = path in base.files, path in change.files
    if path.startswith(f"{CUSTOM}/"):
        yield from _own_rule(base, change, path)
    elif path in codeowners.PATHS:
        if change.read(path) != _owners(change):
            yield Row("gate", path, "as the manifest implies", "edited", path)
    else:
        state = "edited" if before and after else "added" if after else "deleted"
        yield Row("gate", path, "as it was", state, path)


def _own_rule(base: Side, change: Side, path: str) -> Iterator[Row]:
    """Yield an edit of the owner's rules; a new one can only deny, unless it joins another's."""
    if path in base.files:
        if not path.endswith(TEST):
            state = "edited" if path in change.files else "deleted"
            yield Row("gate", f"own rule {path}", "as it was", state, path)
        return
    name = package(_text(change, path))
    known = {package(_text(base, old)) for old in base.files if old.startswith(f"{CUSTOM}/")}
    if name in known:
        yield Row("gate", f"own package {name}", "as it was", f"joined by {path}", path)


def _owners(change: Side) -> bytes | None:
    try:
        return codeowners.text(manifest.load(change.folder)).encode()
    except ControlsError:
        return None


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
