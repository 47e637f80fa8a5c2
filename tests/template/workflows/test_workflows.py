"""The repository's own workflows: clean under every linter, every step runs as on the forge."""

import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest
import yaml

from controls import catalogue, manifest
from controls.check.model import Context, State
from controls.workflows import checks, model

PINS = {
    "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
    "astral-sh/setup-uv@20cfd1bf945f4377ade1205e4dbc17946fc9a30d # v10.0.1",
    "open-policy-agent/setup-opa@b2b258e089860efaadaaf71bf6e3aecb4a3eeff1 # v2.4.0",
    "actions/attest@1e69f48acb82d1966a394da916b4c1698aa569d6 # v4.2.2",
}
BRIEF = (
    "pip install -r requirements.txt",
    'python -m evals.run --set "$EVAL_SET" --max-cost "$MAX_COST_USD" --min-pass "$MIN_PASS_RATE"',
)


def context(root: Path) -> Context:
    return Context(root, manifest.load(root), catalogue.load(root), date(2026, 11, 2))


def load(root: Path, name: str) -> dict:
    return yaml.safe_load((root / f".github/workflows/{name}.yml").read_text())


@pytest.mark.parametrize(("tier", "workflows"), [(0, 4), (1, 4), (2, 5)])
def test_fresh_repository_passes_every_check(project, tier: int, workflows: int):
    found = context(project(tier))
    pinned, locked, audited = (
        check(found) for check in (checks.pinned, checks.locked, checks.audited)
    )
    assert [one.findings for one in (pinned, locked, audited)] == [(), (), ()]
    assert (pinned.n > 10, locked.n > 50, audited.n) == (True, True, workflows)


def test_pins_are_those_that_were_read_from_the_actions_own_repositories(project):
    root = project(2)
    used = {
        line.split("uses:")[1].strip()
        for name in model.names(root)
        for line in (root / name).read_text().splitlines()
        if "uses:" in line
    }
    assert used <= PINS


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        pytest.param(
            "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
            "actions/checkout@v7",
            "zizmor: unpinned action reference (unpinned-uses)",
            id="an unpinned action",
        ),
        pytest.param(
            "    runs-on: ubuntu-24.04\n",
            "    runs-on: ubuntu-24.04\n    colour: red\n",
            'actionlint: unexpected key "colour" for "job" section',
            id="an unknown key",
        ),
    ],
)
def test_linters_see_a_planted_fault(project, before: str, after: str, finding: str):
    root = project(0)
    path = root / ".github/workflows/pr-gate.yml"
    path.write_text(path.read_text().replace(before, after, 1))
    outcome = checks.audited(context(root))
    assert outcome.state is State.failed
    assert any(one.message.startswith(finding) for one in outcome.findings)
    assert {one.path for one in outcome.findings} == {".github/workflows/pr-gate.yml"}


def test_unpinned_action_inside_an_own_action_is_named_however_deep(project):
    root = project(0)
    step = "      - uses: ./tools/outer\n"
    head = "name: own\non: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n"
    (root / ".github/workflows/own.yml").write_text(
        f"{head}    timeout-minutes: 5\n    steps:\n{step}"
    )
    for name, used in (("outer", "./tools/inner"), ("inner", "actions/setup-node@v4")):
        (root / "tools" / name).mkdir(parents=True)
        steps = f"  steps:\n    - uses: {used}\n"
        text = f"name: {name}\ndescription: d\nruns:\n  using: composite\n{steps}"
        (root / "tools" / name / "action.yml").write_text(text)
    found = [(one.path, one.line) for one in checks.pinned(context(root)).findings]
    assert found == [("tools/inner/action.yml", 6)]
    assert "tools/inner/action.yml" in {one.path for one in checks.audited(context(root)).findings}


def test_deleted_workflows_fail(project):
    root = project(0)
    for name in model.names(root):
        (root / name).unlink()
    for check in (checks.pinned, checks.audited):
        assert check(context(root)).state is State.failed


def test_repository_without_ci_has_none_to_check(project):
    root = project(0, ci="none")
    for check in (checks.pinned, checks.audited):
        outcome = check(context(root))
        assert (outcome.state, outcome.evidence) == (State.ok, ".copier-answers.yml: ci is none")


def test_broken_workflow_is_named(project):
    root = project(0)
    (root / ".github/workflows/own.yml").write_text("on: push\njobs: [\n")
    outcome = checks.pinned(context(root))
    assert outcome.state is State.failed
    assert [one.path for one in outcome.findings] == [".github/workflows/own.yml"]


def test_verb_names_place_and_remedy(project):
    root = project(0)
    own = root / ".github/workflows/own.yml"
    own.write_text(
        "name: own\non: push\npermissions: {}\njobs:\n"
        "  a:\n    name: a\n    runs-on: ubuntu-24.04\n"
        "    timeout-minutes: 5\n    steps:\n      - run: python -m evals.run --set $EVAL_SET\n"
    )
    command = [sys.executable, "-m", "controls", "workflows"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith(
        ".github/workflows/own.yml:10: "
        "variable 'EVAL_SET' is not set, so --set swallows the next word\n"
        "hint: set EVAL_SET in an env block of this workflow\n"
    )


def test_gate_holds_the_briefs_own_text(project):
    job = load(project(0), "pr-gate")["jobs"]["evals"]
    assert job["env"] == {"EVAL_SET": "smoke_v1", "MAX_COST_USD": "25", "MIN_PASS_RATE": "0.92"}
    commands = [step.get("run") for step in job["steps"]]
    assert [command for command in commands if command in BRIEF] == list(BRIEF)


def test_gate_of_a_pull_request_has_no_secret_and_grants_reading_alone(project):
    root = project(2)
    text = (root / ".github/workflows/pr-gate.yml").read_text()
    assert "secrets." not in text
    jobs = load(root, "pr-gate")["jobs"]
    grants = {name: tuple(job["permissions"].items()) for name, job in jobs.items()}
    reviews = (("contents", "read"), ("pull-requests", "read"))
    assert {name for name, grant in grants.items() if grant == reviews} == {"gate", "sign-off"}
    assert set(grants.values()) == {reviews, (("contents", "read"),)}


@pytest.mark.sampled
@pytest.mark.parametrize("owner", ["", "@ada", "ada@example.com"])
@pytest.mark.parametrize("tier", [0, 1, 2, 3, 4])
def test_first_codeowners_is_what_the_manifest_generates(project, tier: int, owner: str):
    root = project(tier, owner=owner)
    before = (root / ".github/CODEOWNERS").read_bytes()
    command = [sys.executable, "-m", "controls", "owners", "--write"]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    assert (root / ".github/CODEOWNERS").read_bytes() == before


def test_tag_without_a_deploy_target_ships_nothing_and_says_so(forge, project):
    root = project(2)
    done = forge(root, "release-lane", only=("release",))
    assert done["release"].result == "success"
    assert "no deploy target in Makefile: deploy/1 is released" in done["release"].log


def test_tag_with_a_deploy_target_deploys(forge, project):
    root = project(2)
    with (root / "Makefile").open("a") as file:
        file.write("\ndeploy:\n\t@echo shipped\n")
    assert forge(root, "release-lane", only=("release",))["release"].log.endswith("shipped\n")


@pytest.mark.slow
@pytest.mark.parametrize("tier", [0, 1, 2, 3, 4])
def test_every_step_of_the_gate_passes_on_a_fresh_repository(forge, ready_project, tier: int):
    root = ready_project(tier)
    done = forge(root, "pr-gate", only=("lane", "gate", "checks", "red-team", "all-green"))
    logs = "\n".join(one.log for one in done.values() if one.result == "failure")
    assert {name: one.result for name, one in done.items()} == {
        "lane": "success",
        "gate": "success",
        "checks": "success",
        "red-team": "success" if tier >= 2 else "skipped",
        "all-green": "failure",  # the eval job has not run here
    }, logs
    assert "evals: missing" in done["all-green"].log


@pytest.mark.slow
def test_briefs_own_steps_pass_on_a_fresh_repository(forge, project):
    done = forge(project(0), "pr-gate", only=("evals",))["evals"]
    assert done.result == "success", done.log
    assert done.ran[-2:] == BRIEF


@pytest.mark.slow
@pytest.mark.parametrize(
    ("workflow", "job"), [("evals-nightly", "live"), ("red-team-weekly", "attack")]
)
def test_scheduled_steps_pass_on_the_embedded_models(forge, ready_project, workflow: str, job: str):
    done = forge(ready_project(2), workflow)[job]
    assert done.result == "success", done.log


@pytest.mark.slow
def test_release_stops_at_the_first_pending_control(forge, ready_project):
    done = forge(ready_project(2), "release-lane")
    assert [one.result for one in done.values()] == ["success", "failure", "skipped"]
    assert "pending  OWN-1" in done["ready"].log
    assert "not ready: " in done["ready"].log


@pytest.mark.slow
def test_sign_off_says_for_which_roles_nobody_is_named_yet(forge, ready_project):
    done = forge(ready_project(3), "pr-gate", only=("lane", "sign-off"))
    assert (done["lane"].result, done["sign-off"].result) == ("success", "success")
    assert "nobody is named for role 'compliance'" in done["sign-off"].log
    assert "pending: tree " in done["sign-off"].log


def test_pull_mode_is_off_until_it_is_switched_on(forge, project):
    assert forge(project(0), "template-sync")["propose"].result == "skipped"


@pytest.mark.parametrize("asked", ["prooflane", "prooflane[fleet]>=1", "x; true", "./prooflane"])
def test_pull_mode_installs_one_exact_version_or_nothing(forge, project, asked):
    done = forge(project(0), "template-sync", **{"vars.TEMPLATE_SYNC": asked})["propose"]
    assert done.result == "failure"
    assert f"error: TEMPLATE_SYNC is {asked!r}, expected such as prooflane" in done.log
    assert len(done.ran) == 1


@pytest.mark.slow
def test_pull_mode_runs_that_version_with_the_template_that_was_named(
    forge, project, tmp_path, monkeypatch
):
    monkeypatch.setenv("PIP_FIND_LINKS", str(stand_in(tmp_path / "wheels")))
    told = {"TEMPLATE_SYNC": "prooflane[fleet]==1.2.3", "TEMPLATE_SOURCE": "https://a.example/t"}
    told["TEMPLATE_SIGNERS"] = "ada@example.com ssh-ed25519 AAAA"
    root = project(0)
    done = forge(root, "template-sync", **{f"vars.{key}": text for key, text in told.items()})
    assert done["propose"].result == "success", done["propose"].log
    assert "fleet pull github:acme/replies\n" in done["propose"].log
    settings = root / ".config/prooflane"
    assert yaml.safe_load((settings / "config.yaml").read_text()) == {
        "signers": "allowed_signers",
        "templates": [told["TEMPLATE_SOURCE"]],
    }
    assert (settings / "allowed_signers").read_text() == f"{told['TEMPLATE_SIGNERS']}\n"


def stand_in(folder: Path) -> Path:
    """Write a wheel that is called prooflane, and whose command says what it was asked."""
    folder.mkdir()
    info = "prooflane-1.2.3.dist-info"
    script = "[console_scripts]\nprooflane = stand_in:main\n"
    files = {
        "stand_in.py": "import sys\n\ndef main():\n    print(*sys.argv[1:])\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: prooflane\nVersion: 1.2.3\n"
        "Provides-Extra: fleet\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": script,
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / "prooflane-1.2.3-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return folder
