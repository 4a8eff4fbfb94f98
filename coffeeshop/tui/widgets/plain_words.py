"""A pane that shows a policy in plain words. A worker thread reads it, because a long policy is slow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import Struct
from textual import work
from textual.content import Content

from coffeeshop.policy.model import Kind
from coffeeshop.tui.background import in_background
from coffeeshop.tui.widgets.prose import ProsePane, WrappedLine
from coffeeshop.views.policy.policy_text import policy_in_words
from coffeeshop.views.rows import Row

SLOW_SECONDS = 0.3  # seconds of reading, after which SLOW_ROW is shown
SLOW_ROW = Row("Reading it over …", role="muted")


class Said(Struct, frozen=True, eq=False):
    """A request to read a policy.

    It has the title, the text and its grammar, the lines below the words, and whether marks are
    ASCII.
    """

    title: Content
    text: str
    grammar: Kind
    below: Sequence[Content | WrappedLine]
    ascii: bool


class PlainWords(ProsePane):
    """Shows policies in plain words.

    It reads one at a time. After it, it reads only the policy that was requested last.
    """

    _asked: Said | None = None
    _reading = False

    @property
    def is_reading(self) -> bool:
        """Return whether a policy is still being read."""
        return self._reading

    def read(self, asked_said: Said) -> None:
        """Read a policy, and show it in plain words as soon as they are ready."""
        self._asked = asked_said
        if not self._reading:
            self._reading = True
            self._read_out()

    @work(group="reads", exit_on_error=False)
    async def _read_out(self) -> None:
        """Read the requested policies one after the other, until the last requested one is shown."""
        read = None
        try:
            while self._asked is not None and self._asked is not read:
                read = self._asked
                slow = self.set_timer(SLOW_SECONDS, partial(self._show, read, (SLOW_ROW,)))
                rows = await in_background(
                    partial(policy_in_words, read.text, read.grammar)
                )
                slow.stop()
                self._show(read, (*rows, *read.below))
        finally:
            self._reading = False

    def _show(self, read: Said, rows: Sequence[Row | Content | WrappedLine]) -> None:
        """Show the rows, unless another policy was requested since."""
        if self.is_attached and read is self._asked:
            self.show(read.title, rows, read.ascii)
