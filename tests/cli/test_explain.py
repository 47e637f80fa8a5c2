"""`prooflane explain`: which control and release put a file here, and who owns it."""

import json
from pathlib import Path

import jsonschema
import pytest

REPORT = Path(__file__).parents[2] / "generator/prooflane/report"


@pytest.fixture
def made(governed, git):
    """Return a repository of tier 2 with a second commit, of its owner's."""
    made = governed
    (made / "notes.txt").write_text("mine\n")
    (made / "README.md").write_text("mine\n")
    git(made, "add", "--all")
    git(made, "commit", "-qm", "Mine")
    return made


@pytest.mark.parametrize(
    "case",
    [
        ("controls/secrets/scan.py", "managed", "intact", ["SEC-1", "TPL-1"]),
        ("evals/run.py", "managed", "intact", ["EVL-1"]),
        ("workflow/answer.py", "yours", "present", []),
        ("README.md", "merged", "present", []),
        ("ai-workflow.yaml", "merged", "present", ["OWN-1", "OWN-2", "DAT-1"]),
        (".github/CODEOWNERS", "derived", "present", ["OWN-1"]),
        (".copier-answers.yml", "state", "present", ["TPL-1"]),
        (".prooflane.lock", "state", "present", []),
        ("notes.txt", "own", "present", []),
    ],
)
def test_every_file_has_an_owner(case, prooflane, made):
    path, owner, state, controls = case
    data = prooflane("explain", "--json", made / path).json
    assert (data["path"], data["owner"], data["state"]) == (path, owner, state)
    ids = [control["id"] for control in data["controls"]]
    assert ids[: len(controls)] == controls if path == "ai-workflow.yaml" else ids == controls
    assert data["release"] == (None if owner == "own" else "v0.1.0")


def test_it_works_for_each_file_of_a_repository(prooflane, made, git):
    schema = json.loads((REPORT / "explained.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    paths = git(made, "ls-files").splitlines()
    for path in paths[:: len(paths) // 12]:
        done = prooflane("explain", "--json", path, cwd=made)
        assert done.status == 0, done.err
        validator.validate(done.json)


def test_the_screen_answers_in_words(prooflane, made, git):
    commit = git(made, "rev-parse", "HEAD~")
    done = prooflane("explain", "scan.py", cwd=made / "controls/secrets")
    day = git(made, "log", "-1", "--format=%ad", "--date=short", commit)
    url = prooflane("explain", "--json", made / "Makefile").json["template"]["url"]
    assert (done.status, done.out.splitlines()) == (
        0,
        [
            "controls/secrets/scan.py",
            "owner    managed - the template: the same bytes everywhere; an edit is drift",
            "state    byte for byte the template's",
            "control  SEC-1 secrets hygiene (in force: v0.1.0)",
            (
                "         TPL-1 managed files intact, template version at or above the tier's floor"
                " (in force: v0.1.0)"
            ),
            f"release  v0.1.0 of {url}",
            f"added    {day} by Ada Lovelace, commit {commit[:10]}",
            f"changed  {day} by Ada Lovelace, commit {commit[:10]}",
        ],
    )


def test_an_edited_and_a_missing_file_say_so(prooflane, made):
    (made / "controls/cli.py").write_text("mine\n")
    (made / "controls/paint.py").unlink()
    for path, state in (("controls/cli.py", "edited"), ("controls/paint.py", "missing")):
        assert prooflane("explain", "--json", made / path).json["state"] == state


def test_a_file_that_was_deleted_is_explained_from_history(prooflane, made, git):
    git(made, "rm", "-q", "README.md")
    git(made, "commit", "-qm", "No readme")
    data = prooflane("explain", "--json", made / "README.md").json
    assert (data["owner"], data["state"], data["release"]) == ("merged", "absent", "v0.1.0")


def test_a_file_that_is_not_committed_is_explained(prooflane, made):
    (made / "new.txt").write_text("mine\n")
    data = prooflane("explain", "--json", made / "new.txt").json
    assert (data["owner"], data["added"], data["changed"]) == ("own", None, None)


def test_a_link_is_explained_itself(prooflane, made):
    (made / "link").symlink_to("/etc/passwd")
    assert prooflane("explain", "--json", made / "link").json["path"] == "link"


def test_our_own_template_says_what_it_makes(prooflane, tmp_path, git):
    assert prooflane("new", "made", "--defaults", "--no-verify").status == 0
    made = tmp_path / "made"
    with (made / ".copier-answers.yml").open("a") as answers:
        answers.write("# touched\n")
    (made / "mine.txt").write_text("mine\n")
    git(made, "add", "--all")
    git(made, "commit", "-qm", "A commit that touches the answers too")
    for path, owner in (("README.md", "merged"), ("mine.txt", "own"), ("Makefile", "yours")):
        assert prooflane("explain", "--json", made / path).json["owner"] == owner


@pytest.mark.parametrize(
    ("path", "message", "hint"),
    [
        ("none.txt", "there is no file 'none.txt'", "name a file of the repository"),
        ("controls", "'controls' is a folder", "name a file in it"),
        (".git/config", "'.git/config' is git's own", "name a file of the repository"),
    ],
    ids=["that is not there", "that is a folder", "of git's own"],
)
def test_a_path_is_refused(path, message, hint, prooflane, made):
    done = prooflane("explain", made / path)
    assert (done.status, done.out, done.err) == (2, "", f"error: {message}\nhint: {hint}\n")


def test_a_path_outside_of_any_repository_is_refused(prooflane, made, tmp_path):
    (tmp_path / "plain").mkdir()
    done = prooflane("explain", tmp_path / "plain/x")
    assert (done.status, done.err.splitlines()[0]) == (
        2,
        f"error: {str(tmp_path / 'plain')!r} is not a git repository",
    )
    assert made.exists()
