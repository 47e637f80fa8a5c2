"""A provider on the loopback: chat completions, responses and messages, scripted by the test."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import batches

Event = dict[str, object]
KINDS = {"/v1/responses": "responses", "/v1/chat/completions": "chat", "/v1/messages": "messages"}


@dataclass
class Script:
    """What the next answers are; each of `statuses` is sent once before there is an answer."""

    pieces: list[str] = field(default_factory=lambda: ["Hello ", "there."])
    thinking: str = ""
    tool: Event | None = None
    usage: tuple[int, int] = (1000, 100)
    cached: int = 0
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    pause: float = 0.0
    cut_after: int | None = None
    seen: list[Event] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    by_model: dict[str, str] = field(default_factory=dict)  # a text for a model, instead of pieces
    logprobs: list[float] = field(default_factory=list)  # of each token, where they are asked for
    connections: set[tuple[str, int]] = field(default_factory=set)
    batches: list[list[Event]] = field(default_factory=list)  # the lines of each that was made
    unlucky: str = ""  # a request with this word fails in its batch
    address: str = ""
    absent: int = 0  # how often the connection is cut instead of telling of a batch
    checks: int = 1  # how often a batch is looked at before it has ended

    def body(self, kind: str) -> Event:
        """Return the whole answer of one kind."""
        return BODIES[kind](self)


@contextmanager
def serving() -> Iterator[tuple[str, Script]]:
    """Give the address of a provider and its script."""
    script = Script()
    handler = type("Handler", (_Handler,), {"plan": script})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        script.address = f"http://127.0.0.1:{server.server_address[1]}"
        yield script.address, script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    plan: Script
    protocol_version = "HTTP/1.1"  # a client may keep its connection

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if self.plan.absent:
            self.plan.absent -= 1
            self.close_connection = True
            return
        self._send(200, *batches.found(self.plan, self.path.partition("?")[0]))

    def do_DELETE(self) -> None:
        self._send(200, {"id": "file-1", "object": "file", "deleted": True}, {})

    def do_POST(self) -> None:
        path = self.path.partition("?")[0]
        if path not in KINDS:
            blob = self.rfile.read(int(self.headers["content-length"]))
            self._send(200, batches.made(self.plan, path, blob), {})
            return
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.plan.seen.append(body)
        self.plan.connections.add(self.client_address)
        if body["model"] in self.plan.by_model:
            self.plan.pieces = [self.plan.by_model[body["model"]]]
        key = self.headers.get("x-api-key") or self.headers.get("authorization", "")
        self.plan.keys.append(key.removeprefix("Bearer "))
        time.sleep(self.plan.delay)
        kind = KINDS[path]
        if self.plan.statuses:
            error = {"type": "error", "error": {"type": "test_error", "message": "secret words"}}
            self._send(self.plan.statuses.pop(0), error, self.plan.headers)
        elif body.get("stream"):
            self._stream(kind)
        else:
            self._send(200, self._told(body, BODIES[kind](self.plan)), {})

    def _told(self, asked: Event, answer: Event) -> Event:
        """Return `answer` with the probabilities of its tokens, where `asked` wants them."""
        tokens = [
            {"token": "x", "bytes": [120], "logprob": log, "top_logprobs": []}
            for log in self.plan.logprobs
        ]
        if asked.get("logprobs"):
            answer["choices"][0]["logprobs"] = {"content": tokens}
        elif "message.output_text.logprobs" in asked.get("include", []):
            answer["output"][0]["content"][0]["logprobs"] = tokens
        return {**answer, **({"model": asked["model"]} if self.plan.by_model else {})}

    def _send(self, status: int, body: object, headers: dict[str, str]) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        told = {**headers, "content-type": "application/json", "content-length": str(len(data))}
        for name, value in told.items():
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = status != 200  # unsaid: a client finds its connection gone
        with suppress(OSError):  # the caller may have left
            self.wfile.write(data)

    def _stream(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")  # its end is the end of the stream
        self.close_connection = True
        self.end_headers()
        try:
            for number, event in enumerate(STREAMS[kind](self.plan)):
                if number == self.plan.cut_after:
                    return
                name = f"event: {event['type']}\n" if "type" in event else ""
                self.wfile.write(f"{name}data: {json.dumps(event)}\n\n".encode())
                time.sleep(self.plan.pause)
            if kind == "chat":
                self.wfile.write(b"data: [DONE]\n\n")
        except OSError:
            pass  # the caller has left


def _chat(plan: Script) -> Event:
    message: Event = {"role": "assistant", "content": "".join(plan.pieces) or None}
    if plan.tool is not None:
        message["tool_calls"] = [_function(plan)]
    choice = {"index": 0, "message": message, "finish_reason": _reason(plan)}
    return _chat_frame("chat.completion", [choice], _chat_usage(plan))


def _chat_stream(plan: Script) -> Iterator[Event]:
    for piece in plan.pieces:
        yield _chunk({"role": "assistant", "content": piece}, None)
    if plan.tool is not None:
        yield _chunk({"tool_calls": [{"index": 0, **_function(plan)}]}, None)
    yield _chunk({}, _reason(plan))
    yield _chat_frame("chat.completion.chunk", [], _chat_usage(plan))


def _reason(plan: Script) -> str:
    return "stop" if plan.tool is None else "tool_calls"


def _chunk(delta: object, reason: str | None) -> Event:
    choices = [{"index": 0, "delta": delta, "finish_reason": reason}]
    return _chat_frame("chat.completion.chunk", choices, None)


def _chat_frame(kind: str, choices: object, usage: object) -> Event:
    head = {"id": "c1", "object": kind, "created": 1, "model": "gpt-5-mini-2025-08-07"}
    return {**head, "choices": choices, "usage": usage}


def _chat_usage(plan: Script) -> Event:
    given, made = plan.usage
    counts = {"prompt_tokens": given, "completion_tokens": made, "total_tokens": given + made}
    return {**counts, "prompt_tokens_details": {"cached_tokens": plan.cached}}


def _function(plan: Script) -> Event:
    function = {"name": "look_up", "arguments": json.dumps(plan.tool)}
    return {"id": "call_1", "type": "function", "function": function}


def _responses(plan: Script) -> Event:
    output = [_item("".join(plan.pieces), "completed")] if plan.pieces else []
    if plan.tool is not None:
        output.append(_call(json.dumps(plan.tool), "completed"))
    return _response_frame(plan, output, "completed")


def _item(text: str, status: str) -> Event:
    content = [{"type": "output_text", "text": text, "annotations": []}] if text else []
    head = {"id": "m1", "type": "message", "role": "assistant", "status": status}
    return {**head, "content": content}


def _call(arguments: str, status: str) -> Event:
    head = {"id": "f1", "type": "function_call", "call_id": "call_1", "name": "look_up"}
    return {**head, "arguments": arguments, "status": status}


def _response_frame(plan: Script, output: object, status: str) -> Event:
    given, made = plan.usage
    usage = {
        "input_tokens": given,
        "output_tokens": made,
        "total_tokens": given + made,
        "input_tokens_details": {"cached_tokens": plan.cached},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
    return {
        "id": "r1",
        "object": "response",
        "created_at": 1,
        "model": "gpt-5-mini-2025-08-07",
        "status": status,
        "output": output,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "error": None,
        "incomplete_details": None,
        "usage": usage if status == "completed" else None,
    }


def _responses_stream(plan: Script) -> Iterator[Event]:
    yield {"type": "response.created", "response": _response_frame(plan, [], "in_progress")}
    added, done = "response.output_item.added", "response.output_item.done"
    if plan.pieces:
        yield {"type": added, "output_index": 0, "item": _item("", "in_progress")}
        place = {"item_id": "m1", "output_index": 0, "content_index": 0, "logprobs": []}
        for piece in plan.pieces:
            yield {"type": "response.output_text.delta", "delta": piece, **place}
        yield {"type": done, "output_index": 0, "item": _item("".join(plan.pieces), "completed")}
    if plan.tool is not None:
        text, where = json.dumps(plan.tool), {"item_id": "f1", "output_index": 1}
        yield {"type": added, "output_index": 1, "item": _call("", "in_progress")}
        yield {"type": "response.function_call_arguments.delta", "delta": text, **where}
        yield {"type": done, "output_index": 1, "item": _call(text, "completed")}
    yield {"type": "response.completed", "response": _responses(plan)}


def _messages(plan: Script) -> Event:
    return _message_frame(list(_blocks(plan)), _stop(plan), _message_usage(plan, plan.usage[1]))


def _message_usage(plan: Script, made: int) -> Event:
    given = plan.usage[0] - plan.cached
    return {
        "input_tokens": given,
        "output_tokens": made,
        "cache_read_input_tokens": plan.cached,
    }


def _stop(plan: Script) -> str:
    return "end_turn" if plan.tool is None else "tool_use"


def _blocks(plan: Script) -> Iterator[Event]:
    if plan.thinking:
        yield {"type": "thinking", "thinking": plan.thinking, "signature": "sig"}
    if plan.pieces:
        yield {"type": "text", "text": "".join(plan.pieces)}
    if plan.tool is not None:
        yield {"type": "tool_use", "id": "call_1", "name": "look_up", "input": plan.tool}


def _message_frame(content: object, reason: str | None, usage: object) -> Event:
    head = {"id": "m1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5"}
    return {**head, "content": content, "stop_reason": reason, "usage": usage}


def _messages_stream(plan: Script) -> Iterator[Event]:
    message = _message_frame([], None, _message_usage(plan, 1))
    yield {"type": "message_start", "message": message}
    for index, block in enumerate(_blocks(plan)):
        yield from _block_stream(plan, index, block)
    delta = {"stop_reason": _stop(plan), "stop_sequence": None}
    usage = {"output_tokens": plan.usage[1]}
    yield {"type": "message_delta", "delta": delta, "usage": usage}
    yield {"type": "message_stop"}


def _block_stream(plan: Script, index: int, block: Event) -> Iterator[Event]:
    kind = str(block["type"])
    empty: dict[str, Event] = {"thinking": {"thinking": "", "signature": ""}, "text": {"text": ""}}
    begun = {**block, **empty.get(kind, {"input": {}})}
    yield {"type": "content_block_start", "index": index, "content_block": begun}
    deltas: dict[str, list[Event]] = {
        "thinking": [
            {"type": "thinking_delta", "thinking": plan.thinking},
            {"type": "signature_delta", "signature": "sig"},
        ],
        "text": [{"type": "text_delta", "text": piece} for piece in plan.pieces],
        "tool_use": [{"type": "input_json_delta", "partial_json": json.dumps(plan.tool)}],
    }
    for delta in deltas[kind]:
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


BODIES = {"chat": _chat, "responses": _responses, "messages": _messages}
STREAMS = {"chat": _chat_stream, "responses": _responses_stream, "messages": _messages_stream}
