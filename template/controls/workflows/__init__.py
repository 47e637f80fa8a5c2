"""CI workflows and locked dependencies: pinned, least-privilege, no unset variable (SUP-1)."""
