"""The page of a run, as Chromium shows it: nothing of a span becomes markup, nothing is fetched."""

import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from controls.reply import Reply, Source
from controls.run import start
from controls.tracing import read
from controls.tracing.page import page
from controls.tracing.stamped import stamped

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
EVIL = '</title><script>document.title="owned"</script><img src=x onerror=alert(1)>&amp;'
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine")


class Markup(HTMLParser):
    """Collects the tags of a page and everything that could be fetched or run."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.risky = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.risky += [key for key, _ in attrs if key in {"src", "href"} or key.startswith("on")]


@pytest.fixture
def evil(project):
    """Return the spans of a run whose every text tries to be markup."""
    root = project(2)
    with start(root, feature=EVIL, user="ada", workspace=EVIL) as run:
        run.prompt("answer")
        run.cite([Source(EVIL, EVIL, EVIL)])
        with stamped(run, f"chat {EVIL}", "chat") as span:
            span.set_attribute(EVIL, EVIL)
            span.set_attribute("control", "a\x00b\udc80c\u202ed")
            span.add_event("aiwf.safety.signal", {"category": EVIL, "verdict": "block"})
        run.outcome(Reply.parse("Text."), EVIL)
    return read.load(root, runs=frozenset({run.id})).spans


def chromium(tmp_path, *args):
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", *args]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def test_nothing_of_a_span_becomes_markup_and_nothing_is_fetched(evil):
    text = page(evil)
    markup = Markup(text)
    assert markup.tags & {"script", "img", "link", "iframe", "object"} == set()
    assert markup.risky == []
    assert "http://" not in text
    assert "https://" not in text
    assert re.findall(r"[\x00-\x08\u202e\ud800-\udfff]", text) == []
    assert text.isascii() or text.encode()


@needs_chromium
def test_chromium_shows_the_texts_as_texts(tmp_path, evil):
    file = tmp_path / "run.html"
    file.write_text(page(evil), encoding="utf-8")
    shown = chromium(tmp_path, "--dump-dom", file.as_uri())
    assert f"<title>run {evil[0].run_id}</title>" in shown
    assert "<script" not in shown
    assert "<img" not in shown
    assert "&lt;img src=x onerror=alert(1)&gt;&amp;amp;" in shown


@needs_chromium
def test_chromium_paints_it_in_light_and_in_dark(tmp_path, evil):
    file = tmp_path / "run.html"
    file.write_text(page(evil), encoding="utf-8")
    shots = []
    for scheme in ("1", "0"):
        shot = tmp_path / f"{scheme}.png"
        setting = f"--blink-settings=preferredColorScheme={scheme}"
        chromium(tmp_path, setting, "--window-size=1200,900", f"--screenshot={shot}", file.as_uri())
        shots.append(shot.read_bytes())
    assert [shot[:4] for shot in shots] == [b"\x89PNG"] * 2
    assert min(map(len, shots)) > 20_000  # not an empty page
    assert shots[0] != shots[1]


def test_the_verb_writes_one_file(project, tmp_path):
    root = project(2)
    ask = [sys.executable, "-m", "controls", "ask", "--json", "how do I reset my password?"]
    done = subprocess.run(ask, cwd=root, capture_output=True, text=True, check=True)
    run_id = json.loads(done.stdout)["run_id"]
    target = tmp_path / "run.html"
    command = [sys.executable, "-m", "controls", "trace", run_id, "--html", str(target)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == f"written to {target}\n"
    text = target.read_text(encoding="utf-8")
    assert f"<h1>run {run_id}</h1>" in text
    assert "└─ chat small" in text
    assert "gen_ai.request.model" in text
    command[-1] = str(tmp_path / "no/folder/run.html")
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, "No such file or directory" in done.stderr) == (2, True)
