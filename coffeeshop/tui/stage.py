"""The app as its screens know it: the player, the sitting, and actions that several screens share."""

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


GRADE = "grade"  # the computation whose result is saved
ACCESS = "access"  # the computation for the access table


class Stage(App[None]):
    """The app without its screens.

    A key, dialog or console line calls the player, who commits the act. Then the Signal `changed`
    tells the screen to show the sitting. The sitting belongs to the player. The stage holds the
    theme, the message at the foot of the screen, and the running computations.
    """

    keys: KeyQueue  # from the first screen on
    FOLLOWS: ClassVar[float] = 0.5  # seconds between checks for acts of other windows

    def __init__(self, player: Player) -> None:
        super().__init__()
        self.player = player
        self._elsewhere: Outcome | None = None
        self.settings = Settings(player.progress.settings())
        self.said: tuple[str, str] | None = None
        self._note: Note | None = None  # the last message on the shelf
        self.collector: Collector | None = None
        self._asked: dict[
            str, Assessment
        ] = {}  # the running computations, each with its play
        self._next: tuple[object, Step] | None = None
        self.changed: Signal[None] = Signal(self, "changed")
        for theme in THEMES.values():
            self.register_theme(theme)
        self._apply_first_theme()

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show a note over the screen, for `timeout` seconds."""
        if timeout is None:
            lasts = self.NOTIFICATION_TIMEOUT
        else:
            lasts = timeout
        self.post_message(Notify(Note(message, title, severity, lasts, markup)))

    def get_line_filters(self) -> list[LineFilter]:
        """Return the filters for painted lines, without the one for ANSI's sixteen colours.

        It keeps a second copy of each line, and no theme uses these colours.
        """
        return [
            line_filter
            for line_filter in super().get_line_filters()
            if not isinstance(line_filter, ANSIToTruecolor)
        ]

    def _handle_exception(self, error: Exception) -> None:
        """Report an error, unless the app is ending.

        Screens that were still opening lose their widgets then. In a browser's session print a
        plain traceback to the server. Textual's own would show the values of variables.
        """
        if not self._exit:
            if self.is_web:
                print_exc(
                    file=sys.__stderr__
                )  # the error itself: a worker's error has no traceback
            super()._handle_exception(error)

    async def ask(self, box: Screen[T | None]) -> T | None:
        """Show a dialog and return its answer.

        None means that it was closed without an answer, or that a dialog of this kind was already
        open. Fast keys were meant for that one.
        """
        if any(type(item_shown) is type(box) for item_shown in self.screen_stack):
            return None
        return await shield(self.push_screen(box, wait_for_dismiss=True))

    # ------------------------------------------------------------ the sitting
    @property
    def sitting(self) -> Sitting:
        """Return the sitting. Screens of play are only shown while there is one."""
        return self.player.playing

    @property
    def identity(self) -> Identity:
        """Return the identity of the credential that the learner holds, at the time of the next act."""
        return self.identity_at(self.sitting.now)

    def identity_at(self, at: datetime) -> Identity:
        """Return the identity of the credential that the learner holds, at a time."""
        from coffeeshop.views.identity import (
            identity,
        )  # imports the engine, which the shelf does not need

        return identity(self.sitting.play.account, self.sitting.profile, at)

    def ticket(self, want: str) -> Ticket | None:
        """Return the current ticket of a want by the want's id, else None."""
        return next(
            (ticket for ticket in self.sitting.tickets if ticket.want.id == want), None
        )

    @property
    def step(self) -> Step:
        """Return the step that the Next box shows.

        It is cached until the play, its clock or its grade changes.
        """
        from coffeeshop.views.deed import Deed
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
            return Step(message, Deed("g", "waits for it"))
        cache_key = (
            sitting.judged,
            sitting.day,
            sitting.now,
            sitting.report,
            sitting.profile,
            sitting.hints_read,
        )
        if self._next is None or self._next[0] != cache_key:
            self._next = (cache_key, next_in(sitting, sitting.report))
        return self._next[1]

    @property
    def grading(self) -> bool:
        """Return whether the grade of the current play is being computed."""
        return self._asked.get(GRADE) is self.sitting.judged

    @property
    def surveying(self) -> bool:
        """Return whether the access table of the current play is being computed."""
        return self._asked.get(ACCESS) is self.sitting.judged

    @property
    def won(self) -> bool:
        """Return whether the current play is known to have three stars."""
        report = self.sitting.report
        return report is not None and report.stars == 3

    @property
    def following(self) -> Heading | None:
        """Return the next scenario, or None if every scenario has three stars."""
        from coffeeshop.lessons.sitting.course_place import next_scenario

        return next_scenario(self.player)

    # ---------------------------------------------------------- what is done
    def begin(self) -> None:
        """Show the sitting that the player has just begun."""
        self._publish_change()

    def do(self, call: Call) -> Outcome | None:
        """Make a call with the current credential.

        Return its outcome. None means that another window changed the play first. That play is
        shown.
        """
        return self._show(self.player.do(call))

    def type(self, line: str) -> Typed | Refused | MovedOn:
        """Run a typed line, show its effects, and return the player's answer."""
        from coffeeshop.lessons.sitting.answers import Refused

        answer = self.player.type(line)
        if not isinstance(answer, Refused):
            self._show(answer)
        return answer

    def live(self, opening: Opening) -> None:
        """Open a day at the shop, or move its clock. An own shop saves the end of its day."""
        from coffeeshop.lessons.sitting.answers import Refused

        answer = self.player.continue_day(opening)
        if isinstance(answer, Refused):
            self.say(answer.problems[0].text, "error")
        else:
            self.warn("Not saved", answer.problem)

    def undo(self) -> None:
        """Undo the last act, or say that there is none."""
        self._back_or_forth(self.player.undo(), "undone", "nothing to undo yet")

    def redo(self) -> None:
        """Redo the last undone act, or say that there is none."""
        self._back_or_forth(self.player.redo(), "done again", "nothing to redo")

    def follow(self) -> None:
        """Show acts that another window, or a client of the endpoint, did or took back in this play."""
        if self.player.sitting:
            followed = self.player.adopt_other_window()
        else:
            followed = None
        if followed is not None:
            if followed.done:
                self._elsewhere = followed.done[-1]
            else:
                self._elsewhere = None
            self._publish_change(
                "" if followed.done else "the last act was taken back elsewhere"
            )

    def _back_or_forth(
        self, answer: Done | Refused | MovedOn, outcome_text: str, refused: str
    ) -> None:
        """Show the play after an undo or a redo. Say `refused` if it was refused.

        The message is `outcome_text` with the command, since a call that only reads changes nothing
        that the screen shows.
        """
        from coffeeshop.lessons.sitting.answers import Done, Refused

        if isinstance(answer, Refused):
            self.say(refused)
            return
        if isinstance(answer, Done) and answer.outcomes:
            command = show_as_pictures(command_of(answer.outcomes[0].act.call))
            outcome_text = f"{outcome_text}: {command}"
        self._show(answer, outcome_text)

    def _show(self, answer: Done | MovedOn, outcome_text: str = "") -> Outcome | None:
        """Show the sitting after an act, and warn of problems.

        Return the last outcome. None means that there is none, or that another window changed the
        play first.
        """
        from coffeeshop.lessons.sitting.answers import MovedOn

        if isinstance(answer, MovedOn):
            self._publish_change()
            self.warn("Another window moved on", answer.problem)
            return None
        self._publish_change(outcome_text)
        self.warn("Not saved", answer.problem)
        if answer.outcomes:
            return answer.outcomes[-1]
        return None

    def _publish_change(self, message: str = "") -> None:
        """Tell the screens that the play has changed, with a message at the foot.

        "" means no message. If every ticket is OK, start to grade.
        """
        self.said = (message, "muted") if message else None
        tickets = self.sitting.tickets
        # Without tickets there is nothing to grade.
        if tickets and all(ticket.mark is Mark.OK for ticket in tickets):
            self.grade()
        self.changed.publish(None)

    # -------------------------------------------------------------- the grade
    def grade(self) -> None:
        """Grade the play in a thread, once. Proving that nothing more is allowed may take a moment."""
        judged = self.sitting.judged
        if judged.report is None:
            self._start_once(GRADE, judged, judged.grade)

    def survey(self) -> None:
        """Compute the access table in a thread, once."""
        judged = self.sitting.judged
        if judged.reached is None:
            self._start_once(ACCESS, judged, judged.access)

    def look_up(self) -> None:
        """Compute in a thread, once, which principals can become which others."""
        judged = self.sitting.judged
        if judged.surveyed is None:
            self._start_once("survey", judged, judged.survey)

    def _start_once(
        self, subject: str, judged: Assessment, ask: Callable[[], object]
    ) -> None:
        """Run `ask` in a thread, unless it already runs for this play. `subject` names the computation."""
        if self._asked.get(subject) is not judged:
            self._asked[subject] = judged
            self._work_out(subject, judged, ask)

    @work(group="grade", exit_on_error=False)
    async def _work_out(
        self, subject: str, judged: Assessment, ask: Callable[[], object]
    ) -> None:
        """Run `ask` in a thread. Then tell the screens, if the play is still the same."""
        try:
            await in_background(ask)
        finally:
            if self._asked.get(subject) is judged:  # otherwise it belongs to a later play
                del self._asked[subject]
        if judged is not self.sitting.judged:  # the play has changed meanwhile
            return
        if subject == GRADE:
            self.player.keep_stars(
                self.wall(), 3
            )  # if they can't be saved, the receipt tells why
        self.changed.publish(None)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Tell the learner that a worker failed."""
        worker = cast("Worker[object]", event.worker)  # pyright: ignore[reportUnknownMemberType]  # a worker may have any result type
        if event.state is WorkerState.ERROR:
            self.tell("That went wrong; nothing is lost", repr(worker.error), "error")

    def wall(self) -> datetime:
        """Return the real time. Only a shell may read it."""
        return datetime.now(UTC)  # noqa: TID251  # the learner's own day

    def keep_result(self) -> None:
        """Save the grade as a result, once for each play."""
        answer = self.player.grade(self.wall())
        self.warn("Not saved", answer.problem)

    def keep_stars(self) -> None:
        """Save the stars that the shop floor has shown, even if the learner never opened the grade."""
        self.warn("Not saved", self.player.keep_stars(self.wall()))

    # ------------------------------------------------------- the learner's own
    def draft(self, name: str) -> str:
        """Return a text that was not saved as a policy, or "" if there is none."""
        return self.sitting.drafts.get(name, b"").decode()

    def keep_draft(self, name: str, text: str) -> None:
        """Keep an unsaved text for the next time that its editor opens."""
        if text != self.draft(name):
            self.warn("Not saved", self.player.write(name, sound(text)).problem)

    def take(self, profile: str) -> None:
        """Use another credential, by the name of its profile."""
        from coffeeshop.lessons.sitting.answers import Refused

        answer = self.player.use_profile(profile)
        if isinstance(answer, Refused):
            self.say(bare("; ".join(map(str, answer.problems))))
            return
        self.say(f"you act as {profile}")
        self.warn("Not saved", answer.problem)

    # ---------------------------------------------------------------- the look
    def choose(self, name: str, value: str) -> None:
        """Change a setting, and show it at once."""
        self.settings = self.settings.with_(name, value)
        self.player.progress.set_setting(name, value)
        self._apply_look()
        self.changed.publish(None)

    def _apply_first_theme(self) -> None:
        """Apply the theme before any widget is styled.

        Setting it later would parse every rule and style every widget again, and the first frame
        would wait.
        """
        theme = THEMES[self.settings["theme"]]
        self.set_reactive(Stage.theme, theme.name)
        classes = {
            f"-theme-{theme.name}": True,
            "-dark-mode": theme.dark,
            "-light-mode": not theme.dark,
        }
        self.update_classes(classes, update=False)
        self.stylesheet = Rules(self.get_css_variables())
        self._apply_motion()

    def _apply_look(self) -> None:
        """Apply the chosen theme and motion."""
        self.theme = self.settings["theme"]
        self._apply_motion()

    def _apply_motion(self) -> None:
        """Turn animations on or off, as the settings say."""
        if self.settings.still:
            self.animation_level = "none"
        else:
            self.animation_level = "full"

    # ---------------------------------------------------------- the AWS line
    @property
    def last_line(self) -> tuple[str, tuple[str, str]]:
        """Return the last command, with its result and the result's style.

        While there is a message, return the message as the result. The command is then "", unless
        the message reports a success.
        """
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
        by = self._elsewhere_suffix(outcome)
        if isinstance(outcome.answer, ServiceError):
            return line, (f"{outcome.answer.code}{by}", "error")
        has_removed = took_away(self.sitting.play, (outcome,))
        back = "; u takes it back" if has_removed else ""
        if has_removed and (lost := gone(outcome.act.call)):
            return line, (f"{show_as_pictures(lost)}{by}{back}", "warning")
        if key := made_key_text(outcome.answer):
            return line, (f"{key}{by}; secret kept", "ok")
        if not outcome.has_succeeded:
            return line, (f"refused in part{by}{back}", "error")
        return line, (f"done{by}{back}", "ok")

    def _elsewhere_suffix(self, outcome: Outcome) -> str:
        """Return ", elsewhere, by PROFILE" if another window did the act, else ""."""
        if outcome is not self._elsewhere:
            return ""
        from coffeeshop.views.identity import profile_of

        return f", elsewhere, by {show_as_pictures(profile_of(outcome))}"

    def say(self, text: str, role: str = "muted") -> None:
        """Show a message at the foot of the screen.

        A muted message stays until the next key, any other until the next act. "" removes the
        message. The shelf has no foot, so it shows a note.
        """
        if text and self.current_mode == "home":
            lasts = self.NOTIFICATION_TIMEOUT
            self._note = Note(show_as_pictures(text), timeout=lasts, markup=False)
            self.post_message(Notify(self._note))
            return
        self.said = (text, role) if text else None
        self.changed.publish(None)

    def tell(self, title: str, text: str, severity: SeverityLevel = "warning") -> None:
        """Show a note about a problem over the screen, long enough to be read."""
        self.notify(
            show_as_pictures(bare(text)),
            title=title,
            severity=severity,
            markup=False,
            timeout=15,
        )

    def warn(self, title: str, problem: Problem | None) -> None:
        """Show a problem in a note. None shows nothing."""
        if problem is not None:
            self.tell(title, str(problem))
