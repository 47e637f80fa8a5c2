"""An act is done as it was agreed to and can be undone; anything else leaves all as it was."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from action_repository import ACME, Propose, acme, commit_all, entries, name_people, public

from controls.action import effect, execute, files, lock, proposal, rollback
from controls.action.proposal import Action
from controls.audit import read
from controls.errors import ControlsError
from controls.gateway import override, stop, switch
from controls.gateway.refusal import Refused
from controls.run import Run, start

TEMPLATE = Path(__file__).parents[3] / "template"

Agreed = Callable[..., Action]


def refused(run: Run, name: str, *, dry_run: bool = False) -> str:
    """Return why an act is refused; what it would change is as before, then."""
    before = files.read(run.root, ["workspaces"])
    with pytest.raises(ControlsError) as caught:
        execute.execute(run, name, dry_run=dry_run)
    assert files.read(run.root, ["workspaces"]) == before
    return caught.value.message


def undone(run: Run, name: str) -> str:
    """Return why an act is not rolled back; all is as before, then."""
    before = files.read(run.root, ["workspaces"])
    with pytest.raises(ControlsError) as caught:
        execute.roll_back(run, name, "a test")
    assert files.read(run.root, ["workspaces"]) == before
    return caught.value.message


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_an_act_is_done_and_rolled_back_to_the_byte(root: Path, run: Run, agreed: Agreed) -> None:
    before, action = files.read(root, ["workspaces"]), agreed()
    execute.execute(run, action.id)
    assert acme(root)["two_factor_required"] is True
    execute.roll_back(run, action.id, "the customer changed their mind")
    assert files.read(root, ["workspaces"]) == before


def test_the_trail_has_the_intent_before_the_outcome(root: Path, run: Run, agreed: Agreed) -> None:
    action = agreed()
    done = execute.execute(run, action.id)
    execute.roll_back(run, action.id, "a drill")
    act, back = entries(root, "intent")
    assert act.facts["action"] == back.facts["action"] == action.digest
    assert act.facts["approvers"] == ["@ada", "@grace"]
    assert act.facts["rollback"] == back.facts["rollback"] == done.artifact.ref
    assert back.facts["reason"] == "a drill"
    ended = [(each.facts["intent"], each.facts["result"]) for each in entries(root, "outcome")]
    assert ended == [(act.seq, "done"), (back.seq, "done")]


def test_a_dry_run_takes_every_step_but_the_act(root: Path, run: Run, agreed: Agreed) -> None:
    action = agreed()
    done = execute.execute(run, action.id, dry_run=True)
    assert done.seq is None
    assert acme(root)["two_factor_required"] is False
    assert entries(root, "intent") == []
    execute.execute(run, action.id)
    assert acme(root)["two_factor_required"] is True


def test_a_dry_run_is_refused_like_the_act(run: Run, propose: Propose) -> None:
    assert "has 0 of 2 approvals" in refused(run, propose().id, dry_run=True)


def test_nothing_is_done_while_calls_are_stopped(root: Path, run: Run, agreed: Agreed) -> None:
    action = agreed()
    stop.throw(root, "an incident")
    assert refused(run, action.id) == "all calls are stopped: an incident"


def test_an_act_is_rolled_back_while_calls_are_stopped(
    root: Path, run: Run, agreed: Agreed
) -> None:
    action = agreed()
    execute.execute(run, action.id)
    stop.throw(root, "an incident")
    execute.roll_back(run, action.id, "the incident")
    assert acme(root)["two_factor_required"] is False


def test_what_starts_from_another_state_is_refused(root: Path, run: Run, agreed: Agreed) -> None:
    action = agreed()
    edit(root / "workspaces/globex.json", "true", "false")
    assert refused(run, action.id) == (
        f"what act {action.id} starts from has changed since it was proposed"
    )


@pytest.mark.parametrize(
    "change",
    [
        ("workflow/tools/change_setting.py", "before, ", "before_, "),
        ("policy/tools.yaml", "maxLength: 40", "maxLength: 50"),
        ("policy/tools.yaml", "memory_mb: 512", "memory_mb: 1024"),
        ("policy/tools.yaml", "reads: []", "reads: [workflow/knowledge]"),
    ],
    ids=["its program", "its schema", "its limits", "what it sees"],
)
def test_a_tool_that_is_another_by_now_is_refused(
    root: Path, run: Run, agreed: Agreed, change: tuple[str, str, str]
) -> None:
    action = agreed()
    path, old, new = change
    edit(root / path, old, new)
    assert refused(run, action.id) == (
        f"tool 'change_setting' is not what it was when act {action.id} was proposed"
    )


def test_a_tool_that_left_the_list_is_refused(root: Path, run: Run, agreed: Agreed) -> None:
    action = agreed()
    edit(root / "policy/tools.yaml", "  change_setting:", "  other:")
    assert refused(run, action.id) == "tool 'change_setting' is not in policy/tools.yaml"


def test_an_act_of_another_repository_is_refused(run: Run, agreed: Agreed) -> None:
    action = agreed(repository="billing")
    assert refused(run, action.id) == f"act {action.id} is of repository 'billing'"


def test_an_act_without_a_name_is_refused(run: Run) -> None:
    assert refused(run, "../../../etc/passwd") == "'../../../etc/passwd' names no act"
    assert refused(run, "0" * 12) == f"there is no act {'0' * 12!r}: No such file or directory"


def test_other_bytes_than_those_agreed_to_are_not_written(
    root: Path, run: Run, agreed: Agreed
) -> None:
    action = agreed()
    path = proposal.folder(root, action.id) / effect.NAME
    told = json.loads(path.read_text())
    path.write_text(json.dumps(told | {"workspaces/globex.json": None}))
    assert refused(run, action.id) == (
        f".aiwf/actions/{action.id}/effect.json is not what act {action.id} changes"
    )


def test_without_a_trail_nothing_is_done(root: Path, run: Run, agreed: Agreed) -> None:
    action = agreed()
    (root / ".aiwf/audit/head").unlink()
    assert refused(run, action.id).startswith("the head of the audit trail is gone")
    shutil.rmtree(root / ".aiwf/audit")
    assert "there is no audit trail" in refused(run, action.id)


def test_a_trail_that_cannot_be_written_keeps_the_act_from_happening(
    root: Path, run: Run, agreed: Agreed
) -> None:
    action = agreed()
    execute.execute(run, action.id, dry_run=True)
    switch.throw(root, "so that there is a trail")
    switch.release(root, "and no stop", "@ada")
    segment = root / ".aiwf/audit/00000001.jsonl"
    segment.write_bytes(segment.read_bytes()[:-40])  # shorter than its head: nobody's accident
    with pytest.raises(ControlsError, match="is shorter than its head"):
        execute.execute(run, action.id)
    assert acme(root)["two_factor_required"] is False


def test_an_act_of_a_run_that_was_set_aside_is_refused(root: Path, agreed: Agreed) -> None:
    with start(root, feature="tests") as proposer:
        proposer.trail.outcome = "answered"
    action = agreed(run=proposer.id)
    seq = override.record(root, proposer.id, "it misread the ticket", "@ada")
    with start(root, feature="tests") as run, pytest.raises(Refused) as caught:
        execute.execute(run, action.id)
    assert caught.value.message == (
        f"run {proposer.id}, which proposed act {action.id}, was set aside"
    )
    assert caught.value.hint.startswith(f"entry {seq} of the audit trail")
    assert acme(root)["two_factor_required"] is False


def test_what_was_never_done_is_not_rolled_back(run: Run, agreed: Agreed) -> None:
    action = agreed()
    assert undone(run, action.id) == f"act {action.id} was never done"
    execute.execute(run, action.id, dry_run=True)
    assert undone(run, action.id) == f"act {action.id} was never done"


def test_an_act_is_rolled_back_once(run: Run, agreed: Agreed) -> None:
    action = agreed()
    execute.execute(run, action.id)
    execute.roll_back(run, action.id, "a test")
    assert undone(run, action.id) == f"act {action.id} is rolled back already"


def test_what_somebody_changed_since_is_not_overwritten(
    root: Path, run: Run, agreed: Agreed
) -> None:
    action = agreed()
    execute.execute(run, action.id)
    edit(root / ACME, "guests_allowed", "guests_welcome")
    assert undone(run, action.id) == (
        "'workspaces/acme.json' was changed after the act, so it is not rolled back"
    )


def test_another_way_back_than_the_proven_one_is_refused(
    root: Path, run: Run, agreed: Agreed
) -> None:
    action = agreed()
    execute.execute(run, action.id)
    path = proposal.folder(root, action.id) / rollback.NAME
    told = json.loads(path.read_text())
    path.write_text(json.dumps(told | {"before": {ACME: None}}))
    assert undone(run, action.id).endswith(f"{rollback.NAME} is of another act")
    path.write_text(json.dumps(told, indent=1))
    assert undone(run, action.id) == (
        f"the rollback artifact of act {action.id} is not the one that was proven"
    )


def test_a_disk_that_fails_in_the_middle_leaves_all_as_it_was(
    root: Path, run: Run, agreed: Agreed, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, action = files.read(root, ["workspaces"]), agreed()
    put, calls = files.put, []

    def full(where: Path, path: str, content: bytes | None) -> None:
        calls.append(path)
        put(where, path, content)
        if path == ACME and calls.count(ACME) == 1:
            raise OSError(28, "No space left on device", path)

    monkeypatch.setattr(files, "put", full)
    with pytest.raises(ControlsError) as caught:
        execute.execute(run, action.id)
    assert caught.value.message == (
        f"act {action.id} was put back: workspaces/acme.json: No space left on device"
    )
    assert files.read(root, ["workspaces"]) == before
    assert [each.facts["result"] for each in entries(root, "outcome")] == ["failed"]


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {template!r})
from controls.action import execute, files
from controls.run import start
put = files.put
def last(root, path, content):
    put(root, path, content)
    if path.startswith("workspaces"):
        os.kill(os.getpid(), signal.SIGKILL)
files.put = last
with start(Path({root!r}), feature="tests", data="internal") as run:
    execute.execute(run, {act!r})
"""


def test_an_act_that_was_killed_in_the_middle_is_rolled_back(
    root: Path, run: Run, agreed: Agreed
) -> None:
    before, action = files.read(root, ["workspaces"]), agreed()
    program = KILLED.format(template=str(TEMPLATE), root=str(root), act=action.id)
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == -signal.SIGKILL
    assert acme(root)["two_factor_required"] is True
    assert entries(root, "outcome") == []
    assert "was done before" in refused(run, action.id)
    execute.roll_back(run, action.id, "the process was killed")
    assert files.read(root, ["workspaces"]) == before


def test_two_processes_do_not_act_at_once(root: Path, agreed: Agreed) -> None:
    action = agreed()
    program = KILLED.format(template=str(TEMPLATE), root=str(root), act=action.id)
    with lock.held(root):
        process = subprocess.Popen([sys.executable, "-c", program])
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(2)
        assert acme(root)["two_factor_required"] is False
    assert process.wait(30) == -signal.SIGKILL
    assert acme(root)["two_factor_required"] is True


def test_files_that_an_act_makes_and_deletes_come_and_go(tmp_path: Path) -> None:
    before = {"w/old.json": b"1", "w/same.json": b"2"}
    after = {"w/new/deep.json": b"3", "w/same.json": b"2"}
    changes = files.changes(before, after)
    assert [(each.path, each.before is None, each.after is None) for each in changes] == [
        ("w/new/deep.json", True, False),
        ("w/old.json", False, True),
    ]
    for path, content in before.items():
        files.put(tmp_path, path, content)
    for change in changes:
        files.put(tmp_path, change.path, after.get(change.path))
    assert files.read(tmp_path, ["w"]) == after
    for change in changes:
        files.put(tmp_path, change.path, before.get(change.path))
    assert files.read(tmp_path, ["w"]) == before


def test_a_wrong_artifact_is_found_in_the_rehearsal(propose: Propose, root: Path) -> None:
    action = propose()
    before = files.read(root, ["workspaces"])
    after = effect.applied(before, effect.load(root, action))
    with pytest.raises(ControlsError, match="is of another act"):
        rollback.keep(root, action, {**before, ACME: b"another time"})
    artifact = replace(rollback.keep(root, action, before), before={ACME: b"another time"})
    with pytest.raises(Refused, match="does not undo the act"):
        rollback.rehearse(artifact, action, before, after)


@pytest.fixture
def controls(project: Callable[..., Path], keys: Path) -> Callable[..., tuple[int, str]]:
    """Return a function that runs `python -m controls` in a whole tier-4 repository."""
    root = project(4)
    name_people(
        root, ("Ada", "@ada", public(keys, "ada")), ("Grace", "@grace", public(keys, "grace"))
    )
    commit_all(root, "Name who agrees to acts")

    def command(*words: object, status: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "controls", *map(str, words)],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "OTEL_TRACES_SAMPLER": "always_off"},
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    command.root = root  # type: ignore[attr-defined]
    return command


@pytest.mark.slow
@pytest.mark.usefixtures("sandboxed")
def test_the_workflow_proposes_two_people_agree_it_is_done_and_rolled_back(
    controls: Callable[..., str], keys: Path
) -> None:
    root: Path = controls.root  # type: ignore[attr-defined]
    words = "Please require two-factor authentication for the workspace acme"
    proposed = json.loads(controls("action", "propose", "--json", *words.split()))
    act = proposed["action"]
    assert "0 of 2" in controls("action", "list")
    assert "1 of 2" not in controls("action", "run", act, status=2)
    assert acme(root)["two_factor_required"] is False
    controls("action", "approve", act, "--key", keys / "ada")
    said = controls("action", "run", act, status=2)
    assert f"error: act {act} has 1 of 2 approvals (@ada)" in said
    assert "✓ @grace" in controls("action", "approve", act, "--key", keys / "grace")
    assert "would be done" in controls("action", "run", act, "--dry-run")
    assert acme(root)["two_factor_required"] is False
    assert f"act {act} is done: @ada, @grace agreed" in controls("action", "run", act)
    assert acme(root)["two_factor_required"] is True
    assert "was done before" in controls("action", "run", act, status=2)
    assert "is rolled back" in controls("action", "rollback", act, "--reason", "a drill")
    assert acme(root)["two_factor_required"] is False
    assert "rolled back" in controls("action", "list")
    assert "as they were written" in controls("audit", "verify")
    assert read.exists(root)


def test_a_tier_without_tools_says_so(project: Callable[..., Path]) -> None:
    root = project(2)
    program = (
        "from pathlib import Path; from controls.run import start\n"
        "from controls.errors import ControlsError\n"
        "try:\n"
        "    with start(Path('.').resolve(), feature='tests') as run: run.tool('anything', {})\n"
        "except ControlsError as error: print(error.message)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("tier 2 has no tools\n", "")
    assert not (root / "controls/action").exists()
