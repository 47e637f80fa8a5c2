"""A what-if over many local bare repositories, beside `copier update` of some of the same.

The fleet is made by tests/fleet/make_fleet.py: our own template, tiers 0 to 2, four teams, edits,
conflicts, holds, repositories that are not ours. Ours is the whole command's work: reading, both
renders, merge, controls, the ledger. Copier's part is a sample, one after the other, cold as a
person runs it, bytecode compiled, and extrapolated to the fleet: the page says so.

Fails above 15 s for 1,000 repositories on two cores (static checks apart, which are timed on a
sample), when time grows faster than the fleet, when a worker's memory does, and when Copier did
not do what it was asked. On a machine that others keep busy, which it says, the limit is for half
of the CPU seconds: what two free cores need. Most of git's objects are hard links to one another.

    python tests/bench/bench_fleet.py [--repositories 1000] [--largest 10000] [--rounds 3]
        [--peers 3] [--checked 60] [--no-dask] [--folder FOLDER]
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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench_new import isolated

from prooflane.fleet import executors, judge
from prooflane.fleet.executors import How
from prooflane.fleet.job import Job, Target
from prooflane.fleet.planned import Planned, Verdict

ROOT = Path(__file__).parents[2]
LIMIT, GROWTH, MEMORY_MB, BUSY = 15.0, 1.25, 48, 0.3
KNOWN = {"plain", "own-files", "edited"}


def main() -> int:
    """Print the figures and return 1 when the promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repositories", type=int, default=1000)
    parser.add_argument("--largest", type=int, default=10_000, help="0: do not measure the growth")
    parser.add_argument("--rounds", type=int, default=3, help="the best of them counts")
    parser.add_argument("--peers", type=int, default=3)
    parser.add_argument("--checked", type=int, default=60)
    parser.add_argument("--no-dask", action="store_true")
    parser.add_argument("--folder", type=Path, help="keep the fleet here, and use it again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        count = max(options.repositories, options.largest)
        places = made(folder, count)
        return bench(options, folder, places, Path(scratch))


def made(folder: Path, count: int) -> list[Path]:
    """Return the repositories below `folder`, made when they are not there."""
    sys.path.insert(0, str(ROOT / "tests/fleet"))
    from make_fleet import make  # noqa: PLC0415 - a script beside the tests, no package

    found = sorted(folder.glob("fleet/*/*.git"), key=lambda path: path.name)
    if len(found) < count:
        shutil.rmtree(folder / "fleet", ignore_errors=True)
        for name in ("template", "seeds"):
            shutil.rmtree(folder / name, ignore_errors=True)
        found = sorted(make(folder, count), key=lambda path: path.name)
    return found[:count]


def bench(options: argparse.Namespace, folder: Path, places: list[Path], scratch: Path) -> int:
    """Print every figure, and return 1 when one is beyond its limit."""
    target = Target(str(folder / "template"))
    few = places[: options.repositories]
    cpu, is_slow = judged(options, target, few)
    checked(options, folder, places)
    copier(options, places, scratch, cpu / len(few))
    is_growing = growth(options, target, places) if options.largest else False
    if not options.no_dask:
        dask(target, places)
    return int(is_slow or is_growing)


def judged(options: argparse.Namespace, target: Target, few: list[Path]) -> tuple[float, bool]:
    """Print the best of some rounds; return its CPU seconds, and whether it is too slow."""
    rounds, limit = [], LIMIT * len(few) / 1000
    for _ in range(options.rounds):
        others = elsewhere()
        rows, seconds, cpu = timed(How("processes", 2), target, few)
        counted(rows)
        rounds.append((seconds, cpu, (elsewhere() - others - cpu) / seconds))
    seconds, cpu, busy = min(rounds)
    print(f"what-if over {len(few):,} bare repositories, 2 processes, cold start to last verdict:")
    print(f"  wall {seconds:6.1f} s, best of {len(rounds)}, at most {limit:.1f} s")
    print(f"  CPU  {cpu:6.1f} s, {cpu / len(few) * 1000:.1f} ms each")
    print(f"  half of that, what two free cores need: {cpu / 2:.1f} s")
    print(f"  meanwhile others kept {busy:.1f} of {os.cpu_count()} cores busy")
    return cpu, (cpu / 2 if busy > BUSY else seconds) > limit


def elsewhere() -> float:
    """Return the CPU seconds that this machine has spent on whatever it runs; 0 where unknown."""
    try:
        words = Path("/proc/stat").read_text().split(maxsplit=9)
    except OSError:
        return 0.0
    user, nice, system = map(int, words[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def timed(how: How, target: Target, places: list[Path]) -> tuple[list[Planned], float, float]:
    """Return the verdicts, the seconds, and the CPU seconds of all workers."""
    jobs = [Job(str(place), str(place)) for place in places]
    before, started = spent(), time.perf_counter()
    work = Work(target)
    rows = [row for row in executors.run(how, work, jobs, lost) if row is not None]
    return rows, time.perf_counter() - started, spent() - before


class Work:
    """`judge_all` for one target, in a form that can be sent to workers."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def __call__(self, jobs: tuple[Job, ...]) -> list[Planned]:
        """Judge."""
        return judge.judge_all(self.target, jobs)


def lost(job: Job) -> Planned:
    """Return what is said of a repository that ended its worker."""
    return Planned(job.key, Verdict.failed, reason="lost")


def counted(rows: list[Planned]) -> None:
    """Return when the verdicts are those that the repositories were made for.

    Raises:
        SystemExit: when one is not.
    """
    wanted = {
        **dict.fromkeys((*KNOWN, "floating-action", "managed-edit"), Verdict.clean),
        "readme-conflict": Verdict.conflict,
        "manifest-conflict": Verdict.conflict,
        "current": Verdict.current,
        "held": Verdict.held,
        "not-ours": Verdict.foreign,
    }
    for row in rows:
        kind = Path(row.key).stem.partition("-")[2]
        if row.verdict is not wanted[kind]:
            raise SystemExit(f"{row.key} is {row.verdict}, not {wanted[kind]}: {row.reason}")


def checked(options: argparse.Namespace, folder: Path, places: list[Path]) -> None:
    """Print what the static checks of the new version cost on top."""
    sample = places[: options.checked]
    target = Target(str(folder / "template"), None, sys.executable)
    rows, seconds, cpu = timed(How("processes", 2), target, sample)
    blocked = sum(row.verdict is Verdict.blocked for row in rows)
    print(f"with the new version's static checks, {len(sample)} of them, {blocked} blocked:")
    print(f"  wall {seconds:6.1f} s, CPU {cpu / len(sample) * 1000:.0f} ms each (workers included)")


def copier(options: argparse.Namespace, places: list[Path], scratch: Path, ours: float) -> None:
    """Print what `copier update` takes for some, and what that would be for all."""
    env = isolated(scratch)
    sample = [place for place in places if place.stem.partition("-")[2] in KNOWN]
    took = [by_copier(scratch, place, env) for place in sample[: options.peers + 1]][1:]
    if not took:
        raise SystemExit("Copier updated nothing: there is no peer to compare with")
    mean = statistics.mean(took)
    whole = mean * options.repositories
    print(f"copier update, cold, {len(took)} of the same, one after the other:")
    print(f"  CPU  {mean:6.2f} s each, {mean / ours:.0f} times ours")
    print(
        f"  {options.repositories:,} of them: {whole / 60:.0f} min, EXTRAPOLATED from {len(took)}"
    )


def by_copier(scratch: Path, place: Path, env: dict[str, str]) -> float:
    """Return the CPU seconds of `copier update` in a checkout of `place`."""
    checkout = scratch / "peers" / place.stem / "project"
    run(["git", "clone", "--quiet", str(place), str(checkout)], env)
    command = [sys.executable, "-m", "copier", "update", "--defaults", "--quiet"]
    before = children()
    run([*command, "--vcs-ref", "v0.2.0", str(checkout)], env)
    took = children() - before
    if "_commit: v0.2.0\n" not in (checkout / ".copier-answers.yml").read_text():
        raise SystemExit(f"Copier did not update {checkout}: there is nothing to compare")
    return took


def growth(options: argparse.Namespace, target: Target, places: list[Path]) -> bool:
    """Print how time and memory grow with the fleet; return whether either does too fast."""
    small, large = places[: options.largest // 10], places[: options.largest]
    with ThreadPoolExecutor(1) as pool:  # side by side: no machine is equally fast at all times
        whole = pool.submit(one, target, large)
        beside = [one(target, small)]
        while not whole.done():
            beside.append(one(target, small))
    each, memory = whole.result()
    few, least = statistics.mean(ms for ms, _ in beside), beside[0][1]
    print("growth, one worker, nothing but judging, one fleet beside the other:")
    print(f"  {len(small):>6,} repositories  {few:5.1f} ms CPU each, peak {least:4.0f} MB")
    print(f"  {len(large):>6,} repositories  {each:5.1f} ms CPU each, peak {memory:4.0f} MB")
    print(f"  the small one was judged {len(beside)} times meanwhile, the mean is shown")
    ratio, grown = each / few, memory - least
    print(f"  each takes {ratio:.2f} times as long, at most {GROWTH}")
    print(f"  peak memory grew by {grown:.0f} MB, at most {MEMORY_MB} MB")
    return ratio > GROWTH or grown > MEMORY_MB


ONE = """
import resource, sys, time
from prooflane.fleet import judge
from prooflane.fleet.job import Job, Target
places = sys.stdin.read().splitlines()
target = Target(sys.argv[1])
judge.judge_all(target, tuple(Job(place, place) for place in places[:20]))
before = time.process_time()
for at in range(0, len(places), 8):
    judge.judge_all(target, tuple(Job(place, place) for place in places[at:at + 8]))
each = (time.process_time() - before) / len(places) * 1000
print(each, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def one(target: Target, places: list[Path]) -> tuple[float, float]:
    """Return the CPU milliseconds for each, and the peak memory, of one worker of its own."""
    command = [sys.executable, "-c", ONE, str(target.template)]
    listed = "\n".join(map(str, places))
    done = subprocess.run(command, input=listed, text=True, capture_output=True, check=True)
    each, memory = map(float, done.stdout.split())
    return each, memory


def dask(target: Target, places: list[Path]) -> None:
    """Print Dask with two workers beside threads and processes, and from which size it pays."""
    from distributed import LocalCluster  # noqa: PLC0415 - optional, and slow to import

    print("the same by executor (wall seconds, best of 3, cold pools, a warm cluster):")
    sizes = [size for size in (50, 100, 200, 400) if size <= len(places)]
    found: dict[str, list[float]]
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        how = {
            "threads:2": How("threads", 2),
            "processes:2": How("processes", 2),
            "dask, 2 workers": How("dask", 0, cluster.scheduler_address),
        }
        timed(how["dask, 2 workers"], target, places[:10])
        found = {name: [] for name in how}
        for size in sizes:
            for name, seconds in fastest(how, target, places[:size]).items():
                found[name].append(seconds)
    print("  " + " " * 16 + "".join(f"{size:>8}" for size in sizes))
    for name, row in found.items():
        print(f"  {name:<16}" + "".join(f"{seconds:8.1f}" for seconds in row))
    for other in ("threads:2", "processes:2"):
        pairs = zip(sizes, found["dask, 2 workers"], found[other], strict=True)
        paying = [size for size, ours, theirs in pairs if ours < theirs]
        said = f"from {paying[0]} repositories on" if paying else "at none of these sizes"
        print(f"  a cluster that runs already is faster than {other} {said}")


def fastest(how: dict[str, How], target: Target, places: list[Path]) -> dict[str, float]:
    """Return the best of three for each; in turn, so that a loaded moment meets all of them."""
    rounds = [{name: timed(one, target, places)[1] for name, one in how.items()} for _ in range(3)]
    return {name: min(row[name] for row in rounds) for name in how}


def run(command: list[str], env: dict[str, str]) -> None:
    """Run `command`.

    Raises:
        SystemExit: when it fails, for then there is nothing to compare.
    """
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def spent() -> float:
    """Return the CPU seconds of this process and its ended children."""
    return time.process_time() + children()


def children() -> float:
    """Return the CPU seconds of ended child processes."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
