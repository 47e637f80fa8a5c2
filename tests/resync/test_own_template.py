"""Our own template, from one version to the next: the same tree as `copier update` makes."""

import re
import shutil
import sys
from pathlib import Path

import copier
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from engine import commit, git, resync

pytestmark = pytest.mark.slow


@pytest.fixture
def template(template_source, tmp_path):
    """Return our template with a version after the one that lies here, as a release changes it."""
    root = tmp_path / "template"
    shutil.copytree(template_source, root, symlinks=True)
    change(root / "template/README.md.jinja", r"\A(.*\n)", r"\1\nA sentence of the new version.\n")
    change(root / "template/pyproject.toml.jinja", r"\Z", "\n[tool.new]\nkey = 1\n")
    change(root / "template/controls/errors.py", r"\Z", "\n# changed in the new version\n")
    change(root / "template/workflow/answer.py", r"\Z", "\n# a seed that is better now\n")
    change(root / "copier.yml", r"\nci:\n", "\nnew_one:\n  type: str\n  default: yes\n\nci:\n")
    (root / "template/controls/added.py").write_text('"""Added."""\n')
    (root / "template/added.md.jinja").write_text("{{ team }} and {{ new_one }}\n")
    commit(root, message="Next")
    git(root, "tag", "v0.2.0")
    return root


@pytest.fixture
def made(template, tmp_path):
    """Return what makes a project of the older version with an edit."""

    def make(edit, **answers):
        root = tmp_path / "project"
        copier.run_copy(
            str(template), root, data=answers, vcs_ref="v0.1.0", defaults=True, quiet=True
        )
        git(root, "init", "--quiet", "--initial-branch=main")
        commit(root, message="Start")
        edit(root)
        commit(root, message="Edit")
        return root

    return make


def change(path, pattern, replacement):
    text, count = re.subn(pattern, replacement, path.read_text(), count=1)
    assert count, f"{pattern!r} is not in {path}"
    path.write_text(text)


def nothing(_root):
    """Edit nothing."""


def edits_what_is_merged(root):
    change(root / "README.md", r"\Z", "\nOur own section.\n")
    change(root / "ai-workflow.yaml", r"\Z", "# our remark\n")
    change(root / ".gitignore", r"\A", "# ours\n/scratch\n")


def edits_what_is_ours(root):
    change(root / "workflow/answer.py", r"\A", "# ours\n")
    change(root / "Makefile", r"\Z", "\nours:\n\t@true\n")
    (root / "prompts/ours.md").write_text("# ours\n")
    (root / "src").mkdir()
    (root / "src/größe.py").write_text("ours = 1\n")


def deletes_what_is_merged(root):
    (root / "AGENTS.md").unlink()


EDITS = {
    edit.__name__.replace("_", " "): edit
    for edit in (nothing, edits_what_is_merged, edits_what_is_ours, deletes_what_is_merged)
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_a_user_who(edit, template, made):
    root = made(edit, tier=2)
    mine = resync(root, template, "v0.1.0", "v0.2.0")
    assert mine.conflicts == {}
    assert mine.id == by_copier(root)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"tier": 0}, {"tier": 2}),
        ({"tier": 2}, {"tier": 1, "oversight": "every-output"}),
        ({"tier": 1}, {"ci": "none"}),
        ({"tier": 2}, {"ci": "gitlab"}),
        ({"tier": 1, "ci": "gitlab"}, {"ci": "github"}),
    ],
    ids=["to a higher tier", "to a lower tier", "away from its CI", "to GitLab", "to GitHub"],
)
def test_a_repository_that_goes(before, after, template, made):
    root = made(edits_what_is_merged, **before)
    mine = resync(root, template, "v0.1.0", "v0.2.0", **after)
    assert mine.conflicts == {}
    assert mine.id == by_copier(root, **after)


def test_an_edit_of_a_managed_file_is_listed_and_gives_way(template, made):
    root = made(lambda root: change(root / "controls/errors.py", r"\A", "# ours\n"), tier=1)
    mine = resync(root, template, "v0.1.0", "v0.2.0")
    assert [(note.path, note.kind.value) for note in mine.notes] == [
        ("controls/errors.py", "managed-edit")
    ]
    assert mine.conflicts == {}
    assert b"# ours" not in mine.files["controls/errors.py"]


def test_a_file_of_ours_that_was_deleted_stays_deleted(template, made):
    root = made(lambda root: (root / "workflow/answer.py").unlink(), tier=1)
    mine = resync(root, template, "v0.1.0", "v0.2.0")
    assert "workflow/answer.py" not in mine.files
    assert [(note.path, note.kind.value) for note in mine.notes] == [
        ("workflow/answer.py", "kept-deleted")
    ]


def by_copier(root, **answers):
    """Return the id of the tree that `copier update` leaves."""
    copier.run_update(
        root, data=answers, vcs_ref="v0.2.0", defaults=True, overwrite=True, quiet=True
    )
    assert "UU " not in git(root, "status", "--porcelain")
    git(root, "add", "--all", "--force")
    return git(root, "write-tree")
