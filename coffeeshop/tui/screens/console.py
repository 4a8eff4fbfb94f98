"""The console: real AWS CLI lines, answered as the CLI answers.

Tab completes, and up recalls earlier lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from coffeeshop.account.command import Printed, format_outcome
from coffeeshop.account.command.complete import complete_line
from coffeeshop.account.command.shell_words import join_continued
from coffeeshop.account.model import Outcome
from coffeeshop.harmless import show_as_pictures, show_on_one_line
from coffeeshop.lessons.sitting.answers import MovedOn, Refused, Typed
from coffeeshop.policy.language.spelling import shared_prefix_length
from coffeeshop.policy.model import Problem
from coffeeshop.tui.background import in_background
from coffeeshop.tui.keys import shown_keys
from coffeeshop.tui.screens.base import Dialog, Keys, PlayScreen, next_box_content
from coffeeshop.tui.screens.question import do_unless_locked_out
from coffeeshop.tui.text import (
    STYLES,
    json,
    line,
    plain,
    sentence_content,
    stack,
    without_surrogates,
)
from coffeeshop.tui.widgets.bars import KeyRow
from coffeeshop.tui.widgets.text_line import TextLine
from coffeeshop.views.credential_report import credential_reports
from coffeeshop.views.identity import advice
from coffeeshop.views.rows import lines
from coffeeshop.views.text import command_of, command_on_one_line
from coffeeshop.views.things.taking_away import TYPED_UNDO_HINT, has_taken_away

MAX_EARLIER_ACTS = 30  # earlier acts that are shown when the console opens
MAX_COMPLETIONS = 40  # completions shown at once
MAX_ANSWERS = 400  # answers that can be scrolled back to
SCROLLING_KEYS = frozenset(("pageup", "pagedown"))  # keys that scroll the answers


class Prompt(TextLine):
    """The line being typed.

    It handles completion and recall itself, so that fast keys are handled in their order.
    """

    @dataclass
    class Entered(Message):
        """Posts a line to be run."""

        line: str

    @dataclass
    class Proposed(Message):
        """Posts the words that fit at the cursor."""

        names: tuple[str, ...]

    def __init__(
        self,
        completions: Callable[[str], tuple[str, ...]],
        history: Sequence[str],
        prefilled_line: str,
    ) -> None:
        """Make a line that begins as `prefilled_line`.

        `completions` returns the words that complete a text, `history` are the earlier lines.
        """
        super().__init__(
            prefilled_line,
            id="prompt",
            compact=True,
            placeholder="type an aws line, or help",
            select_on_focus=False,
        )
        self.completions = completions
        self.history = list(history)
        self.history_index = 0  # 0: the line being typed, 1: the last line before it
        self.typed_start = ""  # the line being typed, while an older one is shown

    def run(self) -> None:
        """Post the line, add it to the history, and begin a new one."""
        if line := without_surrogates(self.value).strip():
            self.history.append(line)
            self.post_message(self.Entered(line))
        self.value = ""
        self.history_index = 0

    async def _on_key(self, event: events.Key) -> None:
        """Handle enter, tab, up and down in order with the characters.

        A binding would run before or after them.
        """
        if (action := KEY_ACTIONS.get(event.key)) is not None:
            event.stop()
            event.prevent_default()
            action(self)

    def _on_paste(self, event: events.Paste) -> None:
        """Insert the first pasted line, joined with those after it while they end in a backslash."""
        event.stop()
        event.prevent_default()
        pasted_line = join_continued(event.text.splitlines())
        if self.selection.is_empty:
            self.insert_text_at_cursor(pasted_line)
        else:
            self.replace(pasted_line, *self.selection)

    def complete(self) -> None:
        """Complete the word before the cursor as far as all its proposals agree, and post the proposals."""
        before_cursor = self.value[: self.cursor_position]
        after_cursor = self.value[self.cursor_position :]
        if names := self.completions(before_cursor):
            finished_words = before_cursor[
                : len(before_cursor) - len(before_cursor.rpartition(" ")[2])
            ]
            with self.prevent(Input.Changed):
                self.value = (
                    finished_words
                    + _common_prefix(names)
                    + (" " if len(names) == 1 else "")
                    + after_cursor
                )
            self.cursor_position = len(self.value) - len(after_cursor)
        self.post_message(self.Proposed(names))

    def recall(self, step: int) -> None:
        """Show an older line (`step` -1) or a newer one (1), of those that begin like the line being typed."""
        if self.history_index == 0:
            self.typed_start = self.value
        candidates = [
            self.typed_start,
            *(line for line in reversed(self.history) if line.startswith(self.typed_start)),
        ]
        self.history_index = max(0, min(self.history_index - step, len(candidates) - 1))
        self.value = candidates[self.history_index]
        self.cursor_position = len(self.value)


KEY_ACTIONS: dict[str, Callable[[Prompt], None]] = {
    "enter": Prompt.run,
    "tab": Prompt.complete,
    "up": lambda prompt: prompt.recall(-1),
    "down": lambda prompt: prompt.recall(1),
}


class ConsoleScreen(Dialog[None]):
    """A drawer over any screen. A line uses the current credential, or the one that `--profile` names."""

    CSS_PATH = PlayScreen.CSS_PATH
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "command", show=False),
        Binding("ctrl+l", "clear", show=False),
        Binding("pageup", "scroll(-1)", show=False),
        Binding("pagedown", "scroll(1)", show=False),
    ]
    KEYS: ClassVar[Keys] = (
        ("⏎", "Run"),
        ("tab", "Complete"),
        ("↑", "History"),
        (":", "Full height"),
        ("PgUp", "Scroll"),
        ("esc", "Close"),
    )

    def __init__(self, prefilled_line: str = "") -> None:
        """Make the console. `prefilled_line` is a line to run, filled in. Once it has succeeded, the console closes."""
        super().__init__()
        self._prefilled_line = prefilled_line

    def body(self) -> ComposeResult:
        """Yield the log, the proposals and the prompt."""
        with VerticalScroll(id="log", can_focus=False):
            yield Static(id="lines", markup=False)
        yield Static(id="proposals", markup=False)
        with Horizontal(id="typing"):
            yield Static("$", id="dollar", markup=False)
            history = self.game.player.progress.history()
            yield Prompt(self._completions, history, self._prefilled_line)

    def begin(self) -> None:
        """Show the last acts and their answers, as a terminal would."""
        self.lines: list[Content] = []
        self.query_one("#proposals").display = False
        for outcome in self.game.sitting.play.outcomes[-MAX_EARLIER_ACTS:]:
            self._print_outcome(outcome)
        if not self.game.sitting.play.outcomes:
            has_calls = bool(self.game.sitting.scenario.calls)
            listed = "this scenario's calls" if has_calls else "the services"
            text = f"Type aws iam list-users, or press tab. help lists {listed}."
            self._print(line((text, STYLES["muted"])))
        self._entitle()
        self.query_one(Prompt).focus()

    @property
    def keys(self) -> Keys:
        """Return the keys that do something now. ⏎ needs a typed line, ↑ an earlier one, and PgUp a log that scrolls."""
        if not self.is_mounted:
            return self.KEYS
        prompt = self.query_one(Prompt)
        is_useful = {
            "⏎": bool(prompt.value.strip()),
            "↑": bool(prompt.history),
            "PgUp": self.query_one("#log").max_scroll_y > 0,
        }
        return [key for key in self.KEYS if is_useful.get(key[0], True)]

    def _show_keys(self) -> None:
        """Show the keys that do something now."""
        if self.widgets_exist:
            self.query_one(KeyRow).show(shown_keys(self.keys))

    def key_must_wait(self, key: str) -> bool:
        """Return whether a key must wait for a remark on an answer, because it scrolls the answers.

        A typed line waits for nothing.
        """
        return key in SCROLLING_KEYS and self.game.is_computing

    def _entitle(self) -> None:
        """Show in the title which identity the console uses, and the time."""
        identity = self.game.identity
        if identity.role:
            text = f"{identity.who} ▸ {identity.role}"
        else:
            text = identity.who
        self.query_one(".box").border_title = line(
            "Console · you are ",
            (show_on_one_line(text), "bold"),
            f" · {self.game.sitting.now:%H:%M}",
        )

    def _print(self, *lines: Content) -> None:
        """Add content to the end of the log."""
        self.lines = [*self.lines, *lines][-MAX_ANSWERS:]
        self.query_one("#lines", Static).update(stack(self.lines))
        self._scroll_to_end()

    def _scroll_to_end(self) -> None:
        """Scroll to the last answer, once the layout is complete."""
        log = self.query_one("#log", VerticalScroll)
        log.call_after_refresh(log.scroll_end, animate=False)
        log.call_after_refresh(self._show_keys)

    def _print_outcome(self, outcome: Outcome) -> None:
        """Print an earlier act and its answer."""
        self._print_command(command_on_one_line(command_of(outcome.act.call)))
        self._print_answer(format_outcome(outcome))

    def _print_command(self, typed: str) -> None:
        """Print a typed line after the prompt sign, as a terminal does."""
        self._print(line(("$ ", STYLES["key"]), (show_on_one_line(typed), STYLES["code"])))

    def _print_answer(self, printed: Printed) -> None:
        """Print an answer: an error in the error's colour, JSON in colours, the rest plain."""
        if not (message := printed.text.rstrip()):
            return
        if printed.failed:
            self._print(line((message, STYLES["error"])))
        else:
            self._print(json(message) if printed.form == "json" else plain(message))

    # ----------------------------------------------------------------- typing
    @on(Input.Changed)
    def _follow_typing(self, event: Input.Changed) -> None:
        """Hide the proposals. A lone colon switches to full height."""
        if event.value == ":":
            event.input.value = ""
            self.query_one(".box").toggle_class("full")
            self._scroll_to_end()
        self.query_one("#proposals").display = False
        self._show_keys()

    @on(Prompt.Entered)
    def _run(self, event: Prompt.Entered) -> None:
        """Run one of the game's words, or an AWS CLI line."""
        word, _, command = event.line.strip().partition(" ")
        if word == "help" and command:
            self._print_command(event.line)
            self._print_usage(f"aws {command.strip().removeprefix('aws ')}")
            return
        if (game_word := GAME_WORDS.get(event.line.strip())) is not None:
            self._print_command(event.line)
            game_word(self)
            return
        do_unless_locked_out(self.game, event.line, lambda: self._run_line(event.line))

    def _run_line(self, typed: str) -> None:
        """Run a line, and print its answer, or why it couldn't run.

        Close the console instead, if the line that it opened with succeeds.
        """
        answer = self.game.run_line(typed)
        if answer.spoiler:
            self._print(sentence_content(str(answer.spoiler), STYLES["warning"]))
        self._print_command(typed)
        match answer:
            case Typed() if typed == self._prefilled_line and not answer.printed.failed:
                self.close()
                return
            case Typed():
                self._print_typed(answer)
            case Refused():
                self._print_problems(answer.problems)
            case MovedOn():
                self._print_problems((answer.problem,))
        self._entitle()

    def _print_typed(self, answer: Typed) -> None:
        """Print the notes about a line, its output, and what is good to know about its outcomes."""
        self._print(*(sentence_content(note, STYLES["muted"]) for note in answer.notes))
        self._print_answer(answer.printed)
        report_lines = lines(credential_reports(answer.outcomes)).splitlines()
        self._print(*map(plain, report_lines))
        if message := advice(answer.outcomes):
            self._print(sentence_content(message, STYLES["muted"]))
        if has_taken_away(self.game.sitting.play, answer.outcomes):
            self._print(sentence_content(TYPED_UNDO_HINT, STYLES["muted"]))
        self._print_remarks(answer)

    def _print_problems(self, problems: Sequence[Problem]) -> None:
        """Print why a line couldn't run, and how to mend it."""
        for problem in problems:
            mend = f"; {problem.mend}" if problem.mend else ""
            self._print(
                line(
                    sentence_content(problem.text, STYLES["error"]),
                    sentence_content(mend, STYLES["muted"]),
                )
            )

    @work(group="if saved", exit_on_error=False)
    async def _print_remarks(self, typed: Typed) -> None:
        """Print below the answer what is unwise about the policy that was written.

        The check may take a moment, so it runs in a thread.
        """
        answer_line = self.lines[-1]
        remarks = await in_background(lambda: typed.remarks)
        if (
            remarks
            and self.widgets_exist
            and any(content is answer_line for content in self.lines)
        ):
            next_line = next(
                n for n, content in enumerate(self.lines, 1) if content is answer_line
            )
            later_lines = self.lines[next_line:]
            self.lines = self.lines[:next_line]
            self._print(
                line(
                    (
                        "AWS accepts the policy as it is. The check found this:",
                        STYLES["muted"],
                    )
                )
            )
            self._print(
                *(
                    line(
                        (f"{problem.level}: ", STYLES["warning"]),
                        sentence_content(str(problem)),
                    )
                    for problem in remarks
                )
            )
            self._print(*later_lines)

    def _print_help(self) -> None:
        """Print the calls of this scenario, and the other services that can be called."""
        from coffeeshop.account.command.parse import simulated_services
        from coffeeshop.views.brief import calls

        play = self.game.sitting.play
        call_rows = calls(play.scenario, play.account)
        also = ""
        if call_rows:
            also = "also "
            heading = "The calls of this scenario. Replace the words in capitals:"
            self._print(
                line((heading, STYLES["muted"])),
                *(line((row.text, STYLES["code"])) for row in call_rows),
            )
        services = ", ".join(simulated_services())
        self._print(
            line((f"You can {also}call these services: {services}.", STYLES["muted"])),
            line(
                (
                    "Tab completes a line, and F1 shows its options, optional ones in brackets.",
                    STYLES["muted"],
                )
            ),
        )

    def _explain_last(self) -> None:
        """Explain the decision on the last call."""
        from coffeeshop.tui.screens.why import WhyScreen

        if outcomes := self.game.sitting.play.outcomes:
            self.game.player.ask_reason(outcomes[-1:])
            self.game.push_screen(WhyScreen(outcomes[-1]))
        else:
            self._print(line(("You haven't called AWS yet.", STYLES["muted"])))

    def _undo_or_redo(self, undo_or_redo: Callable[[], None]) -> None:
        """Undo or redo by the given function, and print its message, which it leaves at the screen's foot."""
        undo_or_redo()
        if self.game.foot_message:
            self._print(line((self.game.foot_message[0], STYLES["muted"])))
        self._entitle()

    def _print_next_step(self) -> None:
        """Print the step to do next."""
        text, key = next_box_content(self.game.step)
        self._print(line(text, *(("  ", key) if key else ())))

    def _completions(self, head: str) -> tuple[str, ...]:
        """Return the words that complete a line, in the account of the caller."""
        return complete_line(
            head, self.game.sitting.play.account.home_of(self.game.sitting.caller)
        )

    @on(Prompt.Proposed)
    def _show_proposals(self, event: Prompt.Proposed) -> None:
        """List the proposals, unless there is exactly one."""
        self._show_keys()
        names, box = event.names, self.query_one("#proposals", Static)
        if len(names) > MAX_COMPLETIONS:
            rest = f"  … {len(names) - MAX_COMPLETIONS} more"
        else:
            rest = ""
        box.display = len(names) != 1
        box.update(
            line(
                (
                    show_on_one_line("  ".join(names[:MAX_COMPLETIONS]) + rest)
                    if names
                    else "nothing fits here",
                    STYLES["muted"],
                )
            )
        )
        self._scroll_to_end()

    def action_scroll(self, pages: int) -> None:
        """Scroll a page down. A negative number scrolls up."""
        log = self.query_one("#log", VerticalScroll)
        if pages < 0:
            log.scroll_page_up(animate=False)
        else:
            log.scroll_page_down(animate=False)

    def action_clear(self) -> None:
        """Clear the log."""
        self.lines = []
        self._print()

    def action_command(self) -> None:
        """Print the usage of the command being typed."""
        self._print_usage(self.query_one(Prompt).value)

    def _print_usage(self, typed: str) -> None:
        """Print the usage of a command, unless it is the last thing printed."""
        from coffeeshop.views.brief import command_usage

        usage = line((show_as_pictures(command_usage(typed)), STYLES["code"]))
        if self.lines[-1:] != [usage]:
            self._print(usage)


GAME_WORDS: dict[
    str, Callable[[ConsoleScreen], object]
] = {  # the game's words, as in plain mode
    "help": ConsoleScreen._print_help,  # pyright: ignore[reportPrivateUsage]
    "why": ConsoleScreen._explain_last,  # pyright: ignore[reportPrivateUsage]
    "next": ConsoleScreen._print_next_step,  # pyright: ignore[reportPrivateUsage]
    "undo": lambda console: console._undo_or_redo(console.game.undo),  # pyright: ignore[reportPrivateUsage]
    "redo": lambda console: console._undo_or_redo(console.game.redo),  # pyright: ignore[reportPrivateUsage]
    "grade": lambda console: console.game.run_worker(
        console.run_action("app.open('grade')")
    ),
    "hint": lambda console: console.game.run_worker(console.run_action("app.open('hint')")),
    "exit": lambda console: console.dismiss(None),
}


def _common_prefix(names: tuple[str, ...]) -> str:
    """Return the longest common prefix of the names."""
    first = min(names)
    last = max(names)
    return first[: shared_prefix_length(first, last)]
