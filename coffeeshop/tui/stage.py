"""The app as its screens know it: the player, the sitting, and actions that several screens share."""

from __future__ import annotations

import sys
from asyncio import shield
from collections import deque
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

from coffeeshop.harmless import show_as_pictures, show_on_one_line
from coffeeshop.lessons.play.help_rows import Help
from coffeeshop.lessons.teaching.help_setting import HELP_SETTING
from coffeeshop.shop.mark import Mark
from coffeeshop.tui.background import COMPUTATION_GROUPS, in_background
from coffeeshop.tui.collector import Collector
from coffeeshop.tui.key_queue import KeyQueue
from coffeeshop.tui.last_command import last_command, result_text
from coffeeshop.tui.note import Note
from coffeeshop.tui.settings import Settings
from coffeeshop.tui.text import without_surrogates
from coffeeshop.tui.theme import THEMES, Rules
from coffeeshop.views.text import bare, command_of, problem_sentences

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
    """The app without its screens: what all screens share.

    A key, dialog or console line calls the `player`, who saves the learner's act (an AWS call). Then
    the Signal `changed` tells the screen to show the `sitting`: the open scenario with the
    credential in use and the last grade. The stage also holds the theme, the message at the foot of
    the screen, and the computations that run in threads.
    """

    keys: KeyQueue  # from the first screen on
    # Seconds between checks for acts of other windows.
    SECONDS_BETWEEN_WINDOW_CHECKS: ClassVar[float] = 0.5

    def __init__(self, player: Player) -> None:
        """Make the app for a player, with the theme and settings from their saved progress."""
        super().__init__()
        self.player = player
        self._outcome_of_other_window: Outcome | None = None
        self.settings = Settings(player.progress.settings())
        # The message at the foot of the screen, and its style.
        self.foot_message: tuple[str, str] | None = None
        self._note: Note | None = None  # the last message on the shelf
        self.collector: Collector | None = None
        # Each with the assessment that keeps its result.
        self._running_computations: set[tuple[str, Assessment]] = set()
        self._asked_grades: set[Assessment] = set()  # those that still run
        self._known_steps: deque[tuple[object, Step]] = deque(maxlen=8)
        self.full_step: Step | None = None  # the step that the learner asked to see in full
        self.brief_opened_for = ("", 0)  # the scenario and variant whose brief was opened
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
        seconds = self.NOTIFICATION_TIMEOUT if timeout is None else timeout
        self.post_message(Notify(Note(message, title, severity, seconds, markup)))

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
                # The error itself: a worker's error has no traceback.
                print_exc(file=sys.__stderr__)
            super()._handle_exception(error)

    async def ask(self, dialog: Screen[T | None]) -> T | None:
        """Show a dialog, wait until it is closed, and return its answer.

        None: it was closed without an answer, or such a dialog is open already. The second happens when
        keys come fast. They were meant for the first dialog.
        """
        if any(type(item) is type(dialog) for item in self.screen_stack):
            return None
        return await shield(self.push_screen(dialog, wait_for_dismiss=True))

    # ------------------------------------------------------------ the sitting
    @property
    def sitting(self) -> Sitting:
        """Return the open scenario with its state. Only screens that need one ask for it."""
        return self.player.playing

    @property
    def identity(self) -> Identity:
        """Return the identity of the credential that the learner holds, at the time of the next act."""
        return self.identity_at(self.sitting.now)

    def identity_at(self, at: datetime) -> Identity:
        """Return the identity of the credential that the learner holds, at a time."""
        # Imports the engine, which the shelf does not need.
        from coffeeshop.views.identity import identity

        return identity(self.sitting.play.account, self.sitting.profile, at)

    def ticket(self, want_id: str) -> Ticket | None:
        """Return the latest result of a job or a refusal, by the id of its want. None: there is no such want."""
        return next(
            (ticket for ticket in self.sitting.tickets if ticket.want.id == want_id), None
        )

    @property
    def step(self) -> Step:
        """Return the suggestion that the Next box shows: what fails, why, and a key to press.

        While every job is right and the grade is being computed, it only says so. The suggestions for the
        last eight states are cached, so that undo and redo find theirs again.
        """
        from coffeeshop.views.deed import Deed
        from coffeeshop.views.fade import fading_for
        from coffeeshop.views.next import day_waits, next_in, signed_out
        from coffeeshop.views.step import Step

        sitting = self.sitting
        if (step := signed_out(sitting, sitting.report)) is not None:
            return step
        is_fine = all(ticket.mark is Mark.OK for ticket in sitting.tickets)
        if self.is_grading and is_fine and not day_waits(sitting):
            message = "Every job works and every refusal holds. The rest is being graded:"
            return Step(message, Deed("g", "waits for it"))
        cache_key = (
            (sitting.assessment, sitting.report),
            (sitting.day, sitting.now),
            (sitting.profile, sitting.in_exam, sitting.offers_day),
            (sitting.hints_read, sitting.named_causes),
            (self.settings[HELP_SETTING], self.full_step),
        )
        for known_key, step in self._known_steps:
            if known_key == cache_key:
                return step
        fading = fading_for(self.player, self.full_step)
        step = next_in(sitting, sitting.report, fading.app_step, fading.is_complete)
        self._known_steps.append((cache_key, step))
        return step

    def record_help(self, help: Help) -> None:
        """Save that the learner asked for help with the step that the Next box shows."""
        from coffeeshop.views.fade import helped_skills

        self.player.ask_help(helped_skills(self.step, self.player.playing.scenario), help)

    def show_full_step(self) -> None:
        """Show the whole step in the Next box until another one comes."""
        from coffeeshop.views.fade import whole_step_text

        if self.step.full is None:
            self.say(whole_step_text(self.step))
            return
        self.record_help(Help.STEP)
        self.full_step = self.step.full
        self.changed.publish(None)

    @property
    def is_grading(self) -> bool:
        """Return whether the grade of the current play is being computed."""
        sitting = self.player.sitting
        return (
            sitting is not None
            and (GRADE, sitting.assessment) in self._running_computations
        )

    @property
    def is_result_coming(self) -> bool:
        """Return whether any grade is being computed, also of a play that has changed since."""
        return any(subject == GRADE for subject, _ in self._running_computations)

    @property
    def is_computing_access(self) -> bool:
        """Return whether the access table of the current play is being computed."""
        return (ACCESS, self.sitting.assessment) in self._running_computations

    @property
    def is_computing(self) -> bool:
        """Return whether a worker still computes something that a screen will show."""
        return any(
            worker.group in COMPUTATION_GROUPS and not worker.is_finished
            for worker in self.workers
        )

    @property
    def has_won(self) -> bool:
        """Return whether the current play is known to have three stars."""
        report = self.sitting.report
        return report is not None and report.stars == 3

    @property
    def next_heading(self) -> Heading | None:
        """Return the title row of the scenario to play next. Return None if every scenario has three stars."""
        from coffeeshop.lessons.sitting.course_place import next_scenario

        return next_scenario(self.player)

    # ---------------------------------------------------------- what is done
    def begin(self) -> None:
        """Show the scenario that the player has just opened."""
        # How much a step tells depends on the learner's plays of other scenarios.
        self._known_steps.clear()
        self._publish_change()

    @property
    def at_opening(self) -> bool:
        """Return whether the floor shows only the opening: nothing was done, and the brief wasn't opened."""
        from coffeeshop.views.situation import is_at_opening

        return is_at_opening(self.sitting, self.brief_opened_for)

    def do(self, call: Call) -> Outcome | None:
        """Make an AWS call with the current credential, show the effects, and return its outcome.

        None: another window changed the play first. The call isn't made, and the changed play is shown.
        """
        return self._show(self.player.do(call))

    def run_line(self, line: str) -> Typed | Refused | MovedOn:
        """Run a typed line (an AWS command or a word of the game), show its effects, and return the player's answer."""
        from coffeeshop.lessons.sitting.answers import Refused

        answer = self.player.type(line)
        if not isinstance(answer, Refused):
            self._show(answer)
        return answer

    def continue_day(self, opening: Opening) -> None:
        """Open a day at the shop, or move its clock to the time in `opening`, and show a note if that can't be saved."""
        from coffeeshop.lessons.sitting.answers import Refused

        answer = self.player.continue_day(opening)
        if isinstance(answer, Refused):
            self.say(answer.problems[0].text, "error")
        else:
            self.show_problem("Not saved", answer.problem)

    def undo(self) -> None:
        """Undo the last act, or say that there is none."""
        self._show_undo_or_redo(self.player.undo(), "undone", "nothing to undo yet")

    def redo(self) -> None:
        """Redo the last undone act, or say that there is none."""
        self._show_undo_or_redo(self.player.redo(), "done again", "nothing to redo")

    def adopt_other_window(self) -> None:
        """Show acts that another window, or a client of the endpoint, did or took back in this play."""
        change = self.player.adopt_other_window() if self.player.sitting else None
        if change is not None:
            self._outcome_of_other_window = change.done[-1] if change.done else None
            self._publish_change(
                "" if change.done else "the last call was undone elsewhere"
            )

    def _show_undo_or_redo(
        self, answer: Done | Refused | MovedOn, outcome_text: str, refusal_text: str
    ) -> None:
        """Show the play after an undo or a redo, with `outcome_text` at the foot. If there was nothing to do, show `refusal_text`."""
        from coffeeshop.lessons.sitting.answers import Done, Refused

        if isinstance(answer, Refused):
            self.say(refusal_text)
            return
        if isinstance(answer, Done) and answer.outcomes:
            command = show_as_pictures(command_of(answer.outcomes[0].act.call))
            if not any(outcome.has_succeeded for outcome in answer.outcomes):
                outcome_text = f"{outcome_text} (it had failed, and changed nothing)"
            outcome_text = f"{outcome_text}: {command}"
        self._show(answer, outcome_text)

    def _show(self, answer: Done | MovedOn, outcome_text: str = "") -> Outcome | None:
        """Show the play after an act, and a note if it couldn't be saved. Return the act's last outcome.

        None: there is no outcome, or another window changed the play first.
        """
        from coffeeshop.lessons.sitting.answers import MovedOn

        if isinstance(answer, MovedOn):
            self._publish_change()
            self.show_problem("Another window moved on", answer.problem)
            return None
        self._publish_change(outcome_text)
        self.show_problem("Not saved", answer.problem)
        return answer.outcomes[-1] if answer.outcomes else None

    def _publish_change(self, message: str = "") -> None:
        """Tell the screens that the play has changed, with a message for the foot ("": none).

        If there are jobs or refusals and all are right, also compute the grade, since it is asked for next.
        """
        self.foot_message = (message, "muted") if message else None
        tickets = self.sitting.tickets
        if tickets and all(ticket.mark is Mark.OK for ticket in tickets):
            self.grade()
        self.changed.publish(None)

    # -------------------------------------------------------------- the grade
    def grade(self, is_asked: bool = False) -> None:
        """Start to grade the play in a thread, if it isn't graded. Proving that nothing more is allowed may take seconds.

        `is_asked`: the learner asked for it. Its result is kept, whatever they do before it is shown.
        """
        assessment = self.sitting.assessment
        if assessment.report is None:
            if is_asked:
                self._asked_grades.add(assessment)
            self._start_once(GRADE, assessment, assessment.grade)

    def compute_access_table(self) -> None:
        """Start to compute who can reach what in a thread, if that isn't known for this play."""
        assessment = self.sitting.assessment
        if assessment.reached is None:
            self._start_once(ACCESS, assessment, assessment.access)

    def compute_assumable(self) -> None:
        """Start to compute in a thread which principals can become which others, if that isn't known for this play."""
        assessment = self.sitting.assessment
        if assessment.surveyed is None:
            self._start_once("survey", assessment, assessment.survey)

    def _start_once(
        self, subject: str, assessment: Assessment, compute: Callable[[], object]
    ) -> None:
        """Run `compute` in a thread, unless it already runs for this play.

        `subject` names the computation. `assessment` is the assessment of the play, which keeps the result.
        """
        if (subject, assessment) not in self._running_computations:
            self._running_computations.add((subject, assessment))
            self._run_computation(subject, assessment, compute)

    @work(group="grade", exit_on_error=False)
    async def _run_computation(
        self, subject: str, assessment: Assessment, compute: Callable[[], object]
    ) -> None:
        """Run `compute` in a thread. Keep a grade. Then update the screens, unless the play has changed meanwhile."""
        try:
            await in_background(compute)
        finally:
            self._running_computations.discard((subject, assessment))
        if subject == GRADE:
            self._keep_grade(assessment)
        if assessment is self.sitting.assessment:
            self.changed.publish(None)

    def _keep_grade(self, assessment: Assessment) -> None:
        """Save a new grade.

        If the learner asked for it, save all of it. Otherwise save only the stars, and fewer than three
        only if the learner has left the play.
        """
        is_asked = assessment in self._asked_grades
        self._asked_grades.discard(assessment)
        if is_asked:
            self.keep_result(assessment)
            return
        has_left = self.current_mode == "home"
        min_stars = 1 if has_left else 3
        # If the stars can't be saved, the receipt tells why.
        self.player.keep_stars(self.real_time(), min_stars, assessment)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Tell the learner that a worker failed."""
        worker = cast("Worker[object]", event.worker)  # pyright: ignore[reportUnknownMemberType]  # a worker may have any result type
        if event.state is WorkerState.ERROR:
            self.show_note(
                "Something went wrong. Nothing is lost", repr(worker.error), "error"
            )

    def real_time(self) -> datetime:
        """Return the real time, not the shop's. Everything else in the app runs on the shop's clock."""
        return datetime.now(UTC)  # noqa: TID251  # the learner's own day

    def keep_result(self, assessment: Assessment) -> None:
        """Save the grade of a play in the learner's progress. A play is saved only once."""
        self.show_problem(
            "Not saved", self.player.keep_grade(assessment, self.real_time()).problem
        )

    def keep_stars(self) -> None:
        """Save the stars that the play has earned so far, even if the learner never opens the grade."""
        self.show_problem("Not saved", self.player.keep_stars(self.real_time()))

    # ------------------------------------------------------- the learner's own
    def draft(self, name: str) -> str:
        """Return a policy text that was left in the editor without saving, by its file name, or ""."""
        return self.sitting.drafts.get(name, b"").decode()

    def keep_draft(self, name: str, text: str) -> None:
        """Keep an unsaved text for the next time that its editor opens."""
        if text != self.draft(name):
            self.show_problem(
                "Not saved", self.player.write(name, without_surrogates(text)).problem
            )

    def use_profile(self, profile: str) -> None:
        """Use another credential, by the name of its profile."""
        from coffeeshop.lessons.sitting.answers import Refused

        answer = self.player.use_profile(profile)
        if isinstance(answer, Refused):
            self.say(bare("; ".join(map(str, answer.problems))))
            return
        self.say(f"you act as {profile}")
        self.show_problem("Not saved", answer.problem)

    # ---------------------------------------------------------------- the look
    def change_setting(self, name: str, value: str) -> None:
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
        self.animation_level = "none" if self.settings.still else "full"

    # ---------------------------------------------------------- the AWS line
    @property
    def last_line(self) -> tuple[str, tuple[str, str]]:
        """Return the texts for the foot of the screen: the last AWS command, and its result with a style.

        While there is a message, it takes the place of the result.
        """
        play = self.sitting.play
        command = last_command(play, self.foot_message)
        if self.foot_message is not None:
            return command, self.foot_message
        last_outcome = play.outcomes[-1] if play.outcomes else None
        is_from_other_window = (
            last_outcome is not None and last_outcome is self._outcome_of_other_window
        )
        return command, result_text(play, is_from_other_window)

    def say(self, text: str, role: str = "muted") -> None:
        """Show a message at the foot of the screen ("": remove it). `role` is its style.

        A muted message stays until the next key, any other until the next act. The shelf of scenarios has
        no foot, so it shows a note instead.
        """
        if text and self.current_mode == "home":
            seconds = self.NOTIFICATION_TIMEOUT
            self._note = Note(show_as_pictures(text), timeout=seconds, markup=False)
            self.post_message(Notify(self._note))
            return
        self.foot_message = (text, role) if text else None
        self.changed.publish(None)

    def show_note(self, title: str, text: str, severity: SeverityLevel = "warning") -> None:
        """Show a note over the screen for 15 seconds, for a problem that needs a title and more than a line."""
        self.notify(
            show_as_pictures(bare(text)),
            title=show_on_one_line(title),
            severity=severity,
            markup=False,
            timeout=15,
        )

    def show_problem(self, title: str, problem: Problem | None) -> None:
        """Show a problem in a note under a title. If there is no problem (None), show nothing."""
        if problem is not None:
            self.show_note(title, problem_sentences(problem))
