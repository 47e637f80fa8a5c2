"""The review queue of tier 1: a person reads each draft, edits it, and sends or rejects it."""
