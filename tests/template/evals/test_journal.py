"""The journal of an eval run belongs to one process at a time."""

import dataclasses

import pytest

from controls.errors import ControlsError
from controls.evals import journal

HEAD = journal.Head("demo", "00", "embedded:small", "offline", 1, (), "eval-1a2b", "2026-01-01")


def test_of_two_that_resume_at_once_one_is_told_to_wait(tmp_path):
    journal.begin(tmp_path, HEAD).close(finished=False)
    first = journal.resume(tmp_path, HEAD)
    with pytest.raises(ControlsError) as refused:
        journal.resume(tmp_path, HEAD)
    assert refused.value.message == "a run of 'demo' is still going on"
    first.close(finished=False)
    journal.resume(tmp_path, HEAD).close(finished=True)
    assert list((tmp_path / journal.FOLDER).iterdir()) == []


def test_a_journal_that_is_refused_is_left_to_whoever_asks_rightly(tmp_path):
    journal.begin(tmp_path, HEAD).close(finished=False)
    with pytest.raises(ControlsError):
        journal.resume(tmp_path, dataclasses.replace(HEAD, epochs=2))
    journal.resume(tmp_path, HEAD).close(finished=True)


def test_a_run_that_begins_anew_leaves_one_that_is_resumed_alone(tmp_path):
    journal.begin(tmp_path, HEAD).close(finished=False)
    first = journal.resume(tmp_path, HEAD)
    other = dataclasses.replace(HEAD, cap="eval-3c4d")
    journal.begin(tmp_path, other).close(finished=True)
    assert first.path.exists()
    first.close(finished=True)
