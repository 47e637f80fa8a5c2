"""The review page as a person uses it, in a real Chromium: mouse, keyboard, light, dark, narrow."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from controls.reply import Reply, Source
from controls.review import queue, store
from controls.review.serve import Server
from controls.run import start

sys.path.insert(0, str(Path(__file__).parents[1]))
from chromium import Tab, needed, tab

pytestmark = needed
EVIL = '</textarea><script>document.title="owned"</script><img src=x onerror=alert(1)>'
BETTER = "Open Settings, then choose New password. [password-reset]"


@pytest.fixture
def server(root) -> Iterator[Server]:
    with Server(root, 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def page(server, tmp_path) -> Iterator[Tab]:
    with tab(tmp_path) as found:
        found.open(server.address)
        yield found
        said = [each for each in found.said if "status of 409" not in each]
        assert said == []  # nothing that the browser complained of, but for a lost race


def test_a_reviewer_edits_with_mouse_and_keys_and_sends(root, draft, page):
    page.shows("1 draft waiting for review")
    page.click("a.card")
    page.shows("What would be sent")
    page.type("#text", BETTER)
    page.type("#actor", "@ada")
    page.click("button.go")
    page.shows(f"{draft.id} sent by @ada")
    page.shows("Nothing waiting for review")
    sent = store.get(root, draft.id)
    assert (sent.state, sent.text, sent.actor) == ("sent", BETTER, "@ada")
    assert sent.edit_ratio > 0


def test_the_keyboard_alone_is_enough(root, draft, page):
    page.press_tab_until("a.card")
    page.enter()
    page.shows("What would be sent")
    page.press_tab_until("#actor")
    page._ask("Input.insertText", text="@grace")
    page.press_tab_until("button.stop")
    page.enter()
    page.shows(f"{draft.id} rejected by @grace")
    assert store.get(root, draft.id).state == "rejected"


def test_without_a_name_the_browser_sends_nothing(root, draft, page):
    page.click("a.card")
    page.shows("What would be sent")
    page.click("button.go")
    assert page.run("document.querySelector('#actor:invalid') !== null")
    assert store.get(root, draft.id) == draft


def test_the_slower_of_two_reviewers_is_told(root, draft, page):
    page.click("a.card")
    page.shows("What would be sent")
    queue.decide(root, draft, "reject", "@ada")
    page.type("#actor", "@grace")
    page.click("button.go")
    page.shows("@ada was quicker: this draft is now rejected")
    assert store.get(root, draft.id).actor == "@ada"


def test_hostile_words_are_shown_and_run_nothing(root, server, page):
    with start(root, feature="help", user="ada", workspace="acme") as run:
        run.prompt("answer")
        run.cite([Source("evil", EVIL, EVIL)])
        name = queue.enqueue(root, run, EVIL, Reply(EVIL, ("evil",), abstained=False))
    page.open(f"{server.address}draft/{name}")
    page.shows(EVIL)
    assert page.run("document.querySelector('#text').value") == EVIL
    assert page.run("document.scripts.length + document.images.length") == 0
    assert page.run("document.title").startswith("</textarea><script>")


@pytest.mark.parametrize("width", [1200, 360])
def test_it_fits_a_desk_and_a_telephone_in_light_and_in_dark(draft, page, server, width):
    pictures = set()
    for dark in (False, True):
        page.window(width, dark=dark)
        page.open(f"{server.address}draft/{draft.id}")
        page.shows(draft.question)
        assert page.run("document.documentElement.scrollWidth <= innerWidth")
        pictures.add(page.picture())
    assert len(pictures) == 2
    assert min(map(len, pictures)) > 10_000  # not an empty page
