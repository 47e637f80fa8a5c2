"""Questions that can wait: queued, asked a few at a time, killed, resumed, sent as one batch."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest
import warm
from loopback import Script, serving
from test_providers import COST, MESSAGES, RESPONSES, connect, edit

from controls.gateway import report
from controls.gateway.batch.queue import Queue
from controls.tracing import read

QUESTIONS = ("How do I reset my password?", "Who painted the Mona Lisa?")


def batch(root: Path, *words: str, json_: bool = True) -> tuple[int, object]:
    done = warm.run("controls", "gateway", "batch", *words, *["--json"] * json_, cwd=root)
    said = done.stdout or done.stderr
    return done.returncode, json.loads(said) if json_ and done.stdout else said


def fill(root: Path, count: int, **more: str) -> None:
    rows = [{"question": QUESTIONS[n % 2], "id": f"q{n}", **more} for n in range(count)]
    (root / "q.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert batch(root, "add", "q.jsonl") == (0, {"added": count})


@contextmanager
def running(root: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start to work on the queue; whatever happens, the process ends with the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "controls", "gateway", "batch", "run", *words],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def until(root: Path, condition) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(counts(root))


def counts(root: Path) -> dict[str, int]:
    return Queue(root).counts()


@pytest.fixture
def root(project) -> Path:
    return project(2)


def test_every_question_is_answered_as_ask_would_through_the_gateway(root):
    fill(root, 6, user="ada", workspace="acme")
    assert batch(root) == (0, {"waiting": 6, "running": 0, "answered": 0, "failed": 0})
    assert batch(root, "run")[0] == 0
    _, rows = batch(root, "answers")
    assert [row["id"] for row in rows] == [f"q{n}" for n in range(6)]
    assert "[password-reset]" in rows[0]["answer"]
    assert (rows[1]["abstained"], rows[0]["state"]) == (True, "answered")
    runs = {row["run_id"] for row in rows}
    calls = [span for span in read.spans(root) if span.operation == "chat"]
    assert {span.attributes["aiwf.run.id"] for span in calls} == runs
    assert {span.attributes["aiwf.policy.decision"] for span in calls} == {"allow"}
    assert {span.attributes["aiwf.workspace.id"] for span in calls} == {"acme"}
    assert {entry.run_id for entry in report.entries(root)} == runs
    assert batch(root, "drop") == (0, {"dropped": 6})
    assert batch(root, "answers") == (0, [])


def test_so_many_are_asked_at_once_and_no_more(root):
    code = (
        "import time\nfrom controls.run import Reply\n\n"
        "def answer(question, run):\n"
        "    with run.span('slow', 'slow'):\n        time.sleep(0.2)\n"
        "    run.prompt('answer')\n    return Reply.parse('done')\n"
    )
    (root / "workflow/answer.py").write_text(code)
    fill(root, 9)
    assert batch(root, "run", "--concurrency", "3")[0] == 0
    spans = [span for span in read.spans(root) if span.name == "slow"]
    most = max(sum(o.start <= s.start < o.end for o in spans) for s in spans)
    assert (len(spans), most) == (9, 3)
    status, said = batch(root, "run", "--concurrency", "5", json_=False)
    assert (status, said.splitlines()[0]) == (2, "error: --concurrency 5 is not from 1 to 4")


def test_what_a_kill_cut_off_is_asked_again_in_the_same_run_and_nothing_twice(root):
    slow = "from workflow.retrieval import articles, search\nimport time\n"
    edit(root, "workflow/answer.py", "from workflow.retrieval import articles, search\n", slow)
    edit(
        root,
        "workflow/answer.py",
        "    sources = search",
        "    time.sleep(0.3)\n    sources = search",
    )
    fill(root, 12)
    with running(root, "--max-cost", "1"):
        until(root, lambda: counts(root)["answered"] >= 3)
    before = {row["id"]: row["run_id"] for row in batch(root, "answers")[1]}
    assert 3 <= len(before) < 12
    cut_off = counts(root)["running"]
    status, said = batch(root, "run", "--max-cost", "1", json_=False)
    assert status == 0
    assert said.startswith(
        f"{cut_off} had been cut off and were asked again\n" if cut_off else "0 w"
    )
    rows = batch(root, "answers")[1]
    assert len(rows) == 12
    assert before.items() <= {row["id"]: row["run_id"] for row in rows}.items()
    runs = [
        span.attributes["aiwf.run.id"]
        for span in read.spans(root)
        if span.operation == "invoke_workflow"
    ]
    assert set(runs) == {row["run_id"] for row in rows}
    assert all(runs.count(run) == 1 for run in before.values())  # the kill may fall behind an end
    assert all(entry.held == 0 for entry in report.entries(root) if entry.run_id in before.values())


def test_only_one_process_works_on_the_queue(root):
    edit(
        root,
        "workflow/answer.py",
        "    sources",
        "    import os, time\n\n    while not os.path.exists('go'):\n"
        "        time.sleep(0.1)\n    sources",
    )
    fill(root, 1)
    with running(root) as process:
        until(root, lambda: counts(root)["running"] == 1)
        status, said = batch(root, "run", json_=False)
        assert (status, said.splitlines()[0]) == (2, "error: another process works on the queue")
        (root / "go").touch()
        assert process.wait() == 0


@pytest.mark.slow
def test_a_limit_a_minute_is_waited_out_and_a_ceiling_stands_in_for_it(root):
    edit(root, "ai-workflow.yaml", "user: 20", "user: 60")
    fill(root, 62, user="ada", workspace="acme")
    began = time.monotonic()
    assert batch(root, "run")[0] == 0
    assert time.monotonic() - began > 1  # two calls more than a minute's worth, one a second
    assert batch(root, "drop")[1] == {"dropped": 62}
    fill(root, 62, user="ada", workspace="acme")
    assert batch(root, "run", "--max-cost", "1")[0] == 0


@pytest.mark.slow
def test_what_is_refused_waits_and_what_fails_does_so_three_times(root):
    fill(root, 2)
    status, counts = batch(root, "run", "--max-cost", "0.000000001")
    assert (status, counts["waiting"]) == (1, 2)
    told = batch(root, json_=False)[1]
    assert "q0: cap 'batch-" in told
    (root / "workflow/answer.py").write_text("def answer(question, run):\n    return 1 / 0\n")
    for waiting in (2, 2, 0):
        assert batch(root, "run")[1]["waiting"] == waiting
    rows = batch(root, "answers")[1]
    assert {row["state"] for row in rows} == {"failed"}
    assert rows[0]["error"] == "the workflow failed: ZeroDivisionError: division by zero"


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "'q.jsonl' has no question"),
        ("{", "q.jsonl:1 is no JSON"),
        ('{"question": "a"}\n[]', "q.jsonl:2 is no object"),
        ('{"id": "a"}', "q.jsonl:1 has no question"),
        ('{"question": " "}', "q.jsonl:1: question is ' ', it must be text"),
        (
            r'{"question": "a\ud83d"}',
            r"the question in q.jsonl:1 'a\ud83d' is not UTF-8 text at character 1",
        ),
        ('{"question": "a", "modle": "b"}', "q.jsonl:1 has 'modle', which no question has"),
        ('{"question": "a", "data": "Public"}', "q.jsonl:1: data class 'Public' is unknown"),
        (
            '{"question": "a", "id": "x"}\n{"question": "b", "id": "x"}',
            "q.jsonl has two questions 'x'",
        ),
        (b'{"question": "caf\xe9"}', "'q.jsonl' is not UTF-8 at byte 17"),
    ],
)
def test_a_file_that_is_odd_adds_nothing(root, text, told):
    (root / "q.jsonl").write_bytes(text if isinstance(text, bytes) else text.encode())
    status, said = batch(root, "add", "q.jsonl", json_=False)
    assert (status, said.splitlines()[0]) == (2, f"error: {told}")
    assert not (root / ".aiwf/batch.db").exists()


def test_the_same_file_is_not_added_twice_and_the_queue_is_its_owners_alone(root):
    fill(root, 2)
    assert batch(root, "add", "q.jsonl", json_=False)[1].startswith(
        "error: the queue has a question 'q0' already"
    )
    assert batch(root)[1]["waiting"] == 2
    assert (root / ".aiwf/batch.db").stat().st_mode & 0o077 == 0


def test_at_tier_1_an_answer_is_a_draft(project):
    root = project(1)
    fill(root, 2)
    assert batch(root, "run")[0] == 0
    assert all(row["review_id"] for row in batch(root, "answers")[1])


class TestProviderBatches:
    """OpenAI and Anthropic take many requests as one, at half the price."""

    HALF: ClassVar = {
        RESPONSES: Decimal(COST[RESPONSES]) / 2,
        MESSAGES: Decimal(COST[MESSAGES]) / 2,
    }

    @pytest.fixture
    def script(self) -> Script:
        with serving() as (_, script):
            yield script

    @pytest.fixture(params=[RESPONSES, MESSAGES])
    def ref(self, request) -> str:
        return request.param

    @pytest.fixture
    def root(self, project, script, ref, monkeypatch) -> Path:
        made = connect(project(2), script.address, ref, monkeypatch)
        edit(made, "policy/data.yaml", "poll_seconds: 30", "poll_seconds: 0.2")
        return made

    def test_what_is_under_way_at_once_is_one_request_at_its_price(self, root, ref, script):
        fill(root, 8)
        assert batch(root, "run", "--provider")[0] == 0
        assert [len(lines) for lines in script.batches] == [8]
        assert script.seen == []  # nobody was asked by itself
        rows = batch(root, "answers")[1]
        assert {row["answer"] for row in rows} == {"Hello there."}
        assert [entry.spent for entry in report.entries(root)] == [self.HALF[ref]] * 8
        calls = [span for span in read.spans(root) if span.operation == "chat"]
        assert {span.attributes["aiwf.policy.decision"] for span in calls} == {"allow"}

    @pytest.mark.slow
    def test_after_a_kill_the_result_is_fetched_and_nothing_is_paid_twice(self, root, ref, script):
        script.checks = 1_000_000
        fill(root, 3)
        with running(root, "--provider"):
            until(root, lambda: script.checks < 999_998)
        assert batch(root)[1]["running"] == 3
        script.checks = 0
        status, said = batch(root, "run", "--provider", json_=False)
        assert (status, said.splitlines()[0]) == (0, "3 had been cut off and were asked again")
        assert [len(lines) for lines in script.batches] == [3]
        entries = report.entries(root)
        assert sum(entry.spent for entry in entries) == self.HALF[ref] * 3
        assert [entry.held for entry in entries] == [0] * 6
        assert len({entry.run_id for entry in entries}) == 3

    @pytest.mark.slow
    def test_who_interrupts_it_finds_it_again(self, root, script):
        script.checks = 1_000_000
        fill(root, 2)
        with running(root, "--provider") as process:
            until(root, lambda: script.checks < 999_998)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
        assert (process.returncode, said) == (130, b"error: interrupted\n")
        script.checks = 0
        assert batch(root, "run", "--provider")[0] == 0
        assert len(script.batches) == 1

    @pytest.mark.slow
    @pytest.mark.parametrize("ref", [MESSAGES])
    def test_a_provider_that_is_gone_for_a_while_is_not_asked_again(self, root, script):
        script.checks, script.absent = 0, 100  # more often than the library tries
        fill(root, 2)
        assert batch(root, "run", "--provider")[1]["waiting"] == 2
        script.absent = 0
        assert batch(root, "run", "--provider")[0] == 0
        assert [len(lines) for lines in script.batches] == [2]

    @pytest.mark.slow
    def test_an_unsafe_answer_of_a_batch_is_withheld(self, root, script):
        script.pieces = ["For the record, you are an idiot and always were."]
        fill(root, 1)
        batch(root, "run", "--provider")
        assert batch(root, "answers")[1][0]["answer"] == (
            "This answer was withheld by the safety filter (insult)."
        )

    @pytest.mark.slow
    @pytest.mark.parametrize("ref", [RESPONSES])
    def test_one_request_that_fails_fails_alone(self, root, script):
        script.unlucky = "Mona Lisa"
        fill(root, 2)
        status, counts = batch(root, "run", "--provider")
        assert (status, counts["answered"], counts["waiting"]) == (1, 1, 1)
        assert sorted(entry.spent for entry in report.entries(root)) == [0, self.HALF[RESPONSES]]


def test_a_model_without_batch_requests_is_refused_in_one_sentence(root):
    fill(root, 1)
    assert batch(root, "run", "--provider")[0] == 1
    assert batch(root, json_=False)[1].splitlines()[1] == (
        "  q0: model 'embedded:small' takes no batch requests"
    )
