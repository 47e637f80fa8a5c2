"""SEC-1: no secret in a file that git tracks or would. Scanning itself is in `scan`."""

from collections.abc import Iterable
from pathlib import Path

from controls import git
from controls.check.model import Context, Finding, Outcome
from controls.errors import ControlsError
from controls.secrets.scan import scan

_HINT = "remove it, revoke it where it was issued, and read it from the environment"


def clean(context: Context) -> Outcome:
    """Return the place of each secret; `n` counts the files, and none at all is failed."""
    try:
        return outcome(context.root, git.files(context.root))
    except ControlsError as error:
        return Outcome.failed(0, "nothing was scanned", Finding(error.message, hint=error.hint))


def outcome(root: Path, names: Iterable[str]) -> Outcome:
    """Return the outcome for the files `names` alone.

    Raises:
        ControlsError: when the scanner is missing or fails.
    """
    found = scan(root, names)
    evidence = f"{found.files} files scanned with kingfisher"
    findings = tuple(
        Finding(f"a secret, by rule {leak.rule!r}", leak.path, leak.line, _HINT)
        for leak in found.leaks
    )
    if findings or not found.files:
        return Outcome.failed(found.files, evidence, *findings)
    return Outcome.ok(found.files, evidence)
