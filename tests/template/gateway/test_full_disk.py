"""A disk that is full, or fills up in the middle of a call: one sentence, denied, nothing lost.

`.aiwf` is a small file system of its own, in a mount namespace that ends with the test's process.
"""

import json
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from test_providers import CHAT, connect

ALONE = ["unshare", "--map-root-user", "--mount"]
HERE = Path(__file__).parent
SIZE = 1024 * 1024

HEAD = """
import json, os, sqlite3, sys
from decimal import Decimal
from pathlib import Path
sys.path[:0] = [os.getcwd(), sys.argv[1]]
from controls import ask
from controls.errors import ControlsError
from controls.gateway import ledger, report
from controls.tracing import read

root, disk, filler = Path.cwd(), Path(".aiwf"), Path(".aiwf/filler")

def fill(left):
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            file.truncate(max(0, file.tell() - left))

def tried(**more):
    try:
        return ask.ask(root, "how do I reset my password?", user="ada", workspace="acme", **more)
    except ControlsError as error:
        assert "\\n" not in error.message, error.message
        return error.message

def sound():
    for path in disk.glob("*.db"):
        with sqlite3.connect(path) as base:
            assert base.execute("PRAGMA integrity_check").fetchone()[0] == "ok", path
    reading = read.load(root)
    assert reading.torn == 0
    return [span for span in reading.spans if span.operation == "chat"]
"""

FULL = """
first = tried()
assert not isinstance(first, str), first
known = {span.span_id for span in sound()}
refused = answered = 0
for left in (0, 1, 4096, 8192, 12288, 16384, 20480, 24576, 28672, 36864, 45056, 65536, 131072):
    fill(left)
    said = tried()
    refused += isinstance(said, str)
    answered += not isinstance(said, str)
    if isinstance(said, str):
        print(said)
    filler.unlink()
    now = {span.span_id for span in sound()}
    assert known <= now
    known = now
last = tried()
assert not isinstance(last, str), last
settled = [row for row in ledger.open(root).rows() if row["state"] == "settled"]
assert sum(row["success"] for row in settled) >= answered + 2
print(json.dumps([refused, answered]))
"""

MIDDLE = """
from loopback import serving
import loopback

class Filling(list):
    def append(self, body):
        list.append(self, body)
        fill(0)

with serving() as (address, script):
    text = Path("ai-workflow.yaml").read_text().replace("http://127.0.0.1:1", address)
    Path("ai-workflow.yaml").write_text(text)
    assert tried().reply.text == "Hello there."
    script.seen = Filling()
    said = tried()
    assert isinstance(said, str), said
    print(said)
    assert len(script.seen) == 1
    refused = tried()
    assert isinstance(refused, str), refused
    print(refused)
    filler.unlink()
    sound()
    paid, *held = ledger.open(root).rows()
    assert paid["state"] == "settled"
    assert {row["state"] for row in held} == {"held"}
    assert len(held) == len(script.seen)  # who was asked was asked on a reservation
    script.seen = []
    assert tried().reply.text == "Hello there."
    books = ledger.open(root, hold_minutes=0.0)
    books.reserve(ledger.Attempt("x", 1, "a", "b", "c", "m"), Decimal(0), [])
    lost = [row for row in books.rows() if row["state"] == "lost"]
    assert len(lost) == len(held)
    assert all(row["spent"] == row["held"] > 0 for row in lost)
"""

DRAFTS = """
from controls.review import queue, store
first = tried()
refused = 0
for left in (0, 4096, 8192, 16384, 32768):
    fill(left)
    said = tried()
    refused += isinstance(said, str)
    filler.unlink()
    sound()
draft = store.get(root, first.review_id)
fill(0)
try:
    queue.edit(root, draft, "Other words.", "@ada")
    print("edited")
except ControlsError as error:
    print(error.message)
filler.unlink()
assert store.get(root, first.review_id) == draft
queue.decide(root, queue.edit(root, draft, "Other words.", "@ada"), "send", "@ada")
assert store.get(root, first.review_id).text == "Other words."
print(refused)
"""


@pytest.fixture(scope="module", autouse=True)
def small_disks() -> None:
    able = shutil.which("unshare") and shutil.which("mount")
    if not able or subprocess.run([*ALONE, "true"], check=False).returncode:
        pytest.skip("this machine lets nobody mount a small disk")


def on_a_small_disk(root: Path, body: str) -> list[str]:
    (root / ".aiwf").mkdir(exist_ok=True)
    mount = f'mount -t tmpfs -o size={SIZE} tmpfs .aiwf && exec "$@"'
    text = textwrap.dedent(HEAD + body)
    command = [*ALONE, "sh", "-c", mount, "sh", sys.executable, "-c", text, str(HERE)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_on_a_full_disk_a_call_is_denied_and_nothing_that_was_kept_is_lost(project):
    *said, counts = on_a_small_disk(project(2), FULL)
    refused, answered = json.loads(counts)
    assert refused + answered == 13
    assert refused >= 3
    for sentence in said:
        known = (
            "ledger.db cannot be used",
            "limits.db cannot be used",
            "the trace cannot be written",
        )
        assert any(each in sentence for each in known), sentence


def test_a_disk_that_fills_up_while_the_provider_answers_keeps_the_reservation(
    project, monkeypatch
):
    root = connect(project(2), "http://127.0.0.1:1", CHAT, monkeypatch)
    during, after = on_a_small_disk(root, MIDDLE)
    assert "cannot be" in during
    assert "cannot be" in after


def test_a_draft_that_cannot_be_kept_is_an_error_and_those_that_are_kept_stay(project):
    *_, edit, refused = on_a_small_disk(project(1), DRAFTS)
    assert edit.startswith(".aiwf/review.db cannot be used: ")
    assert int(refused) >= 2
