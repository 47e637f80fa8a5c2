"""policy/data.yaml: numbers that are absent or odd are an error with their line, never a default."""

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
"""


def load(text: str) -> data.PolicyData:
    return data.parse(parse(text, data.FILE))


def test_the_file_is_read_as_values():
    found = load(GOOD)
    assert found.caps(2).top_k == 8
    assert found.routing["a:small"].escalate_to == "a:large"
    assert str(found.prices["a:small"].input) == "0.05"
    assert found.allowed_hosts == ("help.example.com",)


def test_the_templates_own_file_is_sound(project):
    found = data.load(project(2))
    assert [found.caps(tier).output_tokens for tier in (0, 1, 2)] == [1000, 800, 600]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("top_k: 8", "top_k: 0", "policy/data.yaml:3: caps.2.top_k must be a whole number above 0, it has 0"),
        ("top_k: 8", "top_k: many", "policy/data.yaml:3: caps.2.top_k must be a whole number above 0, it has 'many'"),
        ("top_k: 8", "top_k: true", "policy/data.yaml:3: caps.2.top_k must be a whole number above 0, it has True"),
        (", top_k: 8", "", "policy/data.yaml:3: caps.2.top_k must be a whole number above 0, it has None"),
        ('"2"', '"9"', "policy/data.yaml:3: caps.9 must be under a tier from 0 to 4, it has "
         "{'context_tokens': 8000, 'top_k': 8, 'output_tokens': 600}"),
        ("below: 0.5", "below: 2", "policy/data.yaml:5: routing.a:small.below must be a number from 0 to 1, it has 2"),
        ("a:large", "a:small", "policy/data.yaml:5: routing.a:small.escalate_to must be another model's ref, it has 'a:small'"),
        ("input: 0.05", "input: -1", "policy/data.yaml:7: prices.a:small.input must be US dollars, 0 or more, it has -1"),
        ("input: 0.05", "input: free", "policy/data.yaml:7: prices.a:small.input must be US dollars, 0 or more, it has 'free'"),
        ("notional: true", "notional: 1", "policy/data.yaml:7: prices.a:small.notional must be true or false, it has 1"),
        ("urls:", "links:", "policy/data.yaml:8: links is not known here; known are caps, routing, prices, urls, "
         "safety, it has {'allow': ['help.example.com']}"),
        ("[help.example.com]", "help.example.com", "policy/data.yaml:9: urls.allow must be a list of words, it has 'help.example.com'"),
    ],
)  # fmt: skip
def test_an_odd_value_is_named_with_its_place(old, new, message):
    with pytest.raises(ControlsError) as error:
        load(GOOD.replace(old, new, 1))
    assert error.value.message == message
    assert error.value.hint == "correct policy/data.yaml; calls are refused until then"


def test_a_tier_without_caps_is_refused():
    with pytest.raises(ControlsError, match="caps has no tier 1"):
        load(GOOD).caps(1)
