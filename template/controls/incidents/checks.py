"""INC-1: each kind of incident reaches a person, each incident on record left an eval case."""

from collections.abc import Iterator

from controls.check.model import Context, Finding, Outcome
from controls.errors import ControlsError
from controls.incidents import case, category, record

_MANIFEST = "ai-workflow.yaml"
_BLANK = "write the question, and in `expect` what a right answer holds, then make eval"
_ABSENT = "bring its case back to evals/sets/, or correct eval_case in the record"


def routed(context: Context) -> Outcome:
    """Return failed for a kind without route or an incident without case; unnamed is pending.

    `n` counts the kinds and the incidents on record.
    """
    incidents = record.names(context.root)
    n = len(category.OWASP) + len(incidents)
    wrong = (*_unrouted(context), *_without_case(context, incidents))
    if wrong:
        return Outcome.failed(n, _MANIFEST, *wrong)
    unnamed = tuple(_unnamed(context))
    if unnamed:
        return Outcome.pending(n, _MANIFEST, *unnamed)
    return Outcome.ok(n, f"{_MANIFEST}, {record.FOLDER}/")


def _unrouted(context: Context) -> Iterator[Finding]:
    line = context.manifest.line("spec", "incidents")
    for kind in category.OWASP:
        try:
            category.route(context.manifest, kind)
        except ControlsError as error:
            yield Finding(error.message, _MANIFEST, line, error.hint)


def _unnamed(context: Context) -> Iterator[Finding]:
    for kind in category.OWASP:
        if not category.route(context.manifest, kind).on_call:
            line = context.manifest.line("spec", "incidents", kind, "on_call")
            yield Finding(
                f"nobody is on call for {kind!r}",
                _MANIFEST,
                line,
                f"set spec.incidents.{kind}.on_call to a person",
            )


def _without_case(context: Context, incidents: tuple[str, ...]) -> Iterator[Finding]:
    for path in incidents:
        try:
            found = record.read(context.root, path)
        except ControlsError as error:
            yield Finding(error.message, path, 1, error.hint)
            continue
        kept = case.find(context.root, found.eval_case)
        if kept is None:
            message = f"no eval case {found.eval_case!r} holds this incident"
            yield Finding(message, path, 1, _ABSENT)
        elif kept.blank:
            message = f"the eval case of {path} is not filled in"
            yield Finding(message, kept.path, kept.line, _BLANK)
