"""Where a template comes from: this checkout, the wheel's bundle, a folder or a URL.

`find` decides which repository and commit, and what is recorded; `cache` keeps clones; `own` knows
our own template. Files are read by `prooflane.git.snapshot`, never checked out.
"""
