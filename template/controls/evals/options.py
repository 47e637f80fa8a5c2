"""What the command line and the environment ask of an eval run.

A flag wins over the environment, an empty variable counts as unset. An unset variable in a shell
(`--set $EVAL_SET --max-cost 25`) must not swallow the next flag: that is a sentence, not a set
name.
"""

import argparse
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

from controls.errors import ControlsError
from controls.parser import Parser

CACHED = ("replay", "record")
MAX_COST = "25"


@dataclass(frozen=True, slots=True)
class Options:
    """One eval run; `min_pass` is None where the set's own floor is meant.

    Who names a floor wants a verdict, also of a set that is only reported. `model` is an endpoint
    of the manifest that is asked instead of the configured one.
    """

    set: str
    max_cost: Decimal
    min_pass: float | None
    profile: str
    model: str | None
    epochs: int
    concurrency: int
    cases: tuple[str, ...]
    baseline: Path | None
    save_baseline: bool
    resume: bool
    junit: Path | None
    html: Path | None
    json: bool


class _Parser(Parser):
    """Says what is likely wrong where a flag has no value."""

    def error(self, message: str) -> NoReturn:
        flag = message.removeprefix("argument ").partition(":")[0]
        if "expected one argument" in message:
            raise ControlsError(
                f"{flag} has no value; is the variable behind it unset?",
                'quote it ("$EVAL_SET") and set it, or write the value',
            )
        super().error(message)


def parse(argv: Sequence[str], environ: Mapping[str, str]) -> Options:
    """Return the options that `argv` and, for what it leaves out, `environ` ask for.

    Raises:
        ControlsError: when a flag is unknown, a value is missing or out of range, or no set is
            named.
    """
    args = _parser().parse_args(list(argv))
    name = _given(args.set, "--set", environ, "EVAL_SET")
    if name is None:
        raise ControlsError("no set is named", "--set smoke_v1, or EVAL_SET=smoke_v1")
    junit = _given(args.junit, "--junit", environ, "EVAL_JUNIT")
    floor = _given(args.min_pass, "--min-pass", environ, "MIN_PASS_RATE")
    cost = _given(args.max_cost, "--max-cost", environ, "MAX_COST_USD") or MAX_COST
    return Options(
        set=name,
        max_cost=Decimal(str(_number(cost, "--max-cost", math.inf))),
        min_pass=None if floor is None else _number(floor, "--min-pass", 1),
        profile=args.profile,
        model=_given(args.model, "--model", {}, ""),
        epochs=_whole(args.epochs, "--epochs"),
        concurrency=_whole(args.concurrency or _at_once(args.profile), "--concurrency"),
        cases=tuple(args.case),
        baseline=args.baseline,
        save_baseline=args.save_baseline,
        resume=args.resume,
        junit=Path(junit) if junit else None,
        html=args.html,
        json=args.json,
    )


def _at_once(profile: str) -> str:
    """Return how many cases pay: models inside this process only get in each other's way."""
    return "4" if profile in {"live", "record"} else "1"


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m evals.run",
        description="Run an eval set and judge it.",
        epilog="exit status: 0 pass, 1 gate failed, 2 usage, 3 stopped by the cost ceiling,"
        " 4 too many errors, 5 no cases",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--set", help="the set to run (or EVAL_SET)")
    add("--max-cost", metavar="USD", help="cost ceiling of the whole run (or MAX_COST_USD; 25)")
    add("--min-pass", metavar="RATE", help="pass floor (or MIN_PASS_RATE; the set's own)")
    add(
        "--profile",
        choices=("offline", "live", *CACHED),
        default="offline",
        help="which models may be asked",
    )
    add("--model", metavar="REF", help="ask this endpoint of the manifest instead of its default")
    add("--epochs", default="1", metavar="N", help="run each case N times")
    add("--concurrency", metavar="N", help="cases at once (4 where providers are waited for; 1)")
    add("--case", action="append", default=[], metavar="ID", help="only this case (repeatable)")
    add("--baseline", type=Path, metavar="FILE", help="default: evals/baselines/<set>@<model>.json")
    add("--save-baseline", action="store_true", help="run each case 5 times, keep it as baseline")
    add("--resume", action="store_true", help="go on with the run that was interrupted")
    add("--junit", metavar="FILE", help="write JUnit XML (or EVAL_JUNIT)")
    add("--html", type=Path, metavar="FILE", help="write one HTML page")
    add("--json", action="store_true", help="print the report instead of the screen")
    return parser


def _given(flag: str | None, name: str, environ: Mapping[str, str], variable: str) -> str | None:
    if flag is not None and not flag.strip():
        raise ControlsError(
            f"{name} is empty; is the variable behind it unset?", f"set it, or leave {name} out"
        )
    return flag or environ.get(variable, "").strip() or None


def _number(text: str, flag: str, most: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= most or math.isinf(number):
        wanted, example = ("from 0 to 1", "0.92") if most == 1 else ("of US dollars", "25")
        raise ControlsError(
            f"{flag} is {text!r}, expected a number {wanted}", f"such as {flag} {example}"
        )
    return number


def _whole(text: str, flag: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise ControlsError(
            f"{flag} is {text!r}, expected a whole number from 1 to 1000", f"such as {flag} 1"
        )
    return int(text)
