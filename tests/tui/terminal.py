"""A program in a terminal of its own: its bytes, its signals and its end."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path

ENTERED, LEFT = "\x1b[?1049h", "\x1b[?1049l"  # the alternate screen
SHOWN = "\x1b[?25h"  # the cursor
PATIENCE = 30.0  # seconds until a screen is given up


class Terminal:
    """A child in a pty, and everything it wrote."""

    def __init__(
        self, folder: Path, *code: str, lines: int = 24, columns: int = 80
    ) -> None:
        self.wrote = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:  # pragma: no cover  # the child becomes the program
            os.environ.update(
                {
                    "TERM": "xterm-256color",
                    "COFFEESHOP_DATA": str(folder),
                    "PYTHONPATH": str(Path.cwd()),
                }
            )
            os.execv(sys.executable, [sys.executable, *code])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.before = termios.tcgetattr(self.fd)

    def until(self, words: str) -> str:
        """Read until the words were written, or the child ended."""
        end = time.monotonic() + PATIENCE
        while not self.shows(words):
            assert time.monotonic() < end, f"not seen: {words!r}\n{self.wrote[-2000:]}"
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    data = os.read(self.fd, 65536)
                except OSError:
                    break
                if not data:
                    break
                self.wrote += data.decode("utf-8", "replace")
        return self.wrote

    def shows(self, words: str) -> bool:
        """Whether the words were written, with or without colours between them."""
        return words in self.wrote or words in re.sub(
            r"\x1b\[[0-9;:?]*[A-Za-z]", "", self.wrote
        )

    def go_on(self, keys: str, words: str) -> None:
        """Tell the child to go on and press keys, until the words were written.

        Both are done again each second: a stop that was asked for earlier may come after the signal to go on, and an app that
        is being suspended drops the keys that it hasn't read.
        """
        end = time.monotonic() + PATIENCE
        pressed_again = 0.0
        while not self.shows(words):
            assert time.monotonic() < end, f"not seen: {words!r}\n{self.wrote[-2000:]}"
            os.kill(self.pid, signal.SIGCONT)
            if time.monotonic() > pressed_again:
                self.press(keys)
                pressed_again = time.monotonic() + 1
            self.read_some()

    def end(self) -> int:
        """Wait for the child; its exit status as a shell gives it."""
        self.until("\0never written")
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)

    def end_by(self, number: signal.Signals) -> int:
        """Ask the child to end by a signal, and let it go on where it was stopped; its exit status.

        Both are sent again each second: a signal to stop may come after the one to go on.
        """
        end = time.monotonic() + PATIENCE
        asked_again = 0.0
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.read_rest()
                return os.waitstatus_to_exitcode(status)
            if time.monotonic() > asked_again:
                os.kill(self.pid, signal.SIGCONT)
                os.kill(self.pid, number)
                asked_again = time.monotonic() + 1
            self.read_some()
        raise AssertionError(f"it does not end by {number.name}")

    def kill(self) -> None:
        """End the child whatever it does."""
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        with suppress(OSError):
            os.close(self.fd)

    def read_some(self) -> bool:
        """Read what was written within a moment; False where there was nothing."""
        if not select.select([self.fd], [], [], 0.05)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # the child is gone
            return False
        self.wrote += data.decode("utf-8", "replace")
        return bool(data)

    def read_rest(self) -> None:
        """Read what the child wrote before it ended, and close the terminal."""
        while self.read_some():
            pass
        os.close(self.fd)

    def press(self, keys: str) -> None:
        os.write(self.fd, keys.encode())

    def open_brief(self) -> None:
        """Go on from the opening to the brief."""
        self.until("opens")
        self.press("b")
        self.until("What will be checked")


def restored(terminal: Terminal) -> bool:
    """Whether the last thing said about screen and cursor puts both back."""
    wrote = terminal.wrote
    return wrote.rfind(LEFT) > wrote.rfind(ENTERED) >= 0 and wrote.rfind(
        SHOWN
    ) > wrote.rfind("\x1b[?25l")


def wait_for_stop(terminal: Terminal) -> bool:
    """Read until the child has stopped; False where it ended instead.

    The stop is asked for again each second. The kernel may hand two signals to two threads, so the child can see the signal to
    go on of the last round after the stop of this one, and is right to run on.
    """
    end = time.monotonic() + PATIENCE
    asked_again = time.monotonic() + 1
    while time.monotonic() < end:
        pid, status = os.waitpid(terminal.pid, os.WNOHANG | os.WUNTRACED)
        if pid:
            return os.WIFSTOPPED(status)
        if time.monotonic() > asked_again:
            os.kill(terminal.pid, signal.SIGTSTP)
            asked_again += 1
        if select.select([terminal.fd], [], [], 0.01)[0]:
            terminal.wrote += os.read(terminal.fd, 65536).decode("utf-8", "replace")
    raise AssertionError("it neither stops nor ends")
