"""The rows of an access table, and the sessions that are looked at for each of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.lessons.grading.permitted import Permitted
from coffeeshop.lessons.grading.sessions import HeldSession
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Request, Standing, Values
from coffeeshop.shop.chosen_contexts import NO_CHOSEN_VALUES, ChosenContext, chosen_contexts
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.things import LayersByResource


class Subject(Struct, frozen=True):
    """Somebody who can make requests: a user, a function, a class of strangers; in a role,
    or ("") as themselves.

    `supposing` names the access that they would need first. It is "" if they can ask now.
    """

    who: str
    role: str = ""
    supposing: str = ""


@dataclass(frozen=True)
class Session:
    """A session as the access table looks at it.

    `allowed` is what it may do, with the context keys free that its holder can choose. `permitted`
    is what it should be able to do at most; None if it isn't judged.
    """

    member: HeldSession
    allowed: Standing
    permitted: Permitted | None = None
    supposing: str = ""

    @property
    def subject(self) -> Subject:
        """Return the subject whose session it is."""
        return replace(
            subject_of(self.member.who, self.member.badge), supposing=self.supposing
        )

    @cached_property
    def own_context(self) -> dict[str, Values]:
        """Return the values that its holder really has for context keys that `allowed` leaves open.

        AWS sends them in each of the holder's requests, such as the organization of their account.
        """
        return {
            key: value
            for key, value in self.member.standing.fixed.items()
            if isinstance(value, tuple) and key not in self.allowed.fixed
        }

    @cached_property
    def contexts(self) -> tuple[ChosenContext, ...]:
        """Return the contexts that its holder can choose in a request, first the empty one."""
        return (NO_CHOSEN_VALUES, *chosen_contexts(self.allowed))

    @cached_property
    def holdings(self) -> LayersByResource:
        """Return what the session is allowed, prepared for asking about one resource after the
        other.
        """
        return LayersByResource(self.allowed)

    def mark_request(self, request: Request) -> Mark:
        """Return the mark of an allowed request: OK if it is permitted, EXTRA if not, QUIET if the
        session isn't judged.
        """
        if self.permitted is None:
            return Mark.QUIET
        permitted = (
            self.permitted.needed,
            *([self.permitted.before] if self.permitted.before else ()),
        )
        is_permitted = any(
            isinstance(authorize(standing, request), Allowed) for standing in permitted
        )
        return Mark.OK if is_permitted else Mark.EXTRA


def subject_of(subject_name: str, badge: str) -> Subject:
    """Return the row of the access table for a session. A role that is its own subject has no
    second role.
    """
    kind, _, role = badge.partition("/")
    return Subject(subject_name, role if kind == "role" and badge != subject_name else "")
