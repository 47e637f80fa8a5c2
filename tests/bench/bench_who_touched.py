"""The board's question on spans of our own making, beside SQLite and raw JSON lines in one run.

A month of traces is written by DuckDB, day by day, as `trace compact` leaves them, and the open day
as lines; the code that ran has four approvals in git, two of them until the next version came.
Ours is the whole process, `python -m controls audit who-touched`, from start to printed answer.
SQLite (indexed) and the JSON lines get the same rows in the same process and give the same counts,
which must be equal. Fails when the best of some rounds of ours takes more than 1 s at a million
spans or 3 s at ten million: what other programs take of the machine is not ours.

Sizes are arguments; without any: 100,000 1,000,000 10,000,000. SQLite and lines stop at a million.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parents[2]
sys.path[:0] = [str(HERE / "template"), str(HERE / "generator")]

import copier  # noqa: E402

from controls.tracing import archive  # noqa: E402

SIZES = (100_000, 1_000_000, 10_000_000)
DAYS, LINES, PEERS_TO, ROUNDS = 30, 20_000, 1_000_000, 9
LIMITS = {100_000: 1.0, 1_000_000: 1.0, 10_000_000: 3.0}
IDENTITY = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com"}
IDENTITY |= {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.com"}
# five spans a run, one of them a call; three models, four classes, 5,000 users, three commits
COLUMNS = """
  i AS number,
  printf('%016x', i // 5) AS run_id, printf('%032x', i // 5) AS trace_id,
  printf('%016x', i) AS span_id, CASE WHEN i % 5 = 0 THEN 'chat' ELSE 'retrieve' END AS name,
  CASE WHEN i % 5 = 0 THEN 'chat' ELSE 'retrieval' END AS operation,
  ['public', 'internal', 'personal', 'personal'][(1 + hash(i) % 4)::BIGINT] AS classification,
  'openai' AS provider, ['gpt-5-mini', 'gpt-5', 'gpt-4o'][(1 + hash(i + 1) % 3)::BIGINT] AS model,
  ['m1', 'm2'][1 + i % 2] AS response_model, 'answer' AS prompt,
  ['3', '4'][(1 + hash(i + 2) % 2)::BIGINT] AS prompt_version, repeat('b', 64) AS policy,
  CASE WHEN hash(i + 3) % 50 = 0 THEN 'deny' ELSE 'allow' END AS decision, 'answered' AS outcome,
  printf('%032x', hash(i + 4) % 5000) AS enduser, 'acme' AS workspace, 'support' AS team,
  'answer' AS feature, NULL::VARCHAR AS eval_set,
  {revisions}[(1 + hash(i + 5) % 3)::BIGINT] AS revision, 'production' AS environment,
  ({begin} + (i - {first}) * {step})::BIGINT AS start_unix_nano,
  ({begin} + (i - {first}) * {step} + 900000000)::BIGINT AS end_unix_nano
"""
KEYS = {**archive.ASKED, "classification": "aiwf.data.classification", "run_id": "aiwf.run.id"}
KEYS |= {"operation": "gen_ai.operation.name"}


def main(sizes: list[int]) -> int:
    """Print a table and return 1 when a promise is broken."""
    kept = []
    with tempfile.TemporaryDirectory() as folder:
        root, revisions = repository(Path(folder))
        print(f"{'spans':>12} {'on disk':>9} {'whole process':>14} {'its CPU':>8} "
              f"{'SQLite':>8} {'JSON lines':>11}")  # fmt: skip
        kept += [measured(root, revisions, size) for size in sizes]
    return int(not all(kept))


def repository(folder: Path) -> tuple[Path, list[str]]:
    """Return a repository in which two of three commits are approved, and the commits."""
    source, root = folder / "source", folder / "project"
    source.mkdir()
    subprocess.run(["cp", "-r", HERE / "template", HERE / "copier.yml", source], check=True)
    copier.run_copy(str(source), root, data={"tier": 2}, defaults=True, quiet=True)
    key = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    public = key.with_suffix(".pub").read_text().strip()
    manifest = root / "ai-workflow.yaml"
    person = f'principals: [{{name: Ada, handle: "@ada", key: "{public}"}}]'
    manifest.write_text(manifest.read_text().replace("principals: []", person))
    git(root, "init", "-q")
    revisions = [commit(root, "Start")]
    for number in (1, 2):
        (root / "README.md").write_text(f"version {number}")
        for role in ("engineering", "security"):
            sign = ["approvals", "sign", "--role", role, "--key", str(key)]
            subprocess.run([sys.executable, "-m", "controls", *sign], cwd=root, check=True,
                           stdout=subprocess.DEVNULL)  # fmt: skip
        revisions.append(commit(root, f"Version {number}", days_ago=60 if number == 1 else 10))
    return root, revisions


def git(root: Path, *args: str, env: dict[str, str] | None = None) -> str:
    """Return what git says."""
    told = subprocess.run(["git", *args], cwd=root, env={**os.environ, **IDENTITY, **(env or {})},
                          check=True, capture_output=True, text=True)  # fmt: skip
    return told.stdout.strip()


def commit(root: Path, message: str, days_ago: int = 90) -> str:
    """Commit everything, as of some days ago."""
    when = f"{datetime.now(UTC) - timedelta(days=days_ago):%Y-%m-%dT%H:%M:%S+00:00}"
    git(root, "add", "--all")
    git(root, "commit", "-qm", message, env={"GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when})
    return git(root, "rev-parse", "HEAD")


def measured(root: Path, revisions: list[str], size: int) -> bool:
    """Write the traces, ask, and print one line of the table."""
    subprocess.run(["rm", "-rf", root / ".aiwf/traces"], check=True)
    write(root, revisions, size)
    weight = sum(path.stat().st_size for path in root.glob(".aiwf/traces/*/*")) / 1e6
    told, seconds, used = ours(root)
    expected = Counter({tuple(row[key] for key in ("data", "model", "prompt")): 0 for row in told})
    for row in told:
        expected[tuple(row[key] for key in ("data", "model", "prompt"))] += row["calls"]
    peers = ["not run", "not run"]
    same = True
    if size <= PEERS_TO:
        for place, peer in enumerate((sqlite, lines)):
            counts, took = peer(root)
            peers[place] = f"{took:.2f} s"
            same &= counts == expected
    print(f"{size:>12,} {weight:>6.0f} MB {seconds:>12.2f} s {used:>6.2f} s {peers[0]:>8} "
          f"{peers[1]:>11}{'' if same else '  THE COUNTS DIFFER'}")  # fmt: skip
    bare = sum(row["calls"] for row in told if row["approval"] != "in force")
    return same and bool(bare) and seconds <= LIMITS.get(size, float("inf"))


def write(root: Path, revisions: list[str], size: int) -> None:
    """Write a month of closed days as Parquet files, and the open day as lines."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    opened = min(LINES, size // DAYS)
    daily = (size - opened) // (DAYS - 1)
    first = 0
    for ago in range(DAYS - 1, -1, -1):
        day, count = today - timedelta(days=ago), daily if ago else opened
        folder = root / f".aiwf/traces/{day:%Y-%m-%d}"
        folder.mkdir(parents=True)
        span = 86_000 if ago else max((datetime.now(UTC) - today).total_seconds() - 60, 1)
        chosen = COLUMNS.format(
            revisions=json.dumps(revisions).replace('"', "'"),
            begin=int(day.timestamp()) * 10**9, first=first, step=int(span * 1e9 / count),
        )  # fmt: skip
        rows = f"SELECT {chosen} FROM range({first}, {first + count}) r(i)"  # noqa: S608  ours
        (parquet if ago else jsonl)(folder, rows)
        first += count


def parquet(folder: Path, rows: str) -> None:
    """Write one closed day, with the line of each span beside its columns."""
    keys = ", ".join(f"'{key}', {column}" for column, key in KEYS.items())
    line = (
        "json_object('trace_id', trace_id, 'span_id', span_id, 'name', name, 'start_unix_nano',"
        f" start_unix_nano, 'end_unix_nano', end_unix_nano, 'attributes', json_object({keys}))"
    )
    with archive.connection() as database:
        database.execute(
            f"COPY (SELECT '1-a.jsonl' AS source, *, {line}::VARCHAR AS line FROM ({rows}))"  # noqa: S608  ours
            f" TO '{folder}/closed.parquet' (FORMAT parquet, COMPRESSION zstd)"
        )


def jsonl(folder: Path, rows: str) -> None:
    """Write the open day, line by line as the tracer does."""
    inside = {
        column: key for column, key in KEYS.items() if column not in {"revision", "environment"}
    }
    with archive.connection() as database, (folder / "1-a.jsonl").open("w") as file:
        answer = database.execute(rows)
        names = [each[0] for each in answer.description or ()]
        for values in answer.fetchall():
            row = dict(zip(names, values, strict=True))
            attributes = {key: row[column] for column, key in inside.items() if row[column]}
            beside = {key: row[column] for column, key in KEYS.items() if column not in inside}
            span = {key: row[key] for key in ("trace_id", "span_id", "name")}
            span |= {key: row[key] for key in ("start_unix_nano", "end_unix_nano")}
            file.write(json.dumps(span | {"attributes": attributes, "resource": beside}) + "\n")


def ours(root: Path) -> tuple[list[dict[str, object]], float, float]:
    """Return the rows, and wall and CPU seconds of the whole process, each the best of some."""
    command = [sys.executable, "-m", "controls", "audit", "who-touched", "--data", "personal"]
    wall, used = [], []
    for _ in range(ROUNDS):
        before, began = os.times(), time.perf_counter()
        done = subprocess.run([*command, "--since", "40d", "--json"], cwd=root, check=False,
                              capture_output=True, text=True)  # fmt: skip
        wall.append(time.perf_counter() - began)
        after = os.times()
        used.append(after[2] + after[3] - before[2] - before[3])
        if done.returncode != 1:
            raise SystemExit(f"exit status {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)["rows"], min(wall), min(used)


def rows_of(root: Path) -> list[tuple[object, ...]]:
    """Return every span as a row of the columns that the peers need."""
    named = "operation, classification, model, prompt_version, decision, revision, start_unix_nano"
    with archive.connection() as database:
        packed = database.execute(
            f"SELECT {named} FROM read_parquet('{root}/.aiwf/traces/*/*.parquet')"  # noqa: S608  ours
        ).fetchall()
    return [*packed, *(row_of(json.loads(line)) for line in open_lines(root))]


def open_lines(root: Path) -> list[str]:
    """Return the lines of the open day."""
    return [line for path in root.glob(".aiwf/traces/*/*.jsonl") for line in path.open()]


def row_of(span: dict[str, dict[str, object]]) -> tuple[object, ...]:
    """Return the row of a line."""
    keys = {**span["attributes"], **span["resource"]}
    named = ("operation", "classification", "model", "prompt_version", "decision", "revision")
    return (*(keys[KEYS[name]] for name in named), span["start_unix_nano"])


def sqlite(root: Path) -> tuple[Counter[tuple[str, ...]], float]:
    """Return the counts of an indexed SQLite file, and how long its query took."""
    path = root.parent / "spans.db"
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE s (operation, classification, model, prompt_version, decision,"
                     " revision, start_unix_nano)")  # fmt: skip
        base.executemany("INSERT INTO s VALUES (?, ?, ?, ?, ?, ?, ?)", rows_of(root))
        base.execute("CREATE INDEX by_time ON s (operation, classification, start_unix_nano)")
    began = time.perf_counter()
    with sqlite3.connect(path) as base:
        found = base.execute(
            "SELECT classification, model, prompt_version, count(*), count(DISTINCT revision)"
            " FROM s WHERE operation = 'chat' AND decision = 'allow' AND classification IN"
            " ('personal', 'special-category', 'secret') GROUP BY 1, 2, 3"
        ).fetchall()
    took = time.perf_counter() - began
    base.close()
    return Counter({(a, f"openai:{b}", f"answer@{c}"): n for a, b, c, n, _ in found}), took


def lines(root: Path) -> tuple[Counter[tuple[str, ...]], float]:
    """Return the counts of plain JSON lines, and how long reading them took."""
    path = root.parent / "spans.jsonl"
    with archive.connection() as database:
        database.execute(
            f"COPY (SELECT line FROM read_parquet('{root}/.aiwf/traces/*/*.parquet'))"  # noqa: S608  ours
            f" TO '{path}' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')"
        )
    with path.open("a") as file:
        file.writelines(open_lines(root))
    began, counts = time.perf_counter(), Counter()
    with path.open("rb") as file:
        for line in file:
            keys = json.loads(line)["attributes"]
            if keys["gen_ai.operation.name"] == "chat" and keys[KEYS["decision"]] == "allow":
                named = (keys[KEYS["classification"]], f"openai:{keys[KEYS['model']]}")
                if named[0] == "personal":
                    counts[*named, f"answer@{keys[KEYS['prompt_version']]}"] += 1
    return counts, time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(
        main([int(word.replace("_", "").replace(",", "")) for word in sys.argv[1:]] or [*SIZES])
    )
