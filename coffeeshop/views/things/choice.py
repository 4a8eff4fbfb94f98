"""The value of a form's field, chosen from its options or typed."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.policy.model import Values
from coffeeshop.views.text import NOT_FOUND, match_rank
from coffeeshop.views.things.dialog import choice_name


class Choice(Struct, frozen=True):
    """The value of one field, and the `options` to choose from.

    `filter` is the typed text that narrows the options. The arrow keys move through the options
    that match it.
    """

    options: Values = ()
    value: str = ""
    filter: str = ""

    @property
    def matches(self) -> Values:
        """Return the options that match the filter, the best first."""
        ranked = [
            (match_rank(self.filter, choice_name(option), option), option)
            for option in self.options
        ]
        fitting = [pair for pair in ranked if pair[0] != NOT_FOUND]
        return tuple(option for _, option in sorted(fitting, key=lambda pair: pair[0]))

    @property
    def index(self) -> int:
        """Return the index of the value among the matches, or -1."""
        if self.value in self.matches:
            return self.matches.index(self.value)
        return -1

    def type_text(self, text: str) -> Choice:
        """Return the choice after this text was typed.

        The value is the option of this name, else the best match, else the text itself.
        """
        if text == self.value:
            return self
        if text in self.options:
            return replace(self, value=text, filter="")
        narrowed = replace(self, value=text, filter=text)
        matches = narrowed.matches if text.strip() else ()
        if matches:
            return replace(narrowed, value=matches[0])
        return narrowed

    def move(self, step: int) -> Choice:
        """Return the choice with the value `step` matches further down.

        If the value is not a match, the value becomes the first match.
        """
        matches = self.matches
        if not matches:
            return self
        at = self.index + step if self.index >= 0 else 0
        return replace(self, value=matches[max(0, min(at, len(matches) - 1))])

    def choose(self, option: str) -> Choice:
        """Return the choice with this option as its value.

        If there is no such option, return the choice unchanged.
        """
        if option in self.options:
            return replace(self, value=option)
        return self

    def settle(self) -> Choice:
        """Return the choice without its filter."""
        return replace(self, filter="")
