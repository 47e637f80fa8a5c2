"""One eval run: ours beside pydantic-evals alone and Inspect, wall time of the whole process.

The same cases in the same run: those of `smoke_v1` that expect words, each answered by the same
governed workflow and judged by the same rule, four at once, each process on a repository of its own
with its bytecode compiled. What differs is what a run leaves behind: ours has confirmed failures,
a ceiling, a journal, a report and its seal. Fails when a peer judges another number as passed, when
one did not run, and when ours takes more than twice the time of pydantic-evals alone.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROUNDS = 5
LIMIT = 2.0
COMMON = """
import json, sys
from pathlib import Path
from controls.ask import answered
from controls.evals import sets
from controls.evals.library.answer import folded
from decimal import Decimal
from controls.run import Cap, start
root = Path.cwd()
cases = sets.load(root, "bench").cases
cap = Cap("bench", Decimal(25))
def work(case):
    with start(root, feature="answer", user="bench", workspace="evals", cap=cap) as run:
        return answered(root, run, case.question).text
def good(case, text):
    said = folded(text)
    return all(any(folded(o) in said for o in options) for options in case.expect.contains)
"""
ALONE = """
import asyncio
from dataclasses import dataclass
from pydantic_evals import Case, Dataset
from pydantic_evals.evaluators import Evaluator
@dataclass
class Contains(Evaluator):
    def evaluate(self, ctx):
        return good(ctx.inputs, ctx.output)
async def task(case):
    return await asyncio.to_thread(work, case)
dataset = Dataset(
    name="bench", cases=[Case(name=c.id, inputs=c) for c in cases], evaluators=[Contains()]
)
report = dataset.evaluate_sync(task, max_concurrency=4, progress=False)
passed = sum(all(a.value for a in row.assertions.values()) for row in report.cases)
print(json.dumps([len(report.cases), passed]))
"""
INSPECT = """
import asyncio
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.scorer import Score, accuracy, scorer
from inspect_ai.solver import solver
by_id = {c.id: c for c in cases}
@solver
def workflow():
    async def solve(state, generate):
        state.output.completion = await asyncio.to_thread(work, by_id[state.sample_id])
        return state
    return solve
@scorer(metrics=[accuracy()])
def contains():
    async def score(state, target):
        return Score(value=float(good(by_id[state.sample_id], state.output.completion)))
    return score
samples = [Sample(id=c.id, input=c.question) for c in cases]
[log] = eval(
    Task(dataset=samples, solver=workflow(), scorer=contains()),
    model="mockllm/model", max_samples=4, display="none", log_dir=str(root / "logs"),
)
assert log.status == "success", log.error
values = [s.scores["contains"].value for s in log.samples]
print(json.dumps([len(values), int(sum(values))]))
"""
OURS = "evals.run", "--set", "bench", "--concurrency", "4", "--json"


def main() -> int:
    """Print the figures and return 1 when a promise is broken."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        repository = rendered(scratch)
        env = environment(scratch, installed(scratch / "peers"))
        rounds = []
        for number in range(ROUNDS + 1):
            folder = scratch / f"round-{number}"
            took = {
                "prooflane": ours(repository, folder / "ours", env),
                "pydantic-evals alone": peer(repository, folder / "alone", env, ALONE),
                "inspect": peer(repository, folder / "inspect", env, INSPECT),
            }
            rounds.append(took)
    return report(rounds[1:])


def rendered(scratch: Path) -> Path:
    """Return a repository with a set of the cases that expect words."""
    import copier  # noqa: PLC0415  only here

    source, root = scratch / "source", scratch / "project"
    source.mkdir()
    subprocess.run(["cp", "-r", ROOT / "template", ROOT / "copier.yml", source], check=True)
    copier.run_copy(str(source), root, data={"tier": 2}, defaults=True, quiet=True)
    smoke = (root / "evals/sets/smoke_v1/cases.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in smoke.splitlines()]
    kept = [row for row in rows if "contains" in row["expect"]]
    folder = root / "evals/sets/bench"
    folder.mkdir()
    (folder / "set.yaml").write_text("evaluators: [contains]\n", encoding="utf-8")
    text = "".join(json.dumps(row) + "\n" for row in kept)
    (folder / "cases.jsonl").write_text(text, encoding="utf-8")
    return root


def installed(folder: Path) -> Path:
    """Return the folder of the peers' packages.

    Raises:
        SystemExit: when they cannot be installed, for then there is nothing to compare.
    """
    lines = (ROOT / "template/controls/requirements.txt").read_text().splitlines()
    pins = [line.split()[0] for line in lines if line[:1].isalpha() and "==" in line]
    locked = folder.with_suffix(".txt")
    locked.write_text("\n".join(pins) + "\n")
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", str(folder)]
    command += ["-r", str(ROOT / "tests/bench/eval_peers.txt"), "-c", str(locked)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the peers cannot be installed:\n{done.stderr}")
    return folder


def environment(scratch: Path, peers: Path) -> dict[str, str]:
    """Return the variables of every side: the same packages, compiled bytecode, no settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "GITHUB_", "AIWF"))}
    return kept | {
        "PYTHONPATH": f".:{peers}",
        "PYTHONPYCACHEPREFIX": str(scratch / "bytecode"),
        "HOME": str(scratch),
    }


def ours(repository: Path, folder: Path, env: dict[str, str]) -> tuple[float, int, int]:
    """Return the seconds of our run, how many cases it judged and how many passed."""
    took, out = timed(repository, folder, env, ["-m", *OURS])
    found = json.loads(out)
    return took, found["cases"], found["passed"]


def peer(repository: Path, folder: Path, env: dict[str, str], body: str) -> tuple[float, int, int]:
    """Return the seconds of a peer's run, how many cases it judged and how many passed."""
    took, out = timed(repository, folder, env, ["-c", COMMON + body])
    cases, passed = json.loads(out.splitlines()[-1])
    return took, cases, passed


def timed(
    repository: Path, folder: Path, env: dict[str, str], words: list[str]
) -> tuple[float, str]:
    """Return the wall time and the output of one process in a fresh copy of the repository.

    Raises:
        SystemExit: when the process fails, for then there is nothing to compare.
    """
    shutil.copytree(repository, folder)
    began = time.perf_counter()
    command = [sys.executable, *words]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"a side failed:\n{done.stdout[-500:]}\n{done.stderr[-1500:]}")
    return took, done.stdout


def report(rounds: list[dict[str, tuple[float, int, int]]]) -> int:
    """Print the medians and return 1 when the sides disagree or ours is too slow."""
    counts = {found[1:] for row in rounds for found in row.values()}
    medians = {name: statistics.median(row[name][0] for row in rounds) for name in rounds[0]}
    for name, seconds in medians.items():
        print(f"  {name:22} {seconds:6.2f} s")
    ratio = medians["prooflane"] / medians["pydantic-evals alone"]
    print(f"  cases and passed: {sorted(counts)}; ours to pydantic-evals alone: {ratio:.2f}")
    if len(counts) != 1:
        print("the sides do not agree on what passed")
        return 1
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
