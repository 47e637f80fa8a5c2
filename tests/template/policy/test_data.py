"""policy/data.yaml: an absent or odd number is an error with its line, never a default."""

import pytest

from controls.document import parse
from controls.errors import ControlsError
from controls.policy import data

GOOD = """
caps:
  "2": {context_tokens: 8000, top_k: 8, output_tokens: 600}
routing:
  a:small: {escalate_to: a:large, below: 0.5}
prices:
  a:small: {input: 0.05, output: 0.2, notional: true}
urls:
  allow: [help.example.com]
safety:
  contacts: []
budgets: {on_hard: degrade, degrade_to: "a:tiny", wait_seconds: 3, hold_minutes: 15}
calls: {timeout_seconds: 60, retry_after_seconds: 5}
batch: {at_once: 4, together: 200, poll_seconds: 30}
"""


def load(text: str) -> data.PolicyData:
    return data.parse(parse(text, data.FILE))


def test_the_file_is_read_as_values():
    found = load(GOOD)
    assert found.caps(2).top_k == 8
    assert found.routing["a:small"].escalate_to == "a:large"
    assert str(found.prices["a:small"].input) == "0.05"
    assert found.allowed_hosts == ("help.example.com",)
    assert (found.budgets.on_hard, found.budgets.degrade_to) == ("degrade", "a:tiny")
    assert found.calls.timeout_seconds == 60
    assert (found.batch.at_once, found.batch.together, found.batch.poll_seconds) == (4, 200, 30)


def test_the_templates_own_file_is_sound(project):
    found = data.load(project(2))
    assert [found.caps(tier).output_tokens for tier in (0, 1, 2)] == [1000, 800, 600]


@pytest.mark.parametrize(
    ("old", "new", "place", "wanted", "value"),
    [
        ("top_k: 8", "top_k: 0", "3: caps.2.top_k", "a whole number above 0", "0"),
        ("top_k: 8", "top_k: many", "3: caps.2.top_k", "a whole number above 0", "'many'"),
        ("top_k: 8", "top_k: true", "3: caps.2.top_k", "a whole number above 0", "True"),
        (", top_k: 8", "", "3: caps.2.top_k", "a whole number above 0", "None"),
        ("below: 0.5", "below: 2", "5: routing.a:small.below", "a number from 0 to 1", "2"),
        (
            *("a:large", "a:small", "5: routing.a:small.escalate_to"),
            *("another model's ref", "'a:small'"),
        ),
        ("0.05", "-1", "7: prices.a:small.input", "US dollars from 0 to 1000000", "-1"),
        ("0.05", "1e30", "7: prices.a:small.input", "US dollars from 0 to 1000000", "'1e30'"),
        ("0.05", "free", "7: prices.a:small.input", "US dollars from 0 to 1000000", "'free'"),
        ("true", "1", "7: prices.a:small.notional", "true or false", "1"),
        (
            "on_hard: degrade",
            "on_hard: no",
            "12: budgets.on_hard",
            "block, degrade or queue",
            "False",
        ),
        ('"a:tiny"', "null", "12: budgets.degrade_to", "a model's ref", "None"),
        ("minutes: 15", "minutes: 0", "12: budgets.hold_minutes", "minutes, above 0", "0"),
        ("seconds: 60", "seconds: x", "13: calls.timeout_seconds", "seconds, above 0", "'x'"),
        ("seconds: 5", "seconds: -1", "13: calls.retry_after_seconds", "seconds, 0 or more", "-1"),
        ("at_once: 4", "at_once: 0", "14: batch.at_once", "a whole number above 0", "0"),
        ("seconds: 30", "seconds: 0", "14: batch.poll_seconds", "seconds, above 0", "0"),
        (
            "below: 0.5",
            "below: 0.5, logprobs: 1",
            "5: routing.a:small.logprobs",
            "true or false",
            "1",
        ),
        ("[help.example.com]", "help", "9: urls.allow", "a list of words", "'help'"),
    ],
)
def test_an_odd_value_is_named_with_its_place(old, new, place, wanted, value):
    with pytest.raises(ControlsError) as error:
        load(GOOD.replace(old, new, 1))
    assert error.value.message == f"policy/data.yaml:{place} must be {wanted}, it has {value}"
    assert error.value.hint == "correct policy/data.yaml; calls are refused until then"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"2"', '"9"', "policy/data.yaml:3: caps.9 must be under a tier from 0 to 4"),
        ("urls:", "links:", "policy/data.yaml:8: links is not known here; known are caps, routing"),
        ("below", "under", "policy/data.yaml:5: routing.a:small.under is not known here"),
    ],
)
def test_an_unknown_key_is_named_with_its_place(old, new, message):
    with pytest.raises(ControlsError) as error:
        load(GOOD.replace(old, new, 1))
    assert error.value.message.startswith(message)


def test_a_tier_without_caps_is_refused():
    with pytest.raises(ControlsError, match="caps has no tier 1"):
        load(GOOD).caps(1)


def test_a_file_is_parsed_once_and_again_when_it_changes(project):
    root = project(0)
    text = (root / data.FILE).read_bytes()
    assert data.document_of(text) is data.document_of(bytes(text))
    before = data.load(root)
    assert data.load(root) is before
    (root / data.FILE).write_bytes(text.replace(b"top_k: ", b"top_k: 1", 1))
    assert data.load(root) != before
