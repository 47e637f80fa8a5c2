"""The table of data class x endpoint: what the policy itself says about each cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from controls.gateway import prices
from controls.manifest import CLASSES, Manifest
from controls.policy import bundle, data, engine, inputs
from controls.policy.decision import Decision
from controls.policy.facts import Caller, Request

WITHIN = Request("within", "within", "within")
SOMEBODY = Caller(workspace="any", team="any", feature="any", user_known=True)


@dataclass(frozen=True, slots=True)
class Cell:
    """The verdict on sending `data_class` to the model `ref`."""

    data_class: str
    ref: str
    decision: Decision


def cells(
    root: Path,
    manifest: Manifest,
    environment: str = "development",
    classes: Sequence[str] = CLASSES,
) -> tuple[Cell, ...]:
    """Return every cell, for a call that is otherwise in order.

    Raises:
        ControlsError: when policy/data.yaml is absent or malformed.
    """
    policy = engine.policy(bundle.load(root, manifest))
    numbers = data.load(root)
    found: list[Cell] = []
    for endpoint in manifest.models:
        priced = prices.find(endpoint.ref, numbers) is not None
        target = inputs.of_endpoint(root, endpoint, priced=priced)
        for name in classes:
            place = inputs.Place(environment, name, WITHIN, (inputs.PROMPT, inputs.TRACE))
            facts = inputs.assemble(manifest, place, SOMEBODY, target)
            found.append(Cell(name, endpoint.ref, policy.decide(facts)))
    return tuple(found)


def table(found: Sequence[Cell]) -> str:
    """Return the cells as text: a row for each class, a column for each model."""
    refs = list(dict.fromkeys(cell.ref for cell in found))
    classes = list(dict.fromkeys(cell.data_class for cell in found))
    verdicts = {(cell.data_class, cell.ref): _mark(cell.decision) for cell in found}
    rows = [["", *refs], *([name, *(verdicts[name, ref] for ref in refs)] for name in classes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _mark(decision: Decision) -> str:
    return "allow" if decision.allow else ",".join(dict.fromkeys(r.rule for r in decision.reasons))
