"""The app's one play: the only place that replaces it, commits it, and tells the screens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

from textual import work
from textual.app import App
from textual.notifications import Notification, Notify, SeverityLevel
from textual.signal import Signal
from textual.worker import Worker, WorkerState

from coffeeshop.account.model import Act, Call, Caller, Nobody, Outcome, ServiceError
from coffeeshop.harmless import pictured
from coffeeshop.lessons.model import Play, Report
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.shop.want import Mark, Ticket
from coffeeshop.tui.settings import Settings
from coffeeshop.tui.text import sound
from coffeeshop.tui.theme import THEMES

if TYPE_CHECKING:
    from coffeeshop.views.identity import Identity


class Note(Notification):
    """A notification that never has less than a moment left: a toast that comes up later than that, on a busy machine,
    would ask Textual for a timer that runs backwards, and the app would count for ever.
    """

    @property
    def time_left(self) -> float:
        """Seconds until it goes."""
        return max(super().time_left, 0.01)

    @property
    def has_expired(self) -> bool:
        """Whether its time is over."""
        return super().time_left <= 0


class Stage(App[None]):
    """Key, dialog or console line -> `do` -> the play's own `do` (pure) -> committed -> the Signal `changed`.

    `play` is None on the shelf, before a scenario is chosen; `badge` is the profile in hand, `waited` the time that
    passed since the last act, `report` the grade of this very play, once it is known; `predicted`: whether the questions
    before the first act were asked.
    """

    def __init__(self, progress: Progress, extra: Path | None = None) -> None:
        super().__init__()
        self.progress, self.extra = progress, extra
        self.settings = Settings(progress.settings())
        self.play: Play | None = None
        self.badge = ""
        self.waited = timedelta()
        self.report: Report | None = None
        self.said: tuple[str, str] | None = None
        self.hints: dict[str, int] = {}
        self.predicted = False
        self._tickets: tuple[Play | None, tuple[Ticket, ...]] = (None, ())
        self.changed: Signal[Play | None] = Signal(self, "changed")
        for theme in THEMES.values():
            self.register_theme(theme)
        self.look()

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """A note over the screen, for so many seconds."""
        lasts = self.NOTIFICATION_TIMEOUT if timeout is None else timeout
        self.post_message(Notify(Note(message, title, severity, lasts, markup)))

    def begin(self, play: Play) -> None:
        """Put a play on the stage, with the first badge of its desk in hand."""
        self.badge, self.waited, self.hints, self.said = play.scenario.desk[0], timedelta(), {}, None
        self.predicted = False
        self._turn(play)

    def do(self, call: Call, profile: str = "") -> Outcome:
        """Make a call with the badge in hand: committed first, shown then."""
        return self.keep(Act(self.now, self.holder(profile), call))

    def keep(self, act: Act) -> Outcome:
        """Do an act, commit it, show it."""
        play = self.playing.do(act)
        self.waited, self.said = timedelta(), None
        self._commit(play)
        return play.outcomes[-1]

    def _commit(self, play: Play) -> None:
        if problem := self.progress.keep(play):
            self.tell("Not saved", str(problem))
        self._turn(play)

    def _turn(self, play: Play) -> None:
        self.play, self.report = play, None
        if isinstance(self.caller, Nobody):
            self.badge = play.scenario.desk[0]
        if all(ticket.mark is Mark.OK for ticket in self.tickets):
            self.judge(play)
        self.changed.publish(play)

    @property
    def playing(self) -> Play:
        """The play; screens of play exist only where there is one."""
        return cast("Play", self.play)

    @property
    def now(self) -> datetime:
        """When the next act happens: the play's clock and the time waited since."""
        return self.playing.now + self.waited

    @property
    def caller(self) -> Caller:
        """The credential in hand."""
        return self.holder()

    def holder(self, profile: str = "") -> Caller:
        """The credential of a profile, else the one in hand."""
        from coffeeshop.account.access.standing import lookup  # with the whole engine, which the shelf does without

        return lookup(self.playing.account, profile or self.badge)

    @property
    def identity(self) -> Identity:
        """Who holds the badge in hand."""
        from coffeeshop.views.identity import identity

        return identity(self.playing.account, self.badge, self.now)

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """Every job and refusal as it stands now, run on a copy."""
        from coffeeshop.lessons.grading.grade import open_shop

        if self._tickets[0] is not self.play:
            self._tickets = (self.play, open_shop(self.playing))
        return self._tickets[1]

    @work(thread=True, exclusive=True, group="grade", exit_on_error=False)
    def judge(self, play: Play) -> tuple[Play, Report]:
        """Grade in a thread: proving that nothing more is allowed may take a moment."""
        from coffeeshop.lessons.grading.grade import grade

        return play, grade(play)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show a report if it is still about the play of now; a failure says what to tell us."""
        worker = cast("Worker[object]", event.worker)  # pyright: ignore[reportUnknownMemberType]  # of any result
        if event.state is WorkerState.ERROR:
            self.tell("That went wrong; nothing is lost", repr(worker.error), "error")
        if event.state is WorkerState.SUCCESS and worker.group == "grade":
            play, report = cast("tuple[Play, Report]", worker.result)
            if play is self.play:
                self.report = report
                self.changed.publish(play)

    def undo(self) -> None:
        """Take the last act back, or say that there is none."""
        if self.playing.outcomes:
            self._commit(self.playing.undo())
        self.say("undone; U does it again" if self.playing.undone else "nothing to undo yet")

    def redo(self) -> None:
        """Do the last undone act again, or say that there is none."""
        again = bool(self.playing.undone)
        if again:
            self._commit(self.playing.redo())
        self.say("done again" if again else "nothing to redo")

    # ------------------------------------------------------- kept beside the play
    def draft(self, name: str) -> str:
        """A text that was not saved; "" where there is none."""
        return self.progress.drafts(self.playing.scenario).get(name, b"").decode()

    def keep_draft(self, name: str, text: str) -> None:
        """Keep a text for the next time."""
        if text != self.draft(name):
            self.progress.write(self.playing.scenario, name, sound(text))

    def take(self, profile: str) -> None:
        """Take a badge in hand."""
        self.badge = profile
        self.say(f"you act as {profile}")

    def keep_result(self, report: Report) -> None:
        """Keep what a grading came to."""
        problem = self.progress.record_result(self.playing.scenario, report, datetime.now(UTC))  # noqa: TID251  # the learner's own day
        if problem:
            self.tell("Not saved", str(problem))

    def choose(self, name: str, value: str) -> None:
        """Change a setting; it shows at once."""
        self.settings = self.settings.with_(name, value)
        self.progress.set_setting(name, value)
        self.look()
        self.changed.publish(self.play)

    def look(self) -> None:
        """Take the chosen theme and motion."""
        self.theme = self.settings["theme"]
        self.animation_level = "none" if self.settings.still else "full"

    # ---------------------------------------------------------- the AWS line
    def spell(self, call: Call, profile: str = "") -> str:
        """A call as the command that would make it."""
        from coffeeshop.account.command import write

        return write(call, "" if profile in ("", self.playing.scenario.desk[0]) else profile)

    @property
    def last_line(self) -> tuple[str, tuple[str, str]]:
        """The last command and what came of it; or what was just said."""
        from coffeeshop.views.things.item_actions import gone

        if self.said is not None:
            return "", self.said
        if not self.playing.outcomes:
            return "", ("your first act stands here", "muted")
        outcome = self.playing.outcomes[-1]
        if isinstance(outcome.answer, ServiceError):
            return self.spell(outcome.act.call), (outcome.answer.code, "error")
        if lost := gone(outcome.act.call):
            return self.spell(outcome.act.call), (f"{pictured(lost)}; u takes it back", "warning")
        return self.spell(outcome.act.call), ("done", "ok")

    def say(self, text: str, role: str = "muted") -> None:
        """One word at the foot of the screen, until the next act; "" takes the last one away."""
        self.said = (text, role) if text else None
        self.changed.publish(self.play)

    def tell(self, title: str, text: str, severity: SeverityLevel = "warning") -> None:
        """A note over the screen, for as long as it takes to read what went wrong."""
        self.notify(pictured(text), title=title, severity=severity, markup=False, timeout=15)

    def ticket(self, want: str) -> Ticket | None:
        """The ticket of a want by its id, as it stands now."""
        return next((ticket for ticket in self.tickets if ticket.want.id == want), None)
