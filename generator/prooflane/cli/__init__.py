"""The command `prooflane`: arguments -> one verb -> text and exit status, one module a verb."""

from prooflane.cli.entry import main

__all__ = ["main"]
