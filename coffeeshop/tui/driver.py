"""Read a terminal that does not speak UTF-8: what cannot be decoded is no key that anything listens to, and ends nothing."""

from __future__ import annotations

from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Callable
from functools import partial

from textual.drivers import linux_driver


class TerminalDriver(linux_driver.LinuxDriver):
    """Textual's driver, which reads on behind bytes that are no text: an é of Latin-1, a mouse of old."""

    def run_input_thread(self) -> None:
        """Read keys until the app ends. Textual makes its decoder in there, by this name of its module."""
        linux_driver.getincrementaldecoder = _lenient  # pyright: ignore[reportPrivateImportUsage]  # a name it imports
        super().run_input_thread()


def _lenient(encoding: str) -> Callable[[], IncrementalDecoder]:
    return partial(getincrementaldecoder(encoding), "replace")
