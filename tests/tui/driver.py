"""A person at the keyboard: starts the app on a save of its own, presses keys, reads the screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from threading import Thread
from types import CodeType
from typing import Any
from unittest.mock import patch
from weakref import WeakKeyDictionary

from textual import _callback
from textual._compositor import Compositor
from textual._context import visible_screen_stack
from textual.content import Content
from textual.css.model import RuleSet
from textual.events import Key, Paste
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static
from textual.widgets._toast import ToastRack

from coffeeshop.lessons.model import Play
from coffeeshop.lessons.play.progress import PROOF_KEY, Progress
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.teaching.help_setting import FULL_HELP, HELP_SETTING
from coffeeshop.tui import background
from coffeeshop.tui.app import CoffeeshopApp
from coffeeshop.tui.screens.editor import EditorScreen
from coffeeshop.tui.theme import Rules
from coffeeshop.tui.widgets.drawing import Drawing
from tests.plain.session import without_solution

NAMES = {"\n": "enter", "\t": "tab"}
LONGEST_ANIMATION = 100  # frames
SPINS = 200  # turns of the event loop in which a screen opens; after them a thread is waited for


def _read_once(rules: Rules, *css: Any, **where: Any) -> list[RuleSet]:
    """The rules of one text; hundreds of apps come and go in one process, and read the same ones in the same colours."""
    return _read(tuple(rules._variables.items()), css, tuple(where.items()))  # pyright: ignore[reportPrivateUsage]  # no public door


@cache
def _read(
    colours: tuple[tuple[str, str], ...],
    css: tuple[Any, ...],
    where: tuple[tuple[str, Any], ...],
) -> list[RuleSet]:
    return READ(Rules(dict(colours)), *css, **dict(where))


# Textual's own hash is the identity, too, but in Python. Each widget that changes its styles asks for hundreds.
RuleSet.__hash__ = object.__hash__

READ = Rules._parse_rules  # pyright: ignore[reportPrivateUsage]  # likewise
Rules._parse_rules = _read_once  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]  # likewise


COUNT = _callback._count_parameters  # pyright: ignore[reportPrivateUsage]  # likewise
COUNTS: dict[CodeType, int] = {}


def _count_parameters_once(function: Callable[..., Any]) -> int:
    """Count the parameters of functions with the same code once. An app makes new callbacks all the time.

    What wraps another function has the parameters of that one.
    """
    code = getattr(function, "__code__", None)
    if code is None or hasattr(function, "__wrapped__"):
        return COUNT(function)
    if code not in COUNTS:
        COUNTS[code] = COUNT(function)
    return COUNTS[code]


_callback._count_parameters = _count_parameters_once  # pyright: ignore[reportPrivateUsage]  # likewise


# How many frames each compositor would have made, so that one frame is painted once for all who look at it.
FRAMES: WeakKeyDictionary[Compositor, int] = WeakKeyDictionary()


def compose_no_frame(
    compositor: Compositor,
    full: bool = False,
    screen_stack: list[Screen[Any]] | None = None,
    simplify: bool = False,
) -> None:
    """Compose no frame for a terminal that isn't there: whoever looks at the screen has its rows painted at that moment."""
    visible_screen_stack.set(screen_stack or [])
    FRAMES[compositor] = FRAMES.get(compositor, 0) + 1
    compositor._dirty_regions.clear()  # pyright: ignore[reportPrivateUsage]  # painting has no public door


async def all_heard(app: CoffeeshopApp) -> None:
    """Until every key was heard, and all is settled that it began. Scrolling ends at its target, as before a next key."""
    await all_settled(app)
    if app.animator._animations:  # pyright: ignore[reportPrivateUsage]  # running animations are not public
        app.keys.finish_scrolling()
        await all_settled(app)
    show_next_frame(app)


async def all_settled(app: CoffeeshopApp) -> None:
    """Until no key waits, and no effect of one is still to come."""
    await asyncio.sleep(0)
    turns = 0
    while app.is_running and (app.keys.waiting or not app.keys.finish_effects()):
        turns += 1
        await asyncio.sleep(0 if turns < SPINS else 0.001)


def show_next_frame(app: CoffeeshopApp) -> None:
    """Go to the next frame of each animation, also of a hidden one. Tests don't wait for its timer."""
    for screen in app.screen_stack if app.is_running else ():
        for drawing in screen.query(Drawing).results(Drawing):
            if (timer := drawing._timer) and timer._active.is_set():  # pyright: ignore[reportPrivateUsage]  # a test may pause it
                drawing.tick()


def end_animations(app: CoffeeshopApp) -> None:
    """Go to the last frame of each animation, however far it is by now."""
    for _ in range(LONGEST_ANIMATION):
        show_next_frame(app)


@contextmanager
def pilots_wait_for_keys(app: CoffeeshopApp) -> Generator[None]:
    """Let pilots wait until the effects of each key are complete.

    Textual's own pilot sleeps until the processor rests: 40 ms a key, and up to two seconds on a busy machine.
    """

    async def wait_for_keys(*_: float) -> None:
        await all_heard(app)

    with (
        patch("textual.app.wait_for_idle", wait_for_keys),
        patch("textual.pilot.wait_for_idle", wait_for_keys),
    ):
        yield


def is_text_unread(app: CoffeeshopApp) -> bool:
    """Return whether an editor, also one below a box, still waits before it reads its text."""
    editors = [screen for screen in app.screen_stack if isinstance(screen, EditorScreen)]
    return any(editor.reading_timer is not None for editor in editors)


async def all_done(app: CoffeeshopApp) -> None:
    """Until also all is there that is worked out beside the keys."""
    while True:
        await all_heard(app)
        if not app.is_computing and not is_text_unread(app):
            return
        await asyncio.sleep(0.001)


async def all_painted(app: CoffeeshopApp) -> None:
    """Until also the clocks of frames and of scrolling have struck, as they do before the next key of a person."""
    await all_done(app)
    app.animator()
    app.screen._on_timer_update()  # pyright: ignore[reportPrivateUsage]  # painting has no public door
    await all_done(app)


@contextmanager
def results_come_late(app: CoffeeshopApp) -> Generator[None]:
    """Start no thread before a key waits for a result, or no key is left."""
    needs_result = app._key_needs_result  # pyright: ignore[reportPrivateUsage]  # as the queue asks
    loop = asyncio.get_running_loop()
    starts = set[asyncio.Task[None]]()
    is_needed = False

    def note_need(message: Message) -> bool:
        nonlocal is_needed
        is_needed = needs_result(message)
        return is_needed

    class LateThread(Thread):
        def start(self) -> None:
            starts.add(loop.create_task(self.start_when_needed()))

        async def start_when_needed(self) -> None:
            while app.keys.waiting and not is_needed:
                await asyncio.sleep(0.001)
            super().start()

    late_queue = patch.object(app.keys, "_key_must_wait", note_need)
    late_threads = patch.object(background, "Thread", LateThread)
    with late_queue, late_threads:
        yield


def clear_notes(app: CoffeeshopApp) -> None:
    """Take away what goes by the clock, also from the screens below a box."""
    app.clear_notifications()
    for screen in app.screen_stack:
        for rack in screen.query(ToastRack):
            rack.show(app._notifications)  # pyright: ignore[reportPrivateUsage]  # no public door


class Person:
    """What the tests hold: the app, and hands and eyes for it."""

    def __init__(self, app: CoffeeshopApp, pilot: Pilot[Any]) -> None:
        self.app, self.pilot = app, pilot
        self._frame: tuple[object, ...] = ()  # the last one that was painted
        self._painted: list[str] = []

    async def press(self, keys: str) -> None:
        """Press keys, by names apart by blanks, and don't look: painting takes as long as many a key."""
        await self.app._press_keys(keys.split())  # pyright: ignore[reportPrivateUsage]  # the pilot's visits every widget, too
        await self._all_read_out()

    async def see(self, keys: str) -> str:
        """Press keys. Return the text of the screen."""
        await self.press(keys)
        return self.screen

    async def open_brief(self, lesson: bool = False) -> None:
        """Go from the opening of a scenario to its brief, or to its lesson."""
        if not self.play.outcomes:
            await self.press("b l" if lesson else "b")

    async def go_back(self) -> None:
        """Escape from whatever is open, to the floor."""
        while self.where != "ShopScreen":
            await self.press("escape")

    async def read_on(self) -> str:
        """Press Enter, as long as it reads on in the brief. Return the text of the screen."""
        while "⏎ Read on" in self.rows[-1]:
            await self.press("enter")
        return self.screen

    async def type(self, text: str) -> None:
        """Type characters as fast as they can be taken. A line feed is enter, a tab is tab. Wait for both."""
        for char in text:
            if char in NAMES:
                await self.heard()
                await self.app._press_keys([NAMES[char]])  # pyright: ignore[reportPrivateUsage]  # as above
            else:
                self.app.post_message(Key(char, char))
        await self._all_read_out()

    async def see_typed(self, text: str) -> str:
        """Type characters. Return the text of the screen."""
        await self.type(text)
        return self.screen

    async def heard(self) -> None:
        """Until every key was heard, and all is settled that it began."""
        await all_heard(self.app)

    async def press_all(
        self, keys: Sequence[str], waiting: bool, first: Sequence[str] = ()
    ) -> tuple[list[str], str]:
        """The acts, and the last screen, after keys that are pressed as one burst, or each once all before it is done.

        In a burst, what threads compute is there as late as it can be. The `first` keys come as a burst anyway.
        """
        self.app.exit = lambda *_, **__: None  # the palette offers to quit
        await all_done(self.app)
        with nullcontext() if waiting else results_come_late(self.app):
            for key in first:
                self.hit(key)
            if waiting:
                await all_painted(self.app)
            for key in keys:
                self.hit(key)
                if waiting:
                    await all_painted(self.app)
            await all_done(self.app)
        clear_notes(self.app)
        end_animations(self.app)
        await all_painted(self.app)
        acts = [str(act) for act in self.play.acts] if self.app.player.sitting else []
        return acts, self.screen

    async def _all_read_out(self) -> None:
        """Wait also until the results of threads are shown."""
        await self.heard()
        waits = [worker for worker in self.app.workers if worker.group in ("reads", "draw")]
        if waits:
            await self.app.workers.wait_for_complete(waits)
            await self.heard()

    def hit(self, key: str) -> None:
        """A key, without waiting for what comes of it."""
        self.app.post_message(Key(key, key if len(key) == 1 else None))

    async def resize(self, width: int, height: int) -> None:
        """Another window; comes back when the screen fits it."""
        await self.pilot.resize_terminal(width, height)
        self.app._check_resize()  # pyright: ignore[reportPrivateUsage]  # as its timer does a moment later
        await all_painted(self.app)

    async def paste(self, text: str) -> None:
        """What a terminal sends when something is pasted."""
        self.app.post_message(Paste(text))
        await self.heard()

    async def rest(self) -> None:
        """Wait until the grading threads have spoken and the editor has read its text."""
        await all_painted(self.app)

    async def see_at_rest(self) -> str:
        """Rest. Return the text of the screen."""
        await self.rest()
        return self.screen

    @property
    def rows(self) -> list[str]:
        """The screen, row by row."""
        # Painting has no public interface.
        screen, size = self.app.screen, self.app.size
        compositor = screen._compositor  # pyright: ignore[reportPrivateUsage]
        is_stale = (
            screen._dirty_widgets or screen._layout_required or screen._repaint_required
        )  # pyright: ignore[reportPrivateUsage]
        frame = (id(screen), size, FRAMES.get(compositor, 0))
        if is_stale or not frame[-1] or frame != self._frame:
            self._painted = [strip.text for strip in compositor.render_strips(size)]
            self._frame = frame
        return list(self._painted)

    @property
    def screen(self) -> str:
        """The screen as text."""
        return "\n".join(row.rstrip() for row in self.rows)

    @property
    def play(self) -> Play:
        """The play on the stage."""
        return self.app.sitting.play

    @property
    def where(self) -> str:
        """Which screen is shown."""
        return type(self.app.screen).__name__

    @property
    def calls(self) -> list[str]:
        """The operations called so far."""
        return [act.call.operation for act in self.play.acts]


def text_of(widget: Static) -> str:
    """What a widget shows, as text."""
    shown = widget.render()
    assert isinstance(shown, Content)
    return shown.plain


@asynccontextmanager
async def person(
    folder: Path,
    scenario: str = "",
    size: tuple[int, int] = (80, 24),
    extra: Path | None = None,
    frames: bool = False,
    brief: bool = True,
    floor: bool = False,
    **settings: str,
) -> AsyncGenerator[Person, None]:
    """The app at work in a folder, closed afterwards; `frames`: each one is composed, as for a terminal.

    A new scenario opens on the floor, with a situation and nothing else. Most tests are about what comes later, so that
    they begin in its brief, or in its lesson if lessons are offered. With `brief` False they begin at the opening, with
    `floor` on the floor of whoever has closed the brief. Without `help` among the settings, Next says its own steps in
    full, and not the solution's calls.
    """
    progress = Progress(folder / "casey.sqlite3")
    for name, value in {
        "motion": "none",
        "lessons": "on request",
        HELP_SETTING: FULL_HELP,
        **settings,
    }.items():
        progress.set_setting(name.replace("_", " "), value)
    progress.set_setting(PROOF_KEY, "00" * 32)  # the same secrets each time
    player = Player(progress, extra)
    if scenario:
        player.open(scenario)
    app = CoffeeshopApp(player)
    if floor and player.sitting:
        opened = player.sitting.scenario
        app.brief_opened_for = (opened.id, opened.variant)
    render = Compositor.render_update if frames else compose_no_frame
    solved = nullcontext() if HELP_SETTING in settings else without_solution()
    with (
        solved,
        patch.object(Compositor, "render_update", render),
        pilots_wait_for_keys(app),
    ):
        async with app.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            await pilot.pause()
            ui = Person(app, pilot)
            if brief and scenario and not floor:
                await ui.open_brief(lesson=settings.get("lessons") == "offered")
            yield ui
            for _ in range(
                3
            ):  # what the last keys opened is there before all of it is taken down
                await pilot.pause()
    progress.close()
