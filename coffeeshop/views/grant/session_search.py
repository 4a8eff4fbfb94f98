"""One session while its requests are tried: its boxes, its Allow statements, and the actions to try."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property

from coffeeshop.account.access.object_keys import key_requests
from coffeeshop.lessons.grading.sessions import HeldSession
from coffeeshop.lessons.grading.subjects import subject_of
from coffeeshop.lessons.grading.workforce import WORKFORCE_PREFIX
from coffeeshop.policy.evaluation.authorize import GRANTING_KINDS
from coffeeshop.policy.evaluation.match import compiled_policy
from coffeeshop.policy.model import Layer, Statement
from coffeeshop.shop.chosen_contexts import NO_CHOSEN_VALUES, ChosenContext, chosen_contexts
from coffeeshop.shop.things import LayersByResource, Place, Places, access_level_of
from coffeeshop.views.grant.model import ROLE_WORDS, Box
from coffeeshop.views.grant.naming import principal_role, subject_box

# No credential of this account signs these calls, so that its own policies don't count for them.
UNSIGNED_ACTIONS = frozenset({"sts:assumerolewithsaml", "sts:assumerolewithwebidentity"})
ASSUME_ACTION = "sts:assumerole"  # AWS takes it from no one without a credential
SIGNER_KINDS = frozenset({"root", "user", "role"})


class SessionSearch:
    """One session while its requests are tried."""

    def __init__(self, places: Places, session: HeldSession, at: datetime) -> None:
        """Prepare a session. Its boxes are the principal, and the role in which it acts."""
        self.standing = session.standing
        self.layers = LayersByResource(session.standing)
        self.boxes = session_boxes(session)
        self.with_code = session.badge == "code"
        self._places = places
        self._account = session.account
        self._at = at
        self._tried: set[tuple[str, str]] = set()

    @cached_property
    def contexts(self) -> tuple[ChosenContext, ...]:
        """Return the values that the caller can choose for condition keys, first none."""
        is_service = self.standing.principal.kind == "service"
        chosen = chosen_contexts(self.standing, knows_external_ids=not is_service)
        return (NO_CHOSEN_VALUES, *chosen)

    def allows(self) -> Iterator[tuple[Layer, Statement]]:
        """Yield the Allow statements that can grant, with their layers."""
        for layer in self.standing.layers:
            if layer.kind in GRANTING_KINDS:
                for policy in layer.policies:
                    yield from (
                        (layer, each)
                        for each in policy.statements
                        if each.effect == "Allow"
                    )

    def distinct_actions(self, statement: Statement, places: list[Place]) -> Iterator[str]:
        """Yield the actions of a statement that are worth trying at these places, one of each kind.

        Two actions are of one kind if they have the same access level, if both or neither need a KMS
        key, and if the same clauses of all policies are about them. AWS decides them alike.
        """
        seen = set[tuple[object, ...]]()
        if not places:
            return
        standing = self.layers.standing_for(places[0].arn)
        objects = [place.arn for place in places if place.kind == "object"]
        policies = [
            compiled_policy(policy)
            for layer in standing.layers
            for policy in layer.policies
        ]
        for action in self._places.askable_actions(statement.actions, places[0]):
            if (
                action.lower() == ASSUME_ACTION
                and self.standing.principal.kind == "anonymous"
            ):
                continue
            if (
                action.lower() in UNSIGNED_ACTIONS
                and self.standing.principal.kind in SIGNER_KINDS
            ):
                continue
            about = (each.clauses_about(action.lower()) for each in policies)
            clauses = (id(clause) for both in about for side in both for clause in side)
            needs_key = any(
                key_requests(self._account, action, resource, self._at)
                for resource in objects
            )
            own_word = ROLE_WORDS.get(action.lower(), access_level_of(action))
            kind = (own_word, needs_key, *clauses)
            if kind not in seen:
                seen.add(kind)
                yield action

    def is_new(self, action: str, resource: str) -> bool:
        """Return whether a request wasn't tried in this session before. From now on it was."""
        request = action, resource
        is_new = request not in self._tried
        self._tried.add(request)
        return is_new


def session_boxes(session: HeldSession) -> tuple[Box, Box | None]:
    """Return the box of a session's principal, and that of the role in which it acts."""
    subject = subject_of(session.who, session.badge)
    role = Box("role", subject.role) if subject.role else None
    if subject.who.startswith(("function/", WORKFORCE_PREFIX)):
        role = principal_role(session.standing.principal)
    return subject_box(subject.who), role
