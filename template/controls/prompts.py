"""Loads prompts with name and version, so that a run can say which words it used.

The digest is that of the whole file: an edit that forgets the version is seen. Whether a change
needed a decision record is asked in `controls/decisions`.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from controls import document
from controls.errors import ControlsError

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A versioned prompt; `model` is None where the manifest's default model is meant."""

    name: str
    version: str
    model: str | None
    text: str
    sha256: str
    path: Path


def load(root: Path, name: str) -> Prompt:
    """Return the prompt `prompts/<name>.md` of the repository at `root`.

    Raises:
        ControlsError: when the file is missing, not UTF-8, or its front matter lacks name or
            version.
    """
    path = root / "prompts" / f"{name}.md"
    return parse(_read(path), path)


def parse(data: bytes, path: Path) -> Prompt:
    """Return the prompt that `data` holds, the content of the file at `path` at some time.

    Raises:
        ControlsError: when it is not UTF-8, or its front matter lacks name or version.
    """
    name = path.stem
    head, text = _parts(data, path)
    version = head.get("version")
    if head.get("name") != name or version in (None, ""):
        raise ControlsError(
            f"prompts/{name}.md: front matter needs name {name!r} and a version, it has {head!r}",
            f"write 'name: {name}' and 'version: \"1\"' between the two '---' lines",
        )
    model = head.get("model")
    return Prompt(
        name,
        str(version),
        str(model) if model else None,
        text.strip(),
        hashlib.sha256(data).hexdigest(),
        path,
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ControlsError(
            f"prompt {path.stem!r} cannot be read: {error.strerror or error}",
            f"create prompts/{path.name}",
        ) from error


def _parts(data: bytes, path: Path) -> tuple[dict[str, object], str]:
    place = f"prompts/{path.name}"
    try:
        match = _FRONT_MATTER.match(data.decode().replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        raise ControlsError(f"{place}: not UTF-8 at byte {error.start}") from error
    head = document.parse(match[1], place).data if match else None
    if match is None or not isinstance(head, dict):
        raise ControlsError(
            f"{place}: no front matter", "start the file with '---', name, version, '---'"
        )
    return head, match[2]
