"""The manifest as frozen values: what the workflow is, for whom, on which data, under whose name.

Decides how `ai-workflow.yaml` becomes values. Its shape is decided by `controls.manifest_schema`,
what its values may mean together by `controls.manifest_rules`; `load` gives nothing that either
refuses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from controls import catalogue, document, manifest_rules, manifest_schema
from controls.errors import ControlsError

NAME = "ai-workflow.yaml"
LIMIT = 64 * 1024
CLASSES = ("public", "internal", "confidential", "personal", "special-category", "secret")

Values = Mapping[str, Any]  # the manifest's own plain data, already against its schema


@dataclass(frozen=True, slots=True)
class Dataset:
    """A kind of data that the workflow reads; `retention` is an ISO 8601 duration."""

    name: str
    classification: str
    subjects: str
    retention: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model and who answers for it; an empty `allowed_data` allows nothing."""

    ref: str
    provider: str
    endpoint: str
    owner: str | None
    allowed_data: tuple[str, ...]
    price_required: bool


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that the workflow may call; `side_effect` is none, read, write or external."""

    name: str
    side_effect: str


@dataclass(frozen=True, slots=True)
class Principal:
    """A person; `handle` is @handle or an e-mail address, `key` an SSH public key or empty."""

    name: str
    handle: str
    key: str


@dataclass(frozen=True, slots=True)
class Role:
    """Who approves changes to `paths`, and how many of them must."""

    role: str
    principals: tuple[Principal, ...]
    threshold: int
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Waiver:
    """Leave for one control to fail until the end of the day `expires` (ISO date)."""

    control: str
    reason: str
    approver: str
    expires: str
    decision: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that is valid; `raw` is everything that the file says, as plain data."""

    name: str
    title: str
    description: str
    owner: str | None
    team: str
    lifecycle: str
    audience: str
    oversight: str
    tier: int
    entrypoint: str
    default_model: str
    data: tuple[Dataset, ...]
    models: tuple[Endpoint, ...]
    tools: tuple[Tool, ...]
    approvals: tuple[Role, ...]
    budgets: Mapping[str, Mapping[str, float]]
    limits: Mapping[str, Mapping[str, int]]
    logging: Mapping[str, str]
    incidents: Mapping[str, Mapping[str, str | None]]
    waivers: tuple[Waiver, ...]
    raw: Values = field(repr=False)
    lines: Mapping[tuple[document.Step, ...], int] = field(repr=False, default_factory=dict)

    @property
    def data_class(self) -> str:
        """The most sensitive class of all its data."""
        return max((entry.classification for entry in self.data), key=CLASSES.index)

    @property
    def production(self) -> bool:
        """Whether pending is no longer good enough."""
        return self.lifecycle == "production"

    def endpoint(self, ref: str) -> Endpoint:
        """Return the endpoint called `ref`.

        Raises:
            ControlsError: when the manifest does not list it.
        """
        for endpoint in self.models:
            if endpoint.ref == ref:
                return endpoint
        known = ", ".join(endpoint.ref for endpoint in self.models)
        raise ControlsError(f"{NAME} lists no model {ref!r}", hint=f"spec.models has {known}")

    def line(self, *path: document.Step) -> int:
        """Return the line of `path` in the file, for a finding to point at."""
        return document.Document(NAME, None, dict(self.lines)).line(path)


def load(root: Path) -> Manifest:
    """Return the manifest of the repository at `root`.

    The first thing wrong, from the top of the file, is the one that is reported.

    Raises:
        ControlsError: when it is absent, malformed, against its schema, or against the rules (a
            tier below its floor, secret data, an unknown default model, …).
    """
    source = document.read(root / NAME, NAME, LIMIT)
    problems = manifest_schema.problems(source)
    if not problems:
        rules = catalogue.load(root)
        problems = manifest_rules.problems(cast("Values", source.data), rules)
    if problems:
        raise _refused(source, problems)
    return values(source)


def _refused(source: document.Document, problems: list[manifest_schema.Problem]) -> ControlsError:
    first = min(problems, key=lambda problem: source.line(problem.path))
    more = f" (1 of {len(problems)} problems)" if len(problems) > 1 else ""
    return ControlsError(f"{NAME}:{source.line(first.path)}: {first.message}", first.hint + more)


def values(source: document.Document) -> Manifest:
    """Return the manifest that `source` holds; it already has the schema's shape."""
    data = cast("Values", source.data)
    metadata, spec = data["metadata"], data["spec"]
    return Manifest(
        **metadata,
        **{name: spec[name] for name in ("owner", "team", "lifecycle", "audience", "entrypoint")},
        **{name: spec[name] for name in ("default_model", "budgets", "limits", "logging")},
        oversight=spec["human_oversight"]["mode"],
        tier=spec["risk"]["tier"],
        data=tuple(Dataset(**entry) for entry in spec["data"]),
        models=tuple(_endpoint(entry) for entry in spec["models"]),
        tools=tuple(Tool(**entry) for entry in spec["tools"]),
        approvals=tuple(_role(entry) for entry in spec["approvals"]),
        incidents=spec.get("incidents", {}),
        waivers=tuple(Waiver(**entry) for entry in spec["waivers"]),
        raw=data,
        lines=source.lines,
    )


def _endpoint(entry: Values) -> Endpoint:
    fields: dict[str, Any] = {**entry, "allowed_data": tuple(entry["allowed_data"])}
    return Endpoint(**fields)


def _role(entry: Values) -> Role:
    people = (
        Principal(person["name"], person["handle"], person.get("key") or "")
        for person in entry["principals"]
    )
    return Role(entry["role"], tuple(people), entry["threshold"], tuple(entry["paths"]))
