"""`.prooflane.lock`: what it says, and that an edit by hand is seen."""

import pytest

from prooflane import lock
from prooflane.errors import ProoflaneError

HINT = (
    "git log -p .prooflane.lock shows how: restore it, or remove it, and the next sync writes it "
    "anew"
)
CONTROLS = {"OWN-1": ("v0.2.0", "current"), "DAT-1": ("v0.1.0", "held")}
LOCK = lock.Lock("https://e.com/é.git", "v0.2.0", "c0ffee", "7ree", CONTROLS, signer="Ada")


def test_what_was_written_is_read():
    assert lock.parse(lock.dump(LOCK)) == LOCK


def test_a_held_control_says_which_version_is_in_force():
    assert LOCK.held == {"DAT-1": "v0.1.0"}


@pytest.mark.parametrize(
    "edit",
    [
        (b"held", b"current"),
        (b'DAT-1: {version: "v0.1.0"', b'DAT-1: {version: "v0.2.0"'),
        (b"state: held", b"state: fine"),
        (b"template:", b"templat:"),
        (b"controls:\n", b"controls: [\n"),
        (b"# Written", b"#  Written"),
        (b"\n", b"\r\n"),
        (b"digest:", b"digest: 1 #"),
    ],
    ids=[
        "that lifts a hold",
        "that raises a version",
        "that invents a state",
        "that loses a key",
        "that is no YAML",
        "of a comment alone",
        "of the line ends",
        "of the digest",
    ],
)
def test_an_edit_by_hand(edit):
    with pytest.raises(ProoflaneError, match=r"^\.prooflane\.lock was edited by hand$") as error:
        lock.parse(lock.dump(LOCK).replace(*edit))
    assert error.value.hint == HINT
