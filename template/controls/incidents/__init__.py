"""Incidents: who is called for each kind, and the eval case that each leaves behind (INC-1)."""
