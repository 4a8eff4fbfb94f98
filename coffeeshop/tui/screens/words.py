"""The glossary: the words of the screen below first. Typed text narrows the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from textual.content import Content
from textual.errors import NoWidget
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from coffeeshop.lessons.teaching.glossary import Term
from coffeeshop.tui.screens.base import Keys
from coffeeshop.tui.screens.pick import PickDialog
from coffeeshop.tui.text import STYLES, line
from coffeeshop.tui.widgets.bars import IdentityBar, NextBox
from coffeeshop.views.glossary import NO_FILES, known_glossary_of, words
from coffeeshop.views.text import bare

HERE_HEADING = "On this screen"
OTHERS_HEADING = "All other words"


class WordsDialog(PickDialog):
    """A list to read. ⏎ and esc close it."""

    KEYS: ClassVar[Keys] = (("↑↓", "Word"), ("type", "Find"), ("esc", "Close"))

    def __init__(self) -> None:
        """Make the dialog with a field that narrows the list of terms."""
        super().__init__(
            "Words",
            (),
            initial_filter="",
            describe=lambda name: term_text(name, self._files),
        )

    @property
    def _files(self) -> Mapping[str, bytes]:
        """Return the files of the open scenario, which can have a glossary of its own."""
        sitting = self.game.player.sitting
        return sitting.scenario.files if sitting else NO_FILES

    def begin(self) -> None:
        """List the terms, those of the screen below first."""
        self.rows = tuple(
            _term_rows(text_on_screen(self.game.screen_stack[-2]), self._files)
        )
        super().begin()
        self.add_class("words")


def term_text(name: str, files: Mapping[str, bytes] = NO_FILES) -> str:
    """Return a term's sentence, its example, and its other names. Return "" for an unknown name."""
    term: Term | None = known_glossary_of(files).find(name) if name else None
    if term is None:
        return ""
    also = f"\nAlso: {', '.join(term.also)}" if term.also else ""
    return f"{term.name}: {term.says}\nFor example: {bare(term.example)}{also}"


def _term_rows(seen: str, files: Mapping[str, bytes]) -> Iterator[tuple[str, Content]]:
    """Yield the terms as (name, row) under two titles: those in the text `seen`, then the others."""
    own_terms, other_terms = words(seen, files)
    for title, terms in ((HERE_HEADING, own_terms), (OTHERS_HEADING, other_terms)):
        if terms:
            yield "", line((title, STYLES["title"]))
            yield from (
                (term.name, line((term.name, "bold"), "  ", (term.says, STYLES["muted"])))
                for term in terms
            )


def text_on_screen(screen: Screen[object]) -> str:
    """Return the text that a screen shows. What is scrolled out of sight isn't part of it.

    Notes are left out, because they disappear by themselves. The Next box is hidden while a dialog opens, so it isn't read off the
    painted screen. The identity bar comes last, since every screen has it.
    """
    leaves = [
        widget
        for widget in screen.query("*").exclude("Toast, NextBox, KeyRow")
        if not widget.children and widget.display
    ]
    leaves.sort(key=lambda widget: isinstance(widget, IdentityBar))
    painted = (widget.render_lines(_part_in_sight(screen, widget)) for widget in leaves)
    rows = [strip.text for strips in painted for strip in strips]
    steps = [box.text for box in screen.query(NextBox)]
    return "\n".join((*rows, *steps))


def _part_in_sight(screen: Screen[object], widget: Widget) -> Region:
    """Return the part of a widget that its scrolling parents show, counted from its corner."""
    try:
        place = screen.find_widget(widget)
    except NoWidget:
        return Region()
    return place.visible_region.translate(-place.region.offset)
