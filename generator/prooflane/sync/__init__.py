"""`prooflane sync`: a repository at the latest controls, and not a line of its owner's lost.

`synchronise` is the verb; `subject` reads the repository, `versions` decides where it goes, `work`
merges, `outcome` says what that means: for `controls`, `holds`, `losses` and the decision `record`.
"""
