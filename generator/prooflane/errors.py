"""What stops a command: one sentence, a hint, an exit status.

Raised anywhere, spoken in one place (`prooflane.cli`). Nothing else may end a command: a traceback
that a user can cause is a defect.
"""

MAINTAINER = "tell whoever maintains the template"


class ProoflaneError(Exception):
    """Says what is wrong in one lower-case sentence and, in `hint`, what to do about it."""

    def __init__(self, message: str, hint: str = "", status: int = 2) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status


class EmptyError(ProoflaneError):
    """Says that a repository is there and has no commit yet: nothing is wrong with it."""


def defect(error: Exception) -> ProoflaneError:
    """Return what is said of an `error` that nobody foresaw: one of many never ends the others."""
    said = (str(error).splitlines() or ["no reason given"])[0]
    return ProoflaneError(f"{type(error).__name__}: {said}", "tell us: this is a defect")
