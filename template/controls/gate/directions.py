"""In which direction each setting is looser. A setting that is not listed here is looser by change.

Data only, so that it can be read as a page. Absent is `None`. Who may approve is compared in
`approvers`, what data may reach which model in `calls`.
"""

import re
from collections.abc import Callable

from controls.manifest import CLASSES

Looser = Callable[[object, object], bool]
_DURATION = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
    r"(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?"
)
_UNITS = (8766, 730.5, 168, 24, 1, 1 / 60, 1 / 3600)  # hours in a year, a month, … a second


def never(before: object, after: object) -> bool:
    """Say that no value is looser than another."""
    del before, after
    return False


def changed(before: object, after: object) -> bool:
    """Say that any other value is looser, but not its end."""
    return after is not None and before != after


def different(before: object, after: object) -> bool:
    """Say that every other value is looser, the end of it too: what bounds an argument is gone."""
    return before != after


def replaced(before: object, after: object) -> bool:
    """Say that another value is looser where there was one."""
    return before is not None and before != after


def more(before: object, after: object) -> bool:
    """Say that a larger number is looser, and the first one too."""
    return after is not None and (before is None or _number(after) > _number(before))


def less(before: object, after: object) -> bool:
    """Say that a smaller number is looser, and the first one too."""
    return after is not None and (before is None or _number(after) < _number(before))


def grown(before: object, after: object) -> bool:
    """Say that a list is looser with each entry that it gains."""
    return bool(_entries(after) - _entries(before))


def longer(before: object, after: object) -> bool:
    """Say that a longer duration is looser, and no duration where there was one."""
    return before is not None and (after is None or _hours(after) > _hours(before))


def shorter(before: object, after: object) -> bool:
    """Say that a shorter duration is looser, and no duration where there was one."""
    return before is not None and (after is None or _hours(after) < _hours(before))


def switched_off(before: object, after: object) -> bool:
    """Say that everything but yes is looser than yes."""
    return before is True and after is not True


def switched_on(before: object, after: object) -> bool:
    """Say that everything but no is looser than no."""
    return before is False and after not in {False, None}


def down(*order: object) -> Looser:
    """Return a rule: looser is what stands further on in `order`, or is unknown, or is gone."""

    def looser(before: object, after: object) -> bool:
        return before is not None and _place(order, after) > _place(order, before)

    return looser


def _place(order: tuple[object, ...], value: object) -> int:
    return order.index(value) if value in order else len(order)


def _number(value: object) -> float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else float("inf")


def _entries(value: object) -> set[str]:
    return set(map(str, value)) if isinstance(value, list) else set()


def _hours(value: object) -> float:
    """Return an ISO 8601 duration in hours, a year of 365.25 days; no duration is endless."""
    match = _DURATION.fullmatch(str(value))
    if match is None:
        return float("inf")
    return sum(float(part or 0) * hours for part, hours in zip(match.groups(), _UNITS, strict=True))


MANIFEST: dict[str, Looser] = {
    "apiVersion": changed,
    "kind": changed,
    "metadata.name": replaced,
    "metadata.title": never,
    "metadata.description": never,
    "spec.owner": replaced,
    "spec.team": never,
    "spec.lifecycle": down("production"),
    "spec.audience": down("customer", "internal"),
    "spec.entrypoint": never,
    "spec.intended_purpose": never,
    "spec.out_of_scope_uses": never,
    "spec.risk.tier": less,
    "spec.risk.rationale": never,
    "spec.risk.assessed_by": never,
    "spec.risk.assessed_on": never,
    "spec.risk.review_by": never,
    "spec.risk.eu_ai_act.category": down("prohibited", "high-risk", "limited-risk", "minimal-risk"),
    "spec.human_oversight.mode": down("every-output", "sample", "none"),
    "spec.human_oversight.stop_control": never,
    "spec.data": never,
    "spec.data.*.name": never,
    "spec.data.*.classification": down(*reversed(CLASSES)),
    "spec.data.*.subjects": never,
    "spec.data.*.retention": longer,
    "spec.default_model": never,
    "spec.models": never,
    "spec.models.*.ref": never,
    "spec.models.*.provider": never,
    "spec.models.*.endpoint": never,
    "spec.models.*.owner": replaced,
    "spec.models.*.allowed_data": never,
    "spec.models.*.price_required": switched_off,
    "spec.tools": never,
    "spec.tools.*.name": never,
    "spec.tools.*.side_effect": changed,
    "spec.approvals": never,
    "spec.approvals.**": never,
    "spec.budgets.*.*": more,
    "spec.limits.requests_per_minute.*": more,
    "spec.logging.content": changed,
    "spec.logging.retention": shorter,
    "spec.incidents.*.on_call": replaced,
    "spec.incidents.*.severity": down("SEV1", "SEV2", "SEV3", "SEV4"),
    "spec.incidents.*.sla": longer,
    "spec.waivers": never,
    "spec.waivers.*.control": changed,
    "spec.waivers.*.reason": never,
    "spec.waivers.*.approver": changed,
    "spec.waivers.*.expires": changed,
    "spec.waivers.*.decision": changed,
}
NUMBERS: dict[str, Looser] = {
    "caps.*.*": more,
    "routing": never,
    "routing.**": never,
    "prices": never,
    "prices.*.input": less,
    "prices.*.output": less,
    "prices.*.notional": switched_on,
    "budgets.on_hard": down("block", "queue", "degrade"),
    "budgets.degrade_to": never,
    "budgets.wait_seconds": never,
    "budgets.hold_minutes": never,
    "calls.**": never,
    "batch.**": never,
    "urls.allow": grown,
    "safety.contacts": grown,
}
TOOLS: dict[str, Looser] = {
    "proposer": never,
    "approval_hours": more,
    "limits.*": more,
    "tools.*.description": never,
    "tools.*.program": changed,
    "tools.*.reads": grown,
    "tools.*.writes": grown,
    "tools.*.arguments.**": different,
}
EVALS: dict[str, Looser] = {
    "name": never,
    "title": never,
    "gated": switched_off,
    "min_pass": less,
}
