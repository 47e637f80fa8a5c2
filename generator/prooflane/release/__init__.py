"""Publishing template versions: what one would do is computed before it is tagged.

`check` proves a candidate and computes its version from its effect; `notes` tells three readers;
`cut` writes the record, signs the tag and moves the channel. Works on any template with git tags,
a fork above all; merges and renders with what `prooflane sync` uses.
"""
