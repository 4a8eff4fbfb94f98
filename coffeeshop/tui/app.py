"""The app: its screens and its keys. Each screen is imported when it is first shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.screen import Screen

from coffeeshop.harmless import show_as_pictures
from coffeeshop.lessons.play.help_rows import Help
from coffeeshop.lessons.play.save_problems import SCENARIO_CHANGED
from coffeeshop.lessons.teaching.bookmark import LAST_SCENARIO_SETTING
from coffeeshop.lessons.teaching.help_setting import FULL_HELP, HELP_SETTING
from coffeeshop.process_signals import (
    call_on_signals,
    end_on_hangup,
    terminated_exit_code,
)
from coffeeshop.tui.collector import Collector
from coffeeshop.tui.key_names import use_key_names
from coffeeshop.tui.key_queue import POLL_SECONDS, HandleInput, KeyQueue
from coffeeshop.tui.keys import CLOSED_IN_EXAM
from coffeeshop.tui.screens.base import PlayScreen, Shell, show_in_key_row
from coffeeshop.tui.stage import Stage
from coffeeshop.tui.widgets.too_small import MIN_COLUMNS, MIN_ROWS
from coffeeshop.window import bound_size

if TYPE_CHECKING:
    from textual.driver import Driver

    from coffeeshop.lessons.sitting.player import Player

SCREENS: dict[str, str] = {  # by the name that keys and modes use
    "home": "home.HomeScreen", "shop": "shop.ShopScreen", "people": "people.PeopleScreen", "policies": "policies.PoliciesScreen",
    "access": "access.AccessScreen", "account": "account.AccountScreen",
    "tickets": "tickets.TicketsScreen", "grade": "grade.GradeScreen", "hint": "grade.HintScreen", "brief": "brief.BriefScreen",
    "badge": "badge.BadgeDialog", "console": "console.ConsoleScreen", "settings": "settings.SettingsScreen",
    "help": "help.HelpScreen", "words": "words.WordsDialog", "welcome": "welcome.WelcomeScreen",
    "progress": "morning.ProgressScreen", "day": "day.DayScreen",
}  # fmt: skip


use_key_names()


def _make_screen(name: str) -> Screen[None]:
    """Import and return a new screen, by its name in SCREENS. Importing it only now lets the app start faster."""
    module, _, kind = SCREENS[name].partition(".")
    return getattr(import_module(f"coffeeshop.tui.screens.{module}"), kind)()


def _screen_factory(name: str) -> Callable[[], Screen[None]]:
    """Return a function that makes a new screen by its name in SCREENS. Textual's modes need one."""
    return lambda: _make_screen(name)


# Keys that list the words of the screen. A result that is still computed can add some.
WORDS_KEYS = frozenset(("W", "f3"))
SECONDS_BETWEEN_CLASS_CHECKS = 2.0
CLICK_KEYS = ("enter", "down", "tab")  # keys that choose a row, or go to it or its list
WHEEL_KEYS = ("pageup", "pagedown")


def _possible_keys(message: Message) -> tuple[str, ...]:
    """Return the key, or the keys that do what the mouse does here. Other messages mean none."""
    match message:
        case events.Key():
            return (message.key,)
        case events.MouseDown() | events.MouseUp():
            return CLICK_KEYS
        case events.MouseScrollDown() | events.MouseScrollUp():
            return WHEEL_KEYS
        case _:
            return ()


class CoffeeshopApp(Stage):
    """Learn IAM by running a coffee shop."""

    TITLE = "Coffeeshop"
    CSS_PATH = "css/screens.tcss"
    ENABLE_COMMAND_PALETTE = False
    # Textual's guide writes them like this, but its types differ.
    HORIZONTAL_BREAKPOINTS: ClassVar = [  # pyright: ignore[reportIncompatibleVariableOverride]
        (0, "-tiny"),
        (MIN_COLUMNS, "-narrow"),
        (100, "-wide"),
    ]
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-flat"), (MIN_ROWS, "-short"), (30, "-tall")]  # pyright: ignore[reportIncompatibleVariableOverride]
    MODES: ClassVar[dict[str, str | Callable[[], Screen[None]]]] = {
        n: _screen_factory(n)
        for n in ("home", "shop", "people", "policies", "access", "day")
    }
    DEFAULT_MODE = "home"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", priority=True, show=False),
        Binding("ctrl+c", "quit_hint", show=False),
        Binding("f3", "open('words')", show=False),
    ]

    def get_driver_class(self) -> type[Driver]:
        """Return the class that talks to the terminal. On Linux and macOS it also survives bytes that aren't UTF-8."""
        driver = super().get_driver_class()
        if driver.__name__ != "LinuxDriver":  # Windows and browsers have other drivers
            return driver
        from coffeeshop.tui.driver import TerminalDriver

        return TerminalDriver

    @property
    def size(self) -> Size:
        """Return the size of the window in cells, limited to the largest size that the app paints."""
        return Size(*bound_size(*super().size))

    def __init__(self, player: Player) -> None:
        """Make the app for a learner. If they opened a scenario already, the app starts in it and not at the shelf of scenarios."""
        if player.sitting:
            self.DEFAULT_MODE = "shop"  # pyright: ignore[reportConstantRedefinition, reportAttributeAccessIssue]  # no shelf yet
        self.MODES = {**self.MODES, "shop": self._make_main_screen}  # pyright: ignore[reportConstantRedefinition, reportAttributeAccessIssue]  # the floor depends on this player
        super().__init__(player)
        self.is_leaving = False  # ctrl+q was pressed, and a grade is computed first

    def _make_main_screen(self) -> Screen[None]:
        """Return a new main screen of a scenario, which key 1 shows: the shop's picture, or the list of an imported account."""
        return _make_screen(
            "account" if self.player.sitting and self.sitting.scenario.imported else "shop"
        )

    def on_load(self) -> None:
        """Before the first screen, start the queue of keys, and begin the scenario if one was opened."""
        self.keys = KeyQueue(self, self._key_needs_result, self.show_note)
        if self.player.sitting:
            self._show_opened_scenario()

    async def on_mount(self) -> None:
        """Open the first screens. Restore the terminal when a signal ends the process."""
        if not self.is_headless:
            call_on_signals(self._leave_on_signal, "SIGTERM")
            end_on_hangup()
            self.call_after_refresh(self._start_collector)
        if not self.player.sitting:
            self._tell_assignments()
        if not self.player.sitting and self.settings.teaches and self.player.is_newcomer:
            self.action_open("welcome")
        self.set_interval(self.SECONDS_BETWEEN_WINDOW_CHECKS, self.adopt_other_window)
        self.player.follow_class()  # what is known when the app starts isn't news
        self.set_interval(SECONDS_BETWEEN_CLASS_CHECKS, self.follow_class)

    def _tell_assignments(self) -> None:
        """Show the assignments of the learner's class on the shelf."""
        membership = self.player.membership
        if membership and membership.assignments:
            from coffeeshop.views.assignments import assignment_lines

            lines = assignment_lines(membership.assignments, self.player.extra)
            self.show_note(membership.class_name, "\n".join(lines), "information")

    def on_ready(self) -> None:
        """Paint the first frame at once. Textual would wait for the next tick of its timer."""
        self.screen._on_timer_update()  # pyright: ignore[reportPrivateUsage]  # painting has no public interface

    async def on_event(self, event: events.Event) -> None:
        """Queue each key, paste and click. Handle every other event at once."""
        if isinstance(event, events.InputEvent | events.Paste) and not event.is_forwarded:
            self.keys.put(event)
        else:
            await super().on_event(event)

    async def on_handle_input(self, message: HandleInput) -> None:
        """Handle a key, paste or click whose turn has come.

        In a window that is too small only ctrl+q works, because the learner can't see the effect of other
        keys.
        """
        event = message.event
        if self.collector and isinstance(event, events.InputEvent):
            self.collector.postpone()
        is_too_small = self.size.width < MIN_COLUMNS or self.size.height < MIN_ROWS
        is_quit_key = isinstance(event, events.Key) and event.key == "ctrl+q"
        if isinstance(event, events.Key):
            self.clear_key_message()  # the message was about the last key
            if isinstance(self.screen, PlayScreen):
                self.screen.skip_replay()
        if (
            not is_too_small
            or is_quit_key
            or not isinstance(event, events.InputEvent | events.Paste)
        ):
            await super().on_event(event)

    def clear_key_message(self) -> None:
        """Remove the message at the foot that the last key caused, and the note on the shelf. Results of AWS calls stay."""
        if self._note:
            self._unnotify(self._note)
            self._note = None
        if self.foot_message and self.foot_message[1] == "muted":
            self.foot_message = None
            for screen in self.screen_stack:
                if isinstance(screen, PlayScreen) and screen.widgets_exist:
                    screen.show_foot()

    def _key_needs_result(self, message: Message) -> bool:
        """Return whether a key or a click must wait, because its effect depends on what is still computed in a thread.

        Once ctrl+q was pressed, only another ctrl+q has an effect. Every other key waits.
        """
        screen, keys = self.screen, _possible_keys(message)
        if self.is_leaving:
            return "ctrl+q" not in keys
        if not isinstance(screen, Shell) or not screen.widgets_exist:
            return False
        lists_words = any(
            key in WORDS_KEYS and not screen.takes_as_text(key) for key in keys
        )
        return (lists_words and self.is_computing) or any(map(screen.key_must_wait, keys))

    # --------------------------------------------------------- the scenario
    def action_play(self, name: str, afresh: bool = False) -> None:
        """Open a scenario with the learner's saved acts, and show its floor.

        `name` is an id, a number or a path. With `afresh` the scenario begins again without those acts.
        """
        with show_in_key_row(self, "opening …"):
            self._open_play(name, afresh)

    def _open_play(self, name: str, afresh: bool) -> None:
        """Open a scenario, or show why it can't be opened. With `afresh`, begin it again.

        The stars of the scenario that was open before are saved first.
        """
        from coffeeshop.lessons.sitting.answers import Refused

        self.keep_stars()
        answer = self.player.open(name, afresh=afresh)
        if isinstance(answer, Refused):
            self.show_note(
                "This scenario cannot be opened",
                "\n".join(map(str, answer.problems)),
                "error",
            )
            return
        self.clear_notifications()  # a message about the shelf would cover the lesson
        self._renew_mode_screens()
        self._show_opened_scenario()
        if self.collector:
            self.collector.collect()
        is_saved = answer.problem is None or answer.problem.code == SCENARIO_CHANGED.code
        self.show_problem("A new version" if is_saved else "Not saved", answer.problem)
        self.switch_mode("shop")

    def _show_opened_scenario(self) -> None:
        """Show the scenario that was just opened, and remember it as the last one played."""
        self.begin()
        self.player.progress.set_setting(LAST_SCENARIO_SETTING, self.sitting.scenario.id)

    def _start_collector(self) -> None:
        """Start the collector of unused memory.

        Starting the app leaves much of it. In a headless app no collector starts, since it would also
        affect the larger program, such as a test run, that the app may be part of.
        """
        self.collector = Collector(self)

    def _renew_mode_screens(self) -> None:
        """Replace the screens of the scenario that was open by new ones, so that none of them shows the wrong account."""
        if self.current_mode != "home":
            self.switch_mode("home")
        for mode, screen in self.MODES.items():
            if mode != "home":
                self.remove_mode(mode)
                self.add_mode(mode, screen)  # pyright: ignore[reportUnknownMemberType]  # screens of any result

    # --------------------------------------------------------------- actions
    def action_onward(self) -> None:
        """Open the next scenario, after three stars."""
        if not self.has_won:
            self.say("n opens the next scenario after three stars")
        elif (heading := self.next_heading) is None:
            self.say("every scenario has three stars")
        else:
            self.action_play(heading.id)

    def _refuse_in_exam(self, name: str) -> bool:
        """Return whether an exam forbids a screen or an action. If it does, tell the learner."""
        sitting = self.player.sitting
        if sitting is None or not sitting.in_exam or name not in CLOSED_IN_EXAM:
            return False
        self.say("not during the exam: x hands in, and results come after it")
        return True

    def adopt_other_window(self) -> None:
        """Show what another window did, and an exam that has begun or ended."""
        super().adopt_other_window()
        player = self.player
        exam = player.exam
        if exam and (player.must_leave or player.sitting is None):
            self._tell_exam()
            self.action_play(exam.id)
        elif player.sitting and player.notice_exam():
            if exam:
                self._tell_exam()
                self.action_go("shop")  # other screens can show results
            self._publish_change()

    def _tell_exam(self) -> None:
        """Say that an exam has begun."""
        from coffeeshop.views.exam import EXAM_RULE

        message = f"It is open now. Your earlier work is saved. {EXAM_RULE}"
        self.show_note("An exam has begun", message)

    def follow_class(self) -> None:
        """Show what the teacher changed in the class, and apply it: an exam can begin, change or end."""
        from coffeeshop.views.assignments import class_news

        lines = class_news(self.player)
        if lines is None:
            return
        if lines and (membership := self.player.membership):
            news = "\n".join(lines)
            self.show_note(f"New from {membership.class_name}", news, "information")
        self.adopt_other_window()

    def action_step_back(self) -> None:
        """Go back one step: from a screen on top to the one below, from a main screen to the shop, from the shop to the shelf."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        elif self.current_mode == "shop":
            if self._refuse_in_exam("home"):
                return
            self.keep_stars()
            self.switch_mode("home")
        elif self.current_mode != "home":
            self.action_go("shop")

    def action_go(self, mode: str) -> None:
        """Switch to one of the main screens, by its name. Close screens on top of it, after they have kept unsaved text."""
        if self.player.sitting is None:
            self.say("⏎ takes the cup under the cursor")
            return
        if self._refuse_in_exam(mode):
            return
        self.foot_message = None  # the message belonged to the last screen
        position_before = self._position()
        self.switch_mode(mode)
        while len(self.screen_stack) > 1:
            if isinstance(screen := self.screen, PlayScreen):
                screen.keep_unsaved_text()
            self.pop_screen()
        if isinstance(screen := self.screen, PlayScreen):
            screen.arrive()
        # The focus moves later as well.
        self.call_later(self._say_nothing_changed, position_before)

    def _say_nothing_changed(self, position_before: tuple[object, ...]) -> None:
        """Say that the key changed nothing, if the learner is still at the place before the key."""
        if self._position() == position_before:
            self.say("you are on that screen already")

    def _position(self) -> tuple[object, ...]:
        """Return the current screen and the cursor's position on it, to tell later whether a key moved it."""
        screen = self.screen
        if isinstance(screen, PlayScreen):
            return (screen, *screen.cursor_position)
        return (screen,)

    def action_why(self) -> None:
        """Explain AWS's decision under the cursor, or else on the job or refusal that the Next box names."""
        from coffeeshop.shop.want import Ticket
        from coffeeshop.tui.screens.why import WhyScreen

        if self._refuse_in_exam("why"):
            return
        screen = self.screen
        decision = None
        is_made_up = isinstance(screen, PlayScreen) and screen.MAKES_UP_CALLS
        if isinstance(screen, PlayScreen) and screen.widgets_exist:
            suggested_ticket = self.ticket(screen.next_want_id)
            decision = screen.decision_here() or suggested_ticket
            if decision is not None and decision is suggested_ticket:
                self.record_help(Help.CAUSE)
        if decision is None:
            self.say("y explains a decision: choose a job, a refusal or a request first")
        else:
            is_ticket = isinstance(decision, Ticket)
            self.player.ask_reason(decision.outcomes if is_ticket else [decision])
            self.push_screen(WhyScreen(decision, is_made_up))

    def action_draw(self) -> None:
        """Draw the request, the person or the thing under the cursor, or else everything of the first person."""
        from coffeeshop.tui.screens.draw import DrawScreen
        from coffeeshop.views.grant.focus import first_focus

        if self._refuse_in_exam("draw"):
            return
        screen = self.screen
        about = None
        if isinstance(screen, DrawScreen):
            self.say("this is the drawing already; ← and → draw the person or the thing")
            return
        if isinstance(screen, PlayScreen) and screen.widgets_exist:
            about = screen.focus_here()
        self.push_screen(DrawScreen(about or first_focus(self.sitting.play)))

    @work
    async def action_cause(self) -> None:
        """Name the cause of a case of a diagnosis."""
        from coffeeshop.tui.screens.cause import ask_for_cause

        await ask_for_cause(self)

    def action_full_step(self) -> None:
        """Show the whole next step, however often the learner has done it. With help *full*, open its call, filled in."""
        if self._refuse_in_exam("full_step"):
            return
        if self.settings[HELP_SETTING] == FULL_HELP:
            from coffeeshop.tui.screens.solution import open_next_call

            if open_next_call(self):
                return
        self.show_full_step()

    def action_lesson(self) -> None:
        """Open the scenario's lesson at the page that the Next box offers, or where it was left.

        `_push` closes a lesson screen that is already open.
        """
        from coffeeshop.lessons.sitting.answers import Refused
        from coffeeshop.tui.screens.lesson import LessonScreen

        if self._refuse_in_exam("lesson"):
            return
        lesson = self.player.lesson()
        if lesson is None:
            self.say("this scenario has no lesson")
        elif isinstance(lesson, Refused):
            self.show_note(
                "The lesson cannot be read", "\n".join(map(str, lesson.problems)), "error"
            )
        else:
            screen = self.screen
            page = screen.offered_page() if isinstance(screen, PlayScreen) else None
            self._push(LessonScreen(lesson, page.number if page else None))

    def action_open(self, name: str) -> None:
        """Push a screen by its name.

        An older screen of the same kind is closed, with all screens on top of it.
        """
        if self._refuse_in_exam(name):
            return
        if name == "brief":
            self.brief_opened_for = (
                self.sitting.scenario.id,
                self.sitting.scenario.variant,
            )
        self._push(_make_screen(name))

    def _push(self, screen: Screen[None]) -> None:
        """Push a screen. An older screen of the same kind is closed, with all screens on top of it."""
        while any(type(item) is type(screen) for item in self.screen_stack):
            self.pop_screen()
        self.push_screen(screen)

    @work
    async def action_palette(self) -> None:
        """Open the list of every action, person, policy and scenario."""
        from coffeeshop.tui.palette import open_palette

        await open_palette(self)

    @work
    async def action_export(self) -> None:
        """Write the play to a file."""
        from coffeeshop.tui.export import open_export

        await open_export(self)

    def action_undo(self) -> None:
        """Take back the last act."""
        self.undo()

    def action_redo(self) -> None:
        """Do the last undone act again."""
        self.redo()

    def action_copy_line(self) -> None:
        """Copy the AWS command under the cursor, else the last command."""
        screen = self.screen
        line = (
            screen.text_to_copy()
            if isinstance(screen, PlayScreen) and screen.widgets_exist
            else ""
        ) or self.last_line[0]
        if line:
            self.copy_to_clipboard(show_as_pictures(line))
        self.say("copied" if line else "nothing to copy yet")

    async def action_quit(self) -> None:
        """Leave the game once every running grade is kept. Pressed again, leave at once.

        Every act is already saved.
        """
        if self.is_leaving or not self.is_result_coming:
            self._leave()
            return
        self.is_leaving = True
        self.say("Grading … The app closes when the result is saved. ctrl+q closes it now")
        self._leave_after_grades()

    @work(group="grade")
    async def _leave_after_grades(self) -> None:
        """Leave when no grade is computed any more."""
        while self.is_result_coming:
            await asyncio.sleep(POLL_SECONDS)
        self.is_leaving = False
        self._leave()

    def _leave(self) -> None:
        """Save the stars and end the app at once, even if other keys still wait."""
        self.keep_stars()
        self.exit()

    def _leave_on_signal(self) -> None:
        """Save the stars and end the app, with an exit code that tells this from a learner who leaves."""
        self.keep_stars()
        self.exit(return_code=terminated_exit_code())

    def action_quit_hint(self) -> None:
        """Name the key that quits. Control-C does not quit, since it is easily pressed by mistake."""
        self.say("ctrl+q quits")


def run(player: Player) -> int:
    """Start the app on the shelf, or in the scenario that the player opened. Return the exit status."""
    app = CoffeeshopApp(player)
    app.run()
    return app.return_code or 0
