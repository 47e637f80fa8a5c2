"""Gathers all that decides a call: the managed rules, the owner's rules and numbers, the manifest.

A file that is missing or cannot be part of a sound policy becomes a fault, and a bundle with a
fault allows nothing. Nothing is evaluated here: that is `controls.policy.engine`.
"""

import functools
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from controls.errors import ControlsError
from controls.manifest import Manifest
from controls.policy import data, references
from controls.policy.decision import Reason

FOLDER = "controls/policy"
CUSTOM = "policy/custom"
TEST = "_test.rego"
MANAGED = (
    "budget.rego",
    "caps.rego",
    "complete.rego",
    "decision.rego",
    "identity.rego",
    "logging.rego",
    "matrix.rego",
    "price.rego",
    "production.rego",
    "record.rego",
    "tier.rego",
)
LIMIT = 128 * 1024
_PACKAGE = re.compile(r"^package\s+(\S+)", re.MULTILINE)
_OWN_PACKAGE = re.compile(r"custom\.[a-z][a-z0-9_]*")
_NAMED = re.compile(r'"rule": "([^"]+)"')
_DENIES = re.compile(r"^deny\s+contains\b", re.MULTILINE)
_IMPURE = re.compile(
    r"\b(http\.send|net\.\w+|opa\.runtime|rand\.\w+|time\.now_ns|uuid\.rfc4122|trace)\s*\("
)


@dataclass(frozen=True, slots=True)
class Module:
    """One Rego file, named as in the repository."""

    path: str
    package: str
    text: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """All policy inputs; `data` is policy/data.yaml as canonical JSON."""

    managed: tuple[Module, ...]
    custom: tuple[Module, ...]
    data: str
    faults: tuple[Reason, ...]
    sha256: str

    @property
    def places(self) -> Mapping[str, str]:
        """Where each named rule is written: file and line."""
        return _places(self.managed, self.custom)


def load(root: Path, manifest: Manifest) -> Bundle:
    """Return the policy of the repository at `root`, faults included; never raises for a bad file.

    Only the managed files by name are read: a stray file beside them has no voice.
    """
    faults: list[Reason] = []
    managed = tuple(_managed(root, faults))
    custom = tuple(_custom(root, faults))
    numbers = _numbers(root, faults)
    told = [[m.path, m.text] for m in (*managed, *custom)]
    everything = _canonical([told, numbers, manifest.raw, [fault.message for fault in faults]])
    sha256 = hashlib.sha256(everything.encode("utf-8", "surrogatepass")).hexdigest()
    return Bundle(managed, custom, numbers, tuple(faults), sha256)


def own_tests(root: Path) -> tuple[Path, ...]:
    """Return the files of tests among the owner's rules; they judge and are never asked to deny."""
    return tuple(sorted((root / CUSTOM).glob(f"*{TEST}")))


def managed_only(root: Path) -> Bundle:
    """Return the managed rules alone, as the golden vectors see them."""
    faults: list[Reason] = []
    managed = tuple(_managed(root, faults))
    sha256 = hashlib.sha256(_canonical([[m.path, m.text] for m in managed]).encode()).hexdigest()
    return Bundle(managed, (), "{}", tuple(faults), sha256)


def _managed(root: Path, faults: list[Reason]) -> Iterator[Module]:
    for name in MANAGED:
        path = f"{FOLDER}/{name}"
        try:
            yield Module(path, "aiwf", _text(root / path))
        except (OSError, ValueError) as error:
            faults.append(
                Reason(
                    "bundle",
                    f"policy file {path} cannot be read: {_because(error)}",
                    path,
                    f"git checkout -- {path}",
                )
            )


def _custom(root: Path, faults: list[Reason]) -> Iterator[Module]:
    tests = own_tests(root)
    faults += [_astray(root, path) for path in _beside(root)]
    for file in sorted((root / CUSTOM).glob("*.rego")):
        path = f"{CUSTOM}/{file.name}"
        try:
            text = _text(file)
        except (OSError, ValueError) as error:
            faults.append(Reason("custom", f"{path} cannot be read: {_because(error)}", path))
            continue
        module = Module(path, package(text), text)
        fault = _disguised(module) if file in tests else _unsound(module)
        if fault:
            faults.append(fault)
        elif file not in tests:
            yield module


def _beside(root: Path) -> list[Path]:
    """Return the rules of the owner that lie where nobody asks them."""
    found = (path for path in (root / CUSTOM).parent.rglob("*") if _is_rego(path))
    return sorted(path for path in found if path.parent != root / CUSTOM or path.suffix != ".rego")


def _is_rego(path: Path) -> bool:
    return path.suffix.casefold() == ".rego" and path.is_file()


def _astray(root: Path, path: Path) -> Reason:
    place = path.relative_to(root).as_posix()
    told = f"{place} is never asked: own rules lie in {CUSTOM}, as <name>.rego"
    return Reason("custom", told, place, f"move it to {CUSTOM}/{path.stem}.rego, or delete it")


def _disguised(module: Module) -> Reason | None:
    """Return a fault for a rule in a file of tests, which would silently never be asked."""
    denies = _DENIES.search(module.text)
    if not denies:
        return None
    line = module.text.count("\n", 0, denies.start()) + 1
    return Reason(
        "custom",
        f"{module.path}:{line} denies, and a file of tests is never asked",
        f"{module.path}:{line}",
        f"move the rule to a file whose name does not end in {TEST}",
    )


def _unsound(module: Module) -> Reason | None:
    if not _OWN_PACKAGE.fullmatch(module.package):
        return Reason(
            "custom",
            f"{module.path} declares package {module.package!r}",
            module.path,
            "own rules live in `package custom.<name>`, and they can only deny",
        )
    if not _DENIES.search(module.text):
        return Reason(
            "custom",
            f"{module.path} denies nothing",
            module.path,
            'write `deny contains {"rule": …, "message": …} if { … }`, or delete the file',
        )
    impure = _IMPURE.search(module.text)
    if impure:
        line = module.text.count("\n", 0, impure.start()) + 1
        return Reason(
            "custom",
            f"{module.path}:{line} calls {impure[1]!r}, whose answer is not decided by the input",
            f"{module.path}:{line}",
            "decide on input and data alone",
        )
    return _blind(module)


def _blind(module: Module) -> Reason | None:
    """Return a fault for a rule that reads what no call has, and so would silently never deny."""
    stray = next(iter(references.strays(module.path, module.text)), None)
    if stray is None:
        return None
    place = f"{module.path}:{stray.line}"
    return Reason("custom", f"an own rule {stray.told}", place, stray.hint)


@functools.lru_cache(maxsize=8)
def _places(managed: tuple[Module, ...], custom: tuple[Module, ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for module in (*managed, *custom):
        for match in _NAMED.finditer(module.text):
            line = module.text.count("\n", 0, match.start(1)) + 1
            found.setdefault(match[1], f"{module.path}:{line}")
    return found


def package(text: str) -> str:
    """Return the package that a Rego file declares, nothing where it declares none.

    The engine says so: a line that looks like a declaration may stand in a text. What it cannot
    parse it will not evaluate either.
    """
    match = _PACKAGE.search(text)
    return references.package(text) or (match[1] if match else "")


def _numbers(root: Path, faults: list[Reason]) -> str:
    try:
        data.load(root)
        return _as_json(data.content(root))
    except ControlsError as error:
        faults.append(Reason("data", error.message, data.FILE, error.hint))
        return "{}"


@functools.lru_cache(maxsize=8)
def _as_json(blob: bytes) -> str:
    return _canonical(data.document_of(blob).data)


def _text(path: Path) -> str:
    with path.open("rb") as file:
        blob = file.read(LIMIT + 1)
    if len(blob) > LIMIT:
        raise ValueError(f"larger than {LIMIT // 1024} KiB")
    return blob.decode("utf-8")


def _because(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 at byte {error.start}"
    return getattr(error, "strerror", None) or str(error)


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
