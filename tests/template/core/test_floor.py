"""The lowest tier follows from audience, oversight, data and tools; the reason is a sentence."""

from pathlib import Path

import pytest

from controls import catalogue
from controls.floor import floor

ROOT = Path(__file__).parents[3] / "template"


@pytest.mark.parametrize(
    ("audience", "oversight", "data", "tool", "tier"),
    [
        pytest.param("internal", "none", "public", "none", 0, id="nothing at stake"),
        pytest.param("internal", "none", "internal", "read", 0, id="our own readers"),
        pytest.param("customer", "every-output", "public", "none", 1, id="reviewed replies"),
        pytest.param("customer", "sample", "public", "none", 2, id="sampled replies"),
        pytest.param("customer", "none", "public", "none", 2, id="unreviewed replies"),
        pytest.param("internal", "none", "confidential", "none", 1, id="confidential data"),
        pytest.param("internal", "none", "personal", "none", 1, id="personal data"),
        pytest.param("internal", "none", "special-category", "none", 3, id="health data"),
        pytest.param("internal", "every-output", "public", "write", 3, id="confirmed acts"),
        pytest.param("internal", "every-output", "public", "external", 3, id="confirmed effects"),
        pytest.param("internal", "sample", "public", "write", 4, id="acts by itself"),
        pytest.param("customer", "none", "special-category", "write", 4, id="everything at once"),
    ],
)
def test_the_highest_rule_that_holds_is_the_floor(audience, oversight, data, tool, tier):
    facts = {
        "audience": [audience],
        "oversight": [oversight],
        "data": ["public", data],
        "tools": [tool],
        "legal": ["minimal-risk"],
    }
    found = floor(facts, catalogue.load(ROOT).floor)
    assert found.tier == tier
    assert bool(found.reason) == (tier > 0)


def test_a_fact_that_nobody_gave_holds_no_rule():
    assert floor({}, catalogue.load(ROOT).floor).tier == 0
