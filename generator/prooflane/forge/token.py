"""The token of a forge: from the environment, into the environment of git, and nowhere else."""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from prooflane.forge.model import ForgeError, Trouble


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and the variable that it came from; its value is in no text of ours."""

    variable: str
    value: str = field(repr=False)


def token(*variables: str) -> Token:
    """Return the token in the first of `variables` that is set.

    Raises:
        ForgeError: when none is.
    """
    for variable in variables:
        if value := os.environ.get(variable, "").strip():
            return Token(variable, value)
    message = f"there is no token in {' or '.join(variables)}"
    raise ForgeError(Trouble.no_token, message, f"export {variables[0]}=...")


def for_git(address: str, user: str, secret: Token) -> Mapping[str, str]:
    """Return the environment in which git sends `secret` to `address`, and to no other."""
    said = base64.b64encode(f"{user}:{secret.value}".encode()).decode()
    number = os.environ.get("GIT_CONFIG_COUNT", "")
    at = int(number) if number.isdigit() else 0
    return {
        "GIT_CONFIG_COUNT": str(at + 1),
        f"GIT_CONFIG_KEY_{at}": f"http.{address.rstrip('/')}/.extraHeader",
        f"GIT_CONFIG_VALUE_{at}": f"Authorization: Basic {said}",
    }
