"""Work in processes: results in order, and one that breaks, hangs or raises takes no other with it."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from contextlib import closing
from importlib import import_module
from multiprocessing import active_children
from multiprocessing.synchronize import SemLock
from threading import Event
from typing import Any, cast

import pytest
from pebble import ProcessPool
from pebble.common.types import ProcessFuture
from pebble.pool import process

from coffeeshop.classroom.pool import MAX_TASKS_AHEAD, Crew, Failed, run_in_processes

Ready = Callable[[], None]


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that begin as a class's do."""
    monkeypatch.setattr("coffeeshop.classroom.pool.START_METHOD", "spawn")


def work(task: int | str, ready: Ready) -> int | str:
    """What the tests ask of a hand: to double a number, or to go wrong in one way."""
    match task:
        case "raise":
            raise ValueError("no beans\nnone at all")
        case "crash":
            os._exit(9)
        case "toil":
            ready()
            while True:
                pass
        case "hang":
            ready()
            Event().wait()
        case "hang before":
            Event().wait()
        case _:
            ready()
    return task * 2


def import_slowly(module: str, ready: Ready) -> str:
    """Imports, and then does nothing else for ever."""
    ready()
    import_module(module)
    while True:
        pass


@pytest.mark.parametrize("hands", [1, 3])
def test_results_come_in_the_order_of_the_tasks(hands: int):
    assert [*run_in_processes(work, [3, 1, 2], hands, 60)] == [(3, 6), (1, 2), (2, 4)]


def test_without_tasks_no_process_is_started():
    assert [*run_in_processes(work, [], 2, 60)] == []


def test_more_tasks_than_may_wait_are_done_too():
    tasks = [*range(MAX_TASKS_AHEAD * 2)]
    assert [result for _, result in run_in_processes(work, tasks, 2, 60)] == [
        task * 2 for task in tasks
    ]


def test_an_error_is_told_in_one_line_and_the_others_go_on():
    found = [result for _, result in run_in_processes(work, [1, "raise", 2], 1, 60)]
    assert found == [
        2,
        Failed("caused a bug in Coffeeshop: ValueError: no beans", is_our_fault=True),
        4,
    ]


def test_a_process_that_ends_is_replaced_and_the_others_go_on():
    found = [
        result for _, result in run_in_processes(work, ["crash", 1, "crash", 2], 1, 60)
    ]
    gone = Failed("stopped the process that graded it", is_our_fault=True)
    assert found == [gone, 2, gone, 4]


def test_one_that_takes_too_long_is_ended_and_the_others_go_on():
    found = [result for _, result in run_in_processes(work, ["toil", 1], 1, 0.2)]
    assert found == [Failed("takes more than 0.2 seconds to grade", is_our_fault=False), 2]


@pytest.mark.parametrize("hangs", ["hang before", "hang"])
def test_one_that_never_begins_or_never_ends_is_ended_too(
    monkeypatch: pytest.MonkeyPatch, hangs: str
):
    monkeypatch.setattr("coffeeshop.classroom.pool.PREPARATION_TIMEOUT", 0.3)
    late = Failed(
        "took more than 0.5 seconds, so grading it was stopped", is_our_fault=False
    )
    assert [result for _, result in run_in_processes(work, [hangs, 1], 1, 0.2)] == [late, 2]


def test_one_whose_time_is_over_while_it_imports_took_too_long_and_met_no_error():
    found = [
        result
        for _, result in run_in_processes(
            import_slowly, ["tests.classroom.slow_to_import"], 1, 0.01
        )
    ]
    assert found == [Failed("takes more than 0.01 seconds to grade", is_our_fault=False)]


def test_a_hand_that_died_between_two_tasks_is_replaced():
    with closing(Crew(work, 1, 60)) as crew:
        crew.schedule(1)
        assert crew.take_first_result() == (1, 2)
        for child in active_children():
            child.kill()
            child.join()
        crew.schedule(2)
        assert crew.take_first_result() == (2, 4)


class Broken(ProcessPool):
    """Processes of which somebody has seen that they were lost."""

    def schedule(self, *_: object, **__: object) -> ProcessFuture[object]:
        raise RuntimeError("Unexpected error within the Pool")


def test_hands_that_are_known_to_be_lost_are_replaced_before_a_task_is_given(
    monkeypatch: pytest.MonkeyPatch,
):
    pools = iter((Broken, ProcessPool))
    monkeypatch.setattr(
        "coffeeshop.classroom.pool.ProcessPool", lambda **how: next(pools)(**how)
    )
    assert [*run_in_processes(work, [1, 2], 1, 60)] == [(1, 2), (2, 4)]


def test_where_the_system_starts_no_process_that_is_told_as_an_error_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("coffeeshop.classroom.pool.ProcessPool", Broken)
    with pytest.raises(OSError, match="can't start a process"):
        next(run_in_processes(work, [1, 2], 1, 60))


class Deaf(ProcessPool):
    """Processes to which the way is shut: no task comes to one."""

    def schedule(self, *_: object, **__: object) -> ProcessFuture[object]:
        return ProcessFuture()


def test_a_task_that_nobody_takes_on_is_waited_for_no_longer_than_it_may_take(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("coffeeshop.classroom.pool.START_TIMEOUT", 0)
    monkeypatch.setattr("coffeeshop.classroom.pool.PREPARATION_TIMEOUT", 0)
    monkeypatch.setattr("coffeeshop.classroom.pool.ProcessPool", Deaf)
    lost = Failed("stopped the process that graded it", is_our_fault=True)
    assert [*run_in_processes(work, [1, 2], 1, 0)] == [(1, lost), (2, lost)]


def test_who_stops_asking_leaves_no_process_behind():
    results = run_in_processes(work, [1, "hang", 2], 2, 60)
    assert next(results) == (1, 2)
    results.close()
    assert active_children() == []


@pytest.mark.skipif(sys.platform == "win32", reason="a lock has no name there")
def test_what_processes_share_is_there_until_the_last_of_them_has_ended(
    monkeypatch: pytest.MonkeyPatch,
):
    seen: list[str] = []
    unlink = cast(Any, SemLock)._cleanup
    stop = cast(Any, process).stop_process
    monkeypatch.setattr(
        SemLock, "_cleanup", staticmethod(lambda name: (seen.append("gone"), unlink(name)))
    )
    monkeypatch.setattr(
        process, "stop_process", lambda one: (stop(one), seen.append("ended"))
    )
    results = run_in_processes(work, [1, 2], 2, 60)
    next(results)
    results.close()
    del results
    gc.collect()
    assert seen == ["ended", "ended", "gone", "gone"]
