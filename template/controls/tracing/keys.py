"""The keys of a run's spans: fixed at its start, learned on its way, written at its end.

Which of them a tier requires is checked in `checks.py`; nothing is left out here because of the
tier.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from controls.tracing import index, semconv
from controls.tracing.digest import digest
from controls.tracing.pseudonym import pseudonym

if TYPE_CHECKING:
    from controls.run import Run

Value = str | bool | int | float | Sequence[str]


def fixed(run: "Run") -> dict[str, Value]:
    """Return the keys that stay the same for the whole run; what is not known is left out."""
    return _known(
        {
            semconv.RUN_ID: run.id,
            semconv.RISK_TIER: run.manifest.tier,
            semconv.TEAM: run.team,
            semconv.FEATURE: run.feature,
            semconv.WORKSPACE: run.workspace,
            semconv.OWNER: run.manifest.owner or "unassigned",
            semconv.USER: pseudonym(run.root, run.user) if run.user else None,
            semconv.INDEX_VERSION: index.version(run.root),
        }
    )


def changing(run: "Run") -> dict[str, Value]:
    """Return the keys that grow as the run goes on: its prompt, its sources, its data class."""
    prompt, sources = run.trail.prompt, run.trail.sources
    retrieved = run.trail.retrieved
    return _known(
        {
            semconv.CLASSIFICATION: run.data_class,
            semconv.RETENTION_CLASS: run.data_class if run.manifest.tier >= 3 else None,
            semconv.PROMPT_NAME: prompt.name if prompt else None,
            semconv.PROMPT_VERSION: prompt.version if prompt else None,
            semconv.PROMPT_SHA256: prompt.sha256 if prompt else None,
            semconv.SOURCE_IDS: [source.id for source in sources] if retrieved else None,
            semconv.SOURCE_DIGESTS: [source.digest for source in sources] if retrieved else None,
        }
    )


def closing(run: "Run") -> dict[str, Value]:
    """Return the keys of a run that has ended; an unset outcome is an error, never a success."""
    reply = run.trail.reply
    return changing(run) | _known(
        {
            semconv.OUTCOME: run.trail.outcome or semconv.ERROR,
            semconv.COST_USD: float(run.trail.usd),
            semconv.RESPONSE_MODEL: run.trail.response_model,
            semconv.OUTPUT_SHA256: digest(run, reply.text) if reply else None,
            semconv.DISCLOSURE: run.disclosure() if reply else None,
        }
    )


def _known(keys: Mapping[str, Value | None]) -> dict[str, Value]:
    return {key: value for key, value in keys.items() if value is not None and value != ""}
