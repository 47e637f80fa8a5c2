"""Asks questions on a terminal; Enter takes the default, Ctrl-C ends the command.

Imported only there: questionary takes a while.
"""

import shutil
import sys

import questionary
from prompt_toolkit.document import Document
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.validation import ValidationError, Validator

from prooflane.catalogue import Catalogue
from prooflane.errors import ProoflaneError
from prooflane.git.identity import identity
from prooflane.render.missing import MISSING
from prooflane.render.question import Choice, Posed
from prooflane.render.questionnaire import Ask
from prooflane.report.paint import paint
from prooflane.report.tiers import table


def asking(offered: Catalogue | None) -> Ask:
    """Return what asks a person, who sees what each tier brings and costs before choosing one."""

    def ask(posed: Posed, default: object) -> object:
        if offered and posed.question.name == "tier":
            width = min(100, shutil.get_terminal_size().columns)
            print(table(offered.tiers, paint(sys.stderr), width), file=sys.stderr)  # noqa: T201
        return _ask(posed, default)

    return ask


def _ask(posed: Posed, default: object) -> object:
    said = str(posed.render(posed.question.help)).strip() or posed.question.name
    if posed.question.choices:
        return _choose(posed, said, default)
    if posed.type == "bool":
        return questionary.confirm(said, default=bool(default), output=_screen()).unsafe_ask()
    return _type(posed, said, default)


def _choose(posed: Posed, said: str, default: object) -> object:
    if posed.question.multiselect:
        return _choose_several(posed, said, default)
    choices = [_offered(posed, choice) for choice in posed.choices()]
    first = next((choice for choice in choices if choice.value == default), None)
    return questionary.select(said, choices, default=first, output=_screen()).unsafe_ask()


def _offered(posed: Posed, choice: Choice) -> questionary.Choice:
    if choice.disabled:
        return questionary.Choice(choice.title, choice.value, disabled=choice.disabled)
    value = posed.parse(choice.value)
    # the validator speaks before the choice and not after it, when every answer would be lost
    return questionary.Choice(choice.title, value, disabled=posed.objection(value) or None)


def _choose_several(posed: Posed, said: str, default: object) -> object:
    chosen = default if isinstance(default, list) else [default]
    choices = [
        questionary.Choice(
            choice.title,
            choice.value,
            disabled=choice.disabled or None,
            checked=choice.value in chosen,
        )
        for choice in posed.choices()
    ]
    return posed.parse(questionary.checkbox(said, choices, output=_screen()).unsafe_ask())


def _type(posed: Posed, said: str, default: object) -> object:
    shown = "" if default in {MISSING, None} else str(default)
    if posed.question.name == "owner" and not shown:
        shown = identity().address
    asked = questionary.text(said, default=shown, validate=_validator(posed), output=_screen())
    return posed.parse(asked.unsafe_ask())


def _screen() -> Output:
    # what is printed may go to a file, as with --json: a person is asked on the other stream
    return create_output(sys.stderr)


def _validator(posed: Posed) -> type[Validator]:
    class Answered(Validator):
        """Says beside the prompt what the template's validator says."""

        def validate(self, document: Document) -> None:
            try:
                posed.validate(posed.parse(document.text))
            except ProoflaneError as error:
                end = len(document.text)
                raise ValidationError(end, error.message) from error

    return Answered
