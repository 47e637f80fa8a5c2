"""The decision log: what a change is, whether a record explains it, and writing that record (DEC-1)."""
