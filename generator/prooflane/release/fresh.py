"""New repositories of the candidate: one for each profile, judged by its own checks.

Static checks judge each of them; those of main profiles are set up and run all they have.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

from prooflane.errors import ProoflaneError
from prooflane.event import Event
from prooflane.fleet.job import Job
from prooflane.gate.check import Checked
from prooflane.release import candidate as candidates
from prooflane.release import nursery
from prooflane.release.asked import Asked
from prooflane.release.bares import Bares
from prooflane.release.candidate import Candidate
from prooflane.release.made import Files, made, own_files
from prooflane.release.profiles import Profile, profiles
from prooflane.release.standing import standings
from prooflane.render.tree import Origin
from prooflane.resync.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Fresh:
    """A profile's new repository and what its checks said: `ran` all of them, or static ones.

    A template without controls has none.
    """

    profile: str
    files: int
    ran: bool = False
    checked: Checked = field(default_factory=Checked)

    @property
    def failure(self) -> str:
        """What is wrong with it; empty when nothing is."""
        rows = self.checked.findings
        failed = [f"{row.id} {row.message}" for row in rows if row.state == "failed"]
        return "; ".join(filter(None, (self.checked.reason, *failed)))


def fresh(
    wanted: Candidate, opened: Shelf, scratch: Path, asked: Asked
) -> Generator[Event, None, tuple[Fresh, ...]]:
    """Return the new repositories, which are made below `scratch`.

    Raises:
        ProoflaneError: when a profile does not render, or gets the files of the release itself.
    """
    rendered, has_controls = _rendered(wanted, opened)
    all_ = {profile.name: tree for profile, tree in rendered if asked.runs and profile.is_main}
    static = {profile.name: tree for profile, tree in rendered if profile.name not in all_}
    said: dict[str, Checked] = {}
    if has_controls:
        said |= yield from _static(static, wanted, scratch / "static", asked)
        said |= yield from nursery.checked(all_, scratch / "all")
    return tuple(
        Fresh(
            profile=profile.name,
            files=len(tree),
            ran=has_controls and profile.name in all_,
            checked=said.get(profile.name, Checked()),
        )
        for profile, tree in rendered
    )


def _rendered(wanted: Candidate, opened: Shelf) -> tuple[list[tuple[Profile, Files]], bool]:
    source = wanted.source
    edition = candidates.edition(opened, source.repository, source.commit)
    assert edition.template
    catalogue = opened.catalogue(edition)
    known = profiles(edition.template, wanted.settings, Origin(source.url, source.version))
    found = [(profile, made(edition.template, profile, source, catalogue)) for profile in known]
    for _, tree in found:
        if strays := own_files(tree):
            raise ProoflaneError(
                f"the template gives its own {strays[0]!r} to each project",
                "set _subdirectory in copier.yml: the files of a release lie beside it",
            )
    return found, catalogue is not None


def _static(
    trees: dict[str, Files], wanted: Candidate, scratch: Path, asked: Asked
) -> Generator[Event, None, dict[str, Checked]]:
    scratch.mkdir()
    bares = Bares(scratch)
    jobs = [Job(name, str(bares.make(tree))) for name, tree in trees.items()]
    target = asked.target(wanted.source)
    name = f"checking {len(jobs):,} new repositories"
    found = yield from standings(name, jobs, target, asked.how)
    return {key: row.checked for key, row in found.items()}
