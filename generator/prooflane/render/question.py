"""What one answer must look like, exactly as Copier judges it.

Pure, given the texts' renderer. Which questions are asked, and in which order, is decided by
`prooflane.render.questionnaire`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import yaml
from jinja2 import StrictUndefined

from prooflane.errors import MAINTAINER, ProoflaneError
from prooflane.render.config import Question
from prooflane.render.environment import Compiler, UnsetError
from prooflane.render.missing import MISSING

FALSE = frozenset({"n", "no", "f", "false", "off", "~", "null", "none", ""})


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice: what a person reads, what is recorded, and why it cannot be chosen now."""

    title: str
    value: object
    disabled: str


@dataclass(frozen=True, slots=True)
class Posed:
    """A question together with everything that its texts may read."""

    question: Question
    scope: Mapping[str, object]
    compiler: Compiler
    remembered: object = MISSING

    def render(self, value: object, **extra: object) -> object:
        """Return `value` with its Jinja rendered; what is not text, or a list of it, stays."""
        if isinstance(value, list):
            return [self.render(item, **extra) for item in value]
        if not isinstance(value, str):
            return value
        return self.compiler(value)({**self.scope, **extra})

    @property
    def type(self) -> str:
        """The name of the answer's type; without one, that of the default."""
        if not self.question.type:
            name = type(self.question.default).__name__
            return name if name in CASTS else "yaml"
        name = str(self.render(self.question.type))
        if name not in CASTS:
            raise ProoflaneError(
                f"question {self.question.name!r} has the unknown type {name!r}", MAINTAINER
            )
        return name

    @property
    def applies(self) -> bool:
        """Whether its `when` holds; a question that does not apply is not recorded."""
        return truth(self.render(self.question.when))

    @property
    def is_asked(self) -> bool:
        """Whether a person is asked: it applies, and its `ask` holds."""
        return self.applies and truth(self.render(self.question.ask))

    def choices(self) -> tuple[Choice, ...]:
        """Return the choices as they stand now; none when any answer will do."""
        listed = self.question.choices
        if isinstance(listed, str):
            listed = yaml.safe_load(str(self.render(listed)))
        if isinstance(listed, dict):
            listed = list(listed.items())
        return tuple(map(self._choice, listed if isinstance(listed, list) else ()))

    def _choice(self, item: object) -> Choice:
        title, value = item if isinstance(item, tuple | list) else (item, item)
        disabled = ""
        if isinstance(item, tuple | list) and isinstance(value, dict):
            disabled = str(self.render(value.get("validator", "")))
            value = value["value"]
        return Choice(str(self.render(title)), self.render(value), disabled)

    def default(self) -> object:
        """Return the default as an answer, or MISSING; what is remembered comes first."""
        if self.remembered is not MISSING:
            return self.remembered
        unset = StrictUndefined("UNSET", exc=UnsetError)
        try:
            value = self.render(self.question.default, UNSET=unset)
        except UnsetError:
            return MISSING
        return value if value is MISSING else self.parse(value)

    def parse(self, value: object) -> object:
        """Return `value` as the type asks for.

        Raises:
            ProoflaneError: when it is of another type, or not one of the choices.
        """
        if not self.question.multiselect:
            return self._one(value)
        given = [self._one(item) for item in _items(value)]
        allowed = (self._cast(choice.value) for choice in self.choices())
        return [choice for choice in allowed if choice in given]

    def validate(self, answer: object) -> None:
        """Return when the template's validator says nothing.

        Raises:
            ProoflaneError: with what it says.
        """
        if says := self.objection(answer):
            name = self.question.name
            raise ProoflaneError(f"{name} {answer!r}: {says}", f"--set {name}=...")

    def objection(self, answer: object) -> str:
        """Return what the template's validator says against `answer`; nothing when it agrees."""
        return str(self.render(self.question.validator, **{self.question.name: answer})).strip()

    def _one(self, value: object) -> object:
        answer = self._cast(value)
        choices = self.choices()
        for choice in choices:
            if self._cast(choice.value) == answer:
                if choice.disabled:
                    raise ProoflaneError(
                        f"{self.question.name} {answer!r}: {choice.disabled}", "choose another"
                    )
                return answer
        if choices:
            offered = ", ".join(str(choice.value) for choice in choices if not choice.disabled)
            raise ProoflaneError(
                f"{self.question.name} {answer!r} is not offered", f"choose one of {offered}"
            )
        return answer

    def _cast(self, value: object) -> object:
        name = self.type
        try:
            return cast(name, value)
        except (ValueError, TypeError, AttributeError, yaml.YAMLError) as error:
            kind = {"str": "text", "int": "a whole number", "float": "a number"}.get(name, name)
            raise ProoflaneError(
                f"{self.question.name} {value!r} is not {kind}", f"--set {self.question.name}=..."
            ) from error


def cast(kind: str, value: object) -> object:
    """Return `value` as the type called `kind`; data that is parsed already stays as it is."""
    if kind in {"json", "yaml"} and not isinstance(value, str | bytes):
        return value
    if value is None:
        raise TypeError("no answer")
    return CASTS[kind](value)


def truth(value: object) -> bool:
    """Return `value` as Copier reads a condition: a number, one of YAML's words, else its truth."""
    if not isinstance(value, str):
        return bool(value)
    try:
        return bool(float(value))
    except ValueError:
        return value.strip().lower() not in FALSE


def text(value: object) -> str:
    """Return `value` as text; only numbers and text have one."""
    if isinstance(value, str):
        return value
    if isinstance(value, float | int | Decimal):
        return str(value)
    raise ValueError(value)


def _items(value: object) -> Sequence[object]:
    if isinstance(value, str):
        value = yaml.load(value, yaml.BaseLoader)  # noqa: S506 - builds text and lists alone
    if not isinstance(value, list):
        raise ProoflaneError(f"{value!r} is not a list", "give several as [a, b]")
    return value


CASTS: Mapping[str, Callable[..., object]] = {
    "bool": truth,
    "float": float,
    "int": int,
    "json": json.loads,
    "str": text,
    "yaml": yaml.safe_load,
    "path": str,
}
