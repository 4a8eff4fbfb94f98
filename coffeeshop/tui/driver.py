"""Read a terminal that does not speak UTF-8: bytes that are no text are no keys, enter no field, and end nothing."""

from __future__ import annotations

from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Callable
from functools import partial

from textual import events
from textual.drivers import linux_driver
from textual.message import Message


class TerminalDriver(linux_driver.LinuxDriver):
    """Textual's driver, which reads on behind bytes that are no text: an é of Latin-1, a mouse of old."""

    def run_input_thread(self) -> None:
        """Read keys until the app ends. Textual makes its decoder in there, by this name of its module."""
        linux_driver.getincrementaldecoder = _lenient  # pyright: ignore[reportPrivateImportUsage]  # a name it imports
        super().run_input_thread()

    def process_message(self, message: Message) -> None:
        """Pass on what came, a paste without the bytes that are no text, and of keys those that are text."""
        if isinstance(message, events.Paste):
            message = events.Paste(_text(message.text))
        if not (isinstance(message, events.Key) and message.character and not _text(message.character)):
            super().process_message(message)


def _lenient(encoding: str) -> Callable[[], IncrementalDecoder]:
    """Returns a decoder which marks the bytes that are no text rather than drop them: an old mouse's are counted."""
    return partial(getincrementaldecoder(encoding), "surrogateescape")


def _text(read: str) -> str:
    return read.encode("utf-8", "ignore").decode()
