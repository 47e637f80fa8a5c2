"""Traces, commits and signatures for the board's question."""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta

from controls.approvals import ssh, statement, tree
from controls.approvals.statement import Statement
from controls.audit import recorded
from controls.audit.approval import Approval
from controls.audit.question import asked
from controls.audit.touched import touched
from controls.manifest import load

PRODUCTION = {"deployment.environment.name": "production"}
HOUR = 3_600_000_000_000
NOW = int(datetime.now(UTC).timestamp()) * 1_000_000_000


def commit(root, message, moment=None):
    """Commit everything, at a moment if one is given, and return the commit's id."""
    dated = {"GIT_COMMITTER_DATE": f"@{moment // 10**9} +0000"} if moment else {}
    subprocess.run(["git", "add", "--all"], cwd=root, check=True)
    command = ["git", "commit", "-qm", message, "--no-verify"]
    subprocess.run(command, cwd=root, check=True, env=os.environ | dated)
    return head_of(root)


def head_of(root):
    told = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, check=True, capture_output=True)
    return told.stdout.decode().strip()


def day(nano):
    return datetime.fromtimestamp(nano / 1e9, UTC).date()


def span(number, revision, moment=NOW, **more):
    """Return the line of a call as a trace has it."""
    keys = {
        "gen_ai.operation.name": "chat", "aiwf.run.id": f"run{number}",
        "aiwf.data.classification": "personal", "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5-mini", "gen_ai.response.model": "gpt-5-mini-2026-08",
        "gen_ai.prompt.name": "answer", "gen_ai.prompt.version": "3",
        "aiwf.policy.bundle": "b" * 64, "aiwf.policy.decision": "allow",
        "aiwf.task.outcome": "answered", "enduser.pseudo.id": f"user{number % 3}",
        "aiwf.workspace.id": "acme", "aiwf.team": "support", "aiwf.feature": "answer",
    }  # fmt: skip
    return {
        "trace_id": "0" * 32, "span_id": f"{number:016x}", "parent_span_id": None, "name": "chat",
        "kind": "CLIENT", "start_unix_nano": moment, "end_unix_nano": moment + 10**9,
        "status": "OK", "status_message": "", "attributes": keys | more, "events": [],
        "resource": {"vcs.ref.head.revision": revision, **PRODUCTION},
    }  # fmt: skip


def record(root, *spans, name="1-a"):
    """Write spans into the files of their days."""
    for each in spans:
        path = root / f".aiwf/traces/{day(each['end_unix_nano'])}/{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(json.dumps(each, separators=(",", ":")) + "\n")


def sign(root, key, role, expires=None, **more):
    """Sign the tree that lies here, as `approvals sign` does, and return the statement's path."""
    expires = str(expires or (datetime.now(UTC) + timedelta(days=30)).date())
    values = {"repository": load(root).name, "tree": tree.of(root), "role": role}
    values |= {"decision": "decisions/0001-risk-tier.md", "expires": expires}
    claim = Statement(**values | more)
    stem = statement.stem(claim, key.name)
    (root / "decisions/approvals").mkdir(exist_ok=True)
    (root / f"{stem}.json").write_bytes(claim.to_bytes())
    (root / f"{stem}.sig").write_bytes(ssh.sign(key, claim.to_bytes()))
    return f"{stem}.json"


def answer(root, since="1d", data="personal", model=None, until="2999-01-01"):
    question = asked(data, since if since != "1d" else "2020-01-01", until, model)
    return touched(root, question, recorded.rulings)


def given(role, who, since, until):
    return Approval(("*",), role, who, f"key of {who}", "d", "f", "c", since, until)
