"""What a manifest's values may mean together: floor, refusals, references between its parts.

Pure: plain data and the catalogue in, problems out. Reads no clock: whether a waiver still counts
is decided by `controls.check.waivers`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from controls.catalogue import Catalogue
from controls.floor import Facts, floor
from controls.manifest_schema import Problem

Values = Mapping[str, Any]  # plain data that already has the schema's shape


def problems(data: Values, catalogue: Catalogue) -> list[Problem]:
    """Return every rule that `data` breaks; `data` already has the schema's shape.

    A tier that cannot be right is said alone: what it would ask for is beside the point.
    """
    spec = data["spec"]
    tier = [*_secret(spec), *_prohibited(spec), *_floor(spec, catalogue)]
    return tier or [
        *_models(spec),
        *_twice(spec),
        *_budgets(spec),
        *_approvals(spec, catalogue),
        *_incidents(spec, catalogue),
        *_waivers(spec, catalogue),
    ]


def facts(spec: Values) -> Facts:
    """Return what the floor rules ask about, from a manifest's `spec`."""
    return {
        "audience": [spec["audience"]],
        "oversight": [spec["human_oversight"]["mode"]],
        "data": [entry["classification"] for entry in spec["data"]],
        "tools": [tool["side_effect"] for tool in spec["tools"]],
        "legal": [spec["risk"]["eu_ai_act"]["category"]],
    }


def _secret(spec: Values) -> Iterator[Problem]:
    for index, entry in enumerate(spec["data"]):
        if entry["classification"] == "secret":
            path = ("spec", "data", index, "classification")
            yield Problem(
                path,
                f"spec.data[{index}].classification is 'secret', which no tier allows",
                "keep secrets out of the workflow's data; read keys from the environment",
            )


def _prohibited(spec: Values) -> Iterator[Problem]:
    if spec["risk"]["eu_ai_act"]["category"] == "prohibited":
        yield Problem(
            ("spec", "risk", "eu_ai_act", "category"),
            "spec.risk.eu_ai_act.category is 'prohibited': the practice may not be operated",
            "do not build it; if the assessment is wrong, correct it with a decision record",
        )


def _floor(spec: Values, catalogue: Catalogue) -> Iterator[Problem]:
    lowest = floor(facts(spec), catalogue.floor)
    declared = spec["risk"]["tier"]
    path = ("spec", "risk", "tier")
    offered = [row.tier for row in catalogue.tiers]
    if declared < lowest.tier:
        yield Problem(
            path,
            f"spec.risk.tier is {declared}, below its floor {lowest.tier}: {lowest.reason}",
            _raise_to(lowest.tier, offered),
        )
    elif declared not in offered:
        yield Problem(
            path,
            f"spec.risk.tier is {declared}, which this template does not offer",
            f"expected one of {', '.join(map(str, offered))}",
        )


def _raise_to(tier: int, offered: list[int]) -> str:
    if tier in offered:
        return f"prooflane sync --set tier={tier}"
    return f"this template offers tiers {offered[0]} to {offered[-1]}: change what it does"


def _models(spec: Values) -> Iterator[Problem]:
    refs = [model["ref"] for model in spec["models"]]
    if spec["default_model"] not in refs:
        yield Problem(
            ("spec", "default_model"),
            f"spec.default_model is {spec['default_model']!r}, which spec.models does not list",
            f"expected one of {', '.join(refs)}",
        )


def _twice(spec: Values) -> Iterator[Problem]:
    for part, key in (
        ("models", "ref"),
        ("data", "name"),
        ("tools", "name"),
        ("approvals", "role"),
    ):
        seen: set[object] = set()
        for index, entry in enumerate(spec[part]):
            if entry[key] in seen:
                yield Problem(
                    ("spec", part, index, key),
                    f"spec.{part}[{index}].{key} is {entry[key]!r} a second time",
                    "give each entry its own",
                )
            seen.add(entry[key])


def _budgets(spec: Values) -> Iterator[Problem]:
    for scope, budget in spec["budgets"].items():
        if budget["soft"] > budget["hard"]:
            yield Problem(
                ("spec", "budgets", scope, "soft"),
                f"spec.budgets.{scope}.soft is {budget['soft']}, above hard {budget['hard']}",
                "soft warns before hard refuses: make it the smaller one",
            )


def _approvals(spec: Values, catalogue: Catalogue) -> Iterator[Problem]:
    rows = [row for row in catalogue.tiers if row.tier == spec["risk"]["tier"]]
    named = {entry["role"] for entry in spec["approvals"]}
    for role in [role for row in rows for role in row.roles if role not in named]:
        yield Problem(
            ("spec", "approvals"),
            f"spec.approvals lacks the role {role!r}, which tier {spec['risk']['tier']} asks for",
            f'add - {{role: {role}, principals: [], threshold: 1, paths: ["*"]}}',
        )


def _incidents(spec: Values, catalogue: Catalogue) -> Iterator[Problem]:
    routed = any(c.id == "INC-1" and spec["risk"]["tier"] in c.tiers for c in catalogue.controls)
    if routed and "incidents" not in spec:
        yield Problem(
            ("spec", "incidents"),
            "spec.incidents is missing",
            f"tier {spec['risk']['tier']} asks for each category of incident and who is called",
        )


def _waivers(spec: Values, catalogue: Catalogue) -> Iterator[Problem]:
    known = {control.id for control in catalogue.controls}
    for index, waiver in enumerate(spec["waivers"]):
        if waiver["control"] not in known:
            yield Problem(
                ("spec", "waivers", index, "control"),
                f"spec.waivers[{index}].control is {waiver['control']!r}, which is no control",
                "controls/CONTROLS.md lists them all",
            )
