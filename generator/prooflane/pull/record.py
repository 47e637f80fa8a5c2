"""Reads `rollout.yaml` at the newest commit of a template: a rollout file with a section `pull`.

It says when a version goes out, never what is in it: that is the version's own, signed tag. A
channel that is behind the version keeps it back.
"""

from collections.abc import Mapping
from datetime import date, datetime

from prooflane import document
from prooflane.campaign import rollout_file
from prooflane.campaign.settings import Settings
from prooflane.errors import ProoflaneError
from prooflane.git import history
from prooflane.pull.standing import Closed, Record
from prooflane.release import channels
from prooflane.source.find import Source
from prooflane.version import is_older

NAME = "rollout.yaml"
KEYS = {"version", "from", "channel", "paused", "approved"}
HINT = "pull: {version: v1.2.3, from: 2026-12-01}"


def read(source: Source) -> Record | Closed:
    """Return what the template at `source` says of pull mode, or that it says nothing.

    Raises:
        ProoflaneError: when a file of it is malformed.
    """
    blob = history.content(source.repository, source.commit, NAME)
    name = f"the template's {NAME!r}"
    data = document.mapping(document.parse(blob or b"", name) or {}, name)
    if rollout_file.PULL not in data:
        return Closed(f"the template {source.url!r} has no {NAME} with a section 'pull'")
    row = document.mapping(data[rollout_file.PULL], f"pull of {name}")
    record = _record(row, rollout_file.parse(rollout_file.without_pull(data), name), name)
    return _kept_back(source, str(row.get("channel") or channels.STABLE), record) or record


def _record(row: Mapping[str, object], settings: Settings, name: str) -> Record:
    if unknown := sorted(row.keys() - KEYS):
        raise ProoflaneError(f"pull of {name} has an unknown {unknown[0]!r}", HINT)
    version, start, approved = row.get("version"), row.get("from"), row.get("approved") or []
    if not isinstance(version, str) or not version:
        raise ProoflaneError(f"pull of {name} names no version", HINT)
    if not isinstance(approved, list) or not all(isinstance(one, str) for one in approved):
        raise ProoflaneError(f"approved of {name} is not a list of waves", "approved: [customers]")
    names = {stage.name for stage in settings.waves}
    if unknown := [one for one in approved if one not in names]:
        raise ProoflaneError(f"approved of {name} names no wave: {unknown[0]!r}", HINT)
    paused = "" if row.get("paused") in {None, False} else str(row["paused"])
    return Record(version, _day(start, name), settings, paused, tuple(approved))


def _day(value: object, name: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise ProoflaneError(f"from of {name} is not a day: {value!r}", HINT) from error


def _kept_back(source: Source, channel: str, record: Record) -> Closed | None:
    if channel not in channels.NAMES:
        known = ", ".join(channels.NAMES)
        raise ProoflaneError(f"{NAME} names no channel: {channel!r}", f"there are {known}")
    blob = history.content(source.repository, source.commit, channels.NAME)
    at = channels.parse(blob).get(channel)
    if blob is None or (at and is_older(at, record.version) is False):
        return None
    return Closed(f"not yet: channel {channel!r} is at {at or 'nothing'}, not {record.version}")
