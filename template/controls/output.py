"""Ends a command without a word where the reader of its output has gone away (`… | head -3`).

Both command lines run inside of this; what they print, and when, is theirs.
"""

import os
import sys
from collections.abc import Callable

GONE = 141  # what a shell reports of a program that SIGPIPE ended


def whole(run: Callable[[], int]) -> int:
    """Return what `run` returns once its output is written, `GONE` where nobody reads it.

    Written means flushed: left to the interpreter's own exit, the same error would be printed.
    """
    try:
        try:
            return run()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return GONE
