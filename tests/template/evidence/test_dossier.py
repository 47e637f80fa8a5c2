"""What `check --evidence DIR` writes: claims that an auditor can follow to file, commit, digest."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import warm
from approving import commit_all, git, raise_to_tier_3

from controls import catalogue
from controls.approvals import ssh, statement, tree
from controls.evidence import controls

DAY = "2026-11-02"
TEMPLATE = Path(__file__).parents[3] / "template"
Dossier = dict


def check(root: Path, *args: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "GITHUB_", "BASE_"))}
    command = ("controls", "check", "--static", "--today", DAY)
    return warm.run(*command, *args, cwd=root, env=kept)


def dossier(root: Path, target: Path) -> Dossier:
    done = check(root, "--evidence", str(target))
    assert done.returncode in {0, 1}, done.stderr
    return json.loads((target / "evidence.json").read_text())


def claims(found: Dossier, answer: str | None = None) -> Iterator[dict]:
    for one in found["answers"]:
        if answer in {None, one["id"]}:
            yield from one["claims"]


def said(found: Dossier, answer: str) -> dict[str, str]:
    return {claim["text"]: claim["state"] for claim in claims(found, answer)}


def commit_on(root: Path, day: str, *args: str) -> None:
    """Commit what lies at `root` as Linus, at nine on `day`."""
    git(root, "config", "user.name", "Linus")
    git(root, "config", "user.email", "linus@example.com")
    git(root, "add", "--all")
    at = dict.fromkeys(("GIT_COMMITTER_DATE", "GIT_AUTHOR_DATE"), f"{day}T09:00:00Z")
    command = ["git", "commit", "--quiet", "--no-verify", "--message", "Change", *args]
    subprocess.run(command, cwd=root, env=os.environ | at, check=True)


@pytest.fixture(scope="module")
def fresh(rendered: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the dossier of a repository of tier 2 on day one, with `root` beside it."""
    base = tmp_path_factory.mktemp("fresh")
    root = base / "root"
    subprocess.run(["cp", "-a", rendered(tier=2), root], check=True)
    dossier(root, base / "dossier")
    return base / "dossier"


@pytest.fixture(scope="module")
def told(fresh: Path) -> Dossier:
    return json.loads((fresh / "evidence.json").read_text())


def sums(folder: Path, listed: Path) -> int:
    done = subprocess.run(["sha256sum", "--quiet", "--check", listed], cwd=folder, check=False)
    return done.returncode


def test_the_three_questions_come_first(fresh: Path, told: Dossier):
    titles = [answer["title"] for answer in told["answers"]]
    assert titles[:3] == ["How is data handled?", "How is access controlled?", "What is logged?"]
    page = (fresh / "index.html").read_text()
    assert [page.index(f">{title}</h2>") for title in titles] == sorted(
        page.index(f">{title}</h2>") for title in titles
    )


def test_each_claim_cites_a_file_with_its_commit_and_digest(fresh: Path, told: Dossier):
    head = git(fresh.parent / "root", "rev-parse", "HEAD")
    found = [claim for claim in claims(told) if claim["text"]]
    assert len(found) > 60
    assert [claim["text"] for claim in found if not claim["citations"]] == []
    cited = [one for claim in found for one in claim["citations"]]
    assert {one["commit"] for one in cited} == {head}
    assert {len(one["sha256"]) for one in cited} == {64}


def test_digests_of_the_folder_and_of_the_repository_hold(fresh: Path):
    assert sums(fresh, fresh / "SHA256SUMS") == 0
    assert sums(fresh.parent / "root", fresh / "repository.sha256") == 0
    (fresh.parent / "root" / "README.md").read_text()


def test_a_folders_digest_is_that_of_its_lines(fresh: Path, told: Dossier):
    [policy] = {
        one["sha256"]
        for claim in claims(told)
        for one in claim["citations"]
        if one["path"] == "controls/policy/"
    }
    shell = "grep '  controls/policy/' repository.sha256 | sha256sum"
    done = subprocess.run(
        ["sh", "-c", shell], cwd=fresh, capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[0] == policy


def test_how_data_is_handled(told: Dossier):
    found = said(told, "data")
    assert found["data 'questions' is personal, about customers, and is kept for P30D"] == (
        "declared"
    )
    assert (
        found[
            "the policy lets embedded:small see public and internal and confidential and personal"
            " in development, nothing in production"
        ]
        == "ok"
    )
    assert (
        found["the policy lets openai:gpt-5-mini see nothing in development, nothing in production"]
        == "ok"
    )


def test_what_a_person_has_yet_to_decide_is_pending(told: Dossier):
    found = said(told, "access")
    pending = [text for text, state in found.items() if state == "pending"]
    assert "nobody yet answers for this workflow" in pending
    assert any(text.startswith("role security approves ai-workflow.yaml") for text in pending)
    assert any(text.startswith("no approval in force of role 'engineering'") for text in pending)
    assert found["which protections of the forge are live is not in the repository"] == (
        "not looked at"
    )


def test_what_is_logged(told: Dossier):
    found = said(told, "logging")
    assert found["every run is traced below .aiwf/traces and kept for P180D"] == "declared"
    calls = (
        "each call carries aiwf.run.id, aiwf.risk.tier, gen_ai.prompt.name, gen_ai.prompt.version"
    )
    assert [found[text] for text in found if text.startswith(calls)] == ["not looked at"]


def test_a_control_whose_checks_did_not_run_is_never_ok(told: Dossier):
    states = {claim["control"]: claim["state"] for claim in claims(told, "controls")}
    assert states["EVL-1"] == states["LOG-1"] == "not looked at"
    assert states["OWN-1"] == "pending"
    assert states["DAT-1"] == states["INJ-1"] == "not looked at", "their static half alone ran"
    assert told["counts"] == {"ok": 2, "pending": 4, "failed": 0, "not looked at": 16}
    assert len(states) == 22


def test_each_family_of_controls_answers_a_question_or_has_a_section_of_its_own():
    families = {control.id.partition("-")[0] for control in catalogue.load(TEMPLATE).controls}
    placed = {family for row in controls.FAMILIES.values() for family in row}
    assert families - placed <= {"EVL", "INC", "BIA", "DOC"}


def test_standards_are_shown_with_the_state_of_what_cites_them(told: Dossier):
    shown = {row["standard"]: row["controls"] for row in told["standards"]}
    assert shown["LLM10:2025, Unbounded Consumption (OWASP Top 10 for LLM Applications 2025)"] == [
        "RAT-1 not looked at",
        "CST-1 not looked at",
        "CST-3 not looked at",
    ]


def test_the_page_needs_nothing_and_shows_every_claim(fresh: Path, told: Dossier):
    page = (fresh / "index.html").read_text()
    assert "default-src 'none'" in page
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("<b class=") == len(list(claims(told))) + 4


def test_every_link_of_the_page_has_its_copy(fresh: Path, told: Dossier):
    cited = {
        one["path"]
        for claim in claims(told)
        for one in claim["citations"]
        if not one["path"].endswith("/")
    }
    assert "ai-workflow.yaml" in cited
    root = fresh.parent / "root"
    assert all((fresh / "files" / p).read_bytes() == (root / p).read_bytes() for p in cited)


def test_the_same_tree_and_day_give_the_same_bytes(fresh: Path, tmp_path: Path):
    dossier(fresh.parent / "root", tmp_path / "again")
    assert subprocess.run(["diff", "-r", fresh, tmp_path / "again"], check=False).returncode == 0


def test_what_is_not_committed_is_said(project, tmp_path: Path):
    root = project(0)
    (root / "policy/data.yaml").write_text((root / "policy/data.yaml").read_text() + "# mine\n")
    (root / "policy/custom").mkdir(exist_ok=True)
    (root / "policy/custom/<b>.txt").write_text("new")
    found = dossier(root, tmp_path / "dossier")
    assert found["changed"] == ["policy/custom/<b>.txt", "policy/data.yaml"]
    [policy] = {
        (one["changed"], one["files"])
        for claim in claims(found)
        for one in claim["citations"]
        if one["path"] == "policy/"
    }
    assert policy == (True, 2)
    page = (tmp_path / "dossier/index.html").read_text()
    assert "changed since" in page
    assert "policy/custom/&lt;b&gt;.txt" in page


def test_an_approval_is_cited_with_its_signature_and_decision(
    project, naming, keys: Path, tmp_path: Path
):
    root = project(2)
    naming(root, engineering="ada")
    commit_on(root, "2026-10-01", "--amend")
    (root / "README.md").write_text("one")
    claim = statement.Statement(
        "ai-workflow", tree.of(root), "decisions/0001-risk-tier.md", "engineering", "2026-12-31"
    )
    path = root / f"{statement.stem(claim, 'ada')}.json"
    path.parent.mkdir()
    path.write_bytes(claim.to_bytes())
    path.with_suffix(".sig").write_bytes(ssh.sign(keys / "ada", claim.to_bytes()))
    commit_on(root, DAY)
    found = dossier(root, tmp_path / "dossier")
    head = git(root, "rev-parse", "HEAD")
    [approved] = [one for one in claims(found, "access") if "approved commit" in one["text"]]
    assert approved["text"] == (
        f"Ada (@ada) approved commit {head[:12]} as engineering, by signature, "
        "from 2026-11-02 09:00 until 2027-01-01 00:00 UTC"
    )
    assert [one["path"] for one in approved["citations"]] == [
        path.relative_to(root).as_posix(),
        path.with_suffix(".sig").relative_to(root).as_posix(),
        "decisions/0001-risk-tier.md",
    ]
    waiting = [text for text in said(found, "access") if text.startswith("no approval in force")]
    assert waiting == [f"no approval in force of role 'security' for commit {head[:12]}"]


@pytest.mark.parametrize(
    "tier",
    [
        pytest.param(0, marks=pytest.mark.slow),
        pytest.param(1, marks=pytest.mark.slow),
        pytest.param(3, id="3, as a row of the catalogue"),
    ],
)
def test_every_tier_has_its_dossier(project, tmp_path: Path, tier: int):
    root = project(min(tier, 2))
    if tier == 3:
        raise_to_tier_3(root)
        commit_all(root, "Raise")
    found = dossier(root, tmp_path / "dossier")
    assert found["tier"].startswith(f"{tier} ")
    assert [claim["text"] for claim in claims(found) if not claim["citations"]] == []


class TestFolder:
    """Where a dossier may be written."""

    def test_an_older_dossier_is_replaced(self, project, tmp_path: Path):
        root, target = project(0), tmp_path / "dossier"
        dossier(root, target)
        (root / "README.md").write_text("other")
        assert dossier(root, target)["changed"] == ["README.md"]
        assert sorted(path.name for path in tmp_path.iterdir()) == ["dossier", "tier-0"]

    def test_an_empty_folder_is_taken(self, project, tmp_path: Path):
        (tmp_path / "empty").mkdir()
        assert dossier(project(0), tmp_path / "empty")["kind"] == "prooflane evidence 1"

    @pytest.mark.parametrize(
        "spoil",
        [
            pytest.param(lambda folder: (folder / "mine.txt").write_text("x"), id="another file"),
            pytest.param(lambda folder: (folder / "index.html").write_text("x"), id="an edit"),
            pytest.param(lambda folder: (folder / "evidence.json").unlink(), id="one file gone"),
            pytest.param(
                lambda folder: (folder / "files/link").symlink_to("/etc/passwd"), id="a link"
            ),
        ],
    )
    def test_a_folder_that_somebody_changed_is_left_as_it_is(
        self, fresh: Path, tmp_path: Path, spoil
    ):
        target = tmp_path / "dossier"
        subprocess.run(["cp", "-a", fresh, target], check=True)
        spoil(target)
        before = sorted((path.name, path.lstat().st_mtime_ns) for path in target.rglob("*"))
        done = check(fresh.parent / "root", "--evidence", str(target))
        assert done.returncode == 2
        assert done.stderr == (
            f"error: {str(target)!r} holds something that is not a dossier as it was written\n"
            "hint: choose a new folder; this one was left as it is\n"
        )
        after = sorted((path.name, path.lstat().st_mtime_ns) for path in target.rglob("*"))
        assert after == before

    def test_a_folder_of_the_repository_is_refused(self, fresh: Path):
        root = fresh.parent / "root"
        done = check(root, "--evidence", "docs")
        assert done.returncode == 2
        assert done.stderr == (
            f"error: {str(root / 'docs')!r} is in the repository, so it would change what it"
            " describes\nhint: choose a folder outside, or .aiwf/evidence\n"
        )
        assert not (root / "docs").exists()

    def test_below_the_runtime_folder_it_changes_nothing(self, project):
        root = project(0)
        assert dossier(root, root / ".aiwf/evidence")["changed"] == []
        assert git(root, "status", "--porcelain") == ""

    def test_a_file_in_its_place_is_refused(self, fresh: Path, tmp_path: Path):
        (tmp_path / "dossier").write_text("mine")
        done = check(fresh.parent / "root", "--evidence", str(tmp_path / "dossier"))
        assert (done.returncode, (tmp_path / "dossier").read_text()) == (2, "mine")

    def test_one_control_alone_is_no_dossier(self, fresh: Path, tmp_path: Path):
        done = check(fresh.parent / "root", "--evidence", str(tmp_path / "x"), "--only", "OWN-1")
        assert done.stderr == ("error: --evidence is about every control\nhint: leave out --only\n")
