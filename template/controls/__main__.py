"""Runs `python -m controls VERB`; what a verb does is decided in its own family."""

import sys

from controls.cli import main

sys.exit(main(sys.argv[1:]))
