"""`release cut`: the record, the channel, the signed tag. Refuses what is red or understated.

Decides the order: whatever can be refused is refused first, then all objects are written, then the
files, and branch and tag move in one step at the end. Killed anywhere, the same command finishes. A
version that is there already only changes channel.
"""

from collections.abc import Generator
from dataclasses import dataclass, replace

from prooflane.errors import ProoflaneError
from prooflane.event import Event, Notice
from prooflane.git import history, publish, tags
from prooflane.git.place import Place
from prooflane.git.tags import Tag
from prooflane.release import channels, notes, record, staging
from prooflane.release.asked import Asked
from prooflane.release.candidate import Released
from prooflane.release.check import check
from prooflane.release.checkup import Checkup
from prooflane.release.level import declared, parsed
from prooflane.release.ready import Ready, ready
from prooflane.release.record import Record
from prooflane.source import trust


@dataclass(frozen=True, slots=True)
class Order:
    """What a person asked to be cut."""

    asked: Asked
    version: str
    channel: str = channels.CANARY
    key: str | None = None
    is_plan: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """A release, cut or planned; without `checkup`, only its channel moves.

    `refused` says why it was not cut; `commit` and `tag` are empty then, and for a plan.
    """

    version: str
    ready: Ready
    channels: dict[str, str]
    checkup: Checkup | None = None
    record: Record | None = None
    refused: str = ""
    hint: str = ""
    commit: str = ""
    tag: str = ""

    @property
    def status(self) -> int:
        """The exit status: 1 when it was refused."""
        return int(bool(self.refused))


def cut(order: Order) -> Generator[Event, None, Cut]:
    """Cut the release, or say why it must not be, or, for a plan, what would be written.

    Raises:
        ProoflaneError: when it cannot be cut here; nothing was written then.
    """
    able = ready(
        order.asked.template, order.version, order.channel, order.key, is_plan=order.is_plan
    )
    cut_ = Cut(order.version, able, able.moved)
    if able.known:
        return _gone_on(cut_, able.known, order)
    done = yield from check(replace(order.asked, to="HEAD", version=order.version))
    said, hint = _refusal(done, order.version)
    told = record.draft(done, order.version)
    cut_ = replace(cut_, checkup=done, record=told, refused=said, hint=hint)
    if said:
        return cut_
    if done.wanted.source.commit != able.place.head:
        raise ProoflaneError("the branch moved while the release was cut", "run this again")
    cut_, files = _drafted(cut_, told, order)
    if order.is_plan:
        return cut_
    return (yield from _signed(cut_, files))


def _refusal(done: Checkup, version: str) -> tuple[str, str]:
    newest, wanted = done.wanted.newest, parsed(version)
    if done.problems:
        first = done.problems[0]
        return f"it must not be released: {first.what}: {first.says}", "prooflane release check"
    assert wanted
    if newest and declared(newest.version, wanted) < done.level:
        worst = done.reasons[0].text if done.reasons else ""
        said = f"{version} understates its effect: {done.level.name}, because {worst}"
        return said, f"prooflane release cut {done.version}"
    return "", ""


def _drafted(cut_: Cut, told: Record, order: Order) -> tuple[Cut, dict[str, bytes]]:
    place, head = cut_.ready.place, cut_.ready.place.head
    changed = {channels.NAME: channels.dump(cut_.channels)}
    without = publish.drafted(place, head, changed)
    day = order.asked.today.isoformat()
    told = replace(told, tree=without.tree, parent=head, date=day)
    files = {**changed, record.path(cut_.version): record.dump(told)}
    return replace(cut_, record=told), files


def _signed(cut_: Cut, files: dict[str, bytes]) -> Generator[Event, None, Cut]:
    able, told = cut_.ready, cut_.record
    assert told
    draft = publish.drafted(able.place, able.place.head, files)
    commit = publish.committed(able.place, draft, f"Release {cut_.version}")
    tag = _tagged(able, told, commit)
    yield from _unlisted(able, Tag(tag, commit, cut_.version, is_signed=True))
    _moved(able, files, commit, tag)
    return replace(cut_, commit=commit, tag=tag)


def _tagged(able: Ready, told: Record, commit: str) -> str:
    message = notes.text(told, ("owner", "auditor"))
    return publish.tagged(able.place, able.version, commit, message, able.key)


def _moved(able: Ready, files: dict[str, bytes], commit: str, tag: str = "") -> None:
    # files first: they can be taken back, and a ref that somebody saw cannot
    staging.stage(able.place, files)
    named = (able.version, tag) if tag else None
    try:
        publish.moved(able.place, able.branch, able.place.head, commit, named)
    except ProoflaneError:
        staging.undo(able.place, files)
        raise


def _unlisted(able: Ready, tag: Tag) -> Generator[Event, None, None]:
    listed = trust.load().signers
    if listed and listed.is_file() and not tags.signer(able.place.root, tag, listed):
        yield Notice(f"the key that signs is none of {str(listed)!r}: you would not trust this tag")


def _gone_on(cut_: Cut, known: Released, order: Order) -> Cut:
    place = cut_.ready.place
    if known.commit == place.head or history.parent(place.root, known.commit) == place.head:
        return _finished(cut_, known, order)
    return _promoted(cut_, order)


def _finished(cut_: Cut, known: Released, order: Order) -> Cut:
    """Return the cut that was made already, after what a kill left undone of it."""
    able, place = cut_.ready, cut_.ready.place
    path = record.path(known.name)
    blob = history.content(place.root, known.commit, path)
    if blob is None or able.moved != _channels(place, known.commit):
        return _promoted(cut_, order)
    told = record.parse(blob, f"the record {path!r}")
    found = tags.find(place.root, known.name)
    tag = found.id if found else ""
    cut_ = replace(cut_, record=told)
    if order.is_plan:
        return cut_
    if known.commit != place.head:
        files = {path: blob, channels.NAME: channels.dump(able.moved)}
        _moved(able, files, known.commit)
    if not tag:
        tag = _tagged(able, told, known.commit)
        publish.moved(place, able.branch, known.commit, known.commit, (known.name, tag))
    return replace(cut_, commit=known.commit, tag=tag)


def _channels(place: Place, commit: str) -> dict[str, str]:
    return channels.parse(history.content(place.root, commit, channels.NAME))


def _promoted(cut_: Cut, order: Order) -> Cut:
    able = cut_.ready
    if able.channels == cut_.channels:
        raise ProoflaneError(
            f"{order.version} is released, and {order.channel} is at it", "--channel stable"
        )
    if order.is_plan:
        return cut_
    files = {channels.NAME: channels.dump(cut_.channels)}
    draft = publish.drafted(able.place, able.place.head, files)
    message = f"{order.channel.capitalize()} is {order.version}"
    commit = publish.committed(able.place, draft, message)
    _moved(able, files, commit)
    return replace(cut_, commit=commit)
