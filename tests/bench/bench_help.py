"""`prooflane --help` from a cold process, beside Python doing nothing and beside `copier --help`.

Bytecode is compiled on all sides. Fails above 150 ms, and when the peer did not run.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from bench_new import isolated, timed

RUNS = 15
LIMIT_MS = 150
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "prooflane --help": [sys.executable, "-m", "prooflane", "--help"],
    "copier --help": [sys.executable, "-m", "copier", "--help"],
}


def main() -> int:
    """Print the figures and return 1 when the promise is broken."""
    with tempfile.TemporaryDirectory() as folder:
        env = isolated(Path(folder))
        rounds = [
            {name: timed(command, env) for name, command in COMMANDS.items()}
            for _ in range(RUNS + 1)
        ][1:]
    print(f"cold processes, bytecode compiled, median of {RUNS} rounds after one to warm up:")
    medians = {name: statistics.median(row[name] for row in rounds) * 1000 for name in COMMANDS}
    for name, taken in medians.items():
        print(f"  {name:<18}{taken:6.0f} ms")
    print(f"  at most {LIMIT_MS} ms for prooflane --help")
    return int(medians["prooflane --help"] > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
