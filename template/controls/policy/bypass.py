"""Finds code that would reach a model without the gateway; Python is read, never run.

An import of a provider's library or of pydantic-ai's models is enough: who holds a model has a way
around. Only the owner's rooms are read; `controls/` is proven by its digests.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from controls.check.model import Finding

ROOMS = ("workflow", "evals")
FORBIDDEN = (
    *("openai", "anthropic", "litellm", "langchain", "langchain_openai", "langchain_anthropic"),
    *(
        "google.genai",
        "google.generativeai",
        "mistralai",
        "cohere",
        "groq",
        "ollama",
        "huggingface_hub",
    ),
    *("pydantic_ai.models", "pydantic_ai.providers", "pydantic_ai.embeddings", "transformers"),
    *("controls.gateway", "boto3"),
)
BUILDERS = ("Agent", "infer_model", "model_request", "model_request_sync", "model_request_stream")


def findings(root: Path) -> Iterator[Finding]:
    """Yield each line that imports a model, or gives an agent a model by name."""
    for path in files(root):
        place = path.relative_to(root).as_posix()
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError) as error:
            yield Finding(
                f"cannot be read as Python: {error}", place, getattr(error, "lineno", 0) or 0
            )
            continue
        for line, what in _found(tree):
            yield Finding(
                f"{what} goes around the gateway",
                place,
                line,
                hint="take the model from run.model()",
            )


def files(root: Path) -> list[Path]:
    """Return the Python files that are the owner's."""
    found = [path for room in ROOMS for path in (root / room).rglob("*.py")]
    return sorted(path for path in found if path.is_file())


def _found(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, f"import of {a.name!r}") for a in node.names if _bad(a.name))
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            if any(map(_bad, names)):
                yield node.lineno, f"import from {node.module!r}"
        elif isinstance(node, ast.Call) and _names_model(node):
            yield node.lineno, "a model given by name"


def _bad(module: str) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in FORBIDDEN)


def _names_model(node: ast.Call) -> bool:
    called = (
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    )
    if called not in BUILDERS:
        return False
    given = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "model")]
    return any(isinstance(value, ast.Constant) and isinstance(value.value, str) for value in given)
