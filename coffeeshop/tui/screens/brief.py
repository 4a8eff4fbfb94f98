"""The brief: the story on the left, every check on the right."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.teaching.bookmark import pass_over, passed_over
from coffeeshop.shop.mark import Mark
from coffeeshop.tui.screens.base import Keys, PlayScreen, as_app_worker, next_box_content
from coffeeshop.tui.text import STYLES, key, line, plain
from coffeeshop.tui.widgets.bars import NextBox
from coffeeshop.tui.widgets.ground import Ground
from coffeeshop.tui.widgets.prose import ProsePane
from coffeeshop.views.brief import brief, names
from coffeeshop.views.deed import Deed
from coffeeshop.views.rows import Row
from coffeeshop.views.step import Step
from coffeeshop.views.text import paragraphs


class BriefScreen(PlayScreen):
    """The brief of a scenario."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "enter", show=False),
        Binding("escape", "back", show=False),
        Binding("p", "predict", show=False),
    ]
    KEYS: ClassVar[Keys] = (
        ("⏎", "To the shop"), ("↑↓", "Scroll"), ("tab", "Other half"), "lesson", ("p", "Predict"), "words", "help",
    )  # fmt: skip
    GOES_ON: ClassVar[Keys] = (("⏎", "Read on"), *KEYS[1:])
    ASKS_FIRST: ClassVar[Keys] = (("⏎", "A guess"), *KEYS[1:])
    HELP = (
        "Enter scrolls until the end of the text, and then goes to the shop. esc goes back at once. The story has "
        "every fact, and the list has every check. Star 1: the jobs work, and the refusals hold. Star 2: apart "
        "from administrators, no one can do more. Star 3: the account follows good practice."
    )

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__()
        self._scenario: Scenario | None = None  # the scenario that is shown
        self._told_how = False  # whether "How to play" is shown below the checks
        self._read = set[ProsePane]()  # the panes that were scrolled to the end

    def body(self) -> ComposeResult:
        """Yield the story and the checks."""
        with Ground(id="brief"):
            yield ProsePane(id="story", focus=True)
            yield ProsePane(id="checks", focus=True)

    def begin(self) -> None:
        """Watch how far both panes were read: the Next box leads on once both are."""
        for pane in self._panes:
            self.watch(pane, "scroll_y", partial(self._note_scroll, pane), init=False)
            self.watch(pane, "virtual_size", self._laid_out, init=False)

    @property
    def _panes(self) -> list[ProsePane]:
        """Return the two panes of the screen: the story and the checks."""
        return [self.query_one(f"#{id}", ProsePane) for id in ("story", "checks")]

    @property
    def _unread(self) -> ProsePane | None:
        """Return the half that Enter scrolls: the one with the cursor, else the other.

        None means that both were read.
        """
        unread = [pane for pane in self._panes if pane.goes_on and pane not in self._read]
        return next((pane for pane in unread if pane.has_focus), next(iter(unread), None))

    def fill(self, play: Play) -> None:
        """Show the story and the checks."""
        scenario = play.scenario
        ascii = self.game.settings.ascii
        blank = plain("")
        if scenario is not self._scenario:
            self._scenario = scenario
            self._read.clear()
        story = paragraphs(scenario.story)
        items = [
            Row(scenario.objective, role="title"),
            *(each for text in story for each in (blank, plain(text))),
        ]
        if names(scenario):
            items += [blank, line(key(":", "and then help: calls of AWS that may help"))]
        if scenario.wants:
            checked = list(brief(scenario)[1 + len(story) :])
        else:
            checked = []
        self._told_how = self._has_room
        if not checked or self._told_how:
            checked += [blank, *_mark_rows(ascii), blank, *HOW]
        for column, rows in (("story", items), ("checks", checked)):
            self.query_one(f"#{column}", ProsePane).show(
                _title(scenario, column), rows, ascii
            )
        self.query_one("#story").focus()
        self._laid_out()

    @property
    def _has_room(self) -> bool:
        """Return whether the window is high enough for the text of this screen's help."""
        return self.has_class("-tall")

    def on_resize(self) -> None:
        """Fill the screen again, if the window has gained or lost the room for how to play."""
        if (
            self.game.player.sitting
            and self.still_there
            and self._told_how != self._has_room
        ):
            self.fill(self.game.sitting.play)

    def _laid_out(self) -> None:
        """Update the Next box, since a change of the text's height decides whether there is more to read."""
        self.call_after_refresh(self._follow_story)

    def _note_scroll(self, pane: ProsePane) -> None:
        """Note a half as read once its end was shown."""
        if pane.scroll_y > 0 and not pane.goes_on:
            self._read.add(pane)
        self._follow_story()

    def _follow_story(self) -> None:
        """Update the Next box, if the screen is still shown."""
        if self.game.player.sitting and self.still_there:
            self.guide()

    def guide(self) -> None:
        """Keep room in the Next box for its text after reading."""
        super().guide()
        self.query_one(NextBox).keep_room(
            *next_box_content(self._step_after(self.game.step))
        )

    @property
    def keys_here(self) -> Keys:
        """Return the keys, with what Enter does."""
        if self._unread:
            return self.GOES_ON
        return self.ASKS_FIRST if self._asks_first else self.KEYS

    def next(self, step: Step) -> Step:
        """Return the step that the Next box shows: read on first, then guess.

        The usual step could give the answer away.
        """
        unread = self._unread
        if unread is not None:
            if unread.id == "story":
                subject = "The story"
            else:
                subject = "The list of checks"
            return Step(
                f"{subject} goes on below:", Deed("⏎", "reads on; esc goes to the shop")
            )
        return self._step_after(step)

    def _step_after(self, step: Step) -> Step:
        """Return the step that the Next box shows once both panes are read."""
        return GUESS if self._asks_first else step

    @property
    def _asks_first(self) -> bool:
        """Return whether a question about the outcome waits on the way into the shop.

        It waits before the first act, until it was answered or skipped.
        """
        sitting = self.game.sitting
        waits = any(
            number not in sitting.predicted
            for number, _ in self.game.sitting.questions_before
        )
        skipped = passed_over(self.game.player.progress, sitting.scenario.id)
        return waits and not skipped and not sitting.play.outcomes

    def action_enter(self) -> None:
        """Read on in the brief. After its end, go to the shop."""
        if self._unread is None:
            self._go_to_shop()
            return
        for pane in self._panes:
            if pane.goes_on and pane not in self._read:
                pane.scroll_relative(
                    y=max(pane.size.height - KEPT_IN_SIGHT, 1), animate=False
                )

    @as_app_worker
    async def _go_to_shop(self) -> None:
        """Go to the shop, after the questions about the outcome. `esc` skips them."""
        if self._asks_first and not await self._predict() and self.is_current:
            pass_over(self.game.player.progress, self.game.sitting.scenario.id)
        if self.is_current:
            await self.act("step_back")

    async def action_back(self) -> None:
        """Go back to the screen before the brief."""
        await self.act("step_back")

    @as_app_worker
    async def action_predict(self) -> None:
        """Ask the questions about the outcome, as often as the learner likes."""
        if self.game.sitting.questions_before:
            await self._predict()
        else:
            self.game.say("this scenario asks no question")

    async def _predict(self) -> bool:
        """Ask the questions about the outcome. Return whether none was skipped."""
        from coffeeshop.tui.screens.quiz import ask

        return await ask(
            self.game, self.game.sitting.questions_before, "p in the brief asks again"
        )


KEPT_IN_SIGHT = 1  # lines of a page that the next page begins with
GUESS = Step(
    "Before you change anything, guess: how will AWS decide now?",
    Deed("⏎", "asks; it is never scored"),
)
HOW = (
    line(("How to play", STYLES["title"])),
    line(
        key("2", "People and "),
        key("3", "Policies change the account; "),
        key(":", "takes the same as AWS CLI lines."),
    ),
    line(key("1", "The shop shows at once what works now; "), key("y", "says why.")),
    line(
        key("g", "grades, "),
        key("c", "hints, "),
        key("u", "takes the last act back. Nothing can break."),
    ),
)


def _title(scenario: Scenario, column: str) -> Content:
    """Return the title of a column: "story" or "checks"."""
    if column == "checks":
        return line("What will be checked" if scenario.wants else "Nothing is asked here")
    return line(scenario.full_title)


def _mark_rows(ascii: bool) -> tuple[Row | Content, ...]:
    """Return the meaning of the shop's marks, which the learner has not seen yet."""
    meanings = {
        Mark.OK: "as it should be",
        Mark.MISS: "a job that fails",
        Mark.LEAK: "allowed, and must be refused",
    }
    return line(("Marks", STYLES["title"])), *(
        Row(message, mark, indent=1) for mark, message in meanings.items()
    )
