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

    def __init__(self, lesson: Lesson, page_number: int | None = None) -> None:
        """Make the screen for a lesson, which opens at the page of that number (None: where it was left)."""
        super().__init__()
        self.lesson = lesson
        self.page_number = page_number
        self.page_index = 0
        self.guesses: dict[int, bool] = {}  # by the page's index
        self.reminded = set[int]()  # pages that have reminded the learner of their question
        # Pages whose question was skipped. Their answers are shown.
        self.skipped = set[int]()

    def compose(self) -> ComposeResult:
        """Yield the title, the page and the keys."""
        self.set_size_classes()
        yield Static(id="title", markup=False)
        yield VerticalScroll(id="lesson", can_focus=True)
        yield KeyRow(())
        yield TooSmall()

    async def on_mount(self) -> None:
        """Open the page at which the lesson was left. No key turns it until it is shown."""
        self.watch(self.query_one("#lesson"), "scroll_y", self._show_fold, init=False)
        letters = guessed_letters(self.game.player.progress, self._scenario_id)
        self.guesses = {
            page - 1: GUESS_LETTERS[letter]
            for page, letter in letters.items()
            if letter in GUESS_LETTERS
        }
        self.skipped = {
            page - 1 for page, letter in letters.items() if letter == PASSED_GUESS
        }
        last_page = left_at(
            self.game.player.progress, self._scenario_id, len(self.lesson.pages)
        )
        await self._turn((self.page_number or last_page) - 1)
        self._has_mounted = True
        self.query_one("#lesson").focus()

    @property
    def _scenario_id(self) -> str:
        """Return the id of the scenario."""
        return self.game.sitting.scenario.id

    @property
    def waits_for_guess(self) -> bool:
        """Return whether the page waits for a guess."""
        is_answered = self.page_index in self.guesses or self.page_index in self.skipped
        return self.lesson.pages[self.page_index].prediction is not None and not is_answered

    @property
    def hidden_part_count(self) -> int:
        """Return how many parts of the page stay hidden until a guess. They may give the answer away."""
        if self.waits_for_guess:
            return len(part_page(self.lesson.pages[self.page_index])[1])
        return 0

    @property
    def KEYS(self) -> Keys:  # noqa: N802  # other screens have a constant of this name
        """Return the keys of this page."""
        # A guess is possible only while the question is visible.
        asks_here = self.waits_for_guess and not self._below_the_fold
        if asks_here:
            guess_keys = tuple(
                (letter, GUESS_WORDS[is_allowed].capitalize())
                for letter, is_allowed in GUESS_LETTERS.items()
            )
        else:
            guess_keys = ()
        return (
            *guess_keys,
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
        if self.waits_for_guess:
            return "⏎" if self.page_index in self.reminded else "⏎⏎", "Tell me"
        is_last = self.page_index + 1 == len(self.lesson.pages)
        return "⏎", self._return_label if is_last else "Go on"

    @property
    def _return_label(self) -> str:
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
    async def _turn(self, page_index: int) -> None:
        """Show a page from its top."""
        self.page_index, page = page_index, self.lesson.pages[page_index]
        leave_at(self.game.player.progress, self._scenario_id, page_index + 1)
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
        page = self.lesson.pages[self.page_index]
        widgets = [
            widget
            for widget in self.query_one("#lesson").children
            if not widget.has_class("heading")
        ]
        for nth, (part, widget) in enumerate(zip(page.parts, widgets, strict=True)):
            widget.display = nth < len(page.parts) - self.hidden_part_count
            if isinstance(part, Document):
                widget.query_one(".text", Prose).show(json_lines(part.text))
            if isinstance(widget, Prose):
                prose = widget
            else:
                prose = widget.query_one(".means", Prose)
            prose.show(self._lines(part), self.game.settings.ascii)
        self.call_after_refresh(self._show_fold)

    def _show_fold(self) -> None:
        """Show in the title and in the key row whether the page goes on below the window."""
        if not self.widgets_exist:
            return
        scenario = self.game.sitting.scenario
        page_count = len(self.lesson.pages)
        self.query_one("#title", Static).update(
            line(
                ("▟▙ ", STYLES["title"]),
                (f"{number(scenario.id)} {show_on_one_line(scenario.full_title)}", "bold"),
                (f"   lesson, page {self.page_index + 1} of {page_count}", STYLES["muted"]),
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
        if not self.waits_for_guess:
            yield from told_rows(part, self.guesses.get(self.page_index))
        else:
            yield plain("")
            yield line(
                "  ",
                *(
                    piece
                    for letter, is_allowed in GUESS_LETTERS.items()
                    for piece in (key(letter, GUESS_WORDS[is_allowed]), "   ")
                ),
            )
            if self.page_index in self.reminded:
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
        elif self.waits_for_guess and self.page_index not in self.reminded:
            self.reminded.add(self.page_index)
            self._fill()
            self.call_after_refresh(box.scroll_end, animate=False)
        elif self.waits_for_guess:
            self.skipped.add(self.page_index)
            guess_at(
                self.game.player.progress,
                self._scenario_id,
                self.page_index + 1,
                PASSED_GUESS,
            )
            self._fill()
            box.scroll_end(animate=False)
        elif self.page_index + 1 < len(self.lesson.pages):
            await self._turn(self.page_index + 1)
        else:
            # Past the last page: the lesson is read.
            leave_at(
                self.game.player.progress, self._scenario_id, len(self.lesson.pages) + 1
            )
            await self.run_app_action("step_back")

    async def action_turn(self, pages: int) -> None:
        """Turn to a later page, or to an earlier one by a negative number."""
        if 0 <= (page_index := self.page_index + pages) < len(self.lesson.pages):
            await self._turn(page_index)

    def action_guess(self, letter: str) -> None:
        """Note the learner's guess, and show the answer below. Only the first guess counts."""
        if self.waits_for_guess and not self._below_the_fold:
            self.guesses[self.page_index] = GUESS_LETTERS[letter]
            guess_at(
                self.game.player.progress, self._scenario_id, self.page_index + 1, letter
            )
            self._fill()
            self.query_one("#lesson", VerticalScroll).scroll_end(animate=False)
