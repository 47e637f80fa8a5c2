"""The books: they add up, and no limit is ever passed, by any number of processes."""

import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest

from controls.gateway import database, ledger
from controls.gateway.ledger import Attempt, Bill, Limit
from controls.gateway.refusal import BudgetRefused, Refused

TEMPLATE = Path(__file__).parents[3] / "template"
CENT = Decimal("0.01")


def attempt(run: str = "run") -> Attempt:
    return Attempt(run, 1, "acme", "support", "help", "embedded:small")


def bill(usd: Decimal, outcome: str = "answered") -> Bill:
    return Bill(usd, 100, 10, outcome, success=outcome == "answered")


def test_a_settled_hold_is_replaced_by_its_true_cost(tmp_path):
    books = ledger.open(tmp_path)
    limits = [Limit("cap", "eval", Decimal(1)), Limit("team", "support", None, period="2026-11")]
    hold = books.reserve(attempt(), CENT * 5, limits)
    assert books.spent("cap", "eval") == 0
    books.settle(hold, bill(CENT * 2))
    assert books.spent("cap", "eval") == CENT * 2
    assert books.spent("team", "support", "2026-11") == CENT * 2
    assert books.totals() == {"cap": CENT * 2, "team": CENT * 2}


def test_a_hold_is_settled_once(tmp_path):
    books = ledger.open(tmp_path)
    hold = books.reserve(attempt(), CENT, [Limit("cap", "c", Decimal(1))])
    books.settle(hold, bill(CENT))
    books.settle(hold, bill(CENT))
    assert books.spent("cap", "c") == CENT


def test_a_reservation_counts_against_the_limit_until_it_is_settled(tmp_path):
    books = ledger.open(tmp_path)
    limits = [Limit("cap", "c", CENT * 3)]
    first = books.reserve(attempt(), CENT * 2, limits)
    with pytest.raises(BudgetRefused) as error:
        books.reserve(attempt(), CENT * 2, limits)
    assert error.value.message == (
        "cap 'c' has $0.02 of $0.03 spent or reserved, this call may cost $0.02"
    )
    books.settle(first, bill(CENT))
    books.reserve(attempt(), CENT * 2, limits)


def test_one_limit_that_refuses_leaves_every_other_untouched(tmp_path):
    books = ledger.open(tmp_path)
    wide, narrow = Limit("team", "t", CENT * 9), Limit("feature", "f", CENT)
    with pytest.raises(BudgetRefused, match="feature 'f'"):
        books.reserve(attempt(), CENT * 2, [wide, narrow])
    assert books.rows() == []
    books.reserve(attempt(), CENT * 9, [wide])


def test_the_soft_limit_warns_and_does_not_refuse(tmp_path):
    books = ledger.open(tmp_path)
    limits = [Limit("team", "t", CENT * 9, soft=CENT)]
    assert books.reserve(attempt(), CENT, limits).soft == ()
    assert books.reserve(attempt(), CENT, limits).soft == ("team",)


def test_money_is_exact_to_a_billionth(tmp_path):
    books = ledger.open(tmp_path)
    tiny = Decimal("0.000000001")
    limits = [Limit("cap", "c", tiny * 3)]
    for _ in range(3):
        books.settle(books.reserve(attempt(), tiny, limits), bill(tiny))
    with pytest.raises(BudgetRefused):
        books.reserve(attempt(), tiny / 1000, limits)
    assert books.spent("cap", "c") == tiny * 3


def test_a_clock_that_was_moved_back_opens_no_month_again(tmp_path):
    books = ledger.open(tmp_path)
    books.reserve(attempt(), CENT, [Limit("team", "t", CENT * 9, period="2026-11")])
    with pytest.raises(Refused) as error:
        books.reserve(attempt(), CENT, [Limit("team", "t", CENT * 9, period="2026-10")])
    assert error.value.message == (
        "the clock says 2026-10, and team 't' has calls of 2026-11 in the books"
    )
    assert error.value.hint == "set the clock of this machine right"
    assert len(books.rows()) == 1
    books.reserve(attempt(), CENT, [Limit("team", "t", CENT, period="2026-12")])


WORKER = """
import sys
from decimal import Decimal
from pathlib import Path
from controls.gateway import database, ledger
from controls.gateway.ledger import Attempt, Bill, Limit
from controls.gateway.refusal import BudgetRefused

root, calls, pause = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
books, granted = ledger.open(root), 0
for number in range(calls):
    entry = Attempt(f"run-{number}", 1, "acme", "support", "help", "m")
    try:
        hold = books.reserve(entry, Decimal("0.002"), [Limit("cap", "shared", Decimal("0.1"))])
    except BudgetRefused:
        continue
    print("held", flush=True)
    __import__("time").sleep(pause)
    books.settle(hold, Bill(Decimal("0.001"), 1, 1, "answered", success=True))
    granted += 1
print(granted)
"""


def worker(root: Path, calls: int, pause: float = 0.0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(root), str(calls), str(pause)],
        env={**os.environ, "PYTHONPATH": str(TEMPLATE)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_four_processes_that_start_at_once_never_pass_the_cap(tmp_path):
    processes = [worker(tmp_path, 60) for _ in range(4)]
    granted = sum(int(process.communicate()[0].split()[-1]) for process in processes)
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    books = ledger.open(tmp_path)
    spent = books.spent("cap", "shared")
    assert spent == Decimal("0.001") * granted
    assert Decimal("0.097") <= spent <= Decimal("0.1")
    assert sum(row["spent"] for row in books.rows()) == 1_000_000 * granted


def test_a_killed_caller_keeps_its_reservation(tmp_path):
    process = worker(tmp_path, 1, pause=60)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    (row,) = ledger.open(tmp_path).rows()
    assert (row["state"], row["held"], row["spent"]) == ("held", 2_000_000, 0)
    limits = [Limit("cap", "shared", Decimal("0.1"))]
    with pytest.raises(BudgetRefused):
        ledger.open(tmp_path).reserve(attempt(), Decimal("0.099"), limits)


def test_a_damaged_ledger_is_one_sentence(tmp_path):
    (tmp_path / ".aiwf").mkdir()
    (tmp_path / ledger.FILE).write_bytes(b"not a database, " * 100)
    with pytest.raises(Refused) as error:
        ledger.open(tmp_path).reserve(attempt(), CENT, [])
    assert error.value.message == ".aiwf/ledger.db cannot be used: file is not a database"


def test_an_unwritable_folder_is_one_sentence(tmp_path):
    (tmp_path / ".aiwf").write_text("a file where the folder should be")
    with pytest.raises(Refused, match=r"\.aiwf/ledger\.db cannot be used"):
        ledger.open(tmp_path).reserve(attempt(), CENT, [])


def test_a_ledger_locked_for_good_is_refused(tmp_path, monkeypatch):
    books = ledger.open(tmp_path)
    books.reserve(attempt(), CENT, [])
    monkeypatch.setattr(database, "WAIT", 0.1)
    with database.writing(books.path, ledger.SCHEMA):
        start = time.monotonic()
        with pytest.raises(Refused, match="database is locked"):
            books.reserve(attempt(), CENT, [])
        assert time.monotonic() - start < 5
