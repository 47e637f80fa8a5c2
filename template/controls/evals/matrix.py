"""Writes the cases of the data class x endpoint matrix from the manifest: what must be denied.

Each cell that the manifest does not allow is a case, with every rule that must deny it: the set
follows the manifest, and no rule hides behind another that denies the same call. Allowed cells are
cases for the embedded models only: an allowed call to a provider costs money and proves nothing
about the policy. The rules that hold at any matrix are repeated here on purpose, apart from the
Rego that they check.
"""

from collections.abc import Iterator

from controls.manifest import CLASSES, Endpoint, Manifest

_QUESTION = "How do I reset my password?"
_TIER_0 = ("public", "internal")
_SPECIAL_TIER = 3


def rows(manifest: Manifest) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield line of the manifest and case for each cell that can be decided without a provider."""
    for number, endpoint in enumerate(manifest.models):
        line = manifest.line("spec", "models", number)
        for data in CLASSES:
            rules = list(_denied_by(manifest, endpoint, data))
            if rules or endpoint.provider == "embedded":
                yield line, _row(endpoint, data, rules)


def _denied_by(manifest: Manifest, endpoint: Endpoint, data: str) -> Iterator[str]:
    if data not in endpoint.allowed_data:
        yield "matrix"
    if data == "secret":
        yield "secret"
    if manifest.tier == 0 and data not in _TIER_0:
        yield "tier-0"
    if manifest.tier < _SPECIAL_TIER and data == "special-category":
        yield "special-category"


def _row(endpoint: Endpoint, data: str, rules: list[str]) -> dict[str, object]:
    return {
        "id": f"{data}-to-{endpoint.ref}".replace(":", "-"),
        "kind": "denied" if rules else "allowed",
        "question": _QUESTION,
        "expect": {"denied": bool(rules), "denied_by": rules},
        "critical": bool(rules),
        "provenance": "a cell of spec.models[].allowed_data in ai-workflow.yaml",
        "data": data,
        "model": endpoint.ref,
    }
