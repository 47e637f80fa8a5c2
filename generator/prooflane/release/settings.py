"""What a platform team says of its releases, in `release.yaml` beside `copier.yml`; all optional.

`supported` is a PEP 440 specifier of the versions that updates are tried from; `profiles` are named
sets of answers: the golden repositories that the team vouches for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from prooflane import document
from prooflane.errors import ProoflaneError
from prooflane.files import File

NAME = "release.yaml"
KEYS = {"supported", "profiles"}


@dataclass(frozen=True, slots=True)
class Settings:
    """The versions that are still supported, and the profiles by name; none: they are derived."""

    supported: SpecifierSet = field(default_factory=SpecifierSet)
    profiles: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


def load(files: Mapping[str, File]) -> Settings:
    """Return the settings of the template in `files`.

    Raises:
        ProoflaneError: when they are malformed.
    """
    if NAME not in files:
        return Settings()
    name = f"the template's {NAME!r}"
    data = document.mapping(document.parse(files[NAME].data, name) or {}, name)
    if unknown := sorted(data.keys() - KEYS):
        raise ProoflaneError(f"{name} has an unknown {unknown[0]!r}", "it has supported, profiles")
    rows = document.mapping(data.get("profiles") or {}, f"profiles of {name}")
    profiles = {key: document.mapping(row, f"profile {key!r}") for key, row in rows.items()}
    return Settings(_specifier(data.get("supported", ""), name), profiles)


def _specifier(value: object, name: str) -> SpecifierSet:
    try:
        return SpecifierSet(str(value))
    except InvalidSpecifier as error:
        raise ProoflaneError(
            f"supported of {name} is no range of versions: {value!r}", "supported: '>=0.3'"
        ) from error
