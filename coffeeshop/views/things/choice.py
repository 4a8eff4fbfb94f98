"""What a field of a form holds: one value, which its list marks, its command shows and Enter runs."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.policy.model import Values
from coffeeshop.views.text import NOT_FOUND, rank
from coffeeshop.views.things.dialog import choice_name


class Choice(Struct, frozen=True):
    """The value of one field, and the `options` to choose from; `filter` is what was typed to narrow them: the arrows
    go through those that it leaves.
    """

    options: Values = ()
    value: str = ""
    filter: str = ""

    @property
    def matches(self) -> Values:
        """Return the options that fit the filter, the best first."""
        ranked = [
            (rank(self.filter, choice_name(option), option), option)
            for option in self.options
        ]
        fitting = [pair for pair in ranked if pair[0] != NOT_FOUND]
        return tuple(option for _, option in sorted(fitting, key=lambda pair: pair[0]))

    @property
    def index(self) -> int:
        """Return the place of the value among the matches; -1 if it is none of them."""
        if self.value in self.matches:
            return self.matches.index(self.value)
        return -1

    def type_text(self, text: str) -> Choice:
        """Return the choice once the field holds this text: that option, else the best match, else the text itself."""
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
        """Return the choice so many matches further down; the first match, if the value is none of them."""
        matches = self.matches
        if not matches:
            return self
        at = self.index + step if self.index >= 0 else 0
        return replace(self, value=matches[max(0, min(at, len(matches) - 1))])

    def choose(self, option: str) -> Choice:
        """Return the choice of one option; what is none changes nothing."""
        if option in self.options:
            return replace(self, value=option)
        return self

    def settle(self) -> Choice:
        """Return the choice without its filter."""
        return replace(self, filter="")
