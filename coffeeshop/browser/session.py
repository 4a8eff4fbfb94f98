"""One learner's app, in a process of its own, and the browser window that it is shown in: at most one.

Where the window is lost, the app stays for a while as it is: whoever comes back finds what was half typed, too. The packets
between the two are those of textual's driver for the web: D and bytes of a terminal, M and a message as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from msgspec import Struct

import coffeeshop
from coffeeshop.browser.endings import Ending
from coffeeshop.browser.messages import Blur, Focus, Resize, Size, Stdin
from coffeeshop.browser.wreck import KEPT as LAST_WORDS
from coffeeshop.browser.wreck import Wreck

# What a session takes of our environment.
KEPT = (
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "SYSTEMROOT",
    "PYTHONDONTWRITEBYTECODE",
)
PATIENCE = 5.0  # seconds that an app has to end, before it is ended
LARGEST = 64 * 1024 * 1024  # bytes of a packet
READY = b"__GANGLION__\n"  # what the driver says first


class Window(Protocol):
    """A browser's end of the wire."""

    async def send_bytes(self, data: bytes) -> None:
        """Show these bytes of a terminal."""
        ...

    async def send_str(self, data: str) -> None:
        """Tell the page."""
        ...

    async def close(self, *, code: int, message: bytes) -> object:
        """End it, and say why."""
        ...


class Program(Struct, frozen=True):
    """What a session runs: the words behind `coffeeshop`, and the folder that holds the saves."""

    words: tuple[str, ...]
    data: Path

    @property
    def command(self) -> tuple[str, ...]:
        """Returns the process's words, none of which meets a shell. -P: what lies in the folder it runs in is not
        imported.
        """
        return (sys.executable, "-P", "-m", "coffeeshop", *self.words)

    def environment(
        self, size: Size, ours: Mapping[str, str] = os.environ
    ) -> dict[str, str]:
        """Returns what the process needs to know, and nothing else that we do."""
        return {
            **{name: ours[name] for name in KEPT if name in ours},
            "PYTHONPATH": str(Path(coffeeshop.__file__).parent.parent),
            "COFFEESHOP_DATA": str(self.data),
            "TEXTUAL_DRIVER": "coffeeshop.browser.driver:BrowserDriver",
            "TEXTUAL_COLOR_SYSTEM": "truecolor",
            "COLUMNS": str(size.width),
            "ROWS": str(size.height),
        }


class Session:
    """A learner's running app. `heard` and `lost` are when a key last came and when the window went, by the loop's
    clock; `lost` is None while there is a window. `over` is done when the app is gone, of which `ended` is told; `wreck`
    then says how, where the app neither was left nor told to end.
    """

    def __init__(self, process: Process, ended: Callable[[Session], None]) -> None:
        self._process = process
        self._ended = ended
        self._window: Window | None = None
        self._is_told_to_end = False
        self._said = b""  # on standard error
        self.wreck: Wreck | None = None
        self.heard = self._loop_time()
        self.lost: float | None = self.heard
        self.over = asyncio.create_task(self._relay())

    @classmethod
    async def begin(
        cls, program: Program, size: Size, ended: Callable[[Session], None]
    ) -> Session:
        """Start an app. Raises OSError where no process can be started."""
        process = await asyncio.create_subprocess_exec(
            *program.command,
            env=program.environment(size),
            cwd=program.data,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,  # what a learner typed may stand in a traceback: a `Wreck` tells the rest of it
            start_new_session=True,  # Ctrl-C is for the server, which ends its sessions itself
        )
        return cls(process, ended)

    # ------------------------------------------------------------- the window
    async def attach(self, window: Window, size: Size) -> Window | None:
        """Show the app in this window from now on; returns the window in which it was shown before, if there is one."""
        before = self._window
        self._window = window
        self.lost = None
        self.heard = self._loop_time()
        await self._tell("attach", width=size.width, height=size.height)
        return before

    def detach(self, window: Window) -> None:
        """Forget the window, which is gone; unless another has taken its place, the app is shown nowhere."""
        if self._window is window:
            self._window, self.lost = None, self._loop_time()

    async def take(self, command: Stdin | Resize | Focus | Blur) -> None:
        """Pass on what the page said."""
        match command:
            # The key, since what a longer sequence begins with comes together with the rest of it.
            case Stdin("\x1b"):
                self.heard = self._loop_time()
                await self._tell("escape")
            case Stdin(text):
                self.heard = self._loop_time()
                await self._write(b"D", text.encode())
            case Resize(size):
                await self._tell("resize", width=size.width, height=size.height)
            case Focus():
                await self._tell("focus")
            case Blur():
                await self._tell("blur")

    # ---------------------------------------------------------------- its end
    async def end(self, ending: Ending) -> None:
        """Have the app keep everything and end, by force where it does not; its window is told why. It is asked by a signal,
        since what is written to it lies behind all keys that it has not read yet.
        """
        self._is_told_to_end = True
        await self._close(ending)
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(asyncio.shield(self.over), PATIENCE)
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await asyncio.shield(self.over)

    async def _close(self, ending: Ending) -> None:
        window = self._window
        self._window = None
        if window is not None:
            await window.close(code=ending.code, message=ending.words.encode())

    # ------------------------------------------------------------- the process
    async def _tell(self, kind: str, **numbers: int) -> None:
        await self._write(b"M", json.dumps({"type": kind, **numbers}).encode())

    async def _write(self, kind: bytes, payload: bytes) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        if stdin.is_closing():  # it has ended: `_relay` knows
            return
        with suppress(ConnectionError, RuntimeError):  # it ends now
            stdin.write(kind + len(payload).to_bytes(4, "big") + payload)
            await stdin.drain()

    async def _relay(self) -> None:
        """Show what the app shows, until it ends."""
        last_words = asyncio.create_task(self._last_words())
        begun = False
        try:
            begun = await self._begun()
            while begun and await self._show_packet():
                pass
        finally:
            code = await self._bury()
            with suppress(TimeoutError):
                await asyncio.wait_for(last_words, PATIENCE)
            ending = Ending.of_exit(code, begun)
            if ending is not Ending.LEFT and not self._is_told_to_end:
                self.wreck = Wreck(code, self._said.decode("utf-8", "replace"), begun)
            self._ended(self)
            await self._close(ending)

    async def _begun(self) -> bool:
        """Wait until the app begins to speak; False: it ended before."""
        stdout = self._process.stdout
        assert stdout is not None
        with suppress(ConnectionError, ValueError):  # ValueError: a line without an end
            while line := await stdout.readline():
                if line == READY:
                    return True
        return False

    async def _show_packet(self) -> bool:
        """Show what comes next; False: nothing does, or nothing that anybody understands."""
        stdout = self._process.stdout
        assert stdout is not None
        with suppress(asyncio.IncompleteReadError, ConnectionError, ValueError):
            head = await stdout.readexactly(5)
            size = int.from_bytes(head[1:], "big")
            if size <= LARGEST:
                await self._show(head[:1], await stdout.readexactly(size))
                return True
        return False

    async def _last_words(self) -> None:
        """Keep the end of what the app says on standard error, until it says no more."""
        stderr = self._process.stderr
        assert stderr is not None
        with suppress(ConnectionError):
            while data := await stderr.read(LAST_WORDS):
                self._said = (self._said + data)[-LAST_WORDS:]

    async def _bury(self) -> int:
        """Wait for the process, which has said its last, or what nobody understands; return its exit code."""
        try:
            return await asyncio.wait_for(self._process.wait(), PATIENCE)
        except TimeoutError:
            self._process.kill()
            return await self._process.wait()

    async def _show(self, kind: bytes, payload: bytes) -> None:
        window = self._window
        if window is None:
            return
        with suppress(
            ConnectionError
        ):  # it is gone: the server hears of that, and detaches it
            if kind == b"D":
                await window.send_bytes(payload)
            elif kind == b"M" and (payload_read := json.loads(payload))["type"] == "file":
                await window.send_str(
                    json.dumps(
                        [
                            "file",
                            {"name": payload_read["name"], "text": payload_read["text"]},
                        ]
                    )
                )

    @staticmethod
    def _loop_time() -> float:
        return asyncio.get_running_loop().time()
