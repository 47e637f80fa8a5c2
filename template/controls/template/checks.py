"""TPL-1: managed files intact, the recorded tier true, the template at or above its floor."""

from collections.abc import Iterator

from controls.check.model import Context, Finding, Outcome, State
from controls.manifest import NAME
from controls.template import answers, managed

EVIDENCE = "controls/managed/"


def intact(context: Context) -> Outcome:
    """Return failed for any drift, pending for a template between two releases, else ok.

    `n` counts the managed files that were compared.
    """
    recorded = answers.load(context.root)
    names = managed.required(context.catalogue.managed_lists, context.manifest.tier, recorded.ci)
    digests, broken = managed.listed(context.root, names)
    findings = (
        *managed.lists(context.root, names),
        *broken,
        *managed.drift(context.root, digests),
        *_tier(context, recorded),
    )
    state, stale = _version(context, recorded)
    if findings or state is State.failed:
        return Outcome.failed(len(digests), EVIDENCE, *findings, *stale)
    return Outcome(state, len(digests), EVIDENCE, stale)


def _tier(context: Context, recorded: answers.Answers) -> Iterator[Finding]:
    declared, answered = context.manifest.tier, recorded.values.get("tier")
    if declared != answered:
        yield Finding(
            f"spec.risk.tier is {declared}, but the template was asked for tier {answered!r}",
            NAME,
            context.manifest.line("spec", "risk", "tier"),
            f"prooflane sync --set tier={declared}",
        )


def _version(context: Context, recorded: answers.Answers) -> tuple[State, tuple[Finding, ...]]:
    lowest = context.catalogue.template_floors[context.manifest.tier]
    at = answers.release(recorded.commit)
    if at is None:
        message = f"the template's version {recorded.commit!r} is no release"
        return State.pending, (Finding(message, answers.NAME, hint="prooflane sync"),)
    if at < (answers.release(lowest) or at):
        message = f"the template is at {recorded.commit}, below the tier's floor {lowest}"
        return State.failed, (Finding(message, answers.NAME, hint="prooflane sync"),)
    return State.ok, ()
