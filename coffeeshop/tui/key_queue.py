"""The order of keys.

Each key waits until the effects of the key before it are complete, so that it reaches the right
screen.
"""

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

from coffeeshop.key_reader import LONGEST_PASTE, OptionArrow

MAX_WAITING: Final = 1000  # keys that can wait at all
# Keys that wait without a time limit: more than a person types in a second.
MAX_TYPED: Final = 100
# Seconds that the app works on more keys than that, by its processor's clock.
FLOOD_SECONDS: Final = 1.0
MAX_LOOP_TURNS: Final = 2000  # turns of the event loop that a busy screen can hold a key back. A screen opens in 60.
POLL_SECONDS: Final = (
    0.005  # seconds between checks for a screen or for a result from a thread
)
MAX_FRAME_SECONDS: Final = (
    0.05  # seconds that a frame waits at most for the effects of a key
)


class HandleInput(Message, bubble=False):
    """Asks the app to handle one key, paste or click now."""

    def __init__(self, event: Event) -> None:
        """Make a message that carries the key, paste or click to handle."""
        super().__init__()
        self.event = event


class KeyQueue:
    """Hands keys, pastes and clicks to the app, in the order in which they came.

    The next key is handed over once the event loop has nothing left to do, and the screen is laid
    out. So screens, focus, answers and lists that the last key changed are all updated before it.
    Timers don't keep a key waiting. Work in a thread does, if `key_must_wait` says that the key needs its
    result. The effects of a key are painted in one frame, at once if no other key waits.
    """

    def __init__(
        self,
        app: App[Any],
        key_must_wait: Callable[[Message], bool],
        show_note: Callable[[str, str], None],
    ) -> None:
        """Make an empty queue for `app`.

        `key_must_wait` returns whether a key must wait for a result from a thread. `show_note` shows a note, from a
        title and a text.
        """
        self._app = app
        self._key_must_wait = key_must_wait
        self._show_note = show_note
        self._loop = asyncio.get_running_loop()
        self._context = copy_context()  # the app's, for calls from other threads
        self._waiting_messages = deque[Message]()
        self._is_checking = False
        self._loop_turns = 0  # of the event loop, while the first key waits
        self._is_full = False
        self._effects_pending = False  # whether effects of the last key are still to come
        # When a frame is painted at the latest, by the loop's clock.
        self._frame_deadline = 0.0
        # When the queue was last as short as a person's typing makes it.
        self._last_short_queue = process_time()
        # Keys that found no room, counted by the thread that reads keys.
        self._keys_without_room = 0
        self._dropped_keys = 0  # keys that waited for too long
        self._reported_keys = 0  # lost keys of which the learner was told

    @property
    def waiting(self) -> int:
        """Return how many keys wait."""
        return len(self._waiting_messages)

    @property
    def room(self) -> int:
        """Return how many more keys fit into the queue.

        A queue that was full takes no key until it is empty, so that a flood of keys is lost as a whole
        and not in pieces.
        """
        waiting_count = len(self._waiting_messages)
        self._is_full = waiting_count >= MAX_WAITING or (
            self._is_full and waiting_count > 0
        )
        return 0 if self._is_full else MAX_WAITING - waiting_count

    def put(self, message: Message) -> None:
        """Queue a message. Any thread may call this. A mouse move replaces the mouse move right before it."""
        if (
            isinstance(message, MouseMove)
            and self._waiting_messages
            and isinstance(self._waiting_messages[-1], MouseMove)
        ):
            self._waiting_messages.pop()
        self._waiting_messages.append(message)
        self._loop.call_soon_threadsafe(self._start_checking, context=self._context)

    def count_lost_keys(self, count: int) -> None:
        """Add to the number of keys that found no room in the queue, which the learner is told later."""
        self._keys_without_room += count

    def finish_effects(self) -> bool:
        """Return whether all effects of the last key are complete.

        If only layout or painting is left, do it now, and return False because it can have effects too.
        """
        if self._loop._ready:  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # the loop's ready queue is not public
            return False
        if self._waiting_messages:
            self.finish_scrolling()
        screen = self._app.screen
        needs_layout = screen._layout_required or screen._scroll_required  # pyright: ignore[reportPrivateUsage]  # layout has no public interface
        has_pending_work = screen._recompose_required or screen._callbacks  # pyright: ignore[reportPrivateUsage]  # the same
        needs_painting = screen._repaint_required or screen._dirty_widgets  # pyright: ignore[reportPrivateUsage]  # the same
        if (
            needs_layout
            or has_pending_work
            or (needs_painting and not self._waiting_messages)
        ):
            self._frame_deadline = 0.0
            screen._on_timer_update()  # pyright: ignore[reportPrivateUsage]  # the same
            return False
        return True

    @property
    def holds_frame(self) -> bool:
        """Return whether painting waits, because effects of a key are still to come and shall appear in one frame."""
        return self._effects_pending and self._loop.time() < self._frame_deadline

    def finish_scrolling(self) -> None:
        """End every scroll animation at its target, since the next key may go on from there."""
        animator = self._app.animator
        for animation in tuple(animator._animations.values()):  # pyright: ignore[reportPrivateUsage]  # running animations are not public
            if isinstance(animation, SimpleAnimation):
                animator.force_stop_animation(animation.obj, animation.attribute)

    def _start_checking(self) -> None:
        """Start to check the queue on each turn of the event loop, unless that is already under way."""
        if not self._is_checking:
            self._is_checking = True
            self._loop_turns = 0
            self._last_short_queue = process_time()
            self._check_queue()

    def _check_queue(self) -> None:
        """Hand over the next key if the app is ready for it. Otherwise check again in the loop's next turn.

        The app is ready when the effects of the last key are complete, or after MAX_LOOP_TURNS turns. It
        isn't ready before its first screen, nor while Textual holds frames back. A key that needs a
        result from a thread waits for it without a limit.
        """
        is_starting = not self._app.screen_stack or self._app._batch_count  # pyright: ignore[reportPrivateUsage]  # whether it shows frames is not public
        self._loop_turns += 1
        is_ready = not is_starting and (
            self._loop_turns > MAX_LOOP_TURNS or self.finish_effects()
        )
        if is_starting or (
            is_ready
            and self._waiting_messages
            and self._key_must_wait(self._waiting_messages[0])
        ):
            self._loop.call_later(POLL_SECONDS, self._check_queue, context=self._context)
            return
        if is_ready:
            self._loop_turns = 0
            self._effects_pending = self._hand_over_next()
        self._is_checking = self._effects_pending or bool(self._waiting_messages)
        if self._is_checking:
            self._loop.call_soon(self._check_queue, context=self._context)
        else:
            self._report_lost_keys()

    def _hand_over_next(self) -> bool:
        """Hand over the next key, and return whether there was one.

        If more than MAX_TYPED keys have waited for FLOOD_SECONDS of work, drop them all: nobody types
        that fast, and they would keep the app busy.
        """
        if len(self._waiting_messages) <= MAX_TYPED:
            self._last_short_queue = process_time()
        elif process_time() - self._last_short_queue > FLOOD_SECONDS:
            self._dropped_keys += len(self._waiting_messages)
            self._waiting_messages.clear()
        if not self._waiting_messages:
            return False
        self._hand_over(self._next_message())
        if not self._waiting_messages:
            self._frame_deadline = self._loop.time() + MAX_FRAME_SECONDS
        return True

    def _next_message(self) -> Message:
        """Take the first message from the queue.

        Option and an arrow have the same bytes as Escape and a letter that a slow line brings at once.
        While the learner writes a text, return them as the arrow. Otherwise return Escape, and leave the
        letter in the queue.
        """
        message = self._waiting_messages.popleft()
        if not isinstance(message, OptionArrow):
            return message
        if self._is_writing:
            return message.in_text
        escape, letter = message.typed_keys
        self._waiting_messages.appendleft(letter)
        return escape

    @property
    def _is_writing(self) -> bool:
        """Return whether the focused widget takes letters as text. The effects of the keys so far are complete."""
        focused = self._app.screen.focused
        return focused is not None and focused.check_consume_key("b", "b")

    def _hand_over(self, message: Message) -> None:
        """Post a message to the app, unless it is a paste that is too long."""
        if isinstance(message, Paste) and len(message.text) > LONGEST_PASTE:
            self._show_note(
                "Nothing was pasted",
                f"You can paste at most {LONGEST_PASTE:,} characters, and this text is longer.",
            )
        else:
            self._app.post_message(
                HandleInput(message) if isinstance(message, Event) else message
            )

    def _report_lost_keys(self) -> None:
        """Show how many keys were lost since the last such note, if any were."""
        lost = self._keys_without_room + self._dropped_keys
        if lost > self._reported_keys:
            lost_now = lost - self._reported_keys
            self._reported_keys = lost
            self._show_note(
                "Too many keys at once",
                f"{lost_now:,} keys came faster than anyone types, so they did nothing.",
            )
