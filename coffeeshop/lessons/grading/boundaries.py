"""What people below a permissions boundary could be given: everything up to the boundary.

If a job lets somebody attach policies below a boundary, the boundary may allow no more than
it did before the play, whatever is attached today.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import structs

from coffeeshop.account.access.authorization_requests import requests_of_call
from coffeeshop.account.access.resource_policies import resource_layers
from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.escalation.reach import may_do_everything
from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account, Call
from coffeeshop.lessons.grading.fences import ALLOW_ANYTHING
from coffeeshop.lessons.grading.needed import USER_BADGES
from coffeeshop.lessons.grading.sessions import HeldSession, free_keys
from coffeeshop.policy.evaluation.authorize import authorize, match_layer
from coffeeshop.policy.evaluation.match import PreparedRequest
from coffeeshop.policy.model import (
    Allowed,
    Excess,
    Kind,
    Layer,
    Policy,
    Standing,
    Undecided,
)
from coffeeshop.shop.serve import want_name

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial

# Calls that give a user whatever there is, and that can be asked to keep below a boundary. A group has none to ask for
# (iam:PermissionsBoundary is no key of AttachGroupPolicy's), and whoever puts people into groups gives what others put there.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
GRANT_CALLS = (
    ("AttachUserPolicy", {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
    ("PutUserPolicy", {"PolicyName": "whatever", "PolicyDocument": "{}"}),
)


def users_below_boundary(trial: Trial) -> Iterator[User]:
    """Yield each user whose boundary is from before the play, and to whom a job lets somebody
    attach any policy.

    Only the boundary limits what these users can come to have, so it is judged as if everything
    were attached.
    """
    yield from (
        user
        for user in trial.account.users.values()
        if _is_below_boundary(trial, trial.account, user)
    )


def sessions_below_boundary(trial: Trial) -> Iterator[HeldSession]:
    """Yield a session of each of those users with each kind of credential, as if every
    policy were attached.

    Then only the boundary limits the session, so what it is allowed is what the boundary
    lets through.
    """
    for user in users_below_boundary(trial):
        yield from _sessions_given_everything(
            trial.account, user, want_name(user.name), trial.play.now
        )


def newcomers_below_boundary(trial: Trial) -> Iterator[HeldSession]:
    """Yield the sessions of a newcomer below each boundary of these users, as if every policy were attached.

    Whoever may attach policies below a boundary may often create users below it as well.
    """
    newcomer = trial.account.users.get(trial.names["newcomer"])
    if newcomer is None:  # a closed account hires nobody
        return
    for path, boundary in dict.fromkeys(
        (user.path, user.boundary) for user in users_below_boundary(trial)
    ):
        hired = structs.replace(newcomer, path=path, boundary=boundary)
        yield from _sessions_given_everything(
            trial.account.put(hired), hired, "newcomer", trial.play.now
        )


def _sessions_given_everything(
    account: Account, user: User, subject: str, at: datetime
) -> Iterator[HeldSession]:
    """Yield a user's sessions, one for each kind of credential, as if a policy that allows everything were
    attached.
    """
    for badge in USER_BADGES:
        account_copy, key = mint_credential(account, account.arn(user), badge, at)  # pyright: ignore[reportArgumentType]  # of USER_BADGES
        allowed = build_standing(account_copy, key, at)
        if isinstance(allowed, Standing):
            yield HeldSession(
                subject,
                badge,
                account_copy,
                key,
                free_keys(_with_everything_given(allowed), {"aws:tokenissuetime"}),
            )


def maximum_access(trial: Trial, session: HeldSession) -> Standing | None:
    """Return the most that a user below a boundary could have been allowed before the play.

    They may be allowed it now. The boundary and the resource policies are those from before the play.
    Return None for all other principals, and for the user's sessions in roles.
    """
    user = session.account.entity_by_id(session.standing.principal.id)
    if not isinstance(user, User) or session.badge not in USER_BADGES:
        return None
    if not _is_below_boundary(trial, session.account, user):
        return None
    opening = trial.play.scenario.opening
    former_boundary = opening.policies[user.boundary].document.policy
    layers: list[Layer] = []
    for layer in session.standing.layers:
        if layer.kind is Kind.BOUNDARY:
            layers.append(dataclasses.replace(layer, policies=(former_boundary,)))
        elif layer.kind not in (Kind.RESOURCE, Kind.TRUST):
            layers.append(layer)
    layers += resource_layers(opening)
    before = dataclasses.replace(session.standing, layers=tuple(layers))
    return _with_everything_given(before)


GIVEN_LAYER = Layer(Kind.IDENTITY, (Policy((ALLOW_ANYTHING,), name="whatever is given"),))


def _with_everything_given(allowed: Standing) -> Standing:
    """Return the standing as if its identity policies allowed everything, so that only its
    other layers limit it.
    """
    return with_identity_layer(allowed, GIVEN_LAYER)


def with_identity_layer(allowed: Standing, layer: Layer) -> Standing:
    """Return the standing with this layer in place of all its identity-based policies."""
    return dataclasses.replace(
        allowed,
        layers=(
            *(
                existing_layer
                for existing_layer in allowed.layers
                if existing_layer.kind is not Kind.IDENTITY
            ),
            layer,
        ),
    )


def has_everything(member: HeldSession, found: Iterable[Excess | Undecided]) -> bool:
    """Tell whether a session with these excesses can do everything: a policy allows it, and no layer
    limits it, such as a boundary.
    """
    excesses = (excess for excess in found if isinstance(excess, Excess))
    if not any(
        excess.by.statement.allows_everything
        for excess in excesses
        if excess.by.layer.kind is Kind.IDENTITY and excess.by.layer != GIVEN_LAYER
    ):
        return False
    layers = (*member.standing.layers, *member.bounds)
    return may_do_everything(
        member.account, dataclasses.replace(member.standing, layers=layers)
    )


def cite_boundary(excess: Excess, allowed: Standing, before: Standing | None) -> Excess:
    """Return the excess with the boundary's statement as its cause, if it was found as if every
    policy were attached.

    There the Allow is a policy that the search made up, and only the boundary can be mended. All
    other excesses, and what a resource policy allows, stay as they are.
    """
    if (
        before is None
        or GIVEN_LAYER not in before.layers
        or excess.by.layer.kind is Kind.RESOURCE
    ):
        return excess
    request = PreparedRequest(allowed, excess.witness)
    allows = (
        (clause, boundary)
        for boundary in allowed.layers
        if boundary.kind is Kind.BOUNDARY
        for clause in match_layer(boundary, request).allows
    )
    return next(
        (
            dataclasses.replace(excess, by=clause.cited_statement(layer))
            for clause, layer in allows
        ),
        excess,
    )


def _is_below_boundary(trial: Trial, account: Account, user: User) -> bool:
    """Tell whether a job lets somebody give this user any policy below the boundary that they have.

    The boundary has to be one of before the play. Root and administrators can do it anyway, so only
    what jobs need counts.
    """
    if user.boundary not in trial.play.scenario.opening.policies:
        return False
    calls = (
        Call("iam", operation, {"UserName": user.name, **parameters})
        for operation, parameters in GRANT_CALLS
    )

    def is_needed(call: Call) -> bool:
        """Tell whether jobs need all the requests of a call."""
        decisions = (
            authorize(trial.needed_by_anybody, request)
            for request in requests_of_call(account, call)
        )
        return all(isinstance(decision, Allowed) for decision in decisions)

    return any(map(is_needed, calls))
