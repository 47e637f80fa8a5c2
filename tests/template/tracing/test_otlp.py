"""OTLP goes beside the file: a collector receives the spans, a dead one costs nothing."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from controls.tracing import read

TEMPLATE = Path(__file__).parents[3] / "template"
BODY = """
import sys, time
from pathlib import Path
from types import SimpleNamespace
from opentelemetry.trace import Status, StatusCode
KEY = "key sk-proj-abcdefghijklmnop1234"
sys.path.insert(0, {template!r})
from controls.tracing.setup import tracer
manifest = SimpleNamespace(name="demo", logging=dict(retention="P180D"))
engine = tracer(Path({root!r}), manifest, "ci")
took = []
for number in range({count}):
    began = time.perf_counter()
    span = engine.start_span("s", attributes={{"note": KEY, "more": ["a", KEY]}})
    span.set_status(Status(StatusCode.ERROR, KEY))
    span.end()
    took.append(time.perf_counter() - began)
print(sorted(took)[len(took) // 2], max(took), time.process_time())
"""


@pytest.fixture
def collector():
    """Return the address of a collector on loopback, and the requests that it received."""
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, self.headers.get("Content-Encoding"), body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    thread.join()
    server.server_close()


def trace_spans(root, endpoint, count=20, more=()):
    text = BODY.format(template=str(TEMPLATE), root=str(root), count=count)
    return subprocess.run(
        [sys.executable, "-c", text],
        env=os.environ | {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint} | dict(more),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )


def test_a_collector_receives_what_the_file_holds_without_secrets(tmp_path, collector):
    endpoint, received = collector
    trace_spans(tmp_path, endpoint)
    assert {path for path, _, _ in received} == {"/v1/traces"}
    spans = [
        span
        for _, _, body in received
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert len(spans) == len(read.load(tmp_path).spans) == 20
    note, more = (attribute.value for attribute in spans[0].attributes)
    assert note.string_value == spans[0].status.message == "key [redacted]"
    assert [each.string_value for each in more.array_value.values] == ["a", "key [redacted]"]
    assert not any(b"sk-proj" in body for _, _, body in received)


def test_a_dead_collector_blocks_no_call_loses_nothing_local_and_says_nothing(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    done = trace_spans(tmp_path, f"http://127.0.0.1:{port}")
    assert float(done.stdout.split()[1]) < 0.5
    assert done.stderr == ""
    assert len(read.load(tmp_path).spans) == 20


@pytest.fixture
def silent():
    """Return the address of a collector that takes every connection and never answers."""
    taken = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        over = threading.Event()

        def take():
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    taken.append(listener.accept()[0])

        thread = threading.Thread(target=take)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        over.set()
        thread.join()
        for connection in taken:
            connection.close()


def test_a_slow_collector_blocks_no_call_loses_nothing_local_and_ends_in_time(tmp_path, silent):
    began = time.perf_counter()
    done = trace_spans(tmp_path, silent, 3000)  # more than the queue of 2048 holds
    whole = time.perf_counter() - began
    median, longest, cpu = map(float, done.stdout.split())
    assert (median < 0.005, longest < 0.5) == (True, True), done.stdout
    assert len(read.load(tmp_path).spans) == 3000
    assert done.stderr == ""
    assert whole - cpu < 15  # 3000 spans and the last seconds; the SDK alone would wait 30


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zip"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "no header"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "many"),
        ("OTEL_BSP_SCHEDULE_DELAY", "-5"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "::not an address::"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/no/such/file"),
    ],
)
def test_a_malformed_collector_setting_stops_no_call(tmp_path, variable, value):
    done = trace_spans(tmp_path, "http://127.0.0.1:9", 5, {variable: value})
    assert len(read.load(tmp_path).spans) == 5
    assert "Traceback" not in done.stderr
