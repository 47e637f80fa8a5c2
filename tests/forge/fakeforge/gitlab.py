"""GitLab's dialect of the endpoints that a rollout uses, below `/api/v4`."""

import re
from collections.abc import Callable
from urllib.parse import unquote

from fakeforge.exchange import Answer, Request, paged
from fakeforge.world import Pull, Repository, now

PREFIX = "/api/v4"
PROJECT = r"/projects/([^/]+)"
MERGES = f"{PROJECT}/merge_requests"
STATES = {"open": "opened", "closed": "closed", "merged": "merged"}
# developer may push and open; reporter may only read
DEVELOPER, REPORTER = 30, 20
Route = tuple[str, re.Pattern[str], Callable[..., Answer]]


def answer(request: Request) -> Answer:
    """Return what GitLab says."""
    path = request.path.removeprefix(PREFIX)
    for method, pattern, act in ROUTES:
        match = pattern.fullmatch(path)
        if match and method == request.method:
            return act(request, *map(unquote, match.groups()))
    return Answer(404, {"error": "404 Not Found"})


def missing() -> Answer:
    return Answer(404, {"message": "404 Project Not Found"})


def user(request: Request) -> Answer:
    return Answer(200, {"id": 7, "username": request.account.login})


def own_token(request: Request) -> Answer:
    scopes = ["api"] if "write" in request.account.scopes else ["read_api"]
    return Answer(200, {"id": 1, "name": "rollout", "scopes": scopes, "active": True})


def projects(request: Request, name: str) -> Answer:
    rows: list[object] = [
        shown(request, row)
        for row in request.world.repositories.values()
        if f"{row.owner}/".startswith(f"{name}/")
    ]
    return paged(request, rows, request.path) if rows else missing()


def project(request: Request, name: str) -> Answer:
    if new := request.world.renamed.get(name):
        moved = request.world.repositories[new]
        where = f"{request.base}{PREFIX}/projects/{moved.id}"
        return Answer(302, None, {"Location": where})
    found = find(request, name)
    return Answer(200, shown(request, found)) if found else missing()


def merges(request: Request, name: str) -> Answer:
    found = find(request, name)
    if found is None:
        return missing()
    state, source = request.query.get("state", "all"), request.query.get("source_branch", "")
    rows: list[object] = [
        merge_shown(request, found, row)
        for row in reversed(found.pulls)
        if state in {"all", STATES[row.state]} and source in {"", row.source}
    ]
    return paged(request, rows, request.path)


def merge(request: Request, name: str, number: str) -> Answer:
    found = find(request, name)
    made = next((row for row in found.pulls if row.number == int(number)), None) if found else None
    return Answer(200, merge_shown(request, found, made)) if found and made else missing()


def open_merge(request: Request, name: str) -> Answer:
    found = find(request, name)
    if found is None:
        return missing()
    if refused := refusal(request, found):
        return refused
    source, target = str(request.data["source_branch"]), str(request.data["target_branch"])
    if found.commit(source) is None or found.commit(target) is None:
        return Answer(422, {"message": ["Source or target branch does not exist"]})
    there = any(row.source == source and row.target == target for row in found.open_pulls())
    if there and request.world.refuses_duplicates:
        said = "Another open merge request already exists for this source branch"
        return Answer(409, {"message": [said]})
    made = Pull(
        number=len(found.pulls) + 1,
        title=str(request.data["title"]),
        body=str(request.data.get("description") or ""),
        source=source,
        target=target,
        author=request.account.login,
        is_draft=str(request.data["title"]).startswith("Draft: "),
    )
    request.world.open(found, made)
    return Answer(201, merge_shown(request, found, made))


def edit_merge(request: Request, name: str, number: str) -> Answer:
    found = find(request, name)
    made = next((row for row in found.pulls if row.number == int(number)), None) if found else None
    if found is None or made is None:
        return missing()
    if refused := refusal(request, found):
        return refused
    made.title = str(request.data.get("title", made.title))
    made.body = str(request.data.get("description", made.body))
    if request.data.get("state_event") == "close" and made.state == "open":
        made.state = "closed"
    return Answer(200, merge_shown(request, found, made))


def notes(request: Request, name: str, number: str) -> Answer:
    found = find(request, name)
    made = next((row for row in found.pulls if row.number == int(number)), None) if found else None
    if made is None:
        return missing()
    rows: list[object] = [
        {
            "id": at + 1,
            "body": row.text,
            "system": False,
            "author": {"id": 100 + row.is_member, "username": row.author},
            "created_at": row.at,
        }
        for at, row in enumerate(made.comments)
    ]
    return paged(request, rows, request.path)


def member(_request: Request, _name: str, number: str) -> Answer:
    if number != "101":
        return Answer(404, {"message": "404 Not found"})
    return Answer(200, {"id": 101, "access_level": DEVELOPER})


def statuses(request: Request, name: str) -> Answer:
    found = find(request, name)
    said = found.checks.get(request.query.get("sha", "")) if found else None
    words = {"success": "success", "failure": "failed", "pending": "running"}
    rows: list[object] = [{"id": 1, "status": words[said]}] if said else []
    return paged(request, rows, request.path) if found else missing()


def find(request: Request, name: str) -> Repository | None:
    rows = request.world.repositories
    if name.isdigit():
        found = next((row for row in rows.values() if row.id == int(name)), None)
    else:
        found = rows.get(request.world.renamed.get(name, name))
    return None if found is None or found.is_dead else found


def refusal(request: Request, found: Repository) -> Answer | None:
    if found.is_archived:
        return Answer(403, {"message": "403 Forbidden - the project is archived"})
    if "write" not in request.account.scopes:
        return Answer(403, {"error": "insufficient_scope", "scope": "api"})
    if request.account.login in found.readers:
        return Answer(403, {"message": "403 Forbidden"})
    return None


def shown(request: Request, found: Repository) -> dict[str, object]:
    level = REPORTER if request.account.login in found.readers else DEVELOPER
    return {
        "id": found.id,
        "name": found.name.rpartition("/")[2],
        "path_with_namespace": found.name,
        "web_url": f"{request.base}/{found.name}",
        "http_url_to_repo": f"{request.base}/{found.name}.git",
        "default_branch": found.default,
        "archived": found.is_archived,
        "permissions": {"project_access": {"access_level": level}, "group_access": None},
    }


def merge_shown(request: Request, found: Repository, row: Pull) -> dict[str, object]:
    return {
        "id": found.id * 1000 + row.number,
        "iid": row.number,
        "project_id": found.id,
        "state": STATES[row.state],
        "title": row.title,
        "description": row.body,
        "draft": row.is_draft,
        "merged_at": now() if row.state == "merged" else None,
        "web_url": f"{request.base}/{found.name}/-/merge_requests/{row.number}",
        "author": {"id": 7, "username": row.author},
        "source_branch": row.source,
        "target_branch": row.target,
        "sha": found.commit(row.source),
    }


ROUTES: tuple[Route, ...] = tuple(
    (method, re.compile(pattern), act)
    for method, pattern, act in (
        ("GET", "/user", user),
        ("GET", "/personal_access_tokens/self", own_token),
        ("GET", r"/groups/([^/]+)/projects", projects),
        ("GET", PROJECT, project),
        ("GET", MERGES, merges),
        ("POST", MERGES, open_merge),
        ("GET", rf"{MERGES}/(\d+)", merge),
        ("PUT", rf"{MERGES}/(\d+)", edit_merge),
        ("GET", rf"{MERGES}/(\d+)/notes", notes),
        ("GET", rf"{PROJECT}/members/all/(\d+)", member),
        ("GET", f"{PROJECT}/pipelines", statuses),
    )
)
