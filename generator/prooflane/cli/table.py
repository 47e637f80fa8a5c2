"""The verbs and the sentence that `prooflane --help` says about each.

A static table: help must not wait for the import of what it describes.
"""

VERBS = {
    "new": ("prooflane.cli.new", "create a governed AI-workflow repository and check it"),
    "completion": ("prooflane.cli.completion", "print a completion script for bash, zsh or fish"),
}
