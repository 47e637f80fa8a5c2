"""The workflow's function comes from the tree that was asked for, or one sentence says why not."""

from dataclasses import replace

import pytest

from controls import entrypoint, manifest
from controls.errors import ControlsError


@pytest.fixture
def tree(tmp_path, project, monkeypatch):
    """Return a function that loads `answer` of a package in a tree of this name."""
    monkeypatch.setattr("sys.path", list(__import__("sys").path))
    base = manifest.load(project(0))

    def tree(name: str, body: str, point: str = "flow_probe.answer:answer"):
        package = tmp_path / name / "flow_probe"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "answer.py").write_text(body)
        return entrypoint.load(tmp_path / name, replace(base, entrypoint=point))

    return tree


def test_two_trees_in_one_process_each_get_their_own(tree):
    first = tree("one", "def answer(question, run):\n    return 'one'\n")
    second = tree("two", "def answer(question, run):\n    return 'two'\n")
    assert (first("", None), second("", None)) == ("one", "two")


@pytest.mark.parametrize(
    ("body", "point", "sentence"),
    [
        pytest.param(
            "",
            "flow_probe.answer:answer",
            "spec.entrypoint 'flow_probe.answer:answer' names no function of 'flow_probe.answer'",
            id="a function that is missing",
        ),
        pytest.param(
            "answer = 3",
            "flow_probe.answer:answer",
            "spec.entrypoint 'flow_probe.answer:answer' names no function of 'flow_probe.answer'",
            id="a value that is no function",
        ),
        pytest.param(
            "",
            "flow_probe.reply:answer",
            "spec.entrypoint 'flow_probe.reply:answer' cannot be imported: ModuleNotFoundError:"
            " No module named 'flow_probe.reply'",
            id="a module that is missing",
        ),
        pytest.param(
            "1 / 0",
            "flow_probe.answer:answer",
            "spec.entrypoint 'flow_probe.answer:answer' cannot be imported: ZeroDivisionError:"
            " division by zero",
            id="a module that raises",
        ),
    ],
)
def test_what_cannot_be_loaded_is_one_sentence(tree, body, point, sentence):
    with pytest.raises(ControlsError) as refused:
        tree("tree", body, point)
    assert refused.value.message == sentence
    assert refused.value.hint
