"""Proves the gateway's controls by trying to break them: plants faults and expects refusals.

Every probe (`probes`) runs the real code on a temporary folder; the repository's own books, traces
and articles are only read. Which control asks for which check is data in `controls/catalogue.yaml`.
"""

from collections.abc import Sequence

from controls.check.model import Context, Finding, Outcome
from controls.gateway import label_probes, labels, probes, report, scan
from controls.gateway import planted as texts
from controls.gateway import safety as filters
from controls.gateway.ledger import FILE as LEDGER
from controls.manifest import NAME
from controls.policy import data


def safety(context: Context) -> Outcome:
    """SAF-1: each planted unsafe text is stopped under its name, no benign one is touched."""
    planted, benign = texts.unsafe(), texts.BENIGN
    found = [*probes.missed(planted), *probes.touched(benign), *probes.unfiltered(context)]
    told = f"{len(planted)} planted and {len(benign)} benign texts through {filters.POLICY}"
    return _outcome(len(planted) + len(benign), told, found)


def limits(context: Context) -> Outcome:
    """RAT-1: the calls of a user and of a workspace stop at their limit, and nobody else's do."""
    rates = context.manifest.limits.get("requests_per_minute", {})
    missing = [scope for scope in ("user", "workspace") if not rates.get(scope)]
    if missing:
        line = context.manifest.line("spec", "limits")
        told = f"spec.limits.requests_per_minute has no {missing[0]!r}"
        return Outcome.failed(0, NAME, Finding(told, NAME, line, "set it to calls a minute"))
    calls, found = probes.over_limits(context)
    return _outcome(calls, f"{calls} calls against limits of {dict(rates)}", found)


def budget(context: Context) -> Outcome:
    """CST-1: concurrent callers never pass a budget, each model has a price."""
    calls, found = probes.overspent()
    unpriced = probes.unpriced(context)
    unset = [
        Finding(f"spec.budgets has no {scope!r}", NAME, context.manifest.line("spec", "budgets"))
        for scope in ("workspace", "feature", "team")
        if not context.manifest.budgets.get(scope, {}).get("hard")
    ]
    models = len(context.manifest.models)
    told = f"{calls} concurrent reservations against one cap, {models} models priced"
    return _outcome(calls + models, told, [*found, *unpriced, *unset])


def chargeback(context: Context) -> Outcome:
    """CST-2: every way to add up the books gives the same total, failures included."""
    own = report.entries(context.root)
    probe, found = probes.booked()
    found += probes.unreconciled(context.root, own)
    told = f"{len(own)} attempts in {LEDGER}, {probe} in a probe"
    return _outcome(len(own) + probe, told, found)


def caps(context: Context) -> Outcome:
    """CST-3: an over-long context is cut and signalled, a forecast reproduces the measured run."""
    found = [*probes.uncut(context), *probes.unrouted(context), *probes.misforecast(context.root)]
    numbers = data.load(context.root).caps(context.manifest.tier)
    told = f"tier {context.manifest.tier}: {numbers.context_tokens} tokens, top_k {numbers.top_k}"
    return _outcome(4, f"{told}; cut, refusal, routing and forecast probed", found)


def disclosure(context: Context) -> Outcome:
    """DIS-1: labels say no more than reports and traces support, and every answered run has one."""
    probed, found = label_probes.mislabelled()
    checked, false = labels.false(context.root)
    told = f"{probed} labels probed, {checked} labels in .aiwf/traces compared with their runs"
    return _outcome(probed + checked, told, [*found, *false])


def knowledge(context: Context) -> Outcome:
    """INJ-1: no article holds hidden characters, orders to the model or foreign links."""
    hosts = data.load(context.root).allowed_hosts
    files = scan.files(context.root)
    found = [finding for path in files for finding in scan.scan(context.root, path, hosts)]
    return _outcome(len(files), f"{len(files)} articles in {scan.KNOWLEDGE}", found)


def _outcome(n: int, evidence: str, found: Sequence[Finding]) -> Outcome:
    return Outcome.failed(n, evidence, *found) if found else Outcome.ok(n, evidence)
