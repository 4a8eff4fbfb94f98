"""A policy in plain words, worked out beside the keys: a long one takes its time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import Struct
from textual import work
from textual.content import Content

from coffeeshop.policy.model import Kind
from coffeeshop.tui.background import in_background
from coffeeshop.tui.widgets.prose import ProsePane, WrappedLine
from coffeeshop.views.policy.policy_text import reading
from coffeeshop.views.rows import Row

SLOW = 0.3  # seconds of reading, after which it is said that one reads
SLOWLY = Row("Reading it over …", role="muted")


class Said(Struct, frozen=True, eq=False):
    """A policy that is to be read out: its title, text and grammar, what stands below its words, and in which marks."""

    title: Content
    text: str
    grammar: Kind
    below: Sequence[Content | WrappedLine]
    ascii: bool


class PlainWords(ProsePane):
    """Reads policies out one at a time, and after each the one that was asked for last."""

    _asked: Said | None = None
    _reading = False

    @property
    def reading(self) -> bool:
        """Tells whether words are still to come."""
        return self._reading

    def read(self, asked_said: Said) -> None:
        """Show a policy in plain words, as soon as they are there."""
        self._asked = asked_said
        if not self._reading:
            self._reading = True
            self._read_out()

    @work(group="reads", exit_on_error=False)
    async def _read_out(self) -> None:
        read = None
        try:
            while self._asked is not None and self._asked is not read:
                read = self._asked
                slow = self.set_timer(SLOW, partial(self._show, read, (SLOWLY,)))
                rows = await in_background(partial(reading, read.text, read.grammar))
                slow.stop()
                self._show(read, (*rows, *read.below))
        finally:
            self._reading = False

    def _show(self, read: Said, rows: Sequence[Row | Content | WrappedLine]) -> None:
        if self.is_attached and read is self._asked:
            self.show(read.title, rows, read.ascii)
