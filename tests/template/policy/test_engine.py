"""The policy engine: what is allowed, and that everything else is denied."""

import functools
import gc
import json
import sys
import threading
from dataclasses import replace

import pytest

from controls import manifest as manifests
from controls.policy import bundle, engine, vectors
from controls.policy.engine import Policy
from controls.policy.facts import Caller, Facts, Request, Target

# what a reader takes for the package stands in a text
DISGUISED = """\
 package aiwf

import rego.v1

alive if true

text := `
package custom.own
deny contains 1
`
"""
FACTS = Facts(
    action="model.call",
    environment="development",
    tier=2,
    lifecycle="experimental",
    audience="customer",
    oversight="sample",
    owner_named=False,
    approvers_named=False,
    data_class="personal",
    caller=Caller("acme", "support", "help", user_known=True),
    endpoint=Target(
        ref="embedded:small",
        provider="embedded",
        owner_named=False,
        allowed_data=("public", "personal"),
        priced=True,
        recorded=False,
    ),
    request=Request("within", "within", "within"),
    logging=("prompt", "trace"),
)


@pytest.fixture
def root(project):
    return project(2)


def policy_of(root) -> Policy:
    return engine.policy(bundle.load(root, manifests.load(root)))


def rules(decision) -> list[str]:
    return [reason.rule for reason in decision.reasons]


def test_a_call_in_order_is_allowed_without_a_reason(root):
    decision = policy_of(root).decide(FACTS)
    assert decision.allow
    assert decision.reasons == ()
    assert len(decision.bundle) == 64


def test_every_golden_vector_is_judged_as_written(root):
    known = vectors.load(root)
    assert len(known) == 70
    assert list(vectors.failures(policy_of(root), known)) == []


def test_no_input_with_a_missing_field_is_allowed(root):
    policy = policy_of(root)
    deleted = [vector for vector in vectors.load(root) if vector.name.startswith("without ")]
    assert len(deleted) == 26
    for vector in deleted:
        assert not policy.evaluate(vector.given).allow, vector.name


@pytest.mark.parametrize("given", ["", "{", "[]", "{}", "null", "1", '"text"', "[{}]"])
def test_what_is_no_input_is_denied(root, given):
    assert not policy_of(root).evaluate(given).allow


def test_a_message_names_rule_remedy_and_file(root):
    reason = policy_of(root).decide(replace(FACTS, data_class="confidential")).reasons[0]
    assert reason.rule == "matrix"
    assert reason.message == '"confidential" data is not allowed to reach "embedded:small"'
    assert reason.path == "ai-workflow.yaml"
    assert reason.hint == "list the class in allowed_data of this model, with a decision record"


@pytest.mark.parametrize("name", bundle.MANAGED)
def test_without_a_managed_file_nothing_is_allowed_and_the_file_is_named(root, name):
    (root / "controls/policy" / name).unlink()
    decision = policy_of(root).decide(FACTS)
    assert not decision.allow
    assert f"controls/policy/{name}" in decision.reasons[0].message


@pytest.mark.parametrize("name", [name for name in bundle.MANAGED if name != "decision.rego"])
def test_the_rules_alone_deny_when_one_of_their_files_is_not_loaded(root, name):
    whole = bundle.managed_only(root)
    part = replace(
        whole, managed=tuple(m for m in whole.managed if not m.path.endswith(f"/{name}"))
    )
    assert not Policy(part).decide(FACTS).allow


def test_an_emptied_managed_file_allows_nothing(root):
    (root / "controls/policy/matrix.rego").write_text("package aiwf\n")
    assert not policy_of(root).decide(FACTS).allow


def test_a_malformed_managed_file_is_named_with_its_line(root):
    path = root / "controls/policy/matrix.rego"
    path.write_text(path.read_text() + "\nbroken if {\n")
    reason = policy_of(root).decide(FACTS).reasons[0]
    assert reason.rule == "engine"
    assert reason.path.startswith("controls/policy/matrix.rego:")


def test_a_stray_file_beside_the_managed_ones_has_no_voice(root):
    (root / "controls/policy/zz.rego").write_text(
        "package aiwf\n\nallow := true\n\ndeny := set()\n"
    )
    assert not policy_of(root).decide(replace(FACTS, data_class="secret")).allow


def test_without_the_numbers_nothing_is_allowed(root):
    (root / "policy/data.yaml").unlink()
    reason = policy_of(root).decide(FACTS).reasons[0]
    assert reason.message == "policy/data.yaml cannot be read: No such file or directory"


@pytest.mark.parametrize(
    "change", ["policy/data.yaml", "controls/policy/tier.rego", "ai-workflow.yaml"]
)
def test_the_bundle_changes_with_each_of_its_inputs(root, change):
    before = policy_of(root).bundle.sha256
    path = root / change
    text = (
        path.read_text()
        .replace("top_k: 8", "top_k: 7")
        .replace("retention: P30D", "retention: P31D")
    )
    path.write_text(text.replace("# title:", "# Title:"))
    assert policy_of(root).bundle.sha256 != before


def test_a_decision_is_taken_once_for_equal_facts(root):
    policy = policy_of(root)
    assert policy.decide(FACTS) is policy.decide(replace(FACTS))


def test_one_policy_serves_many_threads(root):
    policy = policy_of(root)
    assert policy.evaluate(FACTS.as_json()).allow
    found: list[bool] = []
    threads = [
        threading.Thread(target=lambda: found.append(policy.evaluate(FACTS.as_json()).allow))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 8


def test_an_engine_that_panics_denies_and_recovers(root, monkeypatch, capfd):
    policy = Policy(bundle.load(root, manifests.load(root)))
    borrowed: list[object] = []
    made, done = threading.Event(), threading.Event()

    def lend() -> None:
        borrowed.append(engine.compiled(policy.bundle))
        made.set()
        done.wait()
        borrowed.clear()  # an engine may only die in the thread that made it

    thread = threading.Thread(target=lend)
    thread.start()
    made.wait()
    lent = iter(borrowed)  # used from another thread it raises a BaseException
    first = functools.lru_cache(lambda loaded: next(lent, None) or engine.compiled(loaded))
    monkeypatch.setattr(engine._OWN, "compiled", first)
    assert rules(policy.decide(FACTS)) == ["engine"]
    assert policy.decide(FACTS).allow
    done.set()
    thread.join()
    assert "unsendable" in capfd.readouterr().err


def test_a_policy_that_is_forgotten_leaves_each_engine_to_its_thread(root, monkeypatch):
    """An engine that dies in another thread complains on standard error and is never freed."""
    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    policy = [Policy(bundle.load(root, manifests.load(root)))]
    asked, done = threading.Event(), threading.Event()

    def ask() -> None:
        assert policy[0].decide(FACTS).allow
        asked.set()
        done.wait()

    thread = threading.Thread(target=ask)
    thread.start()
    assert asked.wait(10)
    policy.clear()
    gc.collect()
    done.set()
    thread.join()
    assert told == []


class TestOwnRules:
    def write(self, root, text: str) -> Policy:
        folder = root / "policy/custom"
        folder.mkdir(exist_ok=True)
        (folder / "own.rego").write_text(text)
        return policy_of(root)

    def test_one_of_them_can_deny(self, root):
        policy = self.write(
            root,
            "package custom.own\n\nimport rego.v1\n\n"
            'deny contains {"rule": "no-help", "message": "help is closed"} if {\n'
            '\tinput.caller.feature == "help"\n}\n',
        )
        reason = policy.decide(FACTS).reasons[0]
        assert (reason.rule, reason.message) == ("no-help", "help is closed")
        assert reason.path == "policy/custom/own.rego"
        assert policy.decide(replace(FACTS, caller=replace(FACTS.caller, feature="search"))).allow

    def test_they_see_the_owners_numbers(self, root):
        policy = self.write(
            root,
            "package custom.own\n\nimport rego.v1\n\n"
            'deny contains "small" if data.policy.caps["2"].top_k == 8\n',
        )
        assert [reason.message for reason in policy.decide(FACTS).reasons] == ["small"]

    def test_none_of_them_can_allow(self, root):
        policy = self.write(
            root,
            "package custom.own\n\nimport rego.v1\n\nallow := true\n\ndeny contains 1 if false\n",
        )
        assert not policy.decide(replace(FACTS, data_class="secret")).allow

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("package aiwf\n\ndefault allow := true\n", "declares package 'aiwf'"),
            (DISGUISED, "declares package 'aiwf'"),
            ("package custom.own\n\nx := 1\n", "denies nothing"),
            (
                "package custom.own\n\nimport rego.v1\n\ndeny contains 1 if time.now_ns() > 0\n",
                "policy/custom/own.rego:5 calls 'time.now_ns'",
            ),
            (
                'package custom.own\n\nimport rego.v1\n\ndeny contains 1 if http.send({"a": 1})\n',
                "calls 'http.send'",
            ),
            (
                "package custom.own\n\nimport rego.v1\n\ndeny contains 1 if input.data_clas == 2\n",
                "an own rule reads input.data_clas, which no call has",
            ),
        ],
    )
    def test_what_is_no_sound_rule_file_closes_the_policy(self, root, text, told):
        decision = self.write(root, text).decide(FACTS)
        assert not decision.allow
        assert told in decision.reasons[0].message

    def test_a_rule_that_fails_denies(self, root):
        policy = self.write(
            root, "package custom.own\n\nimport rego.v1\n\ndeny contains 1 if nonsense.f(1)\n"
        )
        assert rules(policy.decide(FACTS)) == ["engine"]


@pytest.mark.parametrize(
    "name", ["policy/own.rego", "policy/custom/team/own.rego", "policy/custom/OWN.REGO"]
)
def test_a_rule_that_lies_where_nobody_asks_it_closes_the_policy(root, name):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("package custom.own\n\nimport rego.v1\n\ndeny contains 1 if true\n")
    reason = policy_of(root).decide(FACTS).reasons[0]
    assert (
        reason.message == f"{name} is never asked: own rules lie in policy/custom, as <name>.rego"
    )
    assert reason.path == name


def test_facts_are_json_that_any_engine_reads():
    assert json.loads(FACTS.as_json())["endpoint"]["allowed_data"] == ["public", "personal"]
