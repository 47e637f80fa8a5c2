"""Content is encrypted with a key per person, and gone for good with that key."""

import pytest
import warm

from controls.ask import ask
from controls.errors import ControlsError
from controls.reply import Reply, Source
from controls.run import start
from controls.tracing import content, read

QUESTION = "how do I reset my password?"


@pytest.fixture
def keeping(project):
    """Return a repository whose manifest keeps encrypted content."""
    root = project(2)
    path = root / "ai-workflow.yaml"
    path.write_text(path.read_text().replace("content: none", "content: encrypted"))
    return root


def blobs(root):
    return sorted((root / ".aiwf/content").glob("*/*.blob"))


def run_span(root, run_id):
    (found,) = [s for s in read.spans(root, run=run_id) if s.operation == "invoke_workflow"]
    return found


def test_nothing_is_kept_unless_the_manifest_says_so(project):
    root = project(2)
    asked = ask(root, QUESTION, user="ada")
    assert not (root / ".aiwf/content").exists()
    assert content.texts(root, asked.run_id) == ()


def test_question_and_answer_are_kept_unreadable_without_the_key(keeping):
    asked = ask(keeping, QUESTION, user="grace")
    kept = content.texts(keeping, asked.run_id)
    assert [(text.kind, text.text) for text in kept] == [
        ("question", QUESTION),
        ("answer", asked.reply.text),
    ]
    assert len(blobs(keeping)) == 2
    for path in (keeping / ".aiwf").rglob("*"):
        assert not path.is_file() or b"reset my password" not in path.read_bytes()
    assert "grace" not in blobs(keeping)[0].read_bytes().partition(b"\n")[0].decode()


def test_after_erasure_the_texts_are_unreadable_and_the_spans_remain(keeping):
    ada, bob = ask(keeping, QUESTION, user="ada"), ask(keeping, QUESTION, user="bob")
    before = read.load(keeping).spans
    subject = run_span(keeping, ada.run_id).attributes["enduser.pseudo.id"]
    words = ("trace", "erase", "--subject", subject)
    done = warm.run("controls", *words, cwd=keeping, check=True)
    assert done.stdout == (f"the key of {subject} is destroyed: 2 texts are unreadable for good\n")
    assert [text.text for text in content.texts(keeping, ada.run_id)] == [None, None]
    assert content.texts(keeping, bob.run_id)[0].text == QUESTION
    assert read.load(keeping).spans == before
    again = ask(keeping, QUESTION, user="ada")  # a new key opens nothing of before
    assert content.texts(keeping, again.run_id)[0].text == QUESTION
    assert [text.text for text in content.texts(keeping, ada.run_id)] == [None, None]


def test_a_person_is_erased_by_name_too_and_an_unknown_one_is_named(keeping):
    asked = ask(keeping, QUESTION, user="ada")
    assert content.erase(keeping, "ada").blobs == 2
    assert content.shown(keeping, asked.run_id).startswith("question: unreadable")
    for who in ("ada", "nobody", "../../etc", "0" * 32):
        with pytest.raises(ControlsError, match=f"no key of {who!r} exists"):
            content.erase(keeping, who)


def test_an_altered_blob_is_not_read(keeping):
    asked = ask(keeping, QUESTION, user="ada")
    for path in blobs(keeping):
        path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert {text.text for text in content.texts(keeping, asked.run_id)} == {None}


def test_a_blob_cannot_pass_for_that_of_another_run(keeping):
    asked, other = ask(keeping, QUESTION, user="ada"), ask(keeping, QUESTION, user="ada")
    for path in blobs(keeping):
        path.write_bytes(path.read_bytes().replace(asked.run_id.encode(), b"0" * 16, 1))
    assert {text.text for text in content.texts(keeping, "0" * 16)} == {None}
    assert content.texts(keeping, other.run_id)[0].text == QUESTION


def test_a_run_of_nobody_has_a_key_of_its_own(keeping):
    with start(keeping, feature="answer") as run:
        content.keep(run, content.QUESTION, "what is \udc80 this? key sk-proj-abcdefghijklmnop1234")
    kept = content.texts(keeping, run.id)
    assert [text.text for text in kept] == [r"what is \udc80 this? key [redacted]"]
    content.erase(keeping, run.id)
    assert content.texts(keeping, run.id)[0].text is None


@pytest.mark.parametrize(
    ("data", "keyed"),
    [("public", False), ("confidential", False), ("personal", True), ("special-category", True)],
)
def test_the_digest_is_keyed_from_personal_data_on(project, data, keyed):
    root = project(2)
    digests = []
    for user in ("ada", "ada", "bob"):
        with start(root, feature="answer", data=data, user=user) as run:
            run.prompt("answer")
            run.cite([Source("a", "A", "A.")])
            run.outcome(Reply.parse("Yes. [a]"))
        digests.append(str(run_span(root, run.id).attributes["aiwf.output.sha256"]))
    first, again, other = digests
    assert first == again
    assert first.startswith("hmac-sha256:") is keyed
    assert (first != other) is keyed


@pytest.mark.parametrize(
    ("where", "told"),
    [
        (".aiwf/pseudonym.key", "the key of pseudonyms cannot be used"),
        (".aiwf/keys", "the key of "),
    ],
)
def test_a_key_that_cannot_be_made_is_one_sentence_and_denies(keeping, where, told):
    place = keeping / where
    place.parent.mkdir()
    if place.suffix:
        place.mkdir()
    else:
        place.write_text("no folder")
    with pytest.raises(ControlsError, match=told):
        ask(keeping, QUESTION, user="grace")
    assert blobs(keeping) == []


def test_a_short_key_names_nobody(keeping):
    (keeping / ".aiwf").mkdir()
    (keeping / ".aiwf/pseudonym.key").write_bytes(b"")
    with pytest.raises(ControlsError) as error:
        ask(keeping, QUESTION, user="grace")
    assert error.value.message == ".aiwf/pseudonym.key holds no key of 32 bytes"


def test_content_expires_with_the_retention(keeping):
    ask(keeping, QUESTION, user="ada")
    words = ("trace", "expire", "--today", "2999-01-01")
    warm.run("controls", *words, cwd=keeping, check=True)
    assert blobs(keeping) == []


def test_the_verb_shows_what_was_kept(keeping):
    asked = ask(keeping, QUESTION, user="ada")
    words = ("trace", asked.run_id, "--content")
    done = warm.run("controls", *words, cwd=keeping, check=True)
    assert done.stdout.endswith(f"question: {QUESTION}\nanswer: {asked.reply.text}\n")
