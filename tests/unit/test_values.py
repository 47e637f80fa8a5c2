import pytest
import yaml

from prooflane import answers, catalogue, document, lock, version
from prooflane.errors import ProoflaneError

CATALOGUE = b"""\
tiers:
  - {tier: 0, name: internal, example: docs, approval: lead, costs: little}
  - {tier: 1, name: assist, example: replies, approval: product, costs: more}
floor:
  - {when: {audience: [customer]}, tier: 1, reason: customers read it}
  - {when: {audience: [customer], oversight: [sample]}, tier: 2, reason: nobody reads it first}
controls:
  - {id: OWN-1, title: owner named, tiers: [0, 1]}
  - {id: REV-1, title: review first, tiers: [1]}
"""


@pytest.mark.parametrize(
    ("tags", "newest"),
    [
        (["v1.9.0", "v1.10.0", "1.2"], "v1.10.0"),
        (["v2.0.0rc1", "v1.0.0", "v3.0.dev1"], "v1.0.0"),
        (["latest", "stable"], None),
        ([], None),
    ],
    ids=[
        "numbers are compared as numbers",
        "pre-releases never count",
        "words never count",
        "none",
    ],
)
def test_the_newest_release(tags, newest):
    assert version.newest(tags) == newest


def test_a_tier_brings_what_the_one_below_does_not_have():
    loaded = catalogue.load(CATALOGUE)
    assert [tier.brings for tier in loaded.tiers] == [("owner named",), ("review first",)]
    assert [control.id for control in loaded.of(1)] == ["OWN-1", "REV-1"]


@pytest.mark.parametrize(
    ("facts", "floor"),
    [
        ({"audience": ["internal"]}, (0, "")),
        ({"audience": ["customer"]}, (1, "customers read it")),
        ({"audience": ["customer"], "oversight": ["sample"]}, (2, "nobody reads it first")),
        ({"oversight": ["sample"]}, (0, "")),
    ],
    ids=["nothing asks", "one rule asks", "the highest rule decides", "a missing fact holds not"],
)
def test_the_floor(facts, floor):
    assert catalogue.floor(facts, catalogue.load(CATALOGUE).floor) == floor


@pytest.mark.parametrize(
    "blob",
    [b"{}", b"[]", b"tiers: 1", CATALOGUE.replace(b"tier: 0", b"tier: low")],
    ids=["empty", "a list", "half", "with a tier that is no number"],
)
def test_a_catalogue_refused(blob):
    with pytest.raises(ProoflaneError, match=r"^controls/catalogue\.yaml"):
        catalogue.load(blob)


def test_the_lock_is_yaml_whose_values_keep_their_types():
    made = lock.fresh("https://e.com/é.git", "1.10", "null", "123", ["OWN-1", "SEC-1"])
    written = yaml.safe_load(lock.dump(made))
    assert len(written.pop("digest")) == 64
    assert written == {
        "template": {
            "url": "https://e.com/é.git",
            "version": "1.10",
            "commit": "null",
            "signer": "",
            "tree": "123",
        },
        "controls": {
            "OWN-1": {"version": "1.10", "state": "current"},
            "SEC-1": {"version": "1.10", "state": "current"},
        },
    }


def test_a_lock_without_controls():
    assert lock.dump(lock.fresh("u", "v", "c", "t", [])).splitlines()[-2] == b"controls: {}"


def test_answers_as_pairs_keep_all_after_the_first_equals_sign():
    assert answers.pairs(["a=b=c", "d=", "a=x"]) == {"a": "x", "d": ""}


def test_yaml_dates_and_words_are_read_as_yaml_reads_them():
    assert document.parse(b"a: no\nb: '1'\n", "x") == {"a": False, "b": "1"}


@pytest.mark.parametrize(
    "blob",
    [b"a: &x 1\nb: &y [*x]\n", b"a: {" * 30, b"\x00", b"a: \x80"],
    ids=["an alias", "deep", "a control character", "not UTF-8"],
)
def test_yaml_refused(blob):
    with pytest.raises(ProoflaneError, match=r"^notes "):
        document.parse(blob, "notes")
