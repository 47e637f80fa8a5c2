"""Two different people agree to exactly one act, once; whatever comes close does not count."""

import dataclasses
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from action_repository import Propose, acme, commit_all, entries, public, rename

from controls.action import consent, execute, proposal
from controls.action.consent import Statement
from controls.action.proposal import Action
from controls.approvals import ssh
from controls.errors import ControlsError
from controls.gateway.refusal import Refused
from controls.run import Run

NOW = datetime.now(UTC)


def refusal(run: Run, action: Action) -> str:
    """Return why the act is refused; what it would change is as before, then."""
    before = acme(run.root)
    with pytest.raises(Refused) as caught:
        execute.execute(run, action.id)
    assert acme(run.root) == before
    return caught.value.message


def put(root: Path, action: Action, key: Path, name: str, **other: str) -> None:
    """Put an approval in place as its author made it, whatever he wrote."""
    namespace = other.pop("namespace", consent.NAMESPACE)
    told = {"action": action.digest, "repository": action.repository, "expires": action.expires}
    blob = Statement(**{**told, **other}).to_bytes()
    place = proposal.folder(root, action.id) / f"approval-{name}.json"
    place.write_bytes(blob)
    place.with_suffix(".sig").write_bytes(ssh.sign(key, blob, namespace))


def test_two_people_agree_and_the_act_is_done(root: Path, run: Run, agreed) -> None:
    done = execute.execute(run, agreed().id)
    assert [each.person.handle for each in done.counted.given] == ["@ada", "@grace"]
    assert acme(root)["two_factor_required"] is True


def test_one_person_is_not_enough(root: Path, run: Run, keys: Path, propose: Propose) -> None:
    action = propose()
    consent.sign(root, action, keys / "ada", action.expires)
    assert refusal(run, action) == f"act {action.id} has 1 of 2 approvals (@ada)"


def test_the_same_approver_twice_is_one(root: Path, run: Run, keys: Path, propose: Propose) -> None:
    action = propose()
    consent.sign(root, action, keys / "ada", action.expires)
    put(root, action, keys / "ada", "grace")
    assert refusal(run, action) == (
        f"act {action.id} has 1 of 2 approvals (@ada); approval-grace.json is by @ada a second time"
    )


@pytest.mark.parametrize(
    ("name", "handle", "key"),
    [
        pytest.param("Ada Two", "@ada2", "ada", id="one key under two handles"),
        pytest.param("Ada", "@ada2", "grace", id="one name with two keys"),
        pytest.param("Ada Two", "@ADA", "grace", id="one handle with two keys"),
    ],
)
def test_one_person_under_two_names_is_one(
    root: Path, keys: Path, name: str, handle: str, key: str
) -> None:
    rename(root, ("Ada", "@ada", public(keys, "ada")), (name, handle, public(keys, key)))
    commit_all(root, "Name one person twice")
    assert [person.handle for person in consent.approvers(root)] == ["@ada"]


def test_an_approval_counts_once(root: Path, run: Run, agreed) -> None:
    action = agreed()
    execute.execute(run, action.id)
    execute.roll_back(run, action.id, "a test")
    [seq] = [each.seq for each in entries(root, "intent") if each.facts["act"] == "act"]
    assert refusal(run, action).startswith(
        f"act {action.id} was done before: entry {seq} of the audit trail, "
    )


def test_an_old_folder_put_back_does_not_bring_its_approvals_back(
    root: Path, run: Run, agreed, tmp_path: Path
) -> None:
    action = agreed()
    folder = proposal.folder(root, action.id)
    shutil.copytree(folder, tmp_path / "kept")
    execute.execute(run, action.id)
    execute.roll_back(run, action.id, "a test")
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "kept", folder)
    assert "was done before" in refusal(run, action)


def test_an_approval_of_another_act_does_not_count(
    root: Path, run: Run, keys: Path, propose: Propose, agreed
) -> None:
    other, action = agreed(), propose()
    consent.sign(root, action, keys / "ada", action.expires)
    for ending in (".json", ".sig"):
        name = f"approval-grace{ending}"
        shutil.copy(proposal.folder(root, other.id) / name, proposal.folder(root, action.id) / name)
    assert refusal(run, action) == (
        f"act {action.id} has 1 of 2 approvals (@ada); approval-grace.json is for another act"
    )


def test_the_same_change_proposed_again_is_another_act(propose: Propose) -> None:
    assert propose().digest != propose().digest


def test_an_approval_ends_when_its_author_said(
    root: Path, run: Run, keys: Path, propose: Propose
) -> None:
    action = propose()
    ended = proposal.moment(NOW - timedelta(seconds=1))
    consent.sign(root, action, keys / "ada", action.expires)
    consent.sign(root, action, keys / "grace", ended)
    assert refusal(run, action) == (
        f"act {action.id} has 1 of 2 approvals (@ada); approval-grace.json expired at {ended}"
    )


def test_an_act_ends_with_all_its_approvals(run: Run, agreed) -> None:
    ended = proposal.moment(NOW - timedelta(seconds=1))
    action = agreed(expires=ended)
    assert refusal(run, action) == f"act {action.id} expired at {ended}"


@pytest.mark.parametrize(
    "expires", ["", "never", "2999-01-01T00:00:00", "2999-99-99T00:00:00+00:00"]
)
def test_a_time_that_cannot_be_read_is_over(expires: str) -> None:
    assert proposal.over(expires, NOW)


def test_an_approval_of_a_change_is_none_of_an_act(
    root: Path, run: Run, keys: Path, propose: Propose
) -> None:
    action = propose()
    consent.sign(root, action, keys / "ada", action.expires)
    put(root, action, keys / "grace", "grace", namespace=ssh.NAMESPACE)
    assert "approval-grace.json is not signed by a person whom" in refusal(run, action)


def test_an_approval_for_another_repository_does_not_count(
    root: Path, run: Run, keys: Path, propose: Propose
) -> None:
    action = propose()
    consent.sign(root, action, keys / "ada", action.expires)
    put(root, action, keys / "grace", "grace", repository="billing")
    assert "approval-grace.json is for repository 'billing'" in refusal(run, action)


def test_a_statement_that_was_edited_is_not_signed(run: Run, root: Path, agreed) -> None:
    action = agreed()
    path = proposal.folder(root, action.id) / "approval-grace.json"
    later = json.loads(path.read_text()) | {"expires": "2999-01-01T00:00:00+00:00"}
    path.write_bytes(Statement(**later).to_bytes())
    assert "approval-grace.json is not signed by" in refusal(run, action)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"action":1}', b"null"])
def test_whatever_is_no_approval_is_said_to_be_none(
    root: Path, run: Run, agreed, content: bytes
) -> None:
    action = agreed()
    (proposal.folder(root, action.id) / "approval-grace.json").write_bytes(content)
    assert "approval-grace.json is no approval" in refusal(run, action)


def test_who_writes_the_manifest_here_does_not_choose_who_agrees(root: Path, keys: Path) -> None:
    rename(root, ("Ada", "@ada", public(keys, "ada")), ("Mallory", "@m", public(keys, "mallory")))
    assert [person.handle for person in consent.approvers(root)] == ["@ada", "@grace"]
    commit_all(root, "Now it is on record")
    assert [person.handle for person in consent.approvers(root)] == ["@ada", "@m"]


def test_a_stranger_cannot_sign(root: Path, keys: Path, propose: Propose) -> None:
    action = propose()
    with pytest.raises(ControlsError) as caught:
        consent.sign(root, action, keys / "mallory", action.expires)
    assert caught.value.message == (
        f"{str(keys / 'mallory')!r} is the key of nobody whom ai-workflow.yaml"
        " of the last commit names"
    )


def test_a_signature_of_a_stranger_does_not_count(
    root: Path, run: Run, keys: Path, propose: Propose
) -> None:
    action = propose()
    consent.sign(root, action, keys / "ada", action.expires)
    put(root, action, keys / "mallory", "grace")
    assert "approval-grace.json is not signed by" in refusal(run, action)


def test_an_act_with_another_argument_is_not_the_one_that_was_agreed_to(
    root: Path, run: Run, agreed
) -> None:
    action = agreed()
    path = proposal.folder(root, action.id) / proposal.NAME
    other = dataclasses.replace(action, arguments={**action.arguments, "workspace": "globex"})
    path.write_bytes(other.to_bytes())
    with pytest.raises(ControlsError) as caught:
        execute.execute(run, action.id)
    assert caught.value.message.endswith(f"is not the act {action.id!r} any more")
    assert acme(root)["two_factor_required"] is False
