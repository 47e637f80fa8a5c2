"""Changes that try to loosen their own gate, under harmless titles; each must be refused."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from approving import commit_all, git
from judging import edit, gate, judge, record
from loopback_github import Hub, Pull

from controls.approvals import ssh, statement, tree

MANIFEST = "ai-workflow.yaml"
OPENAI = "owner: null\n      allowed_data: []"
UNASKED = ("embedded:large", "anthropic:claude-haiku-4-5")


@pytest.fixture
def small(approvers: Path) -> Path:
    """Return the repository with two of its four models: half a matrix says who must agree."""
    text = (approvers / MANIFEST).read_text()
    for ref in UNASKED:
        text, found = re.subn(rf"    - ref: {ref}\n(      .*\n)+", "", text)
        assert found == 1
    (approvers / MANIFEST).write_text(text)
    commit_all(approvers, "Two models are enough")
    return approvers


def widen(root: Path) -> None:
    """Let personal data reach a model of a provider."""
    edit(root, MANIFEST, OPENAI, "owner: null\n      allowed_data: [public, personal]")


def sign(
    root: Path,
    key: Path,
    role: str = "security",
    namespace: str = ssh.NAMESPACE,
    **claim: str,
) -> None:
    """Sign the tree at `root` in the name of `role`, with what `claim` says otherwise."""
    values = {
        "repository": "ai-workflow",
        "tree": tree.of(root),
        "decision": "decisions/0002-looser.md",
        "role": role,
        "expires": "2026-12-01",
    }
    made = statement.Statement(**(values | claim))
    path = root / f"decisions/approvals/{role}-{key.name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(made.to_bytes())
    path.with_suffix(".sig").write_bytes(ssh.sign(key, made.to_bytes(), namespace))


@pytest.mark.slow
def test_a_change_that_loosens_nothing_passes(approvers: Path):
    edit(approvers, "README.md", "#", "# Better")
    answer = gate(approvers)
    assert (answer.status, answer.verdict, answer.loosened) == (0, "passed", {})
    assert answer.data["cells"] > 1000
    assert answer.data["gate"] == "of the base"


def test_a_loosened_matrix_is_refused_whatever_the_title_says(approvers: Path):
    widen(approvers)
    answer = gate(approvers, message="Fix a typo in the README")
    assert answer.status == 1
    assert answer.loosened == {
        "public data to openai:gpt-5-mini": ("denied by matrix", "allowed at tiers 0-4 everywhere"),
        "personal data to openai:gpt-5-mini": (
            "denied by matrix",
            "allowed at tiers 1-4 everywhere",
        ),
    }
    assert len(answer.data["calls"]) == 45
    assert answer.said == [
        "public data to openai:gpt-5-mini is looser, and no new decision record says why",
        answer.said[1],
    ]
    assert answer.said[1].endswith("is not approved for role 'security' (@grace)")


@pytest.mark.slow
def test_a_record_alone_is_not_enough(approvers: Path):
    widen(approvers)
    record(approvers, MANIFEST)
    answer = gate(approvers)
    assert (answer.status, answer.verdict) == (1, "refused")
    assert answer.data["records"] == ["decisions/0002-looser.md"]


@pytest.mark.slow
def test_the_risk_approver_alone_is_not_enough(approvers: Path, keys: Path):
    widen(approvers)
    sign(approvers, keys / "grace", decision="decisions/0001-risk-tier.md")
    answer = gate(approvers)
    assert (answer.status, answer.data["approved_by"][0]["handle"]) == (1, "@grace")


def test_a_record_and_the_risk_approver_let_it_pass(small: Path, keys: Path):
    widen(small)
    record(small, MANIFEST)
    sign(small, keys / "grace")
    answer = gate(small)
    assert (answer.status, answer.verdict, len(answer.loosened)) == (0, "passed", 2)


@pytest.mark.slow
def test_a_record_that_names_another_file_or_is_empty_is_none(approvers: Path, keys: Path):
    widen(approvers)
    record(approvers, "README.md")
    sign(approvers, keys / "grace")
    assert gate(approvers).status == 1


@pytest.mark.slow
def test_an_old_record_does_not_explain_a_new_change(approvers: Path, keys: Path):
    record(approvers, MANIFEST)
    commit_all(approvers, "A record ahead of its time")
    widen(approvers)
    sign(approvers, keys / "grace")
    assert gate(approvers).status == 1


@pytest.mark.sampled
@pytest.mark.parametrize(
    "claim",
    [
        pytest.param({"repository": "other"}, id="of another repository"),
        pytest.param({"tree": "a" * 40}, id="of another tree"),
        pytest.param({"expires": "2026-11-01"}, id="that has expired"),
        pytest.param({"decision": "decisions/0009-none.md"}, id="of no record"),
        pytest.param({"role": "engineering"}, id="for another role"),
    ],
)
def test_a_signature_does_not_count(small: Path, keys: Path, claim: dict[str, str]):
    widen(small)
    record(small, MANIFEST)
    sign(small, keys / "grace", **claim)
    assert gate(small).status == 1


@pytest.mark.sampled
@pytest.mark.parametrize("namespace", ["git", "prooflane-checkpoint"])
def test_a_signature_for_another_purpose_does_not_count(small: Path, keys: Path, namespace: str):
    widen(small)
    record(small, MANIFEST)
    sign(small, keys / "grace", namespace=namespace)
    assert gate(small).status == 1


def test_a_signature_is_not_replayed_on_a_later_change(small: Path, keys: Path):
    widen(small)
    record(small, MANIFEST)
    sign(small, keys / "grace")
    base = git(small, "rev-parse", "HEAD")
    commit_all(small, "Agreed")
    edit(small, MANIFEST, "hard: 100", "hard: 9000")
    assert judge(small, base, commit_all(small, "And a bit more")).status == 1


def test_approvers_edited_in_the_change_do_not_approve_it(small: Path, keys: Path):
    widen(small)
    lines = (small / MANIFEST).read_text().splitlines(keepends=True)
    key = (keys / "mallory.pub").read_text().strip()
    person = f'      principals: [{{name: Mallory, handle: "@mallory", key: "{key}"}}]\n'
    text = "".join(person if "@grace" in line else line for line in lines)
    (small / MANIFEST).write_text(text)
    record(small, MANIFEST)
    sign(small, keys / "mallory")
    answer = gate(small)
    assert answer.status == 1
    assert answer.loosened["security approver"][0] == "none"
    assert answer.said[0] == "signature is by nobody who may approve for 'security'"


@pytest.mark.slow
def test_a_second_key_for_an_approver_is_seen(approvers: Path, keys: Path):
    old = (keys / "grace.pub").read_text().split()[1]
    new = (keys / "mallory.pub").read_text().split()
    edit(approvers, MANIFEST, f"ecdsa-sha2-nistp256 {old}", f"{new[0]} {new[1]}")
    answer = gate(approvers)
    assert answer.status == 1
    assert answer.loosened["security approver"][0].startswith("@grace (key …")


@pytest.mark.slow
def test_the_first_approvers_are_named_without_anybodys_consent(project, naming):
    root = project(2)
    naming(root, engineering="ada", security="grace")
    answer = gate(root)
    assert (answer.status, answer.loosened) == (0, {})


@pytest.mark.slow
def test_while_nobody_is_named_a_recorded_change_is_pending(project):
    root = project(2)
    widen(root)
    assert gate(root).verdict == "refused"
    widened = git(root, "rev-parse", "HEAD^")
    record(root, MANIFEST)
    answer = judge(root, widened, commit_all(root, "Say why"))
    assert (answer.status, answer.verdict) == (0, "pending")
    assert answer.said == ["nobody is named for role 'security'"]


@pytest.mark.slow
def test_in_production_nobody_named_is_nobody_agreed(project):
    root = project(2)
    edit(root, MANIFEST, "lifecycle: experimental", "lifecycle: production")
    commit_all(root, "Production")
    widen(root)
    record(root, MANIFEST)
    assert gate(root).verdict == "refused"


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        pytest.param(
            ".github/workflows/pr-gate.yml", "-m controls gate", "-m this", id="the step is gone"
        ),
        pytest.param(
            ".github/workflows/pr-gate.yml", "if: always()", "if: false", id="the last job is off"
        ),
        pytest.param(".github/CODEOWNERS", "@grace", "@mallory", id="the code owners"),
        pytest.param("controls/gate/verdict.py", "Word.refused", "Word.passed", id="the gate"),
        pytest.param("controls/policy/matrix.rego", "not class_allowed", "false", id="a rule"),
        pytest.param("controls/managed/base.sha256", "0", "1", id="the digests"),
        pytest.param("evals/run.py", "import", "import sys as import_\nimport", id="the eval gate"),
    ],
)
def test_an_edit_of_the_gate_needs_the_risk_approver(approvers: Path, path, old, new):
    if "CODEOWNERS" in path:
        command = [sys.executable, "-m", "controls", "owners", "--write"]
        subprocess.run(command, cwd=approvers, check=True, capture_output=True)
        commit_all(approvers, "Code owners")
    edit(approvers, path, old, new)
    answer = gate(approvers)
    assert answer.status == 1
    assert path in answer.loosened


@pytest.mark.slow
def test_a_deleted_workflow_is_seen(approvers: Path):
    (approvers / ".github/workflows/pr-gate.yml").unlink()
    answer = gate(approvers)
    assert answer.loosened[".github/workflows/pr-gate.yml"] == ("as it was", "deleted")


def test_a_gate_that_the_change_edited_is_not_the_one_that_judges(approvers: Path):
    widen(approvers)
    for name in ("verdict", "matrix", "command"):
        (approvers / f"controls/gate/{name}.py").write_text("raise SystemExit(0)\n")
    answer = gate(approvers)
    assert answer.status == 1
    assert "personal data to openai:gpt-5-mini" in answer.loosened


def test_code_of_the_change_never_runs(approvers: Path, tmp_path: Path):
    mark = tmp_path / "it ran"
    plant = f"from pathlib import Path\nPath({str(mark)!r}).write_text('x')\n"
    for path in ("sitecustomize.py", "controls/__init__.py", "controls/gate/calls.py", "yaml.py"):
        (approvers / path).write_text(plant)
    (approvers / ".gitattributes").write_text("* filter=evil\n")
    git(approvers, "config", "filter.evil.clean", "cat")
    git(approvers, "config", "filter.evil.smudge", f"touch {mark}; cat")
    answer = gate(approvers)
    assert answer.status == 1
    assert not mark.exists()


@pytest.mark.slow
def test_a_makefile_that_redefines_the_check_is_seen(approvers: Path):
    with (approvers / "Makefile").open("a") as file:
        file.write("\ncheck:\n\t@true\n")
    assert gate(approvers).loosened["target 'check' of Makefile"][1] == "check:"


@pytest.mark.slow
def test_the_gate_refuses_to_judge_with_the_changes_own_code(approvers: Path):
    base = git(approvers, "rev-parse", "HEAD")
    widen(approvers)
    change = commit_all(approvers, "Change")
    git(approvers, "worktree", "add", "--quiet", "--detach", f"../base-{base[:12]}", change)
    answer = judge(approvers, base, change)
    assert answer.status == 2
    assert answer.error.startswith("error: the gate that runs here is not that of the base")


@pytest.mark.slow
@pytest.mark.parametrize(
    "plant",
    [
        pytest.param(lambda root: (root / MANIFEST).write_text("kind: ["), id="no YAML"),
        pytest.param(lambda root: (root / MANIFEST).unlink(), id="no manifest"),
        pytest.param(lambda root: (root / "policy/data.yaml").unlink(), id="no numbers"),
        pytest.param(
            lambda root: edit(root, MANIFEST, "tier: 2", "tier: two"), id="a tier that is a word"
        ),
        pytest.param(
            lambda root: edit(root, "controls/policy/decision.rego", "package", "pack"),
            id="rules that do not parse",
        ),
    ],
)
def test_a_change_that_cannot_be_judged_is_refused(approvers: Path, plant):
    plant(approvers)
    answer = gate(approvers)
    assert answer.status == 1
    assert answer.loosened


@pytest.mark.slow
def test_rules_that_never_end_are_stopped(approvers: Path):
    (approvers / "policy/custom").mkdir()
    (approvers / "policy/custom/slow.rego").write_text(
        "package custom.slow\n\nimport rego.v1\n\ndeny contains 1 if {\n"
        "\tsome a in numbers.range(1, 100000)\n\tsome b in numbers.range(1, 100000)\n"
        "\ta * b == -1\n}\n"
    )
    answer = gate(approvers)
    assert answer.status == 1
    assert answer.loosened["the change cannot be judged"][0] == "judged"


@pytest.mark.slow
def test_a_link_in_place_of_the_manifest_is_not_followed(approvers: Path, tmp_path: Path):
    (tmp_path / "elsewhere.yaml").write_text((approvers / MANIFEST).read_text())
    (approvers / MANIFEST).unlink()
    (approvers / MANIFEST).symlink_to(tmp_path / "elsewhere.yaml")
    assert gate(approvers).status == 1


class TestReviews:
    def proposed(self, root: Path, hub: Hub) -> tuple[str, str, Pull]:
        base = git(root, "rev-parse", "HEAD")
        widen(root)
        record(root, MANIFEST)
        change = commit_all(root, "Loosen")
        one = Pull(head=change, author="linus", tree=git(root, "rev-parse", "HEAD^{tree}"))
        one.pushers = ["linus"]
        one.wrote("linus")
        hub.pulls[7] = one
        return base, change, one

    def test_a_review_of_the_head_by_the_risk_approver_lets_it_pass(self, small: Path, hub: Hub):
        base, change, one = self.proposed(small, hub)
        assert judge(small, base, change, hub.env()).status == 1
        one.review("grace")
        answer = judge(small, base, change, hub.env())
        assert (answer.status, answer.data["approved_by"][0]["evidence"]) == (0, "review")

    def test_a_review_by_another_role_or_the_last_pusher_does_not(self, small: Path, hub: Hub):
        base, change, one = self.proposed(small, hub)
        one.review("ada")
        assert judge(small, base, change, hub.env()).status == 1
        one.review("grace")
        one.pushers.append("grace")
        answer = judge(small, base, change, hub.env())
        assert answer.status == 1
        assert answer.said[-1].endswith("does not count: it is by the last to push")

    def test_a_review_of_what_was_pushed_later_does_not_approve_what_is_judged(
        self, small: Path, hub: Hub
    ):
        base, change, one = self.proposed(small, hub)
        one.head, one.tree = "d" * 40, "e" * 40  # the same pull request, harmless by now
        one.commits.clear()
        one.wrote("linus")
        one.review("grace")
        answer = judge(small, base, change, hub.env())
        assert (answer.status, answer.data["approved_by"]) == (1, [])

    def test_a_forge_that_does_not_answer_is_no_approval(self, small: Path, hub: Hub):
        base, change, _ = self.proposed(small, hub)
        answer = judge(small, base, change, hub.env(8) | {"GITHUB_API_URL": "http://127.0.0.1:9"})
        assert (answer.status, answer.data) == (2, {})

    def test_after_the_merge_the_proposal_is_found_by_its_commit(self, small: Path, hub: Hub):
        base, change, one = self.proposed(small, hub)
        one.merged_as = change
        one.review("grace")
        assert judge(small, base, change, hub.env(None)).status == 0
