"""Write, prove and keep house in the audit trail, and ask who touched which data.

Decides what is asked for; every action is a module of its own, and only the one that was asked for
is imported: the board's question is answered while the others would still be loading.
"""

import argparse
import importlib
from pathlib import Path

from controls import actions
from controls.manifest import CLASSES
from controls.parser import day
from controls.report import Report

_ACTIONS = (
    "append", "verify", "prove", "expire", "erase", "checkpoint", "repair", "who-touched",
)  # fmt: skip


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `audit` to `parser`."""
    add = actions.of(parser, *_ACTIONS)
    entry = add("append", "write one entry, down to the disk")
    entry.add_argument(
        "--kind", required=True, metavar="KIND", help="a word of your own, such as exception"
    )
    entry.add_argument(
        "--data",
        choices=CLASSES,
        help="the class it is about, which decides how long it is kept;"
        " default: the most sensitive of the manifest",
    )
    entry.add_argument(
        "--fact", action="append", default=[], metavar="NAME=VALUE", help="any number of them"
    )
    entry.add_argument("--subject", metavar="ID", help="whose: a pseudonym, or a user's name")
    entry.add_argument("--private", metavar="TEXT", help="sealed with the subject's key")
    verify = add("verify", "prove that no entry was changed, taken out or cut off")
    verify.add_argument("--proof", type=Path, metavar="FILE", help="check this proof instead")
    verify.add_argument(
        "--key", type=Path, metavar="PUB", help="of --proof: the signer's public key"
    )
    add("prove", "prove that one entry is in the trail").add_argument("seq", type=int)
    expire = add("expire", "take out what was kept long enough; hashes stay")
    expire.add_argument("--today", type=day, metavar="DAY", help="default: today")
    erase = add("erase", "destroy a person's key, so that what it sealed is unreadable")
    erase.add_argument(
        "--subject", required=True, metavar="ID", help="a pseudonym, or a user's name"
    )
    checkpoint = add("checkpoint", "sign how far the trail has come, and commit that")
    checkpoint.add_argument("--key", required=True, type=Path, metavar="PATH", help="your SSH key")
    checkpoint.add_argument("--no-commit", action="store_true", help="write the files only")
    repair = add("repair", "go on after the end of the trail was lost, and record that")
    repair.add_argument("--reason", required=True, help="what happened")
    _who_touched(add("who-touched", "which models touched which data, and who approved that"))


def _who_touched(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", choices=CLASSES, required=True, help="this class, and those above it"
    )
    parser.add_argument(
        "--since", default="7d", metavar="WHEN", help="7d, 12h, 4w or a date; default: 7d"
    )
    parser.add_argument("--until", metavar="WHEN", help="a date or a time; default: now")
    parser.add_argument("--model", metavar="REF", help="one model only, such as openai:gpt-5-mini")
    parser.add_argument(
        "--forge", action="store_true", help="also reviews of merged proposals ($GH_TOKEN)"
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the answer as one page")


def run(root: Path, args: argparse.Namespace) -> Report:
    """Carry out one action on the audit trail of the repository at `root`."""
    module = "board" if args.action == "who-touched" else "doings"
    act = getattr(
        importlib.import_module(f"controls.audit.{module}"), args.action.replace("-", "_")
    )
    found: Report = act(root, args)
    return found
