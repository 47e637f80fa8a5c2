"""Rate limits: so many calls a minute for each user and workspace, in all processes together."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from controls.gateway import limits
from controls.gateway.limits import Limit, take
from controls.gateway.refusal import LimitRefused, Refused

TEMPLATE = Path(__file__).parents[3] / "template"


def user(name: str = "ada", per_minute: int = 3) -> Limit:
    return Limit("user", name, per_minute)


def test_a_bucket_holds_one_minutes_worth_and_refills_evenly(tmp_path):
    for _ in range(3):
        take(tmp_path, [user()], clock=lambda: 100.0)
    with pytest.raises(LimitRefused) as error:
        take(tmp_path, [user()], clock=lambda: 100.0)
    assert error.value.message == "user has used its 3 calls a minute"
    assert error.value.hint == "wait 20 s, or raise spec.limits.requests_per_minute.user"
    with pytest.raises(LimitRefused):
        take(tmp_path, [user()], clock=lambda: 119.0)
    take(tmp_path, [user()], clock=lambda: 120.0)


def test_one_users_limit_is_not_anothers(tmp_path):
    take(tmp_path, [user("ada", 1)], clock=lambda: 0.0)
    take(tmp_path, [user("grace", 1)], clock=lambda: 0.0)


def test_a_refused_call_takes_from_no_bucket(tmp_path):
    workspace = Limit("workspace", "acme", 1)
    take(tmp_path, [user(), workspace], clock=lambda: 0.0)
    for _ in range(5):
        with pytest.raises(LimitRefused, match="workspace"):
            take(tmp_path, [user(), workspace], clock=lambda: 0.0)
    take(tmp_path, [user()], clock=lambda: 0.0)
    take(tmp_path, [user()], clock=lambda: 0.0)


def test_a_clock_that_moves_back_refills_nothing(tmp_path):
    take(tmp_path, [user(per_minute=1)], clock=lambda: 1000.0)
    for moment in (0.0, 999.0, 1001.0):
        with pytest.raises(LimitRefused):
            take(tmp_path, [user(per_minute=1)], clock=lambda moment=moment: moment)


def test_how_long_to_wait_is_told_truly_after_a_clock_that_moved_back(tmp_path):
    take(tmp_path, [user(per_minute=1)], clock=lambda: 1000.0)
    with pytest.raises(LimitRefused) as error:
        take(tmp_path, [user(per_minute=1)], clock=lambda: 900.0)
    assert error.value.seconds == 160.0


def test_processes_share_the_limit(tmp_path):
    code = (
        "import sys; from pathlib import Path; from controls.gateway.limits import Limit, take\n"
        "from controls.gateway.refusal import LimitRefused\n"
        "passed = 0\n"
        "for _ in range(20):\n"
        "    try: take(Path(sys.argv[1]), [Limit('user', 'ada', 25)], clock=lambda: 0.0)\n"
        "    except LimitRefused: continue\n"
        "    passed += 1\n"
        "print(passed)"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            env={**os.environ, "PYTHONPATH": str(TEMPLATE)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    assert sum(int(process.communicate()[0]) for process in processes) == 25


def test_no_name_of_a_person_is_written(tmp_path):
    take(tmp_path, [user("ada.lovelace")])
    assert b"lovelace" not in (tmp_path / limits.FILE).read_bytes()


def test_what_cannot_be_counted_is_refused(tmp_path):
    (tmp_path / ".aiwf").write_text("no folder")
    with pytest.raises(Refused, match=r"\.aiwf/limits\.db cannot be used"):
        take(tmp_path, [user()])
