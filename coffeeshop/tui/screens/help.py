"""Help: what this screen is for, every key, and the words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from coffeeshop.shop.mark import Mark
from coffeeshop.tui.keys import ACTIONS, EVERYWHERE, shown
from coffeeshop.tui.screens.base import Dialog, Keys
from coffeeshop.tui.text import STYLES, line, sign
from coffeeshop.tui.widgets.prose import Prose, WrappedLine

MARKS: tuple[tuple[Mark, str], ...] = (
    (Mark.OK, "as the shop wants it: a job works, or a refusal holds"),
    (Mark.MISS, "a job that should work does not"),
    (Mark.EXTRA, "allowed, and no job needs it"),
    (Mark.LEAK, "allowed, and it must be refused"),
    (Mark.QUIET, "nothing needed, nothing allowed"),
)


class HelpScreen(Dialog[None]):
    """Text only; esc closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark,f1,enter", "leave", show=False)]
    KEYS: ClassVar[Keys] = (("↑↓", "Scroll"), ("esc", "Close"))

    def body(self) -> ComposeResult:
        """Yields two halves, side by side where there is room."""
        with VerticalScroll(id="help"):
            yield Prose(id="keys")
            yield Prose(id="words")

    def begin(self) -> None:
        """Ready to scroll."""
        self.query_one(".box").border_title = "Help"
        self.query_one("#keys", Prose).show(self._keys())
        self.query_one("#words", Prose).show(self._words())
        self.query_one("#help").focus()

    def _keys(self) -> Iterator[Content | WrappedLine]:
        about = self.game.screen_stack[-2:][0]  # fast fingers may have gone elsewhere
        said, keys = getattr(about, "HELP", ""), getattr(about, "KEYS", ())
        everywhere = getattr(about, "EVERYWHERE", EVERYWHERE)
        where = getattr(about, "WHERE", "Everywhere" if everywhere is EVERYWHERE else "While you type")
        if said:
            yield from (line(said), line(""))
        if own := tuple((name, SENTENCES.get((name, word), word)) for name, word in shown(keys)):
            yield line(("This screen", STYLES["title"]))
            yield from (*(_key(name, word) for name, word in own), line(""))
        yield line((where, STYLES["title"]))
        yield from (*(_key(*row) for row in everywhere if row not in own), line(""))

    def _words(self) -> Iterator[Content | WrappedLine]:
        yield line(("Marks", STYLES["title"]))
        yield from (
            *((line("  ", sign(mark, self.game.settings.ascii), "  "), line(text)) for mark, text in MARKS),
            line(""),
        )
        yield line(("Words", STYLES["title"]))
        yield (
            line("  "),
            line(
                ("W", STYLES["key"]),
                ", or F3 while you type: what the words of this screen mean, and all others",
            ),
        )


# By key and word of the row of keys.
SENTENCES = {(row.shown, row.word): row.help for row in ACTIONS.values()}


def _key(name: str, word: str) -> WrappedLine:
    return line((f"  {name:<5} ", STYLES["key"])), line(word)
