"""No acknowledged entry is lost, however its writer ends."""

import os
import signal
import subprocess
import time

import pytest

from controls.audit import read, verify, writer
from controls.audit.entry import Act

ROUNDS, WRITERS = 20, 4
ENDLESS = """
number = 0
print("ready", flush=True)
while True:
    name = f"{os.getpid()}-{number}"
    act = Act("call", "public", {"n": name, "filler": "x" * 3000})
    writer.append(root, act, sync=number % 7 == 0)
    os.write(1, name.encode() + b"\\n")
    number += 1
"""


def told_before_the_kill(process, round_):
    """Start the writers, kill them all at once in the middle, and return what was acknowledged."""
    children = [
        process(ENDLESS, stdout=subprocess.PIPE, start_new_session=True) for _ in range(WRITERS)
    ]
    assert [child.stdout.readline() for child in children] == [b"ready\n"] * WRITERS
    time.sleep(0.02 + round_ * 7 % 30 / 1000)
    for child in children:
        os.killpg(child.pid, signal.SIGKILL)
    told = [child.stdout.read().decode().split("\n")[:-1] for child in children]
    for child in children:
        child.stdout.close()
        child.wait()
    return [name for names in told for name in names]


@pytest.mark.slow
def test_20_rounds_of_kill_9_with_4_writers_lose_no_acknowledged_entry(tmp_path, process):
    told = []
    for round_ in range(ROUNDS):
        told += told_before_the_kill(process, round_)
        assert verify.verify(tmp_path).problems == ()
    writer.append(tmp_path, Act("call", "public", {"n": "last"}))
    with read.snapshot(tmp_path) as seen:
        written = [entry.facts["n"] for entry in read.entries(seen) if entry.kind == "call"]
    assert len(told) > ROUNDS * WRITERS
    assert set(told) - set(written) == set()
    assert len(written) == len(set(written))
    assert verify.verify(tmp_path).problems == ()
