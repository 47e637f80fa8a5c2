"""Runs one tool inside the sandbox: order in, what became of its files out.

Started by `sandbox.py` as the only process of its own world; the standard library is all it has.
Nothing here is trusted by the outside: whatever comes out is checked there again.
"""

import base64
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

BEGUN = "begun"
HERE = Path("/tool-work")
NAME = "sandbox"
FIRST = 2  # bubblewrap is process 1


def main() -> None:
    """Do the order that standard input holds; answer on what was standard output."""
    if not _is_sandbox():
        raise SystemExit("this is no sandbox")
    order = json.load(sys.stdin)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a tool prints is not its answer
    print(BEGUN, file=out, flush=True)
    for path, content in order["files"].items():
        _put(HERE / path, base64.b64decode(content))
    os.chdir(HERE)
    _limit(order["limits"])
    said = _said(order)
    answer = {"said": said, "files": dict(_found(order["writes"]))}
    print(json.dumps(answer), file=out, flush=True)
    os._exit(0)  # no thread and no exit handler of the tool goes on


def _is_sandbox() -> bool:
    """Say whether this is the world that was asked for, whatever started this program."""
    alone = os.getpid() <= FIRST and os.uname().nodename == NAME
    return alone and not Path("/proc/self").exists() and not os.access("/", os.W_OK)


def _said(order: dict[str, Any]) -> str:
    namespace: dict[str, Any] = {"__name__": "tool", "__file__": order["name"]}
    exec(compile(order["program"], order["name"], "exec"), namespace)  # noqa: S102  the tool's own code
    return str(namespace["run"](order["arguments"], HERE))


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _found(folders: list[str]) -> Any:  # noqa: ANN401  pairs, before they are JSON
    for folder in folders:
        for path in sorted((HERE / folder).rglob("*")):
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise SystemExit(f"{path} is no plain file")
            if path.is_file():
                yield (
                    path.relative_to(HERE).as_posix(),
                    base64.b64encode(path.read_bytes()).decode(),
                )


def _limit(limits: dict[str, int]) -> None:
    memory, output = limits["memory_mb"] << 20, limits["output_kb"] << 10
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, output),
        (resource.RLIMIT_CPU, limits["seconds"]),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


main()
