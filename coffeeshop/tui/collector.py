"""Collect memory while no key is pressed, since a key would have to wait for the collection."""

from __future__ import annotations

import gc

from textual.message_pump import MessagePump

IDLE_SECONDS = 0.5  # seconds without a key
# Python also collects by itself, while a key waits. A key leaves some 400 objects in circles, such as painted lines, so
# each fifth key meets a collection of the newest objects, which is short. The longer one of older objects comes to one key in 250.
NEWEST_OBJECTS, COLLECTION_ROUNDS = 2_000, 50


class Collector:
    """Runs Python's garbage collector between keys.

    Objects that stay are frozen, so that collections are short. A closed screen is a reference
    cycle, and it may have been frozen before. So each collection unfreezes everything first.
    """

    def __init__(self, app: MessagePump) -> None:
        """Start a timer that collects garbage after IDLE_SECONDS seconds without a key.

        The first collection of everything waits for it too, since the first frame is still being
        written. Until then what was made so far is frozen, and only newer garbage is collected.
        """
        gc.freeze()
        gc.set_threshold(NEWEST_OBJECTS, COLLECTION_ROUNDS)
        gc.enable()
        self._timer = app.set_interval(IDLE_SECONDS, self.collect)
        self._is_due = True

    def collect(self) -> None:
        """Collect garbage now, and exclude the objects that are left from later collections, which makes those short."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        gc.enable()
        self._is_due = False
        self._timer.pause()

    def request_collection(self) -> None:
        """Ask for a collection at the next pause between keys, because a screen was closed and left garbage."""
        self._is_due = True
        self._timer.reset()

    def postpone(self) -> None:
        """Postpone a collection that is due, because a key was pressed and would have to wait for it."""
        if self._is_due:
            self._timer.reset()
