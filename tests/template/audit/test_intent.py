"""Nothing that cannot be undone is done before its intent is on disk."""

import os
import signal
import subprocess

import pytest

from controls.audit import read, verify
from controls.audit.entry import Act
from controls.audit.intent import intent
from controls.errors import ControlsError

ACT = Act("refund", "personal", {"order": 17})


def told(root):
    with read.snapshot(root) as seen:
        return [(entry.kind, dict(entry.facts)) for entry in read.entries(seen)][1:]


def test_intent_and_outcome_stand_around_the_act(tmp_path):
    with intent(tmp_path, ACT) as receipt:
        assert told(tmp_path) == [("intent", {"act": "refund", "order": 17})]
    assert receipt.seq == 1
    assert told(tmp_path)[1] == ("outcome", {"intent": 1, "act": "refund", "result": "done"})
    assert verify.verify(tmp_path).open_intents == ()


def test_an_act_that_fails_is_recorded_as_failed(tmp_path):
    with pytest.raises(ZeroDivisionError), intent(tmp_path, ACT):
        _ = 1 / 0
    assert told(tmp_path)[1][1] == {
        "intent": 1, "act": "refund", "result": "failed", "error": "ZeroDivisionError",
    }  # fmt: skip


def test_there_is_no_act_when_the_append_fails(tmp_path):
    (tmp_path / ".aiwf").mkdir()
    (tmp_path / ".aiwf/audit").write_text("in the way")
    done = []
    with (
        pytest.raises(ControlsError, match="the audit trail cannot be written to"),
        intent(tmp_path, ACT),
    ):
        done.append("act")
    assert done == []


def test_an_act_whose_process_dies_leaves_an_open_intent(tmp_path, process):
    body = """
    from controls.audit.intent import intent
    with intent(root, Act("refund", "personal", {})):
        os.kill(os.getpid(), 9)
    """
    assert process(body).wait() == -signal.SIGKILL
    found = verify.verify(tmp_path)
    assert found.problems == ()
    assert [(entry.seq, entry.facts["act"]) for entry in found.open_intents] == [(1, "refund")]


def test_the_intent_is_synced_before_the_act_and_a_plain_append_is_not(process):
    body = """
    from controls.audit.intent import intent
    calls, order = os.fdatasync, []
    def noted(descriptor):
        order.append("synced")
        calls(descriptor)
    writer._to_disk = noted
    writer.append(root, Act("call", "public", {}))
    with intent(root, Act("refund", "personal", {})):
        order.append("act")
    print(order)
    """
    done = process(body, stdout=subprocess.PIPE)
    assert done.communicate()[0].decode() == "['synced', 'act', 'synced']\n"
    assert os.WEXITSTATUS(done.returncode) == 0
