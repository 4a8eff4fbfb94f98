"""The actions that work on all screens of play: their keys, their words, and their sentences in Help."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from textual.binding import Binding, BindingType


class Action(Struct, frozen=True):
    """An action of the app that works on all screens of a scenario, with its keys and texts.

    The key row shows the first of its `keys` and its `word`. Help and the palette show its `help`.
    `verb` is the app's action that takes the name as its argument. "" means that the name itself is
    the app's action.
    """

    name: str
    keys: str
    word: str
    help: str
    verb: str = ""

    @property
    def textual_action(self) -> str:
        """Return the action string that Textual runs."""
        if self.verb:
            return f"app.{self.verb}('{self.name}')"
        return f"app.{self.name}"

    @property
    def shown_key(self) -> str:
        """Return the key as the key row shows it."""
        first = self.keys.split(",")[0]
        return SHOWN_KEYS.get(first, first)


SHOWN_KEYS = {
    "enter": "⏎", "escape": "esc", "question_mark": "?", "colon": ":", "comma": ",", "full_stop": ".", "tab": "tab",
    "f8": "F8", "f9": "F9", "f2": "F2", "ctrl+s": "^s", "ctrl+q": "^q", "space": "space", "slash": "/",
}  # fmt: skip

ACTIONS: dict[str, Action] = {
    row.name: row
    for row in (
        Action(
            "shop",
            "1",
            "Shop",
            "The shop floor: people at their stations, working jobs, and leaks.",
            "go",
        ),
        Action(
            "people",
            "2",
            "People",
            "Users, groups, roles and identity providers, with their policies and members.",
            "go",
        ),
        Action(
            "policies",
            "3",
            "Policies",
            "Every policy that you can edit, where it is attached, and the KMS keys.",
            "go",
        ),
        Action(
            "access",
            "4",
            "Access",
            "Access to each thing, and the access that no job needs.",
            "go",
        ),
        Action(
            "day",
            "5",
            "Day",
            "Run the shop for a day, with customers, an incident, and how far it reaches.",
            "go",
        ),
        Action("why", "y", "Why", "The whole reason for the decision under the cursor."),
        Action(
            "draw",
            "D",
            "Draw",
            "Draw who gets access, through what, and what holds it back.",
        ),
        Action(
            "cause",
            "N",
            "Cause",
            "Name the cause of a case: the kind of policy, the policy and the statement.",
        ),
        Action(
            "tickets",
            "r",
            "Open the shop",
            "Try every job and every refusal once, on a copy: no customer comes.",
            "open",
        ),
        Action(
            "grade",
            "g",
            "Grade",
            "Stars, points, and the reasons for the next missing star.",
            "open",
        ),
        Action("hint", "c", "Hint", "The next hint. Hints cost no points.", "open"),
        Action(
            "full_step",
            "C",
            "Full step",
            "The whole next step, this once. Next says less about steps that you have done without help.",
        ),
        Action("badge", "s", "Who", "Use another badge, sign in, or switch role.", "open"),
        Action(
            "console",
            "colon",
            "Console",
            "Type real AWS CLI lines; : again for full height.",
            "open",
        ),
        Action("brief", "b", "Brief", "The story and the list of checks.", "open"),
        Action(
            "lesson",
            "l",
            "Lesson",
            "The lesson for this story, page by page. You can read it again at any time.",
        ),
        Action(
            "words",
            "W,f3",
            "Words",
            "The glossary, with this screen's words first.",
            "open",
        ),
        Action("undo", "u", "Undo", "Take back the last act."),
        Action("redo", "U", "Redo", "Do it again."),
        Action(
            "export",
            "x",
            "Export",
            "Write a file: your hand-in, a script for a real AWS account, the account's details or your acts.",
        ),
        Action("copy_line", "Y", "Copy", "Copy the AWS line to the clipboard."),
        Action(
            "palette",
            "full_stop,ctrl+p",
            "Palette",
            "Find a key, something to create, a person, policy, provider, KMS key or scenario by name.",
        ),
        Action("settings", "comma", "Settings", "Theme, picture, motion, marks.", "open"),
        Action(
            "help", "question_mark,f1", "Help", "This screen's keys, and the marks.", "open"
        ),
        Action("step_back", "escape", "Back", "Go one step back. It never quits the game."),
        Action("quit", "ctrl+q", "Quit", "Leave. Every act is already saved."),
    )
}


def action_of_key(key: str) -> Action | None:
    """Return the action of a key on every screen of play, as the key row shows the key.

    Return None if it has none.
    """
    return next((row for row in ACTIONS.values() if row.shown_key == key), None)


# Screens and actions that teach, explain, or show results or other scenarios. What AWS shows, and the brief, stay open
# (`views/exam.py`).
CLOSED_IN_EXAM = frozenset(
    (
        *("tickets", "grade", "hint", "access", "day", "home", "progress", "full_step"),
        *("why", "draw", "lesson"),
    )
)

# (key, sentence) rows for Help.
KEY_HELP = tuple((row.shown_key, row.help) for row in ACTIONS.values())


def bindings(*names: str) -> list[BindingType]:
    """Return the bindings of these actions. Without names, return the bindings of all actions."""
    return [
        Binding(row.keys, row.textual_action, row.word, show=False)
        for row in ACTIONS.values()
        if not names or row.name in names
    ]


def shown_keys(names: Iterable[str | tuple[str, str]]) -> list[tuple[str, str]]:
    """Return (key, word) pairs for the row of keys at the foot of a screen.

    Each of `names` is the name of an action in ACTIONS, or already such a pair.
    """
    return [
        (ACTIONS[name].shown_key, ACTIONS[name].word) if isinstance(name, str) else name
        for name in names
    ]
