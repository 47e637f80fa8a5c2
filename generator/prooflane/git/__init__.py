"""Everything that is said to git, and nothing else: the only package that starts git.

`process` runs it, `identity` asks who commits, `snapshot` reads a commit, `repository` describes
and writes one. No command here runs a hook, a filter, a signer or a submodule.
"""
