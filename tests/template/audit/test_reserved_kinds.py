"""Nobody writes by hand what the proof, the switch or an act rests on."""

import pytest

from controls.action import trail
from controls.audit import calls, entry
from controls.gateway import override, switch


def test_each_kind_that_the_controls_write_is_reserved() -> None:
    written = {
        *(calls.CALL, calls.ANSWER, calls.REFUSAL, override.KIND, switch.STOPPED, switch.RESUMED),
        *(trail.PROPOSED, trail.REFUSED, trail.EXPIRED),
        *(entry.START, entry.REPAIR, entry.EXPIRE, entry.ERASE, entry.INTENT, entry.OUTCOME),
    }
    assert written == entry.OURS


@pytest.mark.parametrize("kind", ["expire", "intent", "act-proposed"])
def test_an_entry_of_theirs_is_not_appended(root, controls, kind: str) -> None:
    done = controls("audit", "append", "--kind", kind, "--fact", "act=act")
    assert done.returncode == 2
    assert done.stderr == (
        f"error: an entry of kind {kind!r} is written by the controls alone\n"
        "hint: choose a word of your own, such as exception\n"
    )
    assert not (root / ".aiwf/audit").exists()
