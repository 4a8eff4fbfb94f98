"""Help: the purpose of a screen, its keys, and the marks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from coffeeshop.shop.mark import Mark
from coffeeshop.tui.keys import ACTIONS, KEY_HELP, shown_keys
from coffeeshop.tui.screens.base import Dialog, Keys
from coffeeshop.tui.text import STYLES, line, sign
from coffeeshop.tui.widgets.prose import Prose, WrappedLine

MARK_MEANINGS: tuple[tuple[Mark, str], ...] = (
    (Mark.OK, "right: a job works, or a refusal holds"),
    (Mark.MISS, "a job that must work does not, or a guess was wrong"),
    (Mark.EXTRA, "allowed, and no job needs it"),
    (Mark.LEAK, "allowed, and it must be refused"),
    (Mark.QUIET, "nothing to do here (the text on the line says why)"),
)


class HelpScreen(Dialog[None]):
    """The help of the screen below. It is text only, and esc closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1,enter", "leave", show=False)
    ]
    KEYS: ClassVar[Keys] = (("↑↓", "Scroll"), ("esc", "Close"))

    def body(self) -> ComposeResult:
        """Yield two halves, side by side if there is room."""
        with VerticalScroll(id="help"):
            yield Prose(id="keys")
            yield Prose(id="words")

    def begin(self) -> None:
        """Fill both halves, and let the keys scroll them."""
        self.query_one(".box").border_title = "Help"
        self.query_one("#keys", Prose).show(self._key_lines())
        self.query_one("#words", Prose).show(self._mark_and_glossary_lines())
        self.query_one("#help").focus()

    def _key_lines(self) -> Iterator[Content | WrappedLine]:
        """Yield the help text of the screen below, its keys, and the keys that work everywhere."""
        # The screen below. If a fast key has closed it already, only this one is left.
        screen = self.game.screen_stack[-2:][0]
        help_text = getattr(screen, "HELP", "")
        keys = getattr(screen, "KEYS", ())
        everywhere_keys = getattr(screen, "EVERYWHERE", KEY_HELP)
        heading = getattr(
            screen,
            "WHERE",
            "Everywhere" if everywhere_keys is KEY_HELP else "While you type",
        )
        if help_text:
            yield from (line(help_text), line(""))
        if screen_keys := tuple(
            (name, KEY_SENTENCES.get((name, word), word)) for name, word in shown_keys(keys)
        ):
            yield line(("This screen", STYLES["title"]))
            yield from (*(_key_row(name, word) for name, word in screen_keys), line(""))
        yield line((heading, STYLES["title"]))
        omitted_keys = {name for name, _ in screen_keys}
        sitting = self.game.player.sitting
        if sitting is None or not sitting.scenario.cases:
            omitted_keys.add(ACTIONS["cause"].shown_key)  # there is no cause to name
        yield from (
            *(_key_row(*row) for row in everywhere_keys if row[0] not in omitted_keys),
            line(""),
        )

    def _mark_and_glossary_lines(self) -> Iterator[Content | WrappedLine]:
        """Yield the meanings of the marks, and the keys of the glossary."""
        yield line(("Marks", STYLES["title"]))
        yield from (
            *(
                (line("  ", sign(mark, self.game.settings.ascii), "  "), line(text))
                for mark, text in MARK_MEANINGS
            ),
            line(""),
        )
        yield line(("Words", STYLES["title"]))
        yield (
            line("  "),
            line(
                ("W", STYLES["key"]),
                ", or F3 while you type: the glossary, with this screen's words first",
            ),
        )


# Sentences by the key and the word in the key row. Keys of all screens come first, then those of single screens.
KEY_SENTENCES = {(row.shown_key, row.word): row.help for row in ACTIONS.values()} | {
    ("←↑↓→", "Cell"): "Move between the cells of the table.",
    ("↑↓", "Line"): "From line to line.",
    ("↑↓", "Scroll"): "Scroll the pane that has the cursor.",
    ("↑↓", "Step"): "From step to step. The other pane shows the policy that it is about.",
    ("↑↓", "Job"): "From one job or refusal to the next.",
    ("↑↓←→", "Scenario"): "From scenario to scenario of the shelf.",
    ("←→", "Event"): "To the next event, or the one before.",
    ("←→", "Page"): "To the next page, or the one before.",
    ("←→", "Lists"): "To the next list, or the one before.",
    ("⏎", "Edit"): "Open the policy under the cursor in the editor.",
    ("⏎", "Enable"): "Send both codes to AWS.",
    ("⏎", "A question"): "Guess again what AWS decides.",
    ("⏎", "Question again"): "The question that you have answered.",
    ("⏎", "Menu"): "Everything that can be done with the line under the cursor.",
    ("⏎", "Play"): "Open the scenario under the cursor, where you stopped.",
    ("⏎", "Read on"): "The next page of the story, then of the checks.",
    ("⏎", "To the brief"): "Close the lesson.",
    ("⏎", "To the shop"): "Begin, or go on.",
    ("⏎", "Why"): "The whole reason for the decision under the cursor.",
    ("tab", "Blank"): "To the next value that is still empty.",
    ("tab", "Next field"): "To the next field.",
    ("tab", "Pane"): "To the next pane. shift+tab goes to the one before.",
    (
        "tab",
        "Panes",
    ): "To the thing's policies and members, its text, its jobs. shift+tab goes back.",
    ("2 3", "Edit"): "You change the account in 2 People and 3 Policies.",
    ("4", "Who reaches what"): "Access to each thing.",
    ("space", "Run/stop"): "Begin the day, let the clock run, or stop it.",
    ("[ ]", "Pace"): "A slower clock, or a faster one.",
    ("/", "Find"): "Type words to narrow the list.",
    ("a", "Add"): "Add a user to a group, or attach a policy.",
    ("a", "Attach"): "Attach the managed policy to a user, group or role.",
    ("d", "Delete"): "Delete the thing under the cursor.",
    ("d", "Remove"): "Remove the thing under the cursor.",
    (
        "i",
        "Incident",
    ): "To the incident. After it, to the incident's page or the till board.",
    ("k", "Show the key"): "The key in letters, if you have no camera.",
    ("e", "Practice"): "A new exercise, by topic and level.",
    ("k", "Check-up"): "Six questions on a chapter that you know already.",
    ("m", "Morning questions"): "Questions about what you got wrong before.",
    ("m", "Map"): "What was within reach, as a picture.",
    ("n", "Begin again"): "Begin the scenario under the cursor again.",
    ("n", "New"): "Create another one for this list.",
    ("o", "Own shop"): "Your own shop, which grows from day to day.",
    ("p", "Next code"): "The code that the phone shows next.",
    ("p", "Points"): "How the points are counted.",
    ("p", "Predict"): "Guess how AWS will decide, then see its decision.",
    ("p", "Progress"): "Your skills so far.",
    ("r", "Once more"): "Open the shop again.",
    ("v", "Lines"): "Lines in place of the table, and back.",
    ("v", "Today/before"): "The map of today, or of the policies before.",
    ("w", "Welcome"): "Your part in the shop, and where to begin.",
    ("F1", "Help"): "This help. Letters and digits are text here.",
    ("F2", "Save"): "Save the policy.",
    ("F4", "Statement"): "Add another statement.",
    ("F8", "Problem"): "To the next problem.",
    (
        "F9",
        "Names",
    ): "Propose actions, or ARNs, for the value under the cursor. It says first if that counts as help.",
    ("^z", "Undo"): "Undo the last change of the text. ^y makes it again.",
    ("esc", "Cancel"): "Back, without doing this.",
    ("esc", "Leave"): "Go back. The text is saved as a draft.",
    ("q", "Quit"): "Leave. Every act is already saved.",
    ("Y", "Copy line"): "Copy the line under the cursor, to be typed.",
}


def _key_row(name: str, word: str) -> WrappedLine:
    """Return the row of a key and its sentence."""
    return line((f"  {name:<5} ", STYLES["key"])), line(word)
