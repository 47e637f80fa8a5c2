"""Runs a tool in bubblewrap: no network, nothing of this machine to write to, one process, limits.

The tool gets the files that it may read and change as data, into memory of its own, and what became
of them comes back as data: no folder of this machine is writable in there, and none of the
repository is to be seen. Where bubblewrap is missing or may not work, no tool runs; nothing falls
back to running it without.
"""

import base64
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from controls.action import seccomp
from controls.gateway.refusal import Refused

PROGRAM, PACKAGE = "bwrap", "bubblewrap"
RULE = "sandbox"
HINT = f"install the package {PACKAGE!r} on Linux, where unprivileged user namespaces are allowed"
INSIDE = Path(__file__).with_name("inside.py")
SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache")
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")
NOBODY = "65534"
HERE = "/tool-work"  # hides what this machine has there, so no name that somebody else would take
_POLL = 0.02
_MARK = b"begun\n"

Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a tool may take: time on the clock and on the processor, memory, each file."""

    seconds: int = 10
    memory_mb: int = 512
    output_kb: int = 1024


@dataclass(frozen=True, slots=True)
class Order:
    """A tool's program, what it is asked, the files that it is given, and what it may change."""

    name: str
    program: str
    arguments: Mapping[str, object]
    files: Files
    writes: tuple[str, ...]
    limits: Limits


@dataclass(frozen=True, slots=True)
class Ran:
    """What a tool said, and the files below its `writes` as it left them."""

    said: str
    files: Files


def absent() -> str:
    """Return why no tool can run on this machine, or nothing where one can be tried."""
    if not sys.platform.startswith("linux"):
        return f"there is no sandbox for tools on {sys.platform}"
    if shutil.which(PROGRAM) is None:
        return f"{PROGRAM} is not installed"
    if seccomp.program() is None:
        return f"the sandbox's filter is not made for {os.uname().machine}"
    return ""


@functools.cache
def broken() -> str:
    """Return why no tool runs on this machine, as it is said; nothing where one does."""
    try:
        run(Order("probe", "def run(arguments, here): return ''", {}, {}, (), Limits()))
    except Refused as error:
        return error.message
    return ""


def run(order: Order, halted: Callable[[], None] = lambda: None) -> Ran:
    """Return what the tool of `order` did; `halted` is asked all the time and may raise.

    Raises:
        Refused: when there is no sandbox, and nothing has run then.
        Refused: when the tool failed, or went over one of its limits; nothing has changed then.
    """
    if why := absent():
        raise _no_sandbox(why)
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as noise:
        status = _waited(order, told, noise, halted)
        return _read(order, status, told, noise)


def _waited(
    order: Order, told: IO[bytes], noise: IO[bytes], halted: Callable[[], None]
) -> int | None:
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as rules:
        given.write(_given(order))
        rules.write(seccomp.program() or b"")
        for file in (given, rules):
            file.seek(0)
        process = subprocess.Popen(
            [*_command(order.limits), "--seccomp", str(rules.fileno()), "--", *_python()],
            stdin=given,
            stdout=told,
            stderr=noise,
            pass_fds=[rules.fileno()],
            env={},  # the first process in there would show what this one was given
        )
        try:
            return _watched(process, order.limits.seconds, halted)
        finally:
            process.kill()
            process.wait()


def _watched(
    process: subprocess.Popen[bytes], seconds: int, halted: Callable[[], None]
) -> int | None:
    """Return how it ended, None where its time was over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            return process.wait(_POLL)
        except subprocess.TimeoutExpired:
            halted()
    return None


def _given(order: Order) -> bytes:
    rest = {
        "name": order.name,
        "program": order.program,
        "arguments": dict(order.arguments),
        "files": {path: base64.b64encode(text).decode() for path, text in order.files.items()},
        "writes": list(order.writes),
        "limits": asdict(order.limits),
    }
    return json.dumps(rest).encode()


def _command(limits: Limits) -> Iterator[str]:
    yield shutil.which(PROGRAM) or PROGRAM
    yield from ("--unshare-all", "--unshare-user", "--uid", NOBODY, "--gid", NOBODY)
    yield from ("--cap-drop", "ALL", "--clearenv", "--hostname", "sandbox")
    yield from ("--die-with-parent", "--new-session")
    bound = tuple(dict.fromkeys((*SYSTEM, sys.base_prefix, sys.prefix, *_installed())))
    for path in bound:
        yield from ("--ro-bind-try", path, path)
    for place, target in _links(bound):
        yield from ("--symlink", target, place)
    for path in DEVICES:
        yield from ("--dev-bind", path, path)
    yield from ("--size", str(limits.memory_mb << 20), "--tmpfs", HERE, "--setenv", "TMPDIR", HERE)
    yield from ("--remount-ro", "/", "--chdir", HERE)


def _python() -> tuple[str, ...]:
    return (os.path.normpath(sys.executable), "-I", "-B", "-c", INSIDE.read_text("utf-8"))


def _chain() -> Iterator[Path]:
    """Yield this Python's program and each that it is a link to: an environment's is a chain."""
    program = Path(os.path.normpath(sys.executable))
    yield program
    while program.is_symlink():
        program = Path(os.path.normpath(program.parent / program.readlink()))
        yield program


def _installed() -> Iterator[str]:
    """Yield the folder that the program at the chain's end was installed in."""
    *_, program = _chain()
    if (program.parents[1] / "lib" / program.name / "os.py").is_file():
        yield str(program.parents[1])


def _links(bound: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield place and target of each link of the chain that lies outside of `bound`.

    Only the link is made in there: the folder that it lies in may be somebody's home.
    """
    for program in _chain():
        if program.is_symlink() and not any(map(program.is_relative_to, bound)):
            yield str(program), str(program.readlink())


def _read(order: Order, status: int | None, told: IO[bytes], noise: IO[bytes]) -> Ran:
    for file in (told, noise):
        file.seek(0)
    if told.read(len(_MARK)) != _MARK:
        raise _no_sandbox(f"{PROGRAM} did not start: {_last(noise)}")
    if status is None or status < 0 or status > 128:
        raise Refused(
            f"the tool {order.name!r} was ended: over its limits, or a forbidden system call",
            _LIMITS,
            RULE,
        )
    if status:
        raise Refused(f"the tool {order.name!r} failed: {_last(noise)}", rule="tool")
    try:
        answer = json.loads(told.read())
        files = {
            str(path): base64.b64decode(text, validate=True)
            for path, text in answer["files"].items()
        }
        said = str(answer["said"]).encode("utf-8", "backslashreplace").decode()
        return Ran(said, files)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refused(f"the tool {order.name!r} gave no answer", rule="tool") from error


_LIMITS = "its limits stand in policy/tools.yaml"


def _no_sandbox(why: str) -> Refused:
    return Refused(f"no sandbox, so no tool runs: {why}", HINT, RULE)


def _last(noise: IO[bytes]) -> str:
    lines = noise.read(64 * 1024).decode(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "no message"
