"""Finds code that would reach a model without the gateway; Python is read, never run.

Who holds a model has a way around, so an import of a provider's library or of pydantic-ai's models
is enough, and so is a model that is given by name, an address of a provider, or the record that a
run keeps of its calls. Names are followed through one file. All code of the owner's is read but for
its tests, which no other may import, and an environment of libraries of which git holds nothing;
`controls/` is proven by its digests. Code that hides what it does is found by who reads it, and by
what the trace does not show.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from controls import git
from controls.check.model import Finding
from controls.errors import ControlsError
from controls.policy import models

APART = ("controls", "tests")
HINT = "take the model from run.model()"


def findings(root: Path) -> Iterator[Finding]:
    """Yield each line that imports a model, names one to an agent, or writes to a provider."""
    for path in files(root):
        place = path.relative_to(root).as_posix()
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", 0) or 0
            yield Finding(f"cannot be read as Python: {error}", place, line)
            continue
        told: dict[int, str] = {}
        for line, what in _found(tree):
            told.setdefault(line, what)
        for line, what in sorted(told.items()):
            yield Finding(f"{what} goes around the gateway", place, line, hint=HINT)


def files(root: Path) -> list[Path]:
    """Return the Python files that are the owner's, tests left out."""
    rooms = [each for each in root.iterdir() if each.is_dir() and each.name not in APART]
    rooms = [
        room
        for room in rooms
        if not room.name.startswith(".") and not _is_environment(root, room.name)
    ]
    found = [*root.glob("*.py"), *(path for room in rooms for path in room.rglob("*.py"))]
    return sorted(path for path in found if path.is_file())


def _is_environment(root: Path, name: str) -> bool:
    """Say whether a folder is a virtual environment that git ignores, all of it."""
    if not (root / name / "pyvenv.cfg").is_file():
        return False
    listed = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    try:
        return not git.paths(root, *listed, "--", f":(literal){name}")
    except ControlsError:  # no git, so nothing is ignored
        return False


def _found(tree: ast.AST) -> Iterator[tuple[int, str]]:
    names, texts = _imported(tree), _texts(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            bad = [alias.name for alias in node.names if models.reaches(alias.name)]
            yield from ((node.lineno, f"import of {name!r}") for name in bad)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            parts = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            if any(map(models.reaches, parts)):
                yield node.lineno, f"import from {node.module!r}"
        elif isinstance(node, ast.Attribute) and models.reaches(found := _path(node, names, "")):
            yield node.lineno, repr(found)
        elif isinstance(node, ast.Attribute) and _is_record(node):
            yield node.lineno, f"the record of a run (.{node.attr}), which the controls write,"
        elif isinstance(node, ast.Call):
            yield from _called(node, names, texts)
        elif isinstance(node, ast.Assign) and _model_set(node, texts):
            yield node.lineno, "a model given by name"
        elif isinstance(node, ast.Constant) and models.addressed(node.value):
            yield node.lineno, "an address of a provider"


def _called(
    node: ast.Call, names: Mapping[str, str], texts: frozenset[str]
) -> Iterator[tuple[int, str]]:
    path = _path(node.func, names)
    name = path.rpartition(".")[2]
    first = node.args[:1] if name in models.BUILDERS else []
    named = models.BUILDERS | models.ASKED
    given = [*first, *(k.value for k in node.keywords if k.arg == "model" and name in named)]
    if any(_is_text(value, texts) for value in given):
        yield node.lineno, "a model given by name"
    if name in models.IMPORTERS and node.args:
        module = node.args[0]
        if not isinstance(module, ast.Constant):
            yield node.lineno, "an import of what only a run would tell"
        elif models.reaches(str(module.value)):
            yield node.lineno, f"import of {module.value!r}"


def _is_record(node: ast.Attribute) -> bool:
    """Say whether `node` is `run.trail` or `current().trail`."""
    asked = node.value.func if isinstance(node.value, ast.Call) else node.value
    return node.attr in models.RECORDS and _path(asked, {}).endswith(("run", "current"))


def _model_set(node: ast.Assign, texts: frozenset[str]) -> bool:
    """Say whether `agent.model = "…"` is what `node` does."""
    to_model = any(isinstance(t, ast.Attribute) and t.attr == "model" for t in node.targets)
    return to_model and _is_text(node.value, texts)


def _imported(tree: ast.AST) -> dict[str, str]:
    """Return what each imported name stands for: `A` for `pydantic_ai.Agent`."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            tops = (alias.name.partition(".")[0] for alias in node.names if not alias.asname)
            found |= {top: top for top in tops} | {a.asname: a.name for a in node.names if a.asname}
        elif isinstance(node, ast.ImportFrom):
            found |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return found


def _texts(tree: ast.AST) -> frozenset[str]:
    """Return the names that are given a text somewhere in the file."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if _is_text(node.value, frozenset(found)):
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return frozenset(found)


def _is_text(node: ast.expr, texts: frozenset[str]) -> bool:
    """Say whether `node` is a text: written out, put together, or from the environment."""
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.Name(id=name):
            return name in texts
        case ast.BinOp(left=one, right=other) | ast.IfExp(body=one, orelse=other):
            return _is_text(one, texts) or _is_text(other, texts)
        case ast.BoolOp(values=values):
            return any(_is_text(value, texts) for value in values)
        case _:
            return _is_told(node)


def _is_told(node: ast.expr) -> bool:
    """Say whether `node` is `os.environ["…"]`, `os.getenv("…")`, `str(…)` or `"…".join(…)`."""
    if isinstance(node, ast.Subscript):
        return _path(node.value, {}).endswith("environ")
    path = _path(node.func, {}) if isinstance(node, ast.Call) else ""
    return path.endswith(("getenv", "environ.get")) or path in {"str", ".format", ".join"}


def _path(node: ast.AST, names: Mapping[str, str], other: str | None = None) -> str:
    """Return the dotted name that `node` amounts to, its start as it was imported, or `other`."""
    if isinstance(node, ast.Attribute):
        return f"{_path(node.value, names, other)}.{node.attr}"
    if isinstance(node, ast.Subscript):  # Agent[Deps, str]("…")
        return _path(node.value, names, other)
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id if other is None else other)
    return ""
