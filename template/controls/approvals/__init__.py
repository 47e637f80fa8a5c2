"""Approvals: who approved exactly this tree, by signature or by the forge's review (APR-1).

`in_force(root)` answers the same for the past: who had approved what ran, and until when.
"""

from controls.approvals.history import Approval, in_force

__all__ = ["Approval", "in_force"]
