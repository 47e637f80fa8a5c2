"""The tier decides the lane: which jobs must succeed, which environment guards, who reviews."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from controls.workflows import green, lane

LANES = [
    (0, "fast", "release-fast", {"lane", "gate", "evals", "checks"}),
    (1, "fast", "release-fast", {"lane", "gate", "evals", "checks"}),
    (2, "gated", "release-gated", {"lane", "gate", "evals", "checks", "red-team"}),
    (
        3,
        "restricted",
        "release-restricted",
        {"lane", "gate", "evals", "checks", "red-team", "sign-off"},
    ),
    (
        4,
        "restricted",
        "release-restricted",
        {"lane", "gate", "evals", "checks", "red-team", "sign-off"},
    ),
]


def git(repo: Path, *args: str) -> str:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    command = ["git", *identity, *args]
    return subprocess.run(command, cwd=repo, check=True, capture_output=True, text=True).stdout


def commit_all(repo: Path, message: str) -> str:
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "--no-verify", "--allow-empty", "--message", message)
    return git(repo, "rev-parse", "HEAD").strip()


GATE = Path(__file__).parents[3] / "template/.github/workflows/pr-gate.yml"


def manifest(root: Path, tier: int) -> None:
    path = root / "ai-workflow.yaml"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(
        "".join(f"    tier: {tier}\n" if "    tier:" in line else line for line in lines)
    )
    commit_all(root, "Another tier")


@pytest.mark.parametrize("row", LANES)
def test_tier_decides_lane_environment_and_required_jobs(forge, project, row):
    tier, name, environment, jobs = row
    root = project(2)
    manifest(root, tier)
    outputs = forge(root, "pr-gate", only=("lane",))["lane"].outputs
    assert outputs["tier"] == str(tier)
    assert outputs["lane"] == name
    assert outputs["environment"] == environment
    assert set(outputs["jobs"].split()) == jobs


def test_change_cannot_lower_its_own_lane(forge, project):
    root = project(2)
    base = git(root, "rev-parse", "HEAD").strip()
    manifest(root, 0)
    event = {"pull_request.base.sha": base}
    assert forge(root, "pr-gate", only=("lane",), **event)["lane"].outputs["lane"] == "gated"


@pytest.mark.parametrize("job", ["gate", "sign-off"])
def test_what_judges_is_set_up_from_the_locks_of_the_controls_alone(job: str):
    steps = yaml.safe_load(GATE.read_text())["jobs"][job]["steps"]
    setup = 'python3 "$RUNNER_TEMP/base/controls/setup.py" "$RUNNER_TEMP/base/controls"'
    commands = [line for step in steps for line in step.get("run", "").splitlines()]
    assert [line for line in commands if "setup" in line or "make" in line] == [setup]
    assert [line.split()[0] for line in commands if "-m controls" in line] == [
        "controls/.venv/bin/python"
    ]


@pytest.mark.slow
def test_no_package_of_the_owners_is_installed_beside_what_judges(forge, project, tmp_path):
    root = project(2)
    pins = root / "requirements.txt"
    pins.write_text(f"{pins.read_text()}no-such-package-of-acme==1 --hash=sha256:{'0' * 64}\n")
    event = {"pull_request.base.sha": commit_all(root, "Own packages")}
    (root / "notes.md").write_text("Nothing that anybody judges.\n")
    commit_all(root, "Notes")
    done = forge(root, "pr-gate", only=("gate",), **event)["gate"]
    assert done.result == "success", done.log
    assert "nothing is looser" in done.log
    assert not (tmp_path / "job gate/base/.venv").exists()


@pytest.mark.parametrize("row", LANES)
def test_jobs_that_run_are_those_that_the_lane_requires(forge, tmp_path: Path, row):
    tier, _, _, jobs = row
    workflow = yaml.safe_load(GATE.read_text())
    for job in workflow["jobs"].values():
        if job["name"] not in {"lane", "all-green"}:
            job["steps"] = [{"run": "true"}]
    root = tmp_path / "repository"
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/pr-gate.yml").write_text(yaml.safe_dump(workflow, sort_keys=False))
    (root / "controls").symlink_to(GATE.parents[2] / "controls")
    (root / "ai-workflow.yaml").write_text(f"spec:\n  risk:\n    tier: {tier}  # why\n")
    git(root, "init", "--quiet")
    commit_all(root, "Start")
    done = forge(root, "pr-gate")
    assert {job for job, one in done.items() if one.result == "success"} == jobs | {"all-green"}


@pytest.mark.parametrize("tier", [0, 1, 2, 3, 4])
def test_reviewers_of_a_change_are_the_people_of_the_tiers_roles(project, tier: int):
    root = project(tier)
    path = root / "ai-workflow.yaml"
    text = path.read_text()
    people = iter("abc")
    while "principals: []" in text:
        person = next(people)
        named = f'principals: [{{name: P, handle: "@{person}"}}]'
        text = text.replace("principals: []", named, 1)
    path.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "controls", "owners"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    everything = [line for line in done.stdout.splitlines() if line.startswith("* ")]
    assert everything == ["* @a"]
    assert ("@b" in done.stdout) is (tier in {1, 2, 3})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "spec:\n  risk:\n    tier: 5\n",
        "spec:\n  risk:\n    tier: two\n",
        "spec:\n  risk:\n    tier:\n",
        "spec:\n  other:\n    tier: 2\n",
        "risk:\n    tier: 2\n",
        "spec:\n  risk: {tier: 2}\n",
        "spec:\n  risk:\n    tier: 0\n  risk:\n    tier: 2\n",
    ],
)
def test_unclear_tier_is_refused(text: str):
    with pytest.raises(ValueError, match="must say spec.risk.tier once, as a number from 0 to 4"):
        lane.read(text)


def test_unclear_tier_stops_the_gate(forge, project):
    root = project(0)
    manifest(root, 7)
    done = forge(root, "pr-gate", only=("lane",))
    assert done["lane"].result == "failure"
    assert "error: ai-workflow.yaml must say spec.risk.tier once" in done["lane"].log


@pytest.mark.parametrize("tier", [0, 1, 2, 3, 4])
def test_quick_reader_and_the_manifests_own_agree(project, tier: int):
    root = project(tier)
    assert lane.read((root / "ai-workflow.yaml").read_text()) == tier
    expected = lane.of(tier).name
    other = "fast" if tier >= 3 else "restricted"
    cases = [("--expect", expected, 0), ("--expect", other, 1)]
    cases += [("--at-most", "restricted", 0), ("--at-most", "fast", int(tier > 1))]
    for option, name, status in cases:
        done = subprocess.run(
            [sys.executable, "-m", "controls", "workflows", "lane", option, name],
            cwd=root,
            capture_output=True,
            check=False,
        )
        assert done.returncode == status


@pytest.mark.parametrize(
    ("results", "red"),
    [
        ({"lane": "success", "evals": "success"}, {}),
        ({"lane": "success", "evals": "success", "red-team": "skipped"}, {}),
        ({"lane": "success", "evals": "skipped"}, {"evals": "skipped"}),
        ({"lane": "success", "evals": "cancelled"}, {"evals": "cancelled"}),
        ({"lane": "success"}, {"evals": "missing"}),
        (
            {"lane": "success", "evals": "success", "red-team": "failure"},
            {"red-team": "failure"},
        ),
    ],
)
def test_green_needs_every_required_job_and_no_failure(results: dict, red: dict):
    assert green.missing(results, ("lane", "evals")) == red


@pytest.mark.parametrize(
    ("env", "status"),
    [
        ({}, 2),
        ({"NEEDS": "nonsense", "REQUIRED": "lane"}, 2),
        ({"NEEDS": json.dumps({"lane": {"result": "failure"}}), "REQUIRED": ""}, 1),
        ({"NEEDS": json.dumps({"lane": {"result": "failure"}}), "REQUIRED": "lane"}, 1),
        ({"NEEDS": json.dumps({"lane": {"result": "success"}}), "REQUIRED": "lane"}, 0),
    ],
)
def test_green_fails_closed(env: dict[str, str], status: int):
    done = subprocess.run(
        [sys.executable, "-m", "controls.workflows.green"],
        cwd=GATE.parents[2],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status
    assert "Traceback" not in done.stderr
