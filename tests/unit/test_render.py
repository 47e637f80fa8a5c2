import pytest

from prooflane.errors import ProoflaneError
from prooflane.files import LINK, File
from prooflane.render.errors import NotHermeticError
from prooflane.render.tree import Origin, load

ORIGIN = Origin("https://example.com/t.git", "v1", "project")


def make(config, files, given=None, suggested=None):
    """Return the text of each rendered file."""
    template = load(
        {"copier.yml": File(config.encode())}
        | {name: File(text.encode()) for name, text in files.items()}
    )
    answers = template.answers(given or {}, ORIGIN, suggested)
    return {path: file.data.decode() for path, file in template.render(answers).items()}


def test_a_question_sees_what_was_given_to_a_later_one():
    config = "a: \"{{ b if b is defined else 'none' }}\"\nb: x\n"
    assert make(config, {"f.jinja": "{{ a }}"}) == {"f": "none"}
    assert make(config, {"f.jinja": "{{ a }}"}, {"b": "given"}) == {"f": "given"}


def test_a_number_given_as_text_is_a_number_in_every_default():
    config = "a: {type: int, default: '{{ tier + 1 if tier is defined else 0 }}'}\ntier: 5\n"
    assert make(config, {"f.jinja": "{{ a }}"}, {"tier": "2"}) == {"f": "3"}


def test_a_suggestion_replaces_a_default_and_gives_way_to_an_answer():
    config, files = "a: theirs\n", {"f.jinja": "{{ a }}"}
    assert make(config, files, suggested={"a": "ours", "unknown": 1}) == {"f": "ours"}
    assert make(config, files, {"a": "mine"}, {"a": "ours"}) == {"f": "mine"}


def test_a_computed_answer_is_read_but_not_recorded():
    config = "a: 1\nb: {type: int, default: '{{ a + 1 }}', when: false}\n"
    files = {"{{_copier_conf.answers_file}}.jinja": "{{ _copier_answers|to_nice_yaml }}{{ b }}"}
    assert make(config, files) == {
        ".copier-answers.yml": "_commit: v1\n_src_path: https://example.com/t.git\na: 1\n2"
    }


def test_one_template_renders_any_number_of_projects_without_memory():
    template = load({"copier.yml": File(b"a: 1\n"), "f.jinja": File(b"{{ a }}{% set a = 9 %}")})
    given = [template.answers({"a": number}, ORIGIN) for number in (1, 2, 1)]
    assert [template.render(answers)["f"].data for answers in given] == [b"1", b"2", b"1"]


@pytest.mark.parametrize(
    "text",
    [
        "{{ now() }}",
        "{{ '%Y' | strftime }}",
        "{{ [1, 2] | random }}",
        "{{ make_secret() }}",
        "{{ _copier_conf.os }}",
        "{{ _copier_conf['dst_path'] }}",
        "{% set c = _copier_conf %}{{ c.src_path }}",
        "{{ _copier_python }}",
        "{{ lipsum() }}",
        "{{ 1 if false else ('a' | b64encode) }}",
        "{{ 3 | to_json(indent=2) }}",
        "{% if x is my_test %}{% endif %}",
        "{% yield a from b %}{% endyield %}",
        "{{ unclosed",
    ],
)
def test_what_reads_clock_chance_or_machine_is_not_hermetic(text):
    with pytest.raises(NotHermeticError):
        make("a: 1\n", {"f.jinja": text})


@pytest.mark.parametrize(
    "config",
    [
        "_tasks: [date]\n",
        "_jinja_extensions: [os]\n",
        "_migrations: [{version: v1, after: [x]}]\n",
        "_external_data: {x: y.yml}\n",
        "_secret_questions: [a]\n",
        "a: {type: str, secret: true, default: x}\n",
        "_envops: {extensions: [x]}\n",
        "_envops: {undefined: os.system}\n",
        "_min_copier_version: '10.0'\n",
        "_templates_suffix: ''\n",
        "_unheard_of: 1\n",
        "a: !include b.yml\n",
        "a: 1\n---\nb: 1\n",
    ],
)
def test_a_setting_outside_the_profile_is_not_hermetic(config):
    with pytest.raises(NotHermeticError):
        make(config, {"f": ""})


def test_empty_settings_of_that_kind_are_hermetic():
    config = "_tasks: []\n_jinja_extensions: []\n_migrations: []\n_min_copier_version: '9.18'\n"
    assert make(config, {"f": "x"}) == {"f": "x"}


@pytest.mark.parametrize(
    "text",
    ["{{ ''.__class__.__mro__ }}", "{{ a.__init__.__globals__ }}", "{{ a | attr('__class__') }}"],
)
def test_the_sandbox_holds(text):
    with pytest.raises(ProoflaneError, match=r"^the template's file 'f.jinja' fails"):
        make("a: x\n", {"f.jinja": text + "{{ nothing.at.all }}"})


def test_a_followed_link_is_left_to_copier():
    template = load({"copier.yml": File(b"a: 1\n"), "l": File(b"copier.yml", LINK)})
    with pytest.raises(NotHermeticError):
        template.render(template.answers({}, ORIGIN))


@pytest.mark.parametrize(
    ("question", "value", "message"),
    [
        ("{type: int, default: 1}", "x", "a 'x' is not a whole number"),
        ("{type: float, default: 1}", None, "a None is not a number"),
        ("{type: str, default: x}", ["y"], "a ['y'] is not text"),
        ("{type: json, default: '1'}", "{", "a '{' is not json"),
        ("{type: str, choices: [x, y], default: x}", "z", "a 'z' is not offered"),
        (
            "{type: str, default: x, validator: \"{{ 'too long' if a|length > 3 }}\"}",
            "long",
            "a 'long': too long",
        ),
        ("{type: str, multiselect: true, choices: [x, y], default: [x]}", "x", "'x' is not a list"),
        (
            "{type: str, choices: {X: {value: x, validator: sold out}, Y: y}, default: y}",
            "x",
            "a 'x': sold out",
        ),
    ],
)
def test_an_answer_refused(question, value, message):
    with pytest.raises(ProoflaneError) as refused:
        make(f"a: {question}\n", {"f": ""}, {"a": value})
    assert refused.value.message == message
    assert refused.value.hint
