"""Gives the tests of the dossier the people and keys of the tests of approvals."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "approvals"))
from approving import keys, naming

__all__ = ["keys", "naming"]
