"""When memory is collected: at a rest of the keys, once something has gone."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import cast
from weakref import ref

import pytest
from textual.message_pump import MessagePump

from coffeeshop.tui.collector import Collector


class Timer:
    """Stands for the app and its timer: tells whether it runs, and how often it was begun anew."""

    def __init__(self) -> None:
        self.runs, self.begun = True, 0

    def set_interval(self, seconds: float, callback: Callable[[], None]) -> Timer:
        self.rest = callback
        return self

    def reset(self) -> None:
        self.runs, self.begun = True, self.begun + 1

    def pause(self) -> None:
        self.runs = False


class Circle:
    """Holds itself, as a screen does."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def timer() -> Iterator[Timer]:
    thresholds = gc.get_threshold()
    yield Timer()
    gc.freeze()  # as tests/conftest.py left it
    gc.set_threshold(*thresholds)


@pytest.mark.slow
def test_what_was_there_from_the_beginning_is_collected_at_a_rest_after_it_has_gone(
    timer: Timer,
) -> None:
    screen = Circle()
    collector = Collector(cast(MessagePump, timer))
    timer.rest()
    seen = ref(screen)
    del screen
    gc.collect()
    assert seen() is not None  # it is out of the rounds
    collector.request_collection()
    assert timer.runs
    timer.rest()
    assert seen() is None


@pytest.mark.slow
def test_nothing_is_collected_where_nothing_has_gone(timer: Timer) -> None:
    collector = Collector(cast(MessagePump, timer))
    timer.rest()
    collector.postpone()
    assert not timer.runs


def test_the_first_frame_and_the_first_keys_come_before_the_first_collection(
    timer: Timer, monkeypatch: pytest.MonkeyPatch
) -> None:
    collections: list[int] = []
    monkeypatch.setattr(gc, "collect", lambda: collections.append(1))
    collector = Collector(cast(MessagePump, timer))
    collector.postpone()
    assert (collections, timer.runs, timer.begun) == ([], True, 1)
    timer.rest()
    assert collections == [1]


@pytest.mark.slow
def test_each_key_puts_off_what_is_due_and_a_rest_ends_it(timer: Timer) -> None:
    collector = Collector(cast(MessagePump, timer))
    collector.request_collection()
    collector.postpone()
    collector.postpone()
    assert (timer.runs, timer.begun) == (True, 3)
    timer.rest()
    collector.postpone()
    assert (timer.runs, timer.begun) == (False, 3)


def test_a_hundred_keys_meet_collections_of_the_newest_objects_only(timer: Timer) -> None:
    collected_generations: set[int] = set()

    def note_generation(phase: str, info: dict[str, int]) -> None:
        collected_generations.add(info["generation"])

    Collector(cast(MessagePump, timer))
    gc.callbacks.append(note_generation)
    try:
        for _ in range(100 * 400):  # as many objects in circles as a key leaves
            Circle()
    finally:
        gc.callbacks.remove(note_generation)
    assert collected_generations == {0}
