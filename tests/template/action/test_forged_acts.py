"""What somebody with the act's folder, the trail or the clock in hand still does not get done."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from action_repository import ACME, Propose, acme, commit_all, entries

from controls import manifest
from controls.action import (
    command,
    consent,
    effect,
    execute,
    files,
    proposal,
    rollback,
    shown,
    trail,
)
from controls.action.files import Change
from controls.action.proposal import Action
from controls.audit import checkpoint, entry, head, proven, writer
from controls.audit.entry import Act
from controls.audit.merkle import leaf
from controls.errors import ControlsError
from controls.run import Run, start

Agreed = Callable[..., Action]


def refused(run: Run, act: str) -> str:
    """Return why an act is refused; what lies in the repository is as before, then."""
    before = files.read(run.root, ["workspaces"])
    with pytest.raises(ControlsError) as caught:
        execute.execute(run, act)
    assert files.read(run.root, ["workspaces"]) == before
    return caught.value.message


def forged(root: Path, keys: Path, contents: dict[str, bytes | None], **other: object) -> Action:
    """Return an act that no tool proposed, whose effect is `contents`, and that two people sign."""
    action = propose_of(root, contents, **other)
    for name in ("ada", "grace"):
        consent.sign(root, action, keys / name, action.expires)
    return action


def propose_of(root: Path, contents: dict[str, bytes | None], **other: object) -> Action:
    with start(root, feature="tests", data="internal") as run:
        allowed = execute.tools.load(root)
        known = allowed.get("change_setting")
        before = files.read(root, known.writes)
        changes = tuple(
            Change(path, digest(before.get(path)), digest(text))
            for path, text in sorted(contents.items())
        )
        action = Action(
            repository=run.manifest.name,
            tool=known.name,
            arguments={"workspace": "acme", "setting": "guests_allowed", "value": True},
            rules=known.sha256(root, allowed.limits),
            before=files.sha256(before),
            changes=changes,
            run="",
            expires=proposal.moment(datetime.now(UTC), 1),
            nonce=proposal.nonce(),
        )
        action = replace(action, **other)
        proposal.keep(root, action)
        after = {path: text for path, text in contents.items() if text is not None}
        effect.keep(root, action, after)
        trail.note(run, trail.PROPOSED, {"action": action.digest})
        return action


def digest(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def test_a_byte_of_the_trail_that_flips_brings_no_approval_back(
    root: Path, run: Run, agreed: Agreed
) -> None:
    action = agreed()
    execute.execute(run, action.id)
    execute.roll_back(run, action.id, "a test")
    path = root / ".aiwf/audit/00000001.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"kind":"intent"', b'"kind":"intenT"'))
    assert refused(run, action.id).startswith(
        "the audit trail does not prove whole, so nobody knows what was done: entry "
    )


def test_a_trail_that_is_taken_away_brings_no_approval_back(
    root: Path, run: Run, agreed: Agreed
) -> None:
    action = agreed()
    execute.execute(run, action.id)
    execute.roll_back(run, action.id, "a test")
    shutil.rmtree(root / ".aiwf/audit")
    assert "does not prove whole" in refused(run, action.id)
    writer.append(root, Act("exception", None, {}))
    assert refused(run, action.id) == (
        f"act {action.id} was not proposed here: no entry of the audit trail says so"
    )


def test_an_act_is_done_in_no_other_clone(
    root: Path, run: Run, agreed: Agreed, tmp_path: Path
) -> None:
    action = agreed()
    clone = Path(shutil.copytree(root, tmp_path / "clone", ignore=shutil.ignore_patterns("audit")))
    execute.execute(run, action.id)
    with start(clone, feature="tests", data="internal") as other:
        writer.append(clone, Act("exception", None, {}))
        assert "was not proposed here" in refused(other, action.id)


def test_a_trail_that_is_put_back_is_found_by_its_checkpoint(
    root: Path, run: Run, agreed: Agreed, keys: Path, tmp_path: Path
) -> None:
    action = agreed()
    shutil.copytree(root / ".aiwf/audit", tmp_path / "kept")
    execute.execute(run, action.id)
    execute.roll_back(run, action.id, "a test")
    known = manifest.load(root)
    checkpoint.make(root, known, proven.prove(root, known).verdict, keys / "ada")
    commit_all(root, "Checkpoint")
    shutil.rmtree(root / ".aiwf/audit")
    shutil.copytree(tmp_path / "kept", root / ".aiwf/audit")
    assert "entries are missing at the end" in refused(run, action.id)


def test_a_clock_that_is_put_back_revives_no_act(root: Path, run: Run, agreed: Agreed) -> None:
    ended = proposal.moment(datetime.now(UTC) + timedelta(minutes=1))
    action = agreed(expires=ended)
    path = root / ".aiwf/audit/00000001.jsonl"
    lines = path.read_bytes().splitlines()
    late = proposal.moment(datetime.now(UTC), 2)
    line = entry.line(leaf(lines[-1]).hex(), 2, entry.tail(Act("exception", None, {}), late))
    path.write_bytes(b"\n".join([*lines, line, b""]))
    there = head.Head(3, leaf(line).hex(), 1, path.stat().st_size)
    (root / ".aiwf/audit/head").write_bytes(there.to_bytes())
    assert refused(run, action.id) == f"act {action.id} expired at {ended}"


def test_no_act_may_be_done_for_longer_than_the_list_says(run: Run, agreed: Agreed) -> None:
    action = agreed(expires="2999-01-01T00:00:00+00:00")
    assert refused(run, action.id) == (
        f"act {action.id} ends at 2999-01-01T00:00:00+00:00: 24 hours are the most"
    )


@pytest.mark.sampled
@pytest.mark.parametrize("path", ["../escaped", "policy/tools.yaml", "workspaces/../controls/x"])
def test_an_act_that_no_tool_proposed_writes_nowhere_else(
    root: Path, run: Run, keys: Path, path: str
) -> None:
    action = forged(root, keys, {path: b"x"})
    assert refused(run, action.id) == f"{path!r} is outside of what the tool may change"
    assert not (root.parent / "escaped").exists()


def test_a_rollback_puts_nothing_back_but_the_state_before(
    root: Path, run: Run, agreed: Agreed
) -> None:
    action = agreed()
    execute.execute(run, action.id)
    path = proposal.folder(root, action.id) / rollback.NAME
    evil = {"action": action.digest, "before": {ACME: "ZXZpbA=="}}
    path.write_text(json.dumps(evil, sort_keys=True))
    facts = {"act": trail.DONE, "action": action.digest, "rollback": digest(path.read_bytes())}
    writer.append(root, Act(entry.INTENT, None, facts))  # as if it had been proven
    with pytest.raises(ControlsError, match="is of another act"):
        execute.roll_back(run, action.id, "a test")
    assert acme(root)["two_factor_required"] is True


def test_an_approval_is_not_written_through_a_link(
    root: Path, keys: Path, propose: Propose, tmp_path: Path
) -> None:
    action, precious = propose(), tmp_path / "precious"
    precious.write_text("kept")
    for ending in ("json", "sig"):
        (proposal.folder(root, action.id) / f"approval-ada.{ending}").symlink_to(precious)
    consent.sign(root, action, keys / "ada", action.expires)
    assert precious.read_text() == "kept"
    assert len(consent.count(root, action, datetime.now(UTC)).given) == 1


@pytest.mark.parametrize("where", ["folder", "draft"])
def test_a_link_that_is_put_in_the_way_at_the_last_moment_is_not_followed(
    root: Path, tmp_path: Path, where: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "acme.json").write_text("kept")
    if where == "folder":
        shutil.rmtree(root / "workspaces")
        (root / "workspaces").symlink_to(outside)
        with pytest.raises(OSError, match="Not a directory|Too many levels"):
            files.put(root, ACME, b"escaped")
    else:
        (root / "workspaces/.acme.json.act-draft").symlink_to(outside / "acme.json")
        files.put(root, ACME, b"inside")
        assert (root / ACME).read_text() == "inside"
    assert (outside / "acme.json").read_text() == "kept"


def test_what_was_a_folder_can_become_a_file_and_comes_back(
    root: Path, run: Run, keys: Path
) -> None:
    files.put(root, "workspaces/d/x", b"1")
    before = files.read(root, ["workspaces"])
    action = forged(root, keys, {"workspaces/d": b"a file", "workspaces/d/x": None})
    execute.execute(run, action.id)
    assert (root / "workspaces/d").read_text() == "a file"
    execute.roll_back(run, action.id, "a test")
    assert files.read(root, ["workspaces"]) == before


def test_what_cannot_be_written_is_put_back_and_leaves_no_draft(
    root: Path, run: Run, keys: Path
) -> None:
    long = f"workspaces/{'n' * 250}"
    action = forged(root, keys, {"workspaces/a.json": b"1", long: b"2"})
    assert refused(run, action.id).endswith("File name too long")
    assert sorted(path.name for path in (root / "workspaces").iterdir()) == [
        *("acme.json", "globex.json")
    ]


@pytest.mark.parametrize(
    ("old", "new", "seen"),
    [
        (b"\n", b"\r\n", "+{\\r"),
        (b"}\n", b"}", "\\ no line end"),
        (b"false", b"true\x1b[2K\x1b[8m", "true\\x1b[2K\\x1b[8m"),
        (b"guests", "guests\u200b".encode(), "guests\\u200b_allowed"),
        (b"guests", "\u202eguests".encode(), "\\u202eguests_allowed"),
        (b"\n", "\u2028".encode(), "\\u2028"),
    ],
    ids=["other line ends", "no line end", "colour codes", "zero width", "direction", "separator"],
)
def test_whatever_an_act_changes_is_to_be_seen(
    root: Path, old: bytes, new: bytes, seen: str
) -> None:
    before = files.read(root, ["workspaces"])
    told = files.diff(before, {**before, ACME: before[ACME].replace(old, new)})
    assert seen in told
    assert told == shown.shown(told)


def test_a_file_that_is_made_empty_is_to_be_seen() -> None:
    assert files.diff({}, {"w/new": b""}).splitlines() == [
        *("--- /dev/null", "+++ w/new", "  an empty file")
    ]


@pytest.mark.sampled
@pytest.mark.parametrize(
    "content",
    [b"[" * 16_000, b'{"action":"x","expires":5,"repository":"x"}', b'{"a":' * 3_000],
    ids=["deep", "a number for a time", "deep mappings"],
)
def test_an_approval_that_is_made_to_break_the_reader_is_none(
    root: Path, propose: Propose, content: bytes
) -> None:
    action = propose()
    (proposal.folder(root, action.id) / "approval-x.json").write_bytes(content)
    (proposal.folder(root, action.id) / "approval-x.sig").write_bytes(b"")
    counted = consent.count(root, action, datetime.now(UTC))
    assert counted.given == ()
    assert len(counted.refused) == 1


def test_a_time_that_is_no_text_is_over(root: Path, propose: Propose, keys: Path) -> None:
    action = propose()
    told = {"action": action.digest, "expires": 5, "repository": action.repository}
    blob = json.dumps(told, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    place = proposal.folder(root, action.id) / "approval-x.json"
    place.write_bytes(blob)
    place.with_suffix(".sig").write_bytes(consent.ssh.sign(keys / "ada", blob, consent.NAMESPACE))
    assert consent.count(root, action, datetime.now(UTC)).refused == (
        "approval-x.json expired at 5",
    )


@pytest.mark.sampled
@pytest.mark.parametrize("content", [b"[" * 200_000, b"{}", b"\xff"])
def test_an_act_that_cannot_be_read_hides_no_other(
    root: Path, propose: Propose, content: bytes
) -> None:
    action = propose()
    broken = root / proposal.FOLDER / ("a" * 12)
    broken.mkdir()
    (broken / proposal.NAME).write_bytes(content)
    rows = command._list(root, None).data
    assert {row["id"]: row["state"] for row in rows} == {
        action.id: "0 of 2",
        "a" * 12: "unreadable",
    }


@pytest.mark.sampled
@pytest.mark.parametrize(
    "fields",
    [{"tool": "x\x1b[2K"}, {"expires": "2026\n"}, {"run": "\u202e"}],
    ids=["tool", "expires", "run"],
)
def test_an_act_whose_words_steer_a_terminal_is_none(propose: Propose, fields: dict) -> None:
    assert proposal.parse(propose().to_bytes()) is not None
    assert proposal.parse(replace(propose(), **fields).to_bytes()) is None


def test_in_production_an_act_needs_what_a_call_needs(
    root: Path, agreed: Agreed, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = agreed()
    monkeypatch.setenv("AIWF_ENV", "production")
    who = {"user": "linus", "workspace": "tests", "data": "internal"}
    with start(root, feature="tests", **who) as run:
        told = refused(run, action.id)
        assert told.startswith("the policy refuses 'tool:change_setting': ")
        assert "only lifecycle production may run in production" in told
        assert "production needs an accountable owner of the workflow" in told
        with pytest.raises(ControlsError, match="only lifecycle production"):
            run.tool("change_setting", {})
    path = root / "ai-workflow.yaml"
    text = path.read_text().replace("lifecycle: experimental", "lifecycle: production", 1)
    path.write_text(text.replace("owner: null", 'owner: "@linus"', 1))
    with start(root, feature="tests", **who) as run:
        execute.execute(run, action.id)
    assert acme(root)["two_factor_required"] is True
    assert [each.facts["rule"] for each in entries(root, "act-refused")] == [
        *("production-lifecycle", "production-lifecycle")
    ]
