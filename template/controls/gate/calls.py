"""The policy's verdict on every cell: data class x endpoint x tier x environment x approvers.

Each with and without a decision record, in a call that is otherwise in order. Runs as a process of
its own, `python -m controls.gate.calls FOLDER`, with limits on time and memory: the rules of a
change are evaluated by the base's engine, and rules can be written to never end.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import product
from pathlib import Path

from controls.errors import ControlsError
from controls.gate import reading
from controls.gateway import prices
from controls.manifest import CLASSES, Endpoint, Manifest
from controls.policy import bundle, data, engine, inputs
from controls.policy.facts import Facts
from controls.policy.matrix import SOMEBODY, WITHIN

TIERS = (0, 1, 2, 3, 4)
NAMED = RECORDED = (True, False)
_SECONDS, _BYTES = 60, 2 << 30


def verdicts(root: Path) -> Iterator[dict[str, object]]:
    """Yield each cell of the tree at `root`: what it is, and the rules that deny it.

    Raises:
        ControlsError: when manifest or policy cannot be judged.
    """
    found = reading.manifest(root)
    loaded = bundle.load(root, found)
    if loaded.faults:
        raise ControlsError(loaded.faults[0].message, hint=loaded.faults[0].hint)
    policy, numbers = engine.policy(loaded), data.load(root)
    for endpoint in found.models:
        priced = prices.find(endpoint.ref, numbers) is not None
        for facts in _facts(root, found, endpoint, priced=priced):
            decision = policy.decide(facts)
            rules = sorted({reason.rule for reason in decision.reasons})
            places = sorted({reason.at or reason.path for reason in decision.reasons})
            yield {**_cell(endpoint, facts), "denied_by": rules, "at": places}


def _facts(root: Path, found: Manifest, endpoint: Endpoint, *, priced: bool) -> Iterator[Facts]:
    target = replace(inputs.of_endpoint(root, endpoint, priced=priced), owner_named=True)
    axes = product(CLASSES, TIERS, reading.ENVIRONMENTS, NAMED, RECORDED)
    for name, tier, environment, approvers, recorded in axes:
        place = inputs.Place(environment, name, WITHIN, (inputs.PROMPT, inputs.TRACE))
        yield replace(
            inputs.assemble(found, place, SOMEBODY, replace(target, recorded=recorded)),
            tier=tier,
            lifecycle="production",
            owner_named=True,
            approvers_named=approvers,
        )


def _cell(endpoint: Endpoint, facts: Facts) -> dict[str, object]:
    return {
        "model": endpoint.ref,
        "provider": endpoint.provider,
        "endpoint": endpoint.endpoint,
        "data_class": facts.data_class,
        "tier": facts.tier,
        "environment": facts.environment,
        "approvers_named": facts.approvers_named,
        "recorded": facts.endpoint.recorded,
    }


def main(root: str) -> int:
    """Print the cells as JSON; 2 with the reason when they cannot be judged."""
    _limit()
    try:
        told: object = list(verdicts(Path(root)))
    except ControlsError as error:
        sys.stderr.write(f"{error.message}\n")
        return 2
    sys.stdout.write(json.dumps(told))
    return 0


def _limit() -> None:
    with suppress(ImportError, ValueError, OSError):  # Windows has no such limits
        import resource  # noqa: PLC0415 - not on every platform

        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
