"""From what was given to a full set of answers, in every mode.

Decides the order, what each question may read, and which answers are recorded: as Copier does, so
that both make the same tree. How a person is asked is decided by whoever passes `ask`.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from prooflane.errors import ProoflaneError
from prooflane.render.config import Config
from prooflane.render.environment import Compiler
from prooflane.render.missing import MISSING
from prooflane.render.question import Posed, cast

Ask = Callable[[Posed, object], object]
NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answers:
    """Each value that a text may read, by name, and those of them that are recorded."""

    values: Mapping[str, object]
    recorded: Mapping[str, object]


def take_default(_posed: Posed, default: object) -> object:
    """Return the default: the answer of a run in which nobody is asked."""
    return default


def answer(  # noqa: PLR0913 - what is given, known and remembered are three things
    config: Config,
    compiler: Compiler,
    given: Mapping[str, object],
    facts: Mapping[str, object],
    *,
    ask: Ask = take_default,
    before: Mapping[str, object] = NOTHING,
) -> Answers:
    """Return the answers to the questions of `config`.

    What was given is in the scope of every text from the start; `facts` are what Copier knows.
    The answers of an earlier version, `before`, stand in for defaults as far as they still hold.

    Raises:
        ProoflaneError: when an answer is unknown, computed, missing or refused by its validator.
    """
    asked = [question.name for question in config.questions if question.when is not False]
    refuse_unknown([question.name for question in config.questions], given, asked)
    scope = {**before, **facts, **_typed(config, given)}

    def decide(posed: Posed) -> object:
        return _answer(_suggesting(posed, before), given, ask)

    return _each(config, compiler, scope, decide)


def replay(
    config: Config,
    compiler: Compiler,
    recorded: Mapping[str, object],
    facts: Mapping[str, object],
) -> Answers:
    """Return the answers that `recorded` stands for: nothing is asked and nothing is refused.

    Raises:
        ProoflaneError: when one is no longer of its type, or missing.
    """
    scope = {**recorded, **facts}
    return _each(config, compiler, scope, lambda posed: _replayed(posed, recorded))


def refuse_unknown(names: Sequence[str], given: Iterable[str], asked: Sequence[str] = ()) -> None:
    """Return when each of the answers that are `given` is one of the `names` of questions.

    The hint lists those that are `asked`, where others are computed.

    Raises:
        ProoflaneError: when one is not.
    """
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(name, names, 1)
            listed = ", ".join(asked or names)
            hint = f"did you mean {near[0]!r}?" if near else f"the template asks {listed}"
            raise ProoflaneError(f"unknown answer {name!r}", hint)


def _each(
    config: Config,
    compiler: Compiler,
    scope: Mapping[str, object],
    decide: Callable[[Posed], object],
) -> Answers:
    values = dict(scope)
    recorded: list[str] = []
    for question in config.questions:
        posed = Posed(question, {**values, "_copier_phase": "prompt"}, compiler)
        value = decide(posed)
        if value is not MISSING:
            values[question.name] = value
        if value is not MISSING and posed.applies:
            recorded.append(question.name)
    kept = (key for key in values if key in recorded)
    return Answers(values, {key: values[key] for key in kept})


def _answer(posed: Posed, given: Mapping[str, object], ask: Ask) -> object:
    name = posed.question.name
    if name in given:
        return _given(posed, given[name])
    if not posed.applies:
        return posed.default()
    value = posed.default()
    if posed.is_asked:
        value = ask(posed, value)
        if value is MISSING:
            raise ProoflaneError(f"question {name!r} has no answer", f"--set {name}=...")
    if value is not MISSING:
        posed.validate(value)
    return value


def _replayed(posed: Posed, recorded: Mapping[str, object]) -> object:
    name = posed.question.name
    value = posed.parse(recorded[name]) if name in recorded else posed.default()
    if value is MISSING and posed.is_asked:
        raise ProoflaneError(f"question {name!r} has no answer", f"--set {name}=...")
    return value


def _suggesting(posed: Posed, before: Mapping[str, object]) -> Posed:
    name = posed.question.name
    if name not in before or not posed.applies:
        return posed
    try:
        answer = posed.parse(before[name])
        posed.validate(answer)
    except ProoflaneError:
        return posed
    return replace(posed, remembered=answer)


def _given(posed: Posed, value: object) -> object:
    if not posed.applies:
        name = posed.question.name
        raise ProoflaneError(
            f"answer {name!r} does not apply here: the template computes it", "leave it out"
        )
    answer = posed.parse(value)
    posed.validate(answer)
    return answer


def _typed(config: Config, given: Mapping[str, object]) -> dict[str, object]:
    kinds = {q.name: q.type or type(q.default).__name__ for q in config.questions}
    return {name: _early(kinds[name], value) for name, value in given.items()}


def _early(kind: str, value: object) -> object:
    # `--set tier=2` is a number in every default; what does not fit is refused at its own question
    try:
        return cast(kind, value) if kind in {"int", "float", "bool"} else value
    except (TypeError, ValueError):
        return value
