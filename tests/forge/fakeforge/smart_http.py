"""Git over smart HTTP: git's own `http-backend`, as any forge's web server runs it."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Asked:
    bare: Path
    service: str  # /info/refs, /git-upload-pack, /git-receive-pack
    method: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    login: str


def answer(asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return status, headers and body of what git says."""
    done = subprocess.run(
        ["git", "http-backend"], input=asked.body, env=_env(asked), capture_output=True, check=False
    )
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    rows = [line.split(": ", 1) for line in head.decode().splitlines() if ": " in line]
    status = next((int(value.split()[0]) for key, value in rows if key == "Status"), 200)
    return status, [(key, value) for key, value in rows if key != "Status"], body


def _env(asked: Asked) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return kept | {
        "GIT_PROJECT_ROOT": str(asked.bare.parent),
        "PATH_INFO": f"/{asked.bare.name}{asked.service}",
        "GIT_HTTP_EXPORT_ALL": "1",
        "REQUEST_METHOD": asked.method,
        "QUERY_STRING": asked.query,
        "CONTENT_TYPE": asked.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(asked.body)),
        "HTTP_CONTENT_ENCODING": asked.headers.get("Content-Encoding", ""),
        "HTTP_GIT_PROTOCOL": asked.headers.get("Git-Protocol", ""),
        "GIT_HTTP_MAX_REQUEST_BUFFER": "100M",
        "REMOTE_USER": asked.login,
        "REMOTE_ADDR": "127.0.0.1",
        # any signed-in account may push here: the forge decided before
        "GIT_CONFIG_COUNT": "4",
        "GIT_CONFIG_KEY_0": "http.receivepack",
        "GIT_CONFIG_VALUE_0": "true",
        "GIT_CONFIG_KEY_1": "safe.directory",
        "GIT_CONFIG_VALUE_1": "*",
        "GIT_CONFIG_KEY_2": "uploadpack.allowFilter",
        "GIT_CONFIG_VALUE_2": "true",
        "GIT_CONFIG_KEY_3": "receive.autogc",
        "GIT_CONFIG_VALUE_3": "false",
    }
