"""A real Dask cluster on this machine: the same verdicts, and a worker that dies."""

import pytest
from fleet_work import deadly, lost
from make_fleet import VERDICTS, kind_of

from prooflane.fleet import executors
from prooflane.fleet.executors import How

distributed = pytest.importorskip("distributed")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="module")
def cluster():
    """Return a cluster of two workers, each a process."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as running:
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
    # None is said of each second in which nothing ended, as while both workers start again
    found = [one for one in executors.run(how, deadly, range(200), lost) if one is not None]
    assert found.count("lost 13") == 1
    assert len(found) == 200
