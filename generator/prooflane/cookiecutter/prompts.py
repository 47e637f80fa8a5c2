"""Copier's questions in Cookiecutter's terms, so that they are written once, in `copier.yml`.

Cookiecutter knows text and lists of text. A choice whose default follows from other answers is
offered as `auto`; whatever is answered as it was offered counts as not answered, and the
questionnaire decides. Types, validators and floors are judged there too, never here.
"""

import json
from collections.abc import Mapping
from itertools import chain

from prooflane.render.config import Question
from prooflane.render.missing import MISSING
from prooflane.render.question import Posed
from prooflane.render.tree import Template

AUTO = "auto"
AUTO_SAYS = "decide from the other answers"
FOLDER = "project_slug"


def context(template: Template) -> dict[str, object]:
    """Return what `cookiecutter.json` holds for `template`."""
    posed = [Posed(question, {}, template.compiler) for question in _asked(template)]
    prompts = {each.question.name: _prompt(each, template) for each in posed}
    folder = next(q for q in template.config.questions if q.name == FOLDER)
    return {
        **{each.question.name: _offer(each, template) for each in posed},
        f"__{FOLDER}": _in_terms_of(str(folder.default), _asked(template)),
        "__prompts__": prompts,
    }


def folder() -> str:
    """Return the name of the folder that Cookiecutter takes for its template."""
    return f"{{{{cookiecutter.__{FOLDER}}}}}"


def given(template: Template, said: Mapping[str, object]) -> dict[str, object]:
    """Return the answers that a person gave: what differs from what was offered."""
    offered = context(template)
    return {
        question.name: said[question.name]
        for question in _asked(template)
        if question.name in said and said[question.name] != _first(offered[question.name])
    }


def _asked(template: Template) -> list[Question]:
    return [question for question in template.config.questions if question.when is not False]


def _offer(posed: Posed, template: Template) -> object:
    default = posed.question.default
    is_open = default is MISSING or default is None or _is_computed(posed.question, template)
    choices = [str(choice.value) for choice in posed.choices()]
    if choices and not posed.question.multiselect:
        first = AUTO if is_open else str(default)
        return [first, *(choice for choice in choices if choice != first)]
    if is_open:
        return ""
    if isinstance(default, bool):
        return default
    return json.dumps(default) if isinstance(default, list | dict) else str(default)


def _prompt(posed: Posed, template: Template) -> object:
    says = str(posed.render(posed.question.help)) or posed.question.name
    titles = {str(choice.value): choice.title for choice in posed.choices()}
    if not titles or posed.question.multiselect:
        return says
    auto = {AUTO: AUTO_SAYS} if _is_computed(posed.question, template) else {}
    return {"__prompt__": says, **auto, **titles}


def _is_computed(question: Question, template: Template) -> bool:
    jinja = template.jinja
    marks = (jinja.variable_start_string, jinja.block_start_string)
    return isinstance(question.default, str) and any(mark in question.default for mark in marks)


def _in_terms_of(text: str, questions: list[Question]) -> str:
    # Cookiecutter keeps answers below one name; Copier's texts read them bare
    names = (question.name for question in questions)
    sets = (f"{{%- set {name} = cookiecutter.{name} -%}}" for name in names)
    return "".join(chain(sets, (text,)))


def _first(offered: object) -> object:
    return offered[0] if isinstance(offered, list) else offered
