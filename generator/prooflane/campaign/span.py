"""A time as a person says it. Pure."""

UNITS = (("d", 86400, 2), ("h", 3600, 1), ("min", 60, 1))


def span(seconds: float) -> str:
    """Return `seconds` in the largest unit that says enough."""
    for unit, size, least in UNITS:
        if seconds >= size * least:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(1.0, seconds):.0f} s"
