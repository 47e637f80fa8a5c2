"""Finds the verb, runs it, and speaks every error: one sentence, a hint, an exit status.

Imports nothing but the table until a verb is asked for.
"""

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from prooflane import __version__
from prooflane.cli.table import VERBS
from prooflane.errors import ProoflaneError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit status; nothing that a user does ends in a traceback."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _print_anything()
    try:
        status = _run(arguments)
        sys.stdout.flush()  # a closed pipe must fail here, not when Python exits
    except ProoflaneError as error:
        return _say(error)
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)  # noqa: T201
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        return _say(_refusal(error))
    return status


def help_text() -> str:
    """Return what `prooflane --help` prints."""
    width = max(map(len, VERBS))
    verbs = "\n".join(f"  {name:<{width}}  {says}" for name, (_, says) in VERBS.items())
    return f"""\
usage: prooflane VERB [options]

Creates AI-workflow repositories whose controls already work.

verbs:
{verbs}

options:
  -h, --help  show this
  --version   show the version

`prooflane VERB --help` says more. Exit status: 0 done, 1 a check failed, 2 usage."""


def _say(error: ProoflaneError) -> int:
    print(f"error: {error.message}", file=sys.stderr)  # noqa: T201 - this is the command line
    if error.hint:
        print(f"hint: {error.hint}", file=sys.stderr)  # noqa: T201
    return error.status


def _refusal(error: OSError) -> ProoflaneError:
    # a full disk can stop anything, and so can a folder that nobody may write
    reason = (error.strerror or str(error)).lower()
    where = f"{str(error.filename)!r} cannot be used" if error.filename else "this machine refuses"
    return ProoflaneError(f"{where}: {reason}", "make room, or give access, then run this again")


def _print_anything() -> None:
    # a terminal may know less than UTF-8, and a file's name may be no text at all
    if sys.stdout is None:  # closed by whoever started us
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - as long as the process
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _run(arguments: list[str]) -> int:
    name, *rest = arguments or ["--help"]
    if name in {"-h", "--help", "help"}:
        print(help_text())  # noqa: T201
        return 0
    if name in {"--version", "-V", "version"}:
        print(f"prooflane {__version__}")  # noqa: T201
        return 0
    if name not in VERBS:
        raise _unknown(name)
    from prooflane.cli.verb import run  # noqa: PLC0415 - argparse is a third of what --help costs

    return run(name, rest)


def _unknown(name: str) -> ProoflaneError:
    from difflib import get_close_matches  # noqa: PLC0415 - needed for this one sentence

    near = get_close_matches(name, VERBS, 1)
    what = "option" if name.startswith("-") else "verb"
    hint = f"did you mean {near[0]!r}?" if near else "prooflane --help lists the verbs"
    return ProoflaneError(f"unknown {what} {name!r}", hint)
