"""The forges that a fleet lives on, each connected once, when a repository needs it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from prooflane.campaign.settings import Settings
from prooflane.campaign.writer import Writer
from prooflane.errors import ProoflaneError
from prooflane.event import Event
from prooflane.fleet.ledger.database import Ledger
from prooflane.fleet.repository import Repository
from prooflane.forge.connect import KINDS, connect
from prooflane.forge.hosts import kind_at


@dataclass(frozen=True, slots=True)
class Forges:
    """Writers by kind; one that cannot be reached is asked once, and its error is kept."""

    ledger: Ledger
    settings: Settings
    says: Callable[[Event], None]
    _made: dict[str, Writer | ProoflaneError] = field(default_factory=dict)

    def of(self, repository: Repository) -> Writer:
        """Return who writes to `repository`.

        Raises:
            ProoflaneError: when its forge has no token, or does not know it.
        """
        kind = kind_of(repository)
        if kind not in self._made:
            self._made[kind] = self._connected(kind)
        made = self._made[kind]
        if isinstance(made, ProoflaneError):
            raise made
        return made

    def _connected(self, kind: str) -> Writer | ProoflaneError:
        settings = self.settings
        try:
            forge = connect(kind, settings.timeout)
            writer = Writer(forge, self.ledger, settings.rate, settings.attempts, self.says)
            writer.ask(lambda one: one.identity)
        except ProoflaneError as error:
            return error
        return writer


def kind_of(repository: Repository) -> str:
    """Return the kind of forge that a repository is on."""
    if repository.key.startswith("/"):
        return "folder"
    kind = repository.source.partition(":")[0]
    if kind in KINDS:
        return kind
    # a list names no forge
    return kind_at(repository.key.partition("/")[0])
