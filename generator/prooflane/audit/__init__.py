"""Audit questions over a fleet: asked in each trace store, answered by the template's own code."""
