"""Read keys, of a terminal or of a browser that stands for one, whatever is sent: keys that there are not end nothing, and keys
without end fill no memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event
from typing import Final

from textual import events
from textual._xterm_parser import XTermParser
from textual.driver import Driver
from textual.keys import Keys
from textual.message import Message


class KeyReader(XTermParser):
    """Textual's reader of what a terminal sends, which passes over a key by a number that no character has, and a mouse that is nowhere."""

    def parse_mouse_code(self, code: str) -> Message | None:
        """Returns what a mouse did; None where that is nowhere: in a window that was said to have no size."""
        try:
            return super().parse_mouse_code(code)
        except (ValueError, OverflowError, ZeroDivisionError):
            return None

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterator[events.Key]:
        try:
            yield from super()._sequence_to_key_events(sequence, alt)
        except (ValueError, OverflowError):
            yield events.Key(Keys.Ignore, None)


WAITING: Final = (
    100  # keys that wait for the app, a second's work: more can be sent in that than an app does in an hour
)


class PacedDriver(Driver):
    """A driver which, where the app is far behind, reads nothing more until it has caught up. Then nobody can send anything
    more: not what pastes into a terminal as if it were typed, no server, and in the end no page.
    """

    exit_event: Event  # once the driver is to end
    _sent = 0

    def process_message(self, message: Message) -> None:
        """Give the app what came, in the thread that reads."""
        super().process_message(message)
        self._sent = (self._sent + 1) % WAITING
        if self._sent == 0:
            done = Event()
            self._app.call_later(done.set)
            while not (done.wait(0.1) or self.exit_event.is_set() or not self._app.is_running):
                pass
