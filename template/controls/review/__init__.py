"""The review queue of tier 1: a person reads each draft, changes it where needed, and sends or rejects it."""
