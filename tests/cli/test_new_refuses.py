"""What `prooflane new` refuses: one sentence, a hint, status 2, and nothing is written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HINT = "write plain lines: `name: value`"
MAINTAINER = "tell whoever maintains the template"
QUESTIONS = """\
_subdirectory: template
name:
  type: str
  default: demo
  validator: "{% if ' ' in name %}use no spaces{% endif %}"
size: {type: int, default: 3, choices: [3, 5]}
twice: {type: int, when: false, default: "{{ size * 2 }}"}
"""
TIERED = """\
_subdirectory: template
audience: {type: str, default: internal}
tier: {type: int, default: 0}
"""
CATALOGUE = """\
tiers:
  - {tier: 0, name: internal, example: docs, approval: lead, costs: little}
  - {tier: 1, name: customer assist, example: replies, approval: product, costs: more}
floor:
  - {when: {audience: [customer]}, tier: 1, reason: customers read its output}
controls:
  - {id: OWN-1, title: owner named, tiers: [0, 1]}
"""
TIERED_TEMPLATE = {
    "copier.yml": TIERED,
    "template/controls/catalogue.yaml": CATALOGUE,
    "template/README.md": "hello\n",
}


@pytest.fixture
def source(template):
    return template({"copier.yml": QUESTIONS, "template/README.md.jinja": "{{ twice }}\n"})


@pytest.fixture
def refuses(prooflane, tmp_path):
    """Return what runs `new`, and checks sentence, hint, status, and that nothing is left."""

    def check(message: str, hint: str, *args: object, dest: object = "made", **env: str) -> None:
        before = sorted(tmp_path.iterdir())
        done = prooflane("new", dest, *args, **env)
        assert done.err == f"error: {message}\n" + (f"hint: {hint}\n" if hint else "")
        assert (done.status, done.out) == (2, "")
        assert [path for path in sorted(tmp_path.iterdir()) if path.name != "home"] == [
            path for path in before if path.name != "home"
        ]

    return check


def test_a_folder_with_something_in_it(refuses, source, tmp_path):
    (tmp_path / "made").mkdir()
    (tmp_path / "made/kept").write_text("mine")
    hint = "choose a folder that does not exist yet"
    refuses("'made' is not empty", hint, "--template", source, "--defaults")
    assert (tmp_path / "made/kept").read_text() == "mine"


def test_a_file(refuses, source, tmp_path):
    (tmp_path / "made").write_text("mine")
    hint = "choose another name"
    refuses("'made' is not a folder", hint, "--template", source, "--defaults")


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        (
            "a" * 256,
            f"{'a' * 256!r} cannot be created: file name too long",
            "choose a shorter name",
        ),
        ("caf\udce9", "'caf\\udce9' is no name in UTF-8", "choose another name"),
    ],
    ids=["too long", "not text"],
)
def test_a_name_that_no_folder_can_have(name, message, hint, refuses, source):
    refuses(message, hint, "--template", source, "--defaults", dest=name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root enters every folder")
def test_a_folder_that_may_not_be_entered(refuses, source, tmp_path):
    (tmp_path / "closed").mkdir(mode=0o000)
    message = "'closed/made' cannot be created: permission denied"
    hint = "choose a folder that you may write to"
    refuses(message, hint, "--template", source, "--defaults", dest="closed/made")


def test_the_current_folder(refuses, source):
    message, hint = "DEST is the current folder", "name a folder that is to be made"
    refuses(message, hint, "--template", source, "--defaults", dest=".")


def test_a_folder_inside_another_repository(refuses, source, git, tmp_path):
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "--quiet")
    refuses(
        f"'outer/a/b' lies inside the repository {str(outer)!r}",
        "choose a folder outside it, or add this one to its .gitignore",
        *("--template", source, "--defaults"),
        dest="outer/a/b",
    )


def test_a_read_only_folder(refuses, source, tmp_path):
    # root ignores permissions, but not the kernel's own folders
    above = Path("/sys") if os.geteuid() == 0 else tmp_path / "closed"
    if above != Path("/sys"):
        above.mkdir(mode=0o555)
    made = above / "made"
    done = subprocess.run(["mkdir", made], check=False, capture_output=True, text=True)
    reason = done.stderr.strip().rpartition(": ")[2].lower()
    hint = "choose a folder that you may write to"
    args = ("--template", source, "--defaults")
    refuses(f"{str(made)!r} cannot be created: {reason}", hint, *args, dest=made)


@pytest.mark.parametrize(
    "case",
    [
        ("nme=x", "unknown answer 'nme'", "did you mean 'name'?"),
        ("zzz=x", "unknown answer 'zzz'", "the template asks name, size"),
        ("name=a b", "name 'a b': use no spaces", "--set name=..."),
        ("size=big", "size 'big' is not a whole number", "--set size=..."),
        ("size=4", "size 4 is not offered", "choose one of 3, 5"),
        (
            "twice=8",
            "answer 'twice' does not apply here: the template computes it",
            "leave it out",
        ),
        ("name", "--set needs KEY=VALUE, got 'name'", "--set team=support"),
        ("name=\udcff", "--set 'name=\\udcff' is not UTF-8", "type it in a UTF-8 terminal"),
    ],
    ids=[
        "close to a question",
        "far from every question",
        "refused by the validator",
        "of another type",
        "not among the choices",
        "that the template computes",
        "without a value",
        "that is no text",
    ],
)
def test_an_answer(case, refuses, source):
    answer, message, hint = case
    refuses(message, hint, "--template", source, "--defaults", "--set", answer)


@pytest.mark.parametrize(
    "case",
    [
        (b"a: [1\n", "is not valid YAML at line 2: did not find expected ',' or ']'", HINT),
        (b"- a\n- b\n", "is not a mapping of names to values", HINT),
        (b"x: \xff", "is not UTF-8 at byte 3", HINT),
        (b"a: &a [1]\nb: *a\n", "uses the alias 'a'", "write the value out"),
        (b"a: " + b"[" * 25 + b"]" * 25, "is nested deeper than 24 levels", HINT),
        (b"#" * 65537, "is larger than 64 KiB", "keep it short"),
        (b"a: !!python/object:os.system {}", None, HINT),
        (b"[" * 60000, "is nested deeper than 24 levels", HINT),
        (b"name: !!bool maybe\n", "has a value that its tag does not fit", HINT),
        (b'name: !!int ""\n', "has a value that its tag does not fit", HINT),
        (b"name: !!timestamp soon\n", "has a value that its tag does not fit", HINT),
    ],
    ids=[
        "cut off",
        "a list",
        "not text",
        "with an alias",
        "nested deep",
        "gigantic",
        "that names a Python object",
        "of brackets alone",
        "with a word for a truth",
        "with nothing for a number",
        "with a word for a day",
    ],
)
def test_an_answers_file(case, refuses, source, tmp_path):
    content, message, hint = case
    (tmp_path / "a.yml").write_bytes(content)
    said = message or (
        "is not valid YAML at line 1: could not determine a constructor for the tag "
        "'tag:yaml.org,2002:python/object:os.system'"
    )
    args = ("--template", source, "--defaults", "--answers", "a.yml")
    refuses(f"answers file 'a.yml' {said}", hint, *args)


def test_an_answers_file_that_is_not_there(refuses, source):
    message = "answers file 'a.yml' cannot be read: no such file or directory"
    hint = "--answers takes a file"
    refuses(message, hint, "--template", source, "--defaults", "--answers", "a.yml")


def test_a_tier_that_the_template_does_not_have(refuses, template):
    source = template(TIERED_TEMPLATE)
    message = "tier '3' is not in this version"
    hint = "it has 0 internal, 1 customer assist"
    refuses(message, hint, "--template", source, "--defaults", "--tier", "3")


def test_a_tier_below_its_floor(refuses, template):
    args = ("--template", template(TIERED_TEMPLATE), "--defaults", "--set", "audience=customer")
    refuses("tier 0 is below 1: customers read its output", "--tier 1", *args)


def test_two_tiers(refuses, source):
    message = "--tier 1 contradicts the answer tier=2"
    args = ("--template", source, "--defaults", "--tier", "1", "--set", "tier=2")
    refuses(message, "give one of them", *args)


def test_no_git(refuses, source, tmp_path):
    hint = "install the package git, 2.38 or newer"
    args = ("--template", source, "--defaults")
    (tmp_path / "home/bin").mkdir()
    refuses("git is not installed", hint, *args, PATH=str(tmp_path / "home/bin"))


def test_an_old_git(refuses, source, tmp_path):
    folder = tmp_path / "home/bin"
    folder.mkdir()
    (folder / "git").write_text("#!/bin/sh\necho git version 2.37.1\n")
    (folder / "git").chmod(0o755)
    hint = "install git 2.38 or newer"
    refuses("git 2.37 is too old", hint, "--template", source, "--defaults", PATH=str(folder))


def test_a_git_that_does_not_know_its_user(refuses, source, tmp_path):
    (tmp_path / "home/.gitconfig").unlink()
    refuses(
        "git does not know who you are, and the first commit needs an author",
        "git config --global user.name NAME && git config --global user.email ADDRESS",
        *("--template", source, "--defaults"),
    )


def test_a_current_folder_that_is_gone(environment, source, tmp_path):
    command = f"mkdir gone; cd gone; rmdir ../gone; {sys.executable} -m prooflane new made"
    script = f"{command} --template {source} --defaults"
    options = {"cwd": tmp_path, "env": environment, "capture_output": True, "text": True}
    done = subprocess.run(["sh", "-c", script], check=False, **options)
    message = "git var failed: Unable to read current working directory: No such file or directory"
    assert (done.returncode, done.stderr) == (2, f"error: {message}\n")


def test_no_terminal_to_ask_on(refuses, source):
    message = "there is no terminal to ask questions on"
    hint = "--defaults takes the defaults, --set KEY=VALUE answers one"
    refuses(message, hint, "--template", source)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--tire", "2"), "unrecognized arguments: --tire 2"),
        (("--tier",), "argument --tier: expected one argument"),
    ],
    ids=["unknown", "without its value"],
)
def test_an_option(args, message, refuses):
    refuses(message, "prooflane new --help", *args)


@pytest.mark.parametrize(
    "case",
    [
        ({"x": ""}, "the template has no copier.yml", "--template takes a Copier template"),
        (
            {"copier.yml": "", "copier.yaml": ""},
            "the template has both copier.yml and copier.yaml",
            "--template takes a Copier template",
        ),
        ({"copier.yml": "a: [\n"}, "copier.yml is not valid YAML at line 2: did not find", None),
        (
            {"copier.yml": "a: {type: str, hlep: x}", "f": ""},
            "question 'a' of the template has an unknown 'hlep'",
            MAINTAINER,
        ),
        (
            {"copier.yml": "_subdirectory: t\n", "f": ""},
            "the template has no folder 't'",
            MAINTAINER,
        ),
        (
            {"copier.yml": "a: {type: str}", "f": ""},
            "question 'a' has no answer",
            "--set a=...",
        ),
        (
            {"copier.yml": "a: ../x\n", "{{ a }}": ""},
            "the template writes outside the project: '../x'",
            MAINTAINER,
        ),
        (
            {"copier.yml": "a: .GIT\n", "{{ a }}/config": ""},
            "the template writes outside the project: '.GIT/config'",
            MAINTAINER,
        ),
        (
            {"copier.yml": "_preserve_symlinks: true\n", "x": Path("../../etc/passwd")},
            "the template's link 'x' leaves the project",
            MAINTAINER,
        ),
        (
            {"copier.yml": "a: x\n", "x": "1", "{{ a }}": "2"},
            "the template writes 'x' twice",
            MAINTAINER,
        ),
        (
            {"copier.yml": "a: 1\n", "f.jinja": "{{ a.b.c }}"},
            "the template's file 'f.jinja' fails: 'int object' has no attribute 'b'",
            MAINTAINER,
        ),
        (
            {"copier.yml": "_tasks: [touch x]\n"},
            "the template runs code of its own, which prooflane never does",
            "read it, then run it yourself: copier copy --trust",
        ),
    ],
    ids=[
        "without configuration",
        "with two configurations",
        "with a malformed configuration",
        "with a misspelt key",
        "without its folder",
        "with a question that nobody answered",
        "that writes above the project",
        "that writes into .git",
        "with a link out of the project",
        "with two sources for one file",
        "with an error in a file",
        "that runs tasks",
    ],
)
def test_a_template(case, prooflane, template, tmp_path):
    files, message, hint = case
    done = prooflane("new", "made", "--template", template(files), "--defaults")
    said, *hints = done.err.splitlines()
    assert (done.status, done.out) == (2, "")
    assert said.startswith(f"error: {message}")
    assert hint is None or hints == [f"hint: {hint}"] * bool(hint)
    assert not (tmp_path / "made").exists()


def test_a_template_that_is_not_there(refuses, tmp_path):
    message = f"there is no template at {str(tmp_path / 'none')!r}"
    refuses(message, "--template takes a git folder or a URL", "--template", "none", "--defaults")


def test_a_template_that_git_does_not_know(refuses, tmp_path):
    (tmp_path / "plain").mkdir()
    refuses(
        f"the template {str(tmp_path / 'plain')!r} is not a git repository",
        "git init and commit it, so that its version can be recorded",
        *("--template", "plain", "--defaults"),
    )


def test_a_template_without_a_release(refuses, template):
    source = template(tag=None)
    message = f"the template {str(source)!r} has no released version"
    hint = "--to HEAD takes its newest commit"
    refuses(message, hint, "--template", source, "--defaults")


def test_a_version_that_the_template_does_not_have(refuses, template):
    source = template()
    message = f"the template {str(source)!r} has no version 'v9'"
    args = ("--template", source, "--defaults", "--to", "v9")
    refuses(message, "its tags: v1.0.0", *args)


def test_a_template_address_that_does_not_answer(refuses, tmp_path):
    url = f"file://{tmp_path}/none"
    said = f"'{tmp_path}/none' does not appear to be a git repository"
    message = f"the template {url!r} cannot be cloned: {said}"
    hint = "check the address, or your access to it"
    refuses(message, hint, "--template", url, "--defaults")
