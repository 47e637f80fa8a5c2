"""The same template gives the same bytes, modes and links by `prooflane new` and by Copier."""

import os
from pathlib import Path

import copier
import pytest

ANSWERS_FILE = {
    "t/{{_copier_conf.answers_file}}.jinja": "# do not edit\n{{ _copier_answers|to_nice_yaml -}}\n"
}
TEMPLATES = {
    "files with and without Jinja": {
        "copier.yml": "_subdirectory: t\nname: Zoë 🙂\n",
        "t/plain.txt": "{{ name }}\r\n",
        "t/made.txt.jinja": "{{ name }}\r\n\n\n",
        "t/bytes.bin": b"\x00\xff{{",
        "t/empty.jinja": "",
        "t/two.dots.md.jinja": "{# gone #}x",
    },
    "answers of every type": {
        "copier.yml": (
            "_subdirectory: t\n"
            "a: {type: str, default: 'no'}\nb: {type: int, default: '{{ 6 * 7 }}'}\n"
            "c: {type: float, default: 1}\nd: {type: bool, default: 'yes'}\n"
            "e: {type: yaml, default: '[1, {x: null}]'}\nf: {type: json, default: '{\"k\": [1]}'}\n"
            "g: {type: path, default: a/b}\nh: [1, two]\ni: null\nj: '123'\nk: 'a: b'\n"
            "l: {type: str, multiselect: true, choices: [x, y, z], default: '[z, x]'}\n"
            "m: {type: int, choices: {one: 1, two: 2}, default: 2}\n"
            "n: {type: str, choices: '[p, q]', default: q}\n"
            "o: {type: str, default: '{{ a }}{{ b }}', when: false}\n"
            'p: {type: str, default: never, when: "{{ d and b == 0 }}"}\n'
            "q: {type: yaml, default: '{{ UNSET }}', when: false}\n"
            "r: {type: str, default: quiet, ask: false}\n"
        ),
        "t/all.jinja": "{% for k in 'abcdefghijklmnopr' %}{% endfor %}"
        "{{ [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, r] }} {{ q is defined }}",
    },
    "names with Jinja, empty names and siblings": {
        "copier.yml": "_subdirectory: t\nname: pkg\nnone: ''\n",
        "t/{{ name }}/__init__.py": "",
        "t/{{ name }}/{% if none %}x{% endif %}.txt": "kept as .txt",
        "t/{% if none %}gone.txt{% endif %}": "gone",
        "t/{% if none %}gone{% endif %}/x": "gone",
        "t/both": "plain",
        "t/both.jinja": "from {{ name }}",
        "t/rooted": "dropped: its sibling lies at the root",
        "rooted.jinja": "",
    },
    "an exclusion table with blocks": {
        "copier.yml": (
            "_subdirectory: t\ntier: 1\n"
            "_exclude:\n  - '*.pyc'\n  - docs\n  - |\n    {% if tier < 2 %}\n    /a/b\n    c/*.md\n"
            "    /d/\n    !/a/b/kept.txt\n    {% endif %}\n  - 'x?z'\n  - '# no'\n  - '[ab].log'\n"
        ),
        **dict.fromkeys(
            ("t/a/b/1", "t/a/b/kept.txt", "t/z/a/b/1", "t/c/1.md", "t/z/c/1.md", "t/d/1"), "1"
        ),
        **dict.fromkeys(("t/e/d/1", "t/docs/1", "t/z/docs/1", "t/m.pyc", "t/xyz", "t/xz"), "1"),
        **dict.fromkeys(("t/a.log", "t/c.log", "t/q/b.log"), "1"),
    },
    "a template at the root": {
        "copier.yml": "name: x\n",
        "README.md.jinja": "{{ name }}",
        "~draft": "1",
        "sub/copier.yml": "1",
        "m.pyo": "1",
    },
    "includes, imports and macros": {
        "copier.yml": "_subdirectory: t\nname: x\n",
        "parts/head.txt": "head {{ name }}\n",
        "parts/m.jinja": "{% macro f(a) %}<{{ a }}>{% endmacro %}",
        "t/x.jinja": (
            "{% include 'parts/head.txt' %}{% from 'parts/m.jinja' import f %}{{ f(name) }}\n"
        ),
    },
    "settings of Jinja": {
        "copier.yml": (
            "_subdirectory: t\n_envops: {block_start_string: '<%', block_end_string: '%>', "
            "variable_start_string: '[[', variable_end_string: ']]', trim_blocks: true, "
            "keep_trailing_newline: false}\nname: x\n"
        ),
        "t/x.jinja": "<% if true %>\n[[ name ]] {{ name }}\n<% endif %>\nend\n",
        "t/[[ name ]].txt": "{{ name }}",
    },
    "its own suffix, answers file and phase": {
        "copier.yml": (
            "_subdirectory: '{{ folder }}'\n_templates_suffix: .tmpl\n"
            "_answers_file: .answers.{{ name }}.yml\nfolder: t\nname: x\n"
            "phase: '{{ _copier_phase }}'\n"
        ),
        "t/x.txt.tmpl": "{{ name }} {{ phase }} {{ _copier_phase }} {{ _folder_name }}",
        "t/y.jinja": "{{ name }}",
        "t/{{_copier_conf.answers_file}}.tmpl": "{{ _copier_answers|to_nice_yaml }}",
    },
    "links that are kept": {
        "copier.yml": "_subdirectory: t\n_preserve_symlinks: true\nname: x\n",
        "t/real.txt": "1",
        "t/link": Path("real.txt"),
        "t/sub/up": Path("../real.txt"),
        "t/made.jinja": Path("{{ name }}.txt"),
    },
    "JSON and quoting": {
        "copier.yml": '_subdirectory: t\nname: "a\'\\"b\\n"\nlist: [1, x]\n',
        "t/x.json.jinja": "{{ list | to_json }} {{ name | tojson }} {{ name | upper }}",
    },
    # from here on, only Copier renders
    "filters that only Copier has": {
        "copier.yml": "_subdirectory: t\nname: x\n",
        "t/x.jinja": "{{ name | b64encode }} {{ name | to_nice_json }}",
        "t/y.jinja": "{{ [1] | to_json(indent=1) }}",
    },
    "links that are followed": {
        "copier.yml": "_subdirectory: t\n",
        "t/real.txt": "1",
        "t/link": Path("real.txt"),
    },
    "a loop over names": {
        "copier.yml": "_subdirectory: t\nnames: [a, b]\n",
        "t/{% yield n from names %}{{ n }}{% endyield %}.txt.jinja": "{{ n }}",
    },
    "a configuration in two parts": {
        "copier.yml": "name: x\n---\n_subdirectory: t\n",
        "t/x.jinja": "{{ name }}",
    },
}


@pytest.fixture
def same_by_both(prooflane, listing, tmp_path, monkeypatch):
    """Return what makes a project both ways and compares every path, byte, mode and link."""
    settings = tmp_path / "settings.yml"
    settings.write_text("{}\n")
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(settings))
    for key in [key for key in os.environ if key.startswith("GIT_")]:
        monkeypatch.delenv(key)

    def compare(source, answers):
        ours, theirs = tmp_path / "ours/project", tmp_path / "theirs/project"
        given = [part for key, value in answers.items() for part in ("--set", f"{key}={value}")]
        args = ("--template", source, "--defaults", "--no-verify", *given)
        done = prooflane("new", ours, *args)
        assert done.status == 0, done.err
        copier.run_copy(str(source), theirs, data=answers, defaults=True, quiet=True)
        made = listing(ours)
        del made[".prooflane.lock"]
        assert made == listing(theirs)

    return compare


@pytest.mark.parametrize("files", TEMPLATES.values(), ids=TEMPLATES)
def test_a_template_with(files, template, same_by_both):
    is_nested = any(name.startswith("t/") for name in files)
    files = {**ANSWERS_FILE, **files} if is_nested else files
    source = template(files, executable=tuple(name for name in files if name.endswith(".txt")))
    same_by_both(source, {})


@pytest.mark.sampled
@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"tier": 0},
        {"tier": 1, "ci": "none"},
        {"tier": 2, "owner": "@ada", "team": "support"},
        {"tier": 2, "ci": "none", "audience": "internal", "data_class": "public"},
        {"tier": 2, "oversight": "none", "project_name": "Réponses 🙂", "description": "No: 123"},
        {"audience": "customer", "oversight": "sample"},
        {"audience": "internal", "data_class": "internal", "tier": 1},
    ],
    ids=[
        "alone",
        "of tier 0",
        "of tier 1 without CI",
        "of tier 2 with an owner",
        "of tier 2 for colleagues",
        "of tier 2 with letters beyond ASCII",
        "that ask for tier 2",
        "above the floor",
    ],
)
def test_our_template_with_answers(answers, template_source, same_by_both):
    same_by_both(template_source, answers)


def test_our_template_is_rendered_by_us(template_source, prooflane, tmp_path):
    poison = tmp_path / "poison"
    (poison / "copier").mkdir(parents=True)
    (poison / "copier/__init__.py").write_text("raise SystemExit('copier was imported')")
    path = os.pathsep.join([str(poison), str(Path(__file__).parents[2] / "generator")])
    done = prooflane(
        "new", "made", "--template", template_source, "--defaults", "--no-verify", PYTHONPATH=path
    )
    assert done.status == 0, done.err
