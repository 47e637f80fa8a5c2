"""Loads the libraries of a generated repository once, then forks for each command it is asked for.

Started by `warm.py`. A child becomes what `python -m MODULE` would be: its folder, its environment,
its own files as standard input and output, its end as the module ends it.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import socket
import sys
import threading
import time

LIBRARIES = (
    *("anyio._backends._asyncio", "genai_prices.data", "jinja2.sandbox", "jsonschema.validators"),
    *("opentelemetry.sdk.resources", "opentelemetry.sdk.trace", "packaging.version"),
    *("pydantic_ai.direct", "pydantic_evals", "regorus", "rich.progress", "sqlite3", "yaml"),
)
MESSAGE = 1 << 17


def children(line: socket.socket) -> dict[str, object]:
    """Fork for each request; return, in each child, what it was asked for."""
    while True:
        data, files, _, _ = socket.recv_fds(line, MESSAGE, 3)
        if not data:
            os._exit(0)
        child = os.fork()
        if not child:
            line.close()
            for number, file in enumerate(files):
                os.dup2(file, number)
                os.close(file)
            return json.loads(data)
        for file in files:
            os.close(file)
        _, status = os.waitpid(child, 0)
        line.send(str(status).encode())


def become(module: str, args: list[str], cwd: str, env: dict[str, str]) -> None:
    """Set what the interpreter takes from its command line, folder and environment."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    sys.dont_write_bytecode = bool(env.get("PYTHONDONTWRITEBYTECODE"))
    sys.argv[1:] = args
    sys.orig_argv = [sys.executable, "-m", module, *args]
    sys.path[:1] = [cwd, *filter(None, env.get("PYTHONPATH", "").split(os.pathsep))]


def execute(module: str) -> int:
    """Return the status that the module ends with; what it does not catch ends Python itself."""
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if not isinstance(ended.code, int | None):
            raise
        return ended.code or 0
    return 0


def end(status: int) -> None:
    """End as Python does, but for taking apart the libraries: that would copy their pages first."""
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status & 0xFF)


for library in LIBRARIES:
    importlib.import_module(library)
gc.collect()
gc.freeze()  # a child's collector would copy every page of the libraries
asked = children(socket.socket(fileno=int(sys.argv[1])))
become(**asked)
end(execute(asked["module"]))
