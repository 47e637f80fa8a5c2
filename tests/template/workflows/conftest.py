"""A small stand-in for the forge's runner: it carries out a workflow's `run:` steps like GitHub.

`bash --noprofile --norc -eo pipefail`, the runner's files, jobs in the order of their needs, `if`
and `${{ }}` evaluated. Packages come from the environment of the tests: no network is needed.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "approvals"))
from approving import hub, keys, naming
from supplied import set_up, set_up_judge, supply

__all__ = ["hub", "keys", "naming"]

BIN = Path(sys.executable).parent
CONTEXTS = ("github.", "secrets.", "vars.")
FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")


@dataclass(frozen=True)
class Done:
    """One job as the forge would show it: success, failure or skipped."""

    result: str
    log: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    ran: tuple[str, ...] = ()


def evaluate(text: str, names: Mapping[str, str]) -> str:
    """Return `text` with every `${{ }}` replaced; an unknown name is empty, as on the forge."""
    return re.sub(r"\$\{\{(.*?)\}\}", lambda match: value(match[1], names), text)


def value(expression: str, names: Mapping[str, str]) -> str:
    for part in expression.split("||"):
        if found := _term(part.strip(), names):
            return found
    return ""


def holds(condition: str, names: Mapping[str, str], *, failed: bool) -> bool:
    """Return whether a job or step runs; without a status function, only if nothing failed."""
    text = condition.strip().removeprefix("${{").removesuffix("}}").strip()
    if text in {"always()", "!cancelled()"}:
        return True
    if not text:
        return not failed
    left, operator, right = re.fullmatch(r"(\S+) (==|!=) '([^']*)'", text).groups()
    return not failed and (_term(left, names) == right) is (operator == "==")


def _term(text: str, names: Mapping[str, str]) -> str:
    return names.get(text, "")


def run_job(root: Path, workflow: dict, job: dict, names: Mapping[str, str], files: Path) -> Done:
    files.mkdir()  # a job has a machine of its own
    for name in FILES:
        (files / name).write_text("")
    known, log, failed, ran = dict(names), [], False, []
    for step in job["steps"]:
        if "uses" in step:
            assert step["uses"].startswith("actions/checkout@")
            continue
        if not holds(str(step.get("if", "")), known, failed=failed):
            continue
        done = _bash(root, step["run"], _env(root, (workflow, job, step), known, files))
        ran.append(step["run"])
        log.append(f"$ {step['run']}\n{done.stdout}{done.stderr}")
        failed = failed or done.returncode != 0
        supply(root)
        if (files / "base").is_dir() and "setup.py" in str(job):
            set_up_judge(files / "base")
        if "id" in step:
            for name, output in _pairs(files / "GITHUB_OUTPUT").items():
                known[f"steps.{step['id']}.outputs.{name}"] = output
    outputs = {key: evaluate(text, known) for key, text in job.get("outputs", {}).items()}
    return Done("failure" if failed else "success", "".join(log), outputs, tuple(ran))


def _head(root: Path) -> str:
    command = ["git", "rev-parse", "HEAD"]
    return subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=True
    ).stdout.strip()


def _env(
    root: Path, levels: tuple[dict, ...], names: Mapping[str, str], files: Path
) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "AIWF_", "BASE_SHA"))}
    added = [str(Path(line)) for line in (files / "GITHUB_PATH").read_text().splitlines()]
    env = kept | {"PATH": os.pathsep.join([*reversed(added), str(BIN), kept["PATH"]])}
    env |= {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_REF_NAME": "deploy/1"}
    env |= {"GITHUB_REPOSITORY": names.get("github.repository", "acme/replies")}
    env |= {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    env |= {"RUNNER_TEMP": str(files), "GITHUB_SHA": _head(root)}
    env |= {name: str(files / name) for name in FILES}
    for level in levels:
        env |= {key: evaluate(str(text), names) for key, text in level.get("env", {}).items()}
    return env


def _bash(root: Path, script: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)


def _pairs(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)


@pytest.fixture
def forge(tmp_path: Path) -> Callable[..., dict[str, Done]]:
    """Return `forge(root, workflow, **event)`, which carries out all jobs: name to result."""

    def carry_out(
        root: Path, name: str, only: tuple[str, ...] = (), **event: str
    ) -> dict[str, Done]:
        workflow = yaml.safe_load((root / f".github/workflows/{name}.yml").read_text())
        names = {"github.event.before": "0" * 40, "github.workspace": str(root)}
        names |= {
            key if key.startswith(CONTEXTS) else f"github.event.{key}": text
            for key, text in event.items()
        }
        done: dict[str, Done] = {}
        for job_name, job in workflow["jobs"].items():
            needed = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
            needs = {need: done[need] for need in needed if need in done}
            for need, one in needs.items():
                names |= {f"needs.{need}.outputs.{k}": text for k, text in one.outputs.items()}
            names["toJSON(needs)"] = json.dumps(
                {n: {"result": one.result} for n, one in needs.items()}
            )
            failed = any(one.result != "success" for one in needs.values())
            if only and job_name not in only:
                continue
            if holds(str(job.get("if", "")), names, failed=failed):
                done[job_name] = run_job(root, workflow, job, names, tmp_path / f"job {job_name}")
            else:
                done[job_name] = Done("skipped")
        return done

    return carry_out


@pytest.fixture
def ready_project(project) -> Callable[[int], Path]:
    """Return `ready_project(tier)`: a fresh repository in which `make setup` has run."""

    def fresh(tier: int) -> Path:
        root = project(tier)
        set_up(root)
        return root

    return fresh
