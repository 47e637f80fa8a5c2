"""A small governed template with two versions, and a fleet of repositories made from the first."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pygit2
from fakeforge import Forge

from prooflane.cli import main
from prooflane.fleet.ledger import inventory
from prooflane.fleet.ledger.database import Ledger, opened
from prooflane.fleet.repository import Repository

QUESTIONS = """\
_subdirectory: template
name: {type: str, default: demo}
tier: {type: int, default: 0, choices: [0, 1]}
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
"""
SETTINGS = "name: {{ name }}\nowner: nobody\n\nlimits:\n  a: 1\n  b: 2\n\ntail: end\n"
# what the static checks of this template say: all is well, but for one
CHECKS = """\
import json


def main(_words):
    row = {"id": "OWN-1", "title": "owner named", "state": "failed", "n": 1, "findings": []}
    print(json.dumps({"ok": 1, "pending": 0, "failed": 1, "controls": [row]}))
"""
FIRST = {
    "copier.yml": QUESTIONS,
    "template/controls/catalogue.yaml": CATALOGUE,
    "template/controls/__init__.py": "",
    "template/controls/cli.py": CHECKS,
    "template/controls/log.py": "LEVEL = 1\n",
    "template/prompts/answer.md": "Answer.\n",
    "template/settings.yaml.jinja": SETTINGS,
    "template/{{_copier_conf.answers_file}}.jinja": "{{ _copier_answers | to_nice_yaml -}}\n",
}
SECOND = {
    "template/controls/log.py": "LEVEL = 2\n",
    "template/settings.yaml.jinja": SETTINGS.replace("nobody", "somebody"),
}
MINE = {"settings.yaml": "name: demo\nowner: me\n\nlimits:\n  a: 1\n  b: 2\n\ntail: end\n"}


def git(root: Path, *args: str) -> str:
    command = ["git", "-c", "safe.bareRepository=all", "-C", str(root), *args]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def commit(root: Path, files: dict[str, str], tag: str = "") -> None:
    write(root, files)
    git(root, "add", "--all", "--force")
    git(root, "commit", "--quiet", "--message", tag or "Edit")
    if tag:
        git(root, "tag", tag)


@dataclass
class Fleet:
    """A template, a forge, and a ledger in a folder."""

    root: Path
    forge: Forge
    template: Path

    @property
    def ledger(self) -> Path:
        return self.root / "fleet.db"

    @property
    def host(self) -> str:
        return self.forge.url.removeprefix("http://")

    def bare(self, name: str, tier: int = 0, files: dict[str, str] | None = None) -> Path:
        """Return a new bare repository made from v1.0.0, with `files` of its owner."""
        place = self.root / "bare" / f"{name}.git"
        ignored = shutil.ignore_patterns("hooks", "logs", "index")
        shutil.copytree(self.seed(tier) / ".git", place, ignore=ignored)
        git(place, "config", "core.bare", "true")
        if files:
            self.change(place, files)
        return place

    def change(self, place: Path, files: dict[str, str], branch: str = "main") -> str:
        """Commit `files` on a branch of a bare repository, by no process."""
        repository = pygit2.Repository(str(place))
        reference = repository.references[f"refs/heads/{branch}"]
        index = pygit2.Index()
        index.read_tree(reference.peel(pygit2.Tree))
        for path, text in files.items():
            blob = repository.create_blob(text.encode())
            index.add(pygit2.IndexEntry(path, blob, pygit2.enums.FileMode.BLOB))
        who = pygit2.Signature("Owner", "owner@example.com", 1700000000)
        tree, parents = index.write_tree(repository), [reference.target]
        return str(repository.create_commit(reference.name, who, who, "Edit", tree, parents))

    def add(self, name: str, tier: int = 0, files: dict[str, str] | None = None) -> Repository:
        """Put a new repository on the forge; return it as a scan would see it."""
        place = self.bare(name.replace("/", "-"), tier, files)
        made = self.forge.world.add(name, place)
        return Repository(
            key=f"{self.host}/{name}",
            source=f"github:{name.rpartition('/')[0]}",
            forge_id=str(made.id),
            url=f"{self.forge.url}/{name}.git",
            branch="main",
            tier=tier,
            template=str(self.template),
            version="v1.0.0",
            seen=1.0,
        )

    def know(self, *rows: Repository) -> None:
        """Write repositories into the ledger, as a scan does."""
        with opened(str(self.ledger)) as ledger, ledger.writing() as connection:
            inventory.keep(connection, rows)

    def open(self) -> "Ledger":
        return opened(str(self.ledger))

    def seed(self, tier: int) -> Path:
        """Return the checkout that all repositories of a tier are copies of."""
        place = self.root / "seeds" / f"tier-{tier}" / "project"
        if not place.is_dir():
            place.parent.mkdir(parents=True)
            options = ["--template", str(self.template), "--to", "v1.0.0", "--defaults"]
            options += ["--no-verify", "--quiet", "--set", f"tier={tier}"]
            assert main(["new", str(place), *options]) == 0
        return place


def made(root: Path, forge: Forge, home: Path) -> Fleet:
    """Return an empty fleet whose template the user trusts."""
    template = root / "template"
    template.mkdir()
    git(template, "init", "--quiet", "--initial-branch=main")
    commit(template, FIRST, "v1.0.0")
    commit(template, SECOND, "v2.0.0")
    trust(home, template)
    return Fleet(root, forge, template)


def trust(home: Path, *templates: Path) -> None:
    settings = home / ".config/prooflane/config.yaml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(f"templates: {[str(one) for one in templates]}\n")
