"""Drive an app whose terminal is a browser. It runs in the session's process.

It extends textual's driver for the web: it ends with the server, and it sends files to the browser.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Literal, TextIO

from textual import events
from textual.drivers import web_driver

from coffeeshop.key_reader import KeyReader, QueueDriver

BLANK_SCREEN = "\x1b[?1049h\x1b[?25l\x1b[2J"  # the other screen, no cursor, nothing on it


class BrowserDriver(QueueDriver, web_driver.WebDriver):
    """Reads packets from standard input and writes packets to standard output."""

    def run_input_thread(self) -> None:
        """Read input until the server closes it, then quit the app, which saves everything.

        Textual creates its key reader in this method from a name in its module, so that name is replaced.
        """
        web_driver.XTermParser = partial(KeyReader, key_buffer=self.keys)  # pyright: ignore[reportPrivateImportUsage]  # a name it imports
        super().run_input_thread()
        self._leave()

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        """Handle a message from the server.

        `attach`: a new, empty terminal of this size has the focus. `escape`: the Escape key was pressed, and no sequence follows.
        """
        if packet_type == "escape":
            if self.keys.room:
                self.process_message(events.Key("escape", "\x1b"))
            else:
                self.keys.count_lost_keys(1)
        elif packet_type == "attach":
            self.write(BLANK_SCREEN)
            self._enable_mouse_support()
            self._enable_bracketed_paste()
            super().on_meta("resize", payload)
            self._app.post_message(events.AppFocus())
            self._app.call_later(self._app.refresh)  # the new terminal is empty
        else:
            super().on_meta(packet_type, payload)

    def _leave(self) -> None:
        """Quit the app in the event loop's next turn, since its window in the browser is
        gone.
        """
        self._app.call_later(self._app.action_quit)

    def deliver_binary(
        self,
        binary: BinaryIO | TextIO,
        *,
        delivery_key: str,
        save_path: Path,
        open_method: Literal["browser", "download"] = "download",
        encoding: str | None = None,
        mime_type: str | None = None,
        name: str | None = None,
    ) -> None:
        """Send a text to the browser as one download with the name of `save_path`."""
        with binary:
            content: Any = binary.read()
        if isinstance(content, str):
            text = content
        else:
            text = content.decode(encoding or "utf-8", "replace")
        self.write_meta({"type": "file", "name": save_path.name, "text": text})
        # We are in the app's own thread, from which textual's own way to tell the app (call_from_thread) is an error.
        self._app.post_message(
            events.DeliveryComplete(key=delivery_key, path=None, name=name)
        )
