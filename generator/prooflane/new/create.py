"""The verb: answers + version -> tree -> commit -> set up -> checked.

Decides the order, so that whatever can be refused is refused before anything is written. It yields
events while it works; how they look is decided by `prooflane.report`.
"""

import shlex
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from prooflane import lock
from prooflane.catalogue import Catalogue, Tier
from prooflane.errors import ProoflaneError
from prooflane.event import Event, Notice, Phase, Step
from prooflane.files import File, tree_id
from prooflane.gate import verify as gate
from prooflane.gate.verify import Verification
from prooflane.git.identity import Identity, identity, require_version
from prooflane.git.snapshot import snapshot
from prooflane.new import destination, tier
from prooflane.render import foreign
from prooflane.render import tree as render
from prooflane.render.errors import NotHermeticError
from prooflane.render.questionnaire import Ask, take_default
from prooflane.source import signature
from prooflane.source.find import Source, find

# how to ask a person, given what the template offers
Asking = Callable[[Catalogue | None], Ask]


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asked for; `given` are the answers, the tier among them."""

    destination: Path
    given: Mapping[str, object] = field(default_factory=dict)
    template: str | None = None
    to: str | None = None
    is_plan: bool = False
    verifies: bool = True


@dataclass(frozen=True, slots=True)
class Rendered:
    """A project's files, the answers that made them, its tier's row and that tier's controls."""

    tree: Mapping[str, File]
    answers: Mapping[str, object]
    controls: tuple[str, ...] = ()
    tier: Tier | None = None


@dataclass(frozen=True, slots=True)
class Created:
    """What was made, or, for a plan, what would be: then `commit` is empty."""

    path: Path
    source: Source
    rendered: Rendered
    tree: str
    commit: str
    seconds: float
    verification: Verification | None = None


def new(request: Request, asking: Asking | None = None) -> Generator[Event, None, Created]:
    """Create a repository and return what was made; without `asking`, nobody is asked.

    Raises:
        ProoflaneError: when it cannot be, and then nothing was written; or, with status 130, when
            it was interrupted and somebody has already worked in the repository, which stays.
        KeyboardInterrupt: when it was interrupted; nothing of it is left.
    """
    started = time.monotonic()
    path, who = _ready(request)
    source = find(request.template, request.to)
    yield from map(Notice, source.notices)
    rendered = _rendered(source, request, path, asking)
    signer, said = signature.judge(source, rendered.tier.tier if rendered.tier else 0)
    yield from map(Notice, said)
    source = replace(source, notices=(*source.notices, *said))
    if asking:
        started = time.monotonic()  # a person's thinking is not counted
    digest = tree_id(rendered.tree)
    commit = ""
    if not request.is_plan:
        tree = _locked(source, rendered, digest, signer)
        commit = destination.build(path, tree, _message(source), who)
    made = Created(path, source, rendered, digest, commit, time.monotonic() - started)
    if request.is_plan or not request.verifies or not rendered.controls:
        return made
    return (yield from _verified(made))


def _ready(request: Request) -> tuple[Path, Identity]:
    require_version()
    who = identity()
    if request.verifies and not request.is_plan:
        gate.require_make()
    return destination.check(request.destination), who


def _rendered(source: Source, request: Request, path: Path, asking: Asking | None) -> Rendered:
    try:
        with snapshot(source.repository, source.commit) as files:
            return _by_us(files, source, request, path, asking)
    except NotHermeticError as error:
        if source.is_ours:
            raise ProoflaneError(f"the template is not hermetic: it uses {error}") from error
        return _by_copier(source, request, path, asks=asking is not None)


def _by_us(
    files: Mapping[str, File],
    source: Source,
    request: Request,
    path: Path,
    asking: Asking | None,
) -> Rendered:
    template = render.load(files)
    if asking:
        template.compile()  # whoever is asked questions is asked once, by us or by Copier
    offered = tier.read(files, template.config.subdirectory)
    if offered:
        tier.refuse_absent(offered, request.given)
    origin = render.Origin(source.url, source.version, path.name)
    suggested = {"project_name": _title(path.name)} if source.is_ours else {}
    ask = asking(offered) if asking else take_default
    answers = template.answers(request.given, origin, suggested, ask)
    if offered is None:
        return Rendered(template.render(answers), answers.recorded)
    tier.refuse_low(offered, answers.recorded)
    row = tier.row(offered, answers.recorded)
    controls = tuple(control.id for control in offered.of(row.tier)) if row else ()
    return Rendered(template.render(answers), answers.recorded, controls, row)


def _by_copier(source: Source, request: Request, path: Path, *, asks: bool) -> Rendered:
    tree = foreign.render(source.url, source.commit, request.given, path.name, asks=asks)
    return Rendered(tree, request.given)


def _locked(source: Source, rendered: Rendered, digest: str, signer: str) -> dict[str, File]:
    state = lock.fresh(source.url, source.version, source.commit, digest, rendered.controls)
    return {**rendered.tree, lock.NAME: File(lock.dump(replace(state, signer=signer)))}


def _message(source: Source) -> str:
    return f"Create the repository from its template at {source.version}"


def _title(folder: str) -> str:
    words = folder.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _verified(made: Created) -> Generator[Event, None, Created]:
    yield Step("create", Phase.done, made.seconds)
    try:
        verification = yield from gate.verify(made.path)
    except KeyboardInterrupt as error:
        if destination.take_back(made.path, made.commit):
            raise
        raise ProoflaneError(
            f"interrupted: {str(made.path)!r} is kept, it holds what this command did not make",
            f"cd {shlex.quote(str(made.path))} && make setup && make check",
            130,
        ) from error
    return replace(made, verification=verification)
