"""`prooflane new`: from nothing to a repository with one commit that checked itself.

`create` is the verb; `destination` decides where it may write; `tier` which tiers are allowed.
"""
