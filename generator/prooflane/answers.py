"""The answers that a person gives on the command line or in a file.

Decides their form only. What they mean, and which of them a template knows, is decided by
`prooflane.render.questionnaire`.
"""

from collections.abc import Iterable
from pathlib import Path

from prooflane import document
from prooflane.errors import ProoflaneError
from prooflane.files import is_text

LIMIT = 64 * 1024


def load(path: Path) -> dict[str, object]:
    """Return the answers in the YAML file at `path`; keys of Copier (`_commit`) are left out.

    Raises:
        ProoflaneError: when it cannot be read or is not a small, plain mapping.
    """
    name = f"answers file {str(path)!r}"
    try:
        with path.open("rb") as file:
            blob = file.read(LIMIT + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ProoflaneError(
            f"{name} cannot be read: {reason}", "--answers takes a file"
        ) from error
    data = document.mapping(document.parse(blob, name, LIMIT), name)
    return {key: value for key, value in data.items() if not key.startswith("_")}


def pairs(items: Iterable[str]) -> dict[str, object]:
    """Return the answers in `items`, each `key=value`; the last of a key counts.

    Raises:
        ProoflaneError: when an item has no `=`, or is not UTF-8.
    """
    answers: dict[str, object] = {}
    for item in items:
        key, equals, value = item.partition("=")
        if not (key and equals):
            raise ProoflaneError(f"--set needs KEY=VALUE, got {item!r}", "--set team=support")
        if not is_text(item):
            raise ProoflaneError(f"--set {item!r} is not UTF-8", "type it in a UTF-8 terminal")
        answers[key] = value
    return answers
