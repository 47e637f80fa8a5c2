"""Takes malformed OpenTelemetry settings out of the environment before the SDK reads them.

The SDK parses some numbers while it is imported and raises: one mistyped limit would stop every
verb. None of these numbers may thin out the evidence anyway, so a wrong one is the same as none.
"""

from collections.abc import MutableMapping

COUNTS = ("_LIMIT", "_TIMEOUT", "_QUEUE_SIZE", "_BATCH_SIZE", "_DELAY")


def mend(environ: MutableMapping[str, str]) -> tuple[str, ...]:
    """Remove every `OTEL_` number that is none, and return their names."""
    wrong = tuple(
        name
        for name, value in environ.items()
        if name.startswith("OTEL_") and name.endswith(COUNTS) and not _number(value)
    )
    for name in wrong:
        del environ[name]
    return wrong


def _number(value: str) -> bool:
    text = value.strip().lower()
    return text in {"", "unset"} or (text.isascii() and text.isdigit())
