"""Incidents: the five kinds of AI failure, who is called for each, and the eval case each leaves behind (INC-1)."""
