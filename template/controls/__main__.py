"""Runs `python -m controls VERB`; what a verb does is decided in its own family."""

import sys

try:
    from controls.cli import main
except ImportError as error:  # no library is needed up to there: a managed file is gone
    sys.stderr.write(f"error: {error}\nhint: a managed file is gone: git status, git checkout\n")
    sys.exit(2)

sys.exit(main(sys.argv[1:]))
