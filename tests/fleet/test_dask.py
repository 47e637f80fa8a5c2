"""A real Dask cluster on this machine: the same verdicts, and a worker that dies."""

import subprocess
import sys
from pathlib import Path

import pytest
from fleet_work import asleep, deadly, lost
from make_fleet import VERDICTS, kind_of

from prooflane.errors import ProoflaneError
from prooflane.fleet import executors
from prooflane.fleet.executors import How

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="module")
def cluster():
    """Return a cluster of two workers, each a process; one that was killed may not come back."""
    # a task that killed a worker is not tried on another one: nobody waits for it to start again
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as running,
    ):
        yield running


def test_a_cluster_gives_the_same_verdicts(cluster, prooflane, made):
    assert prooflane("fleet", "scan", made / "fleet", "--ledger", "fleet.db").status == 0
    options = ("--ledger", "fleet.db", "--template", made / "template", "--json")
    done = prooflane("fleet", "plan", *options, "--executor", f"dask:{cluster.scheduler_address}")
    assert done.status == 0, done.err
    assert len(done.json["repositories"]) == 21
    for row in done.json["repositories"]:
        assert row["verdict"] == VERDICTS[kind_of(row["key"])], row


def test_an_item_that_kills_workers_of_a_cluster_is_found(cluster):
    how = How("dask", 0, cluster.scheduler_address)
    # None is said of each second in which nothing ended
    found = [one for one in executors.run(how, deadly, range(200), lost) if one is not None]
    assert found.count("lost 13") == 1
    assert len(found) == 200


def test_a_cluster_that_loses_all_its_workers_is_one_sentence(monkeypatch):
    monkeypatch.setattr(executors, "PATIENCE", 2)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    # what its worker took with it waits for another one
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 99}),
        distributed.LocalCluster(n_workers=0, protocol="tcp://", dashboard_address=None) as running,
    ):
        worker = [
            sys.executable,
            "-m",
            "distributed.cli.dask_worker",
            "--no-nanny",
            "--no-dashboard",
        ]
        options = ["--nthreads", "1", running.scheduler_address]
        with subprocess.Popen([*worker, *options], stderr=subprocess.DEVNULL) as alone:
            try:
                with distributed.Client(running) as client:
                    client.wait_for_workers(1)
                how = How("dask", 0, running.scheduler_address)
                work = executors.run(how, asleep, range(3), lost)
                assert next(work) is None
            finally:
                alone.kill()
            with pytest.raises(ProoflaneError) as refused:
                list(work)
    assert refused.value.message.endswith("lost all of its workers")
    assert refused.value.hint == "start workers, and run this again"
