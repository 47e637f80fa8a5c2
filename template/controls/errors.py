"""The one error that a user of the controls can meet; `controls.cli` makes it an exit status."""


class ControlsError(Exception):
    """A fact that stops a command: one lower-case sentence without a full stop.

    `hint` says what to do about it, on a line of its own; `status` is the exit status of the
    command line, 2 unless a verb documents another.
    """

    def __init__(self, message: str, hint: str = "", status: int = 2) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status
