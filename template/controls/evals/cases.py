"""Eval sets as values: what is asked, and what must come back.

Nothing is read or run here. `sets.py` loads them, `library/` judges, `verdict.py` decides.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from controls.evals.quarantine import Entry
from controls.reply import Source

AnyOf = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expect:
    """What a case demands; a field that is None or empty demands nothing.

    `contains` holds alternatives: of each entry at least one text must occur. `denied` is for cases
    that the gateway must refuse (or must not), `denied_by` names rules that must do so; `tools`
    must be used and `not_tools` must not.
    """

    contains: tuple[AnyOf, ...] = ()
    cites: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    abstain: bool | None = None
    denied: bool | None = None
    denied_by: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    not_tools: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool is made to have returned before the model answers; `name` is the tool's."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Twin:
    """One side of a counterfactual pair: the `contrast`, the case it is made `of`, side a or b."""

    contrast: str
    of: str
    side: str


@dataclass(frozen=True, slots=True)
class Case:
    """One question; `raw` is its line as written, from which its digest is taken."""

    id: str
    kind: str
    question: str
    expect: Expect
    critical: bool
    provenance: str
    documents: tuple[Source, ...]
    canaries: tuple[str, ...]
    data: str | None
    model: str | None
    tool: ToolResult | None
    raw: Mapping[str, object]
    path: str
    line: int
    twin: Twin | None = None

    @property
    def sha256(self) -> str:
        """The digest of the content: a baseline compares only cases that have not changed."""
        text = json.dumps(self.raw, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Wanted:
    """An evaluator that a set asks for, by name, with its arguments."""

    name: str
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class EvalSet:
    """A set of cases; `gated` says whether it can turn a change red, `task` what runs a case.

    `verifies` says whether passing it vouches for answers, `max_difference` by how much the two
    sides of its counterfactual pairs may differ.
    """

    name: str
    title: str
    gated: bool
    verifies: bool
    min_pass: float
    evaluators: tuple[Wanted, ...]
    task: str
    path: str
    cases: tuple[Case, ...]
    quarantine: tuple[Entry, ...] = ()
    max_difference: float | None = None

    @property
    def strict(self) -> bool:
        """Whether no failure is excused: at a floor of 1 there is no such thing as a flaky pass."""
        return self.min_pass >= 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What one case brought back; `retrieved` are the ids that the run put before the model.

    `tools` are those that the model asked for in its answer, `data` is the class of the data that
    the run worked on, `prompt` its prompt's name, version and digest; `denied_by` are the rules of
    the policy that refused the call.
    """

    text: str
    citations: tuple[str, ...]
    abstained: bool
    denied: bool
    retrieved: tuple[str, ...]
    run_id: str
    model: str
    calls: int
    cost_usd: Decimal
    seconds: float
    tools: tuple[str, ...] = ()
    data: str = ""
    prompt: tuple[str, ...] = ()
    denied_by: tuple[str, ...] = ()
