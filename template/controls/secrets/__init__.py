"""Secrets hygiene: no key in a tracked file, nor in one about to be tracked (SEC-1)."""
