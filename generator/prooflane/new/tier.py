"""Which tier a new repository may have: one that the template offers, and none below the floor.

The rules are data in the template's catalogue, the same that the repository's own gate reads.
"""

from collections.abc import Mapping

from prooflane import catalogue
from prooflane.catalogue import Catalogue, Tier
from prooflane.errors import ProoflaneError
from prooflane.files import File

FACTS = {"audience": "audience", "oversight": "oversight", "data": "data_class"}


def read(files: Mapping[str, File], root: str) -> Catalogue | None:
    """Return the catalogue of the template in `files`, or None when it has no controls."""
    path = f"{root.strip('/')}/{catalogue.PATH}".lstrip("/")
    return catalogue.load(files[path].data) if path in files else None


def row(offered: Catalogue, answers: Mapping[str, object]) -> Tier | None:
    """Return what the catalogue says of the tier that was answered; None where none was."""
    answered = str(answers.get("tier", ""))
    return next((tier for tier in offered.tiers if str(tier.tier) == answered), None)


def refuse_absent(offered: Catalogue, given: Mapping[str, object]) -> None:
    """Return when the tier that was given is one of the template's, or none was.

    Raises:
        ProoflaneError: when the template does not have it.
    """
    asked = str(given.get("tier", ""))
    if asked and asked not in {str(tier.tier) for tier in offered.tiers}:
        names = ", ".join(f"{tier.tier} {tier.name}" for tier in offered.tiers)
        raise ProoflaneError(f"tier {asked!r} is not in this version", f"it has {names}")


def refuse_low(offered: Catalogue, answers: Mapping[str, object]) -> None:
    """Return when the tier is at or above what audience, oversight and data ask for.

    Raises:
        ProoflaneError: when it is lower, with the reason.
    """
    facts = {fact: [str(answers[name])] for fact, name in FACTS.items() if name in answers}
    lowest, reason = catalogue.floor(facts, offered.floor)
    answered = row(offered, answers)
    if answered and answered.tier < lowest:
        raise ProoflaneError(
            f"tier {answered.tier} is below {lowest}: {reason}", f"--tier {lowest}"
        )
