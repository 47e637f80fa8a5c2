"""The golden profiles: sets of answers that stand for the repositories people have.

Named ones come from `release.yaml`. Without any, they are derived: each tier with all defaults,
and from there each other choice of each question, one at a time; what a validator refuses is none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prooflane.errors import ProoflaneError
from prooflane.release.settings import NAME, Settings
from prooflane.render.question import Choice, Posed
from prooflane.render.questionnaire import Answers
from prooflane.render.tree import Origin, Template

TIER = "tier"
MOST = 200


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile and its answers; all checks are run for a `main` one, and static ones for each."""

    name: str
    answers: Answers
    is_main: bool

    @property
    def tier(self) -> int | None:
        """The tier, where the template knows tiers."""
        tier = self.answers.recorded.get(TIER)
        return tier if isinstance(tier, int) else None


def profiles(template: Template, settings: Settings, origin: Origin) -> tuple[Profile, ...]:
    """Return the profiles of one version of the template; none is there twice.

    A version that does not know a question of a named profile yet is not asked it.

    Raises:
        ProoflaneError: when a named profile is refused, or nothing can be derived.
    """
    asked = {question.name for question in template.config.questions}
    if settings.profiles:
        named = (
            _named(template, name, {k: v for k, v in given.items() if k in asked}, origin)
            for name, given in settings.profiles.items()
        )
        return tuple(named)
    found: dict[str, Profile] = {}
    for profile in _derived(template, origin):
        found.setdefault(repr(sorted(profile.answers.recorded.items())), profile)
        if len(found) >= MOST:
            break
    if not found:
        raise ProoflaneError(
            "no profile can be derived: the defaults do not answer every question",
            f"{NAME}: profiles: {{typical: {{NAME: VALUE}}}}",
        )
    return tuple(found.values())


def _named(template: Template, name: str, given: Mapping[str, object], origin: Origin) -> Profile:
    try:
        return Profile(name, template.answers(given, origin), is_main=True)
    except ProoflaneError as error:
        raise ProoflaneError(f"profile {name!r}: {error.message}", error.hint) from error


def _derived(template: Template, origin: Origin) -> Iterator[Profile]:
    seeds = _values(template, TIER, {}) if _asks(template, TIER) else []
    for seed in [{TIER: value} for value in seeds] or [{}]:
        plain = _answered(template, seed, origin)
        if plain is None:
            continue
        yield Profile(_name(seed), plain, is_main=True)
        for question in template.config.questions:
            for value in _values(template, question.name, plain.values):
                given = {**seed, question.name: value}
                if question.name not in seed and (found := _answered(template, given, origin)):
                    yield Profile(_name(given), found, is_main=False)


def _asks(template: Template, name: str) -> bool:
    return any(question.name == name for question in template.config.questions)


def _answered(template: Template, given: Mapping[str, object], origin: Origin) -> Answers | None:
    try:
        return template.answers(given, origin)
    except ProoflaneError:
        return None


def _values(template: Template, name: str, scope: Mapping[str, object]) -> list[object]:
    question = next(row for row in template.config.questions if row.name == name)
    posed = Posed(question, {**scope, "_copier_phase": "prompt"}, template.compiler)
    try:
        if not (posed.applies and posed.is_asked) or question.multiselect:
            return []
        if posed.type == "bool":
            return [True, False]
        return [row.value for row in posed.choices() if _is_offered(row)]
    except ProoflaneError:
        return []


def _is_offered(choice: Choice) -> bool:
    return not choice.disabled


def _name(given: Mapping[str, object]) -> str:
    return " ".join(f"{key}={value}" for key, value in given.items()) or "defaults"
