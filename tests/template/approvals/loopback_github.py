"""GitHub's REST API on the loopback: answers of its documented shape, one pull request a number."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

NAME = "octo/replies"
TOKEN = "a token of the test"  # noqa: S105 - it opens nothing
WEB_FLOW = {"login": "web-flow", "id": 19864447, "type": "User"}


def user(login: str) -> dict[str, object]:
    kind = "Bot" if login.endswith("[bot]") else "User"
    return {"login": login, "id": sum(map(ord, login)), "type": kind, "site_admin": False}


@dataclass
class Pull:
    """A pull request as its author left it; each list is what one endpoint answers."""

    number: int = 7
    author: str = "ada"
    head: str = "f" * 40
    tree: str = "e" * 40
    branch: str = "loosen"
    merged_as: str | None = None
    commits: list[dict[str, object]] = field(default_factory=list)
    reviews: list[dict[str, object]] = field(default_factory=list)
    pushers: list[str] = field(default_factory=lambda: ["ada"])
    hidden_commits: int = 0

    def wrote(self, login: str, message: str = "Change", name: str = "", email: str = "") -> None:
        person = {"name": name or login, "email": email or f"{login}@example.com"}
        commit = {"author": person, "committer": {**person}, "message": message}
        accounts = {"author": user(login), "committer": WEB_FLOW}
        self.commits.append({"sha": self.head, "commit": commit, **accounts, "parents": []})

    def review(self, login: str, state: str = "APPROVED", commit: str = "", at: int = 1) -> None:
        self.reviews.append(
            {
                "id": 80 + len(self.reviews),
                "user": user(login),
                "body": "",
                "state": state,
                "html_url": f"https://github.com/{NAME}/pull/{self.number}#pullrequestreview-{at}",
                "submitted_at": f"2026-11-0{at}T12:00:00Z",
                "commit_id": commit or self.head,
                "author_association": "MEMBER",
            }
        )


@dataclass
class Hub:
    """Everything that the server knows; `seen` is what it was asked, `tokens` with which token."""

    pulls: dict[int, Pull] = field(default_factory=dict)
    answers: dict[str, tuple[int, object]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    page: int = 100
    seen: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    url: str = ""

    def env(self, number: int | None = 7) -> dict[str, str]:
        known = {"GITHUB_REPOSITORY": NAME, "GITHUB_API_URL": self.url, "GITHUB_TOKEN": TOKEN}
        return known | ({"PULL_REQUEST": str(number)} if number else {})

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, object]:
        if path in self.answers:
            return self.answers[path]
        found = self._found(path.removeprefix(f"/repos/{NAME}/").split("/"), query)
        missing = {"message": "Not Found", "status": "404"}
        return (404, missing) if found is None else (200, found)

    def _found(self, parts: list[str], query: dict[str, list[str]]) -> object:
        found: object = None
        match parts:
            case ["pulls", number]:
                found = _pull(self.pulls[int(number)])
            case ["pulls", number, "reviews"]:
                found = self.pulls[int(number)].reviews
            case ["pulls", number, "commits"]:
                found = self.pulls[int(number)].commits
            case ["git", "commits", sha]:
                pull = next(pull for pull in self.pulls.values() if pull.head == sha)
                found = {"sha": sha, "tree": {"sha": pull.tree, "url": "…"}}
            case ["commits", sha, "pulls"]:
                found = [_pull(pull) for pull in self.pulls.values() if pull.merged_as == sha]
            case ["activity"]:
                found = list(self._activity(query["ref"][0]))
        return found

    def _activity(self, ref: str) -> Iterator[dict[str, object]]:
        for pull in self.pulls.values():
            if ref == f"refs/heads/{pull.branch}":
                for login in pull.pushers:
                    yield {
                        "id": 1,
                        "before": "0" * 40,
                        "after": pull.head,
                        "ref": ref,
                        "timestamp": "2026-11-01T10:00:00Z",
                        "activity_type": "push",
                        "actor": user(login),
                    }


def _pull(pull: Pull) -> dict[str, object]:
    return {
        "number": pull.number,
        "state": "closed" if pull.merged_as else "open",
        "html_url": f"https://github.com/{NAME}/pull/{pull.number}",
        "user": user(pull.author),
        "head": {"sha": pull.head, "ref": pull.branch, "repo": {"full_name": NAME}},
        "base": {"sha": "b" * 40, "ref": "main", "repo": {"full_name": NAME}},
        "merged": pull.merged_as is not None,
        "merged_at": "2026-11-02T12:00:00Z" if pull.merged_as else None,
        "merge_commit_sha": pull.merged_as or "c" * 40,
        "commits": len(pull.commits) + pull.hidden_commits,
    }


@contextmanager
def serving() -> Iterator[Hub]:
    """Give a GitHub on the loopback."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        self.hub.seen.append(parts.path)
        token = self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN", "")
        self.hub.tokens.add(token)
        status, body = self.hub.answer(parts.path, query)
        headers = dict(self.hub.headers)
        if isinstance(body, list):
            body, following = self._cut(body, query)
            if following:
                headers["Link"] = f'<{self.hub.url}{following}>; rel="next"'
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _cut(self, rows: list[object], query: dict[str, list[str]]) -> tuple[list[object], str]:
        start = int(query.get("page", ["1"])[0])
        size = self.hub.page
        shown = rows[(start - 1) * size : start * size]
        more = len(rows) > start * size
        rest = "&".join(f"{key}={value[0]}" for key, value in query.items() if key != "page")
        path = urlsplit(self.path).path
        return shown, f"{path}?{rest}&page={start + 1}" if more else ""
