"""Gives the tests of the gate the people, keys and forge of the tests of approvals."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "approvals"))
from approving import approvers, hub, keys, naming

__all__ = ["approvers", "hub", "keys", "naming"]
