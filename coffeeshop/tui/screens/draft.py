"""A policy that is being written: the call that saves it, and the name of its unsaved text."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from coffeeshop.account.model import Call
from coffeeshop.account.values import Json
from coffeeshop.policy.model import Kind


class Draft(Struct, frozen=True):
    """A policy that is being written.

    `operation` saves it, with `parameters`. `member` is the parameter for the text. `text` is the
    saved text, or "" for a new policy.
    """

    service: str
    operation: str
    parameters: Mapping[str, Json]
    member: str
    grammar: Kind
    title: str
    text: str = ""

    def call(self, text: str) -> Call:
        """Return the call that saves `text`."""
        return Call(self.service, self.operation, {**self.parameters, self.member: text})

    @property
    def name(self) -> str:
        """Return the file name under which the unsaved text is kept."""
        words = (
            str(value).rpartition("/")[2]
            for value in self.parameters.values()
            if isinstance(value, str)
        )
        return f"unsaved/{self.operation}-{'-'.join(words)}.json"
