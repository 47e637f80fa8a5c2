"""Conflicts of the merge by key beside those of `git merge-file`, on edits that people really make.

Each change of a template meets each edit of a user, in a pyproject.toml, a pre-commit configuration
and a workflow. Fails unless the merge by key leaves at most half as many conflicts, when a result
is not what both sides asked for, and when git did not run.
"""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from prooflane.files import Entry
from prooflane.merge import content
from prooflane.merge.model import Conflict

LIMIT = 0.5
PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "demo"
version = "0.1.0"
description = "A demo."
requires-python = ">=3.10"
dependencies = [
    "httpx>=0.27",
    "pydantic>=2.7",
]

[project.optional-dependencies]
docs = ["mkdocs>=1.6"]

[tool.ruff]
line-length = 88
src = ["src"]

[tool.ruff.lint]
select = ["E", "F"]
ignore = []

[tool.pytest.ini_options]
addopts = "-q"
testpaths = ["tests"]
"""
HOOKS = """\
# Run on each commit
repos:
  - repo: https://github.com/pre-commit/pre-commit-hooks
    rev: v4.5.0
    hooks:
      - id: check-yaml
      - id: end-of-file-fixer
  - repo: https://github.com/astral-sh/ruff-pre-commit
    rev: v0.4.0
    hooks:
      - id: ruff
        args: [--fix]
      - id: ruff-format
"""
WORKFLOW = """\
name: CI

on:
  push:
    branches: [main]
  pull_request:

jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    strategy:
      matrix:
        python-version: ["3.10", "3.11"]
    steps:
      - uses: actions/checkout@v3
      - uses: actions/setup-python@v4
        with:
          python-version: ${{ matrix.python-version }}
      - name: Install
        run: pip install -e .
      - name: Test
        run: pytest
"""
# path -> base, what templates change, what users edit: each a list of (old, new) replacements
FILES = {
    "pyproject.toml": (
        PYPROJECT,
        [
            [('"pydantic>=2.7",\n', '"pydantic>=2.7",\n    "rich>=13",\n')],
            [('"httpx>=0.27"', '"httpx>=0.28"')],
            [("line-length = 88", "line-length = 100")],
            [('select = ["E", "F"]', 'select = ["E", "F", "I"]')],
            [('requires-python = ">=3.10"', 'requires-python = ">=3.11"')],
            [('addopts = "-q"', 'addopts = "-q --strict-markers"')],
            [('src = ["src"]\n', 'src = ["src"]\ntarget-version = "py311"\n')],
            [('requires = ["hatchling"]', 'requires = ["hatchling>=1.25"]')],
            [('testpaths = ["tests"]\n', 'testpaths = ["tests"]\n\n[tool.mypy]\nstrict = true\n')],
        ],
        [
            [('"pydantic>=2.7",\n', '"pydantic>=2.7",\n    "sqlalchemy>=2",  # our store\n')],
            [('"httpx>=0.27",\n', '"httpx>=0.27",\n    "orjson",\n')],
            [('select = ["E", "F"]', 'select = ["E", "F", "UP"]')],
            [('description = "A demo."', 'description = "Replies to customers."')],
            [('version = "0.1.0"', 'version = "0.2.0"')],
            [('docs = ["mkdocs>=1.6"]\n', 'docs = ["mkdocs>=1.6"]\ntest = ["pytest"]\n')],
            [('addopts = "-q"\n', 'addopts = "-q"\nmarkers = ["slow"]\n')],
            [('testpaths = ["tests"]\n', 'testpaths = ["tests"]\n\n[tool.ours]\nkey = 1\n')],
            [("ignore = []", 'ignore = ["E501"]')],
        ],
    ),
    ".pre-commit-config.yaml": (
        HOOKS,
        [
            [("rev: v4.5.0", "rev: v4.6.0")],
            [("rev: v0.4.0", "rev: v0.5.0")],
            [
                (
                    "id: end-of-file-fixer\n",
                    "id: end-of-file-fixer\n      - id: trailing-whitespace\n",
                )
            ],
            [("id: ruff-format\n", "id: ruff-format\n  - repo: local\n    hooks: []\n")],
            [("args: [--fix]", "args: [--fix, --exit-non-zero-on-fix]")],
        ],
        [
            [("id: end-of-file-fixer\n", "id: end-of-file-fixer\n      - id: check-toml\n")],
            [("id: check-yaml\n", "id: check-yaml\n        exclude: ^charts/\n")],
            [
                (
                    "id: ruff-format\n",
                    "id: ruff-format\n  - repo: https://x.org/ours\n    rev: '1'\n",
                )
            ],
            [("id: ruff-format\n", "id: ruff-format\n        types: [python]\n")],
            [("rev: v0.4.0\n", "rev: v0.4.0  # pinned by us\n")],
            [("args: [--fix]", "args: [--fix, --unsafe-fixes]")],
        ],
    ),
    ".github/workflows/ci.yml": (
        WORKFLOW,
        [
            [("checkout@v3", "checkout@v4"), ("setup-python@v4", "setup-python@v5")],
            [('["3.10", "3.11"]', '["3.10", "3.11", "3.12"]')],
            [("timeout-minutes: 10", "timeout-minutes: 15")],
            [("pull_request:\n", "pull_request:\n\npermissions:\n  contents: read\n")],
            [("run: pytest\n", "run: pytest --strict\n")],
            [("run: pytest\n", "run: pytest\n  lint:\n    runs-on: ubuntu-latest\n")],
            [("pip install -e .", "pip install --no-deps -e .")],
        ],
        [
            [("branches: [main]", "branches: [main, develop]")],
            [("pull_request:\n", "pull_request:\n  workflow_dispatch:\n")],
            [("runs-on: ubuntu-latest", "runs-on: [self-hosted, linux]")],
            [('["3.10", "3.11"]', '["3.11"]')],
            [("matrix.python-version }}\n", "matrix.python-version }}\n          cache: pip\n")],
            [("checkout@v3\n", "checkout@v3\n        with:\n          fetch-depth: 0\n")],
            [("run: pytest\n", "run: pytest\n        env:\n          MODE: ci\n")],
            [("run: pytest\n", "run: pytest\n  deploy:\n    runs-on: ubuntu-latest\n")],
        ],
    ),
}


@dataclass
class Memory:
    """Objects by id, without a repository."""

    blobs: dict

    def read(self, digest):
        """Return the bytes of `digest`."""
        return self.blobs[digest]

    def write(self, data):
        """Return the id of `data`."""
        self.blobs[str(hash(data))] = data
        return str(hash(data))


def main() -> int:
    """Print conflicts by file and return 1 when the promise is broken."""
    print("pairs of an edit and a change, conflicts by git merge-file, conflicts by key:")
    total = [0, 0, 0]
    for path, (base, changes, edits) in FILES.items():
        counts = [0, 0, 0]
        for change in changes:
            for edit in edits:
                counts = [
                    a + b for a, b in zip(counts, meet(path, base, change, edit), strict=True)
                ]
        total = [a + b for a, b in zip(total, counts, strict=True)]
        print(f"  {path:<28}{counts[0]:4} {counts[1]:4} {counts[2]:4}")
    ratio = total[2] / total[1]
    print(
        f"  {'all':<28}{total[0]:4} {total[1]:4} {total[2]:4}  ratio {ratio:.2f}, at most {LIMIT}"
    )
    return int(ratio > LIMIT)


def meet(path, base, change, edit):
    """Return one pair, whether git leaves a conflict in it, and whether the merge by key does."""
    ours, theirs = applied(base, edit), applied(base, change)
    by_line = by_git(base, ours, theirs)
    objects = Memory({})
    sides = [Entry(0o100644, objects.write(side.encode())) for side in (base, ours, theirs)]
    decided = content.merge(path, *sides, objects)
    if not isinstance(decided.conflict, Conflict):
        refuse_lost(path, objects.read(decided.entry.id).decode(), edit, change)
    return 1, by_line, int(decided.conflict is not None)


def applied(text, replacements):
    """Return `text` after `replacements`.

    Raises:
        SystemExit: when one finds nothing to replace.
    """
    for old, new in replacements:
        if old not in text:
            raise SystemExit(f"{old!r} is not in the file")
        text = text.replace(old, new)
    return text


def by_git(base, ours, theirs):
    """Return 1 when `git merge-file` leaves a conflict.

    Raises:
        SystemExit: when it fails, for then there is nothing to compare.
    """
    with tempfile.TemporaryDirectory() as scratch:
        paths = [Path(scratch, name) for name in ("ours", "base", "theirs")]
        for path, text in zip(paths, (ours, base, theirs), strict=True):
            path.write_text(text)
        command = ["git", "merge-file", "-p", *map(str, paths)]
        done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode < 0 or done.returncode > 127:
        raise SystemExit(f"git merge-file failed:\n{done.stderr.decode()}")
    return int(done.returncode > 0)


def refuse_lost(path, result, edit, change):
    """Return when each word that either side wrote is in `result`.

    Raises:
        SystemExit: when one is not, for then fewer conflicts prove nothing.
    """
    for old, new in [*edit, *change]:
        fresh = {*new.replace(",", " ").replace("[", " ").replace("]", " ").split()}
        known = {*old.replace(",", " ").replace("[", " ").replace("]", " ").split()}
        if lost := [word for word in fresh - known if word not in result]:
            raise SystemExit(f"{path}: {lost} was lost in\n{result}")


if __name__ == "__main__":
    sys.exit(main())
