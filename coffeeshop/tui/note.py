"""A note over the screen that disappears by itself."""

from __future__ import annotations

from textual.notifications import Notification


class Note(Notification):
    """A notification whose remaining time is never zero or less.

    On a busy machine a toast may appear after its time is over. Textual would then start a timer
    with a negative interval, and the app would hang.
    """

    @property
    def time_left(self) -> float:
        """Return the seconds until the note disappears."""
        return max(super().time_left, 0.01)

    @property
    def has_expired(self) -> bool:
        """Return whether the note's time is over."""
        return super().time_left <= 0
