"""A tool runs in the sandbox or not at all, and there is no way out of it."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from controls.action import attempts, probes, sandbox
from controls.action.sandbox import Limits, Order
from controls.gateway.refusal import Refused

FILES = {"workspaces/acme.json": b"{}"}
HINT = "install the package 'bubblewrap' on Linux, where unprivileged user namespaces are allowed"


def order(program: str, **limits: int) -> Order:
    return Order("probe", program, {}, FILES, ("workspaces",), Limits(**limits))


def said(body: str, **limits: int) -> str:
    """Return what a tool with this body says."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return sandbox.run(order(f"def run(arguments, here):\n{lines}", **limits)).said


def refusal(body: str, **limits: int) -> str:
    """Return why a tool with this body is refused."""
    with pytest.raises(Refused) as caught:
        said(body, **limits)
    return caught.value.message


def test_without_bubblewrap_no_tool_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused) as caught:
        sandbox.run(order(f"open({str(tmp_path / 'ran')!r}, 'w')"))
    assert caught.value.message == "no sandbox, so no tool runs: bwrap is not installed"
    assert caught.value.hint == HINT
    assert list(tmp_path.iterdir()) == []


def test_where_bubblewrap_may_not_work_no_tool_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bwrap"
    program.write_text(
        "#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused) as caught:
        sandbox.run(order("def run(arguments, here): return ''"))
    assert caught.value.message == (
        "no sandbox, so no tool runs: bwrap did not start:"
        " bwrap: setting up uid map: Permission denied"
    )


def test_a_bubblewrap_that_only_runs_the_program_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bwrap"
    program.write_text('#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused) as caught:
        sandbox.run(order("def run(arguments, here): return 'ran outside'"))
    assert caught.value.message == (
        "no sandbox, so no tool runs: bwrap did not start: this is no sandbox"
    )


@pytest.fixture(scope="module")
def tried(sandboxed: None) -> dict[str, str]:  # noqa: ARG001  first, it may skip
    """Return how every attempt of the drill ended, all in one run."""
    asked = {"places": [str(Path(__file__)), str(Path.home() / ".ssh")]}
    program = Order("probe", attempts.PROGRAM, asked, FILES, ("workspaces",), Limits())
    found: dict[str, str] = json.loads(sandbox.run(program).said)
    return found


@pytest.mark.usefixtures("sandboxed")
class TestInside:
    """What needs a machine with a sandbox."""

    def test_a_tool_gets_copies_and_gives_copies_back(self, tmp_path: Path) -> None:
        ran = sandbox.run(
            order(
                "def run(arguments, here):\n"
                "    (here / 'workspaces/acme.json').write_text('[]')\n"
                "    (here / 'workspaces/new.json').write_text('1')\n"
                "    print('printed')\n"
                "    return 'done'"
            )
        )
        assert ran.said == "done"
        assert ran.files == {"workspaces/acme.json": b"[]", "workspaces/new.json": b"1"}
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "way",
        [
            "open a connection",
            "open a connection over IPv6",
            "reach a service of this machine",
            "reach the machine below",
            "see its processes",
            "read what another process was given",
            "fork",
            "start a program",
            "get rights in a namespace of its own",
            "mount",
            "trace a process",
            "get the host's rights",
            "write to /",
            "write to /etc",
            "write to /usr",
            "write to /dev",
            "write to /tmp",
            f"write to {sys.prefix}",
            f"read {Path(__file__)}",
        ],
    )
    def test_there_is_no_way_to(self, tried: dict[str, str], way: str) -> None:
        assert tried[way] == "held"

    def test_a_fork_bomb_is_one_process(self) -> None:
        body = "import os\nwhile True:\n    os.fork()"
        assert refusal(body) == (
            "the tool 'probe' failed: PermissionError: [Errno 1] Operation not permitted"
        )

    @pytest.mark.parametrize("way", sorted(attempts.ENDLESS))
    def test_a_limit_ends_what_tries_to(self, way: str) -> None:
        begun = time.monotonic()
        with pytest.raises(Refused):
            sandbox.run(order(attempts.ENDLESS[way], seconds=1, memory_mb=256, output_kb=64))
        assert time.monotonic() - begun < 10

    def test_threads_end_with_the_memory(self) -> None:
        body = (
            "import threading, time\ncount = 0\n"
            "try:\n    while True:\n"
            "        threading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n"
            "        count += 1\n"
            "except RuntimeError:\n    return str(count)"
        )
        assert int(said(body)) < 100

    def test_it_is_told_nothing_of_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-tools")
        assert "sk-not-for-tools" not in said("import os\nreturn str(dict(os.environ))")

    def test_it_has_no_proc(self) -> None:
        assert said("import os\nreturn str(os.path.exists('/proc/self'))") == "False"

    def test_it_cannot_end_other_processes(self) -> None:
        body = "import os, signal\nos.kill(-1, signal.SIGKILL)"
        assert refusal(body).startswith("the tool 'probe' failed: ProcessLookupError")

    @pytest.mark.skipif(os.uname().machine != "x86_64", reason="machine code of x86-64")
    def test_the_calls_of_another_architecture_end_it(self) -> None:
        fork_of_32_bit = "b802000000cd80c3"  # mov eax, 2; int 0x80; ret
        body = (
            "import ctypes, mmap\n"
            "page = mmap.mmap(-1, 4096, prot=7)\n"
            f"page.write(bytes.fromhex('{fork_of_32_bit}'))\n"
            "at = ctypes.addressof(ctypes.c_char.from_buffer(page))\n"
            "return str(ctypes.CFUNCTYPE(ctypes.c_int)(at)())"
        )
        assert refusal(body) == (
            "the tool 'probe' was ended: over its limits, or a forbidden system call"
        )

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param("import os\nos.symlink('/etc', here / 'workspaces/link')", id="a link"),
            pytest.param("import os\nos.mkfifo(here / 'workspaces/pipe')", id="a pipe"),
        ],
    )
    def test_only_plain_files_come_out(self, body: str) -> None:
        assert refusal(body).endswith("is no plain file")

    def test_what_it_leaves_elsewhere_stays_there(self) -> None:
        program = "def run(arguments, here): (here / 'elsewhere').write_text('x')"
        assert sandbox.run(order(program)).files == FILES

    def test_an_answer_that_is_none_is_refused(self) -> None:
        assert refusal("import os\nos._exit(0)") == "the tool 'probe' gave no answer"

    def test_a_mistake_in_it_is_one_sentence(self) -> None:
        assert (
            refusal("return 1 / 0")
            == "the tool 'probe' failed: ZeroDivisionError: division by zero"
        )

    def test_it_is_ended_when_calls_are_stopped(self) -> None:
        def halted() -> None:
            raise Refused("all calls are stopped: an incident", rule="stop")

        begun = time.monotonic()
        with pytest.raises(Refused, match="an incident"):
            sandbox.run(order("import time\ndef run(arguments, here): time.sleep(9)"), halted)
        assert time.monotonic() - begun < 5

    def test_the_drill_finds_no_way_out(self, tmp_path: Path) -> None:
        tried, found = probes.escapes(tmp_path)
        assert found == []
        assert tried >= 29
