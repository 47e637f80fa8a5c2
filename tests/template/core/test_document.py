"""YAML that somebody else wrote is read safely, and its mistakes have a place."""

from pathlib import Path

import pytest

from controls import document
from controls.errors import ControlsError


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("a: &x 1\nb: *x\n", "f.yaml:2: aliases are not allowed (*x)", id="an alias"),
        pytest.param("a: 1\na: 2\n", "f.yaml:2: key 'a' is there twice", id="a repeated key"),
        pytest.param("? [a]\n: 1\n", "f.yaml:1: a key must be a plain word", id="a key of parts"),
        pytest.param(
            "[" * 30 + "]" * 30, "f.yaml:1: nested deeper than 24 levels", id="a deep nest"
        ),
        pytest.param(
            "[" * 50_000, "f.yaml:1: nested deeper than 24 levels", id="a nest without end"
        ),
        pytest.param("a: .nan\n", "f.yaml: nan is not a number to count with", id="not a number"),
        pytest.param(
            "a:\n  - !!binary aGk=\n",
            "f.yaml:2: tags are not allowed (tag:yaml.org,2002:binary)",
            id="a value that JSON does not know",
        ),
        pytest.param(
            'a: !!float ""\n',
            "f.yaml:1: tags are not allowed (tag:yaml.org,2002:float)",
            id="a tag that its value does not fit",
        ),
        pytest.param(
            "a: !reference [b, c]\n",
            "f.yaml:1: tags are not allowed (!reference)",
            id="a tag of somebody else",
        ),
        pytest.param(
            "!!python/object/apply:os.getcwd []\n",
            "f.yaml:1: tags are not allowed (tag:yaml.org,2002:python/object/apply:os.getcwd)",
            id="a tag that would build an object",
        ),
    ],
)
def test_what_only_yaml_can_say_is_refused(text, sentence):
    with pytest.raises(ControlsError) as refused:
        document.parse(text, "f.yaml")
    assert refused.value.message == sentence


def test_broken_yaml_names_its_line():
    with pytest.raises(ControlsError) as refused:
        document.parse("a: 1\nb: [1,\nc: }\n", "f.yaml")
    assert refused.value.message.startswith("f.yaml:3: not valid YAML: ")


def test_bytes_that_are_no_text_name_their_place():
    with pytest.raises(ControlsError) as refused:
        document.parse(b"a: \xff\n", "f.yaml")
    assert refused.value.message == "f.yaml is not UTF-8 at byte 3"


def test_a_gigantic_file_is_refused_before_it_is_parsed(tmp_path: Path):
    (tmp_path / "f.yaml").write_bytes(b"a: 1\n" * 100_000)
    with pytest.raises(ControlsError) as refused:
        document.read(tmp_path / "f.yaml")
    assert refused.value.message == "f.yaml is larger than 256 KiB"


def test_a_missing_file_is_one_sentence(tmp_path: Path):
    with pytest.raises(ControlsError) as refused:
        document.read(tmp_path / "f.yaml")
    assert refused.value.message == "f.yaml cannot be read: No such file or directory"


def test_dates_stay_the_text_that_json_has():
    parsed = document.parse("a: 2026-12-01\nb: [2026-02-30]\n", "f.yaml")
    assert parsed.data == {"a": "2026-12-01", "b": ["2026-02-30"]}


def test_lines_are_known_by_path_and_fall_back_to_the_parent():
    parsed = document.parse("a:\n  - b: 1\n    c: 2\n", "f.yaml")
    assert parsed.line(("a", 0, "c")) == 3
    assert parsed.line(("a", 0, "nowhere")) == 2
    assert parsed.line(("nowhere",)) == 1
