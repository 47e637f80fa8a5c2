"""The HTTP server: who asks, what goes wrong, which dialect answers."""

import base64
import contextlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from fakeforge import github, gitlab, smart_http
from fakeforge.exchange import Answer, Page, Request, query
from fakeforge.world import Account, Repository, World

SERVICES = ("/info/refs", "/git-upload-pack", "/git-receive-pack")
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class Forge:
    """A running forge."""

    world: World
    url: str

    @property
    def github(self) -> str:
        return f"{self.url}/api/v3"

    @property
    def gitlab(self) -> str:
        return self.url


@contextmanager
def serving(world: World) -> Iterator[Forge]:
    """Give a forge on a free port of this machine while the context lasts."""

    class Bound(Handler):
        forge = world

    server = Server(("127.0.0.1", 0), Bound)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Forge(world, f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_args: object) -> None:
        """Say nothing: clients that are killed leave broken connections."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    forge: World

    def do_GET(self) -> None:
        self._handle()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the names http.server calls

    def log_message(self, *_args: object) -> None:
        """Keep quiet."""

    def _handle(self) -> None:
        body = self._body()
        path, _, words = self.path.partition("?")
        account = self._account()
        service = next((name for name in SERVICES if path.endswith(name)), "")
        if service:
            self._git(path.removesuffix(service), service, words, body, account)
            return
        kind = self.forge.faults.next(self.command, self.path)
        answer = self._failing(kind) if kind and kind != "lost" else None
        if answer is None:
            answer = self._answer(path, words, body, account)
        if self.command in WRITES:
            login = account.login if account else "nobody"
            self.forge.note(login, self.command, path, answer.status)
        self._late(kind) or self._send(answer.status, [*answer.headers.items()], answer.body)

    def _late(self, kind: str) -> bool:
        """Keep a client waiting, and end without a word, when `kind` is such a fault."""
        if kind not in {"time-out", "lost"}:
            return False
        time.sleep(self.forge.faults.seconds)
        self.close_connection = True
        return True

    def _failing(self, kind: str) -> Answer | None:
        said: dict[str, object] = {"message": f"fault {kind}", "documentation_url": ""}
        if kind == "retry-after":
            seconds = str(self.forge.faults.retry_after)
            said["message"] = "You have exceeded a secondary rate limit"
            return Answer(403, said, {"Retry-After": seconds})
        if kind == "time-out":
            return Answer(504, said)
        if kind == "garbled":  # the page of a proxy that wants somebody to sign in
            return Page(200, "<html>sign in</html>", {"Content-Type": "text/html"})
        return Answer(int(kind), said)

    def _answer(self, path: str, words: str, body: bytes, account: Account | None) -> Answer:
        if account is None:
            return Answer(401, {"message": "Bad credentials"})
        limited = self.forge.per_minute and self.command in WRITES
        if limited and self.forge.recent(account.login, 60) >= self.forge.per_minute:
            message = {"message": "You have exceeded a secondary rate limit"}
            return Answer(429, message, {"Retry-After": str(self.forge.faults.retry_after)})
        data = json.loads(body) if body else {}
        base = f"http://{self.headers['Host']}"
        made = Request(self.forge, base, self.command, path, query(words), data, account)
        if path.startswith(github.PREFIX):
            return github.answer(made)
        return gitlab.answer(made) if path.startswith(gitlab.PREFIX) else Answer(404)

    def _git(
        self, path: str, service: str, words: str, body: bytes, account: Account | None
    ) -> None:
        name = unquote(path).strip("/").removesuffix(".git")
        name = self.forge.renamed.get(name, name)
        repository = self.forge.repositories.get(name)
        if account is None:
            self._send(401, [("WWW-Authenticate", 'Basic realm="forge"')], b"")
            return
        if repository is None or repository.is_dead:
            self._send(404, [], b"Repository not found.")
            return
        is_push = "git-receive-pack" in (service + words)
        if is_push and not may_write(repository, account):
            self._send(403, [], b"Permission denied or archived.")
            return
        kind = self.forge.faults.next(self.command, self.path)
        if kind and kind != "lost":
            failing = self._failing(kind)
            self._late(kind) or self._send(failing.status, [*failing.headers.items()], b"")
            return
        asked = smart_http.Asked(
            repository.bare, service, self.command, words, self.headers, body, account.login
        )
        answer = smart_http.answer(asked)
        self._late(kind) or self._send(*answer)

    def _account(self) -> Account | None:
        said = self.headers.get("Authorization", "")
        token = self.headers.get("PRIVATE-TOKEN", "")
        kind, _, value = said.partition(" ")
        if kind.lower() in {"token", "bearer"}:
            token = value
        if kind.lower() == "basic":
            token = base64.b64decode(value).decode().partition(":")[2]
        self.forge.seen_tokens.add(token)
        return self.forge.accounts.get(token)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(self._chunks())
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().strip() or b"0", 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        # a client that was killed meanwhile is no error of ours
        with contextlib.suppress(ConnectionError):
            self.send_response(status)
            for key, value in headers:
                self.send_header(key, value)
            if not any(key == "Content-Type" for key, _ in headers):
                self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)


def may_write(repository: Repository, account: Account) -> bool:
    """Say whether `account` may write to `repository` as it is now."""
    allowed = "write" in account.scopes and account.login not in repository.readers
    return allowed and not repository.is_archived
