"""Read a terminal that does not speak UTF-8: what cannot be decoded is no key, and ends nothing."""

from __future__ import annotations

from textual.drivers.linux_driver import LinuxDriver


class TerminalDriver(LinuxDriver):
    """Textual's driver, whose thread goes on behind bytes that are no text: an é of Latin-1, a mouse of old."""

    def run_input_thread(self) -> None:
        """Read keys until the app ends."""
        while not self.exit_event.is_set():
            try:
                super().run_input_thread()
            except UnicodeDecodeError:
                continue
