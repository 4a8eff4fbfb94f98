"""Read any bytes from a terminal.

Bytes that are no valid UTF-8 press no key, enter no field, and end nothing.
"""

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
from coffeeshop.process_signals import call_on_signals, terminated_exit_code
from coffeeshop.window import bound_size


class TerminalDriver(QueueDriver, linux_driver.LinuxDriver):
    """Textual's driver, which survives bytes that are no valid UTF-8: an é of Latin-1, or a mouse
    in an old encoding.
    """

    _stopping = False  # whether the last signal asked to stop
    _restores_terminal = False  # whether SIGTERM ends the app instead of the process

    def start_application_mode(self) -> None:
        """Take the terminal. Even before the app's first screen, a signal that ends the process restores it."""
        if not self._restores_terminal:  # later the app has a handler of its own
            self._restores_terminal = True
            end_app = partial(self._app.exit, return_code=terminated_exit_code())
            call_on_signals(end_app, "SIGTERM")
        super().start_application_mode()

    def _sigtstp_application(self, *_: object) -> None:
        """Suspend the app in the event loop's next turn.

        The code that runs now may hold a lock that writing to the terminal needs.
        """
        self._stopping = True
        self._loop.call_soon_threadsafe(self._suspend_or_resume)

    def _sigcont_application(self, *_: object) -> None:
        """Resume the app in the event loop's next turn.

        The code that runs now may hold a lock that writing to the terminal needs.
        """
        self._stopping = False
        self._loop.call_soon_threadsafe(self._suspend_or_resume)

    @property
    def _owns_terminal(self) -> bool:
        """Return whether the app owns the terminal, and its writer thread is alive."""
        return self._writer_thread is not None and self._writer_thread.is_alive()

    def _suspend_or_resume(self) -> None:
        """Suspend or resume the app, as the last signal asked.

        A second signal of the same kind changes nothing.
        """
        if self._stopping:
            if self._owns_terminal:
                self.suspend_application_mode()
                self._must_signal_resume = True
            if self._stopping:  # no SIGCONT came meanwhile
                os.kill(os.getpid(), signal.SIGSTOP)
        elif not self._owns_terminal and self._app.is_running:
            self.resume_application_mode()
            self._app.refresh(layout=True)

    def write(self, data: str) -> None:
        """Write to the terminal while the app owns it.

        Otherwise no thread takes the data, and the app would wait.
        """
        if self._owns_terminal:
            super().write(data)

    def run_input_thread(self) -> None:
        """Read keys until the app ends, with our own decoder and key parser.

        Textual makes both from names in its own module and has no setting for them, so the names are
        replaced.
        """
        linux_driver.getincrementaldecoder = _lenient_decoder_factory  # pyright: ignore[reportPrivateImportUsage]  # a name that it imports
        linux_driver.XTermParser = partial(KeyReader, key_buffer=self.keys)  # pyright: ignore[reportPrivateImportUsage]  # the same
        super().run_input_thread()

    def _get_terminal_size(self) -> tuple[int, int]:
        """Return the size of the terminal in columns and rows, limited to the largest size that the app paints."""
        return bound_size(*super()._get_terminal_size())

    def process_message(self, message: Message) -> None:
        """Pass an event on to the app, made harmless.

        A resize is limited to the largest size that is painted. A paste loses the bytes that aren't
        UTF-8. A key that consists only of such bytes is dropped.
        """
        if isinstance(message, events.Resize):
            message = events.Resize.from_dimensions(
                bound_size(*message.size), message.pixel_size
            )
        if isinstance(message, events.Paste):
            message = events.Paste(_valid_text(message.text))
        if not (
            isinstance(message, events.Key)
            and message.character
            and not _valid_text(message.character)
        ):
            super().process_message(message)


def _lenient_decoder_factory(encoding: str) -> Callable[[], IncrementalDecoder]:
    """Return a factory of decoders for an encoding that keep an invalid byte as a surrogate instead of dropping it.

    The bytes of an old mouse report must be counted, and some of them aren't valid UTF-8.
    """
    return partial(getincrementaldecoder(encoding), "surrogateescape")


def _valid_text(text: str) -> str:
    """Return the text without the surrogates that stand for invalid bytes."""
    return text.encode("utf-8", "ignore").decode()
