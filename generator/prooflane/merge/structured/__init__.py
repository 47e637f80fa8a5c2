"""TOML, YAML and JSON by key and by list item, where merging by line found a conflict.

`toml`, `block` and `flow` cut a text into a tree of its own pieces, `combine` merges three such
trees, `keys` says which items of a list are the same one. The result is put together from the
pieces: no writer formats anything, so that comments, order and style stay as people wrote them.
"""

from prooflane.merge.structured.document import merge

__all__ = ["merge"]
