"""Evals: runs sets of cases through the workflow, judges what came back, and gives a verdict.

pydantic-evals runs cases and evaluators. The denominator, the statistics, the cost ceiling and the
verdict are ours: an engine that averages what did not crash shows 1.0 with half of the cases gone.
"""
