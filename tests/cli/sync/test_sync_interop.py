"""Plain Copier before us and after us: each takes over where the other left off."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PLAIN = {
    "copier.yml": "_subdirectory: template\nname: {type: str, default: demo}\n",
    "template/README.md.jinja": "# {{ name }}\n\none\n\ntwo\n\nthree\n",
    "template/gone.txt": "gone\n",
    "template/{{_copier_conf.answers_file}}.jinja": "{{ _copier_answers|to_nice_yaml -}}\n",
}
# a filter of Copier's own, which we leave to it
FOREIGN = {**PLAIN, "template/digest.txt.jinja": "{{ name | hash('sha256') }}\n"}
NEXT = {
    "template/README.md.jinja": "# {{ name }}\n\none\n\ntwo\n\nthree and more\n",
    "template/gone.txt": None,
    "template/new.txt": "new\n",
}
RECORDS = {".prooflane.lock", "decisions/0002-template-v0.2.0.md"}


@pytest.fixture
def copier(environment):
    """Return what runs plain Copier and gives what it said."""

    def run(*args: object, cwd: Path) -> str:
        command = [sys.executable, "-m", "copier", *map(str, args), "--defaults"]
        done = subprocess.run(
            command, cwd=cwd, env=environment, check=True, capture_output=True, text=True
        )
        return done.stderr

    return run


@pytest.fixture
def ours(template_source, commit, tmp_path):
    """Return a clone of our own template with the releases v0.1.0 and v0.2.0."""
    shutil.copytree(template_source, tmp_path / "ours", symlinks=True)
    grow(tmp_path / "ours", commit, "v0.2.0")
    return tmp_path / "ours"


def grow(root: Path, commit, version: str) -> None:
    """Release `version`: a line more in a managed, a merged and a new file."""
    readme = (root / "template/README.md.jinja").read_text()
    ask = (root / "template/controls/ask.py").read_text()
    commit(
        root,
        {
            "template/README.md.jinja": f"{readme}\nSince {version}.\n",
            "template/controls/ask.py": f"{ask}\n# {version}\n",
            f"template/notes-{version}.md": "new\n",
        },
        version,
    )


@pytest.fixture
def repository(copier, git, tmp_path):
    """Return what makes a repository by plain `copier copy`, with an edit of its owner's."""

    def make(source: Path, version: str, *options: str) -> Path:
        made = tmp_path / "made"
        copier("copy", "--vcs-ref", version, *options, source, made, cwd=tmp_path)
        git(made, "init", "--quiet", "--initial-branch=main")
        readme = made / "README.md"
        readme.write_text(readme.read_text().replace("# ", "# Our ", 1))
        git(made, "add", "--all")
        git(made, "commit", "--quiet", "--message", "Start")
        return made

    return make


@pytest.fixture(
    params=[pytest.param("ours", marks=pytest.mark.slow), "plain", "foreign"],
    ids=["our own template", "another hermetic one", "one that only Copier renders"],
)
def known(request, template, commit):
    """Return a template at v0.2.0, and what Copier is told to make a repository of v0.1.0."""
    if request.param == "ours":
        return request.getfixturevalue("ours"), ("--data", "tier=2")
    source = template({"plain": PLAIN, "foreign": FOREIGN}[request.param], tag="v0.1.0")
    commit(source, NEXT, "v0.2.0")
    return source, ()


@pytest.fixture
def updated(copier, listing, tmp_path):
    """Return what gives the files of a repository after a `copier update` of its copy."""

    def run(made: Path) -> dict[str, object]:
        other = tmp_path / "other" / made.name
        shutil.copytree(made, other, symlinks=True)
        copier("update", cwd=other)
        return listing(other)

    return run


def test_a_repository_that_copier_made(known, repository, updated, prooflane, listing):
    source, options = known
    made = repository(source, "v0.1.0", *options)
    expected = updated(made)
    done = prooflane("sync", "--template", source, cwd=made)
    assert (done.status, done.err) == (0, "")
    found = listing(made)
    assert {path: file for path, file in found.items() if path not in RECORDS} == expected
    assert "# Our " in (made / "README.md").read_text()
    assert 'version: "v0.2.0"' in (made / ".prooflane.lock").read_text()


@pytest.fixture
def synced(ours, prooflane, git, tmp_path):
    """Return a repository that we made and brought to v0.2.0."""
    options = ("--to", "v0.1.0", "--tier", "2", "--defaults", "--no-verify", "--quiet")
    prooflane("new", "made", "--template", ours, *options)
    made = tmp_path / "made"
    assert prooflane("sync", "--template", ours, "--quiet", cwd=made).status == 0
    git(made, "commit", "--quiet", "--message", "Sync")
    return made


@pytest.mark.slow
def test_plain_copier_updates_a_repository_that_we_synced(ours, synced, commit, copier, git):
    grow(ours, commit, "v0.3.0")
    copier("update", cwd=synced)
    assert git(synced, "ls-files", "--unmerged") == ""
    assert (synced / "notes-v0.3.0.md").read_text() == "new\n"
    assert "_commit: v0.3.0" in (synced / ".copier-answers.yml").read_text()


@pytest.mark.slow
def test_we_go_on_where_copier_left_off(ours, synced, commit, copier, prooflane):
    grow(ours, commit, "v0.3.0")
    copier("update", cwd=synced)
    commit(synced, {})
    grow(ours, commit, "v0.4.0")
    done = prooflane("sync", "--template", ours, cwd=synced)
    assert (done.status, done.err) == (0, "")
    assert "Since v0.4.0." in (synced / "README.md").read_text()
    assert 'version: "v0.4.0"' in (synced / ".prooflane.lock").read_text()
    assert (synced / "decisions/0003-template-v0.4.0.md").is_file()


def test_the_first_sync_of_a_repository_at_the_newest_version_adds_the_lock_alone(
    ours, repository, prooflane, git
):
    made = repository(ours, "v0.2.0")
    done = prooflane("sync", "--template", ours, cwd=made)
    assert done.status == 0
    assert git(made, "status", "--short") == "A  .prooflane.lock"


def test_a_template_without_controls_gets_neither_record_nor_controls(
    template, commit, repository, prooflane
):
    source = template(PLAIN, tag="v0.1.0")
    commit(source, NEXT, "v0.2.0")
    made = repository(source, "v0.1.0")
    done = prooflane("sync", "--template", source, "--json", cwd=made)
    assert done.json["record"] is None
    assert done.json["controls"] == []
    assert not (made / "decisions").exists()
