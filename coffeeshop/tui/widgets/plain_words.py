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


class ReadingRequest(Struct, frozen=True, eq=False):
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

    _last_request: ReadingRequest | None = None
    _is_reading = False

    @property
    def is_reading(self) -> bool:
        """Return whether a policy is still being read."""
        return self._is_reading

    def read(self, request: ReadingRequest) -> None:
        """Read a policy, and show it in plain words as soon as they are ready."""
        self._last_request = request
        if not self._is_reading:
            self._is_reading = True
            self._read_requests()

    @work(group="reads", exit_on_error=False)
    async def _read_requests(self) -> None:
        """Read the requested policies one after the other, until the last requested one is shown."""
        request = None
        try:
            while self._last_request is not None and self._last_request is not request:
                request = self._last_request
                slow_timer = self.set_timer(
                    SLOW_SECONDS, partial(self._show, request, (SLOW_ROW,))
                )
                rows = await in_background(
                    partial(policy_in_words, request.text, request.grammar)
                )
                slow_timer.stop()
                self._show(request, (*rows, *request.below))
        finally:
            self._is_reading = False

    def _show(
        self, request: ReadingRequest, rows: Sequence[Row | Content | WrappedLine]
    ) -> None:
        """Show the rows, unless another policy was requested since."""
        if self.is_attached and request is self._last_request:
            self.show(request.title, rows, request.ascii)
