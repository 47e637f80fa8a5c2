"""GitHub's dialect of the endpoints that a rollout uses, below `/api/v3`."""

import re
from collections.abc import Callable

from fakeforge.exchange import Answer, Request, paged
from fakeforge.world import Comment, Pull, Repository, now

PREFIX = "/api/v3"
REPO = r"/repos/([^/]+/[^/]+)"
Route = tuple[str, re.Pattern[str], Callable[..., Answer]]


def answer(request: Request) -> Answer:
    """Return what GitHub says."""
    path = request.path.removeprefix(PREFIX)
    for method, pattern, act in ROUTES:
        match = pattern.fullmatch(path)
        if match and method == request.method:
            found = act(request, *match.groups())
            scopes = "repo" if "write" in request.account.scopes else "read:org"
            headers = {"X-OAuth-Scopes": scopes, "X-GitHub-Request-Id": "fake", **found.headers}
            return Answer(found.status, found.data, headers)
    return missing()


def missing() -> Answer:
    return Answer(404, {"message": "Not Found", "documentation_url": ""})


def user(request: Request) -> Answer:
    login = request.account.login
    return Answer(200, {"login": login, "id": 7, "type": "User", "url": url(request, "/user")})


def organisation(request: Request, name: str) -> Answer:
    if not any(row.owner == name for row in request.world.repositories.values()):
        return missing()
    return Answer(200, {"login": name, "id": 9, "url": url(request, f"/orgs/{name}")})


def repositories(request: Request, name: str) -> Answer:
    rows: list[object] = [
        shown(request, repository)
        for repository in request.world.repositories.values()
        if repository.owner == name
    ]
    return paged(request, rows, request.path)


def repository(request: Request, name: str) -> Answer:
    if new := request.world.renamed.get(name):
        moved = request.world.repositories[new]
        return Answer(
            301,
            {"message": "Moved Permanently", "url": url(request, f"/repositories/{moved.id}")},
            {"Location": url(request, f"/repositories/{moved.id}")},
        )
    found = find(request, name)
    return Answer(200, shown(request, found)) if found else missing()


def by_id(request: Request, number: str) -> Answer:
    rows = request.world.repositories.values()
    found = next((row for row in rows if row.id == int(number)), None)
    return Answer(200, shown(request, found)) if found and not found.is_dead else missing()


def pulls(request: Request, name: str) -> Answer:
    found = find(request, name)
    if found is None:
        return missing()
    state = request.query.get("state", "open")
    head = request.query.get("head", "").partition(":")[2]
    rows: list[object] = [
        pull_shown(request, found, pull)
        for pull in reversed(found.pulls)
        if state in {"all", github_state(pull)} and head in {"", pull.source}
    ]
    return paged(request, rows, request.path)


def pull(request: Request, name: str, number: str) -> Answer:
    found = find(request, name)
    made = next((row for row in found.pulls if row.number == int(number)), None) if found else None
    return Answer(200, pull_shown(request, found, made)) if found and made else missing()


def open_pull(request: Request, name: str) -> Answer:
    found = find(request, name)
    if found is None:
        return missing()
    if refused := refusal(request, found):
        return refused
    source, target = str(request.data["head"]), str(request.data["base"])
    source = source.rpartition(":")[2]
    if problem := unopenable(request, found, source, target):
        return Answer(
            422,
            {"message": "Validation Failed", "errors": [{"message": problem, "code": "custom"}]},
        )
    made = Pull(
        number=len(found.pulls) + 1,
        title=str(request.data["title"]),
        body=str(request.data.get("body") or ""),
        source=source,
        target=target,
        author=request.account.login,
        is_draft=bool(request.data.get("draft")),
    )
    request.world.open(found, made)
    return Answer(201, pull_shown(request, found, made))


def unopenable(request: Request, found: Repository, source: str, target: str) -> str:
    head, base = found.commit(source), found.commit(target)
    if head is None or base is None:
        return "head or base is no branch"
    if head == base:
        return f"No commits between {target} and {source}"
    there = any(row.source == source and row.target == target for row in found.open_pulls())
    if there and request.world.refuses_duplicates:
        return f"A pull request already exists for {found.owner}:{source}."
    return ""


def edit_pull(request: Request, name: str, number: str) -> Answer:
    found = find(request, name)
    made = next((row for row in found.pulls if row.number == int(number)), None) if found else None
    if found is None or made is None:
        return missing()
    if refused := refusal(request, found):
        return refused
    made.title = str(request.data.get("title", made.title))
    made.body = str(request.data.get("body", made.body))
    if request.data.get("state") == "closed" and made.state == "open":
        made.state = "closed"
    return Answer(200, pull_shown(request, found, made))


def comments(request: Request, name: str, number: str) -> Answer:
    found = find(request, name)
    made = next((row for row in found.pulls if row.number == int(number)), None) if found else None
    rows: list[object] = [
        comment_shown(at, row) for at, row in enumerate(made.comments if made else ())
    ]
    return paged(request, rows, request.path) if made else missing()


def comment_shown(at: int, row: Comment) -> dict[str, object]:
    return {
        "id": at + 1,
        "body": row.text,
        "user": {"login": row.author, "id": at + 100} if row.author else None,
        "author_association": "MEMBER" if row.is_member else "NONE",
        "created_at": row.at,
        "updated_at": row.at,
    }


def check_runs(request: Request, name: str, commit: str) -> Answer:
    found = find(request, name)
    if found is None:
        return missing()
    said = found.checks.get(commit)
    rows = [] if said is None else [check_shown(commit, said)]
    return Answer(200, {"total_count": len(rows), "check_runs": rows})


def check_shown(commit: str, said: str) -> dict[str, object]:
    is_over = said != "pending"
    return {
        "id": 1,
        "name": "controls",
        "head_sha": commit,
        "status": "completed" if is_over else "in_progress",
        "conclusion": said if is_over else None,
    }


def status(request: Request, name: str, commit: str) -> Answer:
    found = find(request, name)
    return Answer(200, {"state": "pending", "statuses": [], "sha": commit}) if found else missing()


def find(request: Request, name: str) -> Repository | None:
    found = request.world.repositories.get(request.world.renamed.get(name, name))
    return None if found is None or found.is_dead else found


def refusal(request: Request, found: Repository) -> Answer | None:
    if found.is_archived:
        return Answer(403, {"message": "Repository was archived so is read-only."})
    if "write" not in request.account.scopes or request.account.login in found.readers:
        return Answer(403, {"message": "Resource not accessible by personal access token"})
    return None


def url(request: Request, path: str) -> str:
    return f"{request.base}{PREFIX}{path}"


def shown(request: Request, found: Repository) -> dict[str, object]:
    may_write = "write" in request.account.scopes and request.account.login not in found.readers
    return {
        "id": found.id,
        "name": found.name.rpartition("/")[2],
        "full_name": found.name,
        "owner": {"login": found.owner, "id": 1, "type": "Organization"},
        "url": url(request, f"/repos/{found.name}"),
        "html_url": f"{request.base}/{found.name}",
        "clone_url": f"{request.base}/{found.name}.git",
        "default_branch": found.default,
        "archived": found.is_archived,
        "private": True,
        "fork": False,
        "permissions": {"pull": True, "push": may_write, "admin": False},
    }


def pull_shown(request: Request, found: Repository, row: Pull) -> dict[str, object]:
    return {
        "id": found.id * 1000 + row.number,
        "number": row.number,
        "state": github_state(row),
        "title": row.title,
        "body": row.body,
        "draft": row.is_draft,
        "merged": row.state == "merged",
        "merged_at": now() if row.state == "merged" else None,
        "url": url(request, f"/repos/{found.name}/pulls/{row.number}"),
        "html_url": f"{request.base}/{found.name}/pull/{row.number}",
        "user": {"login": row.author, "id": 7},
        "head": {"ref": row.source, "sha": found.commit(row.source), "label": row.source},
        "base": {"ref": row.target, "sha": found.commit(row.target), "label": row.target},
    }


def github_state(row: Pull) -> str:
    return "open" if row.state == "open" else "closed"


ROUTES: tuple[Route, ...] = tuple(
    (method, re.compile(pattern), act)
    for method, pattern, act in (
        ("GET", "/user", user),
        ("GET", r"/orgs/([^/]+)", organisation),
        ("GET", r"/orgs/([^/]+)/repos", repositories),
        ("GET", REPO, repository),
        ("GET", r"/repositories/(\d+)", by_id),
        ("GET", f"{REPO}/pulls", pulls),
        ("POST", f"{REPO}/pulls", open_pull),
        ("GET", rf"{REPO}/pulls/(\d+)", pull),
        ("PATCH", rf"{REPO}/pulls/(\d+)", edit_pull),
        ("GET", rf"{REPO}/issues/(\d+)/comments", comments),
        ("GET", f"{REPO}/commits/([0-9a-f]+)/check-runs", check_runs),
        ("GET", f"{REPO}/commits/([0-9a-f]+)/status", status),
    )
)
