"""Who does the work: whatever happens to a worker, each item has one answer."""

import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from fleet_work import deadly, double, lost

from prooflane.errors import ProoflaneError
from prooflane.fleet import executors
from prooflane.fleet.executors import How


@pytest.mark.parametrize("how", [How("threads", 3), How("processes", 2)])
def test_every_item_has_one_answer(how):
    found = executors.run(how, double, range(100), lost)
    assert sorted(item for item in found if item is not None) == [n * 2 for n in range(100)]


def test_it_says_that_it_works_while_nothing_ends():
    heard = threading.Event()

    def work(items):
        heard.wait(600)
        return double(items)

    said = executors.run(How("threads", 1), work, [4], lost)
    assert next(said) is None
    heard.set()
    *beats, answer = said
    assert (set(beats) <= {None}, answer) == (True, 8)


def test_nothing_to_do_is_nothing_done():
    assert list(executors.run(How("threads", 2), double, [], lost)) == []


def test_an_item_that_kills_its_worker_is_found_and_the_others_are_not_lost_with_it():
    found = list(executors.run(How("processes", 2), deadly, range(40), lost))
    assert found.count("lost 13") == 1
    assert sorted(item for item in found if isinstance(item, int)) == [
        item * 2 for item in range(40) if item != 13
    ]


def test_no_more_is_sent_than_a_few_chunks_ahead():
    sent = []

    def work(items):
        sent.append(len(items))
        return double(items)

    answers = executors.run(How("threads", 1), work, range(1000), lost)
    next(answers)
    assert sum(sent) <= 3 * 4 + 4


@pytest.mark.parametrize("text", ["dask", "dask:", "threads:x", "processes:0", "ray:1"])
def test_an_executor_that_there_is_not_is_refused(text):
    with pytest.raises(ProoflaneError) as refused:
        executors.parse(text)
    assert refused.value.message == f"there is no executor {text!r}"
    assert refused.value.hint.endswith("or dask:HOST:PORT")


@pytest.mark.slow
def test_a_cluster_that_does_not_answer_is_one_sentence():
    pytest.importorskip("distributed")
    with pytest.raises(ProoflaneError) as refused:
        list(executors.run(executors.parse("dask:tcp://127.0.0.1:1"), double, range(3), lost))
    assert refused.value.message == "no Dask cluster answers at 'tcp://127.0.0.1:1'"
