"""Edits of different keys, and additions to the same list, are all in the merged file."""

import json
import tomllib

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from prooflane.merge.structured import merge

OURS, THEIRS = "aceg", "bdfh"
words = st.sampled_from(["alpha", "beta>=1", "gamma", "delta"])
values = st.one_of(
    st.integers(0, 9),
    st.lists(words, unique=True, max_size=3),
    st.dictionaries(st.sampled_from(["x", "y", "z"]), st.integers(0, 9), min_size=1),
)
documents = st.dictionaries(st.sampled_from(OURS + THEIRS), values, min_size=1)
verbs = st.sampled_from(["set", "drop", "new", "add"])


def edits(keys):
    return st.lists(st.tuples(verbs, st.sampled_from(keys), st.integers(10, 99)), max_size=5)


def edited(document, steps, who):
    """Return `document` after `steps`; lists only grow, so that both may do that to one list."""
    made = {key: list(v) if isinstance(v, list) else v for key, v in document.items()}
    for verb, key, number in steps:
        if verb == "new":
            made[f"{who}{number}"] = number
        elif verb == "add":
            for known, value in made.items():
                if isinstance(value, list):
                    made[known] = [*value, *({f"{who}{number}"} - {*value})]
        elif verb == "drop" and not isinstance(made.get(key), list):
            made.pop(key, None)
        elif verb == "set" and isinstance(made.get(key), int):
            made[key] = number
    return made


def expected(base, ours, theirs):
    """Return both edits at once; lists as sets, for order among additions is free."""
    made = {}
    for key in [*ours, *theirs]:
        mine, other, old = ours.get(key), theirs.get(key), base.get(key)
        if key in base and (key not in ours or key not in theirs):
            continue
        if isinstance(mine, list) and isinstance(other, list):
            made[key] = {*mine, *other}
        else:
            made[key] = other if mine == old and key in theirs else mine
    return made


def to_yaml(document):
    return yaml.safe_dump(document, sort_keys=False, default_flow_style=None)


def to_blocks(document):
    return "# head\n" + yaml.safe_dump(document, sort_keys=False)


def to_json(document):
    return json.dumps(document, indent=2) + "\n"


def to_toml(document):
    flat = {key: value for key, value in document.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in document.items() if isinstance(value, dict)}
    lines = [f"{key} = {json.dumps(value)}  # {key}" for key, value in flat.items()]
    for key, table in tables.items():
        lines += ["", f"[{key}]", *(f"{name} = {value}" for name, value in table.items())]
    return "\n".join(lines) + "\n"


FORMATS = {
    "blocks of YAML": ("x.yaml", to_blocks, yaml.safe_load),
    "lists in brackets": ("x.yml", to_yaml, yaml.safe_load),
    "JSON": ("x.json", to_json, json.loads),
    "TOML": ("x.toml", to_toml, tomllib.loads),
}


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
@settings(max_examples=60, deadline=None)
@given(base=documents, mine=edits(OURS), other=edits(THEIRS))
def test_both_edits_are_in(form, base, mine, other):
    path, write, read = form
    ours, theirs = edited(base, mine, "o"), edited(base, other, "t")
    merged = merge(path, *(write(side).encode() for side in (base, ours, theirs)))
    if merged is not None:
        found = read(merged.decode()) or {}
        as_sets = {key: {*v} if isinstance(v, list) else v for key, v in found.items()}
        assert as_sets == expected(base, ours, theirs)
