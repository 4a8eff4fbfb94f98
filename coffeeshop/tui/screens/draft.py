"""A policy that is being written: what saves it, and under which name its unsaved text is kept."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from coffeeshop.account.model import Call
from coffeeshop.account.values import Json
from coffeeshop.policy.model import Kind


class Draft(Struct, frozen=True):
    """A policy to be written: the operation that saves it, its other parameters, the member that holds the text."""

    service: str
    operation: str
    parameters: Mapping[str, Json]
    member: str
    grammar: Kind
    title: str
    text: str = ""

    def call(self, text: str) -> Call:
        """Returns the call that saves `text`."""
        return Call(self.service, self.operation, {**self.parameters, self.member: text})

    @property
    def name(self) -> str:
        """Tells what its unsaved text is kept under."""
        words = (
            str(value).rpartition("/")[2]
            for value in self.parameters.values()
            if isinstance(value, str)
        )
        return f"unsaved/{self.operation}-{'-'.join(words)}.json"
