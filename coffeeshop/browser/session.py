"""Run one learner's app in its own process, and connect it to at most one browser window.

If the window is lost, the app keeps running for a while, so a learner who comes back finds half-typed text. The packets are
those of textual's web driver: D and terminal bytes, or M and a JSON message.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from msgspec import Struct

import coffeeshop
from coffeeshop.browser.endings import Ending
from coffeeshop.browser.messages import Blur, Focus, Resize, Size, Stdin
from coffeeshop.browser.wreck import KEPT_ERROR_OUTPUT, Wreck
from coffeeshop.lessons.play.save_place import DATABASE_VARIABLE
from coffeeshop.process_signals import terminated_exit_code

# Variables that a session takes from our environment.
PASSED_VARIABLES = (
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "SYSTEMROOT",
    "PYTHONDONTWRITEBYTECODE",
    DATABASE_VARIABLE,
)
EXIT_TIMEOUT = 5.0  # seconds that an app has to end, before it is ended
MAX_PACKET_BYTES = 64 * 1024 * 1024  # bytes of a packet
KeepFile = Callable[[str, str], Awaitable[None]]  # takes a file's name and text
READY_LINE = b"__GANGLION__\n"  # the first line from the driver


class Window(Protocol):
    """A browser's websocket."""

    async def send_bytes(self, data: bytes) -> None:
        """Send terminal output."""
        ...

    async def send_str(self, data: str) -> None:
        """Send a message to the page."""
        ...

    async def close(self, *, code: int, message: bytes) -> object:
        """Close the websocket with a code and its reason."""
        ...


class Program(Struct, frozen=True):
    """The command that a session runs: the arguments of `coffeeshop`, and the folder of saves."""

    words: tuple[str, ...]
    data: Path

    @property
    def command(self) -> tuple[str, ...]:
        """Return the words of the command.

        No shell reads them. -P keeps Python from importing modules in the current folder.
        """
        return (sys.executable, "-P", "-m", "coffeeshop", *self.words)

    def environment(
        self, size: Size, ours: Mapping[str, str] = os.environ
    ) -> dict[str, str]:
        """Return the environment of the process. Only the variables in PASSED_VARIABLES are copied from ours."""
        return {
            **{name: ours[name] for name in PASSED_VARIABLES if name in ours},
            "PYTHONPATH": str(Path(coffeeshop.__file__).parent.parent),
            "COFFEESHOP_DATA": str(self.data),
            "TEXTUAL_DRIVER": "coffeeshop.browser.driver:BrowserDriver",
            "TEXTUAL_COLOR_SYSTEM": "truecolor",
            "COLUMNS": str(size.width),
            "ROWS": str(size.height),
        }


class Session:
    """A learner's running app.

    `last_key_at` and `window_lost_at` are times of the event loop. `window_lost_at` is None while a window shows the app.
    `relay_task` passes the app's output on, and is done when the app has ended. `ending` says why it ended, and `crash` how it
    crashed. Each is None if there is nothing to say.
    """

    def __init__(
        self,
        process: Process,
        on_ended: Callable[[Session], None],
        on_file: KeepFile | None = None,
    ) -> None:
        """Begin a session of a process.

        `on_ended` is called once the process has ended. `on_file` gets each file that the app sends, before the browser gets it.
        """
        self._process = process
        self._on_ended = on_ended
        self._on_file = on_file
        self._window: Window | None = None
        self._error_output = b""
        self.ending: Ending | None = None
        self.crash: Wreck | None = None
        self.last_key_at = self._loop_time()
        self.window_lost_at: float | None = self.last_key_at
        self.relay_task = asyncio.create_task(self._relay())

    @classmethod
    async def begin(
        cls,
        program: Program,
        size: Size,
        on_ended: Callable[[Session], None],
        on_file: KeepFile | None = None,
    ) -> Session:
        """Start an app and return its session. Raise OSError if the process can't start."""
        process = await asyncio.create_subprocess_exec(
            *program.command,
            env=program.environment(size),
            cwd=program.data,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,  # a traceback can quote typed text: a `Wreck` shows the rest
            start_new_session=True,  # Ctrl-C is for the server, which ends its sessions itself
        )
        return cls(process, on_ended, on_file)

    # ------------------------------------------------------------- the window
    async def attach(self, window: Window, size: Size) -> Window | None:
        """Show the app in this window. Return the previous window, or None."""
        previous_window = self._window
        self._window = window
        self.window_lost_at = None
        self.last_key_at = self._loop_time()
        await self._tell("attach", width=size.width, height=size.height)
        return previous_window

    def detach(self, window: Window) -> None:
        """Forget a closed window. The app then has no window, unless another replaced it."""
        if self._window is window:
            self._window = None
            self.window_lost_at = self._loop_time()

    async def take(self, command: Stdin | Resize | Focus | Blur) -> None:
        """Pass a page's message on to the app."""
        match command:
            # The Escape key: a longer sequence arrives whole.
            case Stdin("\x1b"):
                self.last_key_at = self._loop_time()
                await self._tell("escape")
            case Stdin(text):
                self.last_key_at = self._loop_time()
                await self._write(b"D", text.encode())
            case Resize(size):
                await self._tell("resize", width=size.width, height=size.height)
            case Focus():
                await self._tell("focus")
            case Blur():
                await self._tell("blur")

    # ---------------------------------------------------------------- its end
    async def end(self, ending: Ending) -> None:
        """Close the window with a reason and let the app save and quit. Kill it after EXIT_TIMEOUT seconds.

        The first reason stays. The request is a signal, because a packet would wait behind all unread keys.
        """
        self.ending = self.ending or ending
        await self._close(self.ending)
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(asyncio.shield(self.relay_task), EXIT_TIMEOUT)
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await asyncio.shield(self.relay_task)

    async def _close(self, ending: Ending) -> None:
        """Close the window with a reason, if there is one."""
        window = self._window
        self._window = None
        if window is not None:
            await window.close(code=ending.code, message=ending.words.encode())

    # ------------------------------------------------------------- the process
    async def _tell(self, kind: str, **numbers: int) -> None:
        """Send a JSON message to the app."""
        await self._write(b"M", json.dumps({"type": kind, **numbers}).encode())

    async def _write(self, kind: bytes, payload: bytes) -> None:
        """Send a packet to the app. Do nothing if it has ended."""
        stdin = self._process.stdin
        assert stdin is not None
        if stdin.is_closing():  # it has ended, and `_relay` handles that
            return
        with suppress(ConnectionError, RuntimeError):  # it ends now
            stdin.write(kind + len(payload).to_bytes(4, "big") + payload)
            await stdin.drain()

    async def _relay(self) -> None:
        """Show the app's output until it ends, then record why it ended."""
        error_reader = asyncio.create_task(self._keep_error_output())
        begun = False
        try:
            begun = await self._await_ready()
            while begun and await self._show_packet():
                pass
        finally:
            code = await self._await_exit()
            with suppress(TimeoutError):
                await asyncio.wait_for(error_reader, EXIT_TIMEOUT)
            if self.ending is None:
                if code == terminated_exit_code():
                    code = -signal.SIGTERM  # the app saved everything first
                self.ending = Ending.of_exit(code, begun)
                if self.ending is not Ending.LEFT:
                    error_text = self._error_output.decode("utf-8", "replace")
                    self.crash = Wreck(code, error_text, begun)
            self._on_ended(self)
            await self._close(self.ending)

    async def _await_ready(self) -> bool:
        """Wait until the driver is ready. Return False if the app ended before."""
        stdout = self._process.stdout
        assert stdout is not None
        with suppress(ConnectionError, ValueError):  # ValueError: a line without an end
            while line := await stdout.readline():
                if line == READY_LINE:
                    return True
        return False

    async def _show_packet(self) -> bool:
        """Show the next packet. Return False at the end of output or at an invalid packet."""
        stdout = self._process.stdout
        assert stdout is not None
        with suppress(asyncio.IncompleteReadError, ConnectionError, ValueError):
            head = await stdout.readexactly(5)
            size = int.from_bytes(head[1:], "big")
            if size <= MAX_PACKET_BYTES:
                await self._show(head[:1], await stdout.readexactly(size))
                return True
        return False

    async def _keep_error_output(self) -> None:
        """Keep the last bytes of standard error until it is closed."""
        stderr = self._process.stderr
        assert stderr is not None
        with suppress(ConnectionError):
            while data := await stderr.read(KEPT_ERROR_OUTPUT):
                self._error_output = (self._error_output + data)[-KEPT_ERROR_OUTPUT:]

    async def _await_exit(self) -> int:
        """Return the exit code of the process. Kill it if it doesn't end within EXIT_TIMEOUT seconds."""
        try:
            return await asyncio.wait_for(self._process.wait(), EXIT_TIMEOUT)
        except TimeoutError:
            self._process.kill()
            return await self._process.wait()

    async def _show(self, kind: bytes, payload: bytes) -> None:
        """Send a packet to the window: terminal output, or a file to download."""
        file = _file_of(payload) if kind == b"M" else None
        if file is not None and self._on_file is not None:
            await self._on_file(file["name"], file["text"])
        window = self._window
        if window is None:
            return
        with suppress(ConnectionError):  # the server notices that and detaches the window
            if kind == b"D":
                await window.send_bytes(payload)
            elif file is not None:
                await window.send_str(json.dumps(["file", file]))

    @staticmethod
    def _loop_time() -> float:
        return asyncio.get_running_loop().time()


def _file_of(payload: bytes) -> dict[str, str] | None:
    """Return the name and the text of a file that the app gives, or None for another message."""
    message = json.loads(payload)
    if message["type"] != "file":
        return None
    return {"name": message["name"], "text": message["text"]}
