"""Read keys, of a terminal or of a browser that stands for one, whatever is sent: keys that there are not end nothing."""

from __future__ import annotations

from collections.abc import Iterator

from textual import events
from textual._xterm_parser import XTermParser
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
