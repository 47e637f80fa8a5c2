"""Facts that must agree across files of the template."""

import subprocess
import tomllib
from itertools import product
from pathlib import Path

import pytest
import yaml

from controls import catalogue, document, manifest_schema
from controls.floor import floor
from prooflane.errors import ProoflaneError
from prooflane.files import File
from prooflane.render import tree as render

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template"
QUESTIONS = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))


def template_files() -> list[Path]:
    skip = {"__pycache__", ".pytest_cache", ".ruff_cache", ".aiwf"}
    return [p for p in TEMPLATE.rglob("*") if p.is_file() and not skip & set(p.parts)]


def refused(template: render.Template, answers: dict[str, object]) -> bool:
    try:
        template.answers(answers, render.Origin("template", "v0.1.0"))
    except ProoflaneError:
        return True
    return False


def test_copier_yml_refuses_exactly_the_tiers_below_the_catalogues_floor() -> None:
    rules = catalogue.load(TEMPLATE).floor
    template = render.load({"copier.yml": File((ROOT / "copier.yml").read_bytes())})
    classes = ("public", "internal", "confidential", "personal", "special-category")
    for audience, oversight, data, tier in product(
        ("internal", "customer"), ("every-output", "sample", "none"), classes, (0, 1, 2, 3, 4)
    ):
        facts = {"audience": [audience], "oversight": [oversight], "data": [data]}
        answers = {"audience": audience, "oversight": oversight, "data_class": data, "tier": tier}
        lowest = floor(facts, rules).tier
        assert refused(template, answers) == (tier < lowest), answers


ODD = {
    "project_name": (
        "x" * 60,
        "x" * 61,
        "a\tb",
        "a\0b",
        "a\x85b",
        "a\u2028b",
        "{{ 7 }}",
        "#",
        "é 🙂",
    ),
    "description": ("", " ", "x" * 200, "x" * 201, "a\nb", "a\x1bb", "a: b # c", "No", "~"),
    "owner": ("@", "@ada", "ada@", "a@b@c", "@a\tb", "@a\nb", "@org/team", "@" + "x" * 254, "@'a"),
    "team": ("x" * 80, "x" * 81, "a\rb", "null", "a # b", "'"),
}


@pytest.mark.parametrize(("name", "value"), [(n, value) for n in ODD for value in ODD[n]])
def test_what_a_question_accepts_the_manifest_accepts(name: str, value: str) -> None:
    paths = ("copier.yml", "template/ai-workflow.yaml.jinja", "template/pyproject.toml.jinja")
    template = render.load({path: File((ROOT / path).read_bytes()) for path in paths})
    if refused(template, {name: value}):
        return
    made = template.render(template.answers({name: value}, render.Origin("template", "v0.1.0")))
    manifest = document.parse(made["ai-workflow.yaml"].data, "ai-workflow.yaml")
    assert manifest_schema.problems(manifest) == []
    assert value in manifest.data["spec"].values() or value in manifest.data["metadata"].values()
    tomllib.loads(made["pyproject.toml"].data.decode())


def test_a_team_is_no_owner_and_no_answer_breaks_a_line() -> None:
    template = render.load({"copier.yml": File((ROOT / "copier.yml").read_bytes())})
    accepted = [
        (n, v) for n, values in ODD.items() for v in values if not refused(template, {n: v})
    ]
    assert not {("owner", "@org/team"), ("owner", "@a\nb"), ("description", "")} & {*accepted}
    assert {("project_name", "é 🙂"), ("owner", "@ada"), ("team", "a # b")} <= {*accepted}


def test_the_offered_tiers_are_the_catalogues() -> None:
    offered = set(QUESTIONS["tier"]["choices"].values())
    assert offered == {row.tier for row in catalogue.load(TEMPLATE).tiers}


def test_what_is_yours_is_what_copier_never_touches_again() -> None:
    kept = {path.strip("/") for path in QUESTIONS["_skip_if_exists"]}
    assert kept == {path.strip("/") for path in catalogue.load(TEMPLATE).ownership["yours"]}


def test_code_policy_and_workflows_carry_no_template_syntax() -> None:
    suffixes = {".py", ".rego", ".yml"}
    rendered = [
        p.name for p in template_files() if p.suffix == ".jinja" and Path(p.stem).suffix in suffixes
    ]
    assert rendered == []


def test_no_managed_file_is_rendered() -> None:
    managed = catalogue.load(TEMPLATE).ownership["managed"]
    assert [
        p
        for p in template_files()
        if p.suffix == ".jinja" and p.relative_to(TEMPLATE).as_posix().startswith(managed)
    ] == []


def test_conditions_are_few_and_never_nested() -> None:
    for path in (p for p in template_files() if p.suffix == ".jinja"):
        text = path.read_text(encoding="utf-8")
        depth = 0
        assert text.count("{% if") + text.count("{%- if") <= 3, path
        for tag in text.split("{%")[1:]:
            word = tag.strip("- ").split()[0]
            depth += {"if": 1, "endif": -1}.get(word, 0)
            assert depth <= 1, f"{path}: nested conditions"


def test_every_file_that_a_control_names_exists(rendered) -> None:
    made_later = {"evals/baselines/", "docs/model-card.md", "docs/ai-bom.cdx.json"}
    for control in catalogue.load(TEMPLATE).controls:
        roots = [rendered(tier=max(control.tiers), ci=forge) for forge in ("github", "gitlab")]
        missing = [n for n in control.files if not any((root / n).exists() for root in roots)]
        assert set(missing) <= made_later, control.id


@pytest.mark.parametrize("tier", [0, 1, 2, 3, 4])
class TestATier:
    def test_the_root_has_at_most_sixteen_visible_entries(self, rendered, tier):
        visible = [p.name for p in rendered(tier=tier).iterdir() if not p.name.startswith(".")]
        assert len(visible) <= 16

    def test_the_workflow_is_read_in_five_minutes(self, rendered, tier):
        code = rendered(tier=tier).glob("workflow/**/*.py")
        assert 0 < sum(len(p.read_text(encoding="utf-8").splitlines()) for p in code) <= 150

    def test_the_readme_fits_on_a_screen(self, rendered, tier):
        readme = (rendered(tier=tier) / "README.md").read_text(encoding="utf-8")
        assert len(readme.splitlines()) <= 60

    def test_no_folder_is_empty(self, rendered, tier):
        root = rendered(tier=tier)
        assert [
            p
            for p in root.rglob("*")
            if p.is_dir() and ".git" not in p.parts and not any(p.iterdir())
        ] == []

    def test_git_tracks_every_file(self, rendered, tier):
        root = rendered(tier=tier)
        ignored = subprocess.run(
            ["git", "status", "--porcelain", "--ignored"],
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
        )
        assert ignored.stdout == ""
