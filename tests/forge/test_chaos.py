"""300 repositories, a process that is killed twenty times, and a forge that fails at random.

Faults meet what is asked of the API and what git asks alike.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from fleet import MINE, git

REPOSITORIES, DEAD, KILLS, PER_MINUTE = 300, 5, 20, 300
KINDS = ("403", "422", "500", "502", "retry-after", "time-out", "lost")
SETTINGS = f"""\
waves:
  - {{name: early, tiers: [0, 1], share: 10, soak: 0, conflicts: 1, holds: 1, failed: 1}}
  - {{name: rest, tiers: [0, 1], soak: 0, conflicts: 1, holds: 1, failed: 1}}
rate: {{per_minute: {PER_MINUTE}, per_hour: 90000}}
timeout: 1
look: 1h
"""


@pytest.mark.slow
def test_killed_twenty_times_each_repository_that_lives_has_one_pull_request(fleet, forge):
    names = [f"acme/r{number:03}" for number in range(REPOSITORIES)]
    owners = {name: MINE if at % 10 == 0 else None for at, name in enumerate(names)}
    for tier in (0, 1):
        git(fleet.seed(tier), "gc", "--quiet")  # a few files to copy, and to remove, 300 times
    fleet.know(*(fleet.add(name, at % 2, owners[name]) for at, name in enumerate(names)))
    dead = set(names[7::61])
    for name in dead:
        forge.world.repositories[name].is_dead = True
    # nothing but our own care may prevent a second pull request
    forge.world.refuses_duplicates = False
    forge.world.faults.seconds, forge.world.faults.retry_after = 1.1, 1
    forge.world.faults.at_random(seed=7, share=0.02, kinds=KINDS, each=2)
    settings = fleet.root / "rollout.yaml"
    settings.write_text(SETTINGS)
    command = [sys.executable, "-m", "prooflane", "fleet", "sync", "--ledger", str(fleet.ledger)]
    command += ["--to", "v2.0.0", "--settings", str(settings), "--json"]
    chance = random.Random(11)  # noqa: S311 - moments that can be repeated
    killed = sum(kill(command, chance.uniform(1, 3.5)) for _ in range(KILLS))
    for _ in range(30):  # a busy machine makes time-outs of its own
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.stdout, done.stderr
        said = json.loads(done.stdout)
        if len(said["failed"]) == DEAD:
            break
    assert (len(dead), killed) == (DEAD, KILLS)
    assert done.returncode == 1
    assert sorted(key.partition("/")[2] for key in said["failed"]) == sorted(dead)
    pulls = {name: len(row.pulls) for name, row in forge.world.repositories.items()}
    assert Counter(pulls.values()) == {1: REPOSITORIES - DEAD, 0: DEAD}
    assert {name for name, number in pulls.items() if number == 0} == dead
    assert forge.world.most_within("prooflane-bot", 60) <= PER_MINUTE
    assert {kind for kind, _, _ in forge.world.faults.happened} == set(KINDS)
    assert {".git/" in path for _, _, path in forge.world.faults.happened} == {True, False}


def kill(command, seconds):
    """Run `command` in a group of its own, kill it after `seconds`, and say whether it ran."""
    pipe = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, start_new_session=True) as child:
        time.sleep(seconds)
        was_running = child.poll() is None
        os.killpg(child.pid, signal.SIGKILL) if was_running else None
        child.wait()
    return was_running
