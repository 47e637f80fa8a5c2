"""`python -m prooflane` is the command `prooflane`."""

import sys

from prooflane.cli import main

sys.exit(main())
