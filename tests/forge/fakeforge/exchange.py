"""One request and one answer, in the words that both dialects use."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from fakeforge.world import Account, World


@dataclass(frozen=True)
class Request:
    world: World
    base: str  # http://127.0.0.1:port
    method: str
    path: str  # decoded only where a dialect says so
    query: Mapping[str, str]
    data: Mapping[str, object]
    account: Account

    @property
    def page(self) -> tuple[int, int]:
        """Return the number and the size of the page that is asked for."""
        return int(self.query.get("page", 1)), int(self.query.get("per_page", 30))


@dataclass(frozen=True)
class Answer:
    status: int = 200
    data: object = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        return b"" if self.data is None else json.dumps(self.data).encode()


class Page(Answer):
    """An answer that is no JSON."""

    @property
    def body(self) -> bytes:
        return str(self.data).encode()


def query(text: str) -> dict[str, str]:
    return {key: values[-1] for key, values in parse_qs(text, keep_blank_values=True).items()}


def paged(request: Request, rows: list[object], address: str) -> Answer:
    """Return one page of `rows`, and where the next one is."""
    page, size = request.page
    start = (page - 1) * size
    has_next = start + size < len(rows)
    more = {**request.query, "page": str(page + 1)}
    words = "&".join(f"{key}={value}" for key, value in more.items())
    headers = {"Link": f'<{request.base}{address}?{words}>; rel="next"'} if has_next else {}
    headers |= {
        "X-Page": str(page),
        "X-Per-Page": str(size),
        "X-Next-Page": str(page + 1) if has_next else "",
    }
    return Answer(200, rows[start : start + size], headers)
