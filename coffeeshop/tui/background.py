"""Run work that takes longer than a tenth of a second in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Final, TypeVar

T = TypeVar("T")

# Groups of the workers whose results appear on a screen later.
COMPUTATION_GROUPS: Final = frozenset(("grade", "reads", "if saved", "draw"))


async def in_background(work: Callable[[], T]) -> T:
    """Run `work` in a thread, and return its result or raise its error.

    Keys keep working meanwhile. The thread is a daemon, so leaving the app doesn't wait for it. It
    would wait for a thread of the event loop's executor.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def finish(result: T | None, error: BaseException | None) -> None:
        """Complete the future with the result or the error. Do nothing if the caller was cancelled."""
        if future.cancelled():
            return
        if error is None:
            future.set_result(result)  # pyright: ignore[reportArgumentType]  # without an error there is a result
        else:
            future.set_exception(error)

    def run() -> None:
        """Run `work` in the thread, and report its result or any error to the event loop."""
        result = None
        error = None
        try:
            result = work()
        except BaseException as raised_error:
            error = raised_error
        with suppress(RuntimeError):  # the app has ended, and its loop is closed
            loop.call_soon_threadsafe(finish, result, error)

    Thread(target=run, daemon=True).start()
    return await future
