import hashlib

import pytest

from controls import prompts
from controls.errors import ControlsError


def write(root, text):
    path = root / "prompts/answer.md"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_prompt_has_a_name_a_version_and_the_digest_of_its_file(tmp_path):
    text = '---\nname: answer\nversion: "2"\nmodel: null\n---\nBe brief.\n'
    path = write(tmp_path, text)
    prompt = prompts.load(tmp_path, "answer")
    assert (prompt.name, prompt.version, prompt.model, prompt.text) == (
        "answer",
        "2",
        None,
        "Be brief.",
    )
    assert prompt.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert prompt.path == path


def test_line_ends_of_another_system_are_read(tmp_path):
    write(tmp_path, "---\r\nname: answer\r\nversion: 1\r\nmodel: a:b\r\n---\r\nBe brief.\r\n")
    assert (prompts.load(tmp_path, "answer").version, prompts.load(tmp_path, "answer").model) == (
        "1",
        "a:b",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("Be brief.", "prompts/answer.md: no front matter", id="no front matter"),
        pytest.param(b"---\n\xff\n---\n", "prompts/answer.md: not UTF-8 at byte 4", id="not UTF-8"),
        pytest.param(
            "---\nname: reply\nversion: 1\n---\nx",
            "prompts/answer.md: front matter needs name 'answer' and a version,"
            " it has {'name': 'reply', 'version': 1}",
            id="another name",
        ),
    ],
)
def test_a_malformed_prompt_is_one_sentence(tmp_path, text, message):
    write(tmp_path, text)
    with pytest.raises(ControlsError) as caught:
        prompts.load(tmp_path, "answer")
    assert caught.value.message == message


def test_a_missing_prompt_is_named(tmp_path):
    with pytest.raises(ControlsError) as caught:
        prompts.load(tmp_path, "answer")
    assert caught.value.message == "prompt 'answer' cannot be read: No such file or directory"
    assert caught.value.hint == "create prompts/answer.md"
