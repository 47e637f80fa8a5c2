import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from opentelemetry.trace import Status, StatusCode

from controls.errors import ControlsError
from controls.tracing import read

TEMPLATE = Path(__file__).parents[3] / "template"
WRITER = """
import os, sys, time
from pathlib import Path
from types import SimpleNamespace
sys.path.insert(0, {template!r})
from controls.tracing.setup import tracer
manifest = SimpleNamespace(name="demo", logging=dict(retention="P180D"))
engine = tracer(Path({root!r}), manifest, "ci")
{body}
"""


def script(root: Path, body: str) -> list[str]:
    text = WRITER.format(template=str(TEMPLATE), root=str(root), body=textwrap.dedent(body))
    return [sys.executable, "-c", text]


def lines(root: Path) -> list[dict[str, object]]:
    files = sorted((root / ".aiwf/traces").glob("*/*.jsonl"))
    written = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    return [line for line in written if line["end_unix_nano"] is not None]


def test_a_span_is_on_disk_the_moment_it_ends(tmp_path, tracing):
    with tracing().start_as_current_span("outer"):
        with tracing().start_as_current_span("inner", attributes={"k": ["a", "b"]}):
            assert lines(tmp_path) == []
        assert [line["name"] for line in lines(tmp_path)] == ["inner"]
    inner, outer = lines(tmp_path)
    assert inner["parent_span_id"] == outer["span_id"]
    assert outer["parent_span_id"] is None
    assert inner["attributes"] == {"k": ["a", "b"]}
    assert inner["status"] == "UNSET"
    assert inner["resource"]["service.name"] == "demo"
    assert inner["resource"]["deployment.environment.name"] == "development"
    assert inner["resource"]["vcs.ref.head.revision"] == "uncommitted"


def test_only_its_owner_can_read_a_trace(tmp_path, tracing):
    tracing().start_span("one").end()
    (file,) = (tmp_path / ".aiwf/traces").glob("*/*.jsonl")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_one_process_writes_one_file_from_all_its_threads(tmp_path, tracing):
    threads = [
        threading.Thread(target=lambda: [tracing().start_span("s").end() for _ in range(200)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines(tmp_path)) == 1600
    assert len(list((tmp_path / ".aiwf/traces").glob("*/*.jsonl"))) == 1


def test_a_killed_process_loses_no_span_that_has_ended(tmp_path):
    body = """
    for number in range(10_000):
        engine.start_span(f"s{number}").end()
        os.write(1, b".")
    """
    child = subprocess.Popen(script(tmp_path, body), stdout=subprocess.PIPE)
    announced = len(os.read(child.stdout.fileno(), 500))
    child.send_signal(signal.SIGKILL)
    announced += len(child.stdout.read())
    child.wait()
    child.stdout.close()
    assert announced > 0
    assert len(read.load(tmp_path).spans) in {announced, announced + 1}


def test_a_forked_child_writes_its_own_file_and_neither_loses_a_span(tmp_path):
    body = """
    engine.start_span("parent").end()
    if os.fork() == 0:
        engine.start_span("child").end()
        os._exit(0)
    os.wait()
    engine.start_span("parent again").end()
    """
    subprocess.run(script(tmp_path, body), check=True)
    spans = read.load(tmp_path).spans
    assert sorted(span.name for span in spans) == ["child", "parent", "parent again"]
    assert len({span.path for span in spans}) == 2
    assert len({span.span_id for span in spans}) == 3


def test_ids_do_not_repeat_after_a_fork_or_a_seed(tmp_path):
    body = """
    import random
    for _ in range(2):
        random.seed(7)
        engine.start_span("s").end()
    """
    subprocess.run(script(tmp_path, body), check=True)
    assert len({span.span_id for span in read.load(tmp_path).spans}) == 2


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({"OTEL_TRACES_SAMPLER": "always_off"}, id="a sampler"),
        pytest.param({"OTEL_SDK_DISABLED": "true"}, id="the SDK's off switch"),
        pytest.param(
            {"OTEL_ATTRIBUTE_COUNT_LIMIT": "1", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "1"},
            id="an attribute limit",
        ),
    ],
)
def test_the_environment_cannot_thin_out_the_evidence(tmp_path, variables):
    body = """engine.start_span("s", attributes={f"k{i}": i for i in range(200)}).end()"""
    subprocess.run(script(tmp_path, body), check=True, env=os.environ | variables)
    (span,) = read.load(tmp_path).spans
    assert len(span.attributes) == 200


def test_a_deleted_file_is_begun_again(tmp_path, tracing):
    tracing().start_span("before").end()
    (file,) = (tmp_path / ".aiwf/traces").glob("*/*.jsonl")
    file.unlink()
    time.sleep(0.006)  # that it is there is looked up every five milliseconds
    tracing().start_span("after").end()
    assert [line["name"] for line in lines(tmp_path)] == ["after"]


def test_a_trace_that_cannot_be_written_is_an_error_and_not_a_silence(tmp_path, tracing):
    (tmp_path / ".aiwf").write_text("a file where a folder must be")
    with pytest.raises(ControlsError, match="the trace cannot be written to") as caught:
        tracing().start_span("lost").end()
    assert caught.value.hint == "make the folder writable and free some space"


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-abcdefghijklmnop1234",
        "AKIAABCDEFGHIJKLMNOP",
        "ghp_" + "a" * 36,
        "xoxb-1234567890-abc",
        "Bearer abcdefghijklmnop.qrstuv",
        "eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSMeKKF2",
        "postgres://app:hunter2@db",
        "BEARER abcdefghijklmnop.qrstuv",
        "sk_" + "live_abcdefghijklmnop1234",
    ],
)
def test_an_obvious_secret_is_not_written(tmp_path, tracing, secret):
    with tracing().start_as_current_span("call") as span:
        span.set_attribute("note", f"used {secret} for it")
        span.add_event("failed", {"message": f"rejected {secret}"})
    (file,) = (tmp_path / ".aiwf/traces").glob("*/*.jsonl")
    assert "[redacted]" in file.read_text()
    assert "hunter2" not in file.read_text()
    assert secret not in file.read_text()


@pytest.mark.parametrize("before", ["\n", "\t", "\r\n", "\x01", '"', "\\"], ids=repr)
def test_a_secret_is_not_written_after_what_json_escapes_either(tmp_path, tracing, before):
    """JSON writes a line end as a backslash and a letter, which a word cannot begin after."""
    secrets = [
        f"key:{before}{text}" for text in ("sk-proj-abcdefghijklmnop1234", "ghp_" + "a" * 36)
    ]
    with tracing().start_as_current_span("call") as span:
        span.set_attribute("notes", secrets)
        span.add_event("failed", {"message": secrets[0]})
        span.set_status(Status(StatusCode.ERROR, secrets[1]))
    (file,) = (tmp_path / ".aiwf/traces").glob("*/*.jsonl")
    assert "sk-proj" not in file.read_text()
    assert "ghp_" not in file.read_text()
    assert file.read_text().count("[redacted]") == 4
