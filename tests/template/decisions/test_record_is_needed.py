"""DEC-1 in real repositories: which change needs a record, and what a record must hold."""

import os
import subprocess
from pathlib import Path

import pytest
import warm

from controls.check.model import State
from controls.decisions import record, rule

ANSWER = "decided from two traces"
FILLED = """---
title: Shorter answers
date: null
risk: low
paths: {paths}
---

## What changed

Answers are one sentence shorter.

## Why

Readers stopped half way.

## Evidence

Runs 1 and 2.

## How it was tested

make eval

## Blast radius

Everybody who asks.

## Data touched

none

## How drift would be seen

The pass rate of smoke_v1.

## Rollback trigger

One complaint; revert the commit.
"""


def git(repo: Path, *args: str) -> str:
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    done = subprocess.run(
        ["git", *identity, *args], cwd=repo, env=env, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(repo: Path) -> str:
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "--no-verify", "--message", "change")
    return git(repo, "rev-parse", "HEAD")


def edit(repo: Path, path: str, text: str = "one more line\n") -> None:
    (repo / path).parent.mkdir(parents=True, exist_ok=True)
    with (repo / path).open("a", encoding="utf-8") as file:
        file.write(text)


def write_record(repo: Path, paths: str, text: str = FILLED) -> None:
    (repo / "decisions/0002-shorter-answers.md").write_text(text.replace("{paths}", paths))


def places(repo: Path, base: str | None = None) -> list[str]:
    return [f"{found.path}:{found.line}" for found in rule.judge(repo, base).findings]


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("BASE_SHA", raising=False)
    root = tmp_path / "café au lait"
    for path in ("prompts/answer.md", "workflow/answer.py", "policy/data.yaml", "README.md"):
        edit(root, path, "first line\n")
    edit(root, "ai-workflow.yaml", "spec:\n  owner: null\n  default_model: embedded:small\n")
    (root / "decisions").mkdir()
    (root / "decisions/0001-risk-tier.md").write_text(
        FILLED.replace("{paths}", "[ai-workflow.yaml, prompts, workflow, policy]")
    )
    git(root, "init", "--quiet", "--initial-branch=main")
    commit(root)
    return root


def test_first_commit_is_recorded_by_record_0001(repo: Path):
    outcome = rule.judge(repo)
    assert (outcome.state, outcome.n) == (State.ok, 6)
    assert outcome.evidence == (
        "4 governed of 6 changed since the empty tree; decisions/0001-risk-tier.md"
    )


def test_tree_without_a_commit_is_recorded_by_record_0001(repo: Path):
    git(repo, "update-ref", "-d", "HEAD")
    assert rule.judge(repo).state is State.ok


@pytest.mark.parametrize("tier", [0, 1, 2, 3, 4])
def test_fresh_repository_is_recorded_and_its_record_is_filled_in(project, tier: int):
    root = project(tier)
    assert rule.judge(root).findings == ()
    assert record.read(root, "decisions/0001-risk-tier.md").empty_sections() == ()


@pytest.mark.parametrize(
    "path",
    [
        "prompts/answer.md",
        "workflow/knowledge/new.md",
        "policy/custom/own.rego",
        "evals/sets/a/set.yaml",
    ],
)
def test_governed_file_needs_a_record(repo: Path, path: str):
    edit(repo, path)
    [finding] = rule.judge(repo).findings
    assert finding.message == f"{path!r} changed without a new decision record"
    assert finding.hint == 'python -m controls decisions new "what changed"'


def test_finding_points_at_the_first_line_that_changed(repo: Path):
    edit(repo, "prompts/answer.md")
    assert places(repo) == ["prompts/answer.md:2"]


def test_ungoverned_file_needs_none(repo: Path):
    edit(repo, "README.md")
    assert rule.judge(repo).state is State.ok


def test_ignored_file_is_not_part_of_the_change(repo: Path):
    edit(repo, ".gitignore", "*.pyc\n")
    edit(repo, "workflow/answer.pyc")
    assert rule.judge(repo).state is State.ok


@pytest.mark.parametrize(
    ("before", "after", "state"),
    [
        pytest.param("owner: null", 'owner: "@ada"', State.ok, id="an owner is named"),
        pytest.param("spec:", "# why\nspec:", State.ok, id="a comment is added"),
        pytest.param("embedded:small", "openai:gpt", State.failed, id="the model is another"),
        pytest.param("spec:", "spec: [", State.failed, id="it cannot be read"),
    ],
)
def test_manifest_needs_a_record_when_behaviour_changes(
    repo: Path, before: str, after: str, state: State
):
    path = repo / "ai-workflow.yaml"
    path.write_text(path.read_text().replace(before, after))
    assert rule.judge(repo).state is state


def test_deleted_and_moved_files_are_changes(repo: Path):
    (repo / "prompts/answer.md").rename(repo / "prompts/reply.md")
    assert places(repo) == ["prompts/answer.md:1", "prompts/reply.md:1"]


@pytest.mark.parametrize("named", ["[prompts/answer.md]", "[prompts]", "[./prompts/]"])
def test_new_record_that_names_file_or_folder_is_enough(repo: Path, named: str):
    edit(repo, "prompts/answer.md")
    write_record(repo, named)
    assert places(repo) == []


@pytest.mark.parametrize("named", ["[]", "[.]", "['']", "[prompt]", "[workflow]", "['*']"])
def test_record_that_does_not_name_the_path_is_not_enough(repo: Path, named: str):
    edit(repo, "prompts/answer.md")
    write_record(repo, named)
    [finding] = rule.judge(repo).findings
    assert finding.message == "'prompts/answer.md' changed, and no new decision record names it"
    assert finding.hint == "add it to `paths` of decisions/0002-shorter-answers.md"


def test_old_record_does_not_cover_a_new_change(repo: Path):
    edit(repo, "prompts/answer.md")
    write_record(repo, "[prompts]")
    commit(repo)
    edit(repo, "prompts/answer.md")
    assert places(repo) == ["prompts/answer.md:3"]


def test_old_record_that_is_edited_is_not_new(repo: Path):
    edit(repo, "prompts/answer.md")
    edit(repo, "decisions/0001-risk-tier.md")
    assert places(repo) == ["prompts/answer.md:2"]


def test_record_that_is_deleted_is_missed_and_one_that_is_renamed_is_not(repo: Path):
    first = repo / "decisions/0001-risk-tier.md"
    first.rename(repo / "decisions/0001-tier.md")
    assert places(repo) == []
    (repo / "decisions/0001-tier.md").unlink()
    [finding] = rule.judge(repo).findings
    assert finding.message == "the decision record was deleted"
    assert finding.path == "decisions/0001-risk-tier.md"


def test_form_as_the_verb_writes_it_names_each_empty_section(repo: Path):
    edit(repo, "prompts/answer.md")
    path = record.write(repo, "Shorter answers", "low", ("prompts/answer.md",))
    assert places(repo) == [f"{path}:{line}" for line in (11, 15, 19, 23, 27, 31, 35, 39)]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("", id="nothing"),
        pytest.param("<!-- one complaint -->", id="a comment"),
        pytest.param("<!-- never closed", id="an open comment"),
        pytest.param("TODO", id="a placeholder"),
        pytest.param("_tbd._", id="a placeholder in markup"),
        pytest.param("…", id="dots"),
        pytest.param(
            "The observation at which it is taken\nback, and how.", id="the form's text uncommented"
        ),
    ],
)
def test_answer_without_a_persons_words_is_empty(repo: Path, answer: str):
    edit(repo, "prompts/answer.md")
    write_record(repo, "[prompts]", FILLED.replace("One complaint; revert the commit.", answer))
    assert places(repo) == ["decisions/0002-shorter-answers.md:36"]


def test_missing_section_is_an_empty_one(repo: Path):
    write_record(repo, "[prompts]", FILLED.replace("## Blast radius", "## Reach"))
    [finding] = rule.judge(repo).findings
    assert finding.message == "section 'Blast radius' of the decision record is not filled in"


def test_record_without_front_matter_is_named(repo: Path):
    write_record(repo, "", "just words\n")
    assert [found.message for found in rule.judge(repo).findings] == [
        "decisions/0002-shorter-answers.md:1: no front matter"
    ]


def test_clean_tree_is_measured_from_the_parent(repo: Path):
    edit(repo, "prompts/answer.md")
    commit(repo)
    assert places(repo) == ["prompts/answer.md:2"]


def test_change_is_measured_from_the_base_that_is_given(
    repo: Path, monkeypatch: pytest.MonkeyPatch
):
    base = git(repo, "rev-parse", "HEAD")
    edit(repo, "prompts/answer.md")
    commit(repo)
    edit(repo, "README.md")
    commit(repo)
    assert places(repo) == []
    assert places(repo, base) == ["prompts/answer.md:2"]
    monkeypatch.setenv("BASE_SHA", base)
    assert places(repo) == ["prompts/answer.md:2"]


def test_base_of_a_new_branch_is_no_base(repo: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BASE_SHA", "0" * 40)
    assert rule.judge(repo).state is State.ok


def test_unknown_base_fails_and_says_how_to_get_it(repo: Path):
    outcome = rule.judge(repo, "f" * 40)
    assert outcome.state is State.failed
    assert outcome.findings[0].message == f"base {'f' * 40!r} is not a commit of this repository"


def test_clone_without_its_history_fails_rather_than_taking_everything_for_new(
    repo: Path, tmp_path: Path
):
    edit(repo, "prompts/answer.md")
    commit(repo)
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repo}", "clone")
    outcome = rule.judge(tmp_path / "clone")
    assert outcome.state is State.failed
    assert outcome.findings[0].message == "the history of this clone is cut off before HEAD"


def test_change_is_measured_from_the_remotes_default_branch(repo: Path, tmp_path: Path):
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(repo), str(clone))
    edit(clone, "prompts/answer.md")
    commit(clone)
    edit(clone, "README.md")
    commit(clone)
    assert places(clone) == ["prompts/answer.md:2"]


def test_what_others_changed_since_is_not_in_the_change(repo: Path):
    git(repo, "branch", "feature")
    edit(repo, "policy/data.yaml")
    base = commit(repo)
    git(repo, "switch", "--quiet", "feature")
    edit(repo, "README.md")
    assert places(repo, base) == []


@pytest.mark.parametrize("name", ["a b.md", "naïve.md", "two\nlines.md", '"quoted".md', "-rf.md"])
def test_odd_names_are_only_names(repo: Path, name: str):
    edit(repo, f"prompts/{name}")
    assert places(repo) == [f"prompts/{name}:1"]


def test_hooks_environment_does_not_redirect_it(repo: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere")
    edit(repo, "prompts/answer.md")
    assert places(repo) == ["prompts/answer.md:2"]


def test_empty_folder_fails(tmp_path: Path):
    outcome = rule.judge(tmp_path)
    assert (outcome.state, outcome.n) == (State.failed, 0)
    assert outcome.findings[0].hint == "git init, then commit"


def run(repo: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return warm.run("controls", "decisions", *args, cwd=repo)


def test_verb_takes_a_change_from_red_to_green(project):
    root = project(0)
    edit(root, "prompts/answer.md")
    done = run(root, "new", "Shorter answers: naïve!", "--risk", "medium")
    assert done.returncode == 0
    path = root / "decisions/0002-shorter-answers-naive.md"
    assert "\ndate: null\nrisk: medium\npaths:\n- prompts/answer.md\n" in path.read_text()
    assert run(root, "check").returncode == 1
    path.write_text(FILLED.replace("{paths}", "[prompts/answer.md]"))
    done = run(root, "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert "0002  not committed  Shorter answers\n" in run(root, "list").stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("new", "!!!"), "error: title '!!!' holds no letter or digit of the Latin alphabet\n"),
        (("check", "--base", "nope"), ""),
    ],
)
def test_bad_input_is_one_sentence(project, args: tuple[str, ...], message: str):
    done = run(project(0), *args)
    assert "Traceback" not in done.stderr
    assert done.returncode == (2 if message else 1)
    assert done.stderr.startswith(message)
