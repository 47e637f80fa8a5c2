"""The tree is that of RFC 9162: known answers of Certificate Transparency, and others."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controls.audit import merkle

# the entries and roots that the reference implementation of RFC 6962 has always been tested with
ENTRIES = [
    bytes.fromhex(text)
    for text in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATH_OF_THE_FIRST = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]
PATH_OF_THE_SIXTH = [
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]


def defined(entries: list[bytes]) -> bytes:
    """Return the root by the recursive definition of section 2.1.1, hash by hash."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    half = 1
    while half * 2 < len(entries):
        half *= 2
    return sha256(b"\x01" + defined(entries[:half]) + defined(entries[half:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_certificate_transparency(size):
    assert merkle.root([merkle.leaf(each) for each in ENTRIES[:size]]).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "path"), [(0, PATH_OF_THE_FIRST), (5, PATH_OF_THE_SIXTH)])
def test_the_paths_are_those_of_certificate_transparency(index, path):
    leaves = [merkle.leaf(each) for each in ENTRIES]
    assert [digest.hex() for digest in merkle.path(leaves, index)] == path


@given(st.lists(st.binary(max_size=4), max_size=70))
def test_the_root_is_what_the_definition_says(entries):
    assert merkle.root([merkle.leaf(each) for each in entries]) == defined(entries)


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=40), st.data())
def test_a_path_leads_to_the_root_from_its_own_leaf_and_place_only(entries, data):
    leaves = [merkle.leaf(each) for each in entries]
    index = data.draw(st.integers(0, len(leaves) - 1))
    path, root = merkle.path(leaves, index), merkle.root(leaves)
    assert merkle.climbed(leaves[index], index, len(leaves), path) == root
    assert merkle.climbed(merkle.leaf(b"other"), index, len(leaves), path) != root
    assert merkle.climbed(leaves[index], index, len(leaves), [*path, root]) != root
    for other in {0, index + 1, len(leaves) - 1} - {index, len(leaves)}:
        found = merkle.climbed(leaves[index], other, len(leaves), path)
        assert leaves[other] == leaves[index] or found != root


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_place_outside_of_the_tree_has_no_proof(index, size):
    assert merkle.climbed(merkle.leaf(b""), index, size, []) is None
