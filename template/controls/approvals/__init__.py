"""Approvals: who approved exactly this tree, by signature or by the forge's review (APR-1).

`in_force(root, at=moment, path=path)` answers the same for the past: who had approved what ran.
"""

from controls.approvals.approval import Approval
from controls.approvals.history import in_force

__all__ = ["Approval", "in_force"]
