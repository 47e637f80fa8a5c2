"""The review queue as a person uses it: nothing is sent unread, every decision has a person."""

import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import warm

from controls import catalogue
from controls import manifest as manifests
from controls.check.model import Context, State
from controls.errors import ControlsError
from controls.gateway.database import writing
from controls.review import checks, queue, store
from controls.review.draft import Draft, edit_ratio
from controls.tracing import read

TEXT = "Open Settings and choose Reset password. [password-reset]"


def controls(root: Path, *args: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return warm.run("controls", "review", *args, cwd=root, given=given)


def reviews(root: Path) -> list[dict[str, object]]:
    return [
        dict(event.attributes)
        for span in read.spans(root)
        for event in span.events
        if event.name == "aiwf.human.review"
    ]


def test_a_reply_waits_as_a_draft_with_its_question_and_label(draft):
    assert (draft.state, draft.version, draft.actor, draft.edit_ratio) == ("draft", 1, "", 0.0)
    assert draft.question == "How do I reset my password?"
    assert draft.citations == ("password-reset",)
    assert "sources attached" in draft.disclosure


def test_an_unread_draft_cannot_be_sent(root, draft):
    with pytest.raises(ControlsError) as error:
        queue.decide(root, draft, "send", "@ada")
    assert error.value.message == f"draft {draft.id!r} cannot be sent: nobody has reviewed it"
    assert store.get(root, draft.id).state == "draft"


def test_an_approved_draft_is_sent_and_both_steps_are_traced(root, draft):
    approved = queue.decide(root, draft, "approve", "@ada")
    sent = queue.decide(root, approved, "send", "@grace")
    assert (sent.state, sent.actor, sent.version) == ("sent", "@grace", 3)
    assert reviews(root) == [
        {
            "aiwf.human.decision": "approved",
            "aiwf.human.edit_ratio": 0.0,
            "aiwf.human.actor": "@ada",
        },
        {"aiwf.human.decision": "sent", "aiwf.human.edit_ratio": 0.0, "aiwf.human.actor": "@grace"},
    ]


def test_an_edit_is_a_review_and_its_ratio_and_label_are_kept(root, draft):
    edited = queue.edit(root, draft, "Open Settings and choose New password.", "@ada")
    sent = queue.decide(root, edited, "send", "@ada")
    assert sent.text == "Open Settings and choose New password."
    assert sent.drafted == TEXT
    assert sent.edit_ratio == 0.3684
    assert "human-edited" in sent.disclosure
    assert reviews(root)[0]["aiwf.human.edit_ratio"] == 0.3684


def test_a_decision_hangs_below_the_run_that_made_the_draft(root, draft):
    queue.decide(root, draft, "reject", "@ada")
    spans = list(read.spans(root))
    (decision,) = [span for span in spans if span.name == "review rejected"]
    (run,) = [span for span in spans if span.name.startswith("invoke_workflow")]
    assert (decision.trace_id, decision.parent_span_id) == (run.trace_id, run.span_id)
    assert decision.run_id == draft.run_id


@pytest.mark.parametrize("person", [None, "", "  "])
def test_a_decision_without_a_person_is_refused(root, draft, person):
    with pytest.raises(ControlsError, match="a review needs a person"):
        queue.decide(root, draft, "approve", person)
    with pytest.raises(ControlsError, match="a review needs a person"):
        queue.edit(root, draft, "Other words.", person)


def test_two_people_cannot_decide_on_the_same_version(root, draft):
    queue.decide(root, draft, "reject", "@ada")
    with pytest.raises(ControlsError) as error:
        queue.decide(root, draft, "approve", "@grace")
    assert error.value.message == (
        f"draft {draft.id!r} was changed by @ada in between, it is rejected"
    )
    assert store.get(root, draft.id).actor == "@ada"
    assert len(reviews(root)) == 1


def test_a_decision_that_the_trace_cannot_hold_is_none(root, draft):
    folder = root / ".aiwf/traces"
    shutil.rmtree(folder)
    folder.write_text("no folder")
    with pytest.raises(ControlsError, match="the trace cannot be written"):
        queue.decide(root, draft, "approve", "@ada")
    assert store.get(root, draft.id) == draft
    folder.unlink()
    assert queue.decide(root, draft, "approve", "@ada").state == "approved"


def test_what_was_decided_is_final(root, draft):
    rejected = queue.decide(root, draft, "reject", "@ada")
    with pytest.raises(ControlsError, match="was rejected by @ada, and that is final"):
        queue.decide(root, rejected, "approve", "@grace")
    with pytest.raises(ControlsError, match="that is final"):
        queue.edit(root, rejected, "Other words.", "@grace")


def test_of_many_processes_that_decide_at_once_one_wins(root, draft):
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "controls", "review", kind, draft.id, "--actor", f"@p{number}"],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for number, kind in enumerate(["reject"] * 4)
    ]
    for process in processes:
        process.communicate()
    assert sorted(process.returncode for process in processes) == [0, 2, 2, 2]
    assert len(reviews(root)) == 1


@pytest.mark.parametrize(
    ("before", "after", "ratio"),
    [
        ("same words", "same words", 0.0),
        ("It costs 7 dollars.", "It costs 12 dollars.", 0.2),
        ("one two three four", "five six seven eight", 1.0),
        ("", "new", 1.0),
    ],
)
def test_the_edit_ratio_is_the_share_of_words_that_differ(before, after, ratio):
    assert edit_ratio(before, after) == ratio


class TestCommandLine:
    def test_the_way_from_list_to_sent(self, root, draft):
        assert draft.id in controls(root, "list").stdout
        done = controls(root, "send", draft.id, "--actor", "@ada")
        assert done.returncode == 2
        assert done.stderr == (
            f"error: draft {draft.id!r} cannot be sent: nobody has reviewed it\n"
            f"hint: python -m controls review approve {draft.id} --actor @you (or edit it first)\n"
        )
        edited = controls(root, "edit", draft.id[:4], "--actor", "@ada", "--text", "Open Settings.")
        assert edited.stdout == f"{draft.id} edited by @ada, edit ratio 0.60\n"
        shown = controls(root, "show", draft.id).stdout
        assert "-" + TEXT in shown
        assert "+Open Settings." in shown
        sent = json.loads(controls(root, "send", draft.id, "--actor", "@ada", "--json").stdout)
        assert (sent["state"], sent["actor"], sent["text"]) == ("sent", "@ada", "Open Settings.")
        assert "nothing waits for review" in controls(root, "list").stdout
        assert draft.id in controls(root, "list", "--all").stdout

    def test_an_edit_can_come_from_a_pipe_or_an_editor(self, root, draft):
        assert controls(root, "edit", draft.id, "--actor", "@ada", given="Piped.").returncode == 0
        assert store.get(root, draft.id).text == "Piped."

    def test_a_version_that_was_not_read_is_refused(self, root, draft):
        controls(root, "edit", draft.id, "--actor", "@ada", "--text", "Other.")
        done = controls(root, "approve", draft.id, "--actor", "@grace", "--version", "1")
        assert done.stderr.splitlines()[0] == (
            f"error: draft {draft.id!r} is at version 2, you read version 1"
        )

    def test_a_draft_that_nobody_made_is_named(self, root):
        done = controls(root, "show", "nope")
        assert (done.returncode, done.stderr.splitlines()[0]) == (
            2,
            "error: no drafts are called 'nope'",
        )

    def test_ask_makes_a_draft_and_sends_nothing(self, root):
        question = ("controls", "ask", "How do I reset my password?", "--json")
        done = warm.run(*question, cwd=root, check=True)
        asked = json.loads(done.stdout)
        assert store.get(root, asked["review_id"]).state == "draft"
        assert store.get(root, asked["review_id"]).run_id == asked["run_id"]


class TestCheck:
    def context(self, root: Path) -> Context:
        return Context(root, manifests.load(root), catalogue.load(root), date(2026, 11, 23))

    def test_a_fresh_repository_is_in_order(self, root):
        outcome = checks.unsent(self.context(root))
        assert (outcome.state, outcome.n) == (State.ok, 4)
        assert not (root / ".aiwf").exists()

    def test_a_queue_that_sends_unread_drafts_is_seen(self, root, monkeypatch):
        monkeypatch.setattr(queue, "REVIEWED", tuple(queue.State))
        told = [finding.message for finding in checks.unsent(self.context(root)).findings]
        assert told == ["an unreviewed draft was sent"]

    def test_a_store_that_forgets_the_version_is_seen(self, root, monkeypatch):
        monkeypatch.setattr(store, "swap", _last_one_wins)
        told = [finding.message for finding in checks.unsent(self.context(root)).findings]
        assert "two people decided on the same version of a draft" in told

    def test_a_draft_sent_by_nobody_is_named(self, root, draft):
        with writing(root / store.FILE, store.SCHEMA) as base:
            base.execute("UPDATE drafts SET state = 'sent'")
        told = [finding.message for finding in checks.unsent(self.context(root)).findings]
        assert told == [f"draft {draft.id!r} was sent and names no person"]


def _last_one_wins(root: Path, before: Draft, after: Draft) -> Draft:
    with writing(root / store.FILE, store.SCHEMA) as base:
        base.execute(
            "UPDATE drafts SET state = ?, actor = ? WHERE id = ?",
            (after.state, after.actor, before.id),
        )
    return after
