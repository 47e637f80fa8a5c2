"""The platform's controls: gateway, policy, evals, tracing and the checks that prove them.

Managed: the template's version wins on every sync, so an edit here is drift. Every function takes
the `root` of a repository; only the command line (`controls.cli`) finds it.
"""

import os

try:
    from controls.tracing import environment
except ImportError as error:  # it needs no library: a managed file is gone
    hint = "a managed file is gone: git status, git checkout"
    raise SystemExit(f"error: {error}\nhint: {hint}") from error

environment.mend(os.environ)  # before anything imports the SDK, which reads it on import
