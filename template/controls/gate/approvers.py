"""Compares who may approve: a role that names people is loosened by whoever joins or replaces them.

The first people of a role that named nobody loosen nothing: until then nobody could approve.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from controls import document
from controls.approvals import people, ssh
from controls.document import Document
from controls.gate.row import Compared, Row
from controls.gate.side import Side
from controls.manifest import NAME, Principal, Role


@dataclass(frozen=True, slots=True)
class _Pair:
    before: Role
    after: Role | None
    line: int

    def row(self, what: str, before: str, after: str) -> Row:
        return Row("approvers", f"{self.before.role} {what}", before, after, NAME, self.line)


def compare(base: Side, change: Side) -> Compared:
    """Return what `change` loosens in spec.approvals; a cell is a person or a rule of a role."""
    old, new = people.of(base.read(NAME)), people.of(change.read(NAME))
    blob = change.read(NAME)
    told = document.parse(blob, NAME) if blob is not None else Document(NAME, None, {})
    after = {role.role: role for role in new}
    pairs = [_Pair(role, after.get(role.role), _line(told, new, role.role)) for role in old]
    rows = tuple(row for pair in pairs for row in _rows(pair))
    cells = sum(2 + len(role.principals) for role in (*old, *new))
    return Compared(cells, 0, rows)


def _rows(pair: _Pair) -> Iterator[Row]:
    before, after = pair.before, pair.after
    if after is None:
        yield pair.row("as a role", "there", "gone")
        return
    if after.threshold < before.threshold:
        yield pair.row("threshold", str(before.threshold), str(after.threshold))
    lost = [path for path in before.paths if path not in after.paths]
    if lost and "*" not in after.paths:
        yield pair.row("paths", ", ".join(before.paths), ", ".join(after.paths) or "none")
    if people.named(before):
        yield from _people(pair, people.named(before), people.named(after))


def _people(
    pair: _Pair, before: tuple[Principal, ...], after: tuple[Principal, ...]
) -> Iterator[Row]:
    known = {_identity(person) for person in before}
    for person in after:
        if _identity(person) not in known:
            old = next((other for other in before if people.same(person, other)), None)
            yield pair.row("approver", _said(old) if old else "none", _said(person))
    if len(after) < min(len(before), pair.before.threshold):
        yield pair.row("approvers", f"{len(before)} named", f"{len(after)} named")


def _identity(person: Principal) -> tuple[str, str]:
    return person.handle.casefold(), ssh.material(person.key) or ""


def _said(person: Principal) -> str:
    key = (ssh.material(person.key) or "no key").split()[-1][-12:]
    return f"{person.handle} (key …{key})" if person.key else person.handle


def _line(told: Document, roles: tuple[Role, ...], name: str) -> int:
    names = [role.role for role in roles]
    step = (names.index(name), "principals") if name in names else ()
    return told.line(("spec", "approvals", *step))
