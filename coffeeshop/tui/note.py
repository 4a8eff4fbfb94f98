"""A note over the screen that goes by itself."""

from __future__ import annotations

from textual.notifications import Notification


class Note(Notification):
    """A notification that never has less than a moment left: a toast that comes up later than that, on a busy machine,
    would ask Textual for a timer that runs backwards, and the app would count for ever.
    """

    @property
    def time_left(self) -> float:
        """Returns seconds until it goes."""
        return max(super().time_left, 0.01)

    @property
    def has_expired(self) -> bool:
        """Tells whether its time is over."""
        return super().time_left <= 0
