"""A policy that is being written: the call that saves it, and the name of its unsaved text."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from msgspec import Struct

from coffeeshop.account.model import Account, Call
from coffeeshop.account.values import Json
from coffeeshop.harmless import show_on_one_line
from coffeeshop.lessons.sitting.policy_text import examine_text
from coffeeshop.lessons.teaching.skills import skills_of_operations
from coffeeshop.policy.model import Kind, Problem
from coffeeshop.views.policy.policy_text import policy_in_words
from coffeeshop.views.rows import Row

SAVED_SINCE = "saved after your draft: undo that save, and the draft opens again"


class Draft(Struct, frozen=True):
    """A policy that is being written.

    `operation` saves it, with `parameters`. `member` is the parameter for the text. `text` is the
    saved text, or "" for a new policy. `blank` is the text with which a new policy or statement
    begins.
    """

    service: str
    operation: str
    parameters: Mapping[str, Json]
    member: str
    grammar: Kind
    title: str
    blank: str
    text: str = ""

    @property
    def opened_text(self) -> str:
        """Return the text before any edit."""
        return self.text or self.blank

    def call(self, text: str) -> Call:
        """Return the call that saves `text`."""
        return Call(self.service, self.operation, {**self.parameters, self.member: text})

    @property
    def skills(self) -> frozenset[str]:
        """Return the ids of the skills that writing this policy shows."""
        return skills_of_operations([(self.service, self.operation)])

    @property
    def name(self) -> str:
        """Return the file name under which the unsaved text is kept.

        It holds a hash of the saved text, since a draft belongs to the text that it changes.
        """
        if not self.text:
            return f"{self._stem}.json"
        return f"{self._stem} {sha256(self.text.encode()).hexdigest()[:16]}.json"

    def older_names(self, drafts: Mapping[str, bytes]) -> list[str]:
        """Return the names of the drafts of this policy that began from another saved text."""
        names = (name for name, text in drafts.items() if text and name != self.name)
        beginnings = (f"{self._stem}.json", f"{self._stem} ")
        return [name for name in names if name.startswith(beginnings)]

    @property
    def _stem(self) -> str:
        """Return how the names of this policy's drafts begin."""
        words = (
            str(value).rpartition("/")[2]
            for value in self.parameters.values()
            if isinstance(value, str)
        )
        return f"unsaved/{self.operation}-{'-'.join(words)}"

    @property
    def reopening_hint(self) -> str:
        """Return how to open the unsaved text again, as a phrase."""
        policy_name = self.parameters.get("PolicyName")
        if self.text or not policy_name:
            return "open it again"
        owner_name = next(
            (
                str(value)
                for key, value in self.parameters.items()
                if key in ("UserName", "GroupName", "RoleName")
            ),
            "",
        )
        owner_phrase = f" on {show_on_one_line(owner_name)}" if owner_name else ""
        return (
            f"write a policy named {show_on_one_line(str(policy_name))}{owner_phrase} again"
        )

    def examine(
        self, text: str, account: Account
    ) -> tuple[tuple[Problem, ...], tuple[str, tuple[Row, ...]]]:
        """Return the problems of a text, and its meaning under a title.

        If the text can't be read, return the meaning of the policy before any edit. Which texts in
        between were read depends on the pace of the keys.
        """
        policy, problems = examine_text(text, self.grammar, account)
        if policy is not None:
            return problems, ("Reads as", policy_in_words(text, self.grammar))
        return problems, (
            "Reads as (without your edits)",
            policy_in_words(self.opened_text, self.grammar),
        )


class SolvedDraft(Draft, frozen=True):
    """A policy of the solution, in a file of its own, so that the learner's own draft of the policy stays."""

    @property
    def name(self) -> str:
        """Return the file name under which an edited text is kept until the solution is opened again."""
        return f"unsaved/solution-{self.operation}.json"
