"""What is to be approved: a tree, and the people whom the commit before it names for that.

Decides where base and approvers come from; whether they have approved is decided in `rule`.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from controls import git
from controls.approvals import authors, committed, people, tree
from controls.approvals.authors import Author
from controls.approvals.people import STRICT
from controls.decisions import change as changes
from controls.decisions import record
from controls.forge.model import Proposal
from controls.manifest import NAME, Manifest, Role


@dataclass(frozen=True, slots=True)
class Subject:
    """A change that people approve.

    `folder` holds its files, as data; `trees` are the ids that a signature may name, the first
    being the change's own; `commit` is the reviewed commit, empty for a work tree; `roles` are the
    people that the base names.
    """

    folder: Path
    repository: str
    tier: int
    trees: tuple[str, ...]
    commit: str
    base: str | None
    roles: tuple[Role, ...]
    authors: tuple[Author, ...]
    records: frozenset[str]
    proposals: tuple[Proposal, ...] = ()

    @property
    def tree(self) -> str:
        """The id of the change's own tree."""
        return self.trees[0]

    @property
    def strict(self) -> bool:
        """Whether an approver must be somebody else than the author."""
        return self.tier >= STRICT

    def role(self, name: str) -> Role | None:
        """Return the role called `name` with the people who may approve in it."""
        return next((role for role in self.roles if role.role == name), None)

    def proposed(self, *proposals: Proposal) -> "Subject":
        """Return the same subject with what the forge knows of it."""
        return replace(self, proposals=proposals)


def here(root: Path, manifest: Manifest, base: str | None = None) -> Subject:
    """Return what lies in the work tree at `root`, measured from `base` or its default.

    Raises:
        ControlsError: when `root` is in no git repository, or the base is unknown.
    """
    change = changes.read(root, base)
    head = git.commit(root, "HEAD")
    made = authors.of(root, change.base, head) if head else ()
    before = changes.before(root, change, NAME)
    after = people.of((root / NAME).read_bytes())
    return Subject(
        folder=root,
        repository=manifest.name,
        tier=manifest.tier,
        trees=(tree.of(root),),
        commit=head or "",
        base=change.base,
        roles=people.may_approve(people.of(before), after, manifest.tier),
        authors=made,
        records=frozenset(record.names(root)),
    )


def signable(root: Path, commits: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ids of the trees of `commits`, each once and without the approvals in them."""
    return tuple(dict.fromkeys(committed.trees(root, commits).values()))
