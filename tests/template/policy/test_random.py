"""Random, mutilated and misspelt inputs: the same verdict from memory, and never an allowance."""

import json
import random
import re
import subprocess
from dataclasses import replace
from datetime import date

import pytest
import warm

from controls import catalogue
from controls import manifest as manifests
from controls.check.model import Context
from controls.policy import bundle, checks, engine, vectors
from controls.policy.engine import Policy
from controls.policy.facts import Caller, Facts, Request, Target

CLASSES = ("public", "internal", "confidential", "personal", "special-category", "secret")
FLAGS = (True, False)
ODD_FLAGS = (True, True, True, False, False, 1, 0, 1.0, "true", None)
CLOSED = {
    "action": ("model.call",),
    "environment": ("development", "ci", "production"),
    "lifecycle": ("experimental", "production", "deprecated"),
    "audience": ("internal", "customer"),
    "oversight": ("every-output", "sample", "none"),
    "data_class": CLASSES,
    "request.context": ("within", "exceeded"),
    "request.sources": ("within", "exceeded"),
    "request.budget": ("within", "exceeded", "unset"),
}


@pytest.fixture
def root(project):
    return project(2)


def policy_of(root) -> Policy:
    return Policy(bundle.load(root, manifests.load(root)))


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  the same inputs each time


def drawn(draw: random.Random, *, odd: bool) -> Facts:
    """Return facts of which few differ from a call in order; odd ones have the wrong types."""
    flags = ODD_FLAGS if odd else FLAGS
    tiers = (0, 1, 2, 2, 3, 4, *((True, 2.0, 5, "2", None) if odd else ()))
    allowed = draw.choice((CLASSES, CLASSES[:4], CLASSES[:1]))
    return Facts(
        action="model.call",
        environment=draw.choice(CLOSED["environment"]),
        tier=draw.choice(tiers),
        lifecycle=draw.choice(("production", "production", "experimental")),
        audience="customer",
        oversight="sample",
        owner_named=draw.choice((True, True, *flags)),
        approvers_named=draw.choice((True, True, *flags)),
        data_class=draw.choice(CLASSES[:4]),
        caller=Caller(draw.choice(("acme", "acme", "")), "t", "f", draw.choice((True, *flags))),
        endpoint=Target(
            *("embedded:small", draw.choice(("embedded", "openai"))),
            owner_named=draw.choice((True, *flags)),
            allowed_data=list(allowed) if odd and draw.random() < 0.05 else allowed,
            priced=draw.choice((True, True, *flags)),
            recorded=draw.choice(flags),
        ),
        request=Request(
            "within", *(draw.choice(("within",) * 4 + ("exceeded",)) for _ in range(2))
        ),
        logging=draw.choice((("prompt", "trace"),) * 5 + (("trace",),)),
    )


@pytest.mark.slow
def test_10_000_random_inputs_are_judged_alike_with_and_without_memory(root):
    draw, policy, fresh = seeded(20261123), policy_of(root), policy_of(root)
    compared = allowed = remembered = 0
    for number in range(10_000):
        facts = drawn(draw, odd=number % 5 == 0)
        remembered += facts.exact and facts in policy._taken
        first, again = policy.decide(facts), policy.decide(replace(facts))
        assert first == again == fresh.evaluate(facts.as_json()), facts
        compared += 1
        allowed += first.allow
    assert (compared, allowed, remembered) == (10_000, 650, 179)


@pytest.mark.parametrize(
    "odd",
    [
        {"tier": True},
        {"tier": 1.0},
        {"endpoint": {"priced": 1}},
        {"caller": {"user_known": 1}},
        {"owner_named": 1},
        {"approvers_named": 0},
    ],
    ids=str,
)
def test_a_fact_that_equals_a_remembered_one_and_is_none_gets_no_remembered_verdict(root, odd):
    policy = policy_of(root)
    good = replace(
        drawn(seeded(1), odd=False),
        environment="development",
        tier=1,
        owner_named=True,
        approvers_named=False,
        data_class="public",
        caller=Caller("acme", "t", "f", user_known=True),
        endpoint=Target("e", "embedded", True, ("public",), True, False),  # noqa: FBT003
        request=Request("within", "within", "within"),
        logging=("prompt", "trace"),
    )
    assert policy.decide(good).allow
    given = {
        name: replace(getattr(good, name), **value) if isinstance(value, dict) else value
        for name, value in odd.items()
    }
    bad = replace(good, **given)
    assert policy.decide(bad) == policy_of(root).evaluate(bad.as_json())
    assert policy.decide(bad).allow == isinstance(
        odd.get("tier"), float
    )  # the same number in JSON's eyes


@pytest.mark.parametrize("broken", [{"tier": {1}}, {"caller": None}, {"endpoint": object()}])
def test_what_is_no_fact_at_all_denies(root, broken):
    decision = policy_of(root).decide(replace(drawn(seeded(1), odd=False), **broken))
    assert (decision.allow, decision.reasons[0].rule) == (False, "engine")


@pytest.mark.parametrize("text", ["\ud800", "\x00", '"', "\\", "}", "a" * 100_000])
def test_odd_letters_change_no_verdict(root, text):
    policy = policy_of(root)
    facts = replace(drawn(seeded(1), odd=False), data_class=text)
    assert not policy.decide(facts).allow
    assert not policy.decide(facts).allow


def test_input_that_is_nested_without_end_denies(root):
    assert not policy_of(root).evaluate('{"a":' * 50_000 + "1" + "}" * 50_000).allow


def allowed_inputs(root) -> list[dict]:
    return [json.loads(vector.given) for vector in vectors.load(root) if vector.allow]


def test_rules_facts_and_vectors_know_the_same_fields(root):
    text = (root / "controls/policy/complete.rego").read_text()
    wanted = text.partition("wanted := {")[2].partition("\n}")[0]
    rules = set(re.findall(r'^\t"([a-z_.]+)":', wanted, re.MULTILINE))
    base = json.loads((root / "controls/policy/vectors/base.json").read_text())
    assert rules == vectors.fields() == set(vectors._places(base))
    assert len(rules) == 26


def test_a_fact_that_the_vectors_forget_is_named(root):
    path = root / "controls/policy/vectors/base.json"
    path.write_text(path.read_text().replace('"recorded": false', '"other": false'))
    with pytest.raises(vectors.ControlsError, match=r"disagree about 'endpoint\.other'"):
        vectors.load(root)


def changed(given: dict, place: str, **value: object) -> str:
    copy = json.loads(json.dumps(given))
    *above, name = place.split(".")
    inner = copy[above[0]] if above else copy
    del inner[name]
    inner.update({name: value["to"]} if value else {})
    return json.dumps(copy)


def test_no_allowed_input_survives_the_loss_of_any_field(root):
    policy, tried = policy_of(root), 0
    for given in allowed_inputs(root):
        assert policy.evaluate(json.dumps(given)).allow
        for place in sorted(vectors.fields()):
            odd = [changed(given, place, to=value) for value in (None, [], {}, [None], {"a": 1})]
            for text in (changed(given, place), *odd):
                assert not policy.evaluate(text).allow, (place, text)
                tried += 1
    assert tried == 9 * 26 * 6


def test_no_closed_value_is_allowed_in_another_spelling(root):
    policy, tried = policy_of(root), 0
    for given in allowed_inputs(root):
        for place, values in CLOSED.items():
            for value in values:
                for odd in (value.upper(), value.title(), f"{value} ", f" {value}", f"{value}\n"):
                    assert odd not in values
                    assert not policy.evaluate(changed(given, place, to=odd)).allow, (place, odd)
                    tried += 1
        for odd in ("PUBLIC", "Personal", "public "):
            text = changed(given, "endpoint.allowed_data", to=[given["data_class"], odd])
            assert not policy.evaluate(text).allow
    assert tried == 9 * 25 * 5


class TestOwnTests:
    RULE = (
        "package custom.own\n\nimport rego.v1\n\n"
        'deny contains {"rule": "no-help", "message": "help is closed"} if {\n'
        '\tinput.caller.feature == "help"\n}\n'
    )
    GOOD = (
        "package custom.own_test\n\nimport rego.v1\n\n"
        "test_help_is_closed if count(data.custom.own.deny) == 1 with input as data.example\n\n"
        "test_search_is_open if {\n"
        '\tcount(data.custom.own.deny) == 0 with input as {"caller": {"feature": "search"}}\n}\n'
    )

    @pytest.fixture
    def own(self, root):
        folder = root / "policy/custom"
        folder.mkdir()
        (folder / "own.rego").write_text(self.RULE)
        (folder / "own_test.rego").write_text(self.GOOD)
        return root

    def test_tests_of_the_owner_run_and_judge_no_call(self, own):
        done = policy_test(own)
        assert (done.returncode, done.stdout.splitlines()[-1]) == (
            0,
            "2 of 2 tests of your own rules pass",
        )
        assert engine.policy(bundle.load(own, manifests.load(own))).bundle.faults == ()

    def test_a_test_that_is_not_true_is_named_with_its_line(self, own):
        path = own / "policy/custom/own_test.rego"
        path.write_text(self.GOOD.replace("== 1", "== 2"))
        done = policy_test(own)
        assert done.returncode == 1
        told = "policy/custom/own_test.rego:5: test_help_is_closed: is <undefined>, it must be true"
        assert told in done.stdout
        finding = checks.vectors(context(own)).findings[0]
        assert (finding.path, finding.line) == ("policy/custom/own_test.rego", 5)

    def test_vectors_of_the_owner_are_judged_by_the_whole_policy(self, own):
        rows = [
            {"name": "help is closed", "allow": False, "rules": ["no-help"]},
            {"name": "search is open", "set": {"caller.feature": "search"}, "allow": False},
        ]
        (own / "policy/custom/own.json").write_text(json.dumps(rows))
        done = policy_test(own)
        assert done.returncode == 1
        assert "3 of 4 tests of your own rules pass" in done.stdout
        assert "policy/custom/own.json: search is open: allowed by no rule" in done.stdout

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("package custom.own_test\n\ntest_a if {\n", "own_test.rego:"),
            ("package custom.own_test\n\nx := 1\n", "no rule of it is named test_…"),
            ("package custom.own_test\n\ntest_a := nonsense.f(1)\n", "nonsense.f"),
        ],
    )
    def test_a_file_of_tests_that_cannot_run_has_failed(self, own, text, told):
        (own / "policy/custom/own_test.rego").write_text(text)
        done = policy_test(own)
        assert (done.returncode, done.stderr) == (1, "")
        assert told in done.stdout

    def test_a_rule_that_hides_in_a_file_of_tests_closes_the_policy(self, own):
        (own / "policy/custom/own_test.rego").write_text(self.GOOD + self.RULE.partition("v1")[2])
        decision = policy_of(own).decide(drawn(seeded(1), odd=False))
        assert not decision.allow
        assert decision.reasons[0].path == "policy/custom/own_test.rego:12"

    def test_a_refusal_names_the_rule_with_its_file_and_line(self, own):
        done = warm.run("controls", "policy", "decide", "--data", "secret", cwd=own)
        assert done.returncode == 1
        assert "rule: matrix, controls/policy/matrix.rego:13" in done.stdout
        assert "rule: secret, controls/policy/matrix.rego:25" in done.stdout
        assert policy_of(own).bundle.places["no-help"] == "policy/custom/own.rego:5"


def policy_test(root) -> subprocess.CompletedProcess[str]:
    return warm.run("controls", "policy", "test", cwd=root)


def context(root) -> Context:
    return Context(root, manifests.load(root), catalogue.load(root), date(2026, 11, 23))
