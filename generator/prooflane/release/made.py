"""What `prooflane new` would make of a version and a profile: all files, the lock with them."""

from collections.abc import Mapping

from prooflane import lock
from prooflane.catalogue import Catalogue, Ownership
from prooflane.files import File, tree_id
from prooflane.release.profiles import Profile
from prooflane.render.tree import Template
from prooflane.source.find import Source

Files = dict[str, File]


def made(
    template: Template, profile: Profile, source: Source, catalogue: Catalogue | None
) -> Files:
    """Return the files of a new repository at the version of `source`.

    Raises:
        ProoflaneError: when the template does not render with these answers.
    """
    tree = template.render(profile.answers)
    tier = profile.tier
    of_tier = catalogue.of(tier) if catalogue and tier is not None else ()
    ids = [control.id for control in of_tier]
    state = lock.fresh(source.url, source.version, source.commit, tree_id(tree), ids)
    return {**tree, lock.NAME: File(lock.dump(state))}


def ownership(catalogue: Catalogue | None) -> Ownership:
    """Return who owns which path; without a catalogue, all is merged but the records."""
    return catalogue.ownership if catalogue else Ownership({"state": (lock.NAME,)})


def own_files(tree: Mapping[str, File]) -> list[str]:
    """Return the paths of `tree` that belong to the release itself, and to no project."""
    names = {"migrations.yaml", "channels.yaml", "release.yaml"}
    return sorted(path for path in tree if path in names or path.startswith("releases/"))
