"""Makes a commit and a signed tag, and moves branch and tag in one step: all of it, or nothing.

Built beside the work tree, so that neither hooks nor ignore rules change what is released. Signs
with ssh alone. Nothing is ever pushed.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prooflane.errors import ProoflaneError
from prooflane.git import process
from prooflane.git.place import Place


@dataclass(frozen=True, slots=True)
class Draft:
    """A tree that is not committed yet: its id, and what it was made from."""

    tree: str
    parent: str


def branch(place: Place) -> str:
    """Return the branch that is checked out.

    Raises:
        ProoflaneError: when there is none.
    """
    done = process.attempt("symbolic-ref", "--quiet", "HEAD", cwd=place.root)
    if done.returncode:
        raise ProoflaneError(f"{str(place.root)!r} is on no branch", "git switch BRANCH")
    return done.stdout.decode(errors="surrogateescape").strip()


def require_identity(place: Place) -> None:
    """Return when git knows who commits and tags in `place`.

    Raises:
        ProoflaneError: when it does not.
    """
    for kind in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
        words = ("-c", "user.useConfigOnly=true", "var", kind)
        if process.attempt(*words, cwd=place.root).returncode:
            raise ProoflaneError(
                "git does not know who you are, and a release says who cut it",
                "git config user.name NAME && git config user.email ADDRESS",
            )


def signing_key(place: Place) -> str:
    """Return the ssh key that git would sign with here; empty when it has none."""
    found = {key: _setting(place, key) for key in ("gpg.format", "user.signingkey")}
    return found["user.signingkey"] if found["gpg.format"] == "ssh" else ""


def drafted(place: Place, parent: str, files: Mapping[str, bytes]) -> Draft:
    """Return the tree of `parent` with `files` in it."""
    with tempfile.TemporaryDirectory(prefix="prooflane-") as scratch:
        env = {"GIT_INDEX_FILE": str(Path(scratch, "index"))}
        _git(place, "read-tree", parent, env=env)
        for path, data in files.items():
            blob = _git(place, "hash-object", "-w", "--stdin", stdin=data, env=env)
            _git(place, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", env=env)
        return Draft(_git(place, "write-tree", env=env), parent)


def committed(place: Place, draft: Draft, message: str) -> str:
    """Return a commit of `draft`, which no ref names yet.

    Raises:
        ProoflaneError: when git does not know who commits.
    """
    words = ("commit-tree", draft.tree, "-p", draft.parent, "-m", message)
    return _git(place, "-c", "user.useConfigOnly=true", *words)


def tagged(place: Place, name: str, commit: str, message: str, key: str) -> str:
    """Return the id of a tag `name` of `commit`, signed with `key`, which no ref names yet.

    Raises:
        ProoflaneError: when it cannot be signed.
    """
    objects = _git(place, "rev-parse", "--path-format=absolute", "--git-path", "objects")
    # git signs only what it also names: it does so in a repository that is thrown away
    with tempfile.TemporaryDirectory(prefix="prooflane-") as scratch:
        process.git("init", "-q", "--bare", "--template=", scratch)
        env = {"GIT_OBJECT_DIRECTORY": objects, **_tagger(place)}
        settings = (*("gpg.format=ssh", "gpg.ssh.program=ssh-keygen"), f"user.signingkey={key}")
        options = [word for setting in settings for word in ("-c", setting)]
        # a line of the notes that starts with # is no comment
        words = (*options, "tag", "-s", "--cleanup=verbatim", "-m", message, name, commit)
        done = process.attempt(*words, cwd=Path(scratch), env=env)
        said = done.stderr.decode(errors="replace")
        if done.returncode or not _is_signed(Path(scratch), name, env):
            lines = [line for line in said.splitlines() if line.strip()] or ["without a reason"]
            raise ProoflaneError(
                f"the tag cannot be signed with {key!r}: {lines[0].removeprefix('error: ')}",
                "ssh-keygen -t ed25519 -f FILE makes a key, --key FILE names it",
            )
        return process.git("rev-parse", f"refs/tags/{name}", cwd=Path(scratch)).decode().strip()


def moved(place: Place, ref: str, old: str, new: str, tag: tuple[str, str] | None = None) -> None:
    """Move `ref` from `old` to `new`, and make the `tag` of a name and an id; no file is touched.

    Raises:
        ProoflaneError: when the branch moved meanwhile, or the tag is there; nothing moved then.
    """
    lines = ["start", f"update {ref} {new} {old}"]
    lines += [f"create refs/tags/{tag[0]} {tag[1]}"] if tag else []
    stdin = "\n".join([*lines, "prepare", "commit", ""]).encode("utf-8", "surrogateescape")
    done = process.attempt("update-ref", "--stdin", cwd=place.root, stdin=stdin)
    if b".lock'" in done.stderr:
        raise process.failure(("update-ref",), done.stderr.decode(errors="replace"))
    if done.returncode:
        raise ProoflaneError("branch or tag moved while the release was cut", "run this again")


def _is_signed(scratch: Path, name: str, env: Mapping[str, str]) -> bool:
    # git ends well, and leaves a plain tag, when ssh-keygen cannot read the key
    settings = ("gpg.ssh.program=ssh-keygen", "gpg.ssh.allowedSignersFile=/dev/null")
    options = [word for setting in settings for word in ("-c", setting)]
    done = process.attempt(*options, "verify-tag", name, cwd=scratch, env=env)
    return b'Good "git" signature' in done.stderr


def _tagger(place: Place) -> dict[str, str]:
    said = _git(place, "-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT")
    name, _, rest = said.partition(" <")
    return {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": rest.partition(">")[0]}


def _setting(place: Place, key: str) -> str:
    done = process.attempt("config", "--get", key, cwd=place.root)
    return done.stdout.decode(errors="surrogateescape").strip()


def _git(
    place: Place, *words: str, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> str:
    done = process.attempt(*words, cwd=place.root, stdin=stdin, env=env)
    if done.returncode:
        raise process.failure(words, done.stderr.decode(errors="replace"))
    return done.stdout.decode(errors="surrogateescape").strip()
