"""Documents that follow from the manifest: the model card and the AI-BOM (DOC-1).

Written by `python -m controls model-card --write`, never by hand, so that they cannot say what the
repository does not.
"""
