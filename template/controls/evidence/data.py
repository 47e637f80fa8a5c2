"""How data is handled: which data, for how long, and which model may see it.

What is declared is cited from the manifest; what the policy really lets through is asked of the
policy itself, cell by cell.
"""

from collections.abc import Iterator

from controls.check.model import Context
from controls.errors import ControlsError
from controls.evidence.claim import Claim, State
from controls.evidence.tree import Tree
from controls.manifest import NAME, Endpoint

ENVIRONMENTS = ("development", "production")
POLICY = ("controls/policy/", "policy/")


def claims(context: Context, tree: Tree) -> Iterator[Claim]:
    """Yield what the manifest declares about data, then what the policy allows."""
    manifest = context.manifest
    for index, entry in enumerate(manifest.data):
        whose = "nobody" if entry.subjects == "none" else entry.subjects
        text = f"data {entry.name!r} is {entry.classification}, about {whose}"
        line = manifest.line("spec", "data", index)
        text = f"{text}, and is kept for {entry.retention}"
        yield Claim(text, State.declared, tree.cite(NAME, line))
    yield from _models(context, tree)
    yield _content(context, tree)


def _models(context: Context, tree: Tree) -> Iterator[Claim]:
    manifest = context.manifest
    allowed, fault = _allowed(context)
    for index, model in enumerate(manifest.models):
        line = manifest.line("spec", "models", index, "allowed_data")
        declared = f"{_where(model)} may see {_list(model.allowed_data)} data"
        yield Claim(declared, State.declared, tree.cite(NAME, line))
        cited = tuple(one for path in (NAME, *POLICY) for one in tree.cite(path))
        if fault:
            text = f"what the policy lets {model.ref} see is unknown: {fault}"
            yield Claim(text, State.failed, cited)
        else:
            seen = ", ".join(f"{_seen(allowed[model.ref, env])} in {env}" for env in ENVIRONMENTS)
            yield Claim(f"the policy lets {model.ref} see {seen}", State.ok, cited)


def _allowed(context: Context) -> tuple[dict[tuple[str, str], tuple[str, ...]], str]:
    """Return the classes of each model and environment; else why the policy cannot say."""
    try:
        from controls.policy import matrix  # noqa: PLC0415 - needs the environment

        found = {env: matrix.cells(context.root, context.manifest, env) for env in ENVIRONMENTS}
    except ControlsError as error:
        return {}, error.message
    except ImportError as error:
        return {}, str(error)
    return {
        (model.ref, env): tuple(
            cell.data_class for cell in cells if cell.ref == model.ref and cell.decision.allow
        )
        for model in context.manifest.models
        for env, cells in found.items()
    }, ""


def _content(context: Context, tree: Tree) -> Claim:
    kept = {
        "none": "what people ask and what a model answers is not kept, only digests of it",
        "encrypted": "what people ask and what a model answers is kept encrypted",
    }
    word = context.manifest.logging["content"]
    line = context.manifest.line("spec", "logging", "content")
    text = kept.get(word, f"content is kept as {word!r}")
    return Claim(text, State.declared, tree.cite(NAME, line))


def _where(model: Endpoint) -> str:
    place = "in this process" if model.endpoint == "in-process" else f"at {model.provider}"
    return f"{model.ref} ({place})"


def _seen(names: tuple[str, ...]) -> str:
    return " and ".join(names) or "nothing"


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "no"
