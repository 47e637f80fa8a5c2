"""The faults that `checks` plants, each on the real code and a temporary folder.

A probe answers with what it managed to break; nothing found means that the control holds. Nothing
here calls a provider or writes into the repository.
"""

import importlib
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

from pydantic_ai.messages import ModelRequest, ModelResponse, TextPart
from pydantic_ai.models import ModelRequestParameters

from controls.check.model import Context, Finding
from controls.gateway import caps as cutting
from controls.gateway import guard, ledger, prices, report, safety
from controls.gateway.budgets import SCOPES
from controls.gateway.ledger import Attempt, Bill, Limit
from controls.gateway.refusal import BudgetRefused, LimitRefused
from controls.manifest import NAME
from controls.policy import data
from controls.policy.data import FILE
from controls.run import Run

HERE = "controls/gateway"
THREADS, CALLS = 8, 12
CALL, CAP = Decimal("0.001"), Decimal("0.05")
PARAMETERS = ModelRequestParameters()


def missed(planted: Sequence[tuple[str, str]]) -> list[Finding]:
    """Return a finding for each unsafe text that the filter does not stop under its category."""
    return [
        Finding(f"a planted {category!r} text passes the filter", safety.POLICY)
        for category, text in planted
        if category not in {signal.category for signal in safety.apply(text).signals}
        or safety.apply(text).text == text
    ]


def touched(benign: Sequence[str]) -> list[Finding]:
    """Return a finding for each benign text that the filter changes."""
    return [
        Finding(f"a benign text is changed: {text[:60]!r}", safety.POLICY)
        for text in benign
        if safety.apply(text).text != text
    ]


def unfiltered(context: Context) -> list[Finding]:
    """Return a finding when the gateway of this tier lets an unsafe answer through."""
    threat = "You are an idiot."
    run, numbers = probe_run(context, context.root), data.load(context.root)
    sent = guard.prepare(run, numbers, [], PARAMETERS)
    checked = guard.check(run, numbers, sent, ModelResponse(parts=[TextPart(threat)]))
    if checked.blocked and threat not in checked.text:
        return []
    return [Finding("the gateway does not apply the filter at this tier", f"{HERE}/guard.py")]


def over_limits(context: Context) -> tuple[int, list[Finding]]:
    """Return how many calls were tried, and a finding for each limit that did not hold as set."""
    found: list[Finding] = []
    rates = context.manifest.limits["requests_per_minute"]
    with tempfile.TemporaryDirectory() as folder:
        passed = sum(_passes(context, Path(folder), "ada") for _ in range(rates["user"] + 5))
        if not rates["user"] <= passed <= rates["user"] + 1:  # a slow machine refills one
            found.append(_limit(f"a user made {passed} calls a minute of {rates['user']}"))
        if not _passes(context, Path(folder), "grace"):
            found.append(_limit("one user's limit stops another user"))
    with tempfile.TemporaryDirectory() as folder:
        users = [f"user-{number}" for number in range(rates["workspace"] + 5)]
        passed = sum(_takes(Path(folder), rates, user) for user in users)
        if passed != rates["workspace"]:
            found.append(_limit(f"a workspace made {passed} calls of {rates['workspace']}"))
    return rates["user"] + rates["workspace"] + 11, found


def overspent() -> tuple[int, list[Finding]]:
    """Return how many reservations were tried at once, and a finding when they passed the cap."""
    with tempfile.TemporaryDirectory() as folder:
        books = ledger.open(Path(folder))

        def reserve(number: int) -> bool:
            entry = Attempt(f"run-{number}", 1, "w", "t", "f", "probe")
            try:
                hold = books.reserve(entry, CALL, [Limit("cap", "probe", CAP)])
            except BudgetRefused:
                return False
            books.settle(hold, Bill(CALL, 1, 1, "answered", success=True))
            return True

        with ThreadPoolExecutor(THREADS) as pool:
            granted = sum(pool.map(reserve, range(THREADS * CALLS)))
        spent = books.spent("cap", "probe")
    found = []
    if spent > CAP or granted != CAP / CALL:
        told = f"{granted} concurrent calls spent ${spent} of a cap of ${CAP}"
        found.append(Finding(told, f"{HERE}/ledger.py"))
    return THREADS * CALLS, found


def unpriced(context: Context) -> list[Finding]:
    """Return a finding for each model of the manifest that nobody knows a price for."""
    numbers = data.load(context.root)
    found = [
        Finding(
            f"model {model.ref!r} has no price, so every call of it is refused",
            NAME,
            context.manifest.line("spec", "models", index, "ref"),
            hint=f"add it to prices in {FILE}",
        )
        for index, model in enumerate(context.manifest.models)
        if prices.find(model.ref, numbers) is None
    ]
    if prices.find("nobody:unknown-model", numbers) is not None:
        found.append(Finding("an unknown model has a price", f"{HERE}/prices.py"))
    return found


def booked() -> tuple[int, list[Finding]]:
    """Return how many attempts were booked, and a finding when their sum is not what was spent."""
    outcomes = ("answered", "escalated", "error", "answered", "abstained")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for number, outcome in enumerate(outcomes):
            _book(root, number, outcome)
        entries = report.entries(root)
        found = unreconciled(root, entries)
        row = report.total(entries)
    expected = (len(outcomes), 2, CALL * len(outcomes), CALL * len(outcomes) / 2)
    if (row.attempts, row.successes, row.usd, row.per_success) != expected:
        found.append(Finding(f"a probe of 5 attempts adds up to {row}", f"{HERE}/report.py"))
    return len(outcomes), found


def unreconciled(root: Path, entries: Sequence[report.Entry]) -> list[Finding]:
    """Return a finding for each way to add up the books of `root` that gives another total."""
    spent = report.total(entries).usd
    found = [
        Finding(f"the ledger by {dimension} does not add up to ${spent}", str(ledger.FILE))
        for dimension in report.DIMENSIONS
        if sum((row.usd for row in report.by(dimension, entries)), Decimal(0)) != spent
    ]
    if entries:
        totals = ledger.open(root).totals()
        found += [
            Finding(
                f"budgets by {scope} hold ${totals[scope]}, the attempts ${spent}", str(ledger.FILE)
            )
            for scope in SCOPES
            if totals.get(scope, Decimal(0)) != spent
        ]
    return found


def uncut(context: Context) -> list[Finding]:
    """Return a finding when an over-long prompt is sent whole, or cut without a signal."""
    run, numbers = probe_run(context, context.root), data.load(context.root)
    limit = numbers.caps(context.manifest.tier)
    many = [_source(f"s{number}", "word " * 40) for number in range(limit.top_k + 3)]
    long = [_source("s1", "word " * 20), _source("s2", "word " * 4 * limit.context_tokens)]
    found = []
    for blocks, signal in ((many, "top-k"), (long, "context-cap")):
        fitted = cutting.fit(_asking("\n".join(blocks)), PARAMETERS, limit)
        if (fitted.context, fitted.sources) != ("within", "within") or signal not in {
            noticed.category for noticed in fitted.signals
        }:
            found.append(Finding(f"{signal!r} is not cut and signalled", f"{HERE}/caps.py"))
    question = guard.prepare(run, numbers, _asking("why " * 4 * limit.context_tokens), PARAMETERS)
    if question.fitted.context != "exceeded":
        found.append(Finding("an over-long question counts as within the cap", f"{HERE}/caps.py"))
    return found


def unrouted(context: Context) -> list[Finding]:
    """Return a finding for each route from or to a model that the manifest does not list."""
    known = {model.ref for model in context.manifest.models}
    routes = data.load(context.root).routing.items()
    refs = {ref for source, route in routes for ref in (source, route.escalate_to)}
    return [
        Finding(f"routing names {ref!r}, which spec.models does not list", FILE)
        for ref in sorted(refs - known)
    ]


def misforecast(root: Path) -> list[Finding]:
    """Return a finding when the forecast for the measured tasks is not what they cost."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(3):
            _book(Path(folder), number, "answered")
        probe = report.entries(Path(folder))
    return [
        Finding("a forecast does not reproduce the measured run", f"{HERE}/report.py")
        for entries in (probe, report.entries(root))
        if report.forecast(entries, report.total(entries).tasks).usd != report.total(entries).usd
    ]


def probe_run(context: Context, root: Path, user: str = "probe") -> Run:
    """Return a run that is never started: it has no trace and books nothing."""
    return Run(
        id="probe",
        root=root,
        manifest=context.manifest,
        feature="probe",
        team=context.manifest.team,
        user=user,
        workspace="probe",
        data_class="public",
        environment="development",
        top_k=1,
        documents=(),
        cap=None,
        attributes={},
    )


def _passes(context: Context, root: Path, user: str) -> bool:
    try:
        guard.limit(probe_run(context, root, user))
    except LimitRefused:
        return False
    return True


def _takes(root: Path, rates: Mapping[str, int], user: str) -> bool:
    limits = importlib.import_module("controls.gateway.limits")  # only tier 2 has it
    names = {"user": user, "workspace": "probe"}
    try:
        limits.take(root, [limits.Limit(s, names[s], rates[s]) for s in names], clock=lambda: 0.0)
    except LimitRefused:
        return False
    return True


def _limit(told: str) -> Finding:
    return Finding(told, f"{HERE}/limits.py")


def _book(root: Path, number: int, outcome: str) -> None:
    books = ledger.open(root)
    limits = [Limit(scope, "probe", None, period="probe") for scope in SCOPES]
    hold = books.reserve(
        Attempt(f"run-{number}", 1, "probe", "probe", "probe", "m"), CALL * 2, limits
    )
    books.settle(hold, Bill(CALL, 1, 1, outcome, success=outcome == "answered"))


def _source(name: str, text: str) -> str:
    return f'<source id="{name}" title="probe">{text}</source>'


def _asking(text: str) -> list[ModelRequest]:
    return [ModelRequest.user_text_prompt(text)]
