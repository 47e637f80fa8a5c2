"""Templates and answers of strangers: one sentence, status 2, and nothing is written."""

import subprocess
from pathlib import Path

import pytest

MAINTAINER = "tell whoever maintains the template"
OUTSIDE = "the template writes outside the project: {!r}"


@pytest.fixture
def refuses(prooflane, tmp_path):
    """Return what runs `new`, and checks the sentence and that nothing was written."""

    def check(source: Path, message: str, hint: str = MAINTAINER) -> None:
        before = sorted(tmp_path.rglob("*"))
        done = prooflane("new", "made", "--template", source, "--defaults")
        assert done.err == f"error: {message}\nhint: {hint}\n"
        assert (done.status, done.out) == (2, "")
        assert [path for path in sorted(tmp_path.rglob("*")) if path not in before] == []

    return check


@pytest.fixture
def forged(template, git):
    """Return a function that makes a template with an entry that git itself would never write."""

    def make(mode: str, name: str) -> Path:
        source = template({"copier.yml": "_subdirectory: t\n", "t/a": "1"})
        blob, config = (git(source, "rev-parse", f"HEAD:{path}") for path in ("t/a", "copier.yml"))
        inner = stored(source, ("100644", "x", blob)) if mode == "40000" else "1" * 40
        tree = stored(source, (mode, name, inner))
        root = stored(source, ("100644", "copier.yml", config), ("40000", "t", tree))
        git(source, "update-ref", "refs/tags/v2.0.0", git(source, "commit-tree", "-m", "x", root))
        return source

    return make


def stored(source, *entries):
    raw = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(id_) for mode, name, id_ in entries)
    command = ["git", "hash-object", "--literally", "-t", "tree", "-w", "--stdin"]
    done = subprocess.run(command, cwd=source, input=raw, capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.mark.parametrize(
    ("answer", "path"),
    [
        ("../x", "../x"),
        ("a/../../x", "a/../../x"),
        ("/etc/x", "/etc/x"),
        (".git/hooks/x", ".git/hooks/x"),
        ("sub/.git/config", "sub/.git/config"),
        (".GIT/config", ".GIT/config"),
        (".git./config", ".git./config"),
        ("git~1/config", "git~1/config"),
        (".git::$INDEX_ALLOCATION/config", ".git::$INDEX_ALLOCATION/config"),
        (".g\u200cit/config", ".g\u200cit/config"),
        ("a\\..\\x", "a\\..\\x"),
    ],
)
def test_a_path_that_leaves_the_project(answer, path, refuses, template):
    config = f"_subdirectory: t\na: {{type: str, default: '{answer}'}}\n"
    refuses(template({"copier.yml": config, "t/{{ a }}": "1"}), OUTSIDE.format(path))


@pytest.mark.parametrize("name", ["..", ".git"], ids=["above", "git's own"])
def test_a_tree_that_git_would_not_write(name, refuses, forged):
    refuses(forged("40000", name), OUTSIDE.format(f"{name}/x"))


def test_a_submodule(refuses, forged):
    message = "the template has the submodule 't/sub', which is never fetched"
    refuses(forged("160000", "sub"), message)


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("/etc/passwd", "x"),
        ("../../etc/passwd", "x"),
        ("sub/../../x", "x"),
        ("a/..", "x"),
        ("README", ".gitignore"),
        ("README", ".gitattributes"),
    ],
    ids=["absolute", "above", "above by a folder", "by another link", "for git", "for git too"],
)
def test_a_link_out_of_the_project(target, name, refuses, template):
    files = {"copier.yml": "_preserve_symlinks: true\n", "README": "1", name: Path(target)}
    refuses(template(files), f"the template's link {name!r} leaves the project")


def test_a_link_inside_the_project_is_fine(prooflane, template, tmp_path):
    files = {"copier.yml": "_preserve_symlinks: true\n", "a/b": "1", "c/x": Path("../a/./b")}
    assert prooflane("new", "made", "--template", template(files), "--defaults").status == 0
    assert (tmp_path / "made/c/x").read_text() == "1"


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (
            "{{ ''.__class__.__mro__ }}",
            "access to attribute '__class__' of 'str' object is unsafe.",
        ),
        (
            "{{ cycler.__init__.__globals__.os.system('touch owned') }}",
            "access to attribute '__init__' of 'type' object is unsafe.",
        ),
        (
            "{{ '{0.__class__.__mro__}'.format(1) }}",
            "access to attribute '__class__' of 'int' object is unsafe.",
        ),
        (
            "{{ (1 | attr('__class__')).mro() }}",
            "access to attribute '__class__' of 'int' object is unsafe.",
        ),
        ("{{ range(1000000000) | list }}", "a length would be gigantic"),
        ("{{ 'a' * 10 ** 10 }}", "the result of '*' would be gigantic"),
        ("{{ [1] * 10 ** 10 }}", "the result of '*' would be gigantic"),
        ("{{ 9 ** 99999 }}", "the result of '**' would be gigantic"),
        ("{{ '%0999999999d' % 1 }}", "the result of '%' would be gigantic"),
        ("{{ '{:>9999999999}'.format(1) }}", "a width would be gigantic"),
        ("{{ 'a'.center(10 ** 10) }}", "a length would be gigantic"),
        ("{{ 'a' | center(10 ** 10) }}", "a length would be gigantic"),
        ("{{ '%0999999999d' | format(1) }}", "a width would be gigantic"),
        ("{{ 'a' | indent(10 ** 10, true) }}", "a length would be gigantic"),
    ],
)
def test_an_expression_that_breaks_out_or_blows_up(expression, reason, refuses, template):
    source = template({"copier.yml": "", "f.jinja": expression})
    refuses(source, f"the template's file 'f.jinja' fails: {reason}")
    assert not Path("owned").exists()


def test_a_file_that_renders_to_gigabytes(refuses, template):
    text = "{% for i in range(99999) %}" + "x" * 999 + "{% endfor %}"
    source = template({"copier.yml": "", "f.jinja": text})
    refuses(source, "the template's file 'f.jinja' renders to more than 16 MiB")


def test_a_gigantic_file(refuses, template):
    source = template({"copier.yml": "", "big.bin": b"\0" * (17 * 1024 * 1024)})
    refuses(source, "the template's file 'big.bin' is larger than 16 MiB")


def test_a_template_of_countless_files(refuses, template, git):
    source = template({"copier.yml": "", "f": "1"})
    blob = git(source, "rev-parse", "HEAD:f")
    names = sorted(f"f{number}" for number in range(50_001))
    tree = stored(source, *(("100644", name, blob) for name in names))
    git(source, "update-ref", "refs/tags/v2.0.0", git(source, "commit-tree", "-m", "x", tree))
    refuses(source, "the template has more than 50000 files")


def test_a_bomb_of_aliases(refuses, template):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    source = template({"copier.yml": "\n".join(lines), "f": "1"})
    message = "copier.yml grows beyond 20000 values by its aliases"
    refuses(source, message, "write plain lines: `name: value`")


def test_a_foreign_template_is_held_to_the_same_paths(prooflane, template, tmp_path):
    # the clock is for Copier to render; what it made is looked at before it is taken
    files = {"copier.yml": "a: .git/hooks/x\n", "{{ a }}.jinja": "{{ now() }}"}
    done = prooflane("new", "made", "--template", template(files), "--defaults")
    assert (done.status, done.err.splitlines()[0]) == (
        2,
        f"error: {OUTSIDE.format('.git/hooks/x')}",
    )
    assert not (tmp_path / "made").exists()
