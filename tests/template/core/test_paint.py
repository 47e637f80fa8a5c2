"""Colour and symbols appear only where somebody can see them."""

import io

import pytest

from controls.check.command import context
from controls.paint import Paint, paint


class Terminal(io.StringIO):
    """A stream that says it is a terminal of a given encoding."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:
        return self._encoding

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "colour"),
    [
        pytest.param({}, True, id="a terminal"),
        pytest.param({"NO_COLOR": "1"}, False, id="a person who asked for none"),
        pytest.param({"TERM": "dumb"}, False, id="a terminal that knows none"),
    ],
)
def test_a_terminal_has_colour_unless_it_was_declined(environ, colour):
    assert paint(Terminal("utf-8"), environ).colour is colour


def test_a_file_has_neither_colour_nor_a_width():
    found = paint(io.StringIO(), {})
    assert (found.colour, found.width) == (False, 0)


@pytest.mark.parametrize(("encoding", "symbols"), [("UTF-8", True), ("latin-1", False)])
def test_symbols_need_an_encoding_that_has_them(encoding, symbols):
    assert paint(Terminal(encoding), {}).symbols is symbols


def test_without_symbols_every_character_is_ascii():
    plain = Paint(symbols=False)
    assert plain.plain("a · b … é") == "a - b ... ?"
    assert [plain.mark(state) for state in ("ok", "pending", "failed")] == ["+", "o", "x"]


def test_text_is_cut_to_the_width_and_left_alone_without_one():
    assert Paint(width=20).cut("x" * 30, 4) == "x" * 15 + "…"
    assert Paint().cut("x" * 300, 4) == "x" * 300


def test_the_base_of_a_change_comes_from_the_option_before_the_environment(project, monkeypatch):
    root = project(0)
    monkeypatch.setenv("BASE_SHA", "abc")
    assert context(root).base == "abc"
    assert context(root, base="def").base == "def"
    monkeypatch.setenv("BASE_SHA", "")
    assert context(root).base is None
