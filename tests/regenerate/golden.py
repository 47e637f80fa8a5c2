"""Golden trees: what six typical people receive, committed so that a change is read as a diff.

Files that are the same everywhere are a line of `LISTING`; rendered ones stand there whole.
"""

import hashlib
from collections.abc import Iterable

from prooflane.files import Tree

PROFILES: dict[str, dict[str, object]] = {
    "tier-0": {
        "project_name": "Release notes",
        "description": "Answers questions about our own release notes.",
        "team": "platform",
        "tier": 0,
        "ci": "none",
    },
    "tier-1": {
        "project_name": "Support replies",
        "description": "Drafts replies to support questions, from the help centre.",
        "owner": "@ada",
        "team": "support",
        "tier": 1,
    },
    "tier-2": {
        "project_name": "Help assistant",
        "description": "Answers customers in the app, from the help centre.",
        "owner": "grace@example.com",
        "team": "growth",
        "tier": 2,
    },
    "tier-3": {
        "project_name": "Benefits advice",
        "description": "Answers employees on health benefits, from the handbook.",
        "owner": "@ada",
        "team": "people",
        "tier": 3,
        "audience": "internal",
        "data_class": "special-category",
    },
    "tier-4": {
        "project_name": "Account changes",
        "description": "Proposes changes of an account, and makes those that two people approved.",
        "owner": "@ada",
        "team": "operations",
        "tier": 4,
    },
    "tier-2-gitlab": {
        "project_name": "Help assistant",
        "description": "Answers customers in the app, from the help centre.",
        "owner": "grace@example.com",
        "team": "growth",
        "tier": 2,
        "ci": "gitlab",
    },
}


def golden(tree: Tree, rendered: Iterable[str]) -> dict[str, bytes]:
    """Return the golden files of one profile by their path below its folder."""
    listing = "".join(
        f"{file.mode:o} {hashlib.sha256(file.data).hexdigest()[:16]} {path}\n"
        for path, file in sorted(tree.items())
    )
    whole = {path: tree[path].data for path in rendered if path in tree}
    return {"LISTING": listing.encode(), **whole}
