"""Whether this machine can commit, asked before anything is written."""

import re
from dataclasses import dataclass

from prooflane.errors import ProoflaneError
from prooflane.git import process

OLDEST = (2, 38)


@dataclass(frozen=True, slots=True)
class Identity:
    """Author and committer as git writes them: name, address, time and zone."""

    author: str
    committer: str

    @property
    def address(self) -> str:
        """The author's e-mail address."""
        return self.author.rpartition("<")[2].partition(">")[0]


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


def identity() -> Identity:
    """Return who commits here.

    Raises:
        ProoflaneError: when git knows neither name nor address.
    """
    return Identity(_ident("GIT_AUTHOR_IDENT"), _ident("GIT_COMMITTER_IDENT"))


def _ident(kind: str) -> str:
    # without useConfigOnly git guesses an address from the machine's name
    done = process.attempt("-c", "user.useConfigOnly=true", "var", kind)
    said = done.stderr.decode(errors="replace")
    if done.returncode and "ident" not in said:
        raise process.failure(("var",), said)
    if done.returncode:
        raise ProoflaneError(
            "git does not know who you are, and the first commit needs an author",
            "git config --global user.name NAME && git config --global user.email ADDRESS",
        )
    return done.stdout.decode(errors="replace").strip()
