"""The workflow: what this repository is for. Yours to change; the rest is in `controls/`."""
