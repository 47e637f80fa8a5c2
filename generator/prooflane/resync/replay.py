"""What the template gave a repository then, and what it gives it now.

Rendered by us where the template allows it and else by Copier, isolated and never trusted; either
way in memory. Says which of Copier's rules hold. Never reads the repository itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from prooflane.catalogue import Catalogue
from prooflane.errors import ProoflaneError
from prooflane.files import Entries, Entry, File, tree_id
from prooflane.git.objects import Store
from prooflane.git.snapshot import Snapshot
from prooflane.render import foreign
from prooflane.render.errors import NotHermeticError
from prooflane.render.questionnaire import Answers
from prooflane.render.tree import Origin, Template
from prooflane.resync.policy import Policy, never
from prooflane.resync.shelf import Edition, Shelf
from prooflane.source import address

HINT = "--template names a clone of the template as it was"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a repository says of itself: its answers file, and the name of its folder."""

    url: str
    version: str
    answers: Mapping[str, object]
    answers_file: str = ".copier-answers.yml"
    folder: str = "project"


@dataclass(frozen=True, slots=True)
class Target:
    """Two commits of one clone of the template: the recorded one, and the wanted `version`."""

    repository: Path
    old: str
    new: str
    version: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """Base and theirs, the answers that made theirs, and the rules for the merge.

    `first` is base as a first copy renders it: another tree only when the template asks which of
    copy and update is running. `reason` says why Copier rendered, if it did.
    """

    base: Entries
    theirs: Entries
    first: Entries
    answers: Mapping[str, object]
    policy: Policy
    catalogue: Catalogue | None = None
    reason: str = ""

    def reproduces(self, tree: str) -> bool:
        """Say whether `tree` is the id of what the template gave then."""
        return tree in {tree_id(self.base), tree_id(self.first)}


def replay(
    shelf: Shelf, target: Target, recorded: Recorded, given: Mapping[str, object], store: Store
) -> Replayed:
    """Return what the template gave and gives; what was rendered can be read from `store`.

    Answers that are `given` replace those of the repository, which stand in for defaults.

    Raises:
        ProoflaneError: when the base cannot be rendered any more, or an answer is refused.
    """
    old = shelf.edition(target.repository, target.old)
    new = shelf.edition(target.repository, target.new)
    try:
        return _by_us(shelf, (old, new), target, recorded, given, store)
    except NotHermeticError as error:
        return _by_copier(target, recorded, given, store, str(error))


def _by_us(  # noqa: PLR0913, PLR0917 - two versions, and what is known of the repository
    shelf: Shelf,
    editions: tuple[Edition, Edition],
    target: Target,
    recorded: Recorded,
    given: Mapping[str, object],
    store: Store,
) -> Replayed:
    old, new = editions
    then, now = _template(old), _template(new)
    was = _was(then, recorded)
    origin = Origin(recorded.url, target.version, recorded.folder)
    is_ = now.answers(given, origin, before=recorded.answers)
    base = _entries(old.files, then, was, "update", store)
    theirs = _entries(new.files, now, is_, "update", store)
    asks = any("_copier_operation" in text for text in then.config.exclude)
    catalogue = shelf.catalogue(new)
    return Replayed(
        base=base,
        theirs=theirs,
        first=_entries(old.files, then, was, "copy", store) if asks else base,
        answers=is_.recorded,
        policy=_policy(now, was, is_, catalogue),
        catalogue=catalogue,
    )


def _was(template: Template, recorded: Recorded) -> Answers:
    origin = Origin(recorded.url, recorded.version, recorded.folder)
    try:
        return template.replayed(recorded.answers, origin)
    except ProoflaneError as error:
        raise ProoflaneError(f"the base is not reproducible: {error.message}", HINT) from error


def _template(edition: Edition) -> Template:
    if edition.template is None:
        raise NotHermeticError(edition.reason)
    return edition.template


def _policy(template: Template, was: Answers, is_: Answers, catalogue: Catalogue | None) -> Policy:
    answers_file = template.answers_file(is_)
    excluded = template.is_excluded(was, "update")
    if catalogue and catalogue.ownership.classes:
        # whose a file is says more than `_skip_if_exists`: a deletion stays one
        return Policy(answers_file, catalogue.ownership.of, never, excluded)
    return Policy(answers_file, is_kept_once=template.is_kept_once(is_), is_excluded_now=excluded)


def _entries(
    files: Snapshot, template: Template, answers: Answers, operation: str, store: Store
) -> dict[str, Entry]:
    return {
        path: _lent(files, made, store) if isinstance(made, str) else _written(made, store)
        for path, made in template.outline(answers, operation).items()
    }


def _lent(files: Snapshot, source: str, store: Store) -> Entry:
    entry = files.entry(source)
    store.lend(entry.id, partial(_data, files, source))
    return entry


def _data(files: Snapshot, source: str) -> bytes:
    return files[source].data


def _written(file: File, store: Store) -> Entry:
    return Entry(file.mode, store.write(file.data))


def _by_copier(
    target: Target, recorded: Recorded, given: Mapping[str, object], store: Store, reason: str
) -> Replayed:
    job = foreign.Job(
        url=recorded.url,
        address=address.expand(recorded.url) if address.is_url(recorded.url) else recorded.url,
        clone=target.repository,
        refs=(target.old, target.new),
        answers=recorded.answers,
        answers_file=recorded.answers_file,
        folder=recorded.folder,
    )
    made = foreign.replay(job, given)
    base, theirs = (
        {path: _written(file, store) for path, file in tree.items()}
        for tree in (made.base, made.theirs)
    )
    policy = Policy(recorded.answers_file, is_kept_once=made.kept_once.__contains__)
    return Replayed(base, theirs, base, made.answers, policy, reason=reason)
