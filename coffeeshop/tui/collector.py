"""When memory is collected: while nobody presses a key, which would wait for it."""

from __future__ import annotations

import gc

from textual.message_pump import MessagePump

REST = 0.5  # seconds without a key


class Collector:
    """Python's collector, kept out of the way of keys: what is loaded is left out of its rounds. A screen that is closed
    holds itself in circles, and may have been loaded before the last time; so all of it is gone through at the next rest.
    """

    def __init__(self, app: MessagePump) -> None:
        self._timer = app.set_interval(REST, self.collect)
        self.collect()

    def collect(self) -> None:
        """Collect what was left behind, and leave what stays out of the rounds to come."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        gc.enable()
        self._due = False
        self._timer.pause()

    def ask(self) -> None:
        """Collect at the next rest: something has gone."""
        self._due = True
        self._timer.reset()

    def wait(self) -> None:
        """Begin a rest anew: a key was pressed."""
        if self._due:
            self._timer.reset()
