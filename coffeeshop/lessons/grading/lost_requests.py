"""What a session was allowed before the play, and is refused now: what must be kept and
isn't.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.administering import (
    with_ordinary_request,
)
from coffeeshop.lessons.grading.existing import deny_absent_tags, policy_holder_arns
from coffeeshop.lessons.grading.fences import from_now_on, with_fence
from coffeeshop.lessons.grading.moments import deny_other_tools
from coffeeshop.lessons.grading.needed import STRONGEST_BADGE, satisfies_badge
from coffeeshop.lessons.grading.newcomers import fence_of_group_newcomer
from coffeeshop.lessons.grading.principal_classes import PRINCIPAL_CLASSES
from coffeeshop.lessons.grading.request_space import keys_read
from coffeeshop.lessons.grading.serving import former_name
from coffeeshop.lessons.grading.sessions import (
    HeldSession,
    free_keys,
)
from coffeeshop.lessons.model import Play, Proof
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import (
    PRESENT,
    Allowed,
    Element,
    Excess,
    Request,
    Standing,
    Statement,
    Undecided,
)
from coffeeshop.shop.serve import user_named

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial

USER_CLASS = PRINCIPAL_CLASSES[0]


def same_user(trial: Trial, subject: str, former_user: User) -> User | None:
    """Return the user who was `former_user` before the play, whatever they are called now; None if
    there is none.

    A user made anew under that name counts, unless they had another name before the play.
    """
    account = trial.play.account
    user = account.entity_by_id(former_user.id)
    if not user and not former_name(trial.play, subject):
        user = user_named(account, subject)
    return user if isinstance(user, User) else None


def losses_by_badge(
    trial: Trial,
    subject: str,
    before: Mapping[str, Standing],
    sessions: Collection[HeldSession],
) -> Iterator[Proof]:
    """Yield for each kind of credential a proof of what was lost with it.

    `before` has what was allowed, by kind. Nothing is lost if one of the `sessions` with this or a stronger
    credential still allows all of it. If there is no such session, everything is lost, and the proof is
    empty.
    """
    for badge, allowed_before in before.items():
        losses = [
            tuple(session_losses(trial, allowed_before, session))
            for session in sessions
            if satisfies_badge(session.badge, badge)
        ]
        if all(losses):
            yield Proof(subject, badge, losses[0] if losses else ())


def can_have_badge(account: Account, id: str, badge: str) -> bool:
    """Tell whether a principal can show this kind of credential. Only an MFA code takes
    more than the credential: a device.
    """
    return badge != STRONGEST_BADGE or bool(account.devices_of(id))


def session_losses(
    trial: Trial, before: Standing, session: HeldSession
) -> Iterator[Excess]:
    """Yield what was allowed before and is refused in the session now, by an ordinary request.

    Only resources that were there before count. Context keys that the holder can choose are
    compared under any value.
    """
    if session.standing == before:
        return
    chosen = {
        key.lower() for key, value in session.standing.fixed.items() if value is PRESENT
    }
    allowed_before = _open_ordinary(trial, session, free_keys(before, chosen))
    allowed_now = _open_ordinary(trial, session, session.standing)
    read = {*keys_read(allowed_now)}
    fence = [
        statement
        for statement in _fence_of_session(trial, session)
        if all(condition.key.lower() in read for condition in statement.conditions)
    ]
    fence += [*_deny_new_resources(trial.play), *deny_other_tools(allowed_now)]
    new_keys = read.difference(keys_read(allowed_before))
    fence += [
        statement
        for statement in deny_absent_tags(trial.play, (allowed_now,))
        if new_keys.issuperset(condition.key for condition in statement.conditions)
    ]
    allowed_before = with_fence(allowed_before, fence)
    from_now = from_now_on(allowed_before, allowed_now, trial.play.now)
    excesses = trial.find_excesses(from_now, allowed_now, most=1)
    for excess in proven_losses(trial, session.who, excesses):
        witness = _without_needless_keys(excess.witness, allowed_before, allowed_now)
        yield dataclasses.replace(excess, witness=witness)


def _fence_of_session(trial: Trial, session: HeldSession) -> Iterator[Statement]:
    """Yield Denies of what a session can't send. The session of a newcomer may have any new name."""
    if session.standing.fixed.get("aws:PrincipalArn") is PRESENT:
        return fence_of_group_newcomer(trial, session)
    return USER_CLASS.fence(trial, session)


def _open_ordinary(trial: Trial, session: HeldSession, allowed: Standing) -> Standing:
    """Return a standing for an ordinary request.

    Context keys that the session's holder can choose are left open.
    """
    ordinary = with_ordinary_request(trial.account, allowed, session.who)
    return USER_CLASS.open_standing(trial, replace(session, standing=ordinary))


def _without_needless_keys(
    request: Request, allowed_before: Standing, allowed_now: Standing
) -> Request:
    """Return a lost request without the context keys that don't matter: without them it was allowed
    and is refused, too.
    """
    for key in request.context:
        context = {name: value for name, value in request.context.items() if name != key}
        plainer = dataclasses.replace(request, context=context)
        was_allowed = isinstance(authorize(allowed_before, plainer), Allowed)
        if was_allowed and not isinstance(authorize(allowed_now, plainer), Allowed):
            request = plainer
    return request


def _deny_new_resources(play: Play) -> Iterator[Statement]:
    """Yield a Deny of the resources that came in the play, which keeps them out of what was lost.

    Those are meant that can have a policy of their own.
    """
    former_arns = {*policy_holder_arns(play.scenario.opening)}
    new_arns = [arn for arn in policy_holder_arns(play.account) if arn not in former_arns]
    objects = [f"{arn}/*" for arn in new_arns if arn.startswith("arn:aws:s3:")]
    if new_arns:
        yield Statement("Deny", Element(("*",)), Element((*new_arns, *objects)))


def proven_losses(
    trial: Trial, subject: str, excesses: Iterable[Excess | Undecided]
) -> Iterator[Excess]:
    """Yield the excesses that are proven to be lost.

    The others are noted as unproven, and don't count as lost.
    """
    for excess in excesses:
        if isinstance(excess, Excess):
            yield excess
        else:
            trial.note_unproven(subject, excess.reason)
