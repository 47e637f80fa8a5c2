"""The matrix: what a user did, what the template did, and what has to come out of it."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine import CONFIG, Content, Executable, git, write

LINES = [f"line {number} of the file" for number in range(1, 21)]
INSIDE = ["on: push", "setup: yes", "cache: on", "run: make", "when: always", "retry: 0", "keep: 1"]
MINE = [*INSIDE[:3], "run: make ours", *INSIDE[4:]]
PAINT = bytes(range(256)) * 4
Edit = Callable[[Path], object]


def text(*, ends: str = "\n", **changed: str) -> str:
    """Return twenty lines; `l3="x"` changes the third, and an empty text drops it."""
    lines = [changed.get(f"l{at}", line) for at, line in enumerate(LINES, start=1)]
    return "".join(f"{line}{ends}" for line in lines if line)


@dataclass(frozen=True)
class Case:
    """One meeting. A content of None means that the path is gone.

    `copier` says what a plain `copier update` does: it makes the `same` tree (where we ask a
    person, it keeps the user's side without a word), `asks` a person, `fails`, `loses` work without
    a word, or makes `another` tree that loses nothing.
    """

    old: Mapping[str, Content | Executable]
    new: Mapping[str, Content | Executable]
    edit: Edit
    result: Mapping[str, Content | None]
    conflicts: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    copier: str = "same"


def blocks(names: str, **changed: str) -> str:
    """Return a block for each letter of `names`, all alike but for the first line and `changed`."""
    rows = ([f"job {name}:", *changed.get(name, INSIDE), ""] for name in names)
    return "".join(f"{line}\n" for row in rows for line in row)


def puts(**files: Content) -> Edit:
    return lambda root: write(root, files)


def has(files: Mapping[str, Content | Executable]) -> Edit:
    return lambda root: write(root, files)


def drops(*names: str) -> Edit:
    def edit(root: Path) -> None:
        for name in names:
            (root / name).unlink()

    return edit


def moves(source: str, target: str, content: Content | None = None) -> Edit:
    def edit(root: Path) -> None:
        (root / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(root / source, root / target)
        if content is not None:
            write(root, {target: content})

    return edit


def nothing(_root: Path) -> None:
    """Edit nothing."""


def runs(name: str) -> Edit:
    return lambda root: (root / name).chmod(0o755)


def ignores(name: str, content: str) -> Edit:
    def edit(root: Path) -> None:
        write(root, {".gitignore": f"{name}\n"})
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--message", "Ignore")
        write(root, {name: content})

    return edit


def skipping(path: str) -> str:
    return f"{CONFIG}_skip_if_exists: [{path}]\n"


TWO = {"a.txt": text(), "b.txt": text()}
# names of the two sides as markers show them
YOURS, TEMPLATE = "<<<<<<< yours\n", ">>>>>>> template\n"

SILENT = {
    "an edit in one of several similar blocks stays in its block": Case(
        old={"ci.txt": blocks("abcd")},
        new={"ci.txt": blocks("yzabcd")},
        edit=puts(**{"ci.txt": blocks("abcd", c=MINE)}),
        result={"ci.txt": blocks("yzabcd", c=MINE)},
        copier="loses",
    ),
    "an edit follows a file that the template renames": Case(
        old={"a.txt": text()},
        new={"b.txt": text(l20="changed by the template")},
        edit=puts(**{"a.txt": text(l2="mine")}),
        result={"a.txt": None, "b.txt": text(l2="mine", l20="changed by the template")},
        notes={"b.txt": "renamed"},
        copier="loses",
    ),
    "an edit follows a folder that the template renames": Case(
        old={"src/a.txt": text(), "src/b.txt": text(l1="b")},
        new={"lib/a.txt": text(), "lib/b.txt": text(l1="b")},
        edit=puts(**{"src/a.txt": text(l2="mine")}),
        result={"src/a.txt": None, "lib/a.txt": text(l2="mine"), "lib/b.txt": text(l1="b")},
        notes={"lib/a.txt": "renamed"},
        copier="loses",
    ),
    "a file that the user changed and the template deletes": Case(
        old=TWO,
        new={"b.txt": text()},
        edit=puts(**{"a.txt": text(l2="mine")}),
        result={"a.txt": text(l2="mine")},
        conflicts={"a.txt": "deleted-by-them"},
        copier="loses",
    ),
    "a binary that both changed": Case(
        old={"logo.bin": PAINT},
        new={"logo.bin": PAINT + b"\0new"},
        edit=puts(**{"logo.bin": b"\0mine" + PAINT}),
        result={"logo.bin": b"\0mine" + PAINT},
        conflicts={"logo.bin": "binary"},
        copier="loses",
    ),
    "a change follows a file that the user renamed": Case(
        old={"a.txt": text()},
        new={"a.txt": text(l20="changed by the template")},
        edit=moves("a.txt", "mine.txt"),
        result={"a.txt": None, "mine.txt": text(l20="changed by the template")},
        notes={"mine.txt": "renamed"},
        copier="loses",
    ),
}

TEXTS = {
    "a file that only the template changed": Case(
        TWO, {**TWO, "a.txt": text(l5="new")}, nothing, {"a.txt": text(l5="new")}
    ),
    "a file that only the user changed": Case(
        TWO, TWO, puts(**{"a.txt": text(l5="mine")}), {"a.txt": text(l5="mine")}
    ),
    "edits in different places": Case(
        TWO,
        {**TWO, "a.txt": text(l18="new")},
        puts(**{"a.txt": text(l3="mine")}),
        {"a.txt": text(l3="mine", l18="new")},
    ),
    "edits of the same line": Case(
        TWO,
        {**TWO, "a.txt": text(l5="new")},
        puts(**{"a.txt": text(l5="mine")}),
        {"a.txt": text(l5=f"{YOURS}mine\n=======\nnew\n{TEMPLATE}".rstrip("\n"))},
        conflicts={"a.txt": "content"},
        copier="asks",
    ),
    "the same edit by both": Case(
        TWO,
        {**TWO, "a.txt": text(l5="both")},
        puts(**{"a.txt": text(l5="both")}),
        {"a.txt": text(l5="both")},
    ),
    "edits of adjacent lines": Case(
        TWO,
        {**TWO, "a.txt": text(l6="new")},
        puts(**{"a.txt": text(l5="mine")}),
        {
            "a.txt": text(
                l5=f"{YOURS}mine\n{LINES[5]}\n=======\n{LINES[4]}\nnew\n{TEMPLATE}".rstrip("\n"),
                l6="",
            )
        },
        conflicts={"a.txt": "content"},
        copier="asks",
    ),
    "lines that both add at the end": Case(
        TWO,
        {**TWO, "a.txt": text() + "new\n"},
        puts(**{"a.txt": text() + "mine\n"}),
        {"a.txt": text() + f"{YOURS}mine\n=======\nnew\n{TEMPLATE}"},
        conflicts={"a.txt": "content"},
        copier="asks",
    ),
    "a block that the user deletes and the template leaves": Case(
        TWO,
        {**TWO, "a.txt": text(l18="new")},
        puts(**{"a.txt": text(l3="", l4="", l5="")}),
        {"a.txt": text(l3="", l4="", l5="", l18="new")},
    ),
    "a file without a newline at its end": Case(
        {"a.txt": text() + "end"},
        {"a.txt": text(l2="new") + "end"},
        puts(**{"a.txt": text() + "my end"}),
        {"a.txt": text(l2="new") + "my end"},
    ),
    "an empty file that both fill": Case(
        {"a.txt": ""},
        {"a.txt": "new\n"},
        puts(**{"a.txt": "mine\n"}),
        {"a.txt": f"{YOURS}mine\n=======\nnew\n{TEMPLATE}"},
        conflicts={"a.txt": "content"},
        copier="asks",
    ),
}

BYTES = {
    "a file that the user turned to CRLF": Case(
        TWO,
        {**TWO, "a.txt": text(l18="new")},
        puts(**{"a.txt": text(ends="\r\n", l3="mine")}),
        {"a.txt": text(ends="\r\n", l3="mine", l18="new")},
        copier="asks",
    ),
    "a CRLF file that both edit": Case(
        {"a.txt": text(ends="\r\n")},
        {"a.txt": text(ends="\r\n", l18="new")},
        puts(**{"a.txt": text(ends="\r\n", l3="mine")}),
        {"a.txt": text(ends="\r\n", l3="mine", l18="new")},
    ),
    "a CRLF file in conflict keeps its line ends": Case(
        {"a.txt": text(ends="\r\n")},
        {"a.txt": text(ends="\r\n", l5="new")},
        puts(**{"a.txt": text(ends="\r\n", l5="mine")}),
        {
            "a.txt": text(
                ends="\r\n",
                l5=f"{YOURS}mine\n=======\nnew\n{TEMPLATE}".rstrip("\n").replace("\n", "\r\n"),
            )
        },
        conflicts={"a.txt": "content"},
        copier="asks",
    ),
    "a latin-1 file that both edit": Case(
        {"a.txt": text(l1="caf\xe9").encode("latin-1")},
        {"a.txt": text(l1="caf\xe9", l18="t\xe9").encode("latin-1")},
        puts(**{"a.txt": text(l1="caf\xe9", l3="n\xf6").encode("latin-1")}),
        {"a.txt": text(l1="caf\xe9", l3="n\xf6", l18="t\xe9").encode("latin-1")},
        copier="same",
    ),
    "a latin-1 file in conflict": Case(
        {"a.txt": text(l1="caf\xe9").encode("latin-1")},
        {"a.txt": text(l1="caf\xe9", l5="t\xe9").encode("latin-1")},
        puts(**{"a.txt": text(l1="caf\xe9", l5="n\xf6").encode("latin-1")}),
        {
            "a.txt": text(
                l1="caf\xe9", l5=f"{YOURS}n\xf6\n=======\nt\xe9\n{TEMPLATE}".rstrip("\n")
            ).encode("latin-1")
        },
        conflicts={"a.txt": "content"},
        copier="asks",
    ),
    "a binary that only the user changed": Case(
        {"logo.bin": PAINT},
        {"logo.bin": PAINT},
        puts(**{"logo.bin": b"\0"}),
        {"logo.bin": b"\0"},
        copier="loses",
    ),
    "a binary that only the template changed": Case(
        {"logo.bin": PAINT}, {"logo.bin": b"\0"}, nothing, {"logo.bin": b"\0"}
    ),
    "a path beyond ASCII": Case(
        {"dócs/größe 🙂.md": text()},
        {"dócs/größe 🙂.md": text(l18="new")},
        puts(**{"dócs/größe 🙂.md": text(l3="mine")}),
        {"dócs/größe 🙂.md": text(l3="mine", l18="new")},
    ),
    "a file made executable by the user": Case(
        {"run.sh": text()},
        {"run.sh": text(l18="new")},
        runs("run.sh"),
        {"run.sh": Executable(text(l18="new"))},
    ),
    "a file made executable by the template": Case(
        {"run.sh": text()},
        {"run.sh": Executable(text())},
        puts(**{"run.sh": text(l3="mine")}),
        {"run.sh": Executable(text(l3="mine"))},
    ),
    "a link that the user retargets": Case(
        {**TWO, "link": Path("a.txt")},
        {**TWO, "a.txt": text(l2="new"), "link": Path("a.txt")},
        puts(link=Path("b.txt")),
        {"link": Path("b.txt"), "a.txt": text(l2="new")},
    ),
    "a link that both retarget": Case(
        {**TWO, "link": Path("a.txt")},
        {**TWO, "link": Path("c.txt")},
        puts(link=Path("b.txt")),
        {"link": Path("b.txt")},
        conflicts={"link": "content"},
        copier="same",
    ),
    "a file that the user made a link and the template changes": Case(
        TWO,
        {**TWO, "a.txt": text(l2="new")},
        puts(**{"a.txt": Path("b.txt")}),
        {"a.txt": Path("b.txt")},
        conflicts={"a.txt": "mode"},
        copier="same",
    ),
}

PLACES = {
    "a file that the user deleted and the template left": Case(
        TWO,
        {**TWO, "b.txt": text(l2="new")},
        drops("a.txt"),
        {"a.txt": None, "b.txt": text(l2="new")},
        notes={"a.txt": "kept-deleted"},
    ),
    "a file that the user deleted and the template changed": Case(
        TWO,
        {**TWO, "a.txt": text(l2="new")},
        drops("a.txt"),
        {"a.txt": None},
        notes={"a.txt": "kept-deleted"},
    ),
    "a file that the template deletes": Case(TWO, {"b.txt": text()}, nothing, {"a.txt": None}),
    "a file that both delete": Case(TWO, {"b.txt": text()}, drops("a.txt"), {"a.txt": None}),
    "a file that the template renames": Case(
        TWO, {"b.txt": text(), "c.txt": text()}, nothing, {"a.txt": None, "c.txt": text()}
    ),
    "a file that the user deleted and the template renames": Case(
        {"a.txt": text()},
        {"b.txt": text(l2="new")},
        drops("a.txt"),
        {"a.txt": None, "b.txt": text(l2="new")},
    ),
    "a file that the user renamed and the template deletes": Case(
        TWO, {"b.txt": text()}, moves("a.txt", "mine.txt"), {"mine.txt": text(), "a.txt": None}
    ),
    "a file that the user renamed and edited": Case(
        TWO,
        {**TWO, "a.txt": text(l18="new")},
        moves("a.txt", "mine.txt", text(l3="mine")),
        {"a.txt": None, "mine.txt": text(l3="mine", l18="new")},
        notes={"mine.txt": "renamed"},
        copier="loses",
    ),
    "a folder that the user moved": Case(
        {"src/a.txt": text(), "src/b.txt": text(l1="b")},
        {"src/a.txt": text(l18="new"), "src/b.txt": text(l1="b")},
        moves("src", "lib"),
        {"lib/a.txt": text(l18="new"), "lib/b.txt": text(l1="b"), "src/a.txt": None},
        notes={"lib/a.txt": "renamed"},
        copier="loses",
    ),
    "a file that both rename, each to its own name": Case(
        {"a.txt": text()},
        {"theirs.txt": text(l18="new")},
        moves("a.txt", "mine.txt", text(l3="mine")),
        {"mine.txt": text(l3="mine", l18="new"), "theirs.txt": text(l3="mine", l18="new")},
        conflicts={"a.txt": "rename", "mine.txt": "rename", "theirs.txt": "rename"},
        copier="another",
    ),
    "a file that both add": Case(
        TWO,
        {**TWO, "c.txt": "new\n"},
        puts(**{"c.txt": "mine\n"}),
        {"c.txt": f"{YOURS}mine\n=======\nnew\n{TEMPLATE}"},
        conflicts={"c.txt": "both-added"},
        copier="asks",
    ),
    "the same file added by both": Case(
        TWO, {**TWO, "c.txt": "same\n"}, puts(**{"c.txt": "same\n"}), {"c.txt": "same\n"}
    ),
    "a file that only the user added": Case(
        TWO, {**TWO, "c.txt": "new\n"}, puts(**{"d.txt": "mine\n"}), {"d.txt": "mine\n"}
    ),
    "a file that becomes a folder": Case(
        {"a": text(), "b.txt": text()},
        {"a/new.txt": "new\n", "b.txt": text()},
        nothing,
        {"a": None, "a/new.txt": "new\n"},
        copier="fails",
    ),
    "a file that the user edited and that becomes a folder": Case(
        {"a": text(), "b.txt": text()},
        {"a/new.txt": "new\n", "b.txt": text()},
        puts(a=text(l3="mine")),
        {"a/new.txt": "new\n", "a~yours": text(l3="mine")},
        conflicts={"a~yours": "mode"},
        copier="fails",
    ),
    "a file that git ignores": Case(
        TWO,
        {**TWO, "local.txt": "new\n"},
        ignores("local.txt", "mine\n"),
        {"local.txt": f"{YOURS}mine\n=======\nnew\n{TEMPLATE}"},
        conflicts={"local.txt": "both-added"},
        copier="loses",
    ),
    "a file written once, which the user edited": Case(
        {**TWO, "copier.yml": skipping("a.txt")},
        {**TWO, "a.txt": text(l3="new"), "copier.yml": skipping("a.txt")},
        puts(**{"a.txt": text(l3="mine")}),
        {"a.txt": text(l3="mine")},
    ),
    "a file written once, which the user deleted": Case(
        {**TWO, "copier.yml": skipping("a.txt")},
        {**TWO, "a.txt": text(l3="new"), "copier.yml": skipping("a.txt")},
        drops("a.txt"),
        {"a.txt": text(l3="new")},
        notes={"a.txt": "recreated"},
    ),
    "a file that the new version leaves out": Case(
        TWO,
        {**TWO, "copier.yml": f"{CONFIG}_exclude: [a.txt]\n"},
        puts(**{"a.txt": text(l3="mine")}),
        {"a.txt": text(l3="mine")},
    ),
    "answers edited by hand": Case(
        {"a.txt.jinja": text(l2="{{ name }}"), "b.txt": text()},
        {"a.txt.jinja": text(l2="{{ name }}", l18="{{ name }}"), "b.txt": text()},
        lambda root: (root / ".copier-answers.yml").write_text(
            (root / ".copier-answers.yml").read_text().replace("demo", "other")
        ),
        {"a.txt": text(l2="demo", l18="other")},
    ),
    "answers to which the user added a remark and a key": Case(
        {"a.txt.jinja": text(l2="{{ name }}")},
        {"a.txt.jinja": text(l2="{{ name }}", l18="new")},
        lambda root: (root / ".copier-answers.yml").write_text(
            (root / ".copier-answers.yml").read_text() + "# why it is called so\nnickname: demmy\n"
        ),
        {"a.txt": text(l2="demo", l18="new")},
        notes={".copier-answers.yml": "left-out"},
    ),
}
KEYS = {
    "dependencies that both add to one list": Case(
        {"pyproject.toml": '[project]\ndependencies = [\n    "a",\n]\n'},
        {"pyproject.toml": '[project]\ndependencies = [\n    "a",\n    "theirs",\n]\n'},
        puts(
            **{"pyproject.toml": '[project]\ndependencies = [\n    "a",\n    "mine",  # why\n]\n'}
        ),
        {
            "pyproject.toml": '[project]\ndependencies = [\n    "a",\n    "mine",  # why\n'
            '    "theirs",\n]\n'
        },
        copier="asks",
    ),
    "a value of a workflow that both changed": Case(
        {"ci.yml": "on: push\njobs:\n  test:\n    timeout: 1\n"},
        {"ci.yml": "on: push\njobs:\n  test:\n    timeout: 2\n"},
        puts(**{"ci.yml": "on: push\njobs:\n  test:\n    timeout: 3\n"}),
        {
            "ci.yml": "on: push\njobs:\n  test:\n"
            f"{YOURS}    timeout: 3\n=======\n    timeout: 2\n{TEMPLATE}"
        },
        conflicts={"ci.yml": "content"},
        copier="asks",
    ),
    "keys that both add to a moved file": Case(
        {"a.json": '{\n  "one": 1,\n  "two": 2,\n  "three": 3\n}\n'},
        {"b.json": '{\n  "one": 1,\n  "two": 2,\n  "three": 3,\n  "theirs": 4\n}\n'},
        puts(**{"a.json": '{\n  "one": 1,\n  "two": 2,\n  "three": 3,\n  "mine": 5\n}\n'}),
        {
            "a.json": None,
            "b.json": '{\n  "one": 1,\n  "two": 2,\n  "three": 3,\n  "mine": 5,\n'
            '  "theirs": 4\n}\n',
        },
        notes={"b.json": "renamed"},
        copier="loses",
    ),
}
CASES = SILENT | KEYS | TEXTS | BYTES | PLACES
