"""The one value that means "no default", which None cannot: None is an answer."""

from enum import Enum


class Missing(Enum):
    """Stands where a question has no default."""

    MISSING = "missing"


MISSING = Missing.MISSING
