"""Verb `lock`: pin what the owner's requirements.in asks for, with hashes, beside the managed pins.

Never moves a managed pin: `controls/requirements.txt` is the constraint, and what it already pins
is not repeated. No address of an index is written.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

from controls.errors import ControlsError
from controls.report import Report

WANTED = "requirements.in"
LOCKED = "requirements.txt"
MANAGED = "controls/requirements.txt"
HEADER = (
    "# What the controls run on. Your own pins: write requirements.in, then `make lock`.\n"
    f"-r {MANAGED}\n"
)
DRAWN = " \u00d7\u2570\u2500\u25b6\u2502"  # the frame that uv draws around its reasons
PIN = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*", re.MULTILINE)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `lock`."""
    parser.add_argument(
        "--upgrade", action="store_true", help="take newer versions where they exist"
    )


def run(root: Path, args: argparse.Namespace) -> Report:
    """Write requirements.txt and return the pins that are the owner's.

    Raises:
        ControlsError: when uv is missing or the requirements contradict each other.
    """
    if not (root / WANTED).is_file():
        text = f"there is no {WANTED}, so {LOCKED} holds the managed pins alone"
        pins: dict[str, str] = {}
    else:
        managed = blocks((root / MANAGED).read_text(encoding="utf-8"))
        compiled = blocks(_compile(root, upgrade=args.upgrade))
        pins = {name: block for name, block in compiled.items() if name not in managed}
        text = f"{LOCKED} pins {len(pins)} packages of {WANTED}; install them: make setup"
    (root / LOCKED).write_text(HEADER + "".join(pins.values()), encoding="utf-8", newline="\n")
    return Report([{"package": name} for name in pins], text)


def blocks(text: str) -> dict[str, str]:
    """Return normalised name → pin with its hashes, from the text of a locked file."""
    starts = [*PIN.finditer(text)]
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return {
        re.sub(r"[-_.]+", "-", match[0]).lower(): text[match.start() : end]
        for match, end in zip(starts, ends, strict=True)
    }


def _compile(root: Path, *, upgrade: bool) -> str:
    options = ("--universal", "--generate-hashes", "--no-header", "--no-annotate", "--quiet")
    # a company's proxy is trusted by the machine's own certificates and nowhere else
    index = ("--system-certs", "--no-emit-index-url", "--no-emit-find-links")
    command = [str(Path(sys.executable).parent / "uv"), "pip", "compile", WANTED, "-c", MANAGED]
    try:
        done = subprocess.run(
            [*command, *options, *index, *(["--upgrade"] if upgrade else [])],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise ControlsError("uv is not in the environment", hint="make setup") from error
    if done.returncode:
        raise ControlsError(f"{WANTED} cannot be locked: {_reason(done.stderr)}", status=1)
    return done.stdout


def _reason(said: str) -> str:
    lines = (line.strip(DRAWN) for line in said.splitlines() if line.strip(DRAWN))
    reasons = (line.removeprefix("error: ").removeprefix("cause: ") for line in lines)
    return ": ".join(reasons).rstrip(".")
