"""Verb `model-card`: show the model card or the AI-BOM, and write both with `--write`."""

import argparse
from pathlib import Path

from controls.documents import bom, card, facts
from controls.errors import ControlsError
from controls.report import Report


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `model-card`."""
    parser.add_argument("--bom", action="store_true", help="show the AI-BOM (CycloneDX JSON)")
    both = f"write {card.PATH.as_posix()} and {bom.PATH.as_posix()}"
    parser.add_argument("--write", action="store_true", help=both)


def run(root: Path, args: argparse.Namespace) -> Report:
    """Return the card as text and the AI-BOM as data.

    Raises:
        ControlsError: when the manifest, a prompt or a baseline cannot be read, or a file cannot be
            written.
    """
    found = facts.gather(root)
    document, described = bom.bom(found), card.card(found)
    if args.write:
        _write(root / card.PATH, described)
        _write(root / bom.PATH, bom.text(document))
        return Report(document, f"{card.PATH.as_posix()}\n{bom.PATH.as_posix()}")
    return Report(document, (bom.text(document) if args.bom else described).rstrip("\n"))


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ControlsError(f"{str(path)!r} cannot be written: {error.strerror}") from error
