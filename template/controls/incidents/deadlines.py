"""INC-2: each kind of incident has a deadline, and no incident is open past its own.

The deadline of an incident is its kind's `sla` in the manifest, counted from `detected` in its
record. One that was mitigated too late is history: it is listed by `incidents list`, and fails
nothing here, because no act of today could mend it.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from controls.check.model import Context, Finding, Outcome
from controls.errors import ControlsError
from controls.incidents import category, record
from controls.incidents.record import Incident
from controls.manifest import Manifest
from controls.tracing import period

_MANIFEST = "ai-workflow.yaml"
_WRITE = "write it as 2026-01-31T09:30:00+00:00"


def kept(context: Context) -> Outcome:
    """Return failed for a kind without deadline and for an incident that is open past its own.

    `n` counts the kinds and the incidents on record.
    """
    now = moment(context.today)
    names = record.names(context.root)
    n = len(category.OWASP) + len(names)
    wrong = [*_unbounded(context.manifest)]
    for path in names:
        try:
            incident = record.read(context.root, path)
            wrong += _late(context.manifest, incident, now)
        except ControlsError as error:
            wrong.append(Finding(error.message, path, 1, error.hint))
    if wrong:
        return Outcome.failed(n, f"{_MANIFEST}, {record.FOLDER}/", *wrong)
    return Outcome.ok(n, f"{_MANIFEST}, {record.FOLDER}/")


def moment(today: date) -> datetime:
    """Return the moment to judge at: now on the day that it is, the last of any other day."""
    now = datetime.now(UTC)
    return now if now.date() == today else datetime.combine(today, time.max, UTC)


def due(manifest: Manifest, incident: Incident) -> datetime:
    """Return when `incident` has to be mitigated.

    Raises:
        ControlsError: when its record does not say when it was detected, or its kind has no
            deadline.
    """
    detected = _moment("detected", incident.detected)
    return period.after(detected, category.route(manifest, incident.kind).sla)


def _late(manifest: Manifest, incident: Incident, now: datetime) -> Iterator[Finding]:
    deadline = due(manifest, incident)
    if incident.mitigated is None:
        if now > deadline:
            over = f"{incident.kind} is open past its deadline of {deadline:%Y-%m-%d %H:%M} UTC"
            hint = "mitigate it, then write when in `mitigated` of its record"
            yield Finding(over, incident.path, 1, hint)
        return
    mitigated = _moment("mitigated", incident.mitigated)
    if mitigated > now:
        said = f"mitigated is {incident.mitigated!r}, which has not come yet"
        yield Finding(said, incident.path, 1, "write when it was mitigated, or null")


def _unbounded(manifest: Manifest) -> Iterator[Finding]:
    """Yield each kind whose deadline is no time at all."""
    now = datetime(2000, 1, 1, tzinfo=UTC)
    for kind in category.OWASP:
        line = manifest.line("spec", "incidents", kind, "sla")
        try:
            sla = category.route(manifest, kind).sla
            if period.after(now, sla) > now:
                continue
            error = ControlsError(f"the deadline of {kind!r} is {sla!r}", "give it some time: PT4H")
        except ControlsError as refused:
            error = refused
        yield Finding(error.message, _MANIFEST, line, error.hint)


def _moment(key: str, text: str | None) -> datetime:
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        raise ControlsError(f"{key} is {text!r}, no moment", _WRITE) from None
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
