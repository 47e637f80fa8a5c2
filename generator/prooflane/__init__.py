"""Creates AI-workflow repositories whose controls already work.

Only the version lives here, so that `prooflane --version` imports nothing; the command line is
`prooflane.cli`.
"""

__version__ = "0.1.0"
