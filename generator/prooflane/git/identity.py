"""Whether this machine can commit, asked before anything is written."""

import re

from prooflane.errors import ProoflaneError
from prooflane.git import process

OLDEST = (2, 38)


def require_version() -> None:
    """Return when git is new enough.

    Raises:
        ProoflaneError: when it is older than 2.38, or absent.
    """
    said = process.git("version").decode().strip()
    numbers = re.search(r"(\d+)\.(\d+)", said)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < OLDEST:
        found = numbers[0] if numbers else said
        raise ProoflaneError(f"git {found} is too old", "install git 2.38 or newer")


def author() -> str:
    """Return who commits here, as `Name <address>`.

    Raises:
        ProoflaneError: when git knows neither name nor address.
    """
    return [_ident(kind) for kind in ("GIT_COMMITTER_IDENT", "GIT_AUTHOR_IDENT")][1]


def _ident(kind: str) -> str:
    # without useConfigOnly git guesses an address from the machine's name
    done = process.attempt("-c", "user.useConfigOnly=true", "var", kind)
    if done.returncode:
        raise ProoflaneError(
            "git does not know who you are, and the first commit needs an author",
            "git config --global user.name NAME && git config --global user.email ADDRESS",
        )
    return done.stdout.decode(errors="replace").rsplit(">", 1)[0] + ">"
