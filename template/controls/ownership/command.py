"""Verb `owners`: show CODEOWNERS as the manifest implies it, and write it with `--write`."""

import argparse
from pathlib import Path

from controls import manifest
from controls.errors import ControlsError
from controls.ownership import codeowners
from controls.report import Report
from controls.template import answers


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `owners`."""
    parser.add_argument(
        "--write", action="store_true", help="write CODEOWNERS, where the forge looks for it"
    )


def run(root: Path, args: argparse.Namespace) -> Report:
    """Return who is asked to approve which path.

    Raises:
        ControlsError: when the manifest does not load, or the file cannot be written.
    """
    known = manifest.load(root)
    text = codeowners.text(known)
    if args.write:
        _write(root / codeowners.place(answers.load(root).ci), text)
    data: list[dict[str, object]] = [
        {"path": pattern, "owners": list(handles)}
        for pattern, handles in codeowners.rows(known).items()
    ]
    return Report(data, text.rstrip("\n"))


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ControlsError(f"{str(path)!r} cannot be written: {error.strerror}") from error
