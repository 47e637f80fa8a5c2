"""What a cold sync does not load: each would cost more than the whole of its work."""

import subprocess
import sys

HEAVY = {"copier", "pydantic", "pygit2", "questionary", "rich", "tomlkit", "ruamel.yaml"}
SCRIPT = """\
import sys
from prooflane.cli import main
status = main(sys.argv[1:])
print(*sys.modules)
sys.exit(status)
"""


def test_a_routine_sync_loads_none_of_the_heavy_libraries(made, environment):
    command = [sys.executable, "-c", SCRIPT, "sync", "--quiet"]
    done = subprocess.run(
        command, cwd=made, env=environment, check=True, capture_output=True, text=True
    )
    assert HEAVY & set(done.stdout.split()) == set()
