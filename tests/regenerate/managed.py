"""The digest lists of managed files, derived from what each profile receives.

A file goes into the list named for the profiles that have it: `base`, `tier-1`, `github+tier-2`.
So a list ships exactly where its files do, and `sha256sum --check` is exact everywhere.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prooflane.files import Tree

FOLDER = "controls/managed/"


@dataclass(frozen=True, slots=True, order=True)
class Profile:
    """The two answers that decide which files a repository receives."""

    tier: int
    ci: str


def lists(trees: Mapping[Profile, Tree], managed: Iterable[str]) -> dict[str, bytes]:
    """Return the path and content of each list; the lists themselves are in none."""
    prefixes = tuple(managed)
    lines: dict[str, list[str]] = defaultdict(list)
    for path in sorted(set().union(*trees.values())):
        if path.startswith(prefixes) and not path.startswith(FOLDER):
            having = {profile: tree[path].data for profile, tree in trees.items() if path in tree}
            digests = {hashlib.sha256(data).hexdigest() for data in having.values()}
            if len(digests) != 1:
                raise ValueError(f"managed file {path!r} differs between profiles")
            lines[key(having, trees)].append(f"{digests.pop()}  {path}\n")
    return {f"{FOLDER}{name}.sha256": "".join(rows).encode() for name, rows in lines.items()}


def key(having: Iterable[Profile], everyone: Iterable[Profile]) -> str:
    """Return the name of the list for a file that exactly the profiles `having` receive.

    Raises:
        ValueError: when they are not "this tier and above, on these CI systems".
    """
    having, everyone = set(having), set(everyone)
    lowest = min(profile.tier for profile in having)
    systems = {profile.ci for profile in having}
    if having != {p for p in everyone if p.tier >= lowest and p.ci in systems}:
        raise ValueError(f"no name for the profiles {sorted(having)}")
    words = sorted(systems) if systems != {p.ci for p in everyone} else []
    return "+".join([*words, *([f"tier-{lowest}"] if lowest else [])]) or "base"
