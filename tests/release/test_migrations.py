"""Renames, moves and answers that a template declares are exact, for edited files too."""

import pytest
import yaml
from forks import CATALOGUE, QUESTIONS, SETTINGS

from prooflane.errors import ProoflaneError
from prooflane.files import REGULAR, Entry, File
from prooflane.resync import migrations

# both files are rewritten so far that git itself would not see a rename
RENAMED = {
    "template/settings.yaml.jinja": None,
    "template/config/main.yaml.jinja": SETTINGS.replace("  b: 2", "  b: 4"),
    "template/prompts/answer.md": None,
    "template/texts/answer.md": "Answer in one sentence.\n",
    "template/controls/catalogue.yaml": CATALOGUE.replace("prompts/", "texts/").replace(
        "[settings.yaml", "[config/main.yaml"
    ),
    "copier.yml": QUESTIONS.replace("ci: {", "pipeline: {")
    .replace("[github, none]", "[hub, none]")
    .replace("default: github", "default: hub"),
    "migrations.yaml": (
        "- rename: {settings.yaml: config/main.yaml}\n"
        "  move: {prompts/: texts/}\n"
        "- answers: {ci: {name: pipeline, values: {github: hub}}}\n"
    ),
}


@pytest.fixture
def made(prooflane, fork, tmp_path, commit):
    """Return a repository of the fork's v1.0.0 whose owner edited what is going to move."""
    options = ("--template", fork, "--tier", 1, "--defaults", "--no-verify", "--quiet")
    prooflane("new", "made", *options, "--set", "ci=none", expected=0)
    root = tmp_path / "made"
    own = (root / "settings.yaml").read_text().replace("owner: nobody", "owner: grace")
    commit(root, {"settings.yaml": own, "prompts/answer.md": "Mine.\n", "prompts/own.md": "Own.\n"})
    return root


def test_a_renamed_file_keeps_its_edits(made, fork, commit, prooflane, git):
    commit(fork, RENAMED, "v2.0.0")
    done = prooflane("sync", made, "--template", fork, expected=0)
    assert "no conflict" in done.out
    settings = (made / "config/main.yaml").read_text()
    assert ("owner: grace\n" in settings, "  b: 4\n" in settings) == (True, True)
    assert not (made / "settings.yaml").exists()
    assert git(made, "diff", "--staged", "--diff-filter=U", "--name-only") == ""


def test_a_moved_folder_takes_own_files_along(made, fork, commit, prooflane):
    commit(fork, RENAMED, "v2.0.0")
    prooflane("sync", made, "--template", fork, expected=0)
    assert (made / "texts/answer.md").read_text() == "Mine.\n"
    assert (made / "texts/own.md").read_text() == "Own.\n"
    assert not (made / "prompts").exists()


def test_answers_go_on_by_their_new_names(made, fork, commit, prooflane):
    commit(fork, RENAMED, "v2.0.0")
    prooflane("sync", made, "--template", fork, expected=0)
    answers = yaml.safe_load((made / ".copier-answers.yml").read_text())
    assert (answers["pipeline"], "ci" in answers) == ("none", False)


def test_steps_of_skipped_versions_are_all_taken(made, fork, commit, prooflane):
    commit(fork, RENAMED, "v2.0.0")
    steps = RENAMED["migrations.yaml"] + "- rename: {config/main.yaml: main.yaml}\n"
    text = (fork / "template/config/main.yaml.jinja").read_text()
    book = (fork / "template/controls/catalogue.yaml").read_text()
    files = {
        "template/config/main.yaml.jinja": None,
        "template/main.yaml.jinja": text,
        "template/controls/catalogue.yaml": book.replace("config/main", "main"),
        "migrations.yaml": steps,
    }
    commit(fork, files, "v3.0.0")
    prooflane("sync", made, "--template", fork, expected=0)
    assert "owner: grace\n" in (made / "main.yaml").read_text()
    assert not (made / "config").exists()


def test_a_step_is_taken_once(made, fork, commit, prooflane):
    commit(fork, RENAMED, "v2.0.0")
    prooflane("sync", made, "--template", fork, expected=0)
    commit(made, {"settings.yaml": "of my own\n"})
    commit(fork, {"template/controls/log.py": "LEVEL = 2\n"}, "v2.0.1")
    prooflane("sync", made, "--template", fork, expected=0)
    assert (made / "settings.yaml").read_text() == "of my own\n"


def test_an_edit_of_a_managed_file_that_moves_is_kept(made, fork, commit, prooflane):
    commit(made, {"controls/log.py": "LEVEL = 1\n# mine\n"})
    moved = {
        "template/controls/log.py": None,
        "template/controls/logging.py": "LEVEL = 3\n",
        "template/controls/catalogue.yaml": CATALOGUE.replace("log.py", "logging.py"),
        "migrations.yaml": "- rename: {controls/log.py: controls/logging.py}\n",
    }
    commit(fork, moved, "v2.0.0")
    prooflane("sync", made, "--template", fork, "--yes", expected=0)
    assert (made / "controls/logging.py").read_text() == "LEVEL = 3\n"
    [patch] = (made / "decisions").glob("*.patch")
    assert "+# mine\n" in patch.read_text()


def test_a_release_says_what_moves(changed, checked, prooflane, fork):
    changed(RENAMED)
    status, said = checked("--quick")
    assert (status, said["version"], said["problems"]) == (0, "v2.0.0", [])
    texts = [row["text"] for row in said["reasons"]]
    assert texts[:2] == [
        "prompts/answer.md moves to texts/answer.md",
        "settings.yaml moves to config/main.yaml",
    ]
    assert "answer ci is removed" not in texts
    notes = prooflane("release", "notes", "--view", "owner", cwd=fork, expected=0)
    assert "- `settings.yaml` is now `config/main.yaml`\n" in notes.out


# the values ---------------------------------------------------------------------------------------


def moved(text, *paths):
    tree = {path: Entry(REGULAR, path) for path in paths}
    return {
        path: entry.id for path, entry in migrations.moved(tree, migrations.parse(text)).items()
    }


@pytest.mark.parametrize(
    ("text", "paths", "expected"),
    [
        (b"- rename: {a: b}", ["a"], {"b": "a"}),
        (b"- rename: {a: b}", ["a", "b"], {"a": "a", "b": "b"}),
        (b"- rename: {a: b, b: a}", ["a", "b"], {"b": "a", "a": "b"}),
        (b"- rename: {a: b}\n- rename: {b: c}", ["a"], {"c": "a"}),
        (b"- move: {x/: y/}", ["x/a", "x/z/b", "xx"], {"y/a": "x/a", "y/z/b": "x/z/b", "xx": "xx"}),
        (b"- move: {x/: y/, x/z/: w/}", ["x/a", "x/z/b"], {"y/a": "x/a", "w/b": "x/z/b"}),
        (b"- rename: {x/a: b}\n  move: {x/: y/}", ["x/a", "x/c"], {"b": "x/a", "y/c": "x/c"}),
    ],
    ids=[
        "a file",
        "not over a file that is there",
        "two that swap",
        "one step after the other",
        "a folder, and none that is only named alike",
        "the folder that is named most closely",
        "a file of a folder that moves elsewhere",
    ],
)
def test_paths(text, paths, expected):
    assert moved(text, *paths) == expected


def test_values_of_answers_are_mapped_as_they_are_written():
    steps = migrations.parse(b"- answers: {a: {values: {true: on1, 2: two}}, b: {name: c}}")
    assert migrations.answers({"a": True, "b": 1}, steps) == {"a": "on1", "c": 1}
    assert migrations.answers({"a": 2}, steps) == {"a": "two"}
    assert migrations.answers({"a": "else", "d": 1}, steps) == {"a": "else", "d": 1}


def test_only_what_the_old_version_does_not_say_is_pending():
    first, second = b"- rename: {a: b}\n", b"- rename: {b: c}\n"
    old, new = ({migrations.NAME: File(blob)} for blob in (first, first + second))
    assert migrations.pending(old, new) == migrations.parse(second)
    assert migrations.pending({}, new) == migrations.parse(first + second)
    assert migrations.pending(new, {}) == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"rename: {a: b}", "the template's 'migrations.yaml' is not a list"),
        (b"- copy: {a: b}", "the template's 'migrations.yaml' has an unknown 'copy'"),
        (b"- rename: {a: /etc/x}", "the template's 'migrations.yaml' has the path '/etc/x'"),
        (b"- rename: {a: .git/x}", "the template's 'migrations.yaml' has the path '.git/x'"),
        (b"- rename: {a: 1}", "the template's 'migrations.yaml' has the path 1"),
        (b"- rename: {a: c, b: c}", "the template's 'migrations.yaml' gives two paths one name"),
        (b"- move: {x: y}", "the template's 'migrations.yaml' moves 'x' to 'y'"),
        (
            b"- answers: {a: {to: b}}",
            "the template's 'migrations.yaml' has an unknown 'to'",
        ),
        (
            b"- answers: {a: {values: [1]}}",
            "the template's 'migrations.yaml' maps the values of 'a' to [1]",
        ),
    ],
)
def test_steps_that_are_malformed(text, says):
    with pytest.raises(ProoflaneError) as refused:
        migrations.parse(text)
    assert refused.value.message == says
