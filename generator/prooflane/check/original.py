"""The files as the template made them, at the version that a repository records."""

from collections.abc import Mapping
from pathlib import Path

from prooflane import catalogue
from prooflane.check.recorded import Recorded
from prooflane.errors import ProoflaneError
from prooflane.files import File
from prooflane.git.snapshot import snapshot
from prooflane.render import tree as render
from prooflane.render.errors import NotHermeticError
from prooflane.render.tree import Origin
from prooflane.source import find


def original(root: Path, recorded: Recorded, template: str | None = None) -> dict[str, File]:
    """Return all files that the template made of the recorded answers, at the recorded version.

    Raises:
        ProoflaneError: when the template is not trusted, not reachable or does not know the
            version, or refuses an answer.
    """
    source = find.recorded(recorded.url, template, "HEAD")
    locked = recorded.lock
    is_same = locked is not None and locked.version == recorded.version
    commit = find.at(source, recorded.version, locked.commit if locked and is_same else "")
    origin = Origin(recorded.url, recorded.version, root.name)
    try:
        with snapshot(source.repository, commit) as files:
            loaded = render.load(files)
            return loaded.render(loaded.replayed(recorded.answers, origin))
    except NotHermeticError as error:
        raise ProoflaneError(
            f"the template is not hermetic, it uses {error}", "prooflane sync renders it"
        ) from error


def managed(tree: Mapping[str, File]) -> dict[str, File]:
    """Return the files of `tree` that its catalogue calls managed."""
    if catalogue.PATH not in tree:
        return {}
    ownership = catalogue.load(tree[catalogue.PATH].data).ownership
    return {path: file for path, file in tree.items() if ownership.of(path) == "managed"}
