"""What the model card and the AI-BOM say: the manifest, the prompts, and what was measured.

Read here, once, for both. Nothing is taken from a run that is not committed: a reader of the
documents has the same tree, and finds in it each figure that they show.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from controls import catalogue, manifest, prompts
from controls.catalogue import Tier
from controls.errors import ControlsError
from controls.evals import baseline
from controls.manifest import Manifest
from controls.prompts import Prompt

NOBODY = "nobody yet"
LIMITS = {  # of the models that come with every repository; of others nothing is known here
    "embedded": (
        "quotes sentences of the sources that it is given, and writes none of its own",
        "abstains where the sources are silent, and reads English only",
        "no language model: it stands in until one is chosen",
    )
}
UNKNOWN = ("its training data, its architecture and its provider's own tests are not described",)


@dataclass(frozen=True, slots=True)
class Measured:
    """The committed baseline of one set on one model; `rate` is the share of cases that passed."""

    set: str
    model: str
    rate: float
    passed: int
    day: str
    prompt: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the documents are made of."""

    manifest: Manifest
    tier: Tier
    prompts: tuple[Prompt, ...]
    measured: tuple[Measured, ...]


def gather(root: Path) -> Facts:
    """Return the facts of the repository at `root`.

    Raises:
        ControlsError: when manifest, a prompt or a baseline cannot be read.
    """
    found = manifest.load(root)
    names = sorted(path.stem for path in (root / "prompts").glob("*.md"))
    return Facts(
        found,
        catalogue.load(root).tier(found.tier),
        tuple(prompts.load(root, name) for name in names),
        tuple(_measured(path) for path in sorted((root / baseline.FOLDER).glob("*.json"))),
    )


def limits(provider: str) -> tuple[str, ...]:
    """Return what is known not to be expected of a model of `provider`."""
    return LIMITS.get(provider, UNKNOWN)


def _measured(path: Path) -> Measured:
    kept = baseline.load(path)
    try:
        figures = kept.figures if kept else {}
        return Measured(
            str(figures["set"]),
            str(figures["model"]),
            float(str(figures["rate"])),
            int(str(figures["passed"])),
            str(figures["started"])[:10],
            _prompt(kept.prompt if kept else {}),
        )
    except (KeyError, ValueError) as error:
        raise ControlsError(
            f"baseline {path.name!r} cannot be read: {error}", "save a new one with --save-baseline"
        ) from error


def _prompt(named: Mapping[str, object]) -> str:
    return f"{named['name']}@{named.get('version')}" if "name" in named else ""
