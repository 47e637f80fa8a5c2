"""Reads policy/data.yaml, the owner's numbers: caps, routing, prices, budgets, links and contacts.

Decides what a well-formed file is; a number that is absent or odd is an error, never a default, so
that a call without its cap or price is refused. Which rules use the numbers:
`controls/policy/*.rego` and `controls.gateway`. The data class x endpoint matrix is not here but in
the manifest.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path

from controls import document
from controls.document import LIMIT, Document, Step
from controls.errors import ControlsError

FILE = "policy/data.yaml"
SECTIONS = ("caps", "routing", "prices", "budgets", "calls", "batch", "urls", "safety")
DEAREST = 1_000_000  # US dollars a million tokens; above it is a slip of the finger
BLOCK, DEGRADE, QUEUE = "block", "degrade", "queue"


@dataclass(frozen=True, slots=True)
class Caps:
    """What one call may carry at one tier; tokens are counted by `controls.gateway.tokens`."""

    context_tokens: int
    top_k: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Route:
    """Where a call goes next when the confidence of the first answer is `below`.

    `logprobs` asks the provider for the probability of its tokens, from which it is read.
    """

    escalate_to: str
    below: float
    logprobs: bool = False


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """US dollars a million tokens; `notional` means that nobody is paid."""

    input: Decimal
    output: Decimal
    notional: bool


@dataclass(frozen=True, slots=True)
class Budgets:
    """What a passed hard limit does: `block`, `degrade` to another model, or `queue` for a while.

    A reservation that nobody settled is taken back after `hold_minutes`.
    """

    on_hard: str
    degrade_to: str | None
    wait_seconds: float
    hold_minutes: float


@dataclass(frozen=True, slots=True)
class Calls:
    """How long a provider may take, and which pause that it asks for is waited out."""

    timeout_seconds: float
    retry_after_seconds: float


@dataclass(frozen=True, slots=True)
class Batch:
    """How many questions of a batch are asked at once, and how many in one request of a provider.

    Its result is asked for after `poll_seconds`, then less and less often.
    """

    at_once: int
    together: int
    poll_seconds: float


@dataclass(frozen=True, slots=True)
class PolicyData:
    """The file as values."""

    caps_by_tier: Mapping[int, Caps]
    routing: Mapping[str, Route]
    prices: Mapping[str, OwnPrice]
    budgets: Budgets
    calls: Calls
    batch: Batch
    allowed_hosts: tuple[str, ...]
    contacts: tuple[str, ...]

    def caps(self, tier: int) -> Caps:
        """Return the caps of `tier`.

        Raises:
            ControlsError: when the file has none: there is no call without a cap.
        """
        if tier not in self.caps_by_tier:
            raise ControlsError(
                f"{FILE}: caps has no tier {tier}", hint=f'add caps."{tier}" to {FILE}'
            )
        return self.caps_by_tier[tier]


def load(root: Path) -> PolicyData:
    """Return the numbers of the repository at `root`.

    Raises:
        ControlsError: when the file is absent, not YAML, or a value is missing, unknown or odd;
            the message names the line, the path in the file and the value.
    """
    return _parsed(content(root))


def content(root: Path) -> bytes:
    """Return the file as it lies in the tree.

    Raises:
        ControlsError: when it is absent or unreadable.
    """
    try:
        return (root / FILE).read_bytes()
    except OSError as error:
        raise ControlsError(f"{FILE} cannot be read: {error.strerror}") from error


@lru_cache(maxsize=8)
def _parsed(blob: bytes) -> PolicyData:
    """Parse each content once: a call reads the file, and it hardly ever changes."""
    return parse(document_of(blob))


@lru_cache(maxsize=8)
def document_of(blob: bytes) -> Document:
    """Return the file's content with its line numbers; nobody changes it, it is parsed once.

    Raises:
        ControlsError: when it is too large or not plain YAML.
    """
    if len(blob) > LIMIT:
        raise ControlsError(f"{FILE} is larger than {LIMIT // 1024} KiB", hint="keep it short")
    return document.parse(blob, FILE)


def parse(source: Document) -> PolicyData:
    """Return what `source` says.

    Raises:
        ControlsError: as `load` does.
    """
    top = _Node(source, ())
    top.closed(SECTIONS)
    return PolicyData(
        caps_by_tier={_tier(node): _caps(node) for node in top.at("caps").items()},
        routing={node.name: _route(node) for node in top.at("routing").items()},
        prices={node.name: _price(node) for node in top.at("prices").items()},
        budgets=_budgets(top.at("budgets")),
        calls=_calls(top.at("calls")),
        batch=_batch(top.at("batch")),
        allowed_hosts=top.at("urls").closed(("allow",)).at("allow").words(),
        contacts=top.at("safety").closed(("contacts",)).at("contacts").words(),
    )


@dataclass(frozen=True, slots=True)
class _Node:
    document: Document
    path: tuple[Step, ...]

    @property
    def name(self) -> str:
        return str(self.path[-1])

    @property
    def value(self) -> object:
        value: object = self.document.data
        for step in self.path:
            value = value.get(step) if isinstance(value, dict) else None
        return value

    def at(self, key: str) -> "_Node":
        return _Node(self.document, (*self.path, key))

    def mapping(self) -> Mapping[str, object]:
        if not isinstance(self.value, dict):
            raise self.odd("a mapping")
        return self.value

    def items(self) -> list["_Node"]:
        return [self.at(key) for key in self.mapping()]

    def closed(self, keys: tuple[str, ...]) -> "_Node":
        for key in self.mapping():
            if key not in keys:
                raise self.at(key).odd(f"known here; known are {', '.join(keys)}", "is not")
        return self

    def words(self) -> tuple[str, ...]:
        value = self.value
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.odd("a list of words")
        return tuple(value)

    def number(self, test: Callable[[Decimal], bool], wanted: str) -> Decimal:
        value = self.value
        try:
            number = Decimal(str(value)) if not isinstance(value, bool) else Decimal("NaN")
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or not test(number):
            raise self.odd(wanted)
        return number

    def whole(self, key: str) -> int:
        return int(self.at(key).number(_positive_whole, "a whole number above 0"))

    def odd(self, wanted: str, verb: str = "must be") -> ControlsError:
        place = f"{FILE}:{self.document.line(self.path)}: {'.'.join(map(str, self.path))}"
        return ControlsError(
            f"{place} {verb} {wanted}, it has {self.value!r}",
            hint=f"correct {FILE}; calls are refused until then",
        )


def _tier(node: _Node) -> int:
    if node.name not in {"0", "1", "2", "3", "4"}:
        raise node.odd("under a tier from 0 to 4")
    return int(node.name)


def _caps(node: _Node) -> Caps:
    node.closed(("context_tokens", "top_k", "output_tokens"))

    return Caps(*map(node.whole, ("context_tokens", "top_k", "output_tokens")))


def _positive_whole(number: Decimal) -> bool:
    return number > 0 and number == number.to_integral_value()


def _route(node: _Node) -> Route:
    node.closed(("escalate_to", "below", "logprobs"))
    target = node.at("escalate_to").value
    if not isinstance(target, str) or target == node.name:
        raise node.at("escalate_to").odd("another model's ref")
    below = node.at("below").number(lambda n: 0 <= n <= 1, "a number from 0 to 1")
    return Route(target, float(below), _optional_flag(node.at("logprobs")))


def _optional_flag(node: _Node) -> bool:
    if node.value is not None and not isinstance(node.value, bool):
        raise node.odd("true or false")
    return node.value is True


def _price(node: _Node) -> OwnPrice:
    node.closed(("input", "output", "notional"))
    notional = node.at("notional").value
    if not isinstance(notional, bool):
        raise node.at("notional").odd("true or false")

    def dollars(key: str) -> Decimal:
        return node.at(key).number(lambda n: 0 <= n <= DEAREST, f"US dollars from 0 to {DEAREST}")

    return OwnPrice(dollars("input"), dollars("output"), notional)


def _budgets(node: _Node) -> Budgets:
    node.closed(("on_hard", "degrade_to", "wait_seconds", "hold_minutes"))
    action, other = node.at("on_hard").value, node.at("degrade_to").value
    if action not in {BLOCK, DEGRADE, QUEUE}:
        raise node.at("on_hard").odd(f"{BLOCK}, {DEGRADE} or {QUEUE}")
    if not (isinstance(other, str) or (other is None and action != DEGRADE)):
        raise node.at("degrade_to").odd("a model's ref")
    wait = node.at("wait_seconds").number(lambda n: n >= 0, "seconds, 0 or more")
    hold = node.at("hold_minutes").number(lambda n: n > 0, "minutes, above 0")
    return Budgets(str(action), other, float(wait), float(hold))


def _calls(node: _Node) -> Calls:
    node.closed(("timeout_seconds", "retry_after_seconds"))
    timeout = node.at("timeout_seconds").number(lambda n: n > 0, "seconds, above 0")
    pause = node.at("retry_after_seconds").number(lambda n: n >= 0, "seconds, 0 or more")
    return Calls(float(timeout), float(pause))


def _batch(node: _Node) -> Batch:
    node.closed(("at_once", "together", "poll_seconds"))
    poll = node.at("poll_seconds").number(lambda n: n > 0, "seconds, above 0")
    return Batch(node.whole("at_once"), node.whole("together"), float(poll))
