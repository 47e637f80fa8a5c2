"""Re-syncing bare repositories with local edits, beside `copier update` of the same repositories.

Ours: read, render both versions, merge, write objects, commit and move the branch, in one process.
Copier: `copier update` in a checkout of a few of the same repositories, one after the other, cold
as a person runs it, bytecode compiled. Fails above 0.01 of Copier's time for each, when a tree is
not Copier's, when time grows faster than the number of repositories, or when memory grows.

    python tests/bench/bench_sync_fleet.py [--repositories 200] [--largest 1000] [--peers 3]
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench_new import isolated

from prooflane import document
from prooflane.git.identity import Identity
from prooflane.git.odb import Bare, Folders
from prooflane.resync.plan import plan
from prooflane.resync.replay import Recorded, Target, replay
from prooflane.resync.shelf import Shelf, shelf

LIMIT, TARGET_MS, GROWTH, MEMORY_MB = 0.01, 10, 1.25, 24
FILES = 55
WHO = Identity("Ada <ada@example.com> 1700000000 +0000", "Ada <ada@example.com> 1700000000 +0000")
ANSWERS = ".copier-answers.yml"
TEXT = "".join(f"line {number} of a file about {{{{ name }}}}\n" for number in range(40))
PLAIN = TEXT.replace("{{ name }}", "something")


def main() -> int:
    """Print the figures and return 1 when the promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repositories", type=int, default=200)
    parser.add_argument("--largest", type=int, default=1000)
    parser.add_argument("--peers", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        env = isolated(scratch)
        template = make_template(scratch / "template")
        seed = make_seed(scratch, template, env)
        places = [make_bare(scratch, seed, number) for number in range(options.largest)]
        peers = [by_copier(scratch, place, env) for place in places[: options.peers + 1]]
        refuse_uncompiled(scratch)
        half = places[: options.repositories]
        with shelf() as templates:
            first = fleet(half, template, templates)
            memory = peak()
            rest = fleet(places[options.repositories :], template, templates)
            grown = peak() - memory
        refuse_different(half, peers)
    return report([seconds for _, seconds in peers[1:]], first, rest, grown)


def make_template(target: Path) -> Path:
    """Return a template of 55 files, half of them rendered, with two releases."""
    (target / "t").mkdir(parents=True)
    git(target, "init", "--quiet", "--initial-branch=main")
    config = (
        "_subdirectory: t\nname: {type: str, default: demo}\nowner: {type: str, default: ada}\n"
    )
    (target / "copier.yml").write_text(config)
    answers = target / "t" / "{{_copier_conf.answers_file}}.jinja"
    answers.write_text("{{ _copier_answers | to_nice_yaml -}}\n")
    for number in range(FILES - 1):
        is_made = number % 2
        path = target / "t" / f"part{number % 6}" / f"file{number}.txt{'.jinja' if is_made else ''}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(TEXT if is_made else PLAIN)
    release(target, "v1.0.0")
    for number in range(0, FILES - 1, 4):
        path = next((target / "t").glob(f"*/file{number}.txt*"))
        path.write_text(path.read_text().replace("line 30", "line thirty, newly said,"))
    (target / "t/part1/fresh.txt.jinja").write_text("new for {{ owner }}\n")
    release(target, "v2.0.0")
    return target


def release(target: Path, tag: str) -> None:
    """Commit and tag the template."""
    git(target, "add", "--all")
    git(target, "commit", "--quiet", "--message", tag)
    git(target, "tag", tag)


def make_seed(scratch: Path, template: Path, env: dict[str, str]) -> Path:
    """Return a project of the first release, as Copier makes it, in one commit."""
    seed = scratch / "seed"
    command = [sys.executable, "-m", "copier", "copy", "--defaults", "--quiet"]
    run([*command, "--vcs-ref", "v1.0.0", str(template), str(seed)], env)
    git(seed, "init", "--quiet", "--initial-branch=main")
    git(seed, "add", "--all", "--force")
    git(seed, "commit", "--quiet", "--message", "Start")
    git(seed, "gc", "--quiet")
    return seed


def make_bare(scratch: Path, seed: Path, number: int) -> Path:
    """Return a bare repository of its own with a user's edits in it."""
    bare = scratch / "fleet" / f"{number}" / "project"
    shutil.copytree(seed / ".git", bare)
    files = {
        "part0/file0.txt": PLAIN.replace("line 3 of", f"line three of {number}, as we say it, of"),
        "part4/file4.txt": PLAIN + f"a line of repository {number}\n",
        f"ours/{number}.py": f"ours = {number}\n",
    }
    stream = b"".join(
        b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(text.encode()), text.encode())
        for path, text in files.items()
    )
    head = b"commit refs/heads/main\ncommitter Ada <ada@example.com> 1700000000 +0000\n"
    head += b"data 4\nEdit\nfrom refs/heads/main^0\n"
    command = ["git", "-C", str(bare), "-c", "core.bare=true", "fast-import", "--quiet"]
    subprocess.run(command, input=head + stream, check=True)
    git(bare, "config", "core.bare", "true")
    return bare


def by_copier(scratch: Path, place: Path, env: dict[str, str]) -> tuple[str, float]:
    """Return the tree that `copier update` leaves in a checkout of `place`, and its CPU seconds."""
    checkout = scratch / "peers" / place.parent.name / "project"
    git(scratch, "clone", "--quiet", str(place), str(checkout))
    command = [sys.executable, "-m", "copier", "update", "--defaults", "--quiet"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run([*command, "--vcs-ref", "v2.0.0", str(checkout)], env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    git(checkout, "add", "--all", "--force")
    if not git(checkout, "status", "--porcelain"):
        raise SystemExit("copier update changed nothing, so there is nothing to compare")
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return git(checkout, "write-tree"), spent


def refuse_uncompiled(scratch: Path) -> None:
    """Return when Copier ran from bytecode; ours is timed after its imports.

    Raises:
        SystemExit: when it did not, for then it times the compiler.
    """
    if not any("/copier/" in str(path) for path in (scratch / "bytecode").rglob("*.pyc")):
        raise SystemExit("no bytecode of copier was written")


def fleet(places: list[Path], template: Path, templates: Shelf) -> list[float]:
    """Return the CPU seconds that each of `places` took."""
    folders, taken = Folders(), []
    for place in places:
        started = time.process_time() + children()
        resync(place, template, templates, folders)
        taken.append(time.process_time() + children() - started)
    return taken


def resync(place: Path, template: Path, templates: Shelf, folders: Folders) -> str:
    """Bring one bare repository to the second release, and return the commit.

    Raises:
        SystemExit: when anything conflicts: no edit of this bench does.
    """
    bare = Bare(place, folders)
    head = bare.head()
    ours, objects = bare.entries(head), bare.store()
    text = objects.read(ours[ANSWERS].id)
    answers = document.mapping(document.parse(text, ANSWERS), ANSWERS)
    known = {key: value for key, value in answers.items() if not key.startswith("_")}
    recorded = Recorded(str(answers["_src_path"]), str(answers["_commit"]), known, folder="project")
    target = Target(template, "v1.0.0^{commit}", "v2.0.0^{commit}", "v2.0.0")
    made = replay(templates, target, recorded, {}, objects)
    result = plan(made.base, ours, made.theirs, made.policy, objects)
    if result.conflicts or result.notes or made.reason:
        raise SystemExit(f"unexpected: {result.conflicts} {result.notes} {made.reason}")
    objects.keep({entry.id for path, entry in result.tree.items() if ours.get(path) != entry})
    return bare.commit(result.tree, "Sync", WHO, head)


def refuse_different(places: list[Path], peers: list[tuple[str, float]]) -> None:
    """Return when our trees are Copier's.

    Raises:
        SystemExit: when one is not, or when git finds a repository broken.
    """
    for place, (tree, _) in zip(places, peers, strict=False):
        if git(place, "rev-parse", "HEAD^{tree}") != tree:
            raise SystemExit(f"{place} has another tree than copier update made")
        git(place, "fsck", "--strict")


def report(peers: list[float], first: list[float], rest: list[float], grown: float) -> int:
    """Print the figures; return 1 when one is beyond its limit."""
    theirs, ours = statistics.mean(peers) * 1000, statistics.mean(first) * 1000
    ratio, growth = ours / theirs, statistics.mean(rest) * 1000 / ours
    print(
        f"CPU for one of many repositories of {FILES} files, three edits each, 15 files released:"
    )
    print(f"  copier update, cold process           {theirs:8.1f} ms (mean of {len(peers)})")
    print(f"  ours, bare, committed                 {ours:8.1f} ms (mean of {len(first)})")
    print(f"  median {statistics.median(first) * 1000:.1f} ms, target {TARGET_MS} ms")
    print(f"  ratio {ratio:.4f}, at most {LIMIT}")
    print(f"  of the next {len(rest)} each takes {growth:.2f} times as long, at most {GROWTH}")
    print(f"  memory grew by {grown:.1f} MB over them, at most {MEMORY_MB} MB")
    return int(ratio > LIMIT or growth > GROWTH or grown > MEMORY_MB)


def peak() -> float:
    """Return the most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def children() -> float:
    """Return the CPU seconds of ended child processes."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(command: list[str], env: dict[str, str]) -> None:
    """Run `command`.

    Raises:
        SystemExit: when it fails, for then there is nothing to compare.
    """
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def git(folder: Path, *args: str) -> str:
    """Return what git prints in `folder`."""
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    command = ["git", "-C", str(folder), *identity, *args]
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    done = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
