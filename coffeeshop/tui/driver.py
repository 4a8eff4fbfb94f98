"""Read a terminal whatever it sends: bytes that are no text are no keys, enter no field, and end nothing."""

from __future__ import annotations

import os
import signal
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Callable
from functools import partial

from textual import events
from textual.drivers import linux_driver
from textual.message import Message

from coffeeshop.key_reader import KeyReader, QueueDriver
from coffeeshop.window import bound_size


class TerminalDriver(QueueDriver, linux_driver.LinuxDriver):
    """Textual's driver, which reads on behind bytes that are no text: an é of Latin-1, a mouse of old."""

    _stopping = False  # what the last signal asked for

    def _sigtstp_application(self, *_: object) -> None:
        """Stop in the event loop's next turn. What runs now may hold a lock that the way to the terminal needs."""
        self._stopping = True
        self._loop.call_soon_threadsafe(self._obey)

    def _sigcont_application(self, *_: object) -> None:
        self._stopping = False
        self._loop.call_soon_threadsafe(self._obey)

    @property
    def _painting(self) -> bool:
        """Whether the terminal is ours, and somebody writes to it."""
        return self._writer_thread is not None and self._writer_thread.is_alive()

    def _obey(self) -> None:
        """Give the terminal back and stop, or take it again, as the last signal said; twice is once."""
        if self._stopping:
            if self._painting:
                self.suspend_application_mode()
                self._must_signal_resume = True
            if self._stopping:  # no signal to go on has come meanwhile
                os.kill(os.getpid(), signal.SIGSTOP)
        elif not self._painting and self._app.is_running:
            self.resume_application_mode()
            self._app.refresh(layout=True)

    def write(self, data: str) -> None:
        """Write to the terminal while it is ours: nobody would take it else, and the app would wait."""
        if self._painting:
            super().write(data)

    def run_input_thread(self) -> None:
        """Read keys until the app ends. Textual makes its decoder and its reader in there, by these names of its module."""
        linux_driver.getincrementaldecoder = _lenient  # pyright: ignore[reportPrivateImportUsage]  # a name it imports
        linux_driver.XTermParser = partial(KeyReader, keys=self.keys)  # pyright: ignore[reportPrivateImportUsage]  # likewise
        super().run_input_thread()

    def _get_terminal_size(self) -> tuple[int, int]:
        return bound_size(*super()._get_terminal_size())

    def process_message(self, message: Message) -> None:
        """Pass on what came, a paste without the bytes that are no text, and of keys those that are text."""
        if isinstance(message, events.Resize):
            message = events.Resize.from_dimensions(
                bound_size(*message.size), message.pixel_size
            )
        if isinstance(message, events.Paste):
            message = events.Paste(_text(message.text))
        if not (
            isinstance(message, events.Key)
            and message.character
            and not _text(message.character)
        ):
            super().process_message(message)


def _lenient(encoding: str) -> Callable[[], IncrementalDecoder]:
    """Returns a decoder which marks the bytes that are no text rather than drop them: an old mouse's are counted."""
    return partial(getincrementaldecoder(encoding), "surrogateescape")


def _text(read: str) -> str:
    return read.encode("utf-8", "ignore").decode()
