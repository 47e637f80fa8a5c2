"""`prooflane new` when all is well."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "generator/prooflane/report/created.schema.json").read_text())


def test_creates_a_repository_with_one_commit_and_a_clean_tree(prooflane, template, git, tmp_path):
    done = prooflane("new", "made", "--template", template(), "--defaults")
    made = tmp_path / "made"
    assert (done.status, done.err) == (0, "")
    assert (made / "README.md").read_text() == "# demo\n"
    assert git(made, "log", "--format=%an <%ae> %s") == (
        "Ada Lovelace <ada@example.com> Create the repository from its template at v1.0.0"
    )
    assert git(made, "status", "--porcelain") == ""
    assert git(made, "branch", "--show-current") == "main"


def test_says_what_it_made_and_where_to_go(prooflane, template, tmp_path):
    done = prooflane("new", "made", "--template", template(), "--defaults")
    first, second = done.out.splitlines()
    assert first.startswith(f"created {tmp_path}/made in ")
    assert first.endswith("2 files, template v1.0.0")
    assert second == "next     cd made"


def test_answers_from_a_file_give_way_to_answers_on_the_command_line(prooflane, template, tmp_path):
    files = {
        "copier.yml": "_subdirectory: t\na: 1\nb: two\nc: false\n",
        "t/x.jinja": "{{ [a, b, c] }}",
    }
    (tmp_path / "answers.yml").write_text("_commit: v0\na: 5\nc: true\n")
    prooflane(
        *("new", "made", "--template", template(files), "--defaults"),
        *("--answers", "answers.yml", "--set", "a=7", "--set", "b=x=y"),
    )
    assert (tmp_path / "made/x").read_text() == "[7, 'x=y', True]"


def test_records_template_version_tree_and_answers(prooflane, template, git, tmp_path):
    source = template()
    made = tmp_path / "made"
    done = prooflane("new", made, "--template", source, "--defaults", "--json")
    lock = yaml.safe_load((made / ".prooflane.lock").read_text())
    commit = git(source, "rev-parse", "HEAD")
    del lock["digest"]
    assert lock == {
        "template": {
            "url": str(source),
            "version": "v1.0.0",
            "commit": commit,
            "signer": "",
            "tree": done.json["tree"],
        },
        "controls": {},
    }
    git(made, "rm", "--quiet", "--cached", ".prooflane.lock")
    assert git(made, "write-tree") == done.json["tree"]
    answers = yaml.safe_load((made / ".copier-answers.yml").read_text())
    assert answers == {"_commit": "v1.0.0", "_src_path": str(source), "name": "demo"}


@pytest.mark.parametrize("option", [(), ("--plan",)], ids=["for a creation", "for a plan"])
def test_json_follows_its_schema(option, prooflane, template):
    done = prooflane("new", "made", "--template", template(), "--defaults", "--json", *option)
    jsonschema.validate(done.json, SCHEMA)
    assert done.json["created"] is (option == ())
    assert done.json["next"] == ["cd made"]


def test_a_plan_writes_nothing(prooflane, template, tmp_path):
    done = prooflane("new", "made", "--template", template(), "--defaults", "--plan")
    assert done.out.splitlines()[0] == (f"would create {tmp_path}/made: 2 files, template v1.0.0")
    assert not (tmp_path / "made").exists()


def test_quiet_prints_nothing(prooflane, template):
    done = prooflane("new", "made", "--template", template(), "--defaults", "--quiet")
    assert (done.status, done.out, done.err) == (0, "", "")


def test_an_empty_folder_and_missing_parents_are_fine(prooflane, template, tmp_path):
    source = template()
    (tmp_path / "empty").mkdir()
    assert prooflane("new", "empty", "--template", source, "--defaults").status == 0
    assert prooflane("new", "a/b/c", "--template", source, "--defaults").status == 0
    assert (tmp_path / "empty/README.md").exists()
    assert (tmp_path / "a/b/c/README.md").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "empty", "home", "source"]


def test_a_space_and_an_accent_in_the_path_are_fine(prooflane, template, git, tmp_path):
    made = tmp_path / "été à Paris" / "mes réponses"
    done = prooflane("new", made, "--template", template(), "--defaults")
    assert done.status == 0
    assert git(made, "status", "--porcelain") == ""
    assert done.out.splitlines()[1] == "next     cd 'été à Paris/mes réponses'"


def test_a_log_without_accents_is_fine(prooflane, template, tmp_path):
    made = tmp_path / "été"
    plain = {"PYTHONIOENCODING": "ascii"}
    done = prooflane("new", made, "--template", template(), "--defaults", **plain)
    assert (done.status, done.out.splitlines()[1]) == (0, r"next     cd '\xe9t\xe9'")


def test_a_closed_output_is_fine(environment, template, tmp_path):
    command = f"{sys.executable} -m prooflane new made --template {template()} --defaults >&-"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 0
    assert (tmp_path / "made/README.md").is_file()


def test_a_hooks_git_dir_does_not_redirect_it(prooflane, template, git, tmp_path):
    source = template()
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    done = prooflane(
        *("new", "made", "--template", source, "--defaults"),
        GIT_DIR=str(other / ".git"),
        GIT_WORK_TREE=str(other),
        GIT_INDEX_FILE=str(other / ".git/index"),
    )
    assert done.status == 0
    assert git(tmp_path / "made", "log", "--format=%s").startswith("Create the repository")
    assert git(other, "for-each-ref") == ""


def test_global_ignores_hooks_and_signing_change_nothing(
    prooflane, template, git, environment, tmp_path
):
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in ("pre-commit", "reference-transaction", "post-checkout"):
        (hooks / hook).write_text("#!/bin/sh\nexit 1\n")
        (hooks / hook).chmod(0o755)
    (tmp_path / "ignored").write_text("*.lock\nREADME.md\n")
    source = template()
    home = Path(environment["HOME"])
    with (home / ".gitconfig").open("a") as config:
        config.write(
            f"[core]\n\thooksPath = {hooks}\n\texcludesFile = {tmp_path}/ignored\n"
            "\tautocrlf = true\n[commit]\n\tgpgSign = true\n[init]\n\tdefaultBranch = trunk\n"
        )
    done = prooflane("new", "made", "--template", source, "--defaults")
    assert done.status == 0, done.err
    files = git(tmp_path / "made", "ls-files").splitlines()
    assert files == [".copier-answers.yml", ".prooflane.lock", "README.md"]


def test_a_folder_that_the_outer_repository_ignores_is_fine(prooflane, template, git, tmp_path):
    source = template()
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "--quiet")
    (outer / ".gitignore").write_text("demo/\n")
    assert prooflane("new", outer / "demo", "--template", source, "--defaults").status == 0


def test_file_names_that_git_quotes_are_stored(prooflane, template, git, tmp_path):
    files = {"copier.yml": "_subdirectory: t\n", 't/"q".txt': "1", "t/a\nb": "2", "t/é ü": "3"}
    done = prooflane("new", "made", "--template", template(files), "--defaults")
    assert done.status == 0, done.err
    assert git(tmp_path / "made", "-c", "core.quotePath=false", "ls-files", "-z").split("\0") == [
        '"q".txt',
        ".prooflane.lock",
        "a\nb",
        "é ü",
        "",
    ]


def test_identity_may_come_from_the_environment(prooflane, template, git, environment, tmp_path):
    source = template()
    (Path(environment["HOME"]) / ".gitconfig").unlink()
    who = {"NAME": "Grace Hopper", "EMAIL": "grace@example.com"}
    env = {f"GIT_{role}_{key}": v for role in ("AUTHOR", "COMMITTER") for key, v in who.items()}
    assert prooflane("new", "made", "--template", source, "--defaults", **env).status == 0
    made = tmp_path / "made"
    assert git(made, "log", "--format=%an %ce") == "Grace Hopper grace@example.com"
