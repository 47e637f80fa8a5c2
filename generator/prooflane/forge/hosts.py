"""Which forge answers at a host, where nothing but a URL says so. Reads the environment alone."""

import os
from urllib.parse import urlsplit

TOKENS = {
    "github": ("GITHUB_TOKEN", "GH_TOKEN"),
    "gitlab": ("GITLAB_TOKEN", "GITLAB_PRIVATE_TOKEN"),
}


def kind_at(host: str) -> str:
    """Return the forge that a repository at `host` is on: GitLab where one is known, or GitHub."""
    ours = urlsplit(os.environ.get("GITLAB_URL") or os.environ.get("CI_SERVER_URL") or "")
    return "gitlab" if host in {ours.hostname, ours.netloc} or "gitlab" in host else "github"


def has_token(kind: str) -> bool:
    """Say whether the environment has a token for the forge `kind`."""
    return any(os.environ.get(name, "").strip() for name in TOKENS[kind])
