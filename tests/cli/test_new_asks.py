"""`prooflane new` on a terminal: questions with help, defaults and remedies."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import time

import pytest
import yaml

QUESTIONS = {
    "copier.yml": """\
_subdirectory: t
title: {type: str, help: What is it called?, default: demo,
        validator: "{% if '!' in title %}leave out exclamation marks{% endif %}"}
owner: {type: str, help: Who is accountable?, default: ""}
colour: {type: str, help: Which colour?, choices: {the first: red, the second: blue}, default: red}
loud: {type: bool, help: Loud?, default: false}
volume: {type: int, help: How loud?, default: 7, when: "{{ loud }}"}
quiet: {type: str, default: never asked, ask: false}
shout: {type: str, default: "{{ title | upper }}", when: false}
""",
    "t/said.txt.jinja": "{{ [title, owner, colour, loud, volume, quiet, shout] }}",
    "t/{{_copier_conf.answers_file}}.jinja": "{{ _copier_answers | to_nice_yaml -}}\n",
}
PATIENCE = 60
ENTER, DOWN, WIPE = "\r", "\x1b[B", "\x15"
PLAIN = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


class Terminal:
    """A process on a terminal of its own: what it shows, and what is typed."""

    def __init__(self, command, cwd, env):
        self.ours, theirs = pty.openpty()
        self.child = subprocess.Popen(
            command, cwd=cwd, env=env, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        self.shown = ""

    def until(self, text):
        deadline = time.monotonic() + PATIENCE
        while text not in PLAIN.sub("", self.shown):
            assert time.monotonic() < deadline, f"never showed {text!r}: {self.shown}"
            if not self._read():
                break
        assert text in PLAIN.sub("", self.shown), self.shown
        return self

    def type(self, keys):
        self.shown = ""
        os.write(self.ours, keys.encode())

    def end(self):
        while self._read():
            pass
        os.close(self.ours)
        return self.child.wait(PATIENCE)

    def _read(self):
        if not select.select([self.ours], [], [], PATIENCE)[0]:
            return False
        try:
            got = os.read(self.ours, 65536)
        except OSError:
            return False
        self.shown += got.decode(errors="replace")
        return bool(got)


@pytest.fixture
def terminal(template, environment, tmp_path):
    source = template(QUESTIONS)
    command = [sys.executable, "-m", "prooflane", "new", "made", "--template", str(source)]

    def start(*args):
        env = {**environment, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
        return Terminal([*command, *args], tmp_path, env)

    return start


def test_enter_takes_each_default_and_the_owner_is_gits_user(terminal, tmp_path):
    asked = terminal()
    for text in ("What is it called?", "Who is accountable? ada@example.com", "Which colour?"):
        asked.until(text).type(ENTER)
    asked.until("Loud?").type(ENTER)
    assert asked.end() == 0
    assert (tmp_path / "made/said.txt").read_text() == (
        "['demo', 'ada@example.com', 'red', False, 7, 'never asked', 'DEMO']"
    )


def test_what_is_typed_is_recorded_and_opens_further_questions(terminal, tmp_path):
    asked = terminal("--set", "owner=@grace")
    asked.until("What is it called?").type(WIPE + "mine" + ENTER)
    asked.until("the second").type(DOWN + ENTER)
    asked.until("Loud?").type("y")
    asked.until("How loud?").type(WIPE + "11" + ENTER)
    assert asked.end() == 0
    answers = yaml.safe_load((tmp_path / "made/.copier-answers.yml").read_text())
    del answers["_commit"], answers["_src_path"]
    assert answers == {
        "title": "mine",
        "owner": "@grace",
        "colour": "blue",
        "loud": True,
        "volume": 11,
        "quiet": "never asked",
    }


def test_questions_are_asked_on_the_terminal_when_the_result_goes_to_a_file(
    template, environment, tmp_path
):
    program = f"{sys.executable} -m prooflane new made --template {template(QUESTIONS)}"
    env = {**environment, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
    options = "--json --set colour=red --set loud=no --set owner=@ada"
    asked = Terminal(["sh", "-c", f"{program} {options} > made.json"], tmp_path, env)
    asked.until("What is it called?").type(ENTER)
    assert asked.end() == 0
    assert json.loads((tmp_path / "made.json").read_text())["answers"]["title"] == "demo"


def test_a_refused_answer_shows_the_remedy_and_asks_again(terminal, tmp_path):
    asked = terminal("--set", "owner=", "--set", "colour=red", "--set", "loud=no")
    asked.until("What is it called?").type(WIPE + "hey!" + ENTER)
    asked.until("leave out exclamation marks").type(WIPE + "hey" + ENTER)
    assert asked.end() == 0
    assert "'HEY'" in (tmp_path / "made/said.txt").read_text()


def test_ctrl_c_at_a_question_leaves_nothing(terminal, tmp_path):
    asked = terminal()
    asked.until("What is it called?").type("\x03")
    assert asked.end() == 130
    assert asked.shown.rstrip().endswith("error: interrupted")
    assert not (tmp_path / "made").exists()


FIRST = ("workflow called", "What does it do", "accountable", "Which team pays")
FACTS = ("Who reads its output", "a person look at an output", "most sensitive data")


@pytest.fixture
def ours(template_source, environment, tmp_path):
    """Return our own template's questions up to that of the tier, each answered by Enter."""
    command = [sys.executable, "-m", "prooflane", "new", "made", "--no-verify"]
    env = {**environment, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}

    def start(*args):
        options = ["--template", str(template_source), *args]
        asked = Terminal([*command, *options], tmp_path, env)
        for text in (*FIRST, *(FACTS if not args else ())):
            asked.until(text).type(ENTER)
        return asked.until("Which risk tier")

    return start


def test_our_template_shows_what_each_tier_brings_and_costs(ours):
    asked = ours()
    shown = PLAIN.sub("", asked.shown)
    assert "tier 2 customer-facing" in shown
    assert "brings" in shown
    assert "costs" in shown
    asked.type("\x03")
    assert asked.end() == 130


def test_a_tier_below_the_floor_says_why_and_cannot_be_chosen(ours, tmp_path):
    facts = {"audience": "customer", "oversight": "none", "data_class": "public"}
    asked = ours(*(part for fact in facts.items() for part in ("--set", "=".join(fact))))
    asked.until("- 0 internal (approved by the team lead) (customers read outputs")
    asked.type(3 * DOWN + ENTER)  # 3, 4, and round to the lowest that is offered
    asked.until("Where does its CI run?").type(ENTER)
    assert asked.end() == 0
    answers = yaml.safe_load((tmp_path / "made/.copier-answers.yml").read_text())
    assert answers["tier"] == 2
