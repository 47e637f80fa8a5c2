"""A manifest that is wrong is refused with its place, its value and the remedy."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from controls import catalogue, document, manifest, manifest_rules, manifest_schema
from controls.errors import ControlsError


@pytest.fixture(scope="session")
def pristine(rendered: Callable[..., Path]) -> Path:
    return rendered(tier=2)


@pytest.fixture
def changed(rendered: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """Return a function that gives just what `load` reads, with text of the manifest replaced."""

    def changed(tier: int, *replacements: tuple[str, str]) -> Path:
        origin = rendered(tier=tier)
        for name in ("controls/catalogue.yaml", "controls/schema/references.yaml"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes((origin / name).read_bytes())
        text = (origin / "ai-workflow.yaml").read_text(encoding="utf-8")
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / "ai-workflow.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return changed


def refusal(root: Path) -> ControlsError:
    with pytest.raises(ControlsError) as refused:
        manifest.load(root)
    return refused.value


@pytest.mark.parametrize("tier", [0, 1, 2, 3, 4])
def test_a_fresh_manifest_loads(project, tier):
    loaded = manifest.load(project(tier))
    assert loaded.tier == tier
    assert loaded.owner is None
    assert loaded.endpoint("embedded:small").provider == "embedded"
    assert loaded.data_class == ("internal" if tier == 0 else "personal")


def test_an_owner_that_was_answered_is_in_the_manifest(project):
    assert manifest.load(project(1, owner="@ada")).owner == "@ada"


def keys(data: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every key of `data`."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        if isinstance(data, dict):
            yield (*path, key)
        if isinstance(value, dict | list):
            yield from keys(value, (*path, key))


def without(data: object, path: tuple[str | int, ...]) -> object:
    """Return `data` without what is at `path`."""
    if isinstance(data, dict):
        rest = {key: value for key, value in data.items() if key != path[0]}
        return rest if len(path) == 1 else rest | {path[0]: without(data[path[0]], path[1:])}
    return [without(v, path[1:]) if i == path[0] else v for i, v in enumerate(data)]


def problems(root: Path, data: object) -> list[manifest_schema.Problem]:
    parsed = document.parse(yaml.safe_dump(data), "ai-workflow.yaml")
    found = manifest_schema.problems(parsed)
    return found or manifest_rules.problems(parsed.data, catalogue.load(root))


def test_each_key_that_is_deleted_gives_exactly_one_sentence_that_names_it(pristine):
    data = document.read(pristine / "ai-workflow.yaml").data
    deleted = {path: problems(pristine, without(data, path)) for path in keys(data)}
    assert len(deleted) > 80
    for path, found in deleted.items():
        assert [problem.message for problem in found] == [
            f"{manifest_schema.where(path)} is missing"
        ]
        assert found[0].hint


def test_each_key_that_is_misspelt_is_unknown_and_missing(pristine):
    data = document.read(pristine / "ai-workflow.yaml").data
    spec = dict(data["spec"])
    spec["audiense"] = spec.pop("audience")
    assert {problem.message for problem in problems(pristine, data | {"spec": spec})} == {
        "spec.audience is missing",
        "spec.audiense is an unknown key",
    }


@pytest.mark.parametrize(
    ("old", "new", "sentence", "hint"),
    [
        pytest.param(
            "tier: 2",
            "tier: 7",
            "spec.risk.tier is 7",
            "expected a whole number from 0 (internal) to 4 (autonomous): controls/CONTROLS.md"
            " says what each asks for",
            id="a tier that does not exist",
        ),
        pytest.param(
            "tier: 2",
            "tier: 3",
            "spec.approvals lacks the role 'legal', which tier 3 asks for",
            'add - {role: legal, principals: [], threshold: 1, paths: ["*"]} (1 of 2 problems)',
            id="a tier whose roles nobody wrote down",
        ),
        pytest.param(
            "tier: 2",
            "tier: 1",
            "spec.risk.tier is 1, below its floor 2: customers read outputs that nobody reviewed"
            " first",
            "prooflane sync --set tier=2",
            id="a tier below its floor",
        ),
        pytest.param(
            "classification: personal",
            "classification: special-category",
            "spec.risk.tier is 2, below its floor 3: special-category data is regulated",
            "prooflane sync --set tier=3",
            id="special-category data below tier 3",
        ),
        pytest.param(
            "classification: personal",
            "classification: secret",
            "spec.data[1].classification is 'secret', which no tier allows",
            "keep secrets out of the workflow's data; read keys from the environment",
            id="secret data",
        ),
        pytest.param(
            "category: limited-risk",
            "category: prohibited",
            "spec.risk.eu_ai_act.category is 'prohibited': the practice may not be operated",
            "do not build it; if the assessment is wrong, correct it with a decision record",
            id="a prohibited practice",
        ),
        pytest.param(
            "category: limited-risk",
            "category: high-risk",
            "spec.risk.tier is 2, below its floor 3: the EU AI Act puts it in the high-risk"
            " category",
            "prooflane sync --set tier=3",
            id="a high-risk category below tier 3",
        ),
        pytest.param(
            "tools: []",
            "tools: [{name: refund, side_effect: write}]",
            "spec.risk.tier is 2, below its floor 4: a tool changes things outside without a"
            " person confirming each act",
            "prooflane sync --set tier=4",
            id="a tool that acts by itself",
        ),
        pytest.param(
            "default_model: embedded:small",
            "default_model: embedded:tiny",
            "spec.default_model is 'embedded:tiny', which spec.models does not list",
            "expected one of embedded:small, embedded:large, openai:gpt-5-mini,"
            " anthropic:claude-haiku-4-5",
            id="a default model that is not listed",
        ),
        pytest.param(
            "owner: null",
            "owner: No",
            "spec.owner is false",
            "expected the one accountable person, as @handle or name@example.com; null until"
            " decided",
            id="an unquoted No",
        ),
        pytest.param(
            "soft: 80",
            "soft: 800",
            "spec.budgets.workspace.soft is 800, above hard 100",
            "soft warns before hard refuses: make it the smaller one",
            id="a soft limit above the hard one",
        ),
        pytest.param(
            "role: security",
            "role: legal",
            "spec.approvals lacks the role 'security', which tier 2 asks for",
            'add - {role: security, principals: [], threshold: 1, paths: ["*"]}',
            id="a role of the tier that is missing",
        ),
        pytest.param(
            "ref: embedded:large",
            "ref: embedded:small",
            "spec.models[1].ref is 'embedded:small' a second time",
            "give each entry its own",
            id="an endpoint listed twice",
        ),
        pytest.param(
            "waivers: []",
            "waivers: [{control: XYZ-9, reason: r, approver: '@a', expires: 2026-12-31,"
            " decision: decisions/0001-risk-tier.md}]",
            "spec.waivers[0].control is 'XYZ-9', which is no control",
            "controls/CONTROLS.md lists them all",
            id="a waiver of an unknown control",
        ),
        pytest.param(
            "waivers: []",
            "waivers: [{control: EVL-2, reason: r, approver: '@a', expires: 2026-02-30,"
            " decision: decisions/0001-risk-tier.md}]",
            "spec.waivers[0].expires is '2026-02-30'",
            "expected its last day, as YYYY-MM-DD, at most 90 days ahead",
            id="a day that does not exist",
        ),
        pytest.param(
            "price_required: true",
            "price_required: false",
            "spec.models[0].price_required is false",
            "expected true: refuse calls whose price is unknown; only true is accepted",
            id="a model that may be called without a price",
        ),
        pytest.param(
            "retention: P30D",
            "retention: 30 days",
            "spec.data[1].retention is '30 days'",
            "expected how long it is kept, as an ISO 8601 duration such as P30D",
            id="a duration in words",
        ),
        pytest.param(
            "team:",
            "taem: x\n  team:",
            "spec.taem is an unknown key",
            "did you mean 'team'?",
            id="an unknown key that resembles a known one",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_place_and_remedy(changed, old, new, sentence, hint):
    refused = refusal(changed(2, (old, new)))
    line = refused.message.split(":")[1]
    assert line.isdecimal()
    assert refused.message == f"ai-workflow.yaml:{line}: {sentence}"
    assert refused.hint == hint
    assert refused.status == 2


def test_the_line_is_that_of_the_value(changed):
    root = changed(2, ("tier: 2", "tier: 1"))
    line = int(refusal(root).message.split(":")[1])
    assert "tier: 1" in (root / "ai-workflow.yaml").read_text().splitlines()[line - 1]


def test_the_first_of_several_problems_is_said_and_the_others_are_counted(changed):
    root = changed(
        2,
        ("audience: customer", "audience: everyone"),
        ("lifecycle: experimental", "lifecycle: someday"),
    )
    refused = refusal(root)
    assert refused.message.endswith("spec.lifecycle is 'someday'")
    assert refused.hint == "expected experimental, production or deprecated (1 of 2 problems)"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("- 1\n", "ai-workflow.yaml:1: the manifest is [1]", id="a list"),
        pytest.param("", "ai-workflow.yaml:1: the manifest is null", id="nothing"),
        pytest.param("# " + "x" * 99_999, "ai-workflow.yaml is larger than 64 KiB", id="gigantic"),
    ],
)
def test_what_is_no_manifest_is_refused(changed, text, sentence):
    root = changed(2)
    (root / "ai-workflow.yaml").write_text(text)
    assert refusal(root).message == sentence


def test_an_unknown_endpoint_is_one_sentence(pristine):
    with pytest.raises(ControlsError) as refused:
        manifest.load(pristine).endpoint("openai:gpt-9")
    assert refused.value.message == "ai-workflow.yaml lists no model 'openai:gpt-9'"


def test_tier_0_needs_no_incident_routes_and_tier_1_does(changed):
    assert manifest.load(changed(0)).incidents == {}
    root = changed(1)
    path = root / "ai-workflow.yaml"
    data = yaml.safe_load(path.read_text())
    del data["spec"]["incidents"]
    path.write_text(yaml.safe_dump(data))
    assert refusal(root).message.endswith("spec.incidents is missing")


@pytest.mark.parametrize(
    ("tier", "data", "sentence", "hint"),
    [
        pytest.param(
            3,
            "personal",
            "spec.risk.tier is 3, which this template does not offer",
            "expected one of 0, 1, 2",
            id="a tier that it does without",
        ),
        pytest.param(
            2,
            "special-category",
            "spec.risk.tier is 2, below its floor 3: special-category data is regulated",
            "this template offers tiers 0 to 2: change what it does",
            id="a floor above every tier that it has",
        ),
    ],
)
def test_a_template_may_offer_fewer_tiers(pristine, tier, data, sentence, hint):
    found = catalogue.load(pristine)
    fewer = replace(found, tiers=found.tiers[:3])
    written = yaml.safe_load((pristine / "ai-workflow.yaml").read_text(encoding="utf-8"))
    written["spec"]["risk"]["tier"] = tier
    written["spec"]["data"][1]["classification"] = data
    (problem,) = manifest_rules.problems(written, fewer)
    assert (problem.message, problem.hint) == (sentence, hint)
