"""What the pages name exists: links, make targets, verbs and paths.

Whether a tutorial's commands do what it shows is the business of `test_tutorial.py`.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from controls.cli import VERBS

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template"
OURS = ("AGENTS.md", "CONTRIBUTING.md")
RENDERED = ("README.md", "AGENTS.md")
PAGES = ("README.md", *OURS, *(str(p.relative_to(ROOT)) for p in sorted(ROOT.glob("docs/**/*.md"))))

LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^( *)```\w*\n(.*?)^\1```$|(?<!`)`([^`\n]+)`(?!`)", re.MULTILINE | re.DOTALL)
TARGET = re.compile(r"(?<![\w-])make ([a-z][a-z-]*)")
RULE = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
VERB = re.compile(r"python -m controls ([a-z][a-z-]*)")
SUFFIXES = "md py yaml yml toml mk rego jsonl json txt jinja"
PATH = re.compile(rf"(?:[\w.*-]+/)*[\w.*-]+(?:/|\.(?:{'|'.join(SUFFIXES.split())}))")
# nobody ships these: a person or a command makes them
MADE_LATER = (
    *(".aiwf", ".venv", "demo", "incidents", "policy/custom", "decisions/approvals"),
    *("policy/tools.yaml", "workspaces"),  # of tier 4
    *("evals/baselines", "evals/cassettes", "requirements.in"),
    *("docs/model-card.md", "docs/ai-bom.cdx.json"),
    *("rollout.yaml", "release.yaml", "migrations.yaml", "channels.yaml", "releases/"),
    *("evidence.json", "repository.sha256", "files/"),  # in the folder of `check --evidence`
)
PLACEHOLDER = re.compile(r"[A-Z]{4,}/|/[A-Z]{4,}")  # evals/sets/NAME/


def code(text: str) -> Iterator[str]:
    """Yield the code of a page, block by block and span by span."""
    for match in CODE.finditer(text):
        yield match[2] if match[2] is not None else match[3]


def spans(text: str) -> Iterator[str]:
    return (match[3] for match in CODE.finditer(text) if match[3] is not None)


def targets(*makefiles: Path) -> set[str]:
    return {name for path in makefiles for name in RULE.findall(path.read_text(encoding="utf-8"))}


def missing_links(page: Path) -> list[str]:
    found = (link.split("#")[0] for link in LINK.findall(page.read_text(encoding="utf-8")))
    return [
        link for link in found if link and ":" not in link and not (page.parent / link).exists()
    ]


def missing_paths(text: str, *roots: Path) -> list[str]:
    named = (path for path in spans(text) if PATH.fullmatch(path) and not PLACEHOLDER.search(path))
    sought = (path for path in named if not path.startswith(MADE_LATER))
    return [path for path in sought if not exists(path, *roots)]


def exists(path: str, *roots: Path) -> bool:
    """Say whether a root has `path`; a bare name may stand in any folder of the last root."""
    bare = "/" not in path and any(roots[-1].rglob(path))
    return bare or any(any(root.glob(path)) for root in roots)


@pytest.fixture(scope="module")
def repository(rendered: Callable[..., Path]) -> Path:
    """Return a repository of the tier that has everything."""
    return rendered(tier=4)


@pytest.fixture(scope="module")
def elsewhere(rendered: Callable[..., Path]) -> Path:
    """Return a repository of the other forge."""
    return rendered(tier=4, ci="gitlab")


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_names_exists(name, repository, elsewhere):
    page = ROOT / name
    text = page.read_text(encoding="utf-8")
    roots = (ROOT, TEMPLATE) if name in OURS else (ROOT, elsewhere, repository)
    makefiles = (ROOT / "Makefile",) if name in OURS else (ROOT / "Makefile", menu(repository))
    assert missing_links(page) == []
    assert {word for piece in code(text) for word in TARGET.findall(piece)} <= targets(*makefiles)
    assert {word for piece in code(text) for word in VERB.findall(piece)} <= VERBS.keys()
    assert missing_paths(text, *roots) == []


@pytest.mark.parametrize("name", RENDERED)
def test_what_a_page_of_a_fresh_repository_names_exists(name, repository, elsewhere):
    page = repository / name
    text = page.read_text(encoding="utf-8")
    assert missing_links(page) == []
    assert {word for piece in code(text) for word in TARGET.findall(piece)} <= targets(
        menu(repository)
    )
    assert {word for piece in code(text) for word in VERB.findall(piece)} <= VERBS.keys()
    assert missing_paths(text, elsewhere, repository) == []


def test_how_tos_name_no_target_that_only_this_checkout_has(repository):
    for page in ROOT.glob("docs/how-to/*.md"):
        pieces = code(page.read_text(encoding="utf-8"))
        assert {word for piece in pieces for word in TARGET.findall(piece)} <= targets(
            menu(repository)
        )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("see `workflow/gone.py`", ["workflow/gone.py"], id="a file that is not there"),
        pytest.param("see `workflow/answer.py`", [], id="a file that is there"),
        pytest.param("see `set.yaml`", [], id="a bare name that some folder has"),
        pytest.param("see `sets.yaml`", ["sets.yaml"], id="a bare name that no folder has"),
        pytest.param("see `workflow/*.py`", [], id="a pattern that matches"),
        pytest.param("see `evals/sets/NAME/`", [], id="a placeholder"),
        pytest.param("see `input.environment`", [], id="no path"),
    ],
)
def test_a_path_that_does_not_exist_is_found(text, found, repository):
    assert missing_paths(text, repository) == found


def test_a_dead_link_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("[a](page.md) [b](gone.md#x) [c](https://example.com) [d](#x)", "utf-8")
    assert missing_links(page) == ["gone.md"]


def menu(repository: Path) -> Path:
    return repository / "controls" / "targets.mk"
