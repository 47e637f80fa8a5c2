"""Finds the forge of this repository: from a CI job's environment, or from the remote's address.

Without a token there is no forge to ask, and whoever asks says so. A laptop's own token is only
used where a person asked for it (doctor), never by a check.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from controls import git
from controls.errors import ControlsError
from controls.forge import github, gitlab
from controls.forge.http import Api
from controls.forge.model import Forge

REMOTE = "origin"
_ADDRESS = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^@/]+@)?|[^@/:]+@)([^/:]+)(?::\d+)?[/:](.+?)(?:\.git)?/?"
)
_GITHUB = "github.com"
_GITLAB = "gitlab.com"


def in_ci(env: Mapping[str, str] | None = None) -> Forge | None:
    """Return the forge whose CI job this is, when the job was given a token."""
    known = os.environ if env is None else env
    if known.get("GITHUB_REPOSITORY") and known.get("GITHUB_TOKEN"):
        url = known.get("GITHUB_API_URL") or github.URL
        return _github(url, known["GITHUB_REPOSITORY"], known["GITHUB_TOKEN"])
    if known.get("CI_PROJECT_PATH") and known.get("GITLAB_TOKEN"):
        url = known.get("CI_API_V4_URL") or gitlab.URL
        return _gitlab(url, known["CI_PROJECT_PATH"], known["GITLAB_TOKEN"])
    return None


def of(root: Path, env: Mapping[str, str] | None = None) -> Forge | None:
    """Return the forge of the remote `origin`, when the environment has a token for it."""
    known = os.environ if env is None else env
    found = in_ci(known)
    if found:
        return found
    host, name = address(root)
    site, secret = known.get("GITLAB_URL") or "", known.get("GITLAB_TOKEN") or ""
    if name and secret and (host == _GITLAB or site):
        return _gitlab(f"{site.rstrip('/')}/api/v4" if site else gitlab.URL, name, secret)
    token = known.get("GH_TOKEN") or known.get("GITHUB_TOKEN") or ""
    if name and token and (host == _GITHUB or known.get("GITHUB_API_URL")):
        return _github(known.get("GITHUB_API_URL") or github.URL, name, token)
    return None


def wanted(root: Path) -> Forge:
    """Return the forge that a person asked to ask.

    Raises:
        ControlsError: when there is none, or no token for it.
    """
    found = of(root)
    if found is None:
        hint = "GH_TOKEN=$(gh auth token), or GITLAB_TOKEN, with a remote 'origin' there"
        raise ControlsError("there is no forge to ask", hint=hint)
    return found


def address(root: Path) -> tuple[str, str]:
    """Return host and `owner/name` of the remote, empty where there is none to understand."""
    try:
        url = git.text(root, "config", "--get", f"remote.{REMOTE}.url")
    except ControlsError:
        return "", ""
    match = _ADDRESS.fullmatch(url)
    return (match[1], match[2]) if match else ("", "")


def _github(url: str, name: str, token: str) -> Forge:
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {token}",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    return github.GitHub(Api(url.rstrip("/"), headers), name)


def _gitlab(url: str, name: str, token: str) -> Forge:
    return gitlab.GitLab(Api(url.rstrip("/"), {"PRIVATE-TOKEN": token}), name)
