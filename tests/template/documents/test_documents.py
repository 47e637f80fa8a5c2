"""DOC-1: the model card and the AI-BOM follow from the manifest, are valid, and stay current."""

import json
import subprocess
from datetime import date
from pathlib import Path

import pytest
import warm

from controls.check.command import context
from controls.check.model import State
from controls.documents import checks
from controls.errors import ControlsError

CARD, BOM = Path("docs/model-card.md"), Path("docs/ai-bom.cdx.json")
NOT_TODAY = "it does not say what ai-workflow.yaml, prompts/ and evals/baselines/ say today"
FIGURES = {
    "set": "smoke_v1",
    "model": "embedded:small",
    "rate": 0.9483,
    "passed": 55,
    "started": "2026-11-02T10:00:00Z",
    "prompt": {"name": "answer", "version": "1", "sha256": "00"},
}


def model_card(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return warm.run("controls", "model-card", *words, cwd=root)


def current(root: Path):
    return checks.current(context(root, date(2026, 12, 1)))


def edit(root: Path, name: str | Path, old: str, new: str) -> None:
    text = (root / name).read_text(encoding="utf-8")
    assert old in text
    (root / name).write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def written(project) -> Path:
    """Return a tier-3 repository whose documents are written."""
    root = project(3, project_name="Benefits advice", owner="@ada")
    done = model_card(root, "--write")
    assert (done.returncode, done.stdout) == (0, "docs/model-card.md\ndocs/ai-bom.cdx.json\n")
    return root


def test_before_they_are_written_the_control_is_pending(project):
    outcome = current(project(3))
    assert (outcome.state, outcome.n) == (State.pending, 7)
    assert outcome.findings[0].hint == "python -m controls model-card --write"


def test_written_they_are_ok_and_n_counts_what_they_describe(written):
    outcome = current(written)
    assert (outcome.state, outcome.n, outcome.findings) == (State.ok, 7, ())


def test_writing_them_again_changes_nothing(written):
    before = [(written / path).read_bytes() for path in (CARD, BOM)]
    assert model_card(written, "--write").returncode == 0
    assert [(written / path).read_bytes() for path in (CARD, BOM)] == before


@pytest.mark.parametrize(
    ("name", "old", "new", "stale"),
    [
        pytest.param(
            "ai-workflow.yaml", "retention: P30D", "retention: P60D", {CARD, BOM}, id="retention"
        ),
        pytest.param(
            "ai-workflow.yaml", 'owner: "@ada"', 'owner: "@grace"', {CARD, BOM}, id="the owner"
        ),
        pytest.param(
            "ai-workflow.yaml", "allowed_data: []", "allowed_data: [public]", {CARD, BOM}, id="data"
        ),
        pytest.param("ai-workflow.yaml", "sla: PT4H", "sla: PT8H", {CARD}, id="a deadline"),
        pytest.param(
            "prompts/answer.md",
            'version: "1"',
            'version: "2"',
            {CARD, BOM},
            id="a prompt's version",
        ),
        pytest.param("prompts/answer.md", "usually enough", "enough", {BOM}, id="a prompt's text"),
    ],
)
def test_a_change_without_writing_them_anew_fails(written, name, old, new, stale):
    edit(written, name, old, new)
    outcome = current(written)
    assert outcome.state is State.failed
    assert {(Path(f.path), f.message) for f in outcome.findings} == {(p, NOT_TODAY) for p in stale}
    model_card(written, "--write")
    assert current(written).state is State.ok


def test_a_baseline_is_the_measured_behaviour(written):
    folder = written / "evals/baselines"
    folder.mkdir(exist_ok=True)
    data = {"figures": FIGURES, "cases": {}}
    (folder / "smoke_v1@embedded-small.json").write_text(json.dumps(data))
    assert current(written).state is State.failed
    model_card(written, "--write")
    row = "| smoke_v1 | embedded:small | answer@1 | 55 | 0.948 | 2026-11-02 |"
    assert row in (written / CARD).read_text().splitlines()
    model = json.loads((written / BOM).read_text())["components"][0]
    assert model["modelCard"]["quantitativeAnalysis"] == {
        "performanceMetrics": [
            {"type": "share of eval cases passed", "value": "0.948", "slice": "smoke_v1"}
        ]
    }


def test_a_hand_edit_fails_at_its_line(written):
    edit(written, CARD, "decisions about a person", "nothing is out of scope")
    (finding,) = current(written).findings
    line = (written / CARD).read_text().splitlines().index("- nothing is out of scope") + 1
    assert (finding.path, finding.line) == ("docs/model-card.md", line)


@pytest.mark.parametrize("path", [CARD, BOM], ids=str)
def test_one_without_the_other_fails(written, path):
    (written / path).unlink()
    (finding,) = current(written).findings
    assert (finding.path, finding.message) == (path.as_posix(), "it is missing")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(
            {"models": []},
            "the document: Additional properties are not allowed ('models' was unexpected)",
            id="a key of our own",
        ),
        pytest.param(
            {"bomFormat": "cyclone"},
            "bomFormat: 'cyclone' is not one of ['CycloneDX']",
            id="another format",
        ),
        pytest.param(
            {"components": [{"type": "model", "name": "x"}]},
            "components/0/type: 'model' is not one of ['application', 'framework', 'library',"
            " 'container', 'platform', 'operating-system', 'device', 'device-driver', 'firmware',"
            " 'file', 'machine-learning-model', 'data', 'cryptographic-asset']",
            id="a type that does not exist",
        ),
    ],
)
def test_what_the_strict_schema_does_not_know_is_invalid(written, change, sentence):
    document = json.loads((written / BOM).read_text())
    assert checks.invalid(json.dumps(document)) == ""
    assert checks.invalid(json.dumps(document | change)) == sentence


def test_a_model_card_of_an_unknown_shape_is_invalid(written):
    document = json.loads((written / BOM).read_text())
    document["components"][0]["modelCard"]["verdict"] = "good"
    assert checks.invalid(json.dumps(document)) == (
        "components/0/modelCard: Additional properties are not allowed ('verdict' was unexpected)"
    )
    (written / BOM).write_text(json.dumps(document))
    assert [finding.message for finding in current(written).findings] == [
        NOT_TODAY,
        (
            "it is no CycloneDX 1.6: components/0/modelCard: Additional properties are not allowed"
            " ('verdict' was unexpected)"
        ),
    ]


def test_the_bom_names_models_data_and_prompts_and_who_may_see_what(written):
    document = json.loads((written / BOM).read_text())
    assert [(part["bom-ref"], part.get("scope", "")) for part in document["components"]] == [
        ("model:embedded:small", "required"),
        ("model:embedded:large", "optional"),
        ("model:openai:gpt-5-mini", "excluded"),
        ("model:anthropic:claude-haiku-4-5", "excluded"),
        ("data:knowledge", ""),
        ("data:questions", ""),
        ("prompt:answer@1", ""),
    ]
    assert document["components"][5]["data"] == [
        {
            "type": "dataset",
            "name": "questions",
            "classification": "personal",
            "sensitiveData": ["personal data of customers"],
        }
    ]
    assert document["dependencies"][0]["ref"] == "workflow:benefits-advice"


@pytest.mark.sampled
@pytest.mark.parametrize(
    "answers",
    [
        {"description": "It's 100 % #1: yes & no <b>|[x](y)"},
        {"project_name": "L'été à Zürich"},
        {"data_class": "special-category"},
    ],
    ids=["marks in the description", "accents", "special-category data"],
)
@pytest.mark.parametrize("tier", [3, 4])
def test_whatever_is_answered_they_are_valid(project, tier, answers):
    root = project(tier, **answers)
    assert model_card(root, "--write").returncode == 0
    assert current(root).state is State.ok


def test_text_of_the_manifest_draws_nothing_in_the_card(project):
    root = project(3, description="It's <b>|[x](y)")
    assert "It's &lt;b>\\|\\[x](y)" in model_card(root).stdout


def test_a_tool_is_in_both(project):
    root = project(4)
    assert "| change_setting | write |" in model_card(root).stdout
    assert json.loads(model_card(root, "--bom").stdout)["services"] == [
        {
            "bom-ref": "tool:change_setting",
            "name": "change_setting",
            "properties": [{"name": "aiwf:side_effect", "value": "write"}],
        }
    ]


def test_a_broken_prompt_is_one_sentence(written):
    (written / "prompts/answer.md").write_text("no front matter")
    done = model_card(written)
    assert done.returncode == 2
    assert done.stderr.startswith("error: prompts/answer.md")
    with pytest.raises(ControlsError):
        current(written)


def test_below_tier_3_there_is_no_such_verb(project):
    done = model_card(project(2))
    assert done.returncode == 2
    assert "this repository has no verb 'model-card'" in done.stderr
