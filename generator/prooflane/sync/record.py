"""The decision record of a sync: what is known is written, what is judgement is left to a person.

A sync without conflict, hold or loss gives a complete record. Any other leaves the sections empty
in which somebody must say what was decided, and the repository's own check waits for them. Pure.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from prooflane import document
from prooflane.sync.controls import Difference
from prooflane.sync.holds import Hold

FOLDER = "decisions/"
NAMED = re.compile(r"decisions/(\d{4,})-[^/]+\.md")
# what a record has to name, as DEC-1 reads it
GOVERNED = ("prompts/", "workflow/", "evals/", "policy/")
MANIFEST = "ai-workflow.yaml"
ASKED = "<!-- {} -->"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a sync did, as its record tells it; `changed` are the paths that it changed."""

    url: str
    before: str
    after: str
    commit: str
    tiers: tuple[int, int]
    changed: tuple[str, ...]
    controls: tuple[Difference, ...]
    conflicts: tuple[str, ...]
    holds: tuple[Hold, ...]
    lost: tuple[str, ...]
    owner: str
    keeps_data: bool

    @property
    def title(self) -> str:
        """What the sync is, in a few words."""
        was, now = self.tiers
        tier = f"Tier {was} to {now}" if was != now else ""
        version = f"template {self.before} to {self.after}" if self.before != self.after else ""
        words = ", ".join(filter(None, (tier, version))) or "New answers to the template"
        return words[:1].upper() + words[1:]

    @property
    def name(self) -> str:
        """The same for a file's name."""
        was, now = self.tiers
        if was != now:
            return f"tier {now}"
        return f"template {self.after}" if self.before != self.after else "new answers"

    @property
    def is_routine(self) -> bool:
        """Whether nothing is left to a person's judgement."""
        return not (self.conflicts or self.holds or self.lost or self.tiers[0] != self.tiers[1])


def stem(facts: Facts, known: Iterable[str], beside: Iterable[str] = ()) -> str:
    """Return where the record goes, without `.md`: the number after the last.

    Of `beside`, which lies in the work tree without a commit, the record of this very sync keeps
    the number that it has.
    """
    slug = "-".join(re.findall(r"[a-z0-9.]+", facts.name.lower()))[:60].strip("-.")
    last, waiting = _last(known), [*beside]
    own = [path.removesuffix(".md") for path in waiting if path.endswith(f"-{slug}.md")]
    for written in own:
        if _last([f"{written}.md"]) > last and written.partition("-")[2] == slug:
            return written
    return f"{FOLDER}{max(last, _last(waiting)) + 1:04d}-{slug}"


def _last(paths: Iterable[str]) -> int:
    numbers = (int(match[1]) for path in paths if (match := NAMED.fullmatch(path)))
    return max(numbers, default=0)


def text(facts: Facts, stem: str) -> bytes:
    """Return the record."""
    number = stem.removeprefix(FOLDER).partition("-")[0]
    governed = [path for path in facts.changed if path.startswith(GOVERNED) or path == MANIFEST]
    head = {
        "title": facts.title,
        "date": None,
        "risk": "low" if facts.is_routine else "medium",
        "paths": governed,
    }
    front = "".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in head.items()
    )
    sections = "\n".join(f"## {name}\n\n{body}\n" for name, body in _sections(facts, stem))
    return f"---\n{front}---\n\n# {number} {facts.title}\n\n{sections}".encode()


def asks(facts: Facts) -> bool:
    """Say whether the record leaves a section to a person."""
    return not (facts.is_routine and facts.keeps_data)


@lru_cache(maxsize=4)
def said(manifest: bytes) -> Mapping[str, object]:
    """Return what a manifest says, parsed once for all who ask meanwhile.

    Raises:
        ProoflaneError: when it is no manifest.
    """
    return document.mapping(document.parse(manifest, MANIFEST), MANIFEST)


def data(manifest: bytes) -> tuple[object, object]:
    """Return what a manifest says of data, and which model may see which.

    Raises:
        ProoflaneError: when it is no manifest.
    """
    spec = document.mapping(said(manifest).get("spec") or {}, MANIFEST)
    models = spec.get("models")
    rows = [row for row in models if isinstance(row, dict)] if isinstance(models, list) else []
    allowed = [(row.get("ref"), row.get("allowed_data")) for row in rows]
    return spec.get("data"), allowed


def _sections(facts: Facts, stem: str) -> Iterator[tuple[str, str]]:
    yield "What changed", "\n\n".join(_what(facts, stem))
    yield "Why", _why(facts)
    yield (
        "Evidence",
        (
            f"Template {facts.url} at {facts.after}, commit `{facts.commit}`. `.prooflane.lock` "
            "holds the rendered tree's id and each control's version in force."
        ),
    )
    yield (
        "How it was tested",
        (
            "The merge alone: three trees, no file touched before all were ready. `make check` on "
            "this commit proves each control of the tier, and has not run as this is written."
        ),
    )
    yield "Blast radius", _radius(facts)
    yield "Data touched", _data(facts)
    yield (
        "How drift would be seen",
        (
            "`prooflane check` compares every managed file with its digest and names held "
            "controls; TPL-1 compares them in `make check`."
        ),
    )
    yield "Rollback trigger", _rollback(facts)
    yield "Who decides", _who(facts)


def _what(facts: Facts, stem: str) -> Iterator[str]:
    yield f"{facts.title}: {_count(len(facts.changed), 'file')} changed."
    if facts.controls:
        rows = (f"{row.id} {row.title}: {row.kind} ({row.how})" for row in facts.controls)
        yield "Controls:\n\n" + _list(rows)
    if facts.conflicts:
        yield "In conflict, resolved by hand:\n\n" + _list(f"`{path}`" for path in facts.conflicts)
    if facts.holds:
        rows = (
            f"{hold.id} stays at {hold.version}: {', '.join(hold.paths)}" for hold in facts.holds
        )
        yield "Held until the files hold what the template changed:\n\n" + _list(rows)
    if facts.lost:
        rows = (f"`{path}`" for path in facts.lost)
        yield f"Own edits that were taken out, kept in `{stem}.patch`:\n\n" + _list(rows)


def _why(facts: Facts) -> str:
    if facts.is_routine:
        return (
            "Controls are kept at the template's release; nothing of the owner's stood against it."
        )
    return ASKED.format("Why were conflicts, holds, lost edits or the tier decided as they are?")


def _radius(facts: Facts) -> str:
    named = ", ".join(row.id for row in facts.controls) or "no control"
    return f"What the changed files do: {named}. No file that is the owner's alone was changed."


def _data(facts: Facts) -> str:
    if facts.keeps_data:
        return "None: what ai-workflow.yaml says of data, and who may see it, stays the same."
    return ASKED.format("Which data does ai-workflow.yaml name now, and which model may see it?")


def _rollback(facts: Facts) -> str:
    if facts.is_routine:
        return "A control or an eval that passed before fails after: `git revert` of this commit."
    return ASKED.format("At which observation is this taken back, and how?")


def _who(facts: Facts) -> str:
    owner = facts.owner or "the owner, not named yet in ai-workflow.yaml"
    return f"{owner}, and the roles that `spec.approvals` of ai-workflow.yaml names for the tier."


def _list(rows: Iterable[str]) -> str:
    return "\n".join(f"- {row}" for row in rows)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
