"""Runs `python -m controls VERB`; what a verb does is decided in its own family."""

import sys
from contextlib import suppress

try:
    from controls.cli import main
except ImportError as error:  # no library is needed up to there: a managed file is gone
    said, hint = str(error), "a managed file is gone: git status, git checkout"
    with suppress(ImportError):
        from controls.absent import absent

        said, hint = f"the managed file {absent()} is missing", f"git checkout {absent()}"
    sys.stderr.write(f"error: {said}\nhint: {hint}\n")
    sys.exit(2)

sys.exit(main(sys.argv[1:]))
