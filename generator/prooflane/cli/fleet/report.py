"""Later."""

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add nothing."""


def run(arguments: argparse.Namespace) -> int:
    """Do nothing."""
    return 2
