"""The whole dossier as a value, and as the data of `evidence.json`.

The same tree, reports and day give the same dossier: it holds no clock, host or path of a machine.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from controls.check.model import Context
from controls.check.summary import Summary, as_data
from controls.decisions import record
from controls.errors import ControlsError
from controls.evidence import access, controls, data, logged, tree
from controls.evidence.claim import Answer, Claim, State
from controls.evidence.tree import Tree

KIND = "prooflane evidence 1"
REPORTS = Path(".aiwf/reports/evals")
INCIDENTS = "incidents/"


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that the folder says; `lines` is the list of the tree's digests."""

    title: str
    name: str
    tier: str
    lifecycle: str
    template_version: str
    day: str
    commit: str
    changed: tuple[str, ...]
    counts: dict[str, int]
    answers: tuple[Answer, ...]
    standards: tuple[tuple[str, tuple[str, ...]], ...]
    check: dict[str, object]
    lines: tuple[str, ...]

    @property
    def cited(self) -> tuple[str, ...]:
        """The single files that a claim cites, each once."""
        found = (
            one for answer in self.answers for claim in answer.claims for one in claim.citations
        )
        return tuple(dict.fromkeys(one.path for one in found if not one.folder))


def gather(context: Context, summary: Summary, kinds: frozenset[str]) -> Dossier:
    """Return the dossier of the repository that `summary`, of the checks of `kinds`, is about.

    Raises:
        ControlsError: when the repository is in no git, or one of its files cannot be read.
    """
    found = tree.read(context.root)
    proven = controls.claims(context, summary, kinds, found)
    states = {claim.control: claim.state for claim in proven}
    required = context.catalogue.of(context.manifest.tier)
    return Dossier(
        title=summary.title,
        name=context.manifest.name,
        tier=f"{summary.tier} {summary.tier_name}",
        lifecycle=summary.lifecycle,
        template_version=summary.template_version,
        day=context.today.isoformat(),
        commit=found.head,
        changed=tuple(sorted(found.changed)),
        counts={state: sum(claim.state == state for claim in proven) for state in _STATES},
        answers=(
            _answer("data", data.claims(context, found), proven),
            _answer("access", access.claims(context, found), proven),
            _answer("logging", logged.claims(context, found, states), proven),
            Answer("controls", "Every control of the tier", proven),
            Answer("evals", "What the evals measured", tuple(_reports(context.root, found))),
            Answer("decisions", "Decisions", tuple(_decisions(context.root, found))),
            Answer("incidents", "Incidents", tuple(_incidents(found))),
        ),
        standards=tuple(
            (standard.said, tuple(f"{c.id} {states[c.id]}" for c in citing))
            for standard, citing in context.catalogue.cited(required)
        ),
        check=as_data(summary),
        lines=tuple(found.lines()),
    )


_STATES = (State.ok, State.pending, State.failed, State.unseen)
_TITLES = {
    "data": "How is data handled?",
    "access": "How is access controlled?",
    "logging": "What is logged?",
}


def as_json(dossier: Dossier) -> str:
    """Return what `evidence.json` holds; its keys are an interface."""
    told = asdict(dossier)
    del told["lines"]
    told["standards"] = [{"standard": name, "controls": ids} for name, ids in dossier.standards]
    return json.dumps({"kind": KIND, **told}, indent=1, ensure_ascii=False) + "\n"


def _answer(id_: str, found: Iterator[Claim], proven: tuple[Claim, ...]) -> Answer:
    return Answer(id_, _TITLES[id_], (*found, *controls.of(id_, proven)))


def _reports(root: Path, found: Tree) -> Iterator[Claim]:
    """Yield each report as its run left it; whether it is of this tree, EVL-1 says."""
    for path in sorted((root / REPORTS).glob("*.json")):
        name = path.relative_to(root).as_posix()
        try:
            report = json.loads(path.read_bytes())
            text = (
                f"set {report['set']}: {report['verdict']}, {report['passed']} of "
                f"{report['cases']} cases, floor {report['floor']:g}, started {report['started']}"
            )
            state = State.ok if report["exit"] == 0 else State.failed
        except (OSError, ValueError, KeyError, TypeError) as error:
            text, state = f"{name} is no report: {error}", State.failed
        yield Claim(text, state, found.cite(name), "EVL-1")


def _decisions(root: Path, found: Tree) -> Iterator[Claim]:
    for path in record.names(root):
        try:
            one = record.read(root, path)
        except ControlsError as error:
            yield Claim(error.message, State.failed, found.cite(path))
            continue
        empty = tuple(f"not filled in: {title}" for title, _ in one.empty_sections())
        state = State.pending if empty else State.declared
        yield Claim(one.title or path, state, found.cite(path), "DEC-1", empty)


def _incidents(found: Tree) -> Iterator[Claim]:
    for path in found.digests:
        if path.startswith(INCIDENTS) and path.endswith(".md"):
            yield Claim(Path(path).stem, State.declared, found.cite(path))
