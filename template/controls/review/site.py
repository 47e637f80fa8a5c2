"""Answers the requests of the review page: who may ask, what is shown, what a form does.

A request must know the random token of the printed address, name this server as its host (another
name is a rebound one) and, to change something, come from a page of this server. No socket is
touched here: that is `serve`. What a decision does is in `desk`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from controls.errors import ControlsError
from controls.review import desk, page, store
from controls.review.page import Typed

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Site:
    """What all requests share; `hosts` are the names of this server, with its port."""

    root: Path
    token: str
    hosts: tuple[str, ...]
    actor: str = ""

    @property
    def home(self) -> str:
        """The path below which everything is."""
        return f"/{self.token}/"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came in; header names are in small letters."""

    target: str
    headers: Mapping[str, str]
    form: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A response before it is written; `location` sends the browser on."""

    status: HTTPStatus
    body: str = ""
    location: str = ""


def answer(site: Site, request: Request) -> Answer:
    """Return the answer to `request`; whatever is wrong with it is a page with one sentence."""
    forbidden = _forbidden(site, request)
    if forbidden:
        told = page.refused("Not from here", forbidden, "open the address that was printed")
        return Answer(HTTPStatus.FORBIDDEN, told)
    try:
        if request.form is None:
            return _shown(site, request.target)
        return _decided(site, request.target, request.form)
    except ControlsError as error:
        told = page.refused("That did not work", error.message, error.hint)
        return Answer(HTTPStatus.NOT_FOUND, told)


def _forbidden(site: Site, request: Request) -> str:
    host, origin = request.headers.get("host", ""), request.headers.get("origin", "")
    path = urlsplit(request.target).path
    token = unquote(path.split("/")[1]) if path.startswith("/") else ""
    if host not in site.hosts:
        return f"this server is not {host!r}"
    if not compare_digest(token.encode("utf-8", "surrogatepass"), site.token.encode()):
        return "the address lacks the token that was printed when the server began"
    if request.form is None:
        return ""
    if origin != f"http://{host}":
        return f"a form of {origin or 'an unknown page'!r} decides nothing here"
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != FORM:
        return "that is not the form of this server"
    return ""


def _shown(site: Site, target: str) -> Answer:
    place = urlsplit(target)
    name = _draft(site, place.path)
    query = parse_qs(place.query)
    if not name:
        return Answer(HTTPStatus.OK, page.listing(site.home, store.every(site.root), _done(query)))
    draft = store.get(site.root, name)
    typed = Typed(draft.text, query.get("by", [site.actor])[0])
    return Answer(HTTPStatus.OK, _one(site, name, typed))


def _decided(site: Site, target: str, form: bytes) -> Answer:
    fields = _fields(form)
    name = _draft(site, urlsplit(target).path)
    typed = Typed(desk.lines(fields.get("text", "")), fields.get("actor", "").strip())
    try:
        version = fields.get("version", "")
        draft = desk.read(site.root, name, int(version) if version.isdecimal() else 0)
        after = desk.settle(site.root, draft, fields.get("wish", ""), typed.text, typed.actor)
    except desk.Overtaken:
        now = store.get(site.root, name)
        return Answer(HTTPStatus.CONFLICT, page.overtaken(site.home, now, typed))
    except ControlsError as error:
        again = Typed(typed.text, typed.actor, f"{error.message} ({error.hint})")
        return Answer(HTTPStatus.BAD_REQUEST, _one(site, name, again))
    query = f"?done={after.id}&as={after.state}&by={quote(typed.actor, safe='')}"
    return Answer(HTTPStatus.SEE_OTHER, location=f"{site.home}{query}")


def _one(site: Site, name: str, typed: Typed) -> str:
    draft = store.get(site.root, name)
    kept = store.trace(site.root, draft.id).get("sources")
    rows = kept if isinstance(kept, list) else []
    return page.one(site.home, draft, [row for row in rows if isinstance(row, dict)], typed)


def _draft(site: Site, path: str) -> str:
    """Return the id that `path` names, nothing for the list."""
    rest = path.split("/", 2)[2] if path.count("/") > 1 else ""
    folder, _, name = rest.partition("/")
    if rest and (folder != "draft" or not name):
        raise ControlsError("there is no such page", hint=f"the drafts are at {site.home}")
    return unquote(name)


def _fields(form: bytes) -> dict[str, str]:
    try:
        found = parse_qs(
            form.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=8
        )
    except ValueError as error:
        raise ControlsError("that form cannot be read", hint="go back and send it again") from error
    return {name: values[0] for name, values in found.items()}


def _done(query: Mapping[str, list[str]]) -> str:
    told = [query.get(key, [""])[0] for key in ("done", "as", "by")]
    return f"{told[0]} {told[1]} by {told[2]}" if all(told) else ""
