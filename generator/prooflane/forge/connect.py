"""Which forge answers for a source. The libraries are imported only for who needs them."""

from prooflane.errors import ProoflaneError
from prooflane.forge.folders import Folders
from prooflane.forge.model import Forge

KINDS = ("github", "gitlab", "folder")


def connect(kind: str, timeout: int = 30) -> Forge:
    """Return the forge called `kind`, under the identity of the token in the environment.

    Raises:
        ProoflaneError: when there is no such forge, its library is missing, or there is no token.
    """
    if kind == "folder":
        return Folders()
    if kind not in KINDS:
        raise ProoflaneError(f"there is no forge {kind!r}", f"there are {', '.join(KINDS)}")
    try:
        return _github(timeout) if kind == "github" else _gitlab(timeout)
    except ImportError as error:
        message = f"the library for {kind} is not installed"
        raise ProoflaneError(message, "pip install 'prooflane[fleet]'") from error


def _github(timeout: int) -> Forge:
    from prooflane.forge.github import GitHub  # noqa: PLC0415 - slow to import, rarely needed

    return GitHub(timeout)


def _gitlab(timeout: int) -> Forge:
    from prooflane.forge.gitlab import GitLab  # noqa: PLC0415 - slow to import, rarely needed

    return GitLab(timeout)
