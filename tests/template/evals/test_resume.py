"""A run that is killed at any instant goes on where it stopped, and ends with the same report."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import warm

PLAIN = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
RUNS = ".aiwf/reports/evals/runs"
# what may differ between two runs of the same cases on the same tree
OWN = ("duration_s", "latency_s", "run_ids", "started", "cost_usd", "cost_per_success_usd")


def evaluate(root, *args):
    return warm.run("evals.run", "--set", "smoke_v1", *args, cwd=root, env=PLAIN)


def killed(root, after, *args):
    """Kill a run with SIGKILL once `after` of its results are in the journal."""
    command = [sys.executable, "-m", "evals.run", "--set", "smoke_v1", "--concurrency", "2", *args]
    child = subprocess.Popen(command, cwd=root, env=PLAIN, stderr=subprocess.DEVNULL)
    while len(kept(root)) < after and child.poll() is None:
        time.sleep(0.002)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL


def kept(root):
    files = list((root / RUNS).glob("*.jsonl"))
    return [line for file in files for line in file.read_bytes().split(b"\n")[1:-1]]


def report(root):
    found = json.loads((root / ".aiwf/reports/evals/smoke_v1.json").read_text())
    for row in (*found["rows"], *found["failures"]):
        row.pop("run_id")
        row.pop("seconds")
    return {key: value for key, value in found.items() if key not in OWN}


def test_a_killed_run_that_is_resumed_gives_the_same_report(project):
    whole, root = project(0), None
    root = whole.with_name("killed")
    subprocess.run(["cp", "-r", whole, root], check=True)
    assert evaluate(whole).returncode == 0
    killed(root, 10)
    before = kept(root)
    assert 10 <= len(before) < 58
    done = evaluate(root, "--resume")
    assert done.returncode == 0, done.stderr
    assert report(root) == report(whole)
    found = json.loads((root / ".aiwf/reports/evals/smoke_v1.json").read_text())
    runs = {json.loads(line)["run_id"] for line in before}
    assert runs < set(found["run_ids"])
    assert len(found["run_ids"]) == 58
    assert kept(root) == []


@pytest.mark.slow
def test_a_torn_line_is_no_result_and_its_case_runs_again(project):
    root = project(0)
    killed(root, 5)
    [file] = (root / RUNS).glob("*.jsonl")
    file.write_bytes(file.read_bytes().rstrip(b"\n")[:-20])
    assert evaluate(root, "--resume").returncode == 0
    assert len(report(root)["rows"]) == 58


@pytest.mark.slow
def test_the_killed_part_counts_against_the_ceiling(project):
    root = project(0)
    killed(root, 30)
    done = evaluate(root, "--resume", "--max-cost", "0.002", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["verdict"]) == (3, "stopped")
    assert found["passed"] >= 25
    assert evaluate(root, "--resume").returncode == 0


@pytest.mark.slow
def test_results_of_another_tree_are_not_mixed_in(project):
    root = project(0)
    killed(root, 5)
    article = root / "workflow/knowledge/guests.md"
    article.write_text(article.read_text() + "\nMore.\n")
    done = evaluate(root, "--resume")
    assert (done.returncode, done.stderr.splitlines()[-2:]) == (
        2,
        [
            "error: the interrupted run of 'smoke_v1' differs in the tree",
            "hint: leave out --resume to begin anew",
        ],
    )
    assert evaluate(root, "--epochs", "1").returncode == 0


@pytest.mark.parametrize("broken", [False, True], ids=["none", "no journal"])
def test_what_cannot_be_resumed_is_one_sentence(project, broken):
    root = project(0)
    expected = "error: there is no interrupted run of 'smoke_v1'"
    if broken:
        (root / RUNS).mkdir(parents=True)
        (root / RUNS / "smoke_v1-00.jsonl").write_text("{\n")
        expected = "error: smoke_v1-00.jsonl is no journal of an eval run"
    done = evaluate(root, "--resume")
    assert (done.returncode, done.stderr.splitlines()[-2:]) == (
        2,
        [expected, f"hint: leave out --resume to begin {'anew' if broken else 'one'}"],
    )


def test_a_line_that_somebody_edited_is_no_result(project):
    root = project(0)
    killed(root, 10)
    [file] = (root / RUNS).glob("*.jsonl")
    head, first, *rest = file.read_text().splitlines()
    row = json.loads(first)
    row["answer"] = {"text": 1}
    file.write_text("\n".join([head, json.dumps(row), *rest]) + "\n")
    done = evaluate(root, "--resume")
    assert done.returncode == 0, done.stderr
    assert len(report(root)["rows"]) == 58
