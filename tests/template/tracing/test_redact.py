"""The question that is asked of every span at once overlooks nothing that is masked."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from controls.tracing.redact import _MASKED, MASK, may_hold, redact

SECRETS = (
    "sk-proj-abcdefghijklmnop1234",
    "rk_live_" + "a1" * 8,
    "ASIA" + "A1" * 8,
    "AIza" + "b" * 35,
    "ghp_" + "a" * 36,
    "github_pat_" + "a" * 30,
    "glpat-" + "a" * 20,
    "xoxb-" + "1" * 10,
    "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
    "Bearer abcdefghijklmnop==",
    "BEARER abcdefghijklmnop",
    "postgres://ada:hunter2@db/x",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
)
AROUND = st.text(
    st.one_of(st.characters(), st.sampled_from('\n\t\x01\x1c\x85"\\/:@ .-=_aA0\ud800\u0301')),
    max_size=6,
)


def masked(text: str) -> str:
    """Return `text` as the masks alone make it, asked for or not."""
    for pattern, mask in _MASKED:
        text = pattern.sub(mask, text)
    return text


def encoded(value: object) -> list[bytes]:
    """Return `value` as the writer may write it, and once more as Python would."""
    plain = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")
    try:
        return [plain, json.dumps(value).encode(), to_json(value)]
    except ValueError:  # half of a surrogate pair
        return [plain, json.dumps(value).encode()]


@pytest.mark.parametrize("secret", SECRETS)
@given(AROUND, AROUND)
def test_what_is_masked_is_seen_in_the_json_that_holds_it(secret: str, before: str, after: str):
    text = f"{before}{secret}{after}"
    if (due := masked(text)) != text:
        assert redact(text) == due
        assert all(map(may_hold, encoded({"a": [text], text: 1})))


@given(st.lists(st.one_of(AROUND, st.sampled_from(SECRETS)), max_size=8).map("".join))
def test_what_is_masked_is_seen_wherever_it_lies(text: str):
    if (due := masked(text)) != text:
        assert redact(text) == due
        assert all(map(may_hold, encoded([text])))


@pytest.mark.parametrize("secret", SECRETS)
def test_each_is_masked(secret: str):
    assert MASK in redact(f"key:\n{secret} ")
    assert not may_hold(redact(f"key:\n{secret} ").encode())


@pytest.mark.parametrize(
    "text",
    ["task-force-of-many-people", "https://example.com/a:b@c", "eyJ", "a weight of 3 kg", ""],
)
def test_what_only_looks_like_one_stays(text: str):
    assert redact(text) == text


def test_what_is_no_unicode_hides_nothing():
    assert may_hold(b"\xff " + SECRETS[0].encode())
    assert redact(f"\ud800 {SECRETS[0]}") == f"\ud800 {MASK}"
