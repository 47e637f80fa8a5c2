"""Runs the owner's tests of the owner's rules: policy/custom/*_test.rego and policy/custom/*.json.

A Rego test is a rule named `test_…` that must be true, as in `opa test`; it reads the rules as
`data.custom.<name>`, the numbers as `data.policy` and a call in order as `data.example`. A vector
is a change of that call, judged by the whole policy. Tests decide nothing about a real call.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from controls.manifest import Manifest
from controls.policy import bundle, engine, vectors
from controls.policy.bundle import CUSTOM, Bundle
from controls.policy.engine import Policy
from controls.policy.rego import Engine

_TEST = re.compile(r"^(test_\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Tested:
    """One test; `told` is what was wrong, empty where it passed."""

    name: str
    path: str
    line: int
    told: str


def run(root: Path, manifest: Manifest) -> tuple[Tested, ...]:
    """Return every test of the owner with its outcome; a file that cannot be read has failed.

    Raises:
        ControlsError: when a file of vectors is malformed.
    """
    loaded = bundle.load(root, manifest)
    example = json.dumps({"example": vectors.example(root)})
    rego = [tested for path in bundle.own_tests(root) for tested in _file(loaded, path, example)]
    return (*rego, *_judged(engine.policy(loaded), vectors.own(root)))


def _judged(policy: Policy, known: tuple[vectors.Vector, ...]) -> Iterator[Tested]:
    wrong = {failure.vector: failure for failure in vectors.failures(policy, known)}
    for vector in known:
        failure, told = wrong.get(vector), ""
        if failure:
            rules = ", ".join(sorted(failure.rules)) or "no rule"
            wanted = "allowed" if vector.allow else f"denied by {', '.join(sorted(vector.rules))}"
            told = f"{'allowed' if failure.allow else 'denied'} by {rules}, it must be {wanted}"
        yield Tested(vector.name, vector.path, 0, told)


def _file(loaded: Bundle, file: Path, example: str) -> Iterator[Tested]:
    path = f"{CUSTOM}/{file.name}"
    try:
        text = file.read_text(encoding="utf-8")
        asked = engine.compiled(loaded)
        asked.add_policy(path, text)
        asked.add_data_json(example)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001  the engine panics with one of its own
        broken = engine.broken(error)
        yield Tested(path, path, _line(broken.path), broken.message)
        return
    places = {match[1]: text.count("\n", 0, match.start()) + 1 for match in _TEST.finditer(text)}
    if not places:
        yield Tested(path, path, 1, "no rule of it is named test_…")
    for name, line in places.items():
        yield Tested(name, path, line, _told(asked, f"data.{bundle.package(text)}.{name}"))


def _told(asked: Engine, rule: str) -> str:
    try:
        answer = asked.eval_rule_as_json(rule)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001  the engine panics with one of its own
        return engine.broken(error).message
    return "" if answer == "true" else f"is {answer.strip(chr(34))}, it must be true"


def _line(place: str) -> int:
    parts = place.split(":")
    return int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else 0
