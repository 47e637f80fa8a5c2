"""The stop switch: one file that makes the gateway refuse every call, in every process, at once.

Who may throw it, and how that is recorded, is decided by higher tiers; a switch that cannot be read
counts as thrown.
"""

from pathlib import Path

from controls.errors import ControlsError
from controls.gateway.refusal import Refused

FILE = Path(".aiwf/stop")


def refuse(root: Path) -> None:
    """Let a call pass while the switch is not thrown.

    Raises:
        Refused: with the reason that was given.
    """
    reason = thrown(root)
    if reason is not None:
        raise Refused(
            f"all calls are stopped: {reason or 'no reason was given'}",
            hint="python -m controls gateway resume lets them pass again",
            rule="stop",
        )


def thrown(root: Path) -> str | None:
    """Return the reason why calls are stopped, None while they are not."""
    try:
        return (root / FILE).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        return f"{FILE} cannot be read ({type(error).__name__})"


def throw(root: Path, reason: str) -> None:
    """Stop all calls from now on; a call that is under way ends.

    Raises:
        ControlsError: when they cannot be stopped, or are and nobody can be told why.
    """
    path = root / FILE
    told = "calls are not stopped"
    try:
        path.parent.mkdir(exist_ok=True)
        path.touch()  # a full disk has room for a name
        told = "every call is refused from now on, but the reason is lost"
        path.write_text(reason, encoding="utf-8")
    except OSError as error:
        raise ControlsError(
            f"{told}: {FILE} cannot be written: {error.strerror or error}",
            "make the folder writable and free some space",
        ) from error


def release(root: Path) -> None:
    """Let calls pass again."""
    (root / FILE).unlink(missing_ok=True)
