"""A version brought to a fleet: in waves, as pull requests, under one paced identity.

`rollout` is the loop and `steer` what a person does to it; `prepare` makes a commit with the sync
core, `publish` sends it, `observe` looks at what became of it. What may happen when is decided by
`gate`, which is pure. No merge and no rendering here: that is `prooflane.sync`.
"""
