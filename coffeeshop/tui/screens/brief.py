"""The brief: the story on the left, every sentence that will be checked on the right."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from coffeeshop.lessons.model import Play, Quiz, Scenario
from coffeeshop.lessons.teaching.bookmark import pass_over, passed_over
from coffeeshop.shop.mark import Mark
from coffeeshop.tui.keys import shown
from coffeeshop.tui.screens.base import Keys, PlayScreen, flow
from coffeeshop.tui.text import STYLES, key, line, plain
from coffeeshop.tui.widgets.bars import KeyRow
from coffeeshop.tui.widgets.ground import Ground
from coffeeshop.tui.widgets.prose import ProsePane
from coffeeshop.views.brief import brief, names
from coffeeshop.views.rows import Row
from coffeeshop.views.step import Step
from coffeeshop.views.text import paragraphs


class BriefScreen(PlayScreen):
    """Shown when a scenario is opened for the first time, and on `b`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "enter", show=False),
        Binding("escape", "back", show=False),
        Binding("p", "predict", show=False),
    ]
    KEYS: ClassVar[Keys] = (
        ("⏎", "To the shop"), ("↑↓", "Scroll"), ("tab", "Other half"), "lesson", ("p", "Predict"), "words", "help",
    )  # fmt: skip
    ASKS_FIRST: ClassVar[Keys] = (("⏎", "A guess"), *KEYS[1:])
    HELP = (
        "The story holds every fact, the list every check. Star 1: it works, and what must not work does not. "
        "Star 2: nothing more is possible. Star 3: it is done in a way that lasts."
    )

    def __init__(self, from_shelf: bool = False) -> None:
        super().__init__()
        self._from_shelf = from_shelf  # and the shop was not seen yet
        self._read: Scenario | None = None  # the scenario whose story was read to its end

    def body(self) -> ComposeResult:
        """Yields the story, and the checks."""
        with Ground(id="brief"):
            yield ProsePane(id="story", focus=True)
            yield ProsePane(id="checks", focus=True)

    def begin(self) -> None:
        """Watch how far the story was read: Next tells whether it goes on below the fold."""
        story = self.query_one("#story", ProsePane)
        self.watch(story, "scroll_y", self._scrolled, init=False)
        self.watch(story, "virtual_size", self._laid_out, init=False)

    def fill(self, play: Play) -> None:
        """Show both columns."""
        scenario, ascii, blank = play.scenario, self.game.settings.ascii, plain("")
        story = paragraphs(scenario.story)
        told = [
            Row(scenario.objective, role="title"),
            *(each for text in story for each in (blank, plain(text))),
        ]
        if introduced := names(scenario):
            told += [
                blank,
                Row("Calls of AWS that may help", role="name"),
                *(Row(call, role="code", indent=1) for call in introduced),
            ]
            told += [line("  ", key(":", "and then help: how each is typed"))]
        checked = [*brief(scenario)[1 + len(story) :], blank] if scenario.wants else []
        for column, rows in (("story", told), ("checks", [*checked, *_marks(ascii), blank, *HOW])):
            self.query_one(f"#{column}", ProsePane).show(_title(scenario, column), rows, ascii)
        self.query_one("#story").focus()
        self._laid_out()

    def _laid_out(self) -> None:
        self.call_after_refresh(self._follow_story)

    def _scrolled(self) -> None:
        """A story is read once its end was seen, which stays in sight where Next takes a line more then."""
        story, sitting = self.query_one("#story", ProsePane), self.game.player.sitting
        if sitting and story.scroll_y > 0 and not story.goes_on and self._read is not sitting.scenario:
            self._read = sitting.scenario
            self.call_after_refresh(story.scroll_end, animate=False)
        self._follow_story()

    def _follow_story(self) -> None:
        if self.game.player.sitting and self.still_there:
            self.guide()

    def guide(self) -> None:
        """Say by the keys, too, that a question comes first."""
        super().guide()
        for row in self.query(KeyRow).results(KeyRow):
            row.show(shown(self.ASKS_FIRST if self._asks_first else self.KEYS))

    def next(self, step: Step) -> Step:
        """Returns the step that Next says; what is about to be asked is not told here."""
        below, sitting = self.query_one("#story", ProsePane).goes_on, self.game.sitting
        if below and self._read is not sitting.scenario and not sitting.play.outcomes:
            onward = "asks a guess" if self._asks_first else "goes to the shop"
            return Step("The story goes on below:", "↓", f"reads on; ⏎ {onward}")
        return GUESS if self._asks_first else step

    @property
    def _asks_first(self) -> bool:
        """Tells whether what will happen is asked on the way into the shop: before the first act, until it was answered or
        skipped.
        """
        sitting = self.game.sitting
        waits = any(number not in sitting.predicted for number, _ in self._questions())
        skipped = passed_over(self.game.player.progress, sitting.scenario.id)
        return waits and not skipped and not sitting.play.outcomes

    @flow
    async def action_enter(self) -> None:
        """To the shop; what will happen is asked first: esc skips it."""
        if self._asks_first and not await self._predict() and self.is_current:
            pass_over(self.game.player.progress, self.game.sitting.scenario.id)
        if self.is_current:
            await self.act("step_back")

    async def action_back(self) -> None:
        """To where one came from: the shop, or the shelf."""
        for _ in range(2 if self._from_shelf else 1):
            await self.act("step_back")

    @flow
    async def action_predict(self) -> None:
        """Ask what will happen, as often as one likes."""
        if self._questions():
            await self._predict()
        else:
            self.game.say("this scenario asks no question")

    async def _predict(self) -> bool:
        from coffeeshop.tui.screens.quiz import ask

        return await ask(self.game, self._questions(), "p in the brief asks again")

    def _questions(self) -> list[tuple[int, Quiz]]:
        return [(n, quiz) for n, quiz in self.game.sitting.questions.items() if quiz.when == "before"]


GUESS = Step(
    "Before anything is changed, a guess: what will AWS decide as things are?",
    "⏎",
    "asks; it is never scored",
)
HOW = (
    line(("How to play", STYLES["title"])),
    line(
        key("2", "People and "),
        key("3", "Policies change the account; "),
        key(":", "takes the same as AWS CLI lines."),
    ),
    line(key("1", "The shop shows at once what works now; "), key("y", "says why.")),
    line(key("g", "grades, "), key("c", "hints, "), key("u", "takes the last act back. Nothing can break.")),
)


def _title(scenario: Scenario, column: str) -> Content:
    """Returns what stands above a column."""
    if column == "checks":
        return line("What will be checked" if scenario.wants else "Nothing is asked here")
    return line(scenario.full_title)


def _marks(ascii: bool) -> tuple[Row | Content, ...]:
    """What the shop's marks mean, before one meets them."""
    meant = {
        Mark.OK: "as it should be",
        Mark.MISS: "a job that fails",
        Mark.LEAK: "allowed, and must be refused",
    }
    return line(("Marks", STYLES["title"])), *(Row(said, mark, indent=1) for mark, said in meant.items())
