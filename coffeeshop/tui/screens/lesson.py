"""The lesson: pages that are read before the brief.

A page with a question shows the answer only after a guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from coffeeshop.lessons.scenario.find import number
from coffeeshop.lessons.teaching.bookmark import (
    PASSED_GUESS,
    guess_at,
    guessed_letters,
    leave_at,
    left_at,
    note_page_read,
)
from coffeeshop.lessons.teaching.lesson import (
    Demonstration,
    Document,
    Lesson,
    PagePart,
    Prediction,
    Reach,
)
from coffeeshop.lessons.teaching.markdown import Paragraph, Style
from coffeeshop.shop.mark import Mark
from coffeeshop.tui.keys import bindings, shown_keys
from coffeeshop.tui.screens.base import PLAY_STYLES, Keys, Shell
from coffeeshop.tui.text import STYLES, in_roles, key, line, plain, show_on_one_line, sign
from coffeeshop.tui.widgets.bars import KeyRow
from coffeeshop.tui.widgets.ground import Blank
from coffeeshop.tui.widgets.json_text import json_lines
from coffeeshop.tui.widgets.prose import Prose, WrappedLine
from coffeeshop.tui.widgets.too_small import TooSmall
from coffeeshop.views.lesson import (
    GUESS_LETTERS,
    GUESS_WORDS,
    act_rows,
    asked_rows,
    means,
    part_page,
    reach_picture,
    reach_rows,
    told_rows,
)
from coffeeshop.views.rows import Row

SPAN_STYLES: dict[Style, str] = {
    "text": "",
    "term": STYLES["key"],
    "strong": "bold",
    "code": STYLES["code"],
}


class LessonScreen(Blank, Shell, Screen[None]):
    """A lesson. ⏎ reads on, ← and → turn pages, esc leaves, and l comes back."""

    CSS_PATH = PLAY_STYLES
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("settings", "help", "words"),
        Binding("enter", "on", show=False),
        Binding("right", "turn(1)", show=False),
        Binding("left,backspace", "turn(-1)", show=False),
        Binding("escape,l", "app.step_back", show=False),
        *(Binding(letter, f"guess('{letter}')", show=False) for letter in GUESS_LETTERS),
    ]
    HELP = (
        "A lesson explains the ideas that the story needs. Its commands run on a copy of the shop, so they change "
        "nothing, and your guesses aren't counted. Coloured words are in the glossary."
    )
    WHERE = "In the shop"

    def __init__(self, lesson: Lesson, number: int = 0) -> None:
        """Make the screen for a lesson, which opens at the page of that number. 0: where it was left."""
        super().__init__()
        self.lesson = lesson
        self.number = number
        self.at = 0
        self.guesses: dict[int, bool] = {}  # by the page's index
        self.reminded = set[int]()  # pages that have reminded the learner of their question
        self.passed = set[
            int
        ]()  # pages whose question was skipped. Their answers are shown.

    def compose(self) -> ComposeResult:
        """Yield the title, the page and the keys."""
        self.fit()
        yield Static(id="title", markup=False)
        yield VerticalScroll(id="lesson", can_focus=True)
        yield KeyRow(())
        yield TooSmall()

    async def on_mount(self) -> None:
        """Open the page at which the lesson was left. No key turns it until it is shown."""
        self.watch(self.query_one("#lesson"), "scroll_y", self._tell_fold, init=False)
        letters = guessed_letters(self.game.player.progress, self._scenario)
        self.guesses = {
            page - 1: GUESS_LETTERS[letter]
            for page, letter in letters.items()
            if letter in GUESS_LETTERS
        }
        self.passed = {
            page - 1 for page, letter in letters.items() if letter == PASSED_GUESS
        }
        left = left_at(self.game.player.progress, self._scenario, len(self.lesson.pages))
        await self._turn((self.number or left) - 1)
        self._stands = True
        self.query_one("#lesson").focus()

    @property
    def _scenario(self) -> str:
        """Return the id of the scenario."""
        return self.game.sitting.scenario.id

    @property
    def asks(self) -> bool:
        """Return whether the page waits for a guess."""
        is_told = self.at in self.guesses or self.at in self.passed
        return self.lesson.pages[self.at].prediction is not None and not is_told

    @property
    def unread(self) -> int:
        """Return how many parts of the page stay hidden until a guess. They may give the answer away."""
        if self.asks:
            return len(part_page(self.lesson.pages[self.at])[1])
        return 0

    @property
    def KEYS(self) -> Keys:  # noqa: N802  # other screens have a constant of this name
        """Return the keys of this page."""
        asks = self.asks and not self._below_the_fold  # only while the question is visible
        if asks:
            guess = tuple(
                (letter, GUESS_WORDS[is_meant].capitalize())
                for letter, is_meant in GUESS_LETTERS.items()
            )
        else:
            guess = ()
        return (
            *guess,
            self._enter_key,
            ("←→", "Pages"),
            ("↑↓", "Scroll"),
            "words",
            ("esc", "Leave"),
        )

    @property
    def _enter_key(self) -> tuple[str, str]:
        """Return the effect of ⏎, and how often it must be pressed for it."""
        if self._below_the_fold:
            return "⏎", "Read on"
        if self.asks:
            return "⏎" if self.at in self.reminded else "⏎⏎", "Tell me"
        is_last = self.at + 1 == len(self.lesson.pages)
        return "⏎", self._way_back if is_last else "Go on"

    @property
    def _way_back(self) -> str:
        """Return where the lesson was opened: the end of the lesson leads back there."""
        below = takewhile(lambda screen: screen is not self, self.game.screen_stack)
        name = type([*below][-1]).__name__
        return {"ShopScreen": "To the shop", "BriefScreen": "To the brief"}.get(
            name, "Back"
        )

    @property
    def _below_the_fold(self) -> bool:
        """Return whether part of the page is below the window."""
        box = self.query_one("#lesson", VerticalScroll)
        return box.scroll_offset.y < box.max_scroll_y

    # -------------------------------------------------------------- to turn pages
    async def _turn(self, at: int) -> None:
        """Show a page from its top."""
        self.at, page = at, self.lesson.pages[at]
        leave_at(self.game.player.progress, self._scenario, at + 1)
        note_page_read(self.game.player.progress, page.teaches)
        box = self.query_one("#lesson", VerticalScroll)
        await box.remove_children()
        await box.mount(
            Prose(classes="heading"),
            *(widget for part in page.parts for widget in self._widgets(part)),
        )
        box.query_one(".heading", Prose).show([line((page.title, STYLES["title"]))])
        self._fill()
        box.scroll_home(animate=False)

    def _widgets(self, part: PagePart) -> Iterator[Widget]:
        """Yield the widgets for a part of a page."""
        match part:
            case Document():
                yield Container(
                    Prose(classes="text"), Prose(classes="means"), classes="part policy"
                )
            case Paragraph(bullet=True):
                yield Prose(classes="point")
            case _:
                yield Prose(classes="part")

    def _fill(self) -> None:
        """Fill the widgets of the page. The answer stays hidden until a guess."""
        page = self.lesson.pages[self.at]
        widgets = [
            widget
            for widget in self.query_one("#lesson").children
            if not widget.has_class("heading")
        ]
        for nth, (part, widget) in enumerate(zip(page.parts, widgets, strict=True)):
            widget.display = nth < len(page.parts) - self.unread
            if isinstance(part, Document):
                widget.query_one(".text", Prose).show(json_lines(part.text))
            if isinstance(widget, Prose):
                prose = widget
            else:
                prose = widget.query_one(".means", Prose)
            prose.show(self._lines(part), self.game.settings.ascii)
        self.call_after_refresh(self._tell_fold)

    def _tell_fold(self) -> None:
        """Show in the title and in the key row whether the page goes on below the window."""
        if not self.still_there:
            return
        scenario = self.game.sitting.scenario
        page_count = len(self.lesson.pages)
        self.query_one("#title", Static).update(
            line(
                ("▟▙ ", STYLES["title"]),
                (f"{number(scenario.id)} {show_on_one_line(scenario.full_title)}", "bold"),
                (f"   lesson, page {self.at + 1} of {page_count}", STYLES["muted"]),
                ("   ↓ more" if self._below_the_fold else "", STYLES["warning"]),
            )
        )
        self.query_one(KeyRow).show(shown_keys(self.KEYS))

    def _lines(self, part: PagePart) -> Iterator[Row | Content | WrappedLine]:
        """Yield the lines of a part of a page."""
        ascii = self.game.settings.ascii
        match part:
            case Paragraph():
                words = line(*((span.text, SPAN_STYLES[span.style]) for span in part.spans))
                yield (line(sign(Mark.QUIET, ascii), " "), words) if part.bullet else words
            case Document():
                yield from means(part)
            case Demonstration():
                yield from act_rows(part)
            case Prediction():
                yield from self._question_rows(part)
            case Reach() if self.game.settings["picture"] == "words":
                yield from reach_rows(part)
            case Reach():
                yield from map(in_roles, reach_picture(part, ascii))

    def _question_rows(self, part: Prediction) -> Iterator[Row | Content]:
        """Yield a question, and its answer or the keys to guess with."""
        yield from asked_rows(part)
        if not self.asks:
            yield from told_rows(part, self.guesses.get(self.at))
        else:
            yield plain("")
            yield line(
                "  ",
                *(
                    piece
                    for letter, is_said in GUESS_LETTERS.items()
                    for piece in (key(letter, GUESS_WORDS[is_said]), "   ")
                ),
            )
            if self.at in self.reminded:
                yield line(
                    ("Guess first? It isn't scored. ⏎ shows the answer.", STYLES["warning"])
                )

    # --------------------------------------------------------------------- the keys
    async def action_on(self) -> None:
        """Go on in the lesson.

        Scroll down if there is more below. A question first gets a reminder, then its answer.
        Otherwise turn the page, or close the lesson after the last page.
        """
        box = self.query_one("#lesson", VerticalScroll)
        if self._below_the_fold:
            box.scroll_page_down(animate=False)
        elif self.asks and self.at not in self.reminded:
            self.reminded.add(self.at)
            self._fill()
            self.call_after_refresh(box.scroll_end, animate=False)
        elif self.asks:
            self.passed.add(self.at)
            guess_at(self.game.player.progress, self._scenario, self.at + 1, PASSED_GUESS)
            self._fill()
            box.scroll_end(animate=False)
        elif self.at + 1 < len(self.lesson.pages):
            await self._turn(self.at + 1)
        else:
            # Past the last page: the lesson is read.
            leave_at(self.game.player.progress, self._scenario, len(self.lesson.pages) + 1)
            await self.act("step_back")

    async def action_turn(self, pages: int) -> None:
        """Turn to a later page, or to an earlier one by a negative number."""
        if 0 <= (at := self.at + pages) < len(self.lesson.pages):
            await self._turn(at)

    def action_guess(self, letter: str) -> None:
        """Note the learner's guess, and show the answer below. Only the first guess counts."""
        if self.asks and not self._below_the_fold:
            self.guesses[self.at] = GUESS_LETTERS[letter]
            guess_at(self.game.player.progress, self._scenario, self.at + 1, letter)
            self._fill()
            self.query_one("#lesson", VerticalScroll).scroll_end(animate=False)
