"""The template that this repository came from: its answers, version and managed files (TPL-1)."""
