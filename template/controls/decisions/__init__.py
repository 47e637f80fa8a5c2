"""The decision log: what a change is, and whether a record explains it (DEC-1)."""
