"""A provider that answers oddly: what it was paid is booked, and nobody sees a traceback."""

import json
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest
from loopback import Script, serving
from pydantic_ai.direct import model_request_stream_sync
from test_providers import CHAT, COST, QUESTION, ask, booked, connect, listen, span

from controls.ask import ask as ask_it
from controls.errors import ControlsError
from controls.gateway import cassettes, ledger, report
from controls.gateway.confidence import of
from controls.run import start


@pytest.fixture
def server():
    with serving() as running:
        yield running


@pytest.fixture
def script(server) -> Script:
    return server[1]


@pytest.fixture
def root(project, server, monkeypatch) -> Path:
    return connect(project(2), server[0], CHAT, monkeypatch)


@pytest.mark.filterwarnings("ignore:Failed to extract usage")
@pytest.mark.parametrize("how", [ask, listen], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("usage", "cached"),
    [((-1000, 100), 0), ((1000, -100), 0), ((10, 5), 1000), ((10**30, 5), 0), ((0, 0), 0)],
    ids=["negative in", "negative out", "more cached than given", "without end", "nothing"],
)
def test_a_count_that_cannot_be_true_is_booked_at_the_reservation(root, script, how, usage, cached):
    script.usage, script.cached = usage, cached
    how(root)
    spent, outcome = booked(root)
    assert spent > Decimal(COST[CHAT])
    assert outcome == "answered"
    assert span(root).attributes["aiwf.cost.usd"] == float(spent)


@pytest.mark.parametrize("how", [ask, listen], ids=["whole", "streamed"])
def test_half_a_letter_is_replaced_before_anybody_has_to_write_it(root, script, how):
    script.pieces = ["Hello \ud83d and \ud83d\ude00 there."]
    said = how(root)
    text = said.text if how is ask else said[1].text
    assert text == "Hello \ufffd and \U0001f600 there."


def test_a_probability_above_one_is_no_more_than_sure(root, script):
    script.logprobs = [1e9, 1e9]
    response = ask(root)
    assert of(response) in {None, 1.0}


class Left(ControlsError):
    """What a reader of a stream raises by itself."""


def read_a_little(root: Path) -> None:
    with start(root, feature="help", user="ada", workspace="acme") as run:
        run.prompt("answer")
        with model_request_stream_sync(run.model(), QUESTION) as stream:
            next(iter(stream))
            raise Left("enough")


def test_who_stops_reading_with_an_error_of_their_own_pays_what_was_reserved(root, script):
    script.pieces = [f"word {number} " for number in range(200)]
    with pytest.raises(Left):
        read_a_little(root)
    spent, outcome = booked(root)
    assert spent > Decimal(COST[CHAT])
    assert outcome == "error"


@pytest.mark.parametrize("how", [ask, listen], ids=["whole", "streamed"])
def test_an_answer_that_fills_the_store_is_booked_and_is_no_refusal(root, how, monkeypatch):
    monkeypatch.setenv(cassettes.VARIABLE, "record")
    kept = root / cassettes.FILE
    kept.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(kept) as base:
        base.execute(cassettes.SCHEMA)
        base.execute(
            "CREATE TRIGGER full BEFORE INSERT ON answers"
            " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
    with pytest.raises(ControlsError) as error:
        how(root)
    assert error.value.message == (
        "the answer was booked, and cannot be kept in evals/cassettes/calls.db:"
        " cassettes/calls.db cannot be used: database or disk is full"
    )
    assert booked(root) == (Decimal(COST[CHAT]), "answered")
    assert span(root).attributes["aiwf.task.outcome"] == "error"


@pytest.mark.parametrize("how", [ask, listen], ids=["whole", "streamed"])
def test_a_cost_that_cannot_be_booked_leaves_the_reservation_and_is_no_refusal(root, how):
    ask(root)
    with sqlite3.connect(root / ledger.FILE) as base:
        base.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON attempts WHEN NEW.state = 'settled'"
            " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
    with pytest.raises(ControlsError) as error:
        how(root)
    assert error.value.message == (
        "the call was made, and its cost cannot be booked:"
        " .aiwf/ledger.db cannot be used: database or disk is full"
    )
    assert [entry.held > 0 for entry in report.entries(root)] == [False, True]
    assert span(root).attributes["aiwf.task.outcome"] == "error"


def test_a_price_that_no_book_can_hold_is_refused_with_its_place(root):
    text = (root / "policy/data.yaml").read_text()
    (root / "policy/data.yaml").write_text(text.replace("input: 0.05", "input: 1.0e+30"))
    with pytest.raises(ControlsError, match=r"input must be US dollars from 0 to 1000000, it has"):
        ask(root)
    assert json.dumps(report.entries(root)) == "[]"


@pytest.mark.parametrize(
    ("answer", "outcome", "told"),
    [
        ({"pieces": []}, "error", "Exceeded maximum output retries (1)"),
        ({"pieces": [], "tool": {"key": "x"}}, "answered", "Tool 'look_up' exceeded max retries"),
    ],
    ids=["nothing", "a tool that nobody has"],
)
def test_an_answer_of_no_use_is_one_sentence(root, script, answer, outcome, told):
    for name, value in answer.items():
        setattr(script, name, value)
    with pytest.raises(ControlsError) as error:
        ask_it(root, "Is there an export?", user="ada", workspace="acme")
    start = f"the workflow has no use for what the model said: {told}"
    assert error.value.message.startswith(start)
    assert [entry.outcome for entry in report.entries(root)] == [outcome] * 2
