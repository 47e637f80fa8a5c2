"""`prooflane sync`: a repository at the latest controls, and not a line of its owner's lost.

`synchronise` is the verb; `subject` reads the repository, `versions` decides where it goes,
`controls` what that means, `losses` what its owner must consent to, `record` what is written of it.
"""
