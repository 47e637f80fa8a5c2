"""Imports a defence that a tier asks for; one that is not installed is a refusal, never a gap."""

import importlib
from types import ModuleType

from controls.gateway.refusal import Refused

FILTERED_TIER = 1
DEFENDED_TIER = 2


def load(name: str) -> ModuleType:
    """Return the module `controls/gateway/<name>.py`.

    Raises:
        Refused: when it is missing.
    """
    try:
        return importlib.import_module(f"controls.gateway.{name}")
    except ImportError as error:
        raise Refused(
            f"controls/gateway/{name}.py is missing, and this tier asks for it",
            hint=f"git checkout -- controls/gateway/{name}.py, or prooflane sync",
            rule=name,
        ) from error
