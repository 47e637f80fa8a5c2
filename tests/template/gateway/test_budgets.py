"""Budgets under load and death: what they let through, what they do at a limit, what is lost."""

import os
import random
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic_ai.direct import model_request_sync
from pydantic_ai.messages import ModelRequest

from controls.errors import ControlsError
from controls.gateway import ledger, report, stop
from controls.gateway.ledger import Attempt, Bill, Limit
from controls.gateway.refusal import BudgetRefused, Refused
from controls.run import Run, Source, start
from controls.tracing import read

TEMPLATE = Path(__file__).parents[3] / "template"
RESET = Source("reset", "Reset your password", "Open Settings and choose Reset password.")
CAP = Decimal("0.5")
PRICE = Decimal("0.0003")


def edit(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text()
    assert old in text
    (root / name).write_text(text.replace(old, new))


def ask(root: Path, ref: str | None = None) -> str:
    with start(root, feature="help", user="ada", workspace="acme") as run:
        run.prompt("answer")
        text = f"{run.cite([RESET])}\nQuestion: How do I reset my password?"
        asked = [ModelRequest.user_text_prompt(text)]
        return str(model_request_sync(run.model(ref), asked).text)


def call(run: Run, question: str) -> None:
    run.prompt("answer")
    model_request_sync(run.model(), [ModelRequest.user_text_prompt(question)])


def spans(root: Path) -> list[read.Span]:
    return [span for span in read.spans(root) if span.operation == "chat"]


def budget(root: Path, feature: str, **rules: object) -> None:
    edit(root, "ai-workflow.yaml", "feature: {soft: 40, hard: 50}", f"feature: {feature}")
    for key, (old, new) in rules.items():
        edit(root, "policy/data.yaml", f"{key}: {old}", f"{key}: {new}")


WORKER = """
import sys, time
from decimal import Decimal
from pathlib import Path
from controls.gateway import ledger
from controls.gateway.ledger import Attempt, Bill, Limit
from controls.gateway.refusal import BudgetRefused

root, calls, name = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
books = ledger.open(root)
limit = [Limit("cap", "shared", Decimal("0.5"))]
with open(root / f"provider-{name}", "a") as provider:
    for number in range(calls):
        entry = Attempt(f"{name}-{number}", 1, "acme", "support", "help", "openai:m")
        try:
            hold = books.reserve(entry, Decimal("0.0009"), limit)
        except BudgetRefused:
            continue
        provider.write("0.0003\\n")
        provider.flush()
        books.settle(hold, Bill(Decimal("0.0003"), 1, 1, "answered", success=True))
"""


def worker(root: Path, calls: int, name: str) -> subprocess.Popen[bytes]:
    env = {**os.environ, "PYTHONPATH": str(TEMPLATE)}
    return subprocess.Popen([sys.executable, "-c", WORKER, str(root), str(calls), name], env=env)


def paid(root: Path) -> Decimal:
    files = [path.read_text() for path in root.glob("provider-*")]
    return sum((Decimal(line) for text in files for line in text.split()), Decimal(0))


@pytest.mark.slow
def test_16_processes_of_200_calls_spend_the_budget_and_not_a_cent_more(tmp_path):
    processes = [worker(tmp_path, 200, str(number)) for number in range(16)]
    assert [process.wait() for process in processes] == [0] * 16
    books = ledger.open(tmp_path)
    spent = books.spent("cap", "shared")
    assert CAP - Decimal("0.0009") * 16 <= spent <= CAP
    assert spent == paid(tmp_path) == books.totals()["cap"]
    assert len(books.rows()) == spent / PRICE


@pytest.mark.slow
def test_of_callers_that_are_killed_no_paid_call_is_missing(tmp_path):
    chance = random.Random(7)  # noqa: S311 - a repeatable choice
    processes = [worker(tmp_path, 200, str(number)) for number in range(16)]
    for process in chance.sample(processes, 12):
        time.sleep(chance.uniform(0.05, 0.3))
        os.kill(process.pid, signal.SIGKILL)
    for process in processes:
        process.wait()
    held = [row for row in ledger.open(tmp_path).rows() if row["state"] == "held"]
    assert len(held) <= 12
    books = ledger.open(tmp_path, hold_minutes=0.0)
    time.sleep(0.01)
    books.reserve(Attempt("last", 1, "a", "b", "c", "openai:m"), Decimal(0), [])
    spent = books.spent("cap", "shared")
    settled = sum(row["spent"] for row in books.rows() if row["state"] == "settled")
    assert paid(tmp_path) <= spent <= CAP
    assert spent == Decimal(settled) / 10**9 + Decimal("0.0009") * len(held)


class TestExpiry:
    LIMIT = (Limit("cap", "c", Decimal("0.01")),)

    def reserved(self, root: Path, model: str) -> ledger.Hold:
        entry = Attempt("dead", 1, "acme", "support", "help", model)
        hold = ledger.open(root).reserve(entry, Decimal("0.01"), self.LIMIT)
        time.sleep(0.01)
        return hold

    def again(self, root: Path) -> ledger.Hold:
        entry = Attempt("next", 1, "acme", "support", "help", "embedded:small")
        return ledger.open(root, hold_minutes=0.0001).reserve(entry, Decimal("0.01"), self.LIMIT)

    def test_a_dead_callers_reservation_of_an_embedded_model_is_free_again(self, tmp_path):
        self.reserved(tmp_path, "embedded:small")
        self.again(tmp_path)
        assert ledger.open(tmp_path).rows()[0]["state"] == "released"

    def test_what_may_have_been_paid_is_booked(self, tmp_path):
        self.reserved(tmp_path, "openai:gpt-5-mini")
        with pytest.raises(BudgetRefused):
            self.again(tmp_path)
        ledger.open(tmp_path, hold_minutes=0.0001).reserve(
            Attempt("x", 1, "a", "b", "c", "m"), Decimal(0), []
        )
        assert ledger.open(tmp_path).spent("cap", "c") == Decimal("0.01")

    def test_who_settles_late_books_the_true_cost_once(self, tmp_path):
        hold = self.reserved(tmp_path, "openai:gpt-5-mini")
        books = ledger.open(tmp_path, hold_minutes=0.0001)
        books.reserve(Attempt("x", 1, "a", "b", "c", "m"), Decimal(0), [])
        for _ in range(2):
            books.settle(hold, Bill(Decimal("0.004"), 1, 1, "answered", success=True))
        assert books.spent("cap", "c") == Decimal("0.004")

    def test_a_clock_that_moved_back_takes_nothing(self, tmp_path, monkeypatch):
        self.reserved(tmp_path, "embedded:small")
        monkeypatch.setattr(ledger, "_now", lambda _ago=0: "2001-01-01T00:00:00.000+00:00")
        with pytest.raises(BudgetRefused):
            self.again(tmp_path)
        assert ledger.open(tmp_path).rows()[0]["state"] == "held"


class TestLimits:
    def test_a_soft_limit_warns_on_the_span_and_once_on_the_terminal(self, project, capfd):
        root = project(2)
        budget(root, "{soft: 0.0000001, hard: 50}")
        for _ in range(2):
            assert ask(root)
        said = capfd.readouterr().err
        assert said.count("the feature has passed its soft budget of $1e-07") == 1
        found = {event.attributes["category"] for span in spans(root) for event in span.events}
        assert "budget-feature" in found

    def test_a_hard_limit_blocks(self, project):
        root = project(2)
        budget(root, "{soft: 0.00000001, hard: 0.0000001}")
        with pytest.raises(BudgetRefused, match="feature 'help' has"):
            ask(root)
        assert report.entries(root) == []

    def test_a_hard_limit_degrades_to_the_cheaper_model(self, project):
        root = project(2)
        budget(
            root,
            "{soft: 0.0000001, hard: 0.0003}",
            on_hard=("block", "degrade"),
            degrade_to=("null", "embedded:small"),
        )
        assert "[reset]" in ask(root, "embedded:large")
        (entry,) = report.entries(root)
        assert entry.names["model"] == "embedded:small"
        denied, answered = spans(root)
        assert denied.attributes["aiwf.task.outcome"] == "denied"
        assert answered.attributes["gen_ai.request.model"] == "small"

    def test_a_queued_call_goes_on_when_the_held_money_is_settled(self, project):
        root = project(2)
        budget(root, "{soft: 0.0000001, hard: 0.001}", on_hard=("block", "queue"))
        limit = Limit("feature", "help", Decimal("0.001"), None, ledger.month())
        books = ledger.open(root)
        hold = books.reserve(Attempt("other", 1, "a", "b", "help", "m"), Decimal("0.001"), [limit])
        code = f"import sys,time;time.sleep(.3);{SETTLE}"
        other = subprocess.Popen(
            [sys.executable, "-c", code, str(root), str(hold.id)],
            env={**os.environ, "PYTHONPATH": str(TEMPLATE)},
        )
        assert "[reset]" in ask(root)
        assert other.wait() == 0

    def test_a_queued_call_gives_up_after_its_time(self, project):
        root = project(2)
        budget(
            root,
            "{soft: 0.0000001, hard: 0.001}",
            on_hard=("block", "queue"),
            wait_seconds=("30", "0.2"),
        )
        limit = Limit("feature", "help", Decimal("0.001"), None, ledger.month())
        entry = Attempt("other", 1, "a", "b", "help", "m")
        ledger.open(root).reserve(entry, Decimal("0.001"), [limit])
        began = time.monotonic()
        with pytest.raises(BudgetRefused):
            ask(root)
        assert time.monotonic() - began >= 0.2


SETTLE = (
    "from controls.gateway import ledger as l;from decimal import Decimal as D;"
    "from pathlib import Path as P;h=l.Hold(int(sys.argv[2]),D(0),());"
    "l.open(P(sys.argv[1])).settle(h,l.Bill(D(0),0,0,'error',success=False))"
)


class TestStop:
    def test_a_thrown_switch_refuses_every_call_until_it_is_released(self, project):
        root = project(2)
        stop.throw(root, "an incident")
        with pytest.raises(Refused) as error:
            ask(root)
        assert error.value.message == "all calls are stopped: an incident"
        assert spans(root)[0].attributes["aiwf.task.outcome"] == "denied"
        stop.release(root)
        assert "[reset]" in ask(root)

    def test_a_switch_that_cannot_be_read_counts_as_thrown(self, project):
        root = project(2)
        (root / stop.FILE).mkdir(parents=True)
        with pytest.raises(Refused, match="all calls are stopped: .aiwf/stop cannot be read"):
            ask(root)

    def test_a_full_disk_stops_every_call_too_and_says_that_the_reason_is_lost(self, project):
        root = project(2)
        (root / stop.FILE).parent.mkdir(exist_ok=True)
        (root / stop.FILE).symlink_to("/dev/full")
        with pytest.raises(ControlsError) as error:
            stop.throw(root, "an incident")
        assert error.value.message == (
            "every call is refused from now on, but the reason is lost:"
            " .aiwf/stop cannot be written: No space left on device"
        )

    def test_a_switch_that_cannot_be_thrown_says_so(self, project):
        root = project(2)
        (root / ".aiwf").write_text("no folder")
        with pytest.raises(ControlsError, match="^calls are not stopped: "):
            stop.throw(root, "an incident")


class TestBadInput:
    def test_a_prompt_that_is_not_utf8_is_refused(self, project):
        root = project(2)
        bad = b"caf\xe9".decode("utf-8", "surrogateescape")
        with (
            start(root, feature="help", user="ada", workspace="acme") as run,
            pytest.raises(Refused) as error,
        ):
            call(run, bad)
        assert error.value.message == "the prompt is not UTF-8 text at character 3"
        assert spans(root)[0].attributes["aiwf.policy.decision"] == "deny"
        assert report.entries(root) == []

    def test_a_full_disk_denies_and_keeps_what_was_booked(self, project, monkeypatch):
        root = project(2)
        ask(root)
        before = report.entries(root)
        path = root / ledger.FILE
        full = path.with_name("full.db")
        full.symlink_to("/dev/full")
        monkeypatch.setattr(ledger, "FILE", Path(".aiwf/full.db"))
        with pytest.raises(Refused, match=r"\.aiwf/full\.db cannot be used"):
            ask(root)
        monkeypatch.undo()
        assert report.entries(root) == before
