"""How long a record is kept, by the class of the data that it is about.

An entry of the trail outlives the data it tells of: it is kept as long as the longest-kept data of
its class, and never shorter than `spec.logging.retention`. A text that is kept encrypted is the
data itself: it goes with the shortest-kept data of its class. A class that the manifest does not
know is treated like the longest, or shortest, of all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from controls.manifest import CLASSES, Manifest
from controls.tracing import period


@dataclass(frozen=True, slots=True)
class Kept:
    """A class, how long its record is kept, and the first day that still is."""

    classification: str
    duration: str
    first: date


def entries(manifest: Manifest, today: date) -> dict[str, Kept]:
    """Return for each class how long entries of the audit trail are kept.

    Raises:
        ControlsError: when a duration of the manifest is none.
    """
    least = str(manifest.logging["retention"])
    return {
        name: min((_kept(name, each, today) for each in (*found, least)), key=lambda k: k.first)
        for name, found in _by_class(manifest).items()
    }


def texts(manifest: Manifest, today: date) -> dict[str, Kept]:
    """Return for each class how long encrypted questions and answers are kept.

    Raises:
        ControlsError: when a duration of the manifest is none.
    """
    most = str(manifest.logging["retention"])
    return {
        name: max((_kept(name, each, today) for each in (*found, most)), key=lambda k: k.first)
        for name, found in _by_class(manifest).items()
    }


def _by_class(manifest: Manifest) -> dict[str, list[str]]:
    """Return the durations of each class; of a class without data, those of all."""
    every = [entry.retention for entry in manifest.data]
    found = {
        name: [entry.retention for entry in manifest.data if entry.classification == name]
        for name in CLASSES
    }
    return {name: own or every for name, own in found.items()}


def _kept(name: str, duration: str, today: date) -> Kept:
    return Kept(name, duration, min(period.before(today, duration), today))


Over = Callable[[str | None, str], bool]


def over(kept: dict[str, Kept]) -> Over:
    """Return what says of a class and a day whether its time is over; None never is."""
    first = {name: entry.first.isoformat() for name, entry in kept.items()}
    return lambda classification, day: day < first.get(classification or "", "")
