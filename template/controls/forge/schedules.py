"""When scheduled jobs run. GitHub reads it in the workflow files, GitLab in the project's settings.

A test of the template compares the two.
"""

CRONS = {
    "evals-nightly": "17 3 * * *",
    "red-team-weekly": "43 4 * * 1",
    "template-sync": "29 5 * * *",
}
OPTIONAL = frozenset({"template-sync"})  # off until somebody switches pull mode on
VARIABLE = "SCHEDULE"
