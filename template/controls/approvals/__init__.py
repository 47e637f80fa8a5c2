"""Approvals: SSH signatures of named people over the exact tree of a change (APR-1)."""
