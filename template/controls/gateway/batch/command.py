"""The words of `gateway batch`: add FILE, run, answers, drop; without one, how far the queue is."""

import argparse
import json
import secrets
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from controls.errors import ControlsError
from controls.gateway.batch import questions
from controls.gateway.batch.queue import ANSWERED, FAILED, FILE, STATES, Queue
from controls.policy import data
from controls.report import Report
from controls.run import Cap

USAGE = "batch add FILE | batch run | batch answers | batch drop [all]"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `gateway batch run`."""
    parser.add_argument("--concurrency", type=int, metavar="N", help="batch run: questions at once")
    parser.add_argument(
        "--max-cost", metavar="USD", help="batch run: a ceiling, in place of limits a minute"
    )
    parser.add_argument(
        "--provider", action="store_true", help="batch run: as the provider's own batch requests"
    )


def run(root: Path, args: argparse.Namespace) -> Report:
    """Carry out one word.

    Raises:
        ControlsError: when the words or a file are odd, or the queue cannot be used.
    """
    queue = Queue(root)
    match args.words:
        case ["add", file]:
            return _add(queue, Path(file))
        case []:
            return _shown(queue, "")
        case ["run"]:
            return _run(root, args)
        case ["answers"]:
            rows = [row for row in _rows(queue) if row["state"] in {ANSWERED, FAILED}]
            return Report(rows, "\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
        case ["drop"] | ["drop", "all"]:
            dropped = queue.drop(unanswered=args.words[-1] == "all") if _there(queue) else 0
            return Report({"dropped": dropped}, f"{dropped} questions are forgotten")
        case _:
            raise ControlsError(f"batch has no words {' '.join(args.words)!r}", USAGE)


def _add(queue: Queue, path: Path) -> Report:
    found = questions.read(path)
    queue.add(found)
    told = f"{len(found)} questions wait: python -m controls gateway batch run"
    return Report({"added": len(found)}, told)


def _run(root: Path, args: argparse.Namespace) -> Report:
    from controls.gateway.batch.work import Wanted, work  # noqa: PLC0415  it imports the gateway

    limits, queue = data.load(root).batch, Queue(root)
    if not _there(queue):
        raise ControlsError("no question waits", "python -m controls gateway batch add FILE")
    most = limits.together if args.provider else limits.at_once
    at_once = most if args.concurrency is None else args.concurrency
    if not 1 <= at_once <= most:
        raise ControlsError(
            f"--concurrency {at_once} is not from 1 to {most}",
            f"batch in {data.FILE} sets the most",
        )
    cap = Cap(f"batch-{secrets.token_hex(4)}", _dollars(args.max_cost)) if args.max_cost else None
    poll = limits.poll_seconds if args.provider else None
    resumed = work(root, Wanted(min(at_once, max(1, _left(queue))), cap, poll))
    shown = _shown(queue, f"{resumed} had been cut off and were asked again\n" if resumed else "")
    left = sum(count for state, count in queue.counts().items() if state != ANSWERED)
    return replace(shown, status=1 if left else 0)


def _shown(queue: Queue, before: str) -> Report:
    counts = queue.counts() if _there(queue) else dict.fromkeys(STATES, 0)
    told = ", ".join(f"{count} {state}" for state, count in counts.items())
    why = [row for row in _rows(queue) if row.get("error")]
    lines = [f"  {row['id']}: {row['error']}" for row in why[:5]]
    more = [f"  … and {len(why) - 5} more"] if len(why) > 5 else []
    return Report(dict[str, object](counts), before + "\n".join([told, *lines, *more]))


def _left(queue: Queue) -> int:
    counts = queue.counts()
    return counts["waiting"] + counts["running"]


def _rows(queue: Queue) -> list[dict[str, object]]:
    return queue.rows() if _there(queue) else []


def _there(queue: Queue) -> bool:
    return (queue.root / FILE).exists()


def _dollars(text: str) -> Decimal:
    try:
        usd = Decimal(text)
    except InvalidOperation:
        usd = Decimal(-1)
    if not usd.is_finite() or usd <= 0:
        raise ControlsError(f"--max-cost {text!r} is no amount of US dollars", "--max-cost 5")
    return usd
