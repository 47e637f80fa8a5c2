"""Decides calls with the embedded Rego engine. Everything absent, odd or raising is a refusal.

An engine object belongs to the thread that made it: used or forgotten by another, it raises a
BaseException. So each thread compiles its own, once, and is the only one to keep them. Only the
engine's `_as_json` calls are used: values that cross as Python objects lose types. The owner's
rules are asked one by one and can only add reasons to deny.
"""

import functools
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from controls.policy import rego
from controls.policy.bundle import Bundle, Module
from controls.policy.decision import Decision, Reason, deny
from controls.policy.facts import Facts
from controls.policy.rego import Engine

VERDICT = "data.aiwf.verdict"
CACHE = 4096
POLICIES = 8
Evaluate = Callable[[str], str]


@functools.lru_cache(maxsize=POLICIES)
def policy(bundle: Bundle) -> "Policy":
    """Return the process's one policy for `bundle`: rules are compiled once a thread."""
    return Policy(bundle)


@dataclass(eq=False)
class Policy:
    """The rules of one bundle with the decisions already taken; safe to share between threads."""

    bundle: Bundle
    _taken: dict[Facts, Decision] = field(default_factory=dict, repr=False)

    def decide(self, facts: Facts) -> Decision:
        """Return the verdict on `facts`, from memory where the same facts were decided before."""
        try:
            known = self._taken.get(facts) if facts.exact else None
            return known or self._decided(facts)
        except Exception as error:  # noqa: BLE001  facts that are no facts cannot be looked up
            return deny(self.bundle.sha256, broken(error))

    def _decided(self, facts: Facts) -> Decision:
        decision = self.evaluate(facts.as_json())
        if facts.exact and not any(reason.rule == "engine" for reason in decision.reasons):
            if len(self._taken) >= CACHE:
                self._taken.clear()
            self._taken[facts] = decision
        return decision

    def evaluate(self, given: str) -> Decision:
        """Return the verdict on the JSON text `given`; never from memory, never an exception."""
        if self.bundle.faults:
            return deny(self.bundle.sha256, *self.bundle.faults)
        try:
            reasons = list(self._reasons(given))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001  the engine panics with one of its own
            _OWN.compiled.cache_clear()
            return deny(self.bundle.sha256, broken(error))
        if reasons:
            return deny(self.bundle.sha256, *reasons)
        return Decision(allow=True, reasons=(), bundle=self.bundle.sha256)

    def _reasons(self, given: str) -> Iterator[Reason]:
        engine = _OWN.compiled(self.bundle)
        engine.set_input_json(given)
        verdict = json.loads(engine.eval_rule_as_json(VERDICT))
        yield from (self._reason(item, "controls/policy") for item in verdict["reasons"])
        if verdict["allow"] is not True and not verdict["reasons"]:
            yield Reason(
                "engine", "the policy allows nothing and says no reason", "controls/policy"
            )
        for module in self.bundle.custom:
            denials = _denials(engine.eval_rule_as_json, module)
            yield from (self._reason(item, module.path) for item in denials)

    def _reason(self, item: object, path: str) -> Reason:
        if not isinstance(item, dict):
            return Reason("custom", str(item), path, at=path)
        rule = str(item.get("rule", "custom"))
        return Reason(
            rule,
            str(item.get("message", "denied")),
            str(item.get("path", path)),
            str(item.get("remedy", "")),
            self.bundle.places.get(rule, path),
        )


def compiled(bundle: Bundle) -> Engine:
    """Return an engine that holds the rules of `bundle` and its numbers, for this thread alone."""
    engine = rego.engine()
    for module in (*bundle.managed, *bundle.custom):
        engine.add_policy(module.path, module.text)
    engine.add_data_json(json.dumps({"policy": json.loads(bundle.data)}))
    return engine


class _Own(threading.local):
    """The engines of the thread that asks: who forgets one is who made it."""

    def __init__(self) -> None:
        self.compiled = functools.lru_cache(maxsize=POLICIES)(compiled)


_OWN = _Own()


def _denials(evaluate: Evaluate, module: Module) -> list[object]:
    denials = json.loads(evaluate(f"data.{module.package}.deny"))
    if not isinstance(denials, list):
        raise TypeError(f"{module.path}: `deny` must be a set, write `deny contains …`")
    return denials


def broken(error: BaseException) -> Reason:
    """Return the engine's complaint as one sentence with the place that it names."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    place = [line.removeprefix("--> ") for line in lines if line.startswith("--> ")]
    message = told[0] if told else (lines[0] if lines else type(error).__name__)
    where = place[0] if place else "controls/policy"
    return Reason(
        "engine",
        f"the policy cannot be evaluated: {message}",
        where,
        "nothing is allowed until then",
    )
