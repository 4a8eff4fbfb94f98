"""Run work that takes longer than a tenth of a second in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


async def in_background(work: Callable[[], T]) -> T:
    """Run `work` in a thread, and return its result or raise its error.

    Keys keep working meanwhile. The thread is a daemon, so leaving the app doesn't wait for it. It
    would wait for a thread of the event loop's executor.
    """
    loop = asyncio.get_running_loop()
    done_part: asyncio.Future[T] = loop.create_future()

    def finish(result: T | None, error: BaseException | None) -> None:
        if done_part.cancelled():
            return
        if error is None:
            done_part.set_result(result)  # pyright: ignore[reportArgumentType]  # without an error there is a result
        else:
            done_part.set_exception(error)

    def run() -> None:
        result = None
        error = None
        try:
            result = work()
        except BaseException as wrong:
            error = wrong
        with suppress(RuntimeError):  # the app has ended, and its loop is closed
            loop.call_soon_threadsafe(finish, result, error)

    Thread(target=run, daemon=True).start()
    return await done_part
