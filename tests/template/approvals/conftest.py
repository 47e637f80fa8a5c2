"""Gives the tests beside this file the fixtures of `approving`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from approving import approvers, hub, keys, naming

__all__ = ["approvers", "hub", "keys", "naming"]
