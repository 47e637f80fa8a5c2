"""An own rule that reads what no call has would never deny; it is named with its line instead."""

import pytest
import warm

from controls.policy.references import strays

HEAD = "package custom.own\n\nimport rego.v1\n\n"


def found(body: str) -> list[tuple[int, str, str]]:
    text = HEAD + 'deny contains "x" if {\n' + body + "\n}\n"
    return [
        (stray.line, stray.told, stray.hint) for stray in strays("policy/custom/own.rego", text)
    ]


@pytest.mark.parametrize(
    ("body", "told", "hint"),
    [
        (
            'input.data_clas == "x"',
            "reads input.data_clas, which no call has",
            "did you mean 'data_class'",
        ),
        ('input["tierr"] > 1', "reads input.tierr, which no call has", "did you mean 'tier'"),
        (
            'input.caller.workspce != ""',
            "reads input.caller.workspce, which no call has",
            "did you mean 'caller.workspace'",
        ),
        (
            "not input.endpoint.price",
            "reads input.endpoint.price, which no call has",
            "did you mean 'endpoint.priced'",
        ),
        ("not input.foo", "reads input.foo, which no call has", None),
        ("x := [y | y := input.bar]; count(x) > 0", "reads input.bar, which no call has", None),
        (
            "every t in [1] { t == input.tiers }",
            "reads input.tiers, which no call has",
            "did you mean 'tier'",
        ),
        ('object.get(input, "userr", "") == ""', "reads input.userr, which no call has", None),
        (
            'object.get(input.caller, "tem", "") == "a"',
            "reads input.caller.tem, which no call has",
            "did you mean 'caller.team'",
        ),
        (
            'c := input.caller; c.tem == "a"',
            "reads input.caller, and not one field of it",
            "name each field in full, such as input.caller.workspace",
        ),
        ("some k, v in input; v == k", "reads input, and not one field of it", None),
        (
            'some k in ["a"]; input.caller[k] == 1',
            "reads input.caller.[…], and not one field of it",
            None,
        ),
        (
            "data.policy.cap > 1",
            "reads data.policy.cap, which policy/data.yaml does not have",
            "did you mean 'caps'",
        ),
        (
            'input.data_class == "Personal"',
            'compares input.data_class with "Personal", which it never is',
            (
                'one of: "public", "internal", "confidential", "personal", "special-category",'
                ' "secret"'
            ),
        ),
        (
            '"2" == input.tier',
            'compares input.tier with "2", which it never is',
            "one of: 0, 1, 2, 3, 4",
        ),
        (
            'input.environment in {"ci", "prod"}',
            'compares input.environment with "prod", which it never is',
            'one of: "development", "ci", "production"',
        ),
        (
            'input.caller.user_known == "yes"',
            'compares input.caller.user_known with "yes", which it never is',
            "one of: true, false",
        ),
    ],
)
def test_what_no_call_has_is_named_with_its_line(body, told, hint):
    assert [(line, said) for line, said, _ in found(body)] == [(6, told)]
    if hint:
        assert found(body)[0][2] == hint


@pytest.mark.parametrize(
    "body",
    [
        'input.data_class == "personal"; input["tier"] >= 2; input.tier == 2.0',
        'input.endpoint.allowed_data[_] == "public"',
        'some class in input.endpoint.allowed_data; class == "public"',
        'object.get(input.caller, "feature", "") == "help"  # input.nothing',
        'data.policy.caps["2"].top_k > 3; data.custom.own.limit == 3',
        '"prompt" in input.logging; input.request.budget != "exceeded"',
        'message := "input.foo is only said"; message != ""',
        "input.caller.user_known == true",
    ],
)
def test_what_a_call_has_is_in_order(body):
    assert found(body) == []


def test_a_rule_that_does_not_parse_is_left_to_the_engine():
    assert strays("policy/custom/own.rego", HEAD + "deny contains {") == ()


def test_a_misspelt_field_refuses_every_call_until_it_is_corrected(project):
    root = project(2)
    folder = root / "policy/custom"
    folder.mkdir()
    rule = folder / "own.rego"
    rule.write_text(HEAD + 'deny contains "closed" if input.caller.featur == "answer"\n')
    said = decide(root)
    assert said[0] == (
        "denied: the policy refuses 'embedded:small': an own rule reads"
        " input.caller.featur, which no call has (policy/custom/own.rego:5)"
    )
    assert said[-1] == "hint: did you mean 'caller.feature'"
    rule.write_text(rule.read_text().replace("featur ", "feature "))
    assert decide(root)[0].startswith("allowed: embedded:small")


def decide(root) -> list[str]:
    return warm.run("controls", "policy", "decide", cwd=root).stdout.splitlines()
