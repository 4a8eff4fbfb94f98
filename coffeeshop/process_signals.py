"""Signals that tell the process to end, on systems that have them all and on Windows, which has few."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from types import FrameType


def terminated_exit_code() -> int:
    """Return the exit code after SIGTERM: 128 plus the number of the signal, as POSIX shells report it."""
    return 128 + signal.SIGTERM


def call_on_signals(call: Callable[[], object], *names: str) -> None:
    """Have the running event loop call this on any of these signals that the system has."""
    loop = asyncio.get_running_loop()

    def ask_loop(_: int, __: FrameType | None) -> None:
        loop.call_soon_threadsafe(call)

    for number in (getattr(signal, name) for name in names if hasattr(signal, name)):
        try:
            loop.add_signal_handler(number, call)
        except NotImplementedError:
            # Windows: a handler runs in the middle of anything, so it only asks the loop.
            signal.signal(number, ask_loop)


def end_on_hangup() -> None:
    """End the process when its terminal is closed, even if nohup ignores that: without a terminal the app would spin."""
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
