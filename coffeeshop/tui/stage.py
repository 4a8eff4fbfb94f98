"""The app as its screens know it: the player whose sitting they show, and what is done by more than one of them."""

from __future__ import annotations

import sys
from asyncio import shield
from collections.abc import Callable
from datetime import UTC, datetime
from traceback import print_exc
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual import work
from textual.app import App
from textual.filter import ANSIToTruecolor, LineFilter
from textual.notifications import Notify, SeverityLevel
from textual.screen import Screen
from textual.signal import Signal
from textual.worker import Worker, WorkerState

from coffeeshop.harmless import show_as_pictures
from coffeeshop.shop.mark import Mark
from coffeeshop.tui.background import in_background
from coffeeshop.tui.collector import Collector
from coffeeshop.tui.key_queue import KeyQueue
from coffeeshop.tui.note import Note
from coffeeshop.tui.settings import Settings
from coffeeshop.tui.text import sound
from coffeeshop.tui.theme import THEMES, Rules
from coffeeshop.views.text import bare, command_of

if TYPE_CHECKING:  # the engine and its nouns come with the first scenario
    from coffeeshop.account.model import Call, Outcome
    from coffeeshop.lessons.scenario.schema import Heading
    from coffeeshop.lessons.sitting.answers import Done, MovedOn, Refused, Typed
    from coffeeshop.lessons.sitting.assessment import Assessment
    from coffeeshop.lessons.sitting.opening import Opening
    from coffeeshop.lessons.sitting.player import Player
    from coffeeshop.lessons.sitting.sitting import Sitting
    from coffeeshop.policy.model import Problem
    from coffeeshop.shop.want import Ticket
    from coffeeshop.views.identity import Identity
    from coffeeshop.views.step import Step


T = TypeVar("T")


GRADE = "grade"  # what is worked out, of which a result is kept
ACCESS = "access"  # and what the table of access shows


class Stage(App[None]):
    """Key, dialog or console line -> the player, who commits -> the Signal `changed` -> the screen shows the sitting.

    The sitting is the player's; the stage holds the look, what the foot of the screen says, and what is being graded.
    """

    keys: KeyQueue  # from the first screen on
    FOLLOWS: ClassVar[float] = 0.5  # seconds from look to look at what was done elsewhere

    def __init__(self, player: Player) -> None:
        super().__init__()
        self.player = player
        self._elsewhere: Outcome | None = None
        self.settings = Settings(player.progress.settings())
        self.said: tuple[str, str] | None = None
        self._note: Note | None = None  # what was said on the shelf
        self.collector: Collector | None = None
        self._asked: dict[
            str, Assessment
        ] = {}  # what is being worked out in a thread, and of which play
        self._next: tuple[object, Step] | None = None
        self.changed: Signal[None] = Signal(self, "changed")
        for theme in THEMES.values():
            self.register_theme(theme)
        self._dress()

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Put a note over the screen, for so many seconds."""
        if timeout is None:
            lasts = self.NOTIFICATION_TIMEOUT
        else:
            lasts = timeout
        self.post_message(Notify(Note(message, title, severity, lasts, markup)))

    def get_line_filters(self) -> list[LineFilter]:
        """Returns what every painted line goes through: not the filter that finds true colours for ANSI's sixteen. It keeps
        a second copy of each line, and no theme has one of those.
        """
        return [
            line_filter
            for line_filter in super().get_line_filters()
            if not isinstance(line_filter, ANSIToTruecolor)
        ]

    def _handle_exception(self, error: Exception) -> None:
        """Tell what gave way, but not of a screen that was still coming when the app was told to end: its widgets go first.
        Tell the server of a browser's session by a plain traceback: textual's own shows what variables hold.
        """
        if not self._exit:
            if self.is_web:
                print_exc(
                    file=sys.__stderr__
                )  # the error at hand: a worker hands on another, that says no place
            super()._handle_exception(error)

    async def ask(self, box: Screen[T | None]) -> T | None:
        """Ask in a box, and return its answer; None: none was given. Keys that were hit before the box came meant this one:
        over one of its kind there comes no second.
        """
        if any(type(item_shown) is type(box) for item_shown in self.screen_stack):
            return None
        return await shield(self.push_screen(box, wait_for_dismiss=True))

    # ------------------------------------------------------------ the sitting
    @property
    def sitting(self) -> Sitting:
        """Returns the sitting; screens of play exist only where there is one."""
        return self.player.playing

    @property
    def identity(self) -> Identity:
        """Tells who holds the badge in hand."""
        from coffeeshop.views.identity import (
            identity,
        )  # with the engine, which the shelf does without

        return identity(self.sitting.play.account, self.sitting.profile, self.sitting.now)

    def ticket(self, want: str) -> Ticket | None:
        """Returns the ticket of a want by its id, as it stands now."""
        return next(
            (ticket for ticket in self.sitting.tickets if ticket.want.id == want), None
        )

    @property
    def step(self) -> Step:
        """Tells what is next, worked out once for each play, its clock and its grade."""
        from coffeeshop.views.next import day_waits, next_in, signed_out
        from coffeeshop.views.step import Step

        sitting = self.sitting
        if (step := signed_out(sitting, sitting.report)) is not None:
            return step
        if (
            self.grading
            and not day_waits(sitting)
            and all(ticket.mark is Mark.OK for ticket in sitting.tickets)
        ):
            message = "Every job works and every refusal holds. The rest is being graded:"
            return Step(message, "g", "waits for it")
        of = (
            sitting.judged,
            sitting.day,
            sitting.now,
            sitting.report,
            sitting.profile,
            sitting.rungs,
        )
        if self._next is None or self._next[0] != of:
            self._next = (of, next_in(sitting, sitting.report))
        return self._next[1]

    @property
    def grading(self) -> bool:
        """Tells whether the grade of this very play is being worked out."""
        return self._asked.get(GRADE) is self.sitting.judged

    @property
    def surveying(self) -> bool:
        """Tells whether it is being worked out who can reach what in this very play."""
        return self._asked.get(ACCESS) is self.sitting.judged

    @property
    def won(self) -> bool:
        """Tells whether this very play is known to have three stars."""
        report = self.sitting.report
        return report is not None and report.stars == 3

    @property
    def following(self) -> Heading | None:
        """Return the scenario that comes next; None if every one has three stars."""
        from coffeeshop.lessons.sitting.course_place import next_scenario

        return next_scenario(self.player)

    # ---------------------------------------------------------- what is done
    def begin(self) -> None:
        """Show the sitting that the player has just sat down to."""
        self._turn()

    def do(self, call: Call) -> Outcome | None:
        """Make a call with the badge in hand; None: another window moved the play on, and that is shown."""
        return self._show(self.player.do(call))

    def type(self, line: str) -> Typed | Refused | MovedOn:
        """Carry out a typed line."""
        from coffeeshop.lessons.sitting.answers import Refused

        answer = self.player.type(line)
        if not isinstance(answer, Refused):
            self._show(answer)
        return answer

    def live(self, opening: Opening) -> None:
        """Open a day at the shop, or let its clock go on; at its end an own shop keeps that it is evening."""
        from coffeeshop.lessons.sitting.answers import Refused

        answer = self.player.live(opening)
        if isinstance(answer, Refused):
            self.say(answer.problems[0].text, "error")
        else:
            self.warn("Not saved", answer.problem)

    def undo(self) -> None:
        """Take the last act back, or say that there is none."""
        self._back_or_forth(
            self.player.undo(), "undone; U does it again", "nothing to undo yet"
        )

    def redo(self) -> None:
        """Do the last undone act again, or say that there is none."""
        self._back_or_forth(self.player.redo(), "done again", "nothing to redo")

    def follow(self) -> None:
        """Show what another window, or a client of the endpoint, did or took back in this play."""
        if self.player.sitting:
            followed = self.player.follow()
        else:
            followed = None
        if followed is not None:
            if followed.done:
                self._elsewhere = followed.done[-1]
            else:
                self._elsewhere = None
            self._turn("" if followed.done else "the last act was taken back elsewhere")

    def _back_or_forth(
        self, answer: Done | Refused | MovedOn, outcome_text: str, refused: str
    ) -> None:
        from coffeeshop.lessons.sitting.answers import Refused

        if isinstance(answer, Refused):
            self.say(refused)
        else:
            self._show(answer, outcome_text)

    def _show(self, answer: Done | MovedOn, outcome_text: str = "") -> Outcome | None:
        """Show the sitting as it is after an act, and say what is to be known of it."""
        from coffeeshop.lessons.sitting.answers import MovedOn

        if isinstance(answer, MovedOn):
            self._turn()
            self.warn("Another window moved on", answer.problem)
            return None
        self._turn(outcome_text)
        self.warn("Not saved", answer.problem)
        if answer.outcomes:
            return answer.outcomes[-1]
        return None

    def _turn(self, message: str = "") -> None:
        self.said = (message, "muted") if message else None
        tickets = self.sitting.tickets
        # Where nothing is asked, nothing is graded unasked.
        if tickets and all(ticket.mark is Mark.OK for ticket in tickets):
            self.grade()
        self.changed.publish(None)

    # -------------------------------------------------------------- the grade
    def grade(self) -> None:
        """Grade the play in a thread, once: proving that nothing more is allowed may take a moment."""
        judged = self.sitting.judged
        if judged.report is None:
            self._once(GRADE, judged, judged.grade)

    def survey(self) -> None:
        """Work out in a thread, once, who can reach what."""
        judged = self.sitting.judged
        if judged.reached is None:
            self._once(ACCESS, judged, judged.access)

    def look_up(self) -> None:
        """Work out in a thread, once, who could become what."""
        judged = self.sitting.judged
        if judged.surveyed is None:
            self._once("survey", judged, judged.survey)

    def _once(self, subject: str, judged: Assessment, ask: Callable[[], object]) -> None:
        if self._asked.get(subject) is not judged:
            self._asked[subject] = judged
            self._work_out(subject, judged, ask)

    @work(group="grade", exit_on_error=False)
    async def _work_out(
        self, subject: str, judged: Assessment, ask: Callable[[], object]
    ) -> None:
        try:
            await in_background(ask)
        finally:
            if self._asked.get(subject) is judged:  # else of the play that came after it
                del self._asked[subject]
        if judged is not self.sitting.judged:  # it is of a play that is no more
            return
        if subject == GRADE:
            self.player.keep_stars(
                self.wall(), 3
            )  # where they are not kept, the receipt tells why
        self.changed.publish(None)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Tell what went wrong beside the keys."""
        worker = cast("Worker[object]", event.worker)  # pyright: ignore[reportUnknownMemberType]  # of any result
        if event.state is WorkerState.ERROR:
            self.tell("That went wrong; nothing is lost", repr(worker.error), "error")

    def wall(self) -> datetime:
        """Returns the clock on the learner's wall, which only a shell reads."""
        return datetime.now(UTC)  # noqa: TID251  # the learner's own day

    def keep_result(self) -> None:
        """Keep the grade as a result, once for each play."""
        answer = self.player.grade(self.wall())
        self.warn("Not saved", answer.problem)

    def keep_stars(self) -> None:
        """Keep the stars that the floor has shown, though nobody asked for the receipt."""
        self.warn("Not saved", self.player.keep_stars(self.wall()))

    # ------------------------------------------------------- the learner's own
    def draft(self, name: str) -> str:
        """Returns a text that was not saved; "" where there is none."""
        return self.sitting.drafts.get(name, b"").decode()

    def keep_draft(self, name: str, text: str) -> None:
        """Keep a text for the next time."""
        if text != self.draft(name):
            self.warn("Not saved", self.player.write(name, sound(text)).problem)

    def take(self, profile: str) -> None:
        """Take a badge in hand."""
        from coffeeshop.lessons.sitting.answers import Refused

        answer = self.player.take(profile)
        if isinstance(answer, Refused):
            self.say(bare("; ".join(map(str, answer.problems))))
            return
        self.say(f"you act as {profile}")
        self.warn("Not saved", answer.problem)

    # ---------------------------------------------------------------- the look
    def choose(self, name: str, value: str) -> None:
        """Change a setting; it shows at once."""
        self.settings = self.settings.with_(name, value)
        self.player.progress.set_setting(name, value)
        self._look()
        self.changed.publish(None)

    def _dress(self) -> None:
        """Take the look before anything is styled: a theme that is set the usual way, or later, has every rule parsed
        and every widget styled once more, which the first frame would wait for.
        """
        theme = THEMES[self.settings["theme"]]
        self.set_reactive(Stage.theme, theme.name)
        worn = {
            f"-theme-{theme.name}": True,
            "-dark-mode": theme.dark,
            "-light-mode": not theme.dark,
        }
        self.update_classes(worn, update=False)
        self.stylesheet = Rules(self.get_css_variables())
        self._move()

    def _look(self) -> None:
        """Take the chosen theme and motion."""
        self.theme = self.settings["theme"]
        self._move()

    def _move(self) -> None:
        if self.settings.still:
            self.animation_level = "none"
        else:
            self.animation_level = "full"

    # ---------------------------------------------------------- the AWS line
    @property
    def last_line(self) -> tuple[str, tuple[str, str]]:
        """Returns the last command and what came of it; or what was just said."""
        from coffeeshop.account.model import ServiceError
        from coffeeshop.views.things.item_actions import gone, made_key_text
        from coffeeshop.views.things.taking_away import took_away

        if self.said is not None:
            done_outcomes = self.said[1] == "ok" and self.sitting.play.outcomes
            return command_of(
                self.sitting.play.outcomes[-1].act.call
            ) if done_outcomes else "", self.said
        if not self.sitting.play.outcomes:
            return "", ("your first act stands here", "muted")
        outcome = self.sitting.play.outcomes[-1]
        line = command_of(outcome.act.call)
        by = self._by(outcome)
        if isinstance(outcome.answer, ServiceError):
            return line, (f"{outcome.answer.code}{by}", "error")
        took = took_away(self.sitting.play, (outcome,))
        back = "; u takes it back" if took else ""
        if took and (lost := gone(outcome.act.call)):
            return line, (f"{show_as_pictures(lost)}{by}{back}", "warning")
        if key := made_key_text(outcome.answer):
            return line, (f"{key}{by}; secret kept", "ok")
        if not outcome.has_succeeded:
            return line, (f"refused in part{by}{back}", "error")
        return line, (f"done{by}{back}", "ok")

    def _by(self, outcome: Outcome) -> str:
        """Whose act it was, of one that was done elsewhere."""
        if outcome is not self._elsewhere:
            return ""
        from coffeeshop.views.identity import profile_of

        return f", elsewhere, by {show_as_pictures(profile_of(outcome))}"

    def say(self, text: str, role: str = "muted") -> None:
        """Show one word at the foot of the screen: what is muted until the next key, the rest until the next act; "" takes
        the last one away. The shelf has no such foot: there it is a note.
        """
        if text and self.current_mode == "home":
            lasts = self.NOTIFICATION_TIMEOUT
            self._note = Note(show_as_pictures(text), timeout=lasts, markup=False)
            self.post_message(Notify(self._note))
            return
        self.said = (text, role) if text else None
        self.changed.publish(None)

    def tell(self, title: str, text: str, severity: SeverityLevel = "warning") -> None:
        """Show a note over the screen, for as long as it takes to read what went wrong."""
        self.notify(
            show_as_pictures(bare(text)),
            title=title,
            severity=severity,
            markup=False,
            timeout=15,
        )

    def warn(self, title: str, problem: Problem | None) -> None:
        """Tell a problem, if there is one."""
        if problem is not None:
            self.tell(title, str(problem))
