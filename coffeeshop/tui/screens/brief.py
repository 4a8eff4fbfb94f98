"""The brief: the story and every check, in pages that fit the window."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.teaching.bookmark import pass_over, passed_over
from coffeeshop.shop.mark import Mark
from coffeeshop.tui.screens.base import Keys, PlayScreen, as_app_worker
from coffeeshop.tui.text import STYLES, key, line, plain, row
from coffeeshop.tui.widgets.ground import Ground
from coffeeshop.tui.widgets.prose import ProsePane
from coffeeshop.views.brief import names
from coffeeshop.views.brief_pages import BriefLine, brief_pages
from coffeeshop.views.deed import Deed
from coffeeshop.views.rows import Row
from coffeeshop.views.step import Step

PREDICT_KEY = ("p", "Predict")


class BriefScreen(PlayScreen):
    """The brief of a scenario."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "enter", show=False),
        Binding("escape", "back", show=False),
        Binding("p", "predict", show=False),
        Binding("left", "turn(-1)", show=False),
        Binding("right", "turn(1)", show=False),
    ]
    KEYS: ClassVar[Keys] = (
        ("⏎", "To the shop"), ("←→", "Page"), "lesson", PREDICT_KEY, "words", "help", ("esc", "Back"),
    )  # fmt: skip
    HELP = (
        "The story has all the facts, and the list has every check. Enter turns to the next page, and goes to the shop after the "
        "last one; esc goes back at once. "
        "Star 1: the jobs work, and what must be refused is refused. "
        "Star 2: apart from administrators, no one can do more than needed. Star 3: it is done in a way that lasts."
    )

    def __init__(self) -> None:
        """Make the screen."""
        super().__init__()
        self._page = 0
        self._pages: tuple[tuple[BriefLine, ...], ...] = ()

    def body(self) -> ComposeResult:
        """Yield the pane of the story and the checks."""
        with Ground(id="brief"):
            yield ProsePane(id="story", focus=True)

    def fill(self, play: Play) -> None:
        """Show the story and the checks, in pages that fit the window."""
        pane = self.query_one("#story", ProsePane)
        text_region = pane.scrollable_content_region
        scenario = self.game.sitting.play_with_wants.scenario
        self._pages = brief_pages(
            scenario, max(text_region.width - RIGHT_MARGIN, 20), text_region.height
        )
        self._show_page()
        pane.focus()

    def _show_page(self) -> None:
        """Show the page that was turned to."""
        scenario = self.game.sitting.scenario
        self._page = min(self._page, len(self._pages) - 1)
        pane = self.query_one("#story", ProsePane)
        lines = [_brief_line(brief_line) for brief_line in self._pages[self._page]]
        free_rows = pane.scrollable_content_region.height - len(lines)
        explanation = self._how_to_play(scenario)
        has_room = self._page == len(self._pages) - 1 and free_rows >= len(explanation)
        pane.show(scenario.objective, [*lines, *(explanation if has_room else ())])
        self.show_next_step()

    def _how_to_play(self, scenario: Scenario) -> list[Content]:
        """Return the lines that fill the room below the checks: what the marks mean, and which keys there are."""
        ascii = self.game.settings.ascii
        call_hint = [line(key(":", "and then help: calls of AWS that may help"))]
        return [
            plain(""),
            *_mark_rows(ascii),
            plain(""),
            *HOW_TO_PLAY,
            *(call_hint if names(scenario) else ()),
        ]

    def on_resize(self) -> None:
        """Lay the pages out again for the new size."""
        if self.game.player.sitting and self.widgets_exist:
            self.call_after_refresh(self._fill_again)

    def _fill_again(self) -> None:
        """Fill the screen for its present size, if it is still shown."""
        if self.game.player.sitting and self.widgets_exist:
            self.fill(self.game.sitting.play)

    @property
    def _has_next_page(self) -> bool:
        """Return whether there is another page."""
        return self._page < len(self._pages) - 1

    @property
    def keys_here(self) -> Keys:
        """Return the keys, with what Enter does, and the page if there are several."""
        if self._has_next_page:
            enter_key = ("⏎", "Read on")
        else:
            enter_key = ("⏎", "A guess" if self._has_waiting_question else "To the shop")
        page_key = (("←→", f"Page {self._page + 1} of {len(self._pages)}"),)
        has_questions = bool(self.game.sitting.questions_before)
        other_keys = [
            name for name in self.KEYS[2:] if name != PREDICT_KEY or has_questions
        ]
        return (enter_key, *(page_key if len(self._pages) > 1 else ()), *other_keys)

    def step_here(self, step: Step) -> Step:
        """Return the step that the Next box shows: read on first, then guess.

        The usual step could give the answer away.
        """
        if self._has_next_page:
            return Step(
                "The brief has another page:", Deed("⏎", "reads on; esc goes to the shop")
            )
        return self._step_after(step)

    def _step_after(self, step: Step) -> Step:
        """Return the step that the Next box shows on the last page: a guess first, if a question waits."""
        return GUESS_STEP if self._has_waiting_question else step

    @property
    def _has_waiting_question(self) -> bool:
        """Return whether a question about the outcome waits on the way into the shop.

        It waits before the first act, until it was answered or skipped.
        """
        sitting = self.game.sitting
        has_unanswered = any(
            number not in sitting.predicted
            for number, _ in self.game.sitting.questions_before
        )
        has_skipped = passed_over(self.game.player.progress, sitting.scenario.id)
        return has_unanswered and not has_skipped and not sitting.play.outcomes

    def action_enter(self) -> None:
        """Turn to the next page. After the last one, go to the shop."""
        if self._has_next_page:
            self.action_turn(1)
        else:
            self._go_to_shop()

    def action_turn(self, step: int) -> None:
        """Turn to another page."""
        self._page = min(max(self._page + step, 0), len(self._pages) - 1)
        self._show_page()

    @as_app_worker
    async def _go_to_shop(self) -> None:
        """Go to the shop, after the questions about the outcome. `esc` skips them."""
        if self._has_waiting_question and not await self._predict() and self.is_current:
            pass_over(self.game.player.progress, self.game.sitting.scenario.id)
        if self.is_current:
            await self.run_app_action("step_back")

    async def action_back(self) -> None:
        """Go back to the screen before the brief."""
        await self.run_app_action("step_back")

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


RIGHT_MARGIN = 1  # cells at the right end that Prose leaves free
GUESS_STEP = Step(
    "Before you change anything, guess: how will AWS decide now?",
    Deed("⏎", "asks; it is never scored"),
)
HOW_TO_PLAY = (
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


def _brief_line(shown: BriefLine) -> Content:
    """Return a line of a page: the name of a group of checks, and the text."""
    label_style = STYLES["muted" if shown.label.startswith("star") else "name"]
    return line((shown.label, label_style), (shown.text, STYLES[shown.role]))


def _mark_rows(ascii: bool) -> tuple[Content, ...]:
    """Return the meaning of the shop's marks, which the learner has not seen yet."""
    meanings = {
        Mark.OK: "as it should be",
        Mark.MISS: "a job that fails",
        Mark.LEAK: "allowed, and must be refused",
    }
    return line(("Marks", STYLES["title"])), *(
        row(Row(message, mark, indent=1), ascii) for mark, message in meanings.items()
    )
