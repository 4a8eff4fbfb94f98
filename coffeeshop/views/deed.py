"""A deed: a learner's act with a key, and its operations."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from msgspec import Struct
from msgspec.structs import replace


class Goal(Enum):
    """The effect of a deed (a key press that Next suggests). The app decides by it how to show the key."""

    ACT = auto()  # makes calls, or goes on in the screen that is open
    EXPLAIN = auto()  # says why a job or a refusal came out as it did
    GRADE = auto()
    READ_FINDING = auto()
    HINT = auto()
    UNDO = auto()
    OPEN_DAY = auto()
    RETURN_TO_DAY = auto()
    RUN_CLOCK = auto()
    TAKE_CREDENTIAL = auto()  # takes the credential of the profile in `given`
    SIGN_IN = auto()  # signs in a user
    SHOW = auto()  # shows a policy before the learner changes it
    CONTAIN = auto()  # ends a theft
    HAND_IN = auto()
    NAME_CAUSE = auto()  # names the cause of a case


PROFILE_KEY = "Profile"  # the entry of `given` that names the credential to take
CASE_KEY = "Case"  # the entry of `given` with the number of the case whose cause to name


class Deed(Struct, frozen=True):
    """A row of a menu, or what Next suggests: a key, its text, and the operations it stands for.

    `key` picks it on the screen. If several rows of a menu share the key, a menu asks. `letter`
    picks it in menus, and "" means the key. A letter means the same in all menus. `say` is the
    label. `place` is the screen to which the key goes, "" if it stays. `then` is a second key that
    goes on.

    `given` are parameters that are known. A form asks for the operation's required members that
    neither they nor the item's `names` give, for the other members in `ask`, and for those in
    `optional`, which can stay empty. `again` means that its form is shown again after each call.

    `line` is the whole command line, where nothing is left to choose.
    """

    key: str = ""
    say: str = ""
    operations: tuple[tuple[str, str], ...] = ()
    ask: tuple[str, ...] = ()
    given: Mapping[str, bool | str] = {}
    note: str = ""
    again: bool = False
    letter: str = ""
    goal: Goal = Goal.ACT
    place: str = ""
    then: Deed | None = None
    optional: tuple[str, ...] = ()
    line: str = ""

    @property
    def service(self) -> str:
        """Return the AWS service of the first operation."""
        return self.operations[0][0]

    @property
    def operation(self) -> str:
        """Return the name of the first operation."""
        return self.operations[0][1]

    @property
    def text(self) -> str:
        """Return what Next says after the key: "and s gives one", "says why, c gives a hint"."""
        place = f"{self.place}: " if self.place else ""
        letter = f"and {self.letter} " if self.letter else ""
        then = f", {self.then.key} {self.then.text}" if self.then else ""
        return f"{place}{letter}{self.say}{then}"

    def followed_by(self, last: Deed) -> Deed:
        """Return the same deed with another key after its own keys."""
        then = self.then.followed_by(last) if self.then else last
        return replace(self, then=then)

    def at(self, key: str, say: str, letter: str = "") -> Deed:
        """Return the same deed under another key and with another text. `letter` picks it in the menu that opens."""
        return replace(self, key=key, say=say, letter=letter, place="", then=None)
