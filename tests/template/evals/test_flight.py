"""A case that waits for others is woken when one ends, and never waits for nobody."""

import threading

from controls.evals.flight import Flight


def test_who_is_alone_waits_for_nobody():
    flight = Flight()
    with flight.one():
        assert flight.another_ends() is False


def test_who_waits_is_told_that_another_has_ended():
    flight, begun, told = Flight(), threading.Event(), []

    def other():
        with flight.one():
            begun.set()
            told.append(flight.another_ends())  # until the first has ended

    thread = threading.Thread(target=other)
    with flight.one():
        thread.start()
        begun.wait()
    thread.join(60)
    assert (thread.is_alive(), len(told)) == (False, 1)


def test_where_all_wait_each_is_told_and_none_for_ever():
    flight, together, told = Flight(), threading.Barrier(8), []

    def one():
        with flight.one():
            together.wait()
            told.append(flight.another_ends())

    crew = [threading.Thread(target=one) for _ in range(8)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join(60)
    assert (any(thread.is_alive() for thread in crew), len(told)) == (False, 8)
    assert told.count(False) >= 1  # whoever waited last found nobody under way
