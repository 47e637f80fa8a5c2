"""OTLP goes beside the file: a collector receives the spans, a dead one costs nothing."""

import os
import socket
import subprocess
import sys
import threading
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
sys.path.insert(0, {template!r})
from controls.tracing.setup import tracer
manifest = SimpleNamespace(name="demo", logging=dict(retention="P180D"))
engine = tracer(Path({root!r}), manifest, "ci")
began = time.perf_counter()
for number in range(20):
    engine.start_span("s", attributes={{"note": "key sk-proj-abcdefghijklmnop1234"}}).end()
print(time.perf_counter() - began)
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


def trace_twenty_spans(root, endpoint):
    text = BODY.format(template=str(TEMPLATE), root=str(root))
    return subprocess.run(
        [sys.executable, "-c", text],
        env=os.environ | {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )


def test_a_collector_receives_what_the_file_holds_without_secrets(tmp_path, collector):
    endpoint, received = collector
    trace_twenty_spans(tmp_path, endpoint)
    assert {path for path, _, _ in received} == {"/v1/traces"}
    spans = [
        span
        for _, _, body in received
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert len(spans) == len(read.load(tmp_path).spans) == 20
    assert spans[0].attributes[0].value.string_value == "key [redacted]"


def test_a_dead_collector_blocks_no_call_loses_nothing_local_and_says_nothing(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    done = trace_twenty_spans(tmp_path, f"http://127.0.0.1:{port}")
    assert float(done.stdout) < 2
    assert done.stderr == ""
    assert len(read.load(tmp_path).spans) == 20
