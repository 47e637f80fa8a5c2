"""TOML, YAML and JSON by key: what both sides did is in the result, as they wrote it."""

import pytest

from prooflane.merge.structured import merge

TOML = """\
# head
a = 1

[tool.x]  # ours
list = ["p>=1", "q"]
many = [
    "p",  # why
    "q"
]
"""
YAML = """\
# head
name: x
on: [push]
jobs:
  # first
  test:
    steps:
      - run: a
      - run: b
"""
HOOKS = "repos:\n- repo: r\n  rev: v1\n  hooks:\n  - id: a\n  - id: b\n"
JSON = '{\n  "a": 1,\n  "list": [1, 2],\n  "deep": {\n    "x": true\n  }\n}\n'


def both(path: str, base: str, ours: tuple[str, str], theirs: tuple[str, str]) -> str | None:
    """Return what becomes of `base` when each side replaces one text by another."""
    assert ours[0] in base
    assert theirs[0] in base
    sides = (base, base.replace(*ours), base.replace(*theirs))
    merged = merge(path, *(side.encode() for side in sides))
    return None if merged is None else merged.decode()


@pytest.mark.parametrize(
    ("path", "base", "ours", "theirs", "result"),
    [
        ("x.toml", TOML, ('"q"]', '"q", "o"]'), ('"q"]', '"q", "t"]'), ('"q"]', '"q", "o", "t"]')),
        (
            "x.toml",
            TOML,
            ('"p>=1"', '"p>=2"'),
            ('"q"]', '"t"]'),
            ('["p>=1", "q"]', '["p>=2", "t"]'),
        ),
        (
            "x.toml",
            TOML,
            ("a = 1", "a = 2"),
            ("a = 1\n", "a = 1\nb = 3\n"),
            ("a = 1", "a = 2\nb = 3"),
        ),
        (
            "x.toml",
            TOML,
            ('    "q"\n', '    "q",\n    "o",\n'),
            ('    "q"\n', '    "q",\n    "t"\n'),
            ('    "q"\n', '    "q",\n    "o",\n    "t",\n'),
        ),
        (
            "x.toml",
            TOML,
            ('    "p",  # why\n', ""),
            ('    "q"\n', '    "q",\n    "t"\n'),
            ('    "p",  # why\n    "q"\n', '    "q",\n    "t"\n'),
        ),
        (
            "x.yml",
            YAML,
            ("[push]", "[push, o]"),
            ("[push]", "[push, t]"),
            ("[push]", "[push, o, t]"),
        ),
        (
            "x.yml",
            YAML,
            ("run: b\n", "run: b\n  o:\n    x: 1\n"),
            ("run: b\n", "run: c\n"),
            ("run: b\n", "run: c\n  o:\n    x: 1\n"),
        ),
        (
            "x.yaml",
            HOOKS,
            ("  - id: b\n", "  - id: b\n  - id: o\n"),
            ("rev: v1", "rev: v2"),
            (
                "rev: v1\n  hooks:\n  - id: a\n  - id: b\n",
                "rev: v2\n  hooks:\n  - id: a\n  - id: b\n  - id: o\n",
            ),
        ),
        (
            "x.yaml",
            HOOKS,
            ("  - id: b\n", "  - id: b\n- repo: o\n"),
            ("  - id: b\n", "  - id: b\n- repo: t\n"),
            ("  - id: b\n", "  - id: b\n- repo: o\n- repo: t\n"),
        ),
        (
            "x.json",
            JSON,
            ("[1, 2]", "[1, 2, 3]"),
            ("[1, 2]", "[0, 1, 2]"),
            ("[1, 2]", "[0, 1, 2, 3]"),
        ),
        (
            "x.json",
            JSON,
            ('"x": true', '"x": true,\n    "o": 1'),
            ('"x": true', '"x": true,\n    "t": 2'),
            ('"x": true', '"x": true,\n    "o": 1,\n    "t": 2'),
        ),
        (
            "x.json",
            JSON,
            ('  "a": 1,\n', ""),
            ('"a": 1,\n', '"a": 1,\n  "t": 2,\n'),
            ('"a": 1,\n', '"t": 2,\n'),
        ),
    ],
)
def test_both_changes_hold_and_the_rest_stays_as_it_is(path, base, ours, theirs, result):
    assert both(path, base, ours, theirs) == base.replace(*result)


@pytest.mark.parametrize(
    ("path", "base", "ours", "theirs"),
    [
        ("x.toml", TOML, ("a = 1", "a = 2"), ("a = 1", "a = 3")),
        ("x.toml", TOML, ("a = 1\n", ""), ("a = 1", "a = 3")),
        ("x.toml", TOML, ("a = 1", "a = 1  # pinned"), ("a = 1", "a = 3")),
        (
            "x.toml",
            TOML,
            ("many = [", "# head\nmany = ["),
            ('many = [\n    "p",  # why\n    "q"\n]\n', ""),
        ),
        (
            "x.yml",
            YAML,
            ("run: b\n", "run: b\n      - run: o\n"),
            ("run: b\n", "run: b\n      - run: t\n"),
        ),
        ("x.yml", YAML, ("[push]", "[o]"), ("[push]", "[t]")),
        ("x.yml", YAML, ("[push]", "[push]  # ours alone"), ("[push]", "[push, t]")),
        ("x.yml", YAML, ("name: x", "name: &a x"), ("name: x", "name: t")),
        ("x.json", JSON, ('"a": 1', '"a": 2'), ('"a": 1', '"a": 3')),
        ("x.txt", "a\n", ("a", "b"), ("a", "c")),
    ],
    ids=[
        "a value that both changed",
        "a key that one dropped and the other changed",
        "a remark on a value that the other changed",
        "a remark above a key that the other dropped",
        "steps that both added in one place",
        "an item that both replaced",
        "a remark beside a list that the other changed",
        "an anchor",
        "a value of JSON that both changed",
        "a file without keys",
    ],
)
def test_a_person_decides_about(path, base, ours, theirs):
    assert both(path, base, ours, theirs) is None


@pytest.mark.parametrize("base", [TOML, JSON])
def test_line_ends_are_kept(base):
    path = "x.toml" if base is TOML else "x.json"
    sides = (base, base.replace("1", "5", 1), base + "\n")
    merged = merge(path, *(side.replace("\n", "\r\n").encode() for side in sides))
    assert merged == (base.replace("1", "5", 1) + "\n").replace("\n", "\r\n").encode()


def test_what_is_no_longer_valid_is_left_to_lines():
    assert merge("x.toml", b"a = 1\n", b"a = 2\n", b"a = [\n") is None
    assert merge("x.json", b"{}\n", b"{,}\n", b'{"a": 1}\n') is None
    assert merge("x.yml", b"a: 1\n", b"a: [\n", b"a: 2\n") is None
    assert merge("x.yml", b"a: 1\n", b"a: \xff\n", b"a: 2\n") is None
