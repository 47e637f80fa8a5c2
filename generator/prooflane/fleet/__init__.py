"""Many repositories: what there is, what a version would do to each, and who holds which control.

Imported by the fleet's verbs alone: it needs the extra `prooflane[fleet]`.
"""
