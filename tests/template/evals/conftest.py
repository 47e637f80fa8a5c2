"""Lends the gateway's loopback provider to the tests of evals that ask a provider."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "gateway"))
