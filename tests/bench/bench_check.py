"""`prooflane check` on a repository of more than 200 managed files, beside `sha256sum --check`.

Cold processes, bytecode compiled. Own work is what `check` itself measures: records, digests, marks
and git, without Python's start and the repository's own static checks. Fails above 50 ms, when a
planted edit is not found, or when fewer than 200 files were compared.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench_new import isolated, tagged_template, timed

RUNS = 15
LIMIT_MS = 50


def main() -> int:
    """Print the figures and return 1 when the promise is broken."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        env = isolated(scratch)
        made = repository(scratch, env)
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "sha256sum --check": ["sh", "-c", f"cd {made} && sha256sum -c --quiet {LISTS}"],
            "prooflane check": [sys.executable, "-m", "prooflane", "check", "--quiet", str(made)],
        }
        rounds = [
            {name: timed(command, env) for name, command in commands.items()}
            for _ in range(RUNS + 1)
        ][1:]
        results = [checked(made, env) for _ in range(RUNS)]
        (made / "controls/cli.py").write_text("edited\n")
        found = checked(made, env)["findings"]
    return report(rounds, results, found)


LISTS = "controls/managed/*.sha256"


def repository(scratch: Path, env: dict[str, str]) -> Path:
    """Return a repository of tier 2."""
    template = tagged_template(scratch / "template")
    command = [sys.executable, "-m", "prooflane", "new", "--defaults", "--no-verify", "--quiet"]
    options = ["--tier", "2", "--template", str(template), str(scratch / "made")]
    subprocess.run([*command, *options], env=env, check=True)
    return scratch / "made"


def checked(made: Path, env: dict[str, str]) -> dict:
    """Return what one cold check says."""
    command = [sys.executable, "-m", "prooflane", "check", "--json", str(made)]
    done = subprocess.run(command, env=env, check=False, capture_output=True, text=True)
    return json.loads(done.stdout)


def report(rounds: list[dict[str, float]], results: list[dict], found: list[dict]) -> int:
    """Print medians, and return 1 when a promise is broken."""
    compared = results[0]["compared"]
    print(f"{compared} managed files, bytecode compiled, median of {RUNS} rounds:")
    for name in rounds[0]:
        print(f"  {name:<20}{statistics.median(row[name] for row in rounds) * 1000:6.0f} ms wall")
    own = statistics.median(row["seconds"] for row in results) * 1000
    print(f"  {'own work of check':<20}{own:6.0f} ms (at most {LIMIT_MS})")
    missed = [row["path"] for row in found] != ["controls/cli.py"]
    return int(own > LIMIT_MS or compared < 200 or missed)


if __name__ == "__main__":
    sys.exit(main())
