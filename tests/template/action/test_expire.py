"""Acts that were kept long enough go, by the command that keeps house in the audit trail."""

from argparse import Namespace
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from action_repository import Propose, entries

from controls import catalogue, manifest
from controls.action import execute, expire, proposal, rollback
from controls.audit import checks, command, writer
from controls.audit.entry import Act
from controls.check.model import Context, Outcome, State
from controls.errors import ControlsError
from controls.report import Report
from controls.run import Run

OVER = {"expires": "2026-10-01T12:00:00+00:00", "nonce": "over"}  # personal data is kept for P30D
LAST_DAY, DAY_AFTER = date(2026, 10, 31), date(2026, 11, 1)


def left(root: Path) -> list[str]:
    return [path.name for path in (root / proposal.FOLDER).iterdir() if path.is_dir()]


def audit_expire(root: Path, today: date) -> Report:
    return command.run(root, Namespace(action="expire", today=today))


def retained(root: Path, today: date) -> Outcome:
    return checks.retained(Context(root, manifest.load(root), catalogue.load(root), today))


@pytest.mark.usefixtures("run")
def test_an_act_goes_when_its_data_would_have_to_go_and_not_a_day_before(
    root: Path, propose: Propose
) -> None:
    over, fresh = propose(**OVER), propose()
    known = manifest.load(root)
    assert expire.expire(root, known, LAST_DAY) == ()
    assert sorted(left(root)) == sorted([over.id, fresh.id])
    assert expire.expire(root, known, DAY_AFTER) == (over,)
    assert left(root) == [fresh.id]


@pytest.mark.usefixtures("run")
def test_the_trail_says_which_acts_are_gone(root: Path, propose: Propose) -> None:
    over = propose(**OVER)
    expire.expire(root, manifest.load(root), DAY_AFTER)
    [told] = entries(root, "act-expired")
    assert told.facts == {"actions": [over.digest]}


@pytest.mark.usefixtures("run")
def test_without_a_word_in_the_trail_no_act_goes(root: Path, propose: Propose) -> None:
    over = propose(**OVER)
    (root / ".aiwf/audit/head").unlink()
    with pytest.raises(ControlsError):
        expire.expire(root, manifest.load(root), DAY_AFTER)
    assert left(root) == [over.id]


def test_the_way_back_stays_as_long_as_the_act(root: Path, run: Run, agreed: Callable) -> None:
    act = agreed()
    execute.execute(run, act.id)
    assert expire.expire(root, manifest.load(root), LAST_DAY) == ()
    assert (root / proposal.FOLDER / act.id / rollback.NAME).is_file()
    execute.roll_back(run, act.id, "it was wrong")


@pytest.mark.usefixtures("run")
def test_an_act_that_cannot_be_read_stays(root: Path, propose: Propose) -> None:
    over = propose(**OVER)
    (root / proposal.FOLDER / over.id / proposal.NAME).write_text("{")
    assert expire.expire(root, manifest.load(root), DAY_AFTER) == ()
    assert left(root) == [over.id]


@pytest.mark.usefixtures("run")
def test_retention_fails_until_the_command_has_removed_the_act(
    root: Path, propose: Propose
) -> None:
    over = propose(**OVER)
    writer.append(root, Act("act-proposed", "internal", {"action": over.digest}))
    assert retained(root, LAST_DAY).state is State.ok
    [found] = retained(root, DAY_AFTER).findings
    assert (found.message, found.path, found.hint) == (
        f"act {over.id} expired on 2026-10-01 and is kept too long",
        f".aiwf/actions/{over.id}/",
        "python -m controls audit expire",
    )
    done = audit_expire(root, DAY_AFTER)
    assert (done.data["acts"], done.text) == ([over.id], f"removed act {over.id}")
    assert retained(root, DAY_AFTER).state is State.ok
    assert audit_expire(root, DAY_AFTER).text == "nothing is kept too long"
