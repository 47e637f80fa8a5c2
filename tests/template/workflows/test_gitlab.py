"""GitLab's jobs are GitHub's: the same names, commands, limits, triggers, lanes and verdict."""

import json
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "regenerate"))
import gitlab_ci
import worktree
from supplied import set_up

from controls import catalogue, manifest
from controls.check.model import Context, State
from controls.forge import schedules
from controls.workflows import checks, lane
from prooflane.render import tree as render

ROOT = Path(__file__).parents[3]
TEMPLATE = ROOT / "template"
WORKFLOWS = ("pr-gate", "evals-nightly", "red-team-weekly", "release-lane", "template-sync")
# names are global on GitLab, and pr-gate has a lane
CALLED = {("release-lane", "lane"): "lane-of-release"}
# the same thing in the words of each forge, brought to those of GitHub
WORDS = {
    ' | sed "s/^/LANE_/" | tee "$CI_PROJECT_DIR/lane.env"': ' | tee -a "$GITHUB_OUTPUT"',
    ' | sed "s/^/LANE_/" | tee lane.env': ' | tee -a "$GITHUB_OUTPUT"',
    "$LANE_lane": "$LANE",
    "$CI_COMMIT_SHA": "$GITHUB_SHA",
    "$CI_COMMIT_TAG": "$GITHUB_REF_NAME",
    "gitlab:$CI_PROJECT_PATH": "github:$GITHUB_REPOSITORY",
    'export PATH="$PWD/.venv/bin:$PATH"': 'echo "$PWD/.venv/bin" >> "$GITHUB_PATH"',
    "apt-get update && apt-get install": "sudo apt-get install",
    'green "$CI_PROJECT_DIR/.aiwf/jobs"': "green",
    " || failed=1": "",
}
# a checkout of the reviewed commit, the last word of jobs that go on, a second look at the approver
ONLY_GITLAB = {
    'git checkout --quiet --detach "$HEAD_SHA"',
    'test -z "${failed:-}"',
    'test "$CI_ENVIRONMENT_NAME" = "$LANE_environment"',
    'export REQUIRED="$LANE_jobs"',
}
# a runner of GitHub's lets its root loosen the machine for the sandbox; a container's may not
ONLY_GITHUB = {" || sudo sysctl --write kernel.apparmor_restrict_unprivileged_userns=0"}
CHANGE = {"CI_PIPELINE_SOURCE": "merge_request_event"}
PUSH = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}
TAG = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_TAG": "deploy/1", "CI_DEFAULT_BRANCH": "main"}


def github(name: str) -> dict:
    return yaml.safe_load((TEMPLATE / f".github/workflows/{name}.yml").read_text())


def gitlab(name: str) -> dict[str, dict]:
    return gitlab_ci.jobs_of(TEMPLATE / f".gitlab/ci/{name}.yml")


def plain(script: str) -> list[str]:
    """Return the lines of a script in one forge's words, without summaries and comments."""
    for ours, theirs in WORDS.items():
        script = script.replace(ours, theirs)
    for words in ONLY_GITHUB:
        script = script.replace(words, "")
    script = script.replace(' | tee -a "$GITHUB_STEP_SUMMARY"', "")
    script = re.sub(r"\{ (.*); \}", r"\1", script)
    lines = (line.partition(" # ")[0].strip() for line in script.splitlines())
    return [line for line in lines if line and line not in ONLY_GITLAB]


def commands(steps: list[str]) -> list[str]:
    return [line for step in steps for line in plain(step)]


PAIRS = [
    (name, job, CALLED.get((name, job), job)) for name in WORKFLOWS for job in github(name)["jobs"]
]


def test_each_workflow_and_each_job_has_its_counterpart() -> None:
    there = {path.stem for path in (TEMPLATE / ".gitlab/ci").glob("*.yml")}
    assert there == set(WORKFLOWS)
    assert there == {path.stem for path in (TEMPLATE / ".github/workflows").glob("*.yml")}
    for name in WORKFLOWS:
        assert list(gitlab(name)) == [called for of, _, called in PAIRS if of == name]


@pytest.mark.parametrize(("workflow", "job", "called"), PAIRS)
class TestJob:
    def test_runs_the_same_commands(self, workflow, job, called):
        steps = [step["run"] for step in github(workflow)["jobs"][job]["steps"] if "run" in step]
        assert commands(gitlab(workflow)[called]["script"]) == commands(steps)

    def test_has_the_same_time_limit(self, workflow, job, called):
        minutes = github(workflow)["jobs"][job]["timeout-minutes"]
        assert gitlab(workflow)[called]["timeout"] == f"{minutes} minutes"

    def test_is_given_the_same_settings(self, workflow, job, called):
        whole = github(workflow)
        env = {**whole.get("env", {}), **whole["jobs"][job].get("env", {})}
        literal = {key: text for key, text in env.items() if "${{" not in text}
        told = gitlab(workflow)[called]["variables"]
        assert {key: told.get(key) for key in literal} == literal

    def test_waits_for_the_same_jobs(self, workflow, job, called):
        needs = github(workflow)["jobs"][job].get("needs", [])
        wanted = [needs] if isinstance(needs, str) else needs
        told = gitlab(workflow)[called].get("needs", [])
        names = [one if isinstance(one, str) else one["job"] for one in told]
        assert names == [CALLED.get((workflow, one), one) for one in wanted]

    def test_is_guarded_by_the_same_environment(self, workflow, job, called):
        guard = github(workflow)["jobs"][job].get("environment", "")
        told = gitlab(workflow)[called].get("environment", {}).get("name", "")
        # GitHub gives these jobs a token by `permissions`, GitLab by an environment
        assert told in {"approvals", guard} or guard.startswith("${{ needs.lane.outputs")


def test_every_word_of_the_two_forges_is_still_needed() -> None:
    theirs = "".join(
        line for name in WORKFLOWS for row in gitlab(name).values() for line in row["script"]
    )
    ours = (TEMPLATE / ".github/workflows/release-lane.yml").read_text()
    assert [word for word in (*WORDS, *ONLY_GITLAB) if word not in theirs] == []
    assert [word for word in ONLY_GITHUB if word not in ours] == []


@pytest.fixture(scope="module")
def of_tier(tmp_path_factory):
    """Return a function that gives the files that GitLab looks at, in a repository of a tier."""
    loaded = render.load(worktree.files(ROOT))
    origin = render.Origin("https://github.com/prooflane/prooflane.git", "v0.1.0")

    def made(tier: int) -> Path:
        root = tmp_path_factory.mktemp(f"tier-{tier}")
        answers = loaded.answers({"tier": tier, "ci": "gitlab"}, origin)
        for name, file in loaded.render(answers).items():
            if name.startswith((".git", "controls/managed/")):
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file.data)
        return root

    return made


@pytest.mark.parametrize("tier", [0, 1, 2, 3, 4])
class TestTriggers:
    def test_a_change_has_the_jobs_of_its_lane(self, of_tier, tier):
        root = of_tier(tier)
        wanted = {*lane.of(tier).jobs, "all-green"}
        assert gitlab_ci.starts(root, CHANGE) == wanted
        assert gitlab_ci.starts(root, PUSH) == wanted

    def test_a_tag_of_a_release_has_the_release_lane_and_its_environment(self, of_tier, tier):
        root = of_tier(tier)
        assert gitlab_ci.starts(root, TAG) == {"lane-of-release", "ready", "release"}
        chosen = gitlab_ci.rule(root, "release", TAG)["variables"]["RELEASE_ENVIRONMENT"]
        assert chosen == lane.of(tier).environment

    def test_anything_else_starts_nothing(self, of_tier, tier):
        root = of_tier(tier)
        branch = {**PUSH, "CI_COMMIT_BRANCH": "draft"}
        tag = {**TAG, "CI_COMMIT_TAG": "v1.0.0"}
        plain_run = {"CI_PIPELINE_SOURCE": "web"}
        assert [gitlab_ci.starts(root, one) for one in (branch, tag, plain_run)] == [set()] * 3

    def test_a_schedule_has_the_job_that_it_names(self, of_tier, tier):
        root = of_tier(tier)
        for source in ("schedule", "web"):
            known = {"CI_PIPELINE_SOURCE": source, "TEMPLATE_SYNC": "prooflane[fleet]==1.2.3"}
            made = {
                name: gitlab_ci.starts(root, {**known, "SCHEDULE": name})
                for name in ("evals-nightly", "red-team-weekly", "template-sync")
            }
            attack = {"attack"} if tier >= 2 else set()
            assert list(made.values()) == [{"live"}, attack, {"propose"}]

    def test_pull_mode_is_off_until_it_is_switched_on(self, of_tier, tier):
        root = of_tier(tier)
        known = {"CI_PIPELINE_SOURCE": "schedule", "SCHEDULE": "template-sync"}
        assert gitlab_ci.starts(root, known) == set()
        assert github("template-sync")["jobs"]["propose"]["if"] == "vars.TEMPLATE_SYNC != ''"


def test_schedules_are_those_of_the_other_forge() -> None:
    crons = {name: _crons(github(name)) for name in WORKFLOWS}
    assert {name: cron for name, cron in crons.items() if cron} == schedules.CRONS
    for name, cron in schedules.CRONS.items():
        said = (TEMPLATE / f".gitlab/ci/{name}.yml").read_text()
        assert f"{cron} with the variable SCHEDULE={name}" in said


def _crons(workflow: dict) -> str:
    on = workflow[True]  # YAML 1.1 reads `on` as a boolean
    return on.get("schedule", [{"cron": ""}])[0]["cron"]


def test_gate_of_a_change_has_no_key_of_a_model() -> None:
    said = (TEMPLATE / ".gitlab/ci/pr-gate.yml").read_text()
    assert "API_KEY" not in said
    tokens = {name for name, job in gitlab("pr-gate").items() if "environment" in job}
    assert tokens == {"gate", "sign-off"}


def test_no_token_stays_in_a_checkout() -> None:
    told = yaml.safe_load((TEMPLATE / ".gitlab-ci.yml").read_text())["variables"]
    assert told["FF_GIT_URLS_WITHOUT_TOKENS"] == "true"
    assert gitlab("template-sync")["propose"]["variables"]["GIT_STRATEGY"] == "none"


def test_reports_are_where_the_forge_shows_them() -> None:
    jobs = {**gitlab("pr-gate"), **gitlab("release-lane"), **gitlab("red-team-weekly")}
    junit = {
        name: job["artifacts"]["reports"]["junit"]
        for name, job in jobs.items()
        if "junit" in job.get("artifacts", {}).get("reports", {})
    }
    written = {
        n: job["variables"].get("EVAL_JUNIT") or job["variables"].get("CHECK_JUNIT")
        for n, job in jobs.items()
    }
    assert set(junit) == {"evals", "checks", "red-team", "ready", "attack"}
    assert junit == {name: path for name, path in written.items() if path}


def test_a_text_of_a_change_is_the_same_on_both_forges() -> None:
    ours = TEMPLATE / ".github/pull_request_template.md"
    assert (TEMPLATE / ".gitlab/merge_request_templates/Default.md").read_text() == ours.read_text()


def context(root: Path) -> Context:
    return Context(root, manifest.load(root), catalogue.load(root), date(2026, 11, 2))


SLOW = pytest.mark.slow


@pytest.mark.parametrize("tier", [pytest.param(0, marks=SLOW), 2, pytest.param(4, marks=SLOW)])
def test_a_fresh_repository_passes_the_control_of_workflows(project, tier):
    root = project(tier, ci="gitlab")
    assert not (root / ".github").exists()
    found = context(root)
    pinned, audited = checks.pinned(found), checks.audited(found)
    assert (pinned.findings, audited.findings) == ((), ())
    assert (pinned.n > 20, audited.n) == (True, 5 + (tier >= 2))


def test_deleted_files_fail(project):
    root = project(2, ci="gitlab")
    for path in (*(root / ".gitlab/ci").glob("*.yml"), root / ".gitlab-ci.yml"):
        path.unlink()
    for check in (checks.pinned, checks.audited):
        outcome = check(context(root))
        assert outcome.state is State.failed
        assert outcome.findings[0].hint == "restore it: git checkout .gitlab-ci.yml .gitlab/ci"


def test_files_of_the_other_forge_are_no_substitute(project):
    root = project(2, ci="gitlab")
    for path in (*(root / ".gitlab/ci").glob("*.yml"), root / ".gitlab-ci.yml"):
        path.unlink()
    shutil.copytree(TEMPLATE / ".github/workflows", root / ".github/workflows")
    assert checks.pinned(context(root)).state is State.failed


@pytest.mark.parametrize(
    ("path", "before", "after", "message"),
    [
        (".gitlab-ci.yml", "python:3.13-bookworm", "python", "the image 'python' names neither"),
        (".gitlab-ci.yml", "python:3.13-bookworm", "python:latest", "the image 'python:latest'"),
        (".gitlab/ci/pr-gate.yml", "  timeout: 5 minutes\n", "", "job 'lane' has no timeout"),
        (".gitlab/ci/pr-gate.yml", "  timeout:", "  colour:", "'colour' in lane is no keyword"),
        (".gitlab/ci/pr-gate.yml", "needs: [lane]", "needs: [lame]", "there is no 'lame'"),
        (".gitlab/ci/pr-gate.yml", "stage: verdict", "stage: end", "there is no 'end'"),
        (".gitlab/ci/pr-gate.yml", "    EVAL_SET: smoke_v1\n", "", "variable 'EVAL_SET' is not"),
        (".gitlab/ci/pr-gate.yml", "      when: always", "      when: often", "'often' is no time"),
        (".gitlab/ci/release-lane.yml", "lane-of-release:", "lane:", "'lane' is in .gitlab/ci/pr-"),
        (
            ".gitlab-ci.yml",
            "  - local: .gitlab/ci/*.yml",
            "  - {project: acme/ci, file: gate.yml, ref: main}\n  - local: .gitlab/ci/*.yml",
            "the include 'acme/ci' is not pinned to a commit",
        ),
        (".gitlab/ci/pr-gate.yml", "lane:\n", "lane: [\n", ".gitlab/ci/pr-gate.yml:"),
    ],
)  # fmt: skip
def test_each_planted_fault_is_named(project, path, before, after, message):
    root = project(2, ci="gitlab")
    text = (root / path).read_text()
    assert before in text
    (root / path).write_text(text.replace(before, after, 1))
    outcomes = [checks.pinned(context(root)), checks.audited(context(root))]
    found = [one.message for outcome in outcomes for one in outcome.findings]
    assert any(message in one for one in found), found


def git(repo: Path, *args: str) -> str:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    command = ["git", *identity, *args]
    return subprocess.run(
        command, cwd=repo, check=True, capture_output=True, text=True
    ).stdout.strip()


def changed_with_an_own_package(root: Path) -> tuple[str, str]:
    """Return base and head of a change to a repository with a package that no registry has."""
    pins = root / "requirements.txt"
    pins.write_text(f"{pins.read_text()}no-such-package-of-acme==1 --hash=sha256:{'0' * 64}\n")
    git(root, "commit", "--quiet", "--no-verify", "--all", "--message", "Own packages")
    base = git(root, "rev-parse", "HEAD")
    (root / "notes.md").write_text("Nothing that anybody judges.\n")
    git(root, "add", "notes.md")
    git(root, "commit", "--quiet", "--no-verify", "--message", "Notes")
    return base, git(root, "rev-parse", "HEAD")


def test_a_change_cannot_lower_its_own_lane_nor_take_a_job_away(project, tmp_path):
    root = project(2, ci="gitlab")
    base = git(root, "rev-parse", "HEAD")
    path = root / "ai-workflow.yaml"
    path.write_text(path.read_text().replace("    tier: 2\n", "    tier: 0\n"))
    (root / "controls/managed/tier-2.sha256").unlink()
    git(root, "commit", "--quiet", "--no-verify", "--all", "--message", "Lower")
    assert "red-team" not in gitlab_ci.starts(root, CHANGE)
    known = {
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "CI_COMMIT_SHA": git(root, "rev-parse", "HEAD"),
    }
    status, log = gitlab_ci.run(root, "lane", tmp_path, **known)
    assert status == "success", log
    told = gitlab_ci.outputs(root / "lane.env")
    assert told["LANE_jobs"] == "lane gate evals checks red-team"
    for name in ("gate", "evals", "checks"):
        (root / ".aiwf/jobs" / name).write_text("success\n")
    git(root, "worktree", "prune")
    status, log = gitlab_ci.run(root, "all-green", tmp_path, **known, **told)
    assert (status, "red-team: missing\nnot green\n" in log) == ("failed", True)
    (root / ".aiwf/jobs/red-team").write_text("success\n")
    status, log = gitlab_ci.run(root, "all-green", tmp_path / "again", **known, **told)
    assert (status, "green: lane, gate, evals, checks, red-team" in log) == ("success", True)
    (root / ".aiwf/jobs/gate").write_text("failed\n")
    status, log = gitlab_ci.run(root, "all-green", tmp_path / "third", **known, **told)
    assert (status, "gate: failed\n" in log) == ("failed", True)


@pytest.mark.slow
def test_no_package_of_the_owners_is_installed_beside_what_judges(project, tmp_path):
    root = project(2, ci="gitlab")
    base, change = changed_with_an_own_package(root)
    known = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_COMMIT_SHA": change}
    status, log = gitlab_ci.run(root, "gate", tmp_path, **known)
    assert status == "success", log
    assert "nothing is looser" in log
    assert not (tmp_path / "gate/base/.venv").exists()


@pytest.mark.parametrize(
    "source", ["", "prooflane[fleet]", "prooflane[fleet]==1.2; rm -rf /", "-e ."]
)
def test_pull_mode_installs_one_exact_version_or_nothing(project, tmp_path, source):
    root = project(2, ci="gitlab")
    status, log = gitlab_ci.run(root, "propose", tmp_path, TEMPLATE_SYNC=source)
    assert status == "failed"
    assert f"error: TEMPLATE_SYNC is '{source}', expected such as prooflane[fleet]==1.2.3" in log


@pytest.mark.slow
@pytest.mark.parametrize("tier", [2, 4])
def test_its_own_checks_pass_offline(project, environment, offline, tier):
    root = environment(project(tier, ci="gitlab"))
    command = [*offline, "make", "check"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = [str(root / ".venv/bin/python"), "-m", "controls", "check", "--json"]
    found = json.loads(subprocess.run(told, cwd=root, capture_output=True, check=False).stdout)
    assert (found["tier"], found["failed"]) == (tier, 0)


@pytest.mark.slow
def test_scripts_of_the_gate_pass_on_a_fresh_repository(project, tmp_path):
    root = project(2, ci="gitlab")
    set_up(root)
    head = git(root, "rev-parse", "HEAD")
    known = {"CI_COMMIT_BEFORE_SHA": "0" * 40, "CI_COMMIT_SHA": head, "LANE_lane": "gated"}
    for name in ("checks", "red-team"):
        status, log = gitlab_ci.run(root, name, tmp_path, **known)
        assert status == "success", log
        job = gitlab_ci.pipeline(root)[name]
        assert "<testsuite" in (root / job["artifacts"]["reports"]["junit"]).read_text()
