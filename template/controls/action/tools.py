"""The tools of `policy/tools.yaml`: the only ones there are, each with the arguments it may get.

Decides what a well-formed list is; what a tool does to things (`side_effect`) stands in the
manifest, which has to name the same ones. Programs are read as text here and never run.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema.exceptions import SchemaError
from jsonschema.validators import Draft202012Validator

from controls import document, manifest
from controls.action import schemas
from controls.action.files import room
from controls.action.sandbox import Limits
from controls.errors import ControlsError
from controls.gateway.refusal import Refused
from controls.manifest import Manifest

FILE = "policy/tools.yaml"
WRITE = "write"
ALONE = ("none", "read")  # side effects that nobody has to agree to
RULE = "tool"
_KEYS = {"proposer", "approval_hours", "limits", "tools"}
_TOOL = {"description", "program", "reads", "writes", "arguments"}
_MOST = {"seconds": 300, "memory_mb": 4096, "output_kb": 16384}
_LONGEST = 24 * 7  # hours


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that may be used: its program, the folders it sees, its arguments' JSON Schema."""

    name: str
    description: str
    program: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    arguments: Mapping[str, Any]

    def sha256(self, root: Path, limits: Limits) -> str:
        """Return the digest of all that decides what this tool does: its entry and its program.

        Raises:
            ControlsError: when the program cannot be read.
        """
        entry = [self.name, self.program, self.reads, self.writes, self.arguments, repr(limits)]
        told = json.dumps([entry, self.source(root)], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()

    def source(self, root: Path) -> str:
        """Return the text of the program.

        Raises:
            ControlsError: when it cannot be read.
        """
        path = root / self.program
        if path.is_symlink():
            raise ControlsError(f"{self.program} of tool {self.name!r} is a link")
        try:
            return path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ControlsError(f"{self.program} of tool {self.name!r} cannot be read") from error


@dataclass(frozen=True, slots=True)
class Allowed:
    """The whole list; `proposer` names the workflow's function that proposes acts, if any."""

    tools: Mapping[str, Tool]
    limits: Limits
    approval_hours: int
    proposer: str

    def get(self, name: str) -> Tool:
        """Return the tool called `name`.

        Raises:
            Refused: when the list does not have it.
        """
        if name in self.tools:
            return self.tools[name]
        known = ", ".join(self.tools) or "none"
        raise Refused(f"tool {name!r} is not in {FILE}", f"it allows: {known}", RULE)


def load(root: Path) -> Allowed:
    """Return the list of the repository at `root`.

    Raises:
        ControlsError: when it is absent, or anything in it is odd; then no tool runs.
    """
    source = document.read(root / FILE, FILE)
    data = _mapping(source.data, FILE, _KEYS)
    return Allowed(
        tools={str(name): _tool(name, entry) for name, entry in _entries(data)},
        limits=Limits(**{key: _number(data, "limits", key, most) for key, most in _MOST.items()}),
        approval_hours=_number(data, "", "approval_hours", _LONGEST),
        proposer=_text(data, "proposer", FILE) if data.get("proposer") else "",
    )


def effect_of(known: Manifest, tool: Tool) -> str:
    """Return what the manifest says that `tool` does to things, where the list agrees.

    Raises:
        Refused: when they differ, or the tool would have to leave the sandbox.
    """
    kind = next((each.side_effect for each in known.tools if each.name == tool.name), None)
    if kind is None:
        raise Refused(f"tool {tool.name!r} is not in spec.tools of {manifest.NAME}", rule=RULE)
    if kind == WRITE and not tool.writes:
        raise _differs(tool.name, "is to write, and may write nowhere")
    if kind in ALONE and tool.writes:
        raise _differs(tool.name, f"may write to {', '.join(tool.writes)}, and is not to")
    if kind not in {*ALONE, WRITE}:
        raise _differs(tool.name, "acts outside, where there is no way back")
    return kind


def _differs(name: str, what: str) -> Refused:
    return Refused(f"tool {name!r} {what}", f"spec.tools of {manifest.NAME} and {FILE}", RULE)


def check(tool: Tool, arguments: object) -> dict[str, Any]:
    """Return `arguments` where they are what the tool's schema allows.

    Raises:
        Refused: with the first thing that is not.
    """
    found = sorted(Draft202012Validator(tool.arguments).iter_errors(arguments), key=str)
    if found or not isinstance(arguments, dict):
        told = found[0].message if found else "they are no mapping"
        raise Refused(
            f"arguments of tool {tool.name!r} are refused: {told[:300]}",
            f"tools.{tool.name}.arguments in {FILE} says what they may be",
            "arguments",
        )
    return arguments


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    found = data.get("tools")
    if not isinstance(found, dict):
        raise ControlsError(f"{FILE}: tools is no mapping of names")
    yield from found.items()


def _tool(name: str, entry: object) -> Tool:
    where = f"{FILE}: tools.{name}"
    data = _mapping(entry, where, _TOOL)
    schema = data.get("arguments")
    if not isinstance(schema, dict):
        raise ControlsError(f"{where}.arguments is no JSON Schema")
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise ControlsError(f"{where}.arguments is no JSON Schema: {error.message}") from error
    for problem in schemas.open_ends(schema):
        raise ControlsError(
            f"{where}.arguments{problem}", "say which keys, and how long a text or list may be"
        )
    return Tool(
        name=name,
        description=_text(data, "description", where),
        program=room(_text(data, "program", where), f"{where}.program", read_only=True),
        reads=_folders(data, "reads", where),
        writes=_folders(data, "writes", where),
        arguments=schema,
    )


def _folders(data: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    found = data.get(key, [])
    if not isinstance(found, list):
        raise ControlsError(f"{where}.{key} is no list of folders")
    return tuple(room(str(each), f"{where}.{key}", read_only=key == "reads") for each in found)


def _mapping(value: object, where: str, keys: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ControlsError(f"{where} is no mapping")
    for key in sorted(set(value) - keys):
        raise ControlsError(f"{where}: {key!r} is unknown", f"one of: {', '.join(sorted(keys))}")
    return value


def _text(data: Mapping[str, Any], key: str, where: str) -> str:
    found = data.get(key)
    if not isinstance(found, str) or not found.strip():
        raise ControlsError(f"{where}: {key} is missing")
    return found


def _number(data: Mapping[str, Any], section: str, key: str, most: int) -> int:
    inside = data.get(section) if section else data
    found = inside.get(key) if isinstance(inside, dict) else None
    if not isinstance(found, int) or isinstance(found, bool) or not 0 < found <= most:
        name = f"{section}.{key}".lstrip(".")
        raise ControlsError(f"{FILE}: {name} is {found!r}, expected a number from 1 to {most}")
    return found
