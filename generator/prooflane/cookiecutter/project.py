"""Writes the project that Cookiecutter asked for, and commits it when nothing else was there.

Renders from the commit that Cookiecutter checked out, never from its work tree. A file of the
person's that differs is kept: the next sync merges it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prooflane import catalogue, lock
from prooflane.cookiecutter import prompts
from prooflane.errors import ProoflaneError
from prooflane.files import EXECUTABLE, LINK, File, tree_id
from prooflane.git import repository
from prooflane.git.identity import identity
from prooflane.git.snapshot import snapshot
from prooflane.render import tree as render
from prooflane.render.errors import NotHermeticError
from prooflane.render.tree import Origin, Template
from prooflane.source import own, releases

HISTORY = "cookiecutter takes it from a git address: cookiecutter https://... or a cloned folder"


@dataclass(frozen=True, slots=True)
class Made:
    """The files of the project, those kept as they were, and the commit, if one was made."""

    version: str
    files: int
    kept: tuple[str, ...]
    commit: str
    uncommitted: str = ""


def questions(source: Path) -> dict[str, object]:
    """Return what `cookiecutter.json` of the template at `source` holds.

    Raises:
        ProoflaneError: when the template came without its history.
    """
    with snapshot(source, _head(source)) as files:
        return prompts.context(_load(files))


def make(source: Path, root: Path, said: Mapping[str, object]) -> Made:
    """Write the project into the folder `root`, and return what was made.

    Raises:
        ProoflaneError: when an answer is refused or `root` has a template; nothing is written then.
    """
    if (root / ".copier-answers.yml").exists():
        raise ProoflaneError(
            f"{root.name!r} was made from a template already", "prooflane sync brings it up to date"
        )
    commit = _head(source)
    version = releases.describe(source, commit)
    with snapshot(source, commit) as files:
        tree = _tree(_load(files), said, Origin(own.CANONICAL, version, root.name), commit)
    is_new = not any(root.iterdir())
    kept = tuple(path for path, file in tree.items() if not _place(root, path, file))
    if not is_new:
        return Made(version, len(tree), kept, "", "files were here before")
    return _committed(root, tree, version)


def _head(source: Path) -> str:
    commit = repository.resolve(source, "HEAD") if (source / ".git").exists() else None
    if commit is None:
        raise ProoflaneError("the template came without its git history", HISTORY)
    return commit


def _load(files: Mapping[str, File]) -> Template:
    try:
        return render.load(files)
    except NotHermeticError as error:
        raise ProoflaneError(f"the template is not hermetic: it uses {error}") from error


def _tree(
    template: Template, said: Mapping[str, object], origin: Origin, commit: str
) -> dict[str, File]:
    answers = template.answers(prompts.given(template, said), origin)
    tree = template.render(answers)
    tier = int(str(answers.recorded["tier"]))
    controls = [row.id for row in catalogue.load(tree[catalogue.PATH].data).of(tier)]
    state = lock.fresh(origin.url, origin.version, commit, tree_id(tree), controls)
    return {**tree, lock.NAME: File(lock.dump(state))}


def _committed(root: Path, tree: Mapping[str, File], version: str) -> Made:
    if repository.top(root):
        return Made(version, len(tree), (), "", "it lies inside another repository")
    try:
        who = identity()
    except ProoflaneError as error:
        return Made(version, len(tree), (), "", error.message)
    message = f"Create the repository from its template at {version}"
    return Made(version, len(tree), (), repository.first_commit(root, tree, message, who))


def _place(root: Path, path: str, file: File) -> bool:
    """Write `file`, and say whether `path` holds it now; what is there already stays."""
    target = root / path
    if _is_blocked(root, target):
        return False
    if os.path.lexists(target):
        return _same(target, file)
    target.parent.mkdir(parents=True, exist_ok=True)
    if file.mode == LINK:
        target.symlink_to(os.fsdecode(file.data))
        return True
    mode = 0o777 if file.mode == EXECUTABLE else 0o666
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with open(os.open(target, flags, mode), "wb") as out:  # noqa: PTH123 - Path.open takes no mode
        out.write(file.data)
    return True


def _is_blocked(root: Path, target: Path) -> bool:
    # a link would lead out of the project, a file cannot hold another
    above = target.relative_to(root).parents
    return any((root / part).is_symlink() or (root / part).is_file() for part in above)


def _same(target: Path, file: File) -> bool:
    if file.mode == LINK or target.is_symlink():
        there = target.is_symlink() and os.fsencode(target.readlink())
        return file.mode == LINK and there == file.data
    return target.is_file() and target.read_bytes() == file.data
