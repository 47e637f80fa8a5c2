"""The errors of a call that the gateway did not make, or did not let through. Values only."""

from controls.errors import ControlsError


class Refused(ControlsError):
    """A call that never reached a provider; `rule` names what refused it."""

    def __init__(self, message: str, hint: str = "", rule: str = "") -> None:
        super().__init__(message, hint)
        self.rule = rule


class PolicyRefused(Refused):
    """The policy denies the call; `rules` are all that do, `rule` is the first of them."""

    def __init__(self, message: str, hint: str = "", *rules: str) -> None:
        super().__init__(message, hint, next(iter(rules), ""))
        self.rules = rules


class BudgetRefused(Refused):
    """The call could cost more than a budget still holds; `rule` names the scope.

    `passing` says that it would fit once other calls have settled.
    """

    def __init__(self, message: str, hint: str = "", rule: str = "", *, passing: bool) -> None:
        super().__init__(message, hint, rule)
        self.passing = passing


class LimitRefused(Refused):
    """Too many calls in too short a time; `rule` names whose limit it is.

    After `seconds` there is room for one more.
    """

    def __init__(self, message: str, hint: str = "", rule: str = "", *, seconds: float) -> None:
        super().__init__(message, hint, rule)
        self.seconds = seconds


class ProviderFailed(ControlsError):
    """The provider was asked and gave no usable answer."""
