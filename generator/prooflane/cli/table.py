"""The verbs and the sentence that `prooflane --help` says about each.

A static table: help must not wait for the import of what it describes.
"""

VERBS = {
    "new": ("prooflane.cli.new", "create a governed AI-workflow repository and check it"),
    "sync": ("prooflane.cli.sync", "bring a repository to the latest controls, and lose no edit"),
    "check": ("prooflane.cli.check", "check managed files, held controls and version floor"),
    "explain": ("prooflane.cli.explain", "say which control and release put a file here"),
    "fleet": (
        "prooflane.cli.fleet",
        "bring many repositories to a version, and know who holds what",
    ),
    "release": ("prooflane.cli.release", "publish template versions whose effect is known first"),
    "audit": ("prooflane.cli.audit", "ask a question of the traces of the whole fleet"),
    "completion": ("prooflane.cli.completion", "print a completion script for bash, zsh or fish"),
}
