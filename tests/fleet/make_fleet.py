"""Makes a fleet to try things on: our template in two releases, and bare repositories made from it.

    python tests/fleet/make_fleet.py FOLDER [--repositories 40]

FOLDER then holds `template`, with v0.1.0 and v0.2.0, and `fleet/TEAM/NAME.git`: tiers 0 to 2, four
teams, both versions, edits, conflicts, a hold, repositories that are not ours, and a broken one.
What each of them is for is the end of its name.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEAMS = {"docs": 0, "support": 1, "claims": 2, "payments": 2}
IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Ada Lovelace"), ("EMAIL", "ada@example.com"))
}
FLOATING = """\
name: deploy
on: [push]
permissions: {}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: somebody/deploy@main
"""
README = "It works offline and without a key, on two small embedded models."


# what `fleet plan` says of each kind
VERDICTS = {
    "plain": "clean",
    "own-files": "clean",
    "edited": "clean",
    "managed-edit": "clean",
    "readme-conflict": "conflict",
    "manifest-conflict": "conflict",
    "floating-action": "blocked",
    "current": "current",
    "held": "held",
    "not-ours": "not ours",
}


def main() -> int:
    """Make the fleet, and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repositories", type=int, default=40)
    options = parser.parse_args()
    made = make(options.folder.absolute(), options.repositories)
    print(f"{len(made)} repositories in {options.folder / 'fleet'}")  # noqa: T201
    return 0


def kind_of(key: str | Path) -> str:
    """Return what a repository was made for."""
    return Path(key).stem.partition("-")[2]


def make(folder: Path, count: int) -> list[Path]:
    """Return `count` bare repositories below `folder`, each kind in turn."""
    template = make_template(folder / "template")
    seeds = {team: make_seed(folder, template, team, "v0.1.0") for team in TEAMS}
    seeds |= {"current": make_seed(folder, template, "docs", "v0.2.0", "current")}
    seeds |= {"held": make_held(folder, template)}
    kinds = [name for name, share in KINDS.items() for _ in range(share)]
    return [make_one(folder, seeds, kinds[number % len(kinds)], number) for number in range(count)]


# ten in a row are made of these; the numbers are their share
KINDS = {
    "plain": 3,
    "own-files": 6,
    "edited": 5,
    "readme-conflict": 1,
    "manifest-conflict": 1,
    "floating-action": 1,
    "managed-edit": 1,
    "current": 1,
    "held": 1,
    "not-ours": 1,
}


def make_template(target: Path) -> Path:
    """Return our template with two releases; SUP-1 warns in the first, and blocks in the second."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", ".ruff_cache", ".pytest_cache")
    shutil.copytree(ROOT / "template", target / "template", symlinks=True, ignore=ignored)
    shutil.copy2(ROOT / "copier.yml", target / "copier.yml")
    catalogue = target / "template/controls/catalogue.yaml"
    blocking = catalogue.read_text()
    head, mark, tail = blocking.partition("  - id: SUP-1\n")
    edit(target, "controls/catalogue.yaml", head + mark + tail.replace("block", "warn", 1))
    git(target, "init", "--quiet", "--initial-branch=main")
    release(target, "v0.1.0")
    edit(target, "controls/catalogue.yaml", blocking)
    ask = (target / "template/controls/ask.py").read_text()
    edit(target, "controls/ask.py", f"{ask}\n# the second release\n")
    replace(target / "template/README.md.jinja", README, f"{README} Nothing is sent anywhere.")
    replace(target / "template/ai-workflow.yaml.jinja", "retention: P30D", "retention: P14D")
    release(target, "v0.2.0")
    return target


def edit(target: Path, path: str, text: str) -> None:
    """Write a managed file of the template, and its digest."""
    file = target / "template" / path
    file.write_text(text)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    for listed in (target / "template/controls/managed").iterdir():
        line = re.compile(rf"^[0-9a-f]{{64}}  {re.escape(path)}$", re.MULTILINE)
        listed.write_text(line.sub(f"{digest}  {path}", listed.read_text()))


def replace(file: Path, old: str, new: str) -> None:
    """Change one place of a file, which must be there."""
    text = file.read_text()
    assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {file}"
    file.write_text(text.replace(old, new))


def release(target: Path, tag: str) -> None:
    """Commit and tag the template."""
    git(target, "add", "--all", "--force")
    git(target, "commit", "--quiet", "--message", tag)
    git(target, "tag", tag)


def make_seed(folder: Path, template: Path, team: str, version: str, name: str = "") -> Path:
    """Return a repository of `team`, as `prooflane new` makes it."""
    seed = folder / "seeds" / (name or team) / "project"
    answers = {"project_name": f"{team.title()} answers", "team": team, "owner": f"@{team}-lead"}
    options = [word for key, value in answers.items() for word in ("--set", f"{key}={value}")]
    command = ["new", str(seed), "--tier", str(TEAMS[team]), "--defaults", "--no-verify"]
    prooflane(*command, *options, "--template", str(template), "--to", version, "--quiet")
    git(seed, "gc", "--quiet")
    return seed


def make_held(folder: Path, template: Path) -> Path:
    """Return a repository that kept its own side of a conflict, so that a control is held."""
    seed = make_seed(folder, template, "payments", "v0.1.0", "held")
    replace(seed / "ai-workflow.yaml", "retention: P30D", "retention: P90D")
    git(seed, "commit", "--quiet", "--all", "--message", "Keep questions for a quarter")
    options = ("--template", str(template), "--to", "v0.2.0", "--quiet")
    prooflane("sync", str(seed), *options, expected=1)
    git(seed, "checkout", "--ours", "--", "ai-workflow.yaml")
    git(seed, "add", "--all")
    git(seed, "commit", "--quiet", "--message", "Sync, and keep our retention")
    git(seed, "gc", "--quiet")
    return seed


def make_one(folder: Path, seeds: dict[str, Path], kind: str, number: int) -> Path:
    """Return a bare repository of its own."""
    teams = list(TEAMS)
    team = "docs" if kind == "current" else "payments" if kind == "held" else teams[number % 4]
    seed = seeds.get(kind, seeds[team])
    bare = folder / "fleet" / team / f"{number:04d}-{kind}.git"
    if kind == "not-ours":
        return make_foreign(bare)
    ignored = shutil.ignore_patterns("hooks", "logs", "index")
    shutil.copytree(seed / ".git", bare, ignore=ignored, copy_function=link_objects)
    if files := changed(seed, kind, number):
        commit(bare, files)
    config = bare / "config"
    config.write_text(re.sub(r"bare = false", "bare = true", config.read_text()))
    return bare


def link_objects(source: str, target: str) -> None:
    """Copy a file; one of git's objects, which nobody writes to again, takes no more room."""
    copy = os.link if f"{os.sep}objects{os.sep}" in source else shutil.copy2
    copy(source, target)


def changed(seed: Path, kind: str, number: int) -> dict[str, str]:
    """Return the files that the owner of a repository of this kind changed."""
    own = {f"notes/{number}.md": f"of repository {number}\n"}
    readme = (seed / "README.md").read_text()
    manifest = (seed / "ai-workflow.yaml").read_text()
    ask = (seed / "controls/ask.py").read_text()
    return {
        "plain": {},
        "own-files": own | {"workflow/knowledge/own.md": f"# Own article\n\nNumber {number}.\n"},
        "edited": own | {"README.md": f"{readme}\n## Ours\n\nNumber {number}.\n"},
        "readme-conflict": {"README.md": readme.replace(README, f"It is ours ({number}).")},
        "manifest-conflict": {
            "ai-workflow.yaml": manifest.replace("retention: P30D", f"retention: P{number + 1}Y")
        },
        "floating-action": {".github/workflows/deploy.yml": FLOATING},
        "managed-edit": {"controls/ask.py": f"# ours, {number}\n{ask}"},
    }.get(kind, own)


def make_foreign(bare: Path) -> Path:
    """Return a repository that no template made."""
    bare.mkdir(parents=True)
    git(bare, "init", "--quiet", "--bare", "--initial-branch=main")
    commit(bare, {"main.py": "print('hello')\n"}, parent="")
    return bare


def commit(bare: Path, files: dict[str, str], parent: str = "from refs/heads/main^0\n") -> None:
    """Commit `files` in a repository without a work tree."""
    stream = "commit refs/heads/main\ncommitter Ada <ada@example.com> 1700000000 +0000\n"
    stream += f"data 4\nEdit\n{parent}"
    for path, text in files.items():
        stream += f"M 100644 inline {path}\ndata {len(text.encode())}\n{text}\n"
    git(bare, "fast-import", "--quiet", stdin=stream)


def prooflane(*args: str, expected: int = 0) -> None:
    """Run a verb of this generator."""
    env = environment() | {"PYTHONPATH": str(ROOT / "generator")}
    command = [sys.executable, "-m", "prooflane", *args]
    done = subprocess.run(command, env=env, check=False, capture_output=True, text=True)
    assert done.returncode == expected, f"{args}: {done.stdout}{done.stderr}"


def git(folder: Path, *args: str, stdin: str = "") -> str:
    """Return what git prints in `folder`, whatever the machine's own settings are."""
    command = ["git", "-C", str(folder), *args]
    done = subprocess.run(
        command, env=environment(), input=stdin, check=True, capture_output=True, text=True
    )
    return done.stdout


def environment() -> dict[str, str]:
    """Return the variables of a machine whose git knows only Ada."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    return kept | alone | IDENTITY


if __name__ == "__main__":
    sys.exit(main())
