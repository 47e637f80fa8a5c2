"""The gate of a change: what it loosens, and whether the right person has agreed to that.

Runs from the base commit. The change is parsed as data and never run.
"""
