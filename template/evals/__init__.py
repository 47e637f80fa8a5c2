"""Your eval sets, and the command that runs them: `python -m evals.run --set smoke_v1`."""
