"""The static checks of merged trees: one warm process for each set of controls, a few at a time.

Repositories of one release and tier have the same controls, byte for byte; what is run is that
code, as the template gives it, and never a repository's own.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from prooflane.files import Entries
from prooflane.fleet.laid import Laid
from prooflane.gate import check
from prooflane.gate.check import Checked
from prooflane.gate.warm import Warm, reason, rows, warm
from prooflane.git.place import Place
from prooflane.merge.model import Objects
from prooflane.sync.outcome import Outcome

CODE = "controls/"
STATIC = ("check", "--static", "--base", "HEAD")
MOST = 3


@dataclass(frozen=True, slots=True)
class Running:
    """A warm process, the folder that it reads, and what ends both."""

    process: Warm
    laid: Laid
    ends: ExitStack


class Checks:
    """The warm processes of one worker; without a `python`, none is run."""

    def __init__(self, python: str, stack: ExitStack) -> None:
        self._python = python
        self._running: dict[str, Running] = {}
        stack.callback(self._end)

    def check(self, outcome: Outcome, place: Place, head: Entries, objects: Objects) -> Checked:
        """Return what the static checks of the new version say of the merged tree."""
        if outcome.merged.conflicts:
            return Checked(reason="not run, conflicts come first")
        if not self._python:
            return Checked(reason="not run, --no-checks")
        code = {path: e for path, e in outcome.new.tree.items() if path.startswith(CODE)}
        running = self._process(code, objects)
        root = running.laid.lay(outcome.merged.tree, head, place, objects)
        return self._asked(running, root, outcome.record)

    def own(self, place: Place, head: Entries, objects: Objects) -> Checked:
        """Return what a repository's own static checks say of it as it is."""
        code = {path: entry for path, entry in head.items() if path.startswith(CODE)}
        running = self._process(code, objects)
        return self._asked(running, running.laid.lay(head, head, place, objects), "")

    def _asked(self, running: Running, root: Path, record: str) -> Checked:
        printed, said = running.process.ask(root, *STATIC)
        if "ok" not in (data := rows(printed)):
            self._forget(running)
            return Checked(reason=f"not run, {reason(said)}")
        return check.checked(data, record)

    def _process(self, code: Entries, objects: Objects) -> Running:
        named = "".join(f"{path} {entry.id}\n" for path, entry in sorted(code.items()))
        key = hashlib.sha256(named.encode("utf-8", "surrogateescape")).hexdigest()
        if key not in self._running:
            while len(self._running) >= MOST:
                self._forget(next(iter(self._running.values())))
            self._running[key] = _start(self._python, code, objects)
        return self._running[key]

    def _forget(self, running: Running) -> None:
        self._running = {key: one for key, one in self._running.items() if one is not running}
        running.ends.close()

    def _end(self) -> None:
        for running in list(self._running.values()):
            self._forget(running)


def _start(python: str, code: Entries, objects: Objects) -> Running:
    with ExitStack() as stack:
        scratch = stack.enter_context(_scratch())
        for path, entry in code.items():
            place = scratch / "code" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(objects.read(entry.id))
        process = stack.enter_context(warm(python, scratch / "code"))
        return Running(process, Laid(scratch / "tree"), stack.pop_all())


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="prooflane-fleet-") as folder:
        for name in ("code", "tree"):
            Path(folder, name).mkdir()
        yield Path(folder)
