"""The five kinds of incident; the manifest's `spec.incidents` says who is called for each."""

from dataclasses import dataclass

from controls.errors import ControlsError
from controls.manifest import Manifest

# kind -> the entry of the OWASP Top 10 for LLM applications that it belongs to
OWASP = {
    "hallucination": "LLM09:2025",
    "prompt-injection": "LLM01:2025",
    "data-exposure": "LLM02:2025",
    "regression": "LLM10:2025",
    "unsafe-tool-use": "LLM06:2025",
}
SEVERITIES = ("SEV1", "SEV2", "SEV3", "SEV4")


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers for one kind of incident; `on_call` is None until somebody is named."""

    kind: str
    on_call: str | None
    severity: str
    sla: str


def route(manifest: Manifest, kind: str) -> Route:
    """Return the route of `kind`.

    Raises:
        ControlsError: when the manifest has none.
    """
    entry = manifest.incidents.get(kind)
    if entry is None:
        raise ControlsError(
            f"ai-workflow.yaml routes no incident of type {kind!r}",
            hint=f"spec.incidents: add {kind}: {{on_call: ..., severity: SEV2, sla: PT24H}}",
        )
    return Route(
        kind, entry.get("on_call"), entry.get("severity") or "SEV2", entry.get("sla") or ""
    )
