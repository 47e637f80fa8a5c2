"""Runs `python -m MODULE` as a process of its own whose third-party libraries are loaded already.

A model's libraries take a second to import, and hundreds of tests start such a process. Here one
process per worker imports them and forks for each command. What is tested, `controls`, `evals`,
`workflow` and `prooflane`, is never loaded before the fork: each process imports it from its own
folder. Nor is a library that reads its environment when it is imported: pygit2, Copier. The tests
of how a command starts, ends and breaks start Python itself.
"""

import array
import atexit
import functools
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile

SERVER = Path(__file__).with_name("warm_server.py")
MESSAGE = 1 << 17


def run(
    module: str,
    *args: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    given: str = "",
    check: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Return how `python -m module args` ended in `cwd`, which read `given`, and what it wrote."""
    asked = {"module": module, "args": args, "cwd": str(cwd), "env": dict(env or os.environ)}
    with TemporaryFile("w+") as read, TemporaryFile("w+") as out, TemporaryFile("w+") as err:
        read.write(given)
        read.seek(0)
        status = _ended(asked, [read.fileno(), out.fileno(), err.fileno()])
        said = [_text(file) for file in (out, err)]
    done = subprocess.CompletedProcess([sys.executable, "-m", module, *args], status, *said)
    if check:
        done.check_returncode()
    return done


def _ended(asked: dict[str, object], files: list[int]) -> int:
    line = _line()
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))]
    line.sendmsg([json.dumps(asked).encode()], rights)
    answer = line.recv(MESSAGE)
    assert answer, "the warm process has ended"
    return os.waitstatus_to_exitcode(int(answer))


def _text(file) -> str:
    file.seek(0)
    return file.read()


@functools.cache
def _line() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * MESSAGE)
    with theirs:
        command = [sys.executable, str(SERVER), str(theirs.fileno())]
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])

    def end() -> None:
        ours.close()
        server.wait()

    atexit.register(end)
    return ours
