"""The order of keys: each waits until what the one before it began is settled, so that it goes to the screen it meant."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from time import process_time
from typing import Any, Final

from textual._animator import SimpleAnimation
from textual.app import App
from textual.events import Event, MouseMove, Paste
from textual.message import Message

from coffeeshop.key_reader import LONGEST_PASTE

MOST: Final = 1000  # keys that can wait at all
TYPED: Final = (
    100  # keys that wait as long as they have to: more than a person types in a second
)
PATIENCE: Final = (
    1.0  # seconds that the app works on more keys than that, by its processor's clock
)
TURNS: Final = 2000  # turns of the event loop after which a screen that never rests keeps no key any more; one opens in 60
PAUSE: Final = 0.005  # seconds from look to look at a screen, or at work in a thread, that is not there yet
FRAME: Final = 0.05  # seconds that a frame waits at most for what a key began


class Turn(Message, bubble=False):
    """The app's turn to hear a key."""

    def __init__(self, heard: Event) -> None:
        super().__init__()
        self.heard = heard


class KeyQueue:
    """Keys, pastes and clicks on their way to the app, in the order in which they came.

    The next one is handed over once nothing is left that the event loop could do now, and the screen is laid out. So opening
    and closing a screen, focus, the answer to a command and a list that is shown anew all come before it, and what scrolls
    arrives. What a clock will do later doesn't keep a key waiting. What is worked out in a thread does where `awaits` says
    that the key is for just that. What a key changed is painted at once, in one frame, where no other key waits.
    """

    def __init__(
        self,
        app: App[Any],
        awaits: Callable[[Message], bool],
        tell: Callable[[str, str], None],
    ) -> None:
        self._app = app
        self._awaits = awaits
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._context = copy_context()  # the app's, for what is called by other threads
        self._waiting = deque[Message]()
        self._looking = False
        self._turns = 0  # since the first of them is waiting
        self._full = False
        self._begun = False  # whether a key was handed over that isn't settled yet
        self._frame = 0.0  # when a frame is painted at the latest, by the loop's clock
        self._typed = (
            process_time()
        )  # when no more keys waited than somebody can have typed
        self._spilled = 0  # keys that found no room, counted by the thread that reads
        self._cut = 0  # keys that waited for too long
        self._told = 0  # of both, those that the learner knows of

    @property
    def waiting(self) -> int:
        """Returns how many keys wait."""
        return len(self._waiting)

    @property
    def room(self) -> int:
        """Returns how many more keys can wait. Once there is no room, there is none until all that wait were heard."""
        waiting = len(self._waiting)
        self._full = waiting >= MOST or (self._full and waiting > 0)
        return 0 if self._full else MOST - waiting

    def put(self, message: Message) -> None:
        """Let a message wait for its turn; any thread may call this. Of two moves of the mouse the later is enough."""
        if (
            isinstance(message, MouseMove)
            and self._waiting
            and isinstance(self._waiting[-1], MouseMove)
        ):
            self._waiting.pop()
        self._waiting.append(message)
        self._loop.call_soon_threadsafe(self._wake, context=self._context)

    def spill(self, count: int) -> None:
        """Count keys for which there was no room."""
        self._spilled += count

    @property
    def is_settled(self) -> bool:
        """Tells whether everything is done that the last key began; lays the screen out, or paints it where no key waits, where
        that is all that is left.
        """
        if self._loop._ready:  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # what the loop can do now is not public
            return False
        if self._waiting:
            self._arrive()
        screen = self._app.screen
        unlaid = screen._layout_required or screen._scroll_required  # pyright: ignore[reportPrivateUsage]  # layout has no public door
        begun = screen._recompose_required or screen._callbacks  # pyright: ignore[reportPrivateUsage]  # likewise
        unpainted = screen._repaint_required or screen._dirty_widgets  # pyright: ignore[reportPrivateUsage]  # likewise
        if unlaid or begun or (unpainted and not self._waiting):
            self._frame = 0.0
            screen._on_timer_update()  # pyright: ignore[reportPrivateUsage]  # likewise
            return False
        return True

    @property
    def holds_frame(self) -> bool:
        """Tells whether the next frame waits until all is done that a key began, so that the key is painted once."""
        return self._begun and self._loop.time() < self._frame

    def _arrive(self) -> None:
        """Let what scrolls stand where it goes: the next key may go on from there."""
        animator = self._app.animator
        for moved in tuple(animator._animations.values()):  # pyright: ignore[reportPrivateUsage]  # what moves is not public
            if isinstance(moved, SimpleAnimation):
                animator.force_stop_animation(moved.obj, moved.attribute)

    def _wake(self) -> None:
        if not self._looking:
            self._looking, self._turns, self._typed = True, 0, process_time()
            self._look()

    def _look(self) -> None:
        """Hand over the next key if all is settled; else look again in the loop's next turn."""
        starting = not self._app.screen_stack or self._app._batch_count  # pyright: ignore[reportPrivateUsage]  # whether it shows frames is not public
        self._turns += 1
        ready = not starting and (self._turns > TURNS or self.is_settled)
        if starting or (ready and self._waiting and self._awaits(self._waiting[0])):
            self._loop.call_later(PAUSE, self._look, context=self._context)
            return
        if ready:
            self._turns = 0
            self._begun = self._take_next()
        self._looking = self._begun or bool(self._waiting)
        if self._looking:
            self._loop.call_soon(self._look, context=self._context)
        else:
            self._tell_lost()

    def _take_next(self) -> bool:
        """Hand over the next key, if one waits."""
        if len(self._waiting) <= TYPED:
            self._typed = process_time()
        elif (
            process_time() - self._typed > PATIENCE
        ):  # nobody typed them, and they would keep the app busy
            self._cut += len(self._waiting)
            self._waiting.clear()
        if not self._waiting:
            return False
        self._hand_over(self._waiting.popleft())
        if not self._waiting:
            self._frame = self._loop.time() + FRAME
        return True

    def _hand_over(self, message: Message) -> None:
        if isinstance(message, Paste) and len(message.text) > LONGEST_PASTE:
            self._tell(
                "Nothing was pasted",
                f"A paste can have {LONGEST_PASTE:,} characters. This one is longer.",
            )
        else:
            self._app.post_message(Turn(message) if isinstance(message, Event) else message)

    def _tell_lost(self) -> None:
        lost = self._spilled + self._cut
        if lost > self._told:
            many = lost - self._told
            self._told = lost
            self._tell(
                "Too many keys at once",
                f"{many:,} keys came faster than anyone types, so they did nothing.",
            )
