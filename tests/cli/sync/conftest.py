"""A small governed template with two releases, and a repository made from the first."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import copies
import pytest

QUESTIONS = """\
_subdirectory: template
name: {type: str, default: demo}
tier: {type: int, default: 0, choices: [0, 1]}
_exclude:
  - "{% if tier < 1 %}/controls/review.py{% endif %}"
"""
CATALOGUE = """\
tiers:
  - {tier: 0, name: internal, example: docs, approval: lead, costs: little}
  - {tier: 1, name: customer assist, example: replies, approval: product, costs: more}
floor: []
ownership:
  managed: [controls/]
  yours: [prompts/, decisions/]
controls:
  - {id: OWN-1, title: owner named, tiers: [0, 1], files: [settings.yaml], mode: warn, since: 1.0.0}
  - {id: LOG-1, title: calls logged, tiers: [0, 1], files: [controls/log.py], mode: block}
  - {id: REV-1, title: drafts reviewed, tiers: [1], files: [controls/review.py], mode: block}
"""
SETTINGS = """\
name: {{ name }}
owner: nobody

limits:
  a: 1
  b: 2

tail: end
"""
FIRST = {
    "copier.yml": QUESTIONS,
    "template/controls/catalogue.yaml": CATALOGUE,
    "template/controls/log.py": "LEVEL = 1\n",
    "template/controls/old.py": "OLD = 1\n",
    "template/controls/review.py": "REVIEW = 1\n",
    "template/prompts/answer.md": "Answer.\n",
    "template/settings.yaml.jinja": SETTINGS,
    "template/{{_copier_conf.answers_file}}.jinja": "{{ _copier_answers | to_nice_yaml -}}\n",
}
SECOND = {
    "template/controls/catalogue.yaml": CATALOGUE.replace("mode: warn", "mode: block"),
    "template/controls/log.py": "LEVEL = 2\n",
    "template/controls/new.py": "NEW = 1\n",
    "template/controls/old.py": None,
    "template/prompts/answer.md": "Answer well.\n",
    "template/settings.yaml.jinja": SETTINGS.replace("owner: nobody", "owner: somebody"),
}
Write = Callable[..., None]


def write(root: Path, files: Mapping[str, str | None]) -> None:
    for name, text in files.items():
        path = root / name
        if text is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")


@pytest.fixture
def commit(git) -> Write:
    """Return a function that writes files (None removes one), commits them, and may tag that."""

    def run(root: Path, files: Mapping[str, str | None], tag: str = "") -> None:
        write(root, files)
        git(root, "add", "--all", "--force")
        git(root, "commit", "--quiet", "--message", tag or "Edit")
        if tag:
            git(root, "tag", tag)

    return run


@pytest.fixture(scope="session")
def place(tmp_path_factory) -> Path:
    """Return the folder of the template, which stays the same: what is made from it records it."""
    return tmp_path_factory.mktemp("sync")


@pytest.fixture
def source(place, template, commit, tmp_path) -> Path:
    """Return a governed template at v2.0.0, fresh, where all tests of a worker have theirs."""
    kept, root = place / "kept/source", place / "source"
    if not kept.exists():
        grown = template(FIRST, name="grown")
        commit(grown, SECOND, "v2.0.0")
        copies.copy(grown, kept)
    shutil.rmtree(root, ignore_errors=True)
    (tmp_path / "source").symlink_to(root)
    return copies.copy(kept, root)


@pytest.fixture
def made(place, prooflane, source, git, tmp_path) -> Path:
    """Return a repository made from the template's v1.0.0, whose template the user trusts."""
    trust(tmp_path, source)
    kept, root = place / "kept/made", tmp_path / "made"
    if kept.exists():
        copies.copy(kept, root)
        git(root, "update-index", "--refresh")  # the copies are other files than those it knows
        return root
    options = ("--template", source, "--to", "v1.0.0", "--defaults", "--no-verify", "--quiet")
    done = prooflane("new", "made", *options)
    assert (done.status, done.err) == (0, "")
    copies.copy(root, kept)
    return root


def trust(tmp_path: Path, source: Path) -> None:
    settings = tmp_path / "home/.config/prooflane/config.yaml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(f"templates: [{str(source)!r}]\n", encoding="utf-8")


@pytest.fixture
def state(git, listing) -> Callable[[Path], object]:
    """Return what says everything that a repository holds: files, index, HEAD, what git is in."""

    def read(root: Path) -> object:
        kept = {"index.lock", "MERGE_HEAD", "prooflane"}
        inside = sorted(path.name for path in (root / ".git").iterdir() if path.name in kept)
        staged = git(root, "ls-files", "--stage")
        return listing(root), staged, git(root, "rev-parse", "HEAD"), inside

    return read
