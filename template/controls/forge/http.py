"""The only module of the controls' own that speaks to a forge: GET, JSON in, nothing else.

Never follows a redirect and never leaves the API's own address, so that the token goes nowhere
else. Standard library only: doctor runs before there is an environment.
"""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.parse import urlsplit

from controls.errors import ControlsError

TIMEOUT = 30
LIMIT = 8 * 1024 * 1024
PAGES = 50
AGENT = "prooflane-controls"
_NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')
_LOCAL = ("127.0.0.1", "localhost", "::1")


class Missing(ControlsError):
    """The forge says that there is no such thing, or none that this token may see."""


class Forbidden(ControlsError):
    """The forge knows, and does not tell this token."""


@dataclass(frozen=True, slots=True)
class Api:
    """A forge's API at `url`; `headers` carry the token and are never part of a message."""

    url: str
    headers: Mapping[str, str] = field(repr=False)

    def get(self, path: str) -> object:
        """Return what the forge answers to GET `path`.

        Raises:
            Missing: for 404.
            Forbidden: for 401 and 403.
            ControlsError: for every other failure, an answer that is no JSON included.
        """
        return self._page(f"{self.url}/{path}")[0]

    def all(self, path: str) -> Iterator[object]:
        """Yield the items of a list, page after page; an answer that is no list is an error."""
        address = f"{self.url}/{path}"
        for _ in range(PAGES):
            page, following = self._page(address)
            if not isinstance(page, list):
                raise ControlsError(f"the forge answered no list to {path!r}")
            yield from page
            if not following:
                return
            address = self._own(following)
        raise ControlsError(f"the forge's answer to {path!r} has more than {PAGES} pages")

    def _own(self, address: str) -> str:
        here, there = urlsplit(self.url), urlsplit(address)
        if (here.scheme, here.netloc) != (there.scheme, there.netloc):
            raise ControlsError(f"the forge points to another address, {there.netloc!r}")
        return address

    def _page(self, address: str) -> tuple[object, str]:
        parts = urlsplit(address)
        if parts.scheme != "https" and parts.hostname not in _LOCAL:
            raise ControlsError(f"{parts.scheme}://{parts.netloc} would show the token: use https")
        request = urllib.request.Request(address, headers={**self.headers, "User-Agent": AGENT})  # noqa: S310 - the scheme was looked at
        try:
            with _OPENER.open(request, timeout=TIMEOUT) as answer:
                blob = answer.read(LIMIT + 1)
                following = _NEXT.search(answer.headers.get("Link") or "")
        except urllib.error.HTTPError as error:
            with error:
                raise _refused(parts.path, error) from error
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise ControlsError(
                f"the forge at {parts.netloc!r} cannot be reached: {reason}"
            ) from error
        return _json(blob, parts.path), following[1] if following else ""


class _Stay(urllib.request.HTTPRedirectHandler):
    """Leaves a redirect as the answer: following it would hand the token on."""

    def redirect_request(  # noqa: PLR0913, PLR0917 - the library's own signature
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        """Return nothing, which is how the library is told to stay."""


_OPENER = urllib.request.build_opener(_Stay)


def _json(blob: bytes, path: str) -> object:
    if len(blob) > LIMIT:
        raise ControlsError(f"the forge's answer to {path!r} is larger than {LIMIT >> 20} MiB")
    try:
        found: object = json.loads(blob)
    except ValueError as error:
        raise ControlsError(f"the forge answered no JSON to {path!r}") from error
    return found


def _refused(path: str, error: urllib.error.HTTPError) -> ControlsError:
    message = f"the forge answered {error.code} to {path!r}"
    if error.code == 404:
        return Missing(message, hint="is the repository's name right, and may the token see it?")
    limited = error.code == 429 or error.headers.get("X-RateLimit-Remaining") == "0"
    if limited:
        return ControlsError(f"{message}: too many requests", hint="try again later")
    if error.code in {401, 403}:
        return Forbidden(message, hint="the token lacks the permission that this needs")
    if 300 <= error.code < 400:
        return ControlsError(f"{message}: it has moved", hint="use the repository's new name")
    return ControlsError(message)
