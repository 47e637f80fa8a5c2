"""The first day of a tier-2 repository, each part timed apart: set-up, own checks, eval gate.

The checks and the gate run with the network cut. The peer of `make setup` is plain pip on the same
locked files, in the same run. Fails when a promise is broken, or when the peer did not run.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench_new import isolated, tagged_template, timed

CUT = ["unshare", "--map-root-user", "--net"]
GATE = ["-m", "evals.run", "--set", "smoke_v1", "--max-cost", "25", "--min-pass", "0.92"]
LIMITS = {"make check": 60.0, "smoke eval gate": 4.0}
ROUNDS = 3


def main() -> int:
    """Print the figures and return 1 when a promise is broken."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        env = isolated(scratch)
        template = tagged_template(scratch / "template")
        project = scratch / "project"
        new = [sys.executable, "-m", "prooflane", "new", "--defaults", "--tier", "2"]
        new += ["--no-verify", "--quiet", "--template", str(template), str(project)]
        created = timed(new, env)
        # what the generator needs in its environment is not what a repository has in its own
        bare = {k: v for k, v in env.items() if not k.startswith("PYTHON")} | {"PWD": str(project)}
        setup = within(project, ["make", "setup"], bare)
        pip = plain_pip(project, scratch / "pip", bare)
        python = str(project / ".venv/bin/python")
        check = [within(project, [*CUT, "make", "check"], bare) for _ in range(ROUNDS)]
        gate = [within(project, [*CUT, python, *GATE], bare) for _ in range(ROUNDS)]
    figures = {
        "prooflane new --no-verify": created,
        "make setup": setup,
        "peer: venv, then pip install": pip,
        "make check": sorted(check)[ROUNDS // 2],
        "smoke eval gate": sorted(gate)[ROUNDS // 2],
    }
    print(f"a fresh tier-2 repository; checks and gate with the network cut, median of {ROUNDS}:")
    for name, taken in figures.items():
        limit = f"   at most {LIMITS[name]:.0f} s" if name in LIMITS else ""
        print(f"  {name:<30}{taken:7.2f} s{limit}")
    print(f"  make setup / pip: {setup / pip:.2f}")
    return int(any(figures[name] > limit for name, limit in LIMITS.items()))


def plain_pip(project: Path, venv: Path, env: dict[str, str]) -> float:
    """Return how long the peer takes: a virtual environment and pip on the same locked files."""
    python = str(venv / "bin" / "python")
    made = within(project, [sys.executable, "-m", "venv", str(venv)], env)
    pip = [python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", "requirements.txt"]
    return made + within(project, pip, env)


def within(folder: Path, command: list[str], env: dict[str, str]) -> float:
    """Return how many seconds `command` takes in `folder`.

    Raises:
        SystemExit: when it fails.
    """
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    taken = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return taken


if __name__ == "__main__":
    sys.exit(main())
