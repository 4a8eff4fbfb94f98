"""Why a session ends, or a window: the code and the words with which its websocket is closed. The page shows the words."""

from __future__ import annotations

from enum import Enum


class Ending(Enum):
    """4000 and above: the page says why, and goes on when somebody asks it to; below: it tries again by itself."""

    LEFT = 4001, "You left. Everything you did is kept."
    TAKEN = 4002, "This play was opened in another window, and goes on there."
    IDLE = 4003, "Nothing was typed for a long time. Everything you did is kept."
    FULL = 4004, "All places are taken. Try again in a few minutes."
    FAILED = 4005, "The app did not start. Tell your teacher."
    CRASHED = (
        4007,
        "The app crashed. Everything you did is kept. Tell your teacher, then go on.",
    )
    KILLED = (
        4008,
        "The app was stopped from outside. Everything you did is kept. You can go on.",
    )
    RUBBISH = 4006, "The page said what cannot be understood. Load it again."
    STOPPED = 1001, "The server was stopped. Everything you did is kept."

    @classmethod
    def of_exit(cls, code: int, begun: bool) -> Ending:
        """Return why an app ended that nobody told to end, by its exit code (negative: a signal killed it)."""
        if code < 0:
            return cls.KILLED
        if not begun:
            return cls.FAILED
        return cls.CRASHED if code else cls.LEFT

    @property
    def code(self) -> int:
        """Returns the websocket's close code."""
        return self.value[0]

    @property
    def words(self) -> str:
        """Tells what the learner reads: at most 123 bytes, as RFC 6455, 5.5, has it."""
        return self.value[1]
