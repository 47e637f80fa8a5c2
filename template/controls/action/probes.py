"""The faults that the drills plant: each on the real code, in a folder that goes away.

A probe answers with how much it tried and what it managed to break.
"""

import dataclasses
import functools
import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from controls import git
from controls.action import attempts, consent, effect, files, proposal, rollback, sandbox, tools
from controls.action.consent import NAMESPACE, Statement
from controls.action.proposal import Action
from controls.action.sandbox import Limits, Order
from controls.action.tools import Allowed
from controls.approvals import ssh
from controls.check.model import Context, Finding
from controls.errors import ControlsError
from controls.gateway.refusal import Refused
from controls.manifest import NAME, Manifest

HERE = "controls/action"
BEFORE = {"workspaces/a.json": b"1", "workspaces/b.json": b"2"}
AFTER = {"workspaces/a.json": b"3", "workspaces/new/c.json": b"4"}
_SIGNER = ("-c", "user.name=probe", "-c", "user.email=probe@example.com")


@dataclass(frozen=True, slots=True)
class Table:
    """A folder with an act and the keys of three people, of whom it names two."""

    root: Path
    action: Action

    def sign(self, who: str, name: str, **other: str) -> None:
        """Put an approval by `who` under `name`; `other` is what it says differently."""
        namespace = other.pop("namespace", NAMESPACE)
        told = {
            "action": self.action.digest,
            "repository": self.action.repository,
            "expires": self.action.expires,
        }
        blob = Statement(**{**told, **other}).to_bytes()
        place = proposal.folder(self.root, self.action.id) / f"approval-{name}.json"
        place.write_bytes(blob)
        place.with_suffix(".sig").write_bytes(ssh.sign(self.root / who, blob, namespace))

    def agreed(self) -> bool:
        """Say whether the approvals are enough, and take them away again."""
        enough = consent.count(self.root, self.action, datetime.now(UTC)).enough
        for path in proposal.folder(self.root, self.action.id).glob("approval-*"):
            path.unlink()
        return enough


def approvals(context: Context) -> tuple[int, list[Finding]]:
    """Return how many ways to agree alone were tried, and a finding for each that worked."""
    with tempfile.TemporaryDirectory() as folder:
        table = _table(Path(folder), context.manifest.name)
        found = []
        for told, second in _ALONE.items():
            table.sign("one", "one")
            second(table)
            if table.agreed():
                found.append(Finding(f"an act is agreed to by {told}", f"{HERE}/consent.py"))
        table.sign("one", "one")
        table.sign("two", "two")
        if not table.agreed():
            found.append(Finding("two people cannot agree to an act", f"{HERE}/consent.py"))
    return len(_ALONE) + 1, found


_ALONE: Mapping[str, Callable[[Table], None]] = {
    "one person": lambda _: None,
    "one person twice": lambda table: table.sign("one", "again"),
    "a stranger": lambda table: table.sign("three", "three"),
    "an approval of another act": lambda t: t.sign("two", "two", action="0" * 64),
    "an approval for another repository": lambda t: t.sign("two", "two", repository="another"),
    "an expired approval": lambda t: t.sign("two", "two", expires="2020-01-01T00:00:00+00:00"),
    "an approval of a change": lambda t: t.sign("two", "two", namespace=ssh.NAMESPACE),
}


def _table(root: Path, repository: str) -> Table:
    for name in ("one", "two", "three"):
        command = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", root / name)
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    people = [
        {"name": name, "handle": f"@{name}", "key": ssh.public_key(root / name)}
        for name in ("one", "two")
    ]
    role = {"role": "probe", "principals": people, "threshold": 1, "paths": ["*"]}
    (root / NAME).write_text(json.dumps({"spec": {"approvals": [role]}}), encoding="utf-8")
    git.run(root, "init", "--quiet")
    git.run(root, "add", NAME)
    git.run(root, *_SIGNER, "commit", "--quiet", "--no-verify", "--message", "probe")
    action = _action(repository)
    proposal.keep(root, action)
    return Table(root, action)


def _action(repository: str = "probe") -> Action:
    return Action(
        repository=repository,
        tool="probe",
        arguments={},
        rules="",
        before=files.sha256(BEFORE),
        changes=files.changes(BEFORE, AFTER),
        run="",
        expires=proposal.moment(datetime.now(UTC), 1),
        nonce=proposal.nonce(),
    )


def arguments(allowed: Allowed, manifest: Manifest) -> tuple[int, list[Finding]]:
    """Return how many uses that are not allowed were tried, and a finding for each that passed."""
    tries: list[tuple[str, Callable[[], object]]] = [
        ("a tool that is not listed", lambda: allowed.get("no-such-tool")),
    ]
    for tool in allowed.tools.values():
        for told, odd in _odd(tool.arguments):
            attempt = functools.partial(tools.check, tool, odd)
            tries.append((f"{told} of tool {tool.name!r}", attempt))
        twin = dataclasses.replace(tool, name=f"{tool.name}-twin")
        tries.append(
            (f"a twin of {tool.name!r}", functools.partial(tools.effect_of, manifest, twin))
        )
    found = [
        Finding(f"{told} is allowed", tools.FILE) for told, attempt in tries if _passes(attempt)
    ]
    return len(tries), found


def _odd(schema: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    yield "a text for arguments", "all"
    yield "an argument that it does not name", {"no_such_argument": 1}
    properties = schema.get("properties")
    for name in properties if isinstance(properties, dict) else ():
        yield f"a mapping for {name!r}", {name: {"$where": "1"}}
        yield f"a text without end for {name!r}", {name: "x" * 2**20}


def _passes(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except ControlsError:
        return False
    return True


def escapes(root: Path) -> tuple[int, list[Finding]]:
    """Return how many ways out were tried, and a finding for each that was open."""
    places = [str(root / name) for name in ("ai-workflow.yaml", ".git/HEAD", ".aiwf")]
    told = _in_sandbox(attempts.PROGRAM, {"places": places}, Limits())
    found = [
        Finding(f"a tool in the sandbox can {way}", f"{HERE}/sandbox.py")
        for way, state in told.items()
        if state != "held"
    ]
    for way, program in attempts.ENDLESS.items():
        if _passes(functools.partial(_run, program, {}, Limits(1, 256, 64))):
            found.append(Finding(f"a tool in the sandbox can {way}", f"{HERE}/sandbox.py"))
    return len(told) + len(attempts.ENDLESS), found


def _in_sandbox(program: str, asked: Mapping[str, object], limits: Limits) -> Mapping[str, str]:
    found: Mapping[str, str] = json.loads(_run(program, asked, limits))
    return found


def _run(program: str, asked: Mapping[str, object], limits: Limits) -> str:
    return sandbox.run(Order("probe", program, asked, BEFORE, ("workspaces",), limits)).said


def rollbacks(_: Context) -> tuple[int, list[Finding]]:
    """Return how many states were put back, and a finding for each that was not as before."""
    with tempfile.TemporaryDirectory() as folder:
        root, action = Path(folder), _action()
        proposal.keep(root, action)
        effect.keep(root, action, AFTER)
        for path, content in BEFORE.items():
            files.put(root, path, content)
        artifact = rollback.keep(root, action, BEFORE)
        rollback.rehearse(artifact, action, BEFORE, AFTER)
        found = []
        contents = effect.load(root, action)
        for done in range(len(contents) + 1):
            for path in list(contents)[:done]:
                files.put(root, path, contents[path])
            _put_back(root, artifact, action)
            if files.read(root, ["workspaces"]) != BEFORE:
                told = f"an act cut off after {done} files is not rolled back"
                found.append(Finding(told, f"{HERE}/rollback.py"))
        files.put(root, "workspaces/a.json", b"somebody else's")
        if not _refuses(lambda: _put_back(root, artifact, action)):
            found.append(Finding("a later edit is rolled back too", f"{HERE}/rollback.py"))
    return len(contents) + 2, found


def _put_back(root: Path, artifact: rollback.Artifact, action: Action) -> None:
    artifact.undone(files.read(root, ["workspaces"]), action.changes)
    for path, content in artifact.before.items():
        files.put(root, path, content)


def _refuses(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except Refused:
        return True
    return False
