"""Each way in which a user's edit and a template's change can meet: no line of a user is lost."""

import os
import sys
from pathlib import Path

import copier
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from cases import CASES, SILENT, Case
from engine import Executable, Synced, commit, git, project_of, resync, template_of


@pytest.fixture
def made(tmp_path):
    """Return what makes template and project of a case, with the user's edit committed."""

    def make(case: Case) -> tuple[Path, Path]:
        template = template_of(tmp_path / "template", case.old, case.new)
        root = project_of(template, tmp_path / "project")
        case.edit(root)
        commit(root)
        return template, root

    return make


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_meeting_of(case, made):
    template, root = made(case)
    result = resync(root, template)
    for path, content in case.result.items():
        assert seen(result, path) == wanted(content), path
    assert {path: c.kind.value for path, c in result.conflicts.items()} == case.conflicts
    assert {note.path: note.kind.value for note in result.notes} == case.notes
    assert lost_lines(result) == []


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_bare_repository_gives_the_same_for(case, made, tmp_path):
    template, root = made(case)
    bare = tmp_path / "bare" / "project"
    git(root, "clone", "--quiet", "--bare", str(root), str(bare))
    ignored = git(root, "ls-files", "--others", "--ignored", "--exclude-standard")
    if ignored:
        pytest.skip("what git ignores is in no commit")
    assert resync(bare, template) == resync(root, template)


def test_a_merge_driver_of_the_user_decides_nothing(made, tmp_path):
    template, root = made(SILENT["an edit follows a file that the template renames"])
    before = resync(root, template)
    with (tmp_path / "home" / ".gitconfig").open("a") as config:
        config.write('[merge]\n\tdefault = ours\n[merge "ours"]\n\tdriver = true\n')
        config.write("[diff]\n\trenames = false\n")
    assert resync(root, template) == before


@pytest.mark.slow
# Copier leaves a folder listing open when it fails
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_copier_and(case, made):
    template, root = made(case)
    mine = resync(root, template)
    try:
        copier.run_update(root, vcs_ref="v2.0.0", defaults=True, overwrite=True, quiet=True)
    except Exception:  # noqa: BLE001 - a person would see a traceback
        assert case.copier == "fails"
        return
    asks = "UU " in git(root, "status", "--porcelain") or "AA " in git(
        root, "status", "--porcelain"
    )
    git(root, "add", "--all", "--force")
    is_same = git(root, "write-tree") == mine.id
    found = "asks" if asks else "same" if is_same else "loses or another"
    assert found == case.copier or case.copier in found.split(" or ")


def test_the_matrix_has_the_six_silent_losses_and_thirty_cases():
    assert len(SILENT) == 6
    assert all(case.copier == "loses" for case in SILENT.values())
    assert len(CASES) >= 30


def seen(result: Synced, path: str) -> tuple[int, bytes] | None:
    return (result.modes[path], result.files[path]) if path in result.files else None


def wanted(content) -> tuple[int, bytes] | None:
    if content is None:
        return None
    if isinstance(content, Executable):
        return 0o100755, content.text.encode()
    if isinstance(content, Path):
        return 0o120000, os.fsencode(content)
    return 0o100644, content.encode() if isinstance(content, str) else content


def lost_lines(result: Synced) -> list[bytes]:
    """Return each line of the user's that is in no file of the result and in no conflict."""
    old = lines(result.base.values())
    kept = lines(result.files.values()) | lines(*result.stages.values())
    mine = (data for path, data in result.ours.items() if path != ".copier-answers.yml")
    return sorted(lines(mine) - old - kept)


def lines(*groups) -> set[bytes]:
    # a comma after an item is the list's, not the item's
    each = (data for group in groups for data in group)
    return {line.rstrip(b",") for data in each for line in data.splitlines()}
