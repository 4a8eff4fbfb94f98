"""The reasons why a session or a window ends, as the close code and text of its websocket.

The page shows the text.
"""

from __future__ import annotations

from enum import Enum


class Ending(Enum):
    """A reason why a session or a window ends.

    With a code of 4000 or more, the page shows the reason and reconnects on request. With a lower code it reconnects by itself.
    """

    LEFT = 4001, "You closed Coffeeshop. Everything you did is saved."
    TAKEN = 4002, "This play was opened in another window. You can continue there."
    IDLE = (
        4003,
        "You typed nothing for a long time, so the session ended. Everything you did is saved.",
    )
    LOST = (
        4009,
        "The page was closed for a while, so the session ended. Everything you did is saved.",
    )
    REPLACED = (
        4010,
        "The page was closed and another learner needed your place. Everything you did is saved.",
    )
    FULL = 4004, "Too many learners are playing now. Try again in a few minutes."
    FAILED = 4005, "The app couldn't start. Tell your teacher."
    CRASHED = (
        4007,
        "The app crashed. Everything you did is saved. Tell your teacher, then continue.",
    )
    KILLED = (
        4008,
        "The server stopped the app. Everything you did is saved, and you can continue.",
    )
    RUBBISH = 4006, "The page sent something that the server can't read. Reload the page."
    STOPPED = 1001, "The server was stopped. Everything you did is saved."

    @classmethod
    def of_exit(cls, code: int, begun: bool) -> Ending:
        """Return why an app ended by itself, from its exit code. A negative code is the signal that killed it."""
        if code < 0:
            return cls.KILLED
        if not begun:
            return cls.FAILED
        return cls.CRASHED if code else cls.LEFT

    @property
    def code(self) -> int:
        """Return the websocket's close code."""
        return self.value[0]

    @property
    def words(self) -> str:
        """Return the text for the learner. RFC 6455, 5.5, allows at most 123 bytes."""
        return self.value[1]
