"""`prooflane new` sets up and checks what it made, and says what came of it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "generator/prooflane/report/created.schema.json").read_text())
CATALOGUE = """\
tiers: [{tier: 0, name: internal, example: docs, approval: lead, costs: little}]
floor: []
controls: [{id: OWN-1, title: owner named, tiers: [0]}, {id: SEC-1, title: secrets, tiers: [0]}]
"""
SETUP = """\
setup:
\t@test -z "$$VIRTUAL_ENV$$PYTHONPATH$$GIT_DIR"
\t@mkdir -p .venv/bin && ln -s "$$(command -v python3)" .venv/bin/python
"""
CONTROLS = """\
import json, os, sys, time
assert not {"VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS", "GIT_DIR"} & set(os.environ)
answer = {"answer": "Open settings. [kb-1]", "citations": ["kb-1"], "disclosure": "model-drafted",
          "cost_usd": 0.00012}
nobody = [{"message": "no owner", "path": "m.yaml", "line": 3}, {"message": "more"}]
controls = {"ok": 1, "controls": [
    {"id": "OWN-1", "title": "owner named", "state": "pending", "findings": nobody},
    {"id": "SEC-1", "title": "secrets", "state": "ok", "findings": []}]}
if sys.argv[1] == "ask":
    print(json.dumps({**answer, "review_id": "draft-1"}))
    sys.exit()
assert sys.argv[1:] == ["verify", "--json"]
print("lint passed", file=sys.stderr)
print(json.dumps({"cost_usd": 0.04, "notional": True, "controls": controls, "answer": answer}))
"""


def files(controls=CONTROLS, setup=SETUP):
    """Return a template whose repositories set up, check and answer in no time."""
    return {
        "copier.yml": "_subdirectory: t\ntier: 0\n",
        "t/Makefile": setup,
        "t/controls/catalogue.yaml": CATALOGUE,
        "t/controls/__main__.py": controls,
        "t/.gitignore": ".venv\n__pycache__\n",
    }


def test_verified_with_what_is_pending_the_cost_an_answer_and_the_next_commands(
    prooflane, template
):
    done = prooflane("new", "made", "--template", template(files()), "--defaults", MAKELEVEL="3")
    assert done.status == 0, done.err
    assert done.out.splitlines()[1:] == [
        "tier     internal: 2 controls, approved by lead",
        "         it asks of you: little",
        "verdict  verified: 1 controls ok, 1 pending, 0 failed",
        "pending  OWN-1 m.yaml:3: no owner",
        (
            "cost     $0.0400 for the evals, $0.000120 for the answer,"
            " at notional prices: nobody is paid for embedded models"
        ),
        "asked    how do I reset my password?",
        "answer   Open settings. [kb-1]",
        "         model-drafted",
        "next     cd made",
        '         make ask Q="how do I reset my password?"',
        "         make trace",
    ]


def test_where_the_check_asks_nothing_the_answer_is_a_draft(prooflane, template):
    silent = CONTROLS.replace('"answer": answer}', '"answer": {}}')
    done = prooflane("new", "made", "--template", template(files(silent)), "--defaults")
    assert "answer   Open settings. [kb-1]" in done.out
    assert "         a draft, not sent: python -m controls review\n" in done.out


def test_json_tells_the_same(prooflane, template):
    done = prooflane("new", "made", "--template", template(files()), "--defaults", "--json")
    jsonschema.validate(done.json, SCHEMA)
    assert done.json["verification"] == {
        "verdict": "verified",
        "reason": "",
        "ok": 1,
        "findings": [
            {
                "id": "OWN-1",
                "title": "owner named",
                "state": "pending",
                "message": "m.yaml:3: no owner",
            }
        ],
        "cost_usd": 0.04,
        "notional": True,
        "answer": {
            "question": "how do I reset my password?",
            "text": "Open settings. [kb-1]",
            "citations": ["kb-1"],
            "disclosure": "model-drafted",
            "cost_usd": 0.00012,
            "draft": None,
        },
    }


def test_progress_is_a_line_when_a_step_starts_and_when_it_ends(prooflane, template):
    done = prooflane("new", "made", "--template", template(files()), "--defaults")
    steps = [line.partition(" (")[0].partition(" 0 s")[0] for line in done.err.splitlines()]
    assert steps == ["✓ create", "set up", "✓ set up", "check", "✓ check"]


def test_red_checks_are_status_1_and_show_the_last_lines(prooflane, template, tmp_path):
    bad = CONTROLS.replace('"pending"', '"failed"').replace("lint passed", "… 5 s\\nlint: bad")
    source = template(files(bad + "sys.exit(1)\n"))
    done = prooflane("new", "made", "--template", source, "--defaults")
    assert done.status == 1
    lines = done.out.splitlines()
    assert lines[3:5] == ["verdict  failed: make check failed", "         lint: bad"]
    assert "failed   OWN-1 m.yaml:3: no owner" in lines
    assert lines[-2:] == ["         make check", "         make doctor"]
    assert (tmp_path / "made/.git").is_dir()


def test_no_registry_is_created_not_verified_and_status_0(prooflane, template):
    setup = "setup:\n\t@echo 'error: Failed to fetch: dns error'; exit 1\n"
    source = template(files(setup=setup))
    done = prooflane("new", "made", "--template", source, "--defaults")
    assert done.status == 0
    assert done.out.splitlines()[3] == (
        "verdict  created, not verified: no package registry is reachable"
    )


def test_what_installers_say_may_stand_in_the_log_of_set_up(prooflane, template):
    log = "setup:\n\t@mkdir .venv; echo NewConnectionError > .venv/setup.log; exit 1\n"
    done = prooflane("new", "made", "--template", template(files(setup=log)), "--defaults")
    assert done.status == 0
    assert "no package registry is reachable" in done.out


def test_another_failure_of_set_up_is_status_1(prooflane, template):
    source = template(files(setup="setup:\n\t@echo no venv module; exit 1\n"))
    done = prooflane("new", "made", "--template", source, "--defaults")
    assert done.status == 1
    assert done.out.splitlines()[3] == "verdict  failed: make setup failed"


def test_no_verify_runs_nothing(prooflane, template, tmp_path):
    source = template(files(setup="setup:\n\t@touch ran\n"))
    done = prooflane("new", "made", "--template", source, "--defaults", "--no-verify")
    assert done.out.splitlines()[3:] == [
        "next     cd made",
        "         make setup",
        "         make check",
    ]
    assert not (tmp_path / "made/ran").exists()


def test_a_template_without_controls_is_not_run(prooflane, template, tmp_path):
    source = template({"copier.yml": "a: 1\n", "Makefile": "setup:\n\t@touch ran\n"})
    done = prooflane("new", "made", "--template", source, "--defaults")
    assert (done.status, done.out.splitlines()[1:]) == (0, ["next     cd made"])
    assert not (tmp_path / "made/ran").exists()


def test_no_make_is_told_before_anything_is_written(prooflane, template, tmp_path):
    source = template(files())
    folder = tmp_path / "home/bin"
    folder.mkdir()
    (folder / "git").symlink_to(shutil.which("git"))
    done = prooflane("new", "made", "--template", source, "--defaults", PATH=str(folder))
    assert done.err == "error: make is not installed\nhint: install it, or add --no-verify\n"
    assert (done.status, (tmp_path / "made").exists()) == (2, False)


SLOW = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_stopped_while_it_renders_it_leaves_nothing(number, template, environment, tmp_path):
    source = template({"copier.yml": "a: 1\n", "x": "1", "y.jinja": SLOW})
    child = _start(environment, tmp_path, source)
    _wait(lambda: _has_started(child, b"cat-file"))
    child.send_signal(number)
    _, said = child.communicate(timeout=60)
    assert said == "error: interrupted\n"
    assert child.returncode == 130
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "source"]


def test_stopped_while_git_works_it_leaves_nothing(template, environment, tmp_path):
    source = template()
    folder = tmp_path / "home/bin"
    folder.mkdir()
    slow = f'case "$*" in *fast-import*) sleep 20 ;; esac\nexec {shutil.which("git")} "$@"\n'
    (folder / "git").write_text(f"#!/bin/sh\n{slow}")
    (folder / "git").chmod(0o755)
    child = _start({**environment, "PATH": f"{folder}:{environment['PATH']}"}, tmp_path, source)
    _wait(lambda: any(path.name.startswith(".made.") for path in tmp_path.iterdir()))
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=30)
    assert (said, child.returncode) == ("error: interrupted\n", 130)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "source"]


@pytest.fixture
def checking(template, environment, tmp_path):
    """Give a `new` whose repository checks itself for a minute, and the process that does."""
    slow = "import os, time\nopen('.venv/pid', 'w').write(str(os.getpid()))\ntime.sleep(60)\n"
    child = _start(environment, tmp_path, template(files(slow)))
    pid = tmp_path / "made/.venv/pid"
    _wait(lambda: pid.is_file() and pid.read_text().strip())
    return child, pid.read_text().strip()


def test_stopped_while_it_checks_it_leaves_nothing_and_nothing_runs_on(checking, tmp_path):
    child, pid = checking
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=30)
    assert (said.splitlines()[-1], child.returncode) == ("error: interrupted", 130)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "source"]
    _wait(lambda: not Path(f"/proc/{pid}").exists())


def test_stopped_when_somebody_has_worked_in_it_the_repository_stays(checking, tmp_path):
    child, _ = checking
    made = tmp_path / "made"
    (made / "notes.txt").write_text("mine")
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=30)
    assert said.endswith(
        f"error: interrupted: {str(made)!r} is kept, it holds what this command did not make\n"
        f"hint: cd {made} && make setup && make check\n"
    )
    assert child.returncode == 130
    assert (made / "notes.txt").read_text() == "mine"


def _start(environment, folder, source):
    command = [sys.executable, "-m", "prooflane", "new", "made", "--template", str(source)]
    return subprocess.Popen(
        [*command, "--defaults"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _has_started(child, word):
    """Say whether a process that `child` started has `word` on its command line."""
    children = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
    with suppress(OSError):  # one that has just ended
        return any(word in Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children)
    return False


def _wait(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.mark.slow
def test_our_template_verifies_itself(prooflane, template_source):
    installers = {key: value for key, value in os.environ.items() if key[:4] in {"PIP_", "UV_C"}}
    args = ("--template", template_source, "--defaults", "--tier", "2", "--json")
    done = prooflane("new", "made", *args, **installers)
    check = done.json["verification"]
    assert (done.status, check["verdict"], check["reason"]) == (0, "verified", ""), done.err
    assert {row["state"] for row in check["findings"]} == {"pending"}
    assert check["answer"]["citations"]
