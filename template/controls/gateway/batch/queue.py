"""Keeps the questions of batches with their answers, in `.aiwf/batch.db`, readable by its owner.

Decides what becomes of a question: waiting, running, answered or failed. One process at a time
works on the queue, held by a lock that ends with it; so what is `running` when another begins was
cut off and waits again, under the same run id. What a provider still works on is kept beside its
run, so that nobody asks it twice.
"""

import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from controls.errors import ControlsError
from controls.gateway.batch.questions import Question
from controls.gateway.database import opened, writing

FILE = Path(".aiwf/batch.db")
LOCK = Path(".aiwf/batch.lock")
SCHEMA = """
CREATE TABLE questions (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, question TEXT NOT NULL, user TEXT,
    workspace TEXT, data TEXT, state TEXT NOT NULL DEFAULT 'waiting', run_id TEXT NOT NULL,
    tried INTEGER NOT NULL DEFAULT 0, taken TEXT NOT NULL DEFAULT '', answer TEXT, told TEXT);
CREATE INDEX state ON questions (state, number);
CREATE TABLE pending (
    run_id TEXT NOT NULL, key TEXT NOT NULL, ticket TEXT NOT NULL,
    PRIMARY KEY (run_id, key)) WITHOUT ROWID;
"""
WAITING, RUNNING, ANSWERED, FAILED = STATES = ("waiting", "running", "answered", "failed")
TRIES = 3


@dataclass(frozen=True, slots=True)
class Job:
    """A question that was taken to be asked, and the run that it belongs to."""

    number: int
    run_id: str
    asked: Question


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue of one repository; threads may share it."""

    root: Path

    def add(self, questions: Sequence[Question]) -> None:
        """Append all of `questions`, or none.

        Raises:
            ControlsError: when one of their ids is there already.
            Refused: when the queue cannot be written.
        """
        row = "INSERT INTO questions (id, question, user, workspace, data, run_id)"
        with self._writing() as base:
            for each in questions:
                if base.execute("SELECT 1 FROM questions WHERE id = ?", (each.id,)).fetchone():
                    raise ControlsError(
                        f"the queue has a question {each.id!r} already",
                        "python -m controls gateway batch drop forgets what was answered",
                    )
                given = (each.id, each.question, each.user, each.workspace, each.data)
                base.execute(f"{row} VALUES (?, ?, ?, ?, ?, ?)", (*given, secrets.token_hex(8)))
        (self.root / FILE).chmod(0o600)

    def resume(self) -> int:
        """Let what a process left running wait again, and return how much that is."""
        with self._writing() as base:
            again = "UPDATE questions SET state = 'waiting' WHERE state = 'running'"
            return base.execute(again).rowcount

    def take(self, worker: str) -> Job | None:
        """Return the next question that `worker` has not tried yet, None when none is left."""
        with self._writing() as base:
            row = base.execute(
                "SELECT * FROM questions WHERE state = 'waiting' AND taken != ?"
                " ORDER BY number LIMIT 1",
                (worker,),
            ).fetchone()
            if row is None:
                return None
            update = "UPDATE questions SET state = 'running', taken = ? WHERE number = ?"
            base.execute(update, (worker, row["number"]))
        names = ("id", "question", "user", "workspace", "data")
        return Job(row["number"], row["run_id"], Question(*(row[name] for name in names)))

    def answered(self, job: Job, answer: Mapping[str, object]) -> None:
        """Keep the answer, and forget what a provider was asked for it."""
        with self._writing() as base:
            base.execute(
                "UPDATE questions SET state = 'answered', answer = ?, told = NULL WHERE number = ?",
                (json.dumps(answer), job.number),
            )
            base.execute("DELETE FROM pending WHERE run_id = ?", (job.run_id,))

    def unanswered(self, job: Job, told: str, *, counts: bool) -> None:
        """Let the question wait for the next time; after `TRIES` that count it has failed."""
        with self._writing() as base:
            base.execute(
                "UPDATE questions SET told = ?, tried = tried + ?,"
                " state = CASE WHEN tried + ? >= ? THEN 'failed' ELSE 'waiting' END"
                " WHERE number = ?",
                (told, counts, counts, TRIES, job.number),
            )

    def counts(self) -> dict[str, int]:
        """Return how many questions are in each state."""
        with self._opened() as base:
            rows = base.execute("SELECT state, count(*) FROM questions GROUP BY state").fetchall()
        return dict.fromkeys(STATES, 0) | {row["state"]: int(row[1]) for row in rows}

    def rows(self) -> list[dict[str, object]]:
        """Return what became of each question, in the order in which they were added."""
        with self._opened() as base:
            rows = base.execute("SELECT * FROM questions ORDER BY number").fetchall()
        return [_row(row) for row in rows]

    def drop(self, *, unanswered: bool) -> int:
        """Forget the questions that are done, or all of them, and return how many they were."""
        states = STATES if unanswered else (ANSWERED, FAILED)
        marks = ", ".join("?" * len(states))
        with self._writing() as base:
            done = f"DELETE FROM questions WHERE state IN ({marks})"  # noqa: S608  only marks
            dropped = base.execute(done, states).rowcount
            base.execute("DELETE FROM pending WHERE run_id NOT IN (SELECT run_id FROM questions)")
        return dropped

    def ticket(self, run_id: str, key: str) -> str | None:
        """Return what a provider still works on for this prompt of `run_id`."""
        with self._opened() as base:
            found = "SELECT ticket FROM pending WHERE (run_id, key) = (?, ?)"
            row = base.execute(found, (run_id, key)).fetchone()
        return str(row[0]) if row else None

    def wait(self, run_id: str, key: str, ticket: str) -> None:
        """Remember what a provider works on."""
        with self._writing() as base:
            row = (run_id, key, ticket)
            base.execute("INSERT OR REPLACE INTO pending VALUES (?, ?, ?)", row)

    def forget(self, run_id: str, key: str) -> None:
        """Remember it no longer: the provider has said that there will be no answer."""
        with self._writing() as base:
            base.execute("DELETE FROM pending WHERE (run_id, key) = (?, ?)", (run_id, key))

    def tickets(self, run_id: str) -> int:
        """Return how many prompts of `run_id` a provider still works on."""
        with self._opened() as base:
            found = "SELECT count(*) FROM pending WHERE run_id = ?"
            return int(base.execute(found, (run_id,)).fetchone()[0])

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the queue for this process, until it ends.

        Raises:
            ControlsError: when another process works on it.
        """
        (self.root / LOCK).parent.mkdir(exist_ok=True)
        with closing(sqlite3.connect(self.root / LOCK, timeout=0, isolation_level=None)) as held:
            try:
                held.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                raise ControlsError(
                    "another process works on the queue",
                    "python -m controls gateway batch shows how far it is",
                ) from error
            yield

    def _opened(self) -> AbstractContextManager[sqlite3.Connection]:
        return opened(self.root / FILE, SCHEMA)

    def _writing(self) -> AbstractContextManager[sqlite3.Connection]:
        return writing(self.root / FILE, SCHEMA)


def _row(row: sqlite3.Row) -> dict[str, object]:
    answer = json.loads(row["answer"]) if row["answer"] else {}
    shown = {"id": row["id"], "state": row["state"], "run_id": row["run_id"], **answer}
    return {**shown, **({"error": row["told"]} if row["told"] else {})}
