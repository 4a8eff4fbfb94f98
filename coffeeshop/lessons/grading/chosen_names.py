"""The session names that whoever assumes a role could have chosen instead of the one in the brief."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.door import handle
from coffeeshop.account.escalation.attacker import CANARY_NAME
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import Account, Caller, Outcome
from coffeeshop.lessons.grading.fences import ALLOW_ANYTHING, all_conditions, deny_when
from coffeeshop.lessons.grading.request_space import USER_ID
from coffeeshop.lessons.grading.taking import session_bounds
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.match import shared_policy
from coffeeshop.policy.model import (
    Condition,
    Kind,
    Layer,
    Standing,
)
from coffeeshop.shop.decision_outcome import decision_outcome
from coffeeshop.shop.serve import assumed_session_key
from coffeeshop.shop.want import Ticket


def is_named(allowed: Standing) -> bool:
    """Tell whether a policy names this very session as a principal. Then its name can't be left
    free.
    """
    return allowed.principal.arn in named_principals(allowed)


def named_principals(allowed: Standing) -> set[str]:
    """Return every principal that the policies of a standing name."""
    policies = (policy for layer in allowed.layers for policy in layer.policies)
    all_principals = (
        s.principals for policy in policies for s in policy.statements if s.principals
    )
    return {value for principals in all_principals for _, value in principals.entries}


def session_names(account: Account, role: Role, allowed: Standing) -> tuple[str, ...]:
    """Return the session names by which policies name sessions of a role as principals."""
    arn_prefix = ids.arn(account, "assumed-role", f"{role.name}/")
    return tuple(
        sorted(
            value.removeprefix(arn_prefix)
            for value in named_principals(allowed)
            if value.startswith(arn_prefix)
        )
    )


# The calls whose caller names the session.
NAMING_CALLS = ("AssumeRole", "AssumeRoleWithWebIdentity")


class Opening(Struct, frozen=True):
    """The call of a job that opened a session in a role."""

    outcome: Outcome
    role: Role

    def with_name(self, name: str) -> tuple[Account, Caller] | None:
        """Return the account with the session under another name, and the session's key.

        Return None if AWS refuses that name.
        """
        act = self.outcome.act
        parameters = {**act.call.parameters, "RoleSessionName": name}
        renamed = handle(
            self.outcome.account,
            replace(act, call=replace(act.call, parameters=parameters)),
        )
        key = assumed_session_key(renamed)
        return (renamed.account, key) if key else None

    def name_limits(self, allowed: Standing) -> tuple[Layer, ...]:
        """Return layers with which only those user ids remain that the session can have under any name.

        Return none if no condition is about them, or a policy names this very session.
        """
        keys = (condition.key.lower() for condition in all_conditions(allowed))
        if is_named(allowed) or USER_ID not in keys:
            return ()
        decision = self.outcome.decisions[0]
        bounds = session_bounds(decision.standing, decision.request, self.role)
        fence = (
            ALLOW_ANYTHING,
            deny_when(Condition("StringNotLike", USER_ID, (f"{self.role.id}:??*",))),
            # A session's name has no colon.
            deny_when(Condition("StringLike", USER_ID, (f"{self.role.id}:*:*",))),
        )
        return (*bounds, Layer(Kind.RCP, (shared_policy(fence, "who may be called what"),)))

    def sessions_under_other_names(
        self, outcome: Outcome, allowed: Standing, owner: str
    ) -> Iterator[Standing]:
        """Yield what the session of a call would be allowed under other names, if policies name sessions of its role.

        Those are each name that a policy names, and one that none does.
        """
        named = session_names(self.outcome.account, self.role, allowed)
        tried = allowed.principal.arn.rpartition("/")[2]
        for name in (CANARY_NAME, *named) if named else ():
            renamed = self.with_name(name)
            if name != tried and renamed:
                standing = build_standing(*renamed, outcome.act.at, owner)
                if isinstance(standing, Standing):
                    yield standing


def opening_of(ticket: Ticket, caller: Caller) -> Opening | None:
    """Return how a job opened the session of one of its calls, or None if it didn't."""
    for outcome in ticket.outcomes:
        is_opening = outcome.act.call.operation in NAMING_CALLS
        if is_opening and assumed_session_key(outcome) == caller:
            credential = outcome.account.credential_of(caller)
            role = outcome.account.entity_by_id(credential.owner) if credential else None
            return Opening(outcome, role) if isinstance(role, Role) else None
    return None


def tickets_under_other_names(ticket: Ticket) -> Iterator[Ticket]:
    """Yield the ticket of a refusal with its last call in sessions under other names, if policies name sessions of the role."""
    stopped = ticket.stopping_call
    if stopped is None or not stopped.decisions:
        return
    decision = stopped.main_decisions[0]
    if opening := opening_of(ticket, stopped.act.caller):
        owner = decision.request.account
        for renamed in opening.sessions_under_other_names(
            stopped, decision.standing, owner
        ):
            renamed_call = decision_outcome(
                authorize(renamed, decision.request),
                stopped.account,
                stopped.act.caller,
                stopped.act.at,
            )
            yield replace(ticket, outcomes=(*ticket.outcomes[:-1], renamed_call))
