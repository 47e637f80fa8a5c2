"""The audit trail: what was done, by whom, on whose approval, so that a change of it shows.

Separate from tracing and never sampled. Entries hold facts and digests; what is personal in them is
sealed with the key of its subject.
"""
