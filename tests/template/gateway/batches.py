"""The batch requests of the loopback provider: files and batches, and message batches."""

import json

Event = dict[str, object]
DAY = "2026-11-23T00:00:00Z"


def made(plan, path: str, blob: bytes) -> Event:
    """Take a file of requests, or make a batch of them."""
    if path == "/v1/files":
        lines = [line for line in blob.splitlines() if line.startswith(b'{"custom_id"')]
        plan.batches.append([json.loads(line) for line in lines])
        return {
            "id": f"file-{len(plan.batches)}",
            "object": "file",
            "bytes": 1,
            "created_at": 1,
            "filename": "batch.jsonl",
            "purpose": "batch",
            "status": "processed",
        }
    if path == "/v1/messages/batches":
        asked = json.loads(blob)["requests"]
        plan.batches.append([{**each, "body": each["params"]} for each in asked])
        return _messages(plan, len(plan.batches), "in_progress")
    return _batch(plan, int(json.loads(blob)["input_file_id"].partition("-")[2]), "in_progress")


def found(plan, path: str) -> tuple[object, dict[str, str]]:
    """Return the state of a batch, or its results."""
    number = int(path.rpartition("_")[2].split("/")[0].rpartition("-")[2])
    if path.endswith("/content"):
        return _lines(_result(plan, line) for line in plan.batches[number - 1]), {}
    if path.endswith("/results"):
        return _lines(_message(plan, line) for line in plan.batches[number - 1]), {}
    plan.checks -= 1
    if "/messages/" in path:
        return _messages(plan, number, "ended" if plan.checks < 0 else "in_progress"), {}
    return _batch(plan, number, "completed" if plan.checks < 0 else "in_progress"), {}


def _batch(plan, number: int, status: str) -> Event:
    count = len(plan.batches[number - 1])
    return {
        "id": f"batch_{number}",
        "object": "batch",
        "endpoint": "/v1/responses",
        "input_file_id": f"file-{number}",
        "completion_window": "24h",
        "status": status,
        "created_at": 1,
        "request_counts": {"total": count, "completed": 0, "failed": 0},
        "output_file_id": f"out_{number}" if status == "completed" else None,
    }


def _messages(plan, number: int, status: str) -> Event:
    count = len(plan.batches[number - 1])
    counts = {"processing": count, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}
    return {
        "id": f"msgbatch_{number}",
        "type": "message_batch",
        "processing_status": status,
        "request_counts": counts,
        "created_at": DAY,
        "expires_at": DAY,
        "ended_at": None,
        "archived_at": None,
        "cancel_initiated_at": None,
        "results_url": f"{plan.address}/v1/messages/batches/msgbatch_{number}/results",
    }


def _result(plan, line: Event) -> Event:
    response = {"status_code": 200, "request_id": "q", "body": plan.body("responses")}
    if str(line["body"]).find(plan.unlucky) > -1 and plan.unlucky:
        response = {"status_code": 400, "request_id": "q", "body": {"error": {"code": "bad"}}}
    return {"id": "x", "custom_id": line["custom_id"], "response": response, "error": None}


def _message(plan, line: Event) -> Event:
    return {
        "custom_id": line["custom_id"],
        "result": {"type": "succeeded", "message": plan.body("messages")},
    }


def _lines(rows) -> bytes:
    return b"\n".join(json.dumps(row).encode() for row in rows)
