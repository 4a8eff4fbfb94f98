"""The app: it holds one play, and is the only place that replaces it; screens show what a view makes of it."""

from __future__ import annotations

import asyncio
import os
import signal
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar, cast

import platformdirs
from textual import work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.signal import Signal
from textual.worker import Worker, WorkerState

from coffeeshop.account.command import write
from coffeeshop.account.model import Act, Call, Caller, Nobody, Outcome, ServiceError
from coffeeshop.account.standing import lookup
from coffeeshop.lessons.find import course, find, folders, heading
from coffeeshop.lessons.form import ScenarioForm
from coffeeshop.lessons.grade import grade, open_shop
from coffeeshop.lessons.load import load
from coffeeshop.lessons.model import Play, Report
from coffeeshop.lessons.progress import Progress, save_path
from coffeeshop.policy.model import Kind, Problem
from coffeeshop.shop.want import Mark, Ticket
from coffeeshop.tui.screens.base import PlayScreen
from coffeeshop.tui.settings import Settings
from coffeeshop.tui.text import visible
from coffeeshop.tui.theme import THEMES
from coffeeshop.tui.widgets.too_small import COLUMNS, ROWS
from coffeeshop.views.deeds import Deed
from coffeeshop.views.form import Form, form
from coffeeshop.views.identity import Identity, identity
from coffeeshop.views.items import Item


def _home() -> Screen[None]:
    from coffeeshop.tui.screens.home import HomeScreen

    return HomeScreen()


def _shop() -> Screen[None]:
    from coffeeshop.tui.screens.shop import ShopScreen

    return ShopScreen()


def _people() -> Screen[None]:
    from coffeeshop.tui.screens.things import PeopleScreen

    return PeopleScreen()


def _policies() -> Screen[None]:
    from coffeeshop.tui.screens.things import PoliciesScreen

    return PoliciesScreen()


class CoffeeshopApp(App[None]):
    """Learn IAM by running a coffee shop. `play` is None on the shelf, before a scenario is chosen."""

    TITLE = "Coffeeshop"
    CSS_PATH = "css/screens.tcss"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]]] = [(0, "-tiny"), (COLUMNS, "-narrow"), (100, "-wide")]  # pyright: ignore[reportIncompatibleVariableOverride]  # as textual's guide has it
    VERTICAL_BREAKPOINTS: ClassVar[list[tuple[int, str]]] = [(0, "-flat"), (ROWS, "-short"), (30, "-tall")]  # pyright: ignore[reportIncompatibleVariableOverride]  # likewise
    MODES: ClassVar[dict[str, str | Callable[[], Screen[None]]]] = {
        "home": _home,
        "shop": _shop,
        "people": _people,
        "policies": _policies,
    }
    DEFAULT_MODE = "home"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", priority=True, show=False),
        Binding("ctrl+c", "quit_hint", show=False),
    ]

    def __init__(self, progress: Progress, scenario: str = "", extra: Path | None = None) -> None:
        super().__init__()
        self.progress, self.first, self.extra = progress, scenario, extra
        self.settings = Settings(progress.settings())
        self.play: Play | None = None
        self.badge = ""
        self.waited = timedelta()
        self.report: Report | None = None
        self.said: tuple[str, str] | None = None
        self.hints: dict[str, int] = {}
        self._tickets: tuple[Play | None, tuple[Ticket, ...]] = (None, ())
        self.changed: Signal[Play | None] = Signal(self, "changed")
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = self.settings["theme"]

    async def on_mount(self) -> None:
        """Restore the terminal also when the process is told to end; open the scenario asked for."""
        if not self.is_headless:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.exit)
        if self.settings.still:
            self.animation_level = "none"
        if self.first:
            self.open_scenario(self.first)

    # -------------------------------------------------------------- the play
    def open_scenario(self, name: str, afresh: bool = False) -> None:
        """Load a scenario by id, number or path, resume its play, show its brief."""
        folder = find(name, self.extra)
        scenario = (folder,) if isinstance(folder, Problem) else load(folder)
        if isinstance(scenario, tuple):
            self.notify(
                visible("\n".join(map(str, scenario))),
                title="This scenario cannot be opened",
                severity="error",
                markup=False,
                timeout=15,
            )
            return
        play = self.progress.forget(scenario) if afresh else self.progress.resume(scenario)
        self.badge, self.waited, self.hints, self.said = scenario.desk[0], timedelta(), {}, None
        self._leave_modes()
        self._turn(play)
        self.switch_mode("shop")
        if not play.outcomes:
            self.action_brief()

    def _leave_modes(self) -> None:
        """Screens of the play before are closed, so that none of them shows the wrong account."""
        if self.current_mode != "home":
            self.switch_mode("home")
        for mode, screen in self.MODES.items():
            if mode != "home":
                self.remove_mode(mode)
                self.add_mode(mode, screen)  # pyright: ignore[reportUnknownMemberType]  # screens of any result

    def do(self, call: Call, profile: str = "") -> Outcome:
        """Make a call with the badge in hand: committed first, shown then."""
        return self.keep(Act(self.now, lookup(self.playing.account, profile) if profile else self.caller, call))

    def keep(self, act: Act) -> Outcome:
        """Do an act, commit it, show it."""
        play = self.playing.do(act)
        self.waited, self.said = timedelta(), None
        self._commit(play)
        return play.outcomes[-1]

    def _commit(self, play: Play) -> None:
        if problem := self.progress.keep(play):
            self.notify(visible(str(problem)), title="Not saved", severity="warning", markup=False, timeout=10)
        self._turn(play)

    def _turn(self, play: Play) -> None:
        self.play, self.report = play, None
        if isinstance(lookup(play.account, self.badge), Nobody):
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
        return lookup(self.playing.account, self.badge)

    @property
    def identity(self) -> Identity:
        """Who holds the badge in hand."""
        return identity(self.playing.account, self.badge, self.now)

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """Every job and refusal as it stands now, run on a copy."""
        if self._tickets[0] is not self.play:
            self._tickets = (self.play, open_shop(self.playing))
        return self._tickets[1]

    @work(thread=True, exclusive=True, group="grade", exit_on_error=False)
    def judge(self, play: Play) -> tuple[Play, Report]:
        """Grade in a thread: proving that nothing more is allowed may take a moment."""
        return play, grade(play)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show a report if it is still about the play of now; a failure says what to tell us."""
        worker = cast("Worker[object]", event.worker)  # pyright: ignore[reportUnknownMemberType]  # of any result
        if event.state is WorkerState.ERROR:
            self.notify(
                visible(repr(worker.error)),
                title="That went wrong; nothing is lost",
                severity="error",
                markup=False,
                timeout=20,
            )
        if event.state is WorkerState.SUCCESS and worker.group == "grade":
            play, report = cast("tuple[Play, Report]", worker.result)
            if play is self.play:
                self.report = report
                self.changed.publish(play)

    # --------------------------------------------------------------- deeds
    async def perform(self, deed: Deed, item: Item | None) -> None:
        """Ask for what a deed still needs, then do it; the policy editor or the phone comes next where it needs one."""
        if deed.operation == "CreateVirtualMFADevice" and item is not None:
            from coffeeshop.tui.screens.enrol import EnrolScreen

            self.push_screen(EnrolScreen(item.names["UserName"]))
            return
        made = form(self.playing.account, deed, item.names if item else {})
        thing = item.row.word if item else ""
        call = made.call({})
        if made.fields:
            answer = await self._ask(made, thing)
            if not isinstance(answer, Call):
                return
            call = answer
        if made.document is not None:
            member, grammar = made.document
            self._write(call, member, grammar, thing, item.document if item and deed.key == "e" else "")
        elif isinstance(refused := self.do(call).answer, ServiceError):
            await self._ask(made, thing, refused)

    async def _ask(self, made: Form, thing: str, refused: ServiceError | None = None) -> Outcome | Call | None:
        from coffeeshop.tui.screens.form import FormDialog

        return await self.push_screen_wait(FormDialog(made, thing, refused=refused))

    def _write(self, call: Call, member: str, grammar: Kind, thing: str, text: str) -> None:
        from coffeeshop.tui.screens.editor import Draft, EditorScreen

        names = [
            str(value).rpartition("/")[2]
            for key, value in call.parameters.items()
            if key.endswith(("Name", "Arn", "Bucket"))
        ]
        self.push_screen(
            EditorScreen(
                Draft(
                    call.service,
                    call.operation,
                    call.parameters,
                    member,
                    grammar,
                    " of ".join(reversed(names)) or thing,
                    text,
                )
            )
        )

    def draft(self, name: str) -> str:
        """A text that was not saved; "" where there is none."""
        return self.progress.drafts(self.playing.scenario).get(name, b"").decode()

    def keep_draft(self, name: str, text: str) -> None:
        """Keep a text for the next time."""
        if text != self.draft(name):
            self.progress.write(self.playing.scenario, name, text)

    def take(self, profile: str) -> None:
        """Take a badge in hand."""
        self.badge = profile
        self.say(f"you act as {profile}")

    def keep_result(self, report: Report) -> None:
        """Keep what a grading came to."""
        self.progress.graded(self.playing.scenario, report, datetime.now(UTC))  # noqa: TID251  # the learner's own day

    def course(self) -> dict[str, ScenarioForm]:
        """The scenarios of the course, and of a teacher's folder, by id."""
        forms = (heading(folder) for folder in folders(self.extra))
        return {form.id: form for form in forms if isinstance(form, ScenarioForm)}

    @staticmethod
    def chapters() -> dict[int, str]:
        """The chapters' titles by number."""
        rows = tomllib.loads((course() / "chapters.toml").read_text(encoding="utf-8"))["chapter"]
        return {row["number"]: row["title"] for row in rows}

    # ---------------------------------------------------------- the AWS line
    def spell(self, call: Call, profile: str = "") -> str:
        """A call as the command that would make it."""
        return write(call, "" if profile in ("", self.playing.scenario.desk[0]) else profile)

    @property
    def last_line(self) -> tuple[str, tuple[str, str]]:
        """The last command and what came of it; or what was just said."""
        if self.said is not None:
            return "", self.said
        if not self.playing.outcomes:
            return "", ("nothing asked yet", "muted")
        outcome = self.playing.outcomes[-1]
        came = (outcome.answer.code, "error") if isinstance(outcome.answer, ServiceError) else ("done", "ok")
        return self.spell(outcome.act.call), came

    def say(self, text: str, role: str = "muted") -> None:
        """One word at the foot of the screen, until the next act."""
        self.said = (text, role)
        self.changed.publish(self.play)

    # --------------------------------------------------------------- actions
    def action_step_back(self) -> None:
        """A pushed screen closes; People and Policies go to the shop, the shop to the shelf."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        elif self.current_mode == "shop":
            self.switch_mode("home")
        elif self.current_mode != "home":
            self.switch_mode("shop")

    def action_go(self, mode: str) -> None:
        """To a mode, as it was left."""
        if self.current_mode == mode:
            while len(self.screen_stack) > 1:
                self.pop_screen()
        else:
            self.switch_mode(mode)

    def action_why(self) -> None:
        """Open the reason of the decision under the cursor."""
        from coffeeshop.tui.screens.why import WhyScreen

        decided = self.screen.decided() if isinstance(self.screen, PlayScreen) else None
        if decided is None:
            self.say("y explains a decision: choose a job, a refusal or a request first")
        else:
            self.push_screen(WhyScreen(decided))

    def action_open_shop(self) -> None:
        """Every job and refusal, with what AWS answers."""
        from coffeeshop.tui.screens.tickets import TicketsScreen

        self._push_once(TicketsScreen())

    def action_grade(self) -> None:
        """The receipt."""
        from coffeeshop.tui.screens.grade import GradeScreen

        self._push_once(GradeScreen())

    def action_brief(self) -> None:
        """The story and the checks."""
        from coffeeshop.tui.screens.brief import BriefScreen

        self._push_once(BriefScreen())

    def action_hint(self) -> None:
        """The next rung for the first finding."""
        from coffeeshop.tui.screens.grade import GradeScreen

        self._push_once(GradeScreen(hint=True))

    def action_badge(self) -> None:
        """Another badge."""
        from coffeeshop.tui.screens.badge import BadgeDialog

        self.push_screen(BadgeDialog())

    def action_console(self) -> None:
        """The console drawer."""
        from coffeeshop.tui.screens.console import ConsoleScreen

        self.push_screen(ConsoleScreen())

    def action_settings(self) -> None:
        """The look."""
        from coffeeshop.tui.screens.settings import SettingsScreen

        self.push_screen(SettingsScreen())

    def action_help(self) -> None:
        """This screen's keys."""
        from coffeeshop.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(self.screen))

    @work
    async def action_palette(self) -> None:
        """Every action by name."""
        from coffeeshop.tui.palette import open_palette

        await open_palette(self)

    def action_undo(self) -> None:
        """Take the last act back."""
        if not self.playing.outcomes:
            self.say("nothing to undo yet")
            return
        self._commit(self.playing.undo())
        self.say("undone; U does it again")

    def action_redo(self) -> None:
        """Do the last undone act again."""
        if not self.playing.undone:
            self.say("nothing to redo")
            return
        self._commit(self.playing.redo())
        self.say("done again")

    def action_copy_line(self) -> None:
        """Copy the last command."""
        line, _ = self.last_line
        if line:
            self.copy_to_clipboard(visible(line))
        self.say("copied" if line else "nothing to copy yet")

    def action_quit_hint(self) -> None:
        """Control-C does not quit: a slip of the hand in a terminal."""
        self.say("ctrl+q quits") if self.play else self.notify("ctrl+q quits", markup=False)

    def choose(self, name: str, value: str) -> None:
        """Change a setting; it shows at once."""
        self.settings = self.settings.with_(name, value)
        self.progress.choose(name, value)
        self.theme = self.settings["theme"]
        self.animation_level = "none" if self.settings.still else "full"
        self.changed.publish(self.play)

    def _push_once(self, screen: PlayScreen) -> None:
        """Push a screen; one of its kind that already stands below is closed, and what stands on it."""
        while any(type(shown) is type(screen) for shown in self.screen_stack):
            self.pop_screen()
        self.push_screen(screen)


def run(scenario_id: str | None, learner: str, scenarios_dir: Path | None) -> int:
    """Start the app for a learner, on the shelf or in a scenario; answers the exit status."""
    folder = Path(os.environ.get("COFFEESHOP_DATA") or platformdirs.user_data_path("coffeeshop"))
    app = CoffeeshopApp(Progress(save_path(folder, learner)), scenario_id or "", scenarios_dir)
    app.run()
    app.progress.close()
    return app.return_code or 0
