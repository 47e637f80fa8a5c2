"""SUP-1 as data: each planted fault of a workflow or a lock is named with its place."""

from pathlib import Path

import pytest

from controls.workflows import lint, lock, model

CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
BARE = CHECKOUT.partition(" ")[0]
GOOD = """name: good
on: push
permissions: {}
defaults:
  run:
    shell: bash
env:
  EVAL_SET: smoke_v1
jobs:
  gate:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    env:
      MIN: "0.92"
      MAX: ${{ vars.MAX }}
    steps:
      - uses: CHECKOUT
        with:
          persist-credentials: false
      - run: python -m evals.run --set "$EVAL_SET" --min-pass "$MIN"
"""


def lint_text(tmp_path: Path, text: str) -> list[tuple[int, str]]:
    path = tmp_path / ".github/workflows/gate.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("CHECKOUT", CHECKOUT), encoding="utf-8")
    found = lint.findings(model.read(tmp_path, ".github/workflows/gate.yml"))
    return [(one.line, one.message) for one in found]


def run_line(tmp_path: Path, command: str) -> list[str]:
    last = '- run: python -m evals.run --set "$EVAL_SET" --min-pass "$MIN"'
    block = "\n".join(f"          {line}" for line in command.splitlines())
    found = lint_text(tmp_path, GOOD.replace(last, f"- run: |\n{block}"))
    return [f"{line - 20}: {message}" for line, message in found]


def test_good_workflow_has_no_finding(tmp_path: Path):
    assert lint_text(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        pytest.param(
            "CHECKOUT",
            "actions/checkout@v7 # v7.0.1",
            (17, "'actions/checkout@v7' is not pinned to a commit"),
            id="an action by tag",
        ),
        pytest.param(
            "CHECKOUT",
            BARE,
            (17, f"{BARE!r} does not say which version it is"),
            id="a pin without its version",
        ),
        pytest.param(
            "permissions: {}",
            "permissions: read-all",
            (3, "permissions at the top of the workflow must be {}"),
            id="standing permissions",
        ),
        pytest.param(
            "    timeout-minutes: 5\n",
            "",
            (10, "job 'gate' has no timeout-minutes"),
            id="no timeout",
        ),
        pytest.param(
            "persist-credentials: false",
            "fetch-depth: 1",
            (17, "checkout leaves its token in the work tree"),
            id="a token left behind",
        ),
        pytest.param(
            '"$EVAL_SET"',
            "${{ github.head_ref }}",
            (20, "a ${{ }} expression inside run is pasted into the script"),
            id="an expression in a script",
        ),
    ],
)
def test_planted_fault_is_named(tmp_path: Path, before: str, after: str, finding: tuple[int, str]):
    assert finding in lint_text(tmp_path, GOOD.replace(before, after))


def test_pipe_that_hides_a_failure_is_named(tmp_path: Path):
    piped = GOOD + "      - run: |\n          true || false\n          make check | tee log\n"
    assert lint_text(tmp_path, piped) == []
    assert lint_text(tmp_path, piped.replace("    shell: bash", "    working-directory: .")) == [
        (23, "without pipefail a failure before the | goes unseen")
    ]


@pytest.mark.parametrize("uses", ["./.github/actions/own", f"docker://alpine@sha256:{'a' * 64}"])
def test_local_action_and_image_by_digest_are_pinned(tmp_path: Path, uses: str):
    assert lint_text(tmp_path, GOOD.replace("CHECKOUT", uses)) == []


def test_unset_variable_that_swallows_the_next_flag_is_named(tmp_path: Path):
    command = "python -m evals.run --set $EVALSET --max-cost 25"
    assert run_line(tmp_path, command) == [
        "1: variable 'EVALSET' is not set, so --set swallows the next word"
    ]


def test_unset_variable_in_quotes_is_named(tmp_path: Path):
    assert run_line(tmp_path, 'run --set "$EVALSET"') == [
        "1: variable 'EVALSET' is not set, so --set gets an empty value"
    ]


def test_variable_that_may_be_empty_is_named_where_it_is_unquoted(tmp_path: Path):
    assert run_line(tmp_path, 'run --max $MAX\nrun --max "$MAX"') == [
        "1: 'MAX' may be empty, and unquoted it lets --max swallow the next word"
    ]


@pytest.mark.parametrize(
    "command",
    [
        "run --set $EVAL_SET --min $MIN",
        'echo "$GITHUB_SHA $RUNNER_OS $HOME $CI"',
        "name=x\necho $name",
        "export name=x; echo ${name}",
        "for name in a b; do echo $name; done",
        "while read -r name other; do echo $name $other; done",
        "local name; echo $name",
        "printf -v name %s x; echo $name",
        "mapfile -t names; echo ${names[0]}",
        "echo ${UNSET:-default} ${UNSET-} ${UNSET:?why}",
        "echo '$UNSET' \\$UNSET",
        "# $UNSET\necho x # $UNSET",
        "cat <<'END'\n$UNSET\nEND\necho $MIN",
        "echo $? $# $@ $1 $$ $!",
        'echo "it\'s $MIN"',
        "awk '{print $NF}' file",
        "echo $(( 1 + 2 ))",
    ],
)
def test_variable_with_a_value_is_in_order(tmp_path: Path, command: str):
    assert run_line(tmp_path, command) == []


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("echo x\necho $UNSET", 2),
        ("echo ${UNSET}", 1),
        ('echo "it\'s $UNSET"', 1),
        ("cat <<END\n$UNSET\nEND", 2),
        ("cat <<'END'\n$MIN\nEND\necho $UNSET", 4),
        ("echo ${#UNSET}", 1),
        ('echo "# $UNSET"', 1),
        ("UNSETTER=1; echo $UNSET", 1),
    ],
)
def test_variable_without_a_value_is_named(tmp_path: Path, command: str, line: int):
    assert run_line(tmp_path, command) == [f"{line}: variable 'UNSET' is not set"]


def test_variable_handed_on_by_an_earlier_step_is_in_order(tmp_path: Path):
    text = GOOD + '      - run: echo "NEXT=1" >> "$GITHUB_ENV"\n      - run: echo "$NEXT"\n'
    assert lint_text(tmp_path, text) == []


def test_script_of_another_language_is_not_read_as_shell(tmp_path: Path):
    assert lint_text(tmp_path, GOOD + "      - run: print('$X')\n        shell: python\n") == []


HASH = f"--hash=sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ("attrs==25.1.0", "'attrs==25.1.0' has no hash"),
        (f"attrs>=25 {HASH}", "'attrs>=25' is not pinned with =="),
        (f"attrs==25.* {HASH}", "'attrs==25.*' is not pinned with =="),
        ("attrs @ git+https://example.com/attrs", "a requirements file must not name an address"),
        ("--index-url https://example.com", "a requirements file must not name an address"),
        ("--extra-index-url=//x", "option '--extra-index-url=//x' is not allowed here"),
        ("-e .", "option '-e' is not allowed here"),
    ],
)
def test_loose_requirement_is_named(tmp_path: Path, line: str, finding: str):
    (tmp_path / "requirements.txt").write_text(f"# pins\nsix==1.17.0 \\\n    {HASH}\n{line}\n")
    n, findings = lock.judge(tmp_path, "requirements.txt")
    assert [(one.line, one.message) for one in findings] == [(4, finding)]
    assert n >= 1


def test_locked_requirements_are_counted(tmp_path: Path):
    (tmp_path / "requirements.txt").write_text(
        f"-r controls/requirements.txt\nsix==1.17.0 ; python_version < '4' \\\n    {HASH} \\\n"
        f"    {HASH}\n    # via -r requirements.in\nattrs[x]==25.1.0 {HASH}\n"
    )
    assert lock.judge(tmp_path, "requirements.txt") == (2, ())


def test_missing_lock_is_named(tmp_path: Path):
    n, [finding] = lock.judge(tmp_path, "requirements.txt")
    assert (n, finding.message) == (0, "requirements.txt is missing")


ACTION = """name: own
description: an action of several steps
runs:
  using: composite
  steps:
    - uses: CHECKOUT
      with:
        persist-credentials: false
    - run: echo "$GREETING"
      shell: bash
      env:
        GREETING: hello
"""


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text.replace("CHECKOUT", CHECKOUT), encoding="utf-8")


def test_own_action_is_judged_like_a_workflow(tmp_path: Path):
    path = ".github/actions/own/action.yml"
    write(tmp_path, path, ACTION)
    assert list(lint.findings(model.read_action(tmp_path, path))) == []
    write(tmp_path, path, ACTION.replace("CHECKOUT", "actions/setup-node@v4"))
    [finding] = lint.findings(model.read_action(tmp_path, path))
    assert finding.path == path
    assert (finding.line, finding.message) == (
        6,
        "'actions/setup-node@v4' is not pinned to a commit",
    )


def test_own_actions_are_found_in_their_folder_and_where_a_step_uses_them(tmp_path: Path):
    for path in (
        ".github/actions/a/b/action.yaml",
        "tools/own/action.yml",
        "tools/idle/action.yml",
    ):
        write(tmp_path, path, ACTION)
    used = ["./tools/own", "./../outside", "./gone", BARE]
    assert model.actions(tmp_path, used) == (
        ".github/actions/a/b/action.yaml",
        "tools/own/action.yml",
    )
