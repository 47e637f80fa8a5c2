"""The run: the one object that a workflow sees, and the span that everything it does hangs from.

`start` opens a run; the workflow asks it for a prompt, a model and marked-up sources. What may be
called is decided by the gateway behind `Run.model`; what a run cost and which model answered is
read off its trace, never asserted.
"""

import dataclasses
import functools
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind

from controls import given, prompts
from controls import manifest as manifests
from controls.errors import ControlsError
from controls.manifest import CLASSES, Manifest
from controls.policy import data as policy_data
from controls.prompts import Prompt
from controls.reply import ABSTAIN, Reply, Source, Used
from controls.tracing import semconv
from controls.tracing.keys import Value, changing, closing, fixed
from controls.tracing.setup import tracer
from controls.tracing.stamped import stamped
from controls.tracing.trail import Trail

if TYPE_CHECKING:
    from controls.gateway.batch.together import Together
    from controls.gateway.model import GatewayModel

__all__ = ["ABSTAIN", "Cap", "Prompt", "Reply", "Run", "Source", "Used", "current", "start"]

ENVIRONMENTS = ("development", "ci", "production")

_SETTINGS = ("ai-workflow.yaml", "policy/data.yaml", "controls/catalogue.yaml")
_current: ContextVar["Run | None"] = ContextVar("run", default=None)


@dataclass(frozen=True, slots=True)
class Cap:
    """A ceiling in US dollars that many runs share, such as those of one eval run."""

    id: str
    usd: Decimal


@dataclass(slots=True)
class Run:
    """One invocation of the workflow; `data_class` only ever rises."""

    id: str
    root: Path
    manifest: Manifest
    feature: str
    team: str
    user: str | None
    workspace: str | None
    data_class: str
    environment: str
    top_k: int
    documents: tuple[Source, ...]
    cap: Cap | None
    attributes: Mapping[str, Value]
    cache: str | None = None
    together: "Together | None" = field(default=None, repr=False)
    stand_in: str | None = None
    trail: Trail = field(default_factory=Trail)
    root_span: Span = field(default=trace.INVALID_SPAN, repr=False)

    def prompt(self, name: str) -> Prompt:
        """Return the prompt `prompts/<name>.md`, and remember that this run used it.

        Raises:
            ControlsError: when it is missing or malformed.
        """
        self.trail.prompt = prompts.load(self.root, name)
        return self.trail.prompt

    def model(self, ref: str | None = None, *, cache: str | None = None) -> "GatewayModel":
        """Return the model `ref` of the manifest (its default without one), behind the gateway.

        `cache` is live, record or replay, for this model alone; see `controls.gateway.cassettes`.
        Where a model stands in for all others, it is returned whatever is asked for.
        """
        from controls.gateway.model import GatewayModel  # noqa: PLC0415  the gateway imports this module

        return GatewayModel(self, self.stand_in or ref, cache)

    def tool(self, name: str, arguments: Mapping[str, object]) -> Used:
        """Return what the tool `name` says, in its sandbox; what it would change is only proposed.

        Raises:
            ControlsError: when tool or arguments are not allowed, there is no sandbox, or it fails.
        """
        try:
            from controls.action.use import tool  # noqa: PLC0415  only tier 4 has tools
        except ModuleNotFoundError as error:
            raise ControlsError(
                f"tier {self.manifest.tier} has no tools", "prooflane sync --set tier=4"
            ) from error
        return tool(self, name, arguments)

    def cite(self, sources: Sequence[Source]) -> str:
        """Return the sources as text marked untrusted, and record their ids and digests.

        Only what went through here counts as retrieved: an answer that cites anything else is
        caught.
        """
        self.trail.retrieved = True
        self.trail.sources.extend(sources)
        with self.span("retrieve", semconv.RETRIEVAL) as span:
            span.set_attribute(semconv.SOURCE_IDS, [source.id for source in sources])
            span.set_attribute(semconv.SOURCE_DIGESTS, [source.digest for source in sources])
        return "\n".join(
            f'<source id="{escape(source.id)}" title="{escape(source.title)}">'
            f"{escape(source.text, quote=False)}</source>"
            for source in sources
        )

    def outcome(self, reply: Reply, outcome: str = "") -> None:
        """Record what the run delivers; without `outcome`, what the reply says counts."""
        self.trail.reply = reply
        self.trail.outcome = outcome or (semconv.ABSTAINED if reply.abstained else semconv.ANSWERED)

    def touch(self, classification: str) -> None:
        """Raise the run's data class to `classification`; it never falls.

        Raises:
            ControlsError: when there is no such class.
        """
        self.data_class = max(self.data_class, _known(classification), key=CLASSES.index)

    @contextmanager
    def span(self, name: str, operation: str, kind: SpanKind = SpanKind.INTERNAL) -> Iterator[Span]:
        """Open a span with the run's keys, below the run's innermost open span, in any thread.

        Raises:
            ControlsError: when it says to be what only the controls write, such as a model's call.
        """
        if operation in semconv.OF_THE_CONTROLS:
            raise ControlsError(
                f"a span of operation {operation!r} is written by the controls alone",
                "ask run.model(); a step of your own has an operation of its own",
            )
        with stamped(self, name, operation, kind) as span:
            yield span

    def disclosure(self) -> str:
        """Return the label of what this run delivers, computed from its trace.

        Raises:
            ControlsError: when the run used no prompt, so that nothing can be said about it.
        """
        from controls.gateway.disclosure import label  # noqa: PLC0415  see model

        trail = self.trail
        return label(
            self.root,
            trail.prompt,
            trail.response_model,
            human_edited=trail.human_edited,
            sources=tuple(trail.sources),
        )

    def stamp(self) -> dict[str, Value]:
        """Return the keys that every span of this run carries; what is not known is left out."""
        return {**self.attributes, **changing(self)}


def current() -> Run | None:
    """Return the run that this thread or task is in, None outside of one."""
    return _current.get()


@contextmanager
def start(  # noqa: PLR0913  every name is an answer to "who, on what, for which budget"
    root: Path,
    *,
    feature: str,
    data: str | None = None,
    user: str | None = None,
    workspace: str | None = None,
    documents: Sequence[Source] = (),
    cap: Cap | None = None,
    model: str | None = None,
    cache: str | None = None,
    run_id: str | None = None,
    together: "Together | None" = None,
    attributes: Mapping[str, Value] | None = None,
) -> Iterator[Run]:
    """Open a run, and close it with outcome, cost and disclosure, errors included.

    `model` stands in for every model that the workflow asks for. `data` is the class of what the
    caller brings; without it, the most sensitive one of the manifest. `cache` is how recorded
    answers are used (live, record, replay; without it, AIWF_CACHE). `run_id` goes on with a run
    that was cut off; `together` has its calls asked in a provider's batch.

    Raises:
        ControlsError: when the manifest is malformed, class or environment is unknown, or a caller
            says what it may not.
    """
    manifest, top_k = _settings(root, *map(_state, (root / name for name in _SETTINGS)))
    if model:
        manifest = dataclasses.replace(manifest, default_model=manifest.endpoint(model).ref)
    run = Run(
        id=run_id or secrets.token_hex(8),
        root=root,
        manifest=manifest,
        feature=given.text("feature", feature) or "",
        team=manifest.team,
        user=given.text("user", user),
        workspace=given.text("workspace", workspace),
        data_class=_known(data or manifest.data_class),
        environment=_environment(),
        top_k=top_k,
        documents=tuple(documents),
        cap=cap,
        attributes=given.attributes(attributes),
        cache=cache,
        together=together,
        stand_in=model,
    )
    run.attributes = {**run.attributes, **fixed(run)}
    with _opened(run):
        yield run


@contextmanager
def _opened(run: Run) -> Iterator[None]:
    engine = tracer(run.root, run.manifest, run.environment)
    keys = {**run.stamp(), semconv.OPERATION: semconv.INVOKE_WORKFLOW}
    token = _current.set(run)
    try:
        with engine.start_as_current_span(
            f"{semconv.INVOKE_WORKFLOW} {run.manifest.name}",
            kind=SpanKind.SERVER,
            attributes=keys,
        ) as span:
            run.root_span = span
            try:
                yield
            except BaseException:
                run.trail.failed()
                raise
            finally:
                span.set_attributes(closing(run))
    finally:
        _current.reset(token)


@functools.lru_cache(maxsize=8)
def _settings(root: Path, *_states: tuple[int, int]) -> tuple[Manifest, int]:
    manifest = manifests.load(root)  # validated against its schema: too slow for every run
    return manifest, policy_data.load(root).caps(manifest.tier).top_k


def _state(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return (0, 0)
    return (stat.st_mtime_ns, stat.st_size)


def _known(classification: str) -> str:
    if classification in CLASSES:
        return classification
    raise ControlsError(
        f"data class {classification!r} is unknown", f"one of: {', '.join(CLASSES)}"
    )


def _environment() -> str:
    name = os.environ.get("AIWF_ENV") or ENVIRONMENTS[0]
    if name in ENVIRONMENTS:
        return name
    raise ControlsError(f"AIWF_ENV {name!r} is unknown", f"one of: {', '.join(ENVIRONMENTS)}")
