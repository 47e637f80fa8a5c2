"""Search files for secrets: those given, or all that git tracks or would."""

import argparse
import os
from pathlib import Path

from controls import git, verdict
from controls.errors import ControlsError
from controls.report import Report
from controls.secrets import checks


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the files to `parser`."""
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="default: every file that is not ignored"
    )


def run(root: Path, args: argparse.Namespace) -> Report:
    """Return where secrets are; a file that is given is relative to the current folder."""
    names = [_name(root, file) for file in args.files] or git.files(root)
    return verdict.report(checks.outcome(root, names))


def _name(root: Path, file: str) -> str:
    path = Path(os.path.abspath(file))  # noqa: PTH100 - resolve() would follow the scanned link
    if not path.is_relative_to(root):
        raise ControlsError(f"{file!r} is not in {str(root)!r}")
    if not os.path.lexists(path):
        raise ControlsError(f"{file!r} does not exist")
    return path.relative_to(root).as_posix()
