"""What the template gave and gives, by us or by Copier: the tree that `copier update` makes."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import copier
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from engine import CONFIG, commit, git, project_of, resync, template_of

from prooflane.errors import ProoflaneError

OFF_UPDATES = "_exclude: ['{% if _copier_operation == \"update\" %}b.txt{% endif %}']\n"
OFF_DEMO = "_exclude: [\"{% if name == 'demo' %}b.txt{% endif %}\"]\n"
TEXT = {"a.txt.jinja": "{{ name }}\n", "b.txt": "plain\n"}
HISTORIES = {
    "a question that is new": (
        {"copier.yml": CONFIG, **TEXT},
        {"copier.yml": CONFIG + "more: '{{ name }} x'\n", "a.txt.jinja": "{{ more }}\n"},
    ),
    "a question that is gone": (
        {"copier.yml": CONFIG + "more: yes\n", **TEXT},
        {"copier.yml": CONFIG, **TEXT},
    ),
    "a choice that is no longer offered": (
        {"copier.yml": CONFIG + "kind: {type: str, choices: [x, y], default: x}\n", **TEXT},
        {
            "copier.yml": CONFIG + "kind: {type: str, choices: [y, z], default: z}\n",
            "a.txt.jinja": "{{ name }} {{ kind }}\n",
        },
    ),
    "an answer that is now computed": (
        {"copier.yml": CONFIG + "more: {type: str, default: first}\n", **TEXT},
        {
            "copier.yml": CONFIG + "more: {type: str, default: second, when: false}\n",
            "a.txt.jinja": "{{ name }} {{ more }}\n",
        },
    ),
    "an answer of another type": (
        {"copier.yml": CONFIG + "size: {type: str, default: '3'}\n", **TEXT},
        {"copier.yml": CONFIG + "size: {type: int, default: 4}\n", "a.txt.jinja": "{{ size * 2 }}"},
    ),
    "files that only a first copy makes": (
        {"copier.yml": CONFIG + OFF_UPDATES, **TEXT},
        {
            "copier.yml": CONFIG + OFF_UPDATES,
            "a.txt.jinja": "{{ name }} two\n",
            "b.txt": "changed\n",
        },
    ),
    "an exclusion that an answer decides": (
        {"copier.yml": CONFIG, **TEXT},
        {"copier.yml": CONFIG + OFF_DEMO, **TEXT},
    ),
    "the name of the version in a file": (
        {"copier.yml": CONFIG, "a.txt.jinja": "{{ _copier_answers._commit }} {{ _commit }}\n"},
        {"copier.yml": CONFIG, "a.txt.jinja": "{{ _copier_answers._commit }} {{ _commit }}!\n"},
    ),
    # from here on, only Copier renders
    "tasks, which are not run": (
        {"copier.yml": CONFIG + "_tasks: ['touch made']\n", **TEXT},
        {"copier.yml": CONFIG + "_tasks: ['touch made']\n", "a.txt.jinja": "{{ name }} two\n"},
    ),
    "a filter of Copier's": (
        {"copier.yml": CONFIG, "a.txt.jinja": "{{ name | b64encode }}\n", "b.txt": "plain\n"},
        {"copier.yml": CONFIG, "a.txt.jinja": "{{ (name ~ 2) | b64encode }}\n", "c.txt": "new\n"},
    ),
    "a filter of Copier's and files written once": (
        {"copier.yml": CONFIG + "_skip_if_exists: [b.txt]\n", "b.txt": "plain\n"},
        {
            "copier.yml": CONFIG + "_skip_if_exists: [b.txt]\n",
            "b.txt": "other\n",
            "a.txt.jinja": "{{ name | b64encode }}\n",
        },
    ),
    "a filter of Copier's and a new exclusion": (
        {"copier.yml": CONFIG, **TEXT},
        {"copier.yml": CONFIG + "_exclude: [b.txt]\n", "a.txt.jinja": "{{ name | b64encode }}\n"},
    ),
}


@pytest.fixture
def made(tmp_path):
    """Return what makes template and project of a history, with a file of the user's."""

    def make(history):
        template = template_of(tmp_path / "template", *history)
        root = tmp_path / "project"
        copier.run_copy(
            str(template), root, vcs_ref="v1.0.0", defaults=True, quiet=True, skip_tasks=True
        )
        git(root, "init", "--quiet", "--initial-branch=main")
        (root / "ours.txt").write_text("ours\n")
        commit(root)
        return template, root

    return make


@pytest.mark.slow
@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_a_history_with(history, made):
    template, root = made(history)
    mine = resync(root, template)
    copier.run_update(
        root,
        vcs_ref="v2.0.0",
        defaults=True,
        overwrite=True,
        quiet=True,
        skip_tasks=True,
        unsafe=True,
    )
    git(root, "add", "--all", "--force")
    assert (git(root, "write-tree"), mine.conflicts) == (mine.id, {})


def test_a_template_that_runs_code_to_render_is_refused(tmp_path):
    config = CONFIG + "_jinja_extensions: [os.path]\n"
    old = {"copier.yml": CONFIG, **TEXT}
    template = template_of(tmp_path / "template", old, {"copier.yml": config, **TEXT})
    root = project_of(template, tmp_path / "project")
    with pytest.raises(ProoflaneError, match="the template runs code of its own"):
        resync(root, template)


def test_an_answer_that_the_old_version_cannot_read_is_named(tmp_path):
    numbers = {"copier.yml": CONFIG + "size: {type: int, default: 4}\n", **TEXT}
    template = template_of(tmp_path / "template", numbers, numbers)
    root = project_of(template, tmp_path / "project")
    path = root / ".copier-answers.yml"
    path.write_text(path.read_text().replace("size: 4", "size: four"))
    commit(root)
    with pytest.raises(ProoflaneError) as refused:
        resync(root, template)
    assert (
        refused.value.message == "the base is not reproducible: size 'four' is not a whole number"
    )


@pytest.mark.parametrize("extra", ["", "_tasks: ['true']\n"], ids=["by us", "by Copier"])
def test_a_new_question_without_a_default_is_named(extra, tmp_path):
    required = {"copier.yml": CONFIG + "team: {type: str}\n" + extra, **TEXT}
    template = template_of(tmp_path / "template", {"copier.yml": CONFIG, **TEXT}, required)
    root = project_of(template, tmp_path / "project")
    with pytest.raises(ProoflaneError) as refused:
        resync(root, template)
    assert refused.value.message == "question 'team' has no answer"
    assert refused.value.hint == "--set team=..."
    assert b"team: red" in resync(root, template, team="red").files[".copier-answers.yml"]


@pytest.mark.parametrize("extra", ["", "_tasks: ['true']\n"], ids=["by us", "by Copier"])
def test_an_answer_that_no_question_asks_for_is_named(extra, tmp_path):
    files = {"copier.yml": CONFIG + extra, **TEXT}
    template = template_of(tmp_path / "template", {"copier.yml": CONFIG, **TEXT}, files)
    root = project_of(template, tmp_path / "project")
    with pytest.raises(ProoflaneError) as refused:
        resync(root, template, nme="red")
    assert (refused.value.message, refused.value.hint) == (
        "unknown answer 'nme'",
        "did you mean 'name'?",
    )


HASHED = {"a.txt.jinja": "{{ name | hash('sha256') }}\n"}


def test_copier_renders_without_a_persons_own_settings_of_git(tmp_path):
    new = {"b.txt": "new\nlines\n"}
    template = template_of(tmp_path / "template", {"a.txt": "a\n"}, HASHED | new)
    root = project_of(template, tmp_path / "project")
    with (tmp_path / "home/.gitconfig").open("a") as config:
        config.write("[core]\n\tautocrlf = true\n")
    assert resync(root, template).files["b.txt"] == b"new\nlines\n"


@pytest.mark.parametrize("workers", [1, 2], ids=["after the other", "beside the other"])
def test_copier_fetches_nothing_for_one_repository(workers, tmp_path):
    def replayed(name):
        template = template_of(tmp_path / name, {"a.txt": "a\n"}, {**HASHED, name: f"{name}\n"})
        root = project_of(template, tmp_path / f"made-{name}")
        answers = root / ".copier-answers.yml"
        text = answers.read_text().replace(str(template), f"https://{name}.invalid/template.git")
        answers.write_text(text)
        commit(root)
        return resync(root, template).files[name]

    with ThreadPoolExecutor(workers) as pool:
        assert list(pool.map(replayed, ("one", "other"))) == [b"one\n", b"other\n"]
