"""Serves the review queue to the browsers of this machine, and to nobody else.

Listens on 127.0.0.1 alone; reads a request, has `site` answer it, writes the answer. Requests are
not logged: their address holds the token.
"""

import secrets
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

from controls.errors import ControlsError
from controls.review import page
from controls.review.site import Answer, Request, Site, answer

HOST = "127.0.0.1"
LARGEST = 1024 * 1024
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": f"default-src 'none'; style-src '{page.STYLE_HASH}';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # `no-referrer` would also take the origin off our own forms
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Server(ThreadingHTTPServer):
    """A server that listens and does not serve yet; port 0 takes a free one."""

    daemon_threads = True
    allow_reuse_address = False  # a second server on the port is told so, not let in

    def __init__(self, root: Path, port: int, actor: str = "") -> None:
        try:
            super().__init__((HOST, port), Handler)
        except (OSError, OverflowError) as error:
            raise ControlsError(f"cannot listen on {HOST}:{port}: {error}", "--port 0") from error
        hosts = (f"{HOST}:{self.server_port}", f"localhost:{self.server_port}")
        self.site = Site(root, secrets.token_urlsafe(24), hosts, actor)

    @property
    def address(self) -> str:
        """The address to open, its token included."""
        return f"http://{HOST}:{self.server_port}{self.site.home}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Let go of a browser that went away; anything else is a defect and is shown."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Handler(BaseHTTPRequestHandler):
    """One connection of one browser."""

    server_version, sys_version, timeout = "review", "", 30

    @property
    def _site(self) -> Site:
        return cast("Server", self.server).site

    def do_GET(self) -> None:
        """Show the list or one draft."""
        self._write(answer(self._site, Request(self.path, self._names())))

    def do_POST(self) -> None:
        """Carry out a reviewer's decision."""
        size = self.headers.get("Content-Length", "")
        if not size.isdecimal() or int(size) > LARGEST:
            told = page.refused("Too much", f"a form has at most {LARGEST // 1024} KiB")
            self._write(Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, told))
            return
        form = self.rfile.read(int(size))
        self._write(answer(self._site, Request(self.path, self._names(), form)))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  as it is inherited
        """Say nothing."""

    def _names(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _write(self, given: Answer) -> None:
        body = given.body.encode("utf-8", "replace")
        self.send_response(given.status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        if given.location:
            self.send_header("Location", given.location)
        self.end_headers()
        self.wfile.write(body)


def serve(root: Path, port: int, actor: str) -> None:
    """Print the address and serve until somebody presses Ctrl-C."""
    with Server(root, port, actor) as server:
        told = f"review queue: {server.address}\nonly this machine can open it; Ctrl-C ends it\n"
        sys.stdout.write(told)
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            sys.stdout.write("\n")
