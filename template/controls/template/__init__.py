"""The template that this repository came from: its answers, its version, its managed files (TPL-1)."""
