"""A policy decision, evaluated and remembered, beside the same rules written in plain Python.

One process, one thread, a fresh repository's policy, CPU time. Fails above 0.5 ms evaluated or 5 µs
remembered, and when the engine, memory and plain Python do not agree on every cell.
"""

import itertools
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import copier

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "template"))

from controls import manifest as manifests  # noqa: E402
from controls.policy import bundle  # noqa: E402
from controls.policy.engine import Policy  # noqa: E402
from controls.policy.facts import Caller, Facts, Request, Target  # noqa: E402

LIMIT_US, REMEMBERED_LIMIT_US = 500, 5
ROUNDS = 7
CLASSES = manifests.CLASSES
ENVIRONMENTS = ("development", "ci", "production")
CALL = Facts(
    *("model.call", "development", 2, "experimental", "customer", "sample"),
    owner_named=False,
    approvers_named=False,
    data_class="personal",
    caller=Caller("acme", "support", "help", user_known=True),
    endpoint=Target(
        *("embedded:small", "embedded"),
        owner_named=False,
        allowed_data=CLASSES[:4],
        priced=True,
        recorded=False,
    ),
    request=Request("within", "within", "within"),
    logging=("prompt", "trace"),
)


def plain(facts: Facts) -> bool:
    """Return the verdict that the managed rules give, as Python would say it."""
    harmless = facts.data_class in CLASSES[:2]
    return (
        facts.data_class in facts.endpoint.allowed_data
        and facts.data_class != "secret"
        and (harmless or facts.tier > 0)
        and (facts.data_class != "special-category" or facts.tier > 2)
        and (facts.tier == 0 or (facts.caller.user_known and facts.caller.workspace != ""))
        and facts.endpoint.priced
        and (facts.endpoint.provider == "embedded" or facts.endpoint.recorded)
        and (facts.request.context, facts.request.sources) == ("within", "within")
        and facts.request.budget == "within"
        and set(facts.logging) == {"prompt", "trace"}
        and (
            facts.environment != "production"
            or (
                (facts.owner_named and facts.endpoint.owner_named and facts.approvers_named)
                and facts.lifecycle == "production"
            )
        )
    )


def situations() -> list[Facts]:
    """Return every class at every tier, environment and kind of caller."""
    space = itertools.product(CLASSES, range(5), ENVIRONMENTS, (True, False))
    return [
        replace(
            CALL,
            data_class=name,
            tier=tier,
            environment=environment,
            caller=replace(CALL.caller, user_known=known),
        )
        for name, tier, environment, known in space
    ]


def microseconds(call: Callable[[Facts], object], given: list[Facts]) -> float:
    """Return what one call takes in the quickest round: other work on the machine is not ours."""
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for facts in given:
            call(facts)
        taken.append((time.process_time() - began) / len(given) * 1e6)
    return min(taken)


def main() -> int:
    """Print the figures and return 1 when a promise is broken."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        copier.run_copy(
            str(ROOT), root, data={"tier": 2}, defaults=True, quiet=True, vcs_ref="HEAD"
        )
        policy = Policy(bundle.load(root, manifests.load(root)))
    given = situations()
    verdicts = {
        "evaluated": [policy.evaluate(facts.as_json()).allow for facts in given],
        "remembered": [policy.decide(facts).allow for facts in given],
        "plain Python": [plain(facts) for facts in given],
    }
    figures = {
        "evaluated": microseconds(lambda facts: policy.evaluate(facts.as_json()), given),
        "remembered": microseconds(policy.decide, given * 20),
        "plain Python": microseconds(plain, given * 20),
    }
    print(
        f"{len(given)} situations, {sum(verdicts['evaluated'])} allowed, best of {ROUNDS} rounds:"
    )
    for name, taken in figures.items():
        print(f"  {name:<14}{taken:8.2f} µs a decision")
    print(f"  at most {LIMIT_US} µs evaluated, {REMEMBERED_LIMIT_US} µs remembered")
    agreed = verdicts["evaluated"] == verdicts["remembered"] == verdicts["plain Python"]
    if not agreed or not any(verdicts["evaluated"]):
        print("  the verdicts differ, or nothing is allowed: the figures mean nothing")
        return 1
    slow = figures["evaluated"] > LIMIT_US or figures["remembered"] > REMEMBERED_LIMIT_US
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
