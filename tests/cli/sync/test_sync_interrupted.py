"""Whatever stops a sync, the repository is as before or as after, and the same command finishes."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import copies
import pytest

MANY = 100
BEFORE, AFTER = "as before", "as after"


@pytest.fixture
def large(template, commit, prooflane, tmp_path):
    """Return a repository whose sync writes, removes and adds hundreds of files."""
    source = template(
        {
            "copier.yml": "_subdirectory: template\n",
            "template/{{_copier_conf.answers_file}}.jinja": "{{ _copier_answers|to_nice_yaml -}}\n",
            **{f"template/old/{at}": f"{at}\n" for at in range(MANY)},
            **{f"template/kept/{at}": f"{at}\n" * 200 for at in range(MANY)},
        }
    )
    moved = {f"template/old/{at}": None for at in range(MANY)}
    added = {f"template/new/{at}": f"{at} new\n" * 50 for at in range(MANY)}
    edited = {f"template/kept/{at}": f"first\n{at}\n" * 200 for at in range(MANY)}
    commit(source, {**moved, **added, **edited}, "v2.0.0")
    options = ("--template", source, "--to", "v1.0.0", "--defaults", "--quiet")
    assert prooflane("new", "large", *options).status == 0
    return tmp_path / "large"


class Trial:
    """Copies of one repository, each synced and interrupted."""

    def __init__(self, root: Path, environment: dict[str, str], state) -> None:
        self.root, self.environment, self.state = root, environment, state
        source = root.parent / "source"
        self.command = [sys.executable, "-m", "prooflane", "sync", "--quiet"]
        self.command += ["--template", str(source)]
        self.before = state(self.copy())
        copy, started = self.copy(), time.monotonic()
        self.finished(copy)
        self.seconds = time.monotonic() - started
        self.after = state(copy)
        assert self.before != self.after

    def copy(self) -> Path:
        copy = self.root.with_name("copy") / self.root.name
        shutil.rmtree(copy.parent, ignore_errors=True)
        return copies.copy(self.root, copy)

    def start(self, copy: Path, *wrap: str, **options) -> subprocess.Popen:
        return subprocess.Popen(
            [*wrap, *self.command],
            cwd=copy,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            **options,
        )

    def finished(self, copy: Path) -> Path:
        with self.start(copy) as child:
            said = child.communicate()[1]
        assert child.returncode == 0, said
        return copy

    def verdict(self, copy: Path) -> str:
        *found, inside = self.state(copy)
        # what was prepared and not used is no part of the repository; a held index is
        found = (*found, [name for name in inside if name != "prooflane"])
        return BEFORE if found == self.before else AFTER if found == self.after else "between"

    def settle(self, copy: Path) -> None:
        # what outlives the killed process holds this lock while it works
        lock = copy / ".git/prooflane.lock"
        if lock.exists():
            subprocess.run(["flock", lock, "true"], check=True)


@pytest.fixture
def trial(large, environment, state):
    """Return the trial of the large repository."""
    return Trial(large, environment, state)


def moments(count: int, seconds: float) -> list[float]:
    """Return when to strike: half of the time anywhere, half of it near the end, when it writes."""
    pick = random.Random(5)  # noqa: S311 - the same moments in each run
    early = [pick.uniform(0, seconds) for _ in range(count // 2)]
    return early + [pick.uniform(0.6, 1.05) * seconds for _ in range(count - count // 2)]


RUNS = [12, pytest.param(200, marks=pytest.mark.slow)]


@pytest.mark.parametrize("count", RUNS)
def test_killed_it_is_as_before_or_as_after_and_the_same_command_finishes(count, trial):
    seen = {BEFORE: 0, AFTER: 0}
    for moment in moments(count, trial.seconds):
        copy = trial.copy()
        with trial.start(copy, start_new_session=True) as child:
            time.sleep(moment)
            os.killpg(child.pid, signal.SIGKILL)
        trial.settle(copy)
        verdict = trial.verdict(copy)
        assert verdict in seen, f"killed after {moment:.4f} s"
        seen[verdict] += 1
        assert trial.verdict(trial.finished(copy)) == AFTER
    print(f"{count} kills: {seen[BEFORE]} as before, {seen[AFTER]} as after, 0 between")  # noqa: T201


@pytest.mark.slow
@pytest.mark.parametrize("count", [12, 200])
def test_killed_with_all_that_it_started_the_same_command_finishes(count, trial):
    wrap = ["unshare", "--map-root-user", "--pid", "--fork", "--kill-child"]
    if subprocess.run([*wrap, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine gives no process namespace")
    seen = {BEFORE: 0, AFTER: 0, "between": 0}
    for moment in moments(count, trial.seconds):
        copy = trial.copy()
        with trial.start(copy, *wrap) as child:
            time.sleep(moment)
            child.kill()
        trial.settle(copy)
        seen[trial.verdict(copy)] += 1
        assert trial.verdict(trial.finished(copy)) == AFTER, f"killed after {moment:.4f} s"
    print(f"{count} kills of everything: {seen}, each finished by the same command")  # noqa: T201


def test_ctrl_c_leaves_it_as_before_or_as_after(trial):
    for moment in moments(8, trial.seconds):
        copy = trial.copy()
        with trial.start(copy, start_new_session=True) as child:
            time.sleep(moment)
            os.killpg(child.pid, signal.SIGINT)
            said = child.communicate()[1].decode()
        verdict = trial.verdict(copy)
        assert verdict in {BEFORE, AFTER}
        assert child.returncode != 0 or verdict == AFTER
        assert "Traceback" not in said or moment < 0.2, said
        assert trial.verdict(trial.finished(copy)) == AFTER


def test_two_at_once_do_not_mix(trial):
    copy = trial.copy()
    with trial.start(copy) as one, trial.start(copy) as other:
        said = one.communicate()[1] + other.communicate()[1]
    assert 0 in {one.returncode, other.returncode}
    assert {one.returncode, other.returncode} <= {0, 2}, said
    assert b"Traceback" not in said
    assert trial.verdict(copy) == AFTER


@pytest.mark.parametrize("limit", [0, 100, 2000, 8_000])
def test_a_file_that_cannot_be_written_whole_leaves_it_as_before(limit, trial):
    def restrict() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    copy = trial.copy()
    with trial.start(copy, preexec_fn=restrict) as child:
        said = child.communicate()[1].decode()
    assert child.returncode == 2, said
    assert said.startswith("error: ")
    assert "Traceback" not in said
    assert trial.verdict(copy) == BEFORE
    assert trial.verdict(trial.finished(copy)) == AFTER


FULL = """\
set -e
mount -t tmpfs -o size=40m tmpfs "$PLACE"
cp -a "$ROOT" "$PLACE/large"
cd "$PLACE/large"
dd if=/dev/zero of=../filler bs=1k status=none 2>/dev/null || true
truncate --size=-"$FREE" ../filler
"$@" && echo "status 0" || echo "status $?"
git status --short | wc -l
ls -d .git/prooflane .git/index.lock 2>/dev/null || true
rm ../filler
"$@" && echo "status 0" || echo "status $?"
git write-tree
"""


@pytest.mark.sampled
@pytest.mark.parametrize("free", ["0", "8K", "64K", "512K"])
def test_a_full_disk_leaves_it_as_before(free, trial, git, tmp_path):
    wrap = ["unshare", "--map-root-user", "--mount"]
    (tmp_path / "disk").mkdir()
    probe = [*wrap, "mount", "-t", "tmpfs", "tmpfs", str(tmp_path / "disk")]
    if subprocess.run(probe, check=False, capture_output=True).returncode:
        pytest.skip("this machine gives no disk of one's own")
    tree = git(trial.finished(trial.copy()), "write-tree")
    env = {**trial.environment, "PLACE": str(tmp_path / "disk"), "ROOT": str(trial.root)}
    done = subprocess.run(
        [*wrap, "bash", "-c", FULL, "full", *trial.command],
        env={**env, "FREE": free},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines() == ["status 2", "0", "status 0", tree], done.stderr
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr
