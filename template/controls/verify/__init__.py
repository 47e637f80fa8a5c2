"""Everything that CI runs, in one command: lint, types, tests, evals, controls, one answer."""
