"""The review page over real HTTP: two reviewers, other people's pages, and hostile words."""

import http.client
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from controls.errors import ControlsError
from controls.reply import Reply, Source
from controls.review import queue, store
from controls.review.serve import Server
from controls.run import start
from controls.tracing import read

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Page:
    """What a server answered."""

    status: int
    text: str
    headers: http.client.HTTPMessage


@dataclass(frozen=True)
class Browser:
    """One reviewer's browser; `headers` replace its own."""

    server: Server

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"

    def get(self, path: str = "", **headers: str) -> Page:
        return self.ask("GET", self.server.site.home + path, None, {"Host": self.host, **headers})

    def post(self, path: str, headers: dict[str, str] | None = None, **fields: object) -> Page:
        own = {"Host": self.host, "Origin": f"http://{self.host}", "Content-Type": FORM}
        sent = {name: value for name, value in {**own, **(headers or {})}.items() if value}
        return self.ask("POST", self.server.site.home + path, urlencode(fields), sent)

    def ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Page:
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.server_port)) as line:
            line.request(method, path, body, headers)
            answer = line.getresponse()
            return Page(answer.status, answer.read().decode(), answer.headers)


@pytest.fixture
def browser(root) -> Iterator[Browser]:
    with Server(root, 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Browser(server)
        server.shutdown()
        thread.join()


def decide(browser: Browser, draft, **fields: object) -> Page:
    given = {"version": draft.version, "text": draft.text, "actor": "@ada", "wish": "send"}
    return browser.post(f"draft/{draft.id}", **{**given, **fields})


def reviews(root: Path) -> list[dict[str, object]]:
    return [
        dict(event.attributes)
        for span in read.spans(root)
        for event in span.events
        if event.name == "aiwf.human.review"
    ]


def test_the_server_listens_on_this_machine_alone(browser):
    assert browser.server.server_address[0] == "127.0.0.1"
    assert urlsplit(browser.server.address).hostname == "127.0.0.1"


def test_the_list_links_to_the_draft_and_the_draft_shows_all_that_a_reviewer_needs(browser, draft):
    assert f'href="{browser.server.site.home}draft/{draft.id}"' in browser.get().text
    shown = browser.get(f"draft/{draft.id}").text
    for told in (draft.question, draft.text, draft.disclosure, f"trace {draft.run_id}"):
        assert told in shown
    assert "Open Settings." in shown  # the source's own text
    assert "password-reset · cited" in shown


def test_an_edited_draft_is_sent_with_its_ratio_and_its_person_on_the_trace(browser, root, draft):
    page = decide(browser, draft, text="Open Settings and choose New password.", actor=" @ada ")
    assert page.status == 303
    sent = store.get(root, draft.id)
    assert (sent.state, sent.actor, sent.edit_ratio) == ("sent", "@ada", 0.3684)
    assert reviews(root) == [
        {
            "aiwf.human.decision": "sent",
            "aiwf.human.edit_ratio": 0.3684,
            "aiwf.human.actor": "@ada",
        }
    ]
    home = browser.get(page.headers["Location"].removeprefix(browser.server.site.home)).text
    assert f"{draft.id} sent by @ada" in home


def test_an_unchanged_draft_is_approved_and_sent_although_a_form_ends_lines_otherwise(
    browser, root
):
    draft = made(root, "one\ntwo [password-reset]")
    assert decide(browser, draft, text="one\r\ntwo [password-reset]").status == 303
    assert [event["aiwf.human.decision"] for event in reviews(root)] == ["approved", "sent"]
    assert store.get(root, draft.id).edit_ratio == 0.0


def test_a_draft_is_rejected_and_its_page_has_no_form_any_more(browser, root, draft):
    assert decide(browser, draft, wish="reject").status == 303
    assert store.get(root, draft.id).state == "rejected"
    assert "<form" not in browser.get(f"draft/{draft.id}").text


def test_a_saved_edit_waits_for_somebody_to_send_it(browser, root, draft):
    assert decide(browser, draft, wish="save", text="Better words.").status == 303
    saved = store.get(root, draft.id)
    assert (saved.state, saved.text, saved.version) == ("edited", "Better words.", 2)
    assert decide(browser, saved, actor="@grace").status == 303
    assert store.get(root, draft.id).actor == "@grace"


def test_the_slower_of_two_reviewers_is_told_and_keeps_their_own_words(browser, root, draft):
    assert decide(browser, draft, wish="reject").status == 303
    page = decide(browser, draft, actor="@grace", text="My <b>better</b> words.")
    assert page.status == 409
    assert "Somebody else decided" in page.text
    assert "@ada was quicker" in page.text
    assert "My &lt;b&gt;better&lt;/b&gt; words." in page.text
    assert store.get(root, draft.id).actor == "@ada"


def test_of_two_reviewers_who_press_at_once_exactly_one_decides(browser, root):
    for number in range(20):
        draft = made(root, f"Answer {number}. [password-reset]")
        wishes = [("@ada", "send", "Ada's words."), ("@grace", "reject", draft.text)]
        with ThreadPoolExecutor(2) as pool:
            pages = list(
                pool.map(
                    lambda w, d=draft: decide(browser, d, actor=w[0], wish=w[1], text=w[2]), wishes
                )
            )
        assert sorted(page.status for page in pages) == [303, 409]
        winner = wishes[[page.status for page in pages].index(303)]
        assert store.get(root, draft.id).actor == winner[0]
    assert len(reviews(root)) == 20


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"actor": "  "}, "a review needs a person"),
        ({"text": " \r\n "}, "the edited text is empty"),
        ({"wish": "save"}, "nothing was changed"),
        ({"wish": "publish"}, "unknown decision &#x27;publish&#x27;"),
    ],
)
def test_a_mistake_is_one_sentence_above_the_form(browser, root, draft, fields, told):
    page = decide(browser, draft, **fields)
    assert (page.status, told in page.text, "<form" in page.text) == (400, True, True)
    assert store.get(root, draft.id) == draft


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": ""},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Host": "evil.example"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
        {"Content-Type": "text/plain"},
    ],
    ids=str,
)
def test_another_sites_form_decides_nothing(browser, root, draft, headers):
    fields = {"version": 1, "text": "x", "actor": "@eve", "wish": "send"}
    page = browser.post(f"draft/{draft.id}", headers, **fields)
    assert page.status == 403
    assert store.get(root, draft.id) == draft


def test_a_rebound_name_and_a_wrong_token_read_nothing(browser, draft):
    assert browser.get(Host="evil.example").status == 403
    for path in ("/", "/x/", f"/{'a' * 32}/", f"/x/draft/{draft.id}", "/%ff/", "//"):
        page = browser.ask("GET", path, None, {"Host": browser.host})
        assert page.status == 403
        assert draft.id not in page.text
        assert browser.server.site.token not in page.text


def test_a_form_with_the_wrong_token_decides_nothing(browser, root, draft):
    headers = {"Host": browser.host, "Origin": f"http://{browser.host}", "Content-Type": FORM}
    body = urlencode({"version": 1, "text": "x", "actor": "@eve", "wish": "send"})
    assert browser.ask("POST", f"/wrong/draft/{draft.id}", body, headers).status == 403
    assert store.get(root, draft.id) == draft


class Tags(HTMLParser):
    """Collects the tags of a page and what they refer to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links |= {value or "" for key, value in attrs if key in {"src", "href", "action"}}
        assert not [key for key, _ in attrs if key.startswith("on")]


def test_hostile_words_of_question_answer_source_and_person_stay_words(browser, root):
    evil = "</textarea><script>alert(1)</script><img src=x onerror=alert(1)>\"'&"
    with start(root, feature="help", user="ada", workspace="acme") as run:
        run.prompt("answer")
        run.cite([Source(evil, evil, evil)])
        name = queue.enqueue(root, run, evil, Reply(evil, (evil,), abstained=False))
    draft = store.get(root, name)
    pages = [browser.get(), browser.get(f"draft/{draft.id}")]
    pages.append(decide(browser, draft, actor=evil, wish="save"))
    pages.append(browser.get(f"?{urlencode({'done': evil, 'as': evil, 'by': evil})}"))
    assert decide(browser, draft, actor=evil, wish="save", text=evil + evil).status == 303
    pages.append(decide(browser, draft, text=evil, actor="@grace"))
    assert [page.status for page in pages] == [200, 200, 400, 200, 409]
    for page in pages:
        found = Tags(page.text)
        assert not found.tags & {"script", "img"}
        assert all(link.startswith(browser.server.site.home) for link in found.links)


def test_a_page_may_load_run_and_frame_nothing(browser):
    headers = browser.get().headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert headers["Cache-Control"] == "no-store"


def test_what_is_not_there_is_one_sentence(browser):
    assert browser.get("draft/nope").status == 404
    assert browser.get("elsewhere").status == 404
    assert browser.post("", version=1).status == 404


def test_too_large_a_form_is_not_read(browser):
    headers = {"Host": browser.host, "Content-Length": str(2**40)}
    assert browser.ask("POST", browser.server.site.home, None, headers).status == 413


def test_a_form_that_is_no_text_is_refused(browser, root, draft):
    headers = {"Host": browser.host, "Origin": f"http://{browser.host}", "Content-Type": FORM}
    path = f"{browser.server.site.home}draft/{draft.id}"
    assert browser.ask("POST", path, "text=%ff&version=1", headers).status == 404
    assert store.get(root, draft.id) == draft


def test_a_port_that_is_taken_is_one_sentence(root, browser):
    with pytest.raises(ControlsError, match=r"cannot listen on 127\.0\.0\.1"):
        Server(root, browser.server.server_port)


def test_the_command_prints_an_address_with_a_new_token_each_time(root, draft):
    tokens = set()
    for _ in range(2):
        with subprocess.Popen(
            [sys.executable, "-m", "controls", "review", "serve", "--port", "0"],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout
            place = urlsplit(process.stdout.readline().removeprefix("review queue: ").strip())
            with closing(http.client.HTTPConnection(place.netloc)) as line:
                line.request("GET", place.path)
                answer = line.getresponse()
                assert (answer.status, draft.id in answer.read().decode()) == (200, True)
            tokens.add(place.path)
            process.send_signal(2)
            out, err = process.communicate(timeout=20)
        assert (process.returncode, err) == (0, "")
        assert out.endswith("the review queue is closed\n")
    assert len(tokens) == 2


def made(root: Path, text: str):
    with start(root, feature="help", user="ada", workspace="acme") as run:
        run.prompt("answer")
        run.cite([Source("password-reset", "Reset", "Open Settings.")])
        name = queue.enqueue(root, run, "How?", Reply.parse(text))
    return store.get(root, name)
