"""Makes the tracer of a repository, which the environment cannot thin out.

A sampler, an attribute limit or `OTEL_SDK_DISABLED` in the environment would silently thin out the
evidence; none of them is read. OTLP is sent beside the file when the environment names a collector,
by a thread that no call waits for.
"""

import functools
import os
import re
import secrets
import threading
import warnings
from pathlib import Path

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, SpanProcessor, SynchronousMultiSpanProcessor, Tracer
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.sdk.util.instrumentation import InstrumentationInfo, InstrumentationScope

from controls import git
from controls.approvals.tree import FOLDER as APPROVALS
from controls.errors import ControlsError
from controls.manifest import Manifest
from controls.tracing import FOLDER, expire, semconv
from controls.tracing.jsonl import JsonlProcessor

SCHEMA = "1"
COLLECTORS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_UNLIMITED = SpanLimits.UNSET
_ONE_AT_A_TIME = threading.Lock()


class UrandomIds(IdGenerator):
    """Ids that a seeded `random` and a fork cannot make repeat."""

    def generate_span_id(self) -> int:
        """Return 64 random bits, never zero."""
        return int.from_bytes(os.urandom(8), "big") or 1

    def generate_trace_id(self) -> int:
        """Return 128 random bits, never zero."""
        return int.from_bytes(os.urandom(16), "big") or 1


def tracer(root: Path, manifest: Manifest, environment: str) -> Tracer:
    """Return the tracer that writes below `root`, one for each tree and environment."""
    with _ONE_AT_A_TIME:  # two threads must not open two files
        return _tracer(root, manifest.name, environment, manifest.logging["retention"])


@functools.cache
def _tracer(root: Path, name: str, environment: str, retention: str) -> Tracer:
    version = template_version(root)
    folder = root / FOLDER
    trim = functools.partial(expire.trim, folder, retention)
    processor: SpanProcessor = JsonlProcessor(folder, begun=trim)
    if any(os.environ.get(name) for name in COLLECTORS):
        processor = _with_collector(processor)
    resource = Resource(
        {
            semconv.SERVICE_NAME: name,
            semconv.SERVICE_INSTANCE: secrets.token_hex(8),
            semconv.TEMPLATE_VERSION: version,
            semconv.SCHEMA_VERSION: SCHEMA,
            semconv.ENVIRONMENT: environment,
            semconv.VCS_REVISION: _revision(root),
        }
    )
    limits = SpanLimits(*[_UNLIMITED] * 8)
    scope = "prooflane.controls"
    with warnings.catch_warnings():  # the constructor still asks for what it calls deprecated
        warnings.simplefilter("ignore", DeprecationWarning)
        info = InstrumentationInfo(scope, version)
    return Tracer(
        ALWAYS_ON,
        resource,
        processor,  # one alone needs nothing around it
        UrandomIds(),
        info,
        limits,
        InstrumentationScope(scope, version),
    )


def _with_collector(file: SpanProcessor) -> SpanProcessor:
    from controls.tracing.otlp import processor  # noqa: PLC0415  its HTTP stack is slow to import

    if not (beside := processor()):
        return file
    both = SynchronousMultiSpanProcessor()  # type: ignore[no-untyped-call]
    both.add_span_processor(file)
    both.add_span_processor(beside)
    return both


def template_version(root: Path) -> str:
    """Return the template release that the answers file records, "unreleased" where none is."""
    try:
        answers = (root / ".copier-answers.yml").read_text(encoding="utf-8")
    except OSError:
        return "unreleased"
    match = re.search(r"^_commit: *['\"]?([^\s'\"]+)", answers, re.MULTILINE)
    return match[1] if match else "unreleased"


def _revision(root: Path) -> str:
    """Return the commit that runs; code beside it, that no commit has, is told with it.

    The approvals' folder is no code: it is no part of the tree that is approved either.
    """
    asked = ("status", "--porcelain=v2", "--branch", "--no-ahead-behind", "-z")
    places = ("--untracked-files=normal", "--", ".", f":(exclude){APPROVALS}")
    try:
        told = git.run(root, *asked, *places).decode(errors="replace").split("\0")
    except ControlsError:
        return semconv.UNCOMMITTED
    commit = next((each[13:] for each in told if each.startswith("# branch.oid ")), "(initial)")
    if commit == "(initial)":
        return semconv.UNCOMMITTED
    changed = any(each and not each.startswith("# ") for each in told)
    return f"{commit}+{semconv.UNCOMMITTED}" if changed else commit
