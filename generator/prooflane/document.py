"""Reads YAML that somebody else wrote.

Decides how large, how deep and how tricky it may be. What the data means is decided by
`prooflane.answers`, `prooflane.catalogue` and `prooflane.render.config`; nothing untyped leaves.
"""

import yaml

from prooflane.errors import ProoflaneError

LIMIT = 256 * 1024
DEPTH = 24
# the C loader parses as the pure one does, six to nine times faster
Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
HINT = "write plain lines: `name: value`"
_OPEN = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_CLOSE = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


def parse(blob: bytes, name: str, limit: int = LIMIT, largest: int = 0) -> object:
    """Return the one YAML document in `blob`, which messages call `name`.

    Aliases are refused unless `largest` says how many values the document may have with each alias
    written out.

    Raises:
        ProoflaneError: when it is too large, not UTF-8, not YAML, nested too deep, or has aliases.
    """
    if len(blob) > limit:
        raise ProoflaneError(f"{name} is larger than {limit // 1024} KiB", "keep it short")
    try:
        text = blob.decode("utf-8")
        _refuse_tricks(text, name, largest)
        return yaml.load(text, Loader)  # noqa: S506 - both are safe loaders
    except UnicodeDecodeError as error:
        raise ProoflaneError(f"{name} is not UTF-8 at byte {error.start}", HINT) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f" at line {mark.line + 1}" if mark else ""
        raise ProoflaneError(f"{name} is not valid YAML{line}: {error.problem}", HINT) from error
    except (yaml.YAMLError, ValueError) as error:
        raise ProoflaneError(
            f"{name} is not valid YAML: {str(error).splitlines()[0]}", HINT
        ) from error
    except (LookupError, AttributeError) as error:
        # how the library fails at `!!bool maybe`, `!!int ""` and `!!timestamp soon`
        raise ProoflaneError(f"{name} has a value that its tag does not fit", HINT) from error


def mapping(value: object, name: str) -> dict[str, object]:
    """Return `value` as a mapping with text keys.

    Raises:
        ProoflaneError: when it is anything else; the message calls it `name`.
    """
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise ProoflaneError(f"{name} is not a mapping of names to values", HINT)
    return value


def _refuse_tricks(text: str, name: str, largest: int) -> None:
    # events are flat: a bomb of aliases or brackets is seen before anything is built from it
    sizes: dict[str, int] = {}
    open_: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(text, Loader):
        if isinstance(event, yaml.AliasEvent):
            if not largest:
                raise ProoflaneError(
                    f"{name} uses the alias {event.anchor!r}", "write the value out"
                )
            total += sizes.get(str(event.anchor), 0)
        elif isinstance(event, _OPEN):
            open_.append((event.anchor, total))
        elif isinstance(event, _CLOSE):
            anchor, before = open_.pop()
            sizes |= {anchor: total - before + 1} if anchor else {}
        total += isinstance(event, yaml.NodeEvent)
        if len(open_) > DEPTH:
            raise ProoflaneError(f"{name} is nested deeper than {DEPTH} levels", HINT)
        if largest and total > largest:
            raise ProoflaneError(f"{name} grows beyond {largest} values by its aliases", HINT)
