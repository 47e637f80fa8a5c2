"""What a caller may say of a run, checked before `controls.run` begins it. Values only."""

from collections.abc import Mapping
from typing import TypeVar

from controls.errors import ControlsError

Value = TypeVar("Value")

RECORDED = ("gen_ai.", "aiwf.", "enduser.", "error.")
OWN = "aiwf.eval."  # which case of which set a run is, nobody else can know


def text(name: str, value: str | None) -> str | None:
    """Return `value`, the run's `name`, where it is text.

    Raises:
        ControlsError: for one that was read from bytes that are not UTF-8.
    """
    try:
        (value or "").encode()
    except UnicodeEncodeError as error:
        told = f"the {name} {value!r} is not UTF-8 text at character {error.start}"
        raise ControlsError(told, f"give the {name} in UTF-8") from error
    return value


def attributes(given: Mapping[str, Value] | None) -> dict[str, Value]:
    """Return the keys that a caller adds to the spans of a run.

    Raises:
        ControlsError: for a key that is recorded or computed: nobody asserts what a run did.
    """
    for key in given or {}:
        if key.startswith(RECORDED) and not key.startswith(OWN):
            told = f"{key!r} is read off what a run did, and no caller can set it"
            raise ControlsError(told, "use a name of your own, such as acme.ticket")
    return dict(given or {})
