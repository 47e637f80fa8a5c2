"""Gives the tests of the forge the loopback of the tests of approvals."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "approvals"))
from approving import hub

__all__ = ["hub"]
