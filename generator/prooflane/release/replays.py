"""What the newest release and the candidate render for the same answers, side by side.

From it: files that move or go, questions that come or go, and which files of a control change. A
profile that can no longer be rendered is found by its golden repositories, and left out here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from prooflane.errors import ProoflaneError
from prooflane.git.objects import Store, store
from prooflane.release import candidate as candidates
from prooflane.release.candidate import Candidate, Released
from prooflane.release.profiles import Profile, profiles
from prooflane.render.config import Config
from prooflane.render.tree import Origin
from prooflane.resync import migrations
from prooflane.resync.migrations import Migration
from prooflane.resync.replay import Recorded, Replayed, Target, replay
from prooflane.resync.shelf import Shelf
from prooflane.sync.controls import Difference, Side, differences


@dataclass(frozen=True, slots=True)
class Replays:
    """`gone` gives each path that is no longer there, and where it moved; `removed` are answers."""

    gone: Mapping[str, str] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    steps: tuple[Migration, ...] = ()
    differences: tuple[Difference, ...] = ()


def replays(wanted: Candidate, shelf: Shelf) -> Replays:
    """Return what changes between the newest release and the candidate.

    Raises:
        ProoflaneError: when its migrations are malformed, or the old version cannot be rendered.
    """
    if wanted.newest is None:
        return Replays()
    old, new = (
        candidates.edition(shelf, wanted.root, commit)
        for commit in (wanted.newest.commit, wanted.source.commit)
    )
    assert old.template
    assert new.template
    steps = migrations.pending(old.files, new.files)
    origin = Origin(wanted.source.url, wanted.newest.name)
    known = profiles(old.template, wanted.settings, origin)
    gone: dict[str, str] = {}
    seen: dict[str, Difference] = {}
    with store(wanted.root) as objects:
        for profile, made in _each(wanted, wanted.newest, known, shelf, objects):
            gone |= _gone(made)
            catalogues = shelf.catalogue(old), made.catalogue
            sides = zip(catalogues, (made.base, made.theirs), strict=True)
            was, now = (Side(book, profile.tier or 0, tree) for book, tree in sides)
            seen = {row.id: row for row in differences(was, now)} | seen
    removed, asked = _questions(old.template.config, new.template.config, steps)
    return Replays(gone, removed, asked, steps, tuple(seen.values()))


def _each(
    wanted: Candidate,
    release: Released,
    known: Iterable[Profile],
    shelf: Shelf,
    objects: Store,
) -> Iterator[tuple[Profile, Replayed]]:
    source = wanted.source
    target = Target(wanted.root, release.commit, source.commit, source.version)
    for profile in known:
        recorded = Recorded(source.url, release.name, profile.answers.recorded)
        try:
            yield profile, replay(shelf, target, recorded, {}, objects)
        except ProoflaneError:
            continue


def _gone(made: Replayed) -> dict[str, str]:
    moved = {path: _moved(path, made) for path in made.base if path not in made.theirs}
    return {path: to if to in made.theirs else "" for path, to in moved.items()}


def _moved(path: str, made: Replayed) -> str:
    return next(iter(migrations.moved({path: made.base[path]}, made.migrations)))


def _questions(
    old: Config, new: Config, steps: tuple[Migration, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    was, now = _offered(old), _offered(new)
    removed: list[str] = []
    came: set[str] = set()
    for name, values in was.items():
        [(to, _)] = migrations.answers({name: None}, steps).items()
        came.add(to)
        if to not in now:
            removed.append(name)
            continue
        mapped = (next(iter(migrations.answers({name: v}, steps).values())) for v in values)
        lost = [v for v in map(str, mapped) if now[to] and v not in map(str, now[to])]
        removed += [f"{name}={value}" for value in lost]
    return tuple(removed), tuple(name for name in now if name not in came)


def _offered(config: Config) -> dict[str, list[object]]:
    # a question that is never asked is computed, and nobody's answer
    asked = (row for row in config.questions if row.when is not False)
    return {row.name: _plain(row.choices) for row in asked}


def _plain(choices: object) -> list[object]:
    listed = list(choices.items()) if isinstance(choices, dict) else choices
    rows = listed if isinstance(listed, list) else []
    values = (row[1] if isinstance(row, tuple | list) else row for row in rows)
    return [value.get("value") if isinstance(value, dict) else value for value in values]
