"""What would stand between the gate and its own code once it is merged is seen while it is not."""

from collections.abc import Callable
from pathlib import Path

import pytest
from approving import commit_all

from controls.approvals import tree
from controls.gate import protected, side, surroundings


@pytest.fixture
def loosened(approvers: Path) -> Callable[[], set[str]]:
    """Return what the work tree puts around the gate, against its commit."""

    def what() -> set[str]:
        base, change = approvers.parent / "base", approvers.parent / "change"
        old = side.take(approvers, "HEAD:", base)
        with tree.scratch(approvers) as env:
            new = side.take(approvers, tree.write(approvers, env), change, "", env)
        parts = (surroundings.compare, protected.compare)
        return {row.what for part in parts for row in part(old, new).rows}

    return what


def put(root: Path, path: str, text: str = "") -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("yaml.py", "module yaml"),
        ("json/__init__.py", "module json"),
        ("jsonschema.cpython-311-x86_64-linux-gnu.so", "module jsonschema"),
        ("sitecustomize.py", "module sitecustomize"),
        ("GNUmakefile", "GNUmakefile"),
        ("makefile", "makefile"),
        ("helpers.py", None),
        ("lib/json.py", None),
        ("workflow/yaml.py", None),
        ("json/notes.md", None),
    ],
)
def test_a_file_that_is_read_in_place_of_the_gates_own(
    approvers: Path, loosened: Callable[[], set[str]], path: str, what: str | None
) -> None:
    put(approvers, path)
    assert loosened() == ({what} if what else set())


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("IN := ./evil\n", {"line 'IN := ./evil' of Makefile"}),
        ("\tIN := ./evil\n", {"line 'IN := ./evil' of Makefile"}),
        ("include other.mk\n", {"line 'include other.mk' of Makefile"}),
        ("-include other.mk\n", {"line '-include other.mk' of Makefile"}),
        ("SHELL = ./evil\n", {"line 'SHELL = ./evil' of Makefile"}),
        ("x = $(eval IN := ./evil)\n", {"line 'x = $(eval IN := ./evil)' of Makefile"}),
        ("%: ; @true\n", {"line '%: ; @true' of Makefile"}),
        ("build check: ; @true\n", {"line 'build check: ; @true' of Makefile"}),
        ("build check:\n\t@true\n", {"target 'check' of Makefile"}),
        ("setup:\n\t@true\n", {"target 'setup' of Makefile"}),
        ("deploy: check ## ship it\n\t@echo $(IN) \\\n\t  more\n\n.PHONY: deploy\n", set()),
        ("# a comment\nname = help desk\n", set()),
    ],
)
def test_a_makefile_that_turns_a_managed_target_around(
    approvers: Path, loosened: Callable[[], set[str]], text: str, what: set[str]
) -> None:
    with (approvers / "Makefile").open("a") as file:
        file.write(text)
    assert loosened() == what


def test_an_environment_in_git_is_never_the_gates(
    approvers: Path, loosened: Callable[[], set[str]]
) -> None:
    (approvers / ".gitignore").write_text("*.pyc\n")
    put(approvers, ".venv/bin/python", "#!/bin/sh\nexit 0\n")
    put(approvers, ".aiwf/stop")
    assert loosened() == {".venv/ in git", ".aiwf/ in git"}


@pytest.mark.slow
def test_what_is_there_already_is_not_said_again(
    approvers: Path, loosened: Callable[[], set[str]]
) -> None:
    put(approvers, "yaml.py")
    put(approvers, "GNUmakefile", "include Makefile\n")
    commit_all(approvers, "Agreed to")
    put(approvers, "yaml.py", "again = 1\n")
    assert loosened() == set()


def test_a_new_rule_that_joins_the_package_of_another_may_loosen_it(
    approvers: Path, loosened: Callable[[], set[str]]
) -> None:
    rule = "package custom.{}\n\nimport rego.v1\n\ndeny contains 1 if not excused\n"
    put(approvers, "policy/custom/own.rego", rule.format("own"))
    commit_all(approvers, "A rule")
    put(approvers, "policy/custom/new.rego", rule.format("new"))
    assert loosened() == set()
    put(approvers, "policy/custom/more.rego", "package custom.own\n\nexcused := true\n")
    assert loosened() == {"own package custom.own"}
