"""The platform's controls: gateway, policy, evals, tracing and the checks that prove them.

Managed: the template's version wins on every sync, so an edit here is drift. Every function takes
the `root` of a repository; only the command line (`controls.cli`) finds it.
"""

import os

from controls.tracing import environment

environment.mend(os.environ)  # before anything imports the SDK, which reads it on import
