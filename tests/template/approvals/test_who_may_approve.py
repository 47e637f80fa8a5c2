"""The commit before a change names who may approve it; pointers that anybody can write never do."""

import json
from datetime import date
from pathlib import Path

import pytest
import warm
from approving import commit_all, git, raise_to_tier_3
from loopback_github import Hub, Pull

from controls import catalogue, manifest
from controls.approvals import authors, checks, ssh, statement, tree
from controls.check.model import Context, Outcome, State
from controls.manifest import Principal

TODAY = date(2026, 11, 2)
FOLDER = "decisions/approvals"


def approved(root: Path, base: str | None = None) -> Outcome:
    found = manifest.load(root)
    return checks.approved(Context(root, found, catalogue.load(root), TODAY, base))


def sign(root: Path, key: Path, role: str, repository: str = "ai-workflow") -> Path:
    """Leave a signature over the tree at `root`, made by hand and not by the verb."""
    made = statement.Statement(
        repository, tree.of(root), "decisions/0001-risk-tier.md", role, "2026-12-01"
    )
    path = root / FOLDER / f"{role}-{key.name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(made.to_bytes())
    path.with_suffix(".sig").write_bytes(ssh.sign(key, made.to_bytes()))
    return path


def name_mallory(root: Path, keys: Path, instead_of: str) -> None:
    path = root / "ai-workflow.yaml"
    key = (keys / "mallory.pub").read_text().strip()
    lines = path.read_text().splitlines(keepends=True)
    person = f'      principals: [{{name: Mallory, handle: "@mallory", key: "{key}"}}]\n'
    path.write_text("".join(person if instead_of in line else line for line in lines))


class TestForgery:
    """Each is written by somebody who is no approver, and each leaves the control where it was."""

    def test_a_trailer_is_no_evidence(self, approvers: Path):
        (approvers / "README.md").write_text("changed")
        trailers = "Approved-by: Ada <ada@example.com>\nReviewed-by: Grace <grace@example.com>"
        commit_all(approvers, f"Change\n\n{trailers}")
        assert approved(approvers).state is State.pending

    def test_front_matter_is_no_evidence(self, approvers: Path):
        path = approvers / "decisions/0001-risk-tier.md"
        text = path.read_text()
        path.write_text(text.replace("---\n", "---\napproved_by: ['@ada', '@grace']\n", 1))
        commit_all(approvers, "Change")
        assert approved(approvers).state is State.pending

    def test_json_without_a_signature_is_worse_than_none(self, approvers: Path, keys: Path):
        sign(approvers, keys / "ada", "engineering").with_suffix(".sig").unlink()
        assert approved(approvers).state is State.failed

    def test_a_review_that_was_written_down_is_no_evidence(self, approvers: Path):
        path = approvers / FOLDER / "review.json"
        path.parent.mkdir()
        path.write_text(json.dumps({"state": "APPROVED", "user": {"login": "ada"}}))
        path.with_suffix(".sig").write_text("APPROVED")
        assert approved(approvers).state is State.failed

    def test_another_keys_signature_in_an_approvers_name_fails(self, approvers: Path, keys: Path):
        sign(approvers, keys / "mallory", "engineering")
        [finding] = approved(approvers).findings
        assert finding.message == "signature is by nobody who may approve for 'engineering'"

    def test_an_approver_who_names_themselves_in_the_change_is_nobody(
        self, approvers: Path, keys: Path
    ):
        name_mallory(approvers, keys, instead_of="@grace")
        sign(approvers, keys / "mallory", "security")
        [finding] = approved(approvers).findings
        assert finding.message == "signature is by nobody who may approve for 'security'"

    def test_committing_the_edited_list_first_changes_nothing(self, approvers: Path, keys: Path):
        base = git(approvers, "rev-parse", "HEAD")
        name_mallory(approvers, keys, instead_of="@grace")
        commit_all(approvers, "Tidy up")
        sign(approvers, keys / "mallory", "security")
        commit_all(approvers, "Approve")
        [finding] = approved(approvers, base).findings
        assert finding.message == "signature is by nobody who may approve for 'security'"

    def test_an_approval_of_another_repository_is_refused(self, approvers: Path, keys: Path):
        sign(approvers, keys / "ada", "engineering", repository="other")
        [finding] = approved(approvers).findings
        assert finding.message == "approval is for repository 'other'"

    def test_an_approval_replayed_on_a_later_tree_counts_for_nothing(
        self, approvers: Path, keys: Path
    ):
        for name, role in (("ada", "engineering"), ("grace", "security")):
            sign(approvers, keys / name, role)
        assert approved(approvers).state is State.ok
        (approvers / "prompts/answer.md").write_text("Do anything.")
        assert approved(approvers).state is State.pending

    def test_a_copy_of_an_approval_is_not_a_second_one(self, approvers: Path, keys: Path):
        path = approvers / "ai-workflow.yaml"
        path.write_text(path.read_text().replace("threshold: 1", "threshold: 2", 1))
        commit_all(approvers, "Two must approve")
        first = sign(approvers, keys / "ada", "engineering")
        for suffix in (".json", ".sig"):
            copy = first.with_name("again").with_suffix(suffix)
            copy.write_bytes(first.with_suffix(suffix).read_bytes())
        assert approved(approvers).state is State.pending


def test_first_people_of_a_role_may_approve_the_change_that_names_them(project, keys: Path, naming):
    root = project(2)
    naming(root, engineering="ada", security="grace")
    for name, role in (("ada", "engineering"), ("grace", "security")):
        sign(root, keys / name, role)
    assert approved(root).state is State.ok


@pytest.fixture
def regulated(project, naming) -> Path:
    """Return a tier-3 repository; a commit after the first names Ada and Grace."""
    root = project(2)
    raise_to_tier_3(root)
    commit_all(root, "Tier 3")
    naming(root, legal="ada", compliance="grace")
    return root


class TestTier3:
    def test_the_naming_of_approvers_is_merged_before_they_approve(
        self, regulated: Path, keys: Path
    ):
        outcome = approved(regulated)
        assert [finding.message for finding in outcome.findings] == [
            "nobody was named for role 'legal' before this change",
            "nobody was named for role 'compliance' before this change",
        ]
        sign(regulated, keys / "ada", "legal")
        assert approved(regulated).state is State.failed
        (regulated / FOLDER / "legal-ada.json").unlink()
        commit_all(regulated, "Name the approvers")
        (regulated / "README.md").write_text("changed")
        for name, role in (("ada", "legal"), ("grace", "compliance")):
            sign(regulated, keys / name, role)
        assert approved(regulated).state is State.ok

    def test_an_author_does_not_approve_their_own_change(self, regulated: Path, keys: Path):
        base = commit_all(regulated, "Name the approvers")
        (regulated / "README.md").write_text("changed")
        commit_all(regulated, "Change", author="Ada")
        for name, role in (("ada", "legal"), ("grace", "compliance")):
            sign(regulated, keys / name, role)
        outcome = approved(regulated, base)
        assert outcome.state is State.pending
        assert outcome.findings[-1].message == (
            "the signature by @ada does not count: it is by an author"
        )

    def test_one_person_alone_fails_closed_in_production_with_the_reason(
        self, project, keys: Path, naming
    ):
        root = project(2, owner="@ada")
        raise_to_tier_3(root)
        naming(root, legal="ada", compliance="ada")
        commit_all(root, "Name the approvers")
        (root / "README.md").write_text("changed")
        for role in ("legal", "compliance"):
            sign(root, keys / "ada", role)
        reason = "@ada owns the workflow and fills every role: nobody else can approve it"
        outcome = approved(root)
        assert (outcome.state, outcome.findings[0].message) == (State.pending, reason)
        path = root / "ai-workflow.yaml"
        path.write_text(
            path.read_text().replace("lifecycle: experimental", "lifecycle: production")
        )
        done = controls(root, "check", "--static", "--only", "APR-1", "--json")
        [row] = json.loads(done.stdout)["controls"]
        assert (done.returncode, row["state"]) == (1, "failed")
        assert reason in [finding["message"] for finding in row["findings"]]

    def test_one_person_alone_is_refused_by_the_gateway_in_production(self, project, naming):
        root = project(2, owner="@ada")
        raise_to_tier_3(root)
        naming(root, legal="ada", compliance="ada")
        done = controls(root, "policy", "decide", "--data", "public", "--env", "production")
        assert "somebody beside the owner" in done.stdout


def controls(root: Path, *args: str, env: dict[str, str] | None = None):
    return warm.run("controls", *args, cwd=root, env=env)


@pytest.mark.parametrize(
    ("name", "email", "is_ada"),
    [
        ("Ada Lovelace", "elsewhere@example.com", True),
        ("ada  lovelace", "elsewhere@example.com", True),
        ("A", "17+Ada@users.noreply.github.com", True),
        ("A", "ada@users.noreply.github.com", True),
        ("Grace Hopper", "ada@example.com", False),
        ("A", "17+grace@users.noreply.github.com", False),
    ],
)
def test_an_author_is_known_by_name_or_address(name: str, email: str, *, is_ada: bool):
    ada = Principal("Ada Lovelace", "@ada", "")
    assert authors.Author(name, email).is_(ada) is is_ada


def test_co_authors_of_a_message_are_found():
    message = "Change\n\nCo-Authored-By: Grace Hopper <grace@example.com>\nSigned-off-by: A <a@b>\n"
    assert authors.co_authors(message) == (authors.Author("Grace Hopper", "grace@example.com"),)


class TestReviewOfTheJob:
    """`approvals check` in a CI job that was given the forge's token."""

    def pull(self, root: Path, hub: Hub) -> Pull:
        (root / "README.md").write_text("changed")
        head = commit_all(root, "Change")
        one = Pull(head=head, tree=git(root, "rev-parse", "HEAD^{tree}"), author="linus")
        one.pushers = ["linus"]
        one.wrote("linus")
        hub.pulls[7] = one
        return one

    @pytest.fixture
    def env(self, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
        for key, value in hub.env().items():
            monkeypatch.setenv(key, value)

    @pytest.mark.usefixtures("env")
    def test_reviews_of_the_head_by_every_role_approve_it(self, approvers: Path, hub: Hub):
        one = self.pull(approvers, hub)
        one.review("ada")
        assert approved(approvers).state is State.pending
        one.review("grace")
        outcome = approved(approvers)
        assert (outcome.state, outcome.evidence.split()[0]) == (State.ok, "review")

    @pytest.mark.usefixtures("env")
    def test_a_review_and_a_signature_together_approve_it(
        self, approvers: Path, keys: Path, hub: Hub
    ):
        one = self.pull(approvers, hub)
        one.review("grace")
        sign(approvers, keys / "ada", "engineering")
        assert approved(approvers).evidence.startswith("review and signature for tree")

    @pytest.mark.usefixtures("env")
    def test_a_review_of_another_tree_counts_for_nothing(self, approvers: Path, hub: Hub):
        one = self.pull(approvers, hub)
        one.review("ada")
        one.review("grace")
        (approvers / "README.md").write_text("changed again")
        assert approved(approvers).state is State.pending

    @pytest.mark.usefixtures("env")
    def test_a_review_that_does_not_count_says_why(self, approvers: Path, hub: Hub):
        one = self.pull(approvers, hub)
        one.pushers = ["linus", "ada"]
        one.review("ada")
        one.review("grace")
        [_, said] = approved(approvers).findings
        assert said.message == "the review by @ada does not count: it is by the last to push"

    @pytest.mark.usefixtures("env")
    def test_a_forge_that_cannot_be_asked_fails_the_control(self, approvers: Path):
        (approvers / "README.md").write_text("changed")
        assert approved(approvers).state is State.failed


def test_required_is_red_only_where_the_approvers_are_named(project, approvers: Path):
    check = ("approvals", "check", "--required", "--today", "2026-11-02")
    assert controls(project(0), *check).returncode == 0
    assert controls(approvers, *check).returncode == 1
