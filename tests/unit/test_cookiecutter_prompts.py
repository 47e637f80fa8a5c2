"""Copier's questions in Cookiecutter's terms, and the answers back."""

import pytest

from prooflane.cookiecutter import prompts
from prooflane.files import File
from prooflane.render import tree

QUESTIONS = b"""\
_subdirectory: t
project_name: {type: str, help: What is it called?, default: demo}
size: {type: int, help: How large?, default: 3, choices: {small: 3, large: 5}}
tier: {type: int, default: "{{ 2 if size == 5 else 1 }}", choices: [0, 1, 2]}
loud: {type: bool, default: true}
volume: {type: int, default: 7, when: "{{ loud }}"}
parts: {type: yaml, default: [a], choices: [a, b, c], multiselect: true}
owner: {type: str}
project_slug: {type: str, when: false, default: "{{ project_name | lower }}-{{ size }}"}
"""


@pytest.fixture
def template():
    return tree.load({"copier.yml": File(QUESTIONS), "t/a": File(b"")})


def test_each_question_is_text_or_a_list_of_text(template):
    offered = prompts.context(template)
    offered.pop("__prompts__")
    assert offered == {
        "project_name": "demo",
        "size": ["3", "5"],
        "tier": ["auto", "0", "1", "2"],
        "loud": True,
        "volume": "7",
        "parts": '["a"]',
        "owner": "",
        "__project_slug": (
            "{%- set project_name = cookiecutter.project_name -%}"
            "{%- set size = cookiecutter.size -%}"
            "{%- set tier = cookiecutter.tier -%}"
            "{%- set loud = cookiecutter.loud -%}"
            "{%- set volume = cookiecutter.volume -%}"
            "{%- set parts = cookiecutter.parts -%}"
            "{%- set owner = cookiecutter.owner -%}"
            "{{ project_name | lower }}-{{ size }}"
        ),
    }


def test_a_person_reads_help_and_titles(template):
    said = prompts.context(template)["__prompts__"]
    assert said["project_name"] == "What is it called?"
    assert said["size"] == {"__prompt__": "How large?", "3": "small", "5": "large"}
    assert said["tier"]["auto"] == "decide from the other answers"


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ({"size": "3", "tier": "auto", "loud": True}, {}),
        ({"size": "5", "tier": "0"}, {"size": "5", "tier": "0"}),
        ({"loud": False, "volume": "7"}, {"loud": False}),
        ({"parts": "[b, c]"}, {"parts": "[b, c]"}),
        ({"_repo_dir": "/x", "project_slug": "y", "other": "z"}, {}),
    ],
    ids=[
        "as it was offered",
        "another choice",
        "a question that then does not apply",
        "several",
        "what is no question",
    ],
)
def test_what_differs_from_the_offer_is_given(said, given, template):
    assert prompts.given(template, said) == given


def test_what_was_given_is_cast_by_the_questionnaire(template):
    said = {"size": "5", "tier": "auto", "loud": False, "volume": "7", "parts": "[c, b]"}
    given = prompts.given(template, {**said, "owner": "ada"})
    answers = template.answers(given, tree.Origin("url", "v1")).recorded
    assert answers == {
        "project_name": "demo",
        "size": 5,
        "tier": 2,
        "loud": False,
        "parts": ["b", "c"],
        "owner": "ada",
    }
