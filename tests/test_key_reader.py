"""Keys that are sent without end: no more of them are read than the app can hold."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Event
from typing import Any, cast

import pytest
from textual.events import Key
from textual.message import Message

from coffeeshop.browser.driver import BrowserDriver
from coffeeshop.key_reader import WAITING, PacedDriver
from coffeeshop.tui.driver import TerminalDriver


class Behind:
    """An app that does nothing of what it is given until it is let."""

    is_running = True

    def __init__(self) -> None:
        self.given: list[Message] = []
        self.later: SimpleQueue[Callable[[], object]] = SimpleQueue()

    async def _post_message(self, message: Message) -> bool:
        self.given.append(message)
        return True

    def call_later(self, callback: Callable[[], object]) -> None:
        self.later.put(callback)


async def begun(
    kind: type[PacedDriver],
) -> tuple[PacedDriver, Behind, asyncio.Future[None], Callable[[], object]]:
    """A driver that read more keys than may wait, its app, its reading, and what the app does once it has caught up."""
    driver, app, loop = object.__new__(kind), Behind(), asyncio.get_running_loop()
    driver._app, driver._loop, driver.cursor_origin = cast(Any, app), loop, None
    driver.exit_event = Event()
    hearing = loop.run_in_executor(None, _press, driver, WAITING + 1)
    caught_up = await loop.run_in_executor(None, lambda: app.later.get(timeout=60))
    assert not hearing.done()
    return driver, app, hearing, caught_up


@pytest.mark.parametrize("kind", [TerminalDriver, BrowserDriver])
async def test_no_more_keys_are_read_than_an_app_that_is_behind_can_hold(kind: type[PacedDriver]):
    _, app, hearing, caught_up = await begun(kind)
    assert len(app.given) == WAITING
    caught_up()
    await hearing
    assert len(app.given) == WAITING + 1


@pytest.mark.parametrize("kind", [TerminalDriver, BrowserDriver])
async def test_a_driver_that_is_to_end_waits_for_no_app(kind: type[PacedDriver]):
    driver, _, hearing, _ = await begun(kind)
    driver.exit_event.set()
    await hearing


@pytest.mark.parametrize("kind", [TerminalDriver, BrowserDriver])
async def test_an_app_that_has_ended_is_waited_for_no_more(kind: type[PacedDriver]):
    _, app, hearing, _ = await begun(kind)
    app.is_running = False
    await hearing


def _press(driver: PacedDriver, times: int) -> None:
    for _ in range(times):
        driver.process_message(Key("a", "a"))
