"""`cookiecutter <this repository>`, by its real command, in an environment that has no Copier."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CANONICAL = "https://github.com/prooflane/prooflane.git"
PARTS = ("copier.yml", "cookiecutter.json", "hooks", "template", "generator")
# what Cookiecutter's own environment does not have
BLOCKED = """\
import sys
ABSENT = {"copier", "packaging", "pathspec", "plumbum", "prompt_toolkit", "pydantic", "pygit2"}
ABSENT |= {"questionary", "ruamel", "tomlkit"}
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}")
sys.meta_path.insert(0, Absent())
"""


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    """Return a copy of this repository in a folder whose name has a space, in a first commit."""
    target = tmp_path_factory.mktemp("a folder") / "prooflane clone"
    target.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", ".ruff_cache")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, target / part, ignore=ignored)
        else:
            shutil.copy2(ROOT / part, target / part)
    ada = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "Template"]):
        subprocess.run(["git", "-C", target, *ada, *command], check=True)
    return target


@pytest.fixture
def source(pristine, git, tmp_path):
    """Return a clone of this repository without tags."""
    git(tmp_path, "clone", "--quiet", "--no-tags", str(pristine), "prooflane clone")
    return tmp_path / "prooflane clone"


@pytest.fixture
def cookiecutter(environment, tmp_path):
    """Return a function that runs the command `cookiecutter` in `tmp_path`."""
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked/sitecustomize.py").write_text(BLOCKED)
    env = {**environment, "PYTHONPATH": str(tmp_path / "blocked")}

    def run(*args, typed=None, **extra):
        return subprocess.run(
            [sys.executable, "-m", "cookiecutter", *map(str, args)],
            cwd=tmp_path,
            env={**env, **extra},
            input=typed or "",
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def answers(made):
    return yaml.safe_load((made / ".copier-answers.yml").read_text())


def plain(listing, made):
    state = {".copier-answers.yml", ".prooflane.lock"}
    return {path: file for path, file in listing(made).items() if path not in state}


def test_it_gives_a_committed_repository_that_says_where_it_came_from(
    cookiecutter, source, git, tmp_path
):
    done = cookiecutter(source, "--no-input", "project_name=Help desk", "tier=2")
    assert (done.returncode, done.stderr) == (0, "")
    made = tmp_path / "help-desk"
    commit = git(source, "rev-parse", "--short", "HEAD")
    files = len(git(made, "ls-files").splitlines())
    assert done.stdout == (
        f"created help-desk: {files} files, template {commit}\n"
        "next: cd help-desk && make setup && make check\n"
    )
    assert git(made, "status", "--porcelain") == ""
    recorded = answers(made)
    assert (recorded["_src_path"], recorded["_commit"]) == (CANONICAL, commit)
    assert (recorded["tier"], recorded["oversight"]) == (2, "sample")
    locked = yaml.safe_load((made / ".prooflane.lock").read_text())
    assert locked["template"]["commit"] == git(source, "rev-parse", "HEAD")


def test_it_makes_the_files_that_copier_makes(cookiecutter, source, listing, tmp_path):
    given = ("project_name=Help desk", "tier=0", "ci=none", "owner=ada@example.com")
    assert cookiecutter(source, "--no-input", *given).returncode == 0
    data = [part for pair in given for part in ("--data", pair)]
    copier = [sys.executable, "-m", "copier", "copy", "--defaults", "--quiet", *data]
    done = subprocess.run([*copier, "--vcs-ref", "HEAD", source, tmp_path / "copied"], check=False)
    assert done.returncode == 0
    assert plain(listing, tmp_path / "help-desk") == plain(listing, tmp_path / "copied")
    state = ("_src_path",)
    ours, theirs = answers(tmp_path / "help-desk"), answers(tmp_path / "copied")
    assert {k: v for k, v in ours.items() if k not in state} == {
        k: v for k, v in theirs.items() if k not in state
    }


@pytest.mark.slow
def test_it_takes_the_other_forge(cookiecutter, source, tmp_path):
    done = cookiecutter(source, "--no-input", "project_name=Help desk", "ci=gitlab", "tier=2")
    assert done.returncode == 0, done.stdout + done.stderr
    made = tmp_path / "help-desk"
    assert (made / ".gitlab/ci/red-team-weekly.yml").is_file()
    assert not (made / ".github").exists()
    assert answers(made)["ci"] == "gitlab"


@pytest.mark.slow
def test_the_defaults_are_those_of_new(cookiecutter, prooflane, source, tmp_path):
    assert cookiecutter(source, "--no-input").returncode == 0
    made = prooflane("new", "ai", "--defaults", "--set", "project_name=AI workflow", "--no-verify")
    assert made.status == 0, made.err
    kept = {k: v for k, v in answers(tmp_path / "ai-workflow").items() if k[0] != "_"}
    assert kept == {k: v for k, v in answers(tmp_path / "ai").items() if k[0] != "_"}


def test_questions_are_asked_in_words_and_choices_cast_back(cookiecutter, source, tmp_path):
    typed = "Help desk\nSays hello.\n@ada\nsupport\n2\n3\n3\n3\n1\n"
    done = cookiecutter(source, typed=typed)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Who reads its output?" in done.stdout
    assert "1 - decide from the other answers" in done.stdout
    assert "0 internal (approved by the team lead)" in done.stdout
    recorded = {k: v for k, v in answers(tmp_path / "help-desk").items() if k[0] != "_"}
    assert recorded == {
        "project_name": "Help desk",
        "description": "Says hello.",
        "owner": "@ada",
        "team": "support",
        "audience": "internal",
        "oversight": "sample",
        "data_class": "internal",
        "tier": 1,
        "ci": "github",
    }


def test_the_checked_out_version_is_rendered_and_recorded(cookiecutter, source, git, tmp_path):
    git(source, "tag", "v0.1.0")
    (source / "template/AGENTS.md").write_text("newer\n")
    git(source, "commit", "-qam", "Newer")
    url = f"git+file://{source}"
    assert cookiecutter(url, "--no-input", "--checkout", "v0.1.0").returncode == 0
    made = tmp_path / "ai-workflow"
    assert answers(made)["_commit"] == "v0.1.0"
    assert (made / "AGENTS.md").read_text() != "newer\n"


def test_a_release_record_names_the_version_where_there_are_no_tags(
    cookiecutter, source, git, tmp_path
):
    release(source, git, "v0.1.0")
    assert cookiecutter(source, "--no-input").returncode == 0
    assert answers(tmp_path / "ai-workflow")["_commit"] == "v0.1.0"


def test_uncommitted_changes_are_left_out(cookiecutter, source, tmp_path):
    (source / "template/AGENTS.md").write_text("draft\n")
    assert cookiecutter(source, "--no-input").returncode == 0
    assert (tmp_path / "ai-workflow/AGENTS.md").read_text() != "draft\n"


@pytest.mark.slow
def test_plain_copier_updates_what_it_made(cookiecutter, source, git, environment, tmp_path):
    release(source, git, "v0.1.0")
    git(source, "tag", "v0.1.0")
    assert cookiecutter(source, "--no-input").returncode == 0
    made = tmp_path / "ai-workflow"
    (source / "template/AGENTS.md").write_text("newer\n")
    git(source, "commit", "-qam", "Newer")
    git(source, "tag", "v0.2.0")
    done = subprocess.run(
        [sys.executable, "-m", "copier", "update", "--defaults", "--quiet"],
        cwd=made,
        env=environment | redirect(source),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert answers(made)["_commit"] == "v0.2.0"
    assert (made / "AGENTS.md").read_text() == "newer\n"
    assert git(made, "status", "--porcelain").split() == [
        *("M", ".copier-answers.yml"),
        *("M", "AGENTS.md"),
    ]


@pytest.mark.slow
def test_sync_updates_what_it_made(cookiecutter, prooflane, source, git, tmp_path):
    assert cookiecutter(source, "--no-input", "tier=1").returncode == 0
    made = tmp_path / "ai-workflow"
    (made / "README.md").write_text("mine\n")
    git(made, "commit", "-qam", "Mine")
    (source / "template/AGENTS.md").write_text("newer\n")
    release(source, git, "v0.2.0")
    done = prooflane("sync", made, "--template", source, "--yes", "--json")
    assert done.status == 0, done.err
    assert answers(made)["_commit"] == "v0.2.0"
    assert (made / "AGENTS.md").read_text() == "newer\n"
    assert (made / "README.md").read_text() == "mine\n"
    assert prooflane("check", made, "--quiet").status == 0


@pytest.mark.slow
def test_what_it_kept_is_merged_by_the_next_sync(cookiecutter, prooflane, source, git, tmp_path):
    made = tmp_path / "ai-workflow"
    made.mkdir()
    (made / "AGENTS.md").write_text("mine\n")
    assert cookiecutter(source, "--no-input", "-f").returncode == 0
    git(made, "init", "-q")
    git(made, "add", "--all")
    git(made, "commit", "-qm", "Start")
    (source / "template/README.md.jinja").write_text("newer\n")
    git(source, "commit", "-qam", "Newer")
    done = prooflane("sync", made, "--template", source, "--to", "HEAD", "--yes")
    assert done.status == 0, done.err
    assert (made / "AGENTS.md").read_text() == "mine\n"
    assert (made / "README.md").read_text() == "newer\n"


def test_files_that_were_there_survive_force(cookiecutter, source, tmp_path):
    made = tmp_path / "ai-workflow"
    (made / "workflow").mkdir(parents=True)
    for name in ("README.md", "mine.txt", "workflow/answer.py"):
        (made / name).write_text("mine\n")
    (tmp_path / "outside").mkdir()
    (made / "prompts").symlink_to(tmp_path / "outside")
    done = cookiecutter(source, "--no-input", "--overwrite-if-exists")
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("README.md", "mine.txt", "workflow/answer.py"):
        assert (made / name).read_text() == "mine\n"
    assert list((tmp_path / "outside").iterdir()) == []
    assert [line for line in done.stdout.splitlines() if line.startswith("kept")] == [
        "kept README.md: yours differs from the template's",
        "kept prompts/answer.md: yours differs from the template's",
        "kept workflow/answer.py: yours differs from the template's",
    ]
    assert "not committed: files were here before\n" in done.stdout
    assert (made / "controls/catalogue.yaml").exists()


def test_without_an_identity_the_files_are_there_and_not_committed(cookiecutter, source, tmp_path):
    done = cookiecutter(source, "--no-input", GIT_CONFIG_GLOBAL=os.devnull)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1:] == [
        "not committed: git does not know who you are, and the first commit needs an author",
        (
            "next: cd ai-workflow && git init && git add --all && git commit"
            " && make setup && make check"
        ),
    ]
    assert (tmp_path / "ai-workflow/README.md").exists()


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            ['project_name=say "hi"'],
            (
                "error: project_name 'say \"hi\"': leave out double quotes, backslashes and what"
                " cannot be seen, such as line breaks\nhint: project_name=...\n"
            ),
        ),
        (
            ["audience=customer", "oversight=sample", "tier=1"],
            (
                "error: tier 1: customers read outputs that nobody reviewed first: choose tier 2"
                " or above, or oversight every-output\nhint: tier=...\n"
            ),
        ),
        (
            ["owner=ada"],
            (
                "error: owner 'ada': give one person as @handle or name@example.com, or nothing\n"
                "hint: owner=...\n"
            ),
        ),
        (
            ['description="""); raise SystemExit(0) #'],
            (
                'error: description \'"""); raise SystemExit(0) #\': leave out double quotes,'
                " backslashes and what cannot be seen, such as line breaks\n"
                "hint: description=...\n"
            ),
        ),
    ],
    ids=["in a title", "below the floor", "of no person", "that would end the hook's literal"],
)
def test_a_bad_answer_is_one_sentence_and_leaves_nothing(
    given, said, cookiecutter, source, tmp_path
):
    before = sorted(tmp_path.iterdir())
    done = cookiecutter(source, "--no-input", *given)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr.partition(said)[0]
    assert sorted(tmp_path.iterdir()) == before


def test_a_choice_that_is_not_offered_is_refused(cookiecutter, source, tmp_path):
    done = cookiecutter(source, "--no-input", "tier=9")
    assert done.returncode == 1
    assert "9 provided for choice variable tier, but the choices are" in done.stderr
    assert not (tmp_path / "ai-workflow").exists()


@pytest.mark.slow
def test_a_repository_that_has_a_template_is_sent_to_sync(cookiecutter, source, listing, tmp_path):
    assert cookiecutter(source, "--no-input").returncode == 0
    before = listing(tmp_path / "ai-workflow")
    done = cookiecutter(source, "--no-input", "-f", "tier=2")
    assert done.returncode == 1
    assert (
        "error: 'ai-workflow' was made from a template already\n"
        "hint: prooflane sync brings it up to date\n"
    ) in done.stderr
    assert listing(tmp_path / "ai-workflow") == before


def test_a_template_without_its_history_is_refused(cookiecutter, source, tmp_path):
    shutil.rmtree(source / ".git")
    done = cookiecutter(source, "--no-input")
    assert done.returncode == 1
    assert (
        "error: the template came without its git history\n"
        "hint: cookiecutter takes it from a git address: cookiecutter https://... or a cloned"
        " folder\n"
    ) in done.stderr
    assert not (tmp_path / "ai-workflow").exists()


def test_without_hooks_it_says_that_it_needs_them(cookiecutter, source):
    done = cookiecutter(source, "--accept-hooks", "no", typed="\n")
    assert done.returncode == 1
    said = " ".join(done.stdout.split())
    assert "this template runs hooks that prepare its questions" in said
    assert "run cookiecutter again with --accept-hooks yes" in said


def release(source, git, version):
    """Commit a release record as `prooflane release cut` would."""
    (source / "CHANGELOG.md").write_text(f"# {version}\n")
    git(source, "add", "--all")
    tree, parent = git(source, "write-tree"), git(source, "rev-parse", "HEAD")
    (source / "releases").mkdir(exist_ok=True)
    record = f"version: {version}\ntree: {tree}\nparent: {parent}\n"
    (source / f"releases/{version}.yaml").write_text(record)
    git(source, "add", "--all")
    git(source, "commit", "-qm", f"Release {version}")


def redirect(source):
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{source}.insteadOf",
        "GIT_CONFIG_VALUE_0": CANONICAL,
    }
