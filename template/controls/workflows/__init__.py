"""CI workflows and locked dependencies: pinned, least-privilege, with no unset variable in a command (SUP-1)."""
