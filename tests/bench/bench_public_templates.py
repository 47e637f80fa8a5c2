"""Our re-sync beside `copier update` on public Copier templates and their real version histories.

    python tests/bench/bench_public_templates.py FOLDER [--pairs N]

FOLDER holds clones of templates. For pairs of successive releases a project is made by Copier at
the older one, edited as users do, and brought to the newer one by both; then the tree ids are
compared. Fails when Copier brought nothing, or when a case without conflicts on either side and
without work that Copier drops gives two different trees. Nothing of a template is kept.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import copier
from packaging.version import InvalidVersion, Version

from prooflane import document
from prooflane.errors import ProoflaneError
from prooflane.files import tree_id
from prooflane.git import place as places
from prooflane.git.objects import store
from prooflane.resync.plan import plan
from prooflane.resync.replay import Recorded, Target, replay
from prooflane.resync.shelf import shelf

PAIRS = 12
WORDS = {"url": "https://github.com/example/example", "email": "ada@example.com"}
REQUIRED = re.compile(r'Question "(.+)" is required')
CHOICE = re.compile(r"Invalid choice for '(.+)': .* is not in \['([^']*)'.*")
REASONS: Counter = Counter()
IDENTITY = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")


@dataclass
class Tally:
    """What became of the pairs of one template."""

    outcomes: Counter = field(default_factory=Counter)
    different: list = field(default_factory=list)
    ours: float = 0.0
    theirs: float = 0.0


def main() -> int:
    """Print one line for each template and return 1 when the promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="holds clones of templates")
    parser.add_argument("--pairs", type=int, default=PAIRS)
    options = parser.parse_args()
    if options.folder is None:
        print("no folder of clones was named, so nothing is compared")
        return 0
    tallies = {}
    for clone in clones(options.folder):
        with tempfile.TemporaryDirectory() as scratch:
            # Copier takes a bare repository for a folder of files
            template = Path(scratch, "template")
            git(clone, "clone", "--quiet", "--no-checkout", str(clone), str(template))
            tallies[clone] = tally(template, options.pairs)
        show(clone, tallies[clone])
    return verdict(tallies)


def clones(folder):
    """Return the git folders in `folder`, one or two levels deep."""
    found = [*folder.glob("*/HEAD"), *folder.glob("*/*/HEAD")]
    return sorted(head.parent for head in found if head.parent.name != ".git")


def tally(clone, limit):
    """Return what became of `limit` pairs of successive releases, the newest ones."""
    made = Tally()
    tags = releases(clone)
    for old, new in list(pairwise(tags))[-limit:]:
        for edit in (untouched, edited):
            with tempfile.TemporaryDirectory() as scratch, isolated(Path(scratch)):
                outcome = compare(clone, old, new, edit, Path(scratch), made)
            made.outcomes[outcome] += 1
            if outcome == "different":
                made.different.append((old, new, edit.__name__))
    return made


def compare(clone, old, new, edit, scratch, made):  # noqa: PLR0913, PLR0917 - one case
    """Return how the two results for one pair relate."""
    project = scratch / "project"
    if reason := refused(clone, old, project):
        return f"copier cannot create: {reason}"
    commit(project)
    if edit(project):
        git(project, "commit", "--quiet", "--all", "--message", "Edit")
    try:
        started = time.perf_counter()
        mine, conflicts = resynced(project, clone, old, new)
        made.ours += time.perf_counter() - started
    except ProoflaneError as error:
        return f"refused: {error.message[:70]}"
    try:
        started = time.perf_counter()
        copier.run_update(
            project,
            vcs_ref=new,
            answers_file=answers_file(project),
            defaults=True,
            overwrite=True,
            quiet=True,
            skip_tasks=True,
            # Copier refuses tasks also where it skips them; migrations would run
            unsafe="_migrations" not in git(clone, "show", f"{new}:{config(clone, new)}"),
        )
        made.theirs += time.perf_counter() - started
    except Exception as error:  # noqa: BLE001 - as above
        return f"copier cannot update: {type(error).__name__}: {error}"[:90]
    if conflicts or "UU" in git(project, "status", "--porcelain"):
        return "conflict"
    git(project, "add", "--all", "--force")
    return "equal" if git(project, "write-tree").strip() == mine else "different"


def refused(clone, ref, project):
    """Make a project with defaults, and a word where there is none; return why it cannot be."""
    data = {}
    for _ in range(20):
        try:
            copier.run_copy(
                str(clone), project, data, vcs_ref=ref, defaults=True, quiet=True, skip_tasks=True
            )
        except Exception as error:  # noqa: BLE001 - a template may refuse for any reason
            answer = suitable(str(error))
            if not answer or data.get(answer[0]) == answer[1]:
                return f"{type(error).__name__}: {error}".splitlines()[0][:90]
            data[answer[0]] = answer[1]
        else:
            return ""
    return "asks too much"


def suitable(complaint):
    """Return a question and an answer that may do, from what Copier complains about."""
    if choice := CHOICE.fullmatch(complaint):
        return choice[1], choice[2]
    if required := REQUIRED.fullmatch(complaint):
        return required[1], WORDS.get(required[1].rpartition("_")[2], "example")
    return None


def resynced(project, clone, old, new):
    """Return the tree id of our result, and its conflicts."""
    place = places.find(project)
    text = (project / answers_file(project)).read_bytes()
    answers = document.mapping(document.parse(text, "answers"), "answers")
    known = {key: value for key, value in answers.items() if not key.startswith("_")}
    recorded = Recorded(
        str(answers["_src_path"]),
        str(answers["_commit"]),
        known,
        answers_file(project),
        project.name,
    )
    commits = [git(clone, "rev-parse", f"{ref}^{{commit}}").strip() for ref in (old, new)]
    version = git(clone, "describe", "--tags", "--always", commits[1]).strip()
    with shelf() as templates, store(place.root) as objects:
        target = Target(clone, *commits, version)
        made = replay(templates, target, recorded, {}, objects)
        ours = places.entries(place, place.head)
        result = plan(made.base, ours, made.theirs, made.policy, objects)
    REASONS[made.reason] += 1
    return tree_id(result.tree), result.conflicts


def config(clone, ref):
    """Return the name of the template's configuration."""
    listed = git(clone, "ls-tree", "--name-only", ref).split()
    return "copier.yml" if "copier.yml" in listed else "copier.yaml"


def answers_file(project):
    """Return the name of the project's answers file."""
    names = [path.name for path in project.glob(".copier-answers*.y*ml")]
    if not names:
        raise ProoflaneError("no answers file")
    return names[0]


def untouched(_project):
    """Leave the project as it is."""
    return False


def edited(project):
    """Edit the project as a user does: a section in the README, a new file, a line somewhere."""
    readme = next((path for path in project.glob("README*") if path.is_file()), None)
    if readme:
        text = readme.read_text(encoding="utf-8")
        readme.write_text(f"{text.rstrip()}\n\nOur own words\n", encoding="utf-8")
    (project / "ours.txt").write_text("1\n")
    git(project, "add", "ours.txt")
    return True


def releases(clone):
    """Return the released tags of `clone` in the order of their versions."""
    found = []
    for tag in git(clone, "tag").split():
        try:
            version = Version(tag)
        except InvalidVersion:
            continue
        if not version.is_prerelease:
            found.append((version, tag))
    return [tag for _, tag in sorted(found)]


@contextmanager
def isolated(scratch):
    """Keep Copier from the machine's settings and caches."""
    (scratch / "settings.yml").write_text("{}\n")
    outer = dict(os.environ)
    for key in [key for key in outer if key.startswith("GIT_")]:
        del os.environ[key]
    os.environ["COPIER_SETTINGS_PATH"] = str(scratch / "settings.yml")
    os.environ["COPIER_CACHE_DIR"] = str(scratch / "cache")
    os.environ["HOME"] = str(scratch)
    (scratch / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.com\n")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(outer)


def commit(project):
    """Make `project` a repository with one commit."""
    git(project, "init", "--quiet")
    git(project, "add", "--all", "--force")
    git(project, "commit", "--quiet", "--no-verify", "--message", "Start")


def git(folder, *args):
    """Return what git prints in `folder`."""
    command = ["git", "-C", str(folder), *IDENTITY, *args]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def show(clone, made):
    """Print what became of the pairs of one template."""
    print(f"{clone.parent.name if clone.name == 'repo' else clone.name}")
    for outcome, count in made.outcomes.most_common():
        print(f"  {count:3} {outcome}")
    for case in made.different:
        print(f"      different: {' -> '.join(case[:2])}, {case[2]}")
    print(f"  seconds: ours {made.ours:.2f}, copier update {made.theirs:.2f}", flush=True)


def verdict(tallies):
    """Return 1 when nothing was compared, or two trees differ."""
    compared = sum(made.outcomes["equal"] + made.outcomes["different"] for made in tallies.values())
    equal = sum(made.outcomes["equal"] for made in tallies.values())
    for reason, count in REASONS.most_common():
        print(f"{count:3} rendered by {'copier: ' + reason if reason else 'us'}")
    print(f"{equal} of {compared} trees without conflicts are equal")
    return int(not compared or equal != compared)


if __name__ == "__main__":
    sys.exit(main())
