"""One person is one, however the name is written and whatever text the key is written in."""

import base64
import subprocess
from pathlib import Path

import pytest

from controls.approvals import people, ssh
from controls.manifest import Principal

ADA = Principal("Ada Lovelace", "@ada", "")


@pytest.mark.parametrize(
    ("name", "handle"),
    [
        ("Ad\u200ba Lovelace", "@a2"),
        ("Ad\u0430 Lovelace", "@a2"),
        ("\uff21da Lovelace", "@a2"),
        ("Ada\u00a0 LOVELACE", "@a2"),
        ("Grace", "@\u0430da"),
        ("Grace", "@ada\ufeff"),
    ],
    ids=["zero width", "Cyrillic", "full width", "spaces", "Cyrillic handle", "byte order mark"],
)
def test_a_name_that_reads_the_same_is_the_same_person(name: str, handle: str) -> None:
    assert people.same(ADA, Principal(name, handle, ""))
    assert not people.same(ADA, Principal("Grace Hopper", "@grace", ""))


def test_one_key_in_two_spellings_is_one_key(keys: Path) -> None:
    kind, body, *_ = (keys / "grace.pub").read_text().split()
    letters = body.rstrip("=")
    spelt = f"{letters[:-1]}{chr(ord(letters[-1]) + 1)}{body[len(letters) :]}"
    assert spelt != body
    assert base64.b64decode(spelt) == base64.b64decode(body)
    assert ssh.material(f"{kind} {spelt}") == ssh.material(f"{kind} {body}") == f"{kind} {body}"


def test_a_certificate_and_a_key_of_another_kind_are_no_keys(keys: Path, tmp_path: Path) -> None:
    for name in ("ada", "grace"):
        (tmp_path / f"{name}.pub").write_text((keys / f"{name}.pub").read_text())
    command = ["ssh-keygen", "-q", "-s", str(keys / "ada"), "-I", "x", "-n", "x"]
    subprocess.run([*command, str(tmp_path / "grace.pub")], check=True)
    assert ssh.material((tmp_path / "grace-cert.pub").read_text()) is None
    body = (keys / "grace.pub").read_text().split()[1]
    assert ssh.material(f"ssh-ed25519 {body}") is None
