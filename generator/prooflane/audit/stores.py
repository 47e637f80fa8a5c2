"""Where the traces of a repository are: in its checkout here, or mounted below a folder.

A repository without such a place is said, with the reason; none is left out.
"""

from pathlib import Path

from prooflane.audit.question import Silent
from prooflane.fleet.repository import Repository, Standing

TRACES = Path(".aiwf", "traces")
MOUNT = "mount a checkout with its .aiwf/traces below --stores, at the repository's name"


def store(repository: Repository, mounted: Path | None) -> Path | Silent:
    """Return the checkout that has the traces of `repository`, or why there is none.

    One that is mounted comes first: at the repository's key below `mounted`.
    """
    places = [mounted / repository.key.lstrip("/")] if mounted else []
    if "://" not in repository.url and Path(repository.url).is_absolute():
        places.append(Path(repository.url))
    for place in places:
        if (place / TRACES).is_dir():
            return place
    if repository.state == Standing.foreign:
        return Silent(repository.key, f"not ours: {repository.reason}")
    known = f"{repository.state}: {repository.reason}; " if repository.reason else ""
    return Silent(repository.key, f"{known}no traces here", MOUNT)
