"""A small stand-in for GitLab: merges the files of a pipeline, says which jobs it has, runs them.

`extends` as GitLab merges it, `rules` with `if` and `exists`, the scripts of a job in one bash.
Packages of a gate come from the environment of the tests: no network is needed.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

BIN = Path(sys.executable).parent
SUPPLIED = Path(__file__).with_name("supplied.py")
GLOBAL = {"default", "include", "stages", "variables", "workflow"}
COMPARED = re.compile(r"\$(\w+)(?: (==|!=|=~) (?:\"([^\"]*)\"|\$(\w+)|/(.*)/))?")


def pipeline(root: Path) -> dict[str, dict]:
    """Return each job with everything that it extends, and the globals under an empty name."""
    files = [root / ".gitlab-ci.yml", *sorted((root / ".gitlab/ci").glob("*.yml"))]
    found: dict[str, dict] = {}
    for path in files:
        found |= yaml.safe_load(path.read_text())
    jobs = {name: _whole(name, found) for name in found.keys() - GLOBAL if name[0] != "."}
    return {"": {name: found[name] for name in GLOBAL & found.keys()}, **jobs}


def jobs_of(path: Path) -> dict[str, dict]:
    """Return the jobs of one file, whole."""
    found = yaml.safe_load(path.read_text())
    return {name: _whole(name, found) for name in found if name[0] != "."}


def _whole(name: str, found: Mapping[str, dict]) -> dict:
    own = found[name]
    under = _whole(own["extends"], found) if "extends" in own else {}
    variables = under.get("variables", {}) | own.get("variables", {})
    return {**under, **own, "variables": variables}


def starts(root: Path, known: Mapping[str, str]) -> set[str]:
    """Return the jobs of the pipeline for the variables `known`; none when there is no pipeline."""
    made = pipeline(root)
    if _rule(root, made[""]["workflow"]["rules"], known) is None:
        return set()
    return {name for name, job in made.items() if name and _rule(root, job["rules"], known)}


def rule(root: Path, name: str, known: Mapping[str, str]) -> dict:
    """Return the rule by which the job called `name` is in the pipeline."""
    found = _rule(root, pipeline(root)[name]["rules"], known)
    assert found is not None
    return found


def _rule(root: Path, rules: list[dict], known: Mapping[str, str]) -> dict | None:
    for one in rules:
        there = all((root / path).exists() for path in one.get("exists", ()))
        if there and all(_holds(part, known) for part in one["if"].split(" && ")):
            return one
    return None


def _holds(text: str, known: Mapping[str, str]) -> bool:
    name, operator, literal, other, pattern = COMPARED.fullmatch(text).groups()
    value = known.get(name, "")
    if operator is None:
        return bool(value)
    if operator == "=~":
        return re.search(pattern.replace("\\/", "/"), value) is not None
    wanted = literal if literal is not None else known.get(other, "")
    return (value == wanted) is (operator == "==")


def run(root: Path, name: str, scratch: Path, **known: str) -> tuple[str, str]:
    """Run one job in `root` as GitLab's runner does; return its status and its log."""
    made = pipeline(root)
    job = made[name]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "AIWF_", "GITHUB_"))}
    env = kept | {"CI": "true", "CI_PROJECT_DIR": str(root), "CI_JOB_NAME": name}
    env |= {"PATH": f"{BIN}{os.pathsep}{kept['PATH']}", "PIP_NO_INDEX": "1", **known}
    told = {**made[""]["variables"], **job["variables"]}
    env |= {key: _expanded(str(text), env) for key, text in told.items()}
    env |= {**known, "RUNNER_TEMP": str(scratch / name)}
    packages = f'"{sys.executable}" "{SUPPLIED}" "$RUNNER_TEMP/base"'
    judges = "setup.py" in str(job["script"])
    steps = [line for part in job["script"] for line in (part, packages if judges else ":")]
    lines = [*job.get("before_script", ()), *steps[:-1]]
    done = _bash(root, "\n".join(lines), env)
    status = "failed" if done.returncode else "success"
    for line in job.get("after_script", ()):
        _bash(root, line, env | {"CI_JOB_STATUS": status})
    return status, done.stdout + done.stderr


def outputs(path: Path) -> dict[str, str]:
    """Return what a dotenv report hands to later jobs."""
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def _expanded(text: str, env: Mapping[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda match: env.get(match[1], ""), text)


def _bash(root: Path, script: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = ["bash", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
