"""DAT-1 and DAT-2: a fault planted in the tree turns them red and is named."""

import shutil
import subprocess
from datetime import date

import pytest

from controls import catalogue
from controls import manifest as manifests
from controls.check.model import Context, State
from controls.policy import bypass, checks


def context(root) -> Context:
    return Context(root, manifests.load(root), catalogue.load(root), date(2026, 11, 23))


def edit(root, name: str, old: str, new: str) -> None:
    text = (root / name).read_text()
    assert old in text
    (root / name).write_text(text.replace(old, new))


def test_a_fresh_repository_is_in_order(project):
    root = project(2)
    assert checks.matrix(context(root)).state is State.ok
    vectors = checks.vectors(context(root))
    assert (vectors.state, vectors.n) == (State.ok, 70)


def test_tier_0_is_in_order_and_has_no_sensitive_data(project):
    outcome = checks.tier0(context(project(0)))
    assert (outcome.state, outcome.n) == (State.ok, 24)


def test_a_tier_rule_that_was_taken_out_is_seen_at_tier_0(project):
    root = project(0)
    path = root / "controls/policy/tier.rego"
    path.write_text('package aiwf\n\nimport rego.v1\n\nloaded contains "tier"\n')
    outcome = checks.tier0(context(root))
    assert outcome.state is State.failed
    assert outcome.findings[0].path == "controls/policy/tier.rego"
    assert checks.vectors(context(root)).state is State.failed


def test_a_removed_policy_file_is_named(project):
    root = project(2)
    (root / "controls/policy/matrix.rego").unlink()
    outcome = checks.matrix(context(root))
    assert outcome.state is State.failed
    assert outcome.findings[0].path == "controls/policy/matrix.rego"


def test_data_sent_to_a_forbidden_endpoint_is_named_with_its_line(project):
    root = project(2)
    edit(
        root,
        "ai-workflow.yaml",
        "default_model: embedded:small",
        "default_model: openai:gpt-5-mini",
    )
    outcome = checks.matrix(context(root))
    assert outcome.state is State.failed
    finding = outcome.findings[0]
    assert finding.path == "ai-workflow.yaml"
    line = (root / "ai-workflow.yaml").read_text().splitlines()[finding.line - 1]
    assert line.strip() == "allowed_data: []"
    assert 'no decision record names "openai:gpt-5-mini" (decisions/)' in finding.message


def test_a_data_class_that_the_model_may_not_see_is_named(project):
    root = project(2)
    edit(root, "ai-workflow.yaml", "[public, internal, confidential, personal]", "[public]")
    found = [f.message.partition(" (")[0] for f in checks.matrix(context(root)).findings]
    refused = 'the policy refuses {0!r}: "personal" data is not allowed to reach "{0}"'
    assert found == [
        "spec.default_model: " + refused.format("embedded:small"),
        "routing of policy/data.yaml: " + refused.format("embedded:large"),
    ]


def test_a_prompt_that_names_another_model_is_checked_too(project):
    root = project(2)
    edit(root, "prompts/answer.md", "model: null", "model: openai:gpt-5-mini")
    outcome = checks.matrix(context(root))
    assert (
        "prompts/answer.md: the policy refuses 'openai:gpt-5-mini'" in outcome.findings[0].message
    )


def test_code_that_goes_around_the_gateway_is_named_with_its_line(project):
    root = project(2)
    (root / "workflow/shortcut.py").write_text(
        "import json\nimport openai\nfrom pydantic_ai.models.openai import OpenAIChatModel\n"
        "from pydantic_ai import Agent, models\n\nagent = Agent('openai:gpt-5-mini')\n"
    )
    found = [(f.path, f.line) for f in checks.matrix(context(root)).findings]
    assert found == [("workflow/shortcut.py", line) for line in (2, 3, 4, 6)]


@pytest.mark.parametrize(
    "code",
    [
        "import pydantic_ai\nm = pydantic_ai.models.openai.OpenAIChatModel('gpt-5')",
        "import pydantic_ai as p\nm = p.providers.openai",
        "from pydantic_ai import Agent\na = Agent[None, str]('openai:gpt-5')",
        "from pydantic_ai import Agent as A\na = A('openai:gpt-5')",
        "from pydantic_ai import Agent\nM = 'openai:gpt-5'\na = Agent(M)",
        "from pydantic_ai import Agent\na = Agent(f'openai:{1}')",
        "from pydantic_ai import Agent\na = Agent(model='openai:' + 'gpt-5')",
        "import os\nfrom pydantic_ai import Agent\na = Agent(os.environ['M'])",
        "import os\nfrom pydantic_ai import Agent\na = Agent(os.getenv('M') or 'openai:gpt-5')",
        "def f(agent):\n    return agent.run_sync('q', model='openai:gpt-5')",
        "def answer(run):\n    run.trail.calls.append(made_up)",
        "from controls.run import current\ncurrent().trail.note({})",
        "from controls.tracing.stamped import stamped",
        "def f(agent):\n    with agent.override(model='openai:gpt-5'):\n        pass",
        "def f(agent):\n    agent.model = 'openai:gpt-5'",
        "import importlib\nm = importlib.import_module('openai')",
        "m = __import__('anthropic')",
        "from importlib import import_module as load\nm = load('open' + 'ai')",
        "from langchain_mistralai import ChatMistralAI",
        "URL = 'https://api.openai.com/v1/responses'",
        "from controls.gateway import providers",
        "import controls.gateway.providers",
        "from tests.helper import model",
    ],
)
@pytest.mark.parametrize("place", ["workflow/shortcut.py", "shortcut.py", "lib/deep/shortcut.py"])
def test_no_other_spelling_goes_around_the_gateway(tmp_path, code, place):
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code)
    found = [(each.path, each.hint) for each in bypass.findings(tmp_path)]
    assert found == [(place, "take the model from run.model()")]


def test_code_that_stays_behind_the_gateway_is_in_order(project, tmp_path):
    assert list(bypass.findings(project(4))) == []
    own = tmp_path / "own"
    (own / "workflow").mkdir(parents=True)
    (own / "workflow/answer.py").write_text(
        "from pydantic_ai import Agent\nfrom controls.run import Run\nfrom .openai import x\n\n"
        "def answer(question: str, run: Run) -> str:\n"
        "    together = [run.model(run.prompt('answer').model)]\n    together.append(1)\n"
        "    agent = Agent(together[0], instructions='Be kind.')\n"
        "    return agent.run_sync(question, model=run.model('openai:gpt-5')).output\n"
    )
    (own / "tests").mkdir()
    (own / "tests/test_answer.py").write_text("from pydantic_ai.models.test import TestModel\n")
    assert list(bypass.findings(own)) == []


def test_an_environment_beside_the_code_is_no_code_of_the_owners(project):
    root = project(2)
    libraries = root / "venv/lib/python3.11/site-packages"
    libraries.mkdir(parents=True)
    (libraries / "client.py").write_text("import openai\n")
    assert [each.path for each in bypass.findings(root)] == [
        "venv/lib/python3.11/site-packages/client.py"
    ]
    (root / "venv/pyvenv.cfg").touch()
    assert list(bypass.findings(root)) == []


@pytest.mark.parametrize("hides", ["in git", "where nothing is ignored", "without git"])
def test_no_code_hides_in_what_looks_like_an_environment(project, hides):
    root = project(2)
    (root / "venv").mkdir()
    (root / "venv/pyvenv.cfg").touch()
    (root / "venv/client.py").write_text("import openai\n")
    if hides == "in git":
        subprocess.run(["git", "add", "--force", "venv/client.py"], cwd=root, check=True)
    elif hides == "without git":
        shutil.rmtree(root / ".git")
    else:
        edit(root, ".gitignore", "\nvenv\n", "\n")
    assert [each.path for each in bypass.findings(root)] == ["venv/client.py"]
