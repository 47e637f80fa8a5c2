"""Jinja as Copier sets it up, for text that depends on answers alone.

Decides which text is hermetic: what reads the clock, chance or the machine, and each filter that
only Copier has, raises `NotHermeticError` before it runs; then `prooflane.render.foreign` renders.
"""

import json
from collections.abc import Callable, Container, Mapping
from functools import cache
from typing import TypeVar

import yaml
from jinja2 import FunctionLoader, StrictUndefined, Template, TemplateSyntaxError, Undefined, nodes
from jinja2.exceptions import UndefinedError

from prooflane.errors import MAINTAINER, ProoflaneError
from prooflane.files import File
from prooflane.render.errors import NotHermeticError
from prooflane.render.sandbox import BoundedEnvironment

T = TypeVar("T")
Renderer = Callable[[Mapping[str, object]], str]
Compiler = Callable[[str], Renderer]
SHORT = 60
LONGEST = 16 * 1024 * 1024
IMPURE_NAMES = frozenset(
    {"now", "make_secret", "pathjoin", "lipsum", "_copier_python", "_external_data"}
)
IMPURE_FILTERS = frozenset({"random"})
OPTIONS = frozenset(
    {
        *("block_start_string", "block_end_string", "variable_start_string", "variable_end_string"),
        *("comment_start_string", "comment_end_string", "line_statement_prefix"),
        *("line_comment_prefix", "trim_blocks", "lstrip_blocks", "newline_sequence"),
        *("keep_trailing_newline", "autoescape"),
    }
)
UNDEFINED = {"jinja2.Undefined": Undefined, "jinja2.StrictUndefined": StrictUndefined}


class UnsetError(UndefinedError):
    """Raised by a default that evaluates to Copier's `UNSET`: the question has no default."""


class Environment(BoundedEnvironment):
    """A sandbox that reads every text it compiles for impurity, included files too."""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        _refuse_impure(tree, self.filters, self.tests)
        return tree


def environment(files: Mapping[str, File], options: Mapping[str, object]) -> Environment:
    """Return the environment for the template in `files` with its `_envops`.

    Raises:
        NotHermeticError: when an option is not Jinja's own syntax.
    """
    known = dict(options)
    undefined = UNDEFINED.get(str(known.pop("undefined", "jinja2.Undefined")))
    if undefined is None or not known.keys() <= OPTIONS:
        raise NotHermeticError("_envops")
    made = Environment(
        loader=FunctionLoader(lambda path: _source(files, path)),
        undefined=undefined,
        auto_reload=False,
        cache_size=-1,
        **{"keep_trailing_newline": True, **known},
    )
    made.filters.update(FILTERS)
    return made


def compiler(made: Environment) -> Compiler:
    """Return what compiles a text once, and then renders it with any context."""

    @cache
    def compiled(text: str) -> Renderer:
        if is_plain(made, text):
            return lambda _: text
        short = text if len(text) <= SHORT else f"{text[:SHORT]}..."
        return renderer(f"text {short!r}", lambda: made.from_string(text))

    return compiled


def is_plain(made: Environment, text: str) -> bool:
    """Say whether `text` renders to itself, whatever the context."""
    marks = (made.block_start_string, made.variable_start_string, made.comment_start_string)
    prefixed = made.line_statement_prefix or made.line_comment_prefix
    return not prefixed and "\r" not in text and not any(mark in text for mark in marks)


def renderer(name: str, make: Callable[[], Template]) -> Renderer:
    """Return what renders the text that `make` compiles; messages call it `name`.

    Raises:
        NotHermeticError: when Jinja alone cannot compile it, or, later, what it includes.
    """
    made = _guarded(name, make)
    return lambda context: _short(name, _guarded(name, lambda: made.render(context)))


def _short(name: str, text: str) -> str:
    if len(text) > LONGEST:
        raise ProoflaneError(f"the template's {name} renders to more than 16 MiB", MAINTAINER)
    return text


def _guarded(name: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except (NotHermeticError, UnsetError):
        raise
    except TemplateSyntaxError as error:
        raise NotHermeticError(f"the syntax {error.message!r}") from error
    except UnicodeDecodeError as error:
        raise ProoflaneError(f"the template's {name} is not UTF-8", MAINTAINER) from error
    except Exception as error:  # an expression of a template may raise anything
        raise ProoflaneError(f"the template's {name} fails: {error}", MAINTAINER) from error


def _source(files: Mapping[str, File], path: str) -> str | None:
    file = files.get(path)
    return None if file is None else file.data.decode("utf-8")


def _refuse_impure(tree: nodes.Template, filters: Container[str], tests: Container[str]) -> None:
    for node in tree.find_all(nodes.Expr):
        if isinstance(node, nodes.Name) and node.ctx == "load" and node.name in IMPURE_NAMES:
            raise NotHermeticError(f"the name {node.name!r}")
        if isinstance(node, nodes.Filter) and not _is_known(node, filters):
            raise NotHermeticError(f"the filter {node.name!r}")
        if isinstance(node, nodes.Test) and node.name not in tests:
            raise NotHermeticError(f"the test {node.name!r}")
    _refuse_machine(tree)


def _refuse_machine(tree: nodes.Template) -> None:
    # of Copier's own settings, the name of the answers file alone is the same everywhere
    mentions = sum(node.name == "_copier_conf" for node in tree.find_all(nodes.Name))
    if mentions != sum(_is_answers_file(node) for node in tree.find_all(nodes.Getattr)):
        raise NotHermeticError("the name '_copier_conf'")


def _is_known(node: nodes.Filter, filters: Container[str]) -> bool:
    if node.name in FILTERS:
        return not (node.args or node.kwargs)
    return node.name in filters and node.name not in IMPURE_FILTERS


def _is_answers_file(node: nodes.Getattr) -> bool:
    owner = node.node
    named = isinstance(owner, nodes.Name) and owner.name == "_copier_conf"
    return named and node.attr == "answers_file"


def _to_nice_yaml(value: object) -> str:
    # the pure dumper, as Copier: the C one escapes what is outside the basic plane
    return yaml.dump(value, indent=4, allow_unicode=True, default_flow_style=False)


def _to_json(value: object) -> str:
    return json.dumps(value)


FILTERS: Mapping[str, Callable[[object], str]] = {
    "to_nice_yaml": _to_nice_yaml,
    "to_json": _to_json,
}
