"""A run that was killed in the middle shows, and is no span to anybody who counts spans."""

import json
import subprocess
import sys

import warm

from controls.tracing import read

KILLED = """
import os, signal, sys
from pathlib import Path
from controls.run import start
with start(Path("."), feature="answer", user="ada", workspace="acme") as run:
    with run.span("retrieve", "retrieval"):
        pass
    print(run.id, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def trace(root, *args):
    return warm.run("controls", "trace", *args, cwd=root)


def test_a_killed_run_is_shown_as_unfinished(project):
    root = project(2)
    done = subprocess.run(
        [sys.executable, "-c", KILLED], cwd=root, capture_output=True, text=True, check=False
    )
    run_id = done.stdout.strip()
    shown = trace(root)
    assert shown.stdout.startswith(f"run {run_id}  unfinished  data ")
    assert "killed, or still running" in shown.stdout
    assert " unfinished  invoke_workflow" in shown.stdout
    assert "└─ retrieve" in shown.stdout
    rows = json.loads(trace(root, run_id, "--json").stdout)
    assert [row["unfinished"] for row in rows] == [False, True]


HOSTED = KILLED.replace(
    "with start(",
    "from opentelemetry.sdk.trace import TracerProvider\n"
    "host = TracerProvider().get_tracer('host').start_as_current_span('request')\n"
    "host.__enter__()\n"
    "with start(",
)


def test_a_run_that_was_killed_inside_of_a_traced_application_shows_too(project):
    root = project(2)
    done = subprocess.run(
        [sys.executable, "-c", HOSTED], cwd=root, capture_output=True, text=True, check=False
    )
    (run,) = read.load(root).unfinished
    assert (run.run_id, run.parent_span_id is None) == (done.stdout.strip(), False)


def test_a_marker_is_no_span_and_a_span_that_ended_is_not_unfinished(tmp_path, tracing):
    root_span = tracing().start_span("run", attributes={"aiwf.run.id": "a"})
    assert read.load(tmp_path).spans == ()
    assert [span.name for span in read.load(tmp_path).unfinished] == ["run"]
    root_span.end()
    assert [span.name for span in read.load(tmp_path).spans] == ["run"]
    assert read.load(tmp_path).unfinished == ()
