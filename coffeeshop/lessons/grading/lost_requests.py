"""What a session was allowed before the play, and is refused now."""

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
from coffeeshop.lessons.grading.existing import policy_holder_arns
from coffeeshop.lessons.grading.moments import (
    from_now_on,
    keys_read,
    with_fence,
)
from coffeeshop.lessons.grading.needed import DIRECT, satisfies_badge
from coffeeshop.lessons.grading.principal_classes import CLASSES
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

USER = CLASSES[0]


def same_user(trial: Trial, subject: str, former_user: User) -> User | None:
    """The same user, whatever they are called by now; or one of that name who was made anew, and was nobody else before."""
    account = trial.play.account
    user = account.entity_by_id(former_user.id) or (
        None if former_name(trial.play, subject) else user_named(account, subject)
    )
    return user if isinstance(user, User) else None


def losses_by_badge(
    trial: Trial,
    subject: str,
    before: Mapping[str, Standing],
    sessions: Collection[HeldSession],
) -> Iterator[Proof]:
    """What somebody can no more by an ordinary request, of each badge; nothing of it, where no such badge is left."""
    for badge, allowed_before in before.items():
        losses = [
            tuple(session_losses(trial, allowed_before, session))
            for session in sessions
            if satisfies_badge(session.badge, badge)
        ]
        if all(losses):
            yield Proof(subject, badge, losses[0] if losses else ())


def can_have_badge(account: Account, id: str, badge: str) -> bool:
    """Whether somebody has such a badge, who may be given a key or a password: a code takes a device of theirs."""
    return badge != DIRECT[-1] or bool(account.devices_of(id))


def session_losses(
    trial: Trial, before: Standing, session: HeldSession
) -> Iterator[Excess]:
    """What was allowed before, and is not in a session of now; on what was there, and whatever is theirs to choose by now."""
    if session.standing != before:
        chosen = {
            key.lower() for key, value in session.standing.fixed.items() if value is PRESENT
        }
        allowed_before, allowed_now = (
            USER.open_standing(
                trial,
                replace(
                    session,
                    standing=with_ordinary_request(trial.account, excess, session.who),
                ),
            )
            for excess in (free_keys(before, chosen), session.standing)
        )
        read = {*keys_read(allowed_now)}
        fence = (
            s
            for s in USER.fence(trial, session)
            if all(c.key.lower() in read for c in s.conditions)
        )
        allowed_before = with_fence(
            allowed_before, (*_deny_new_resources(trial.play), *fence)
        )
        excesses = trial.find_excesses(
            from_now_on(allowed_before, allowed_now, trial.play.now), allowed_now, most=1
        )
        for excess in proven_losses(trial, session.who, excesses):
            yield dataclasses.replace(
                excess,
                witness=_without_needless_keys(excess.witness, allowed_before, allowed_now),
            )


def _without_needless_keys(
    request: Request, allowed_before: Standing, allowed_now: Standing
) -> Request:
    """A request that is lost without those of its keys that it is lost without as well."""
    for key in request.context:
        plainer = dataclasses.replace(
            request, context={k: v for k, v in request.context.items() if k != key}
        )
        if isinstance(authorize(allowed_before, plainer), Allowed) and not isinstance(
            authorize(allowed_now, plainer), Allowed
        ):
            request = plainer
    return request


def _deny_new_resources(play: Play) -> Iterator[Statement]:
    """Whatever is asked on a thing that came in the play and can have a policy of its own."""
    former_arns = {*policy_holder_arns(play.scenario.opening)}
    new_arns = [arn for arn in policy_holder_arns(play.account) if arn not in former_arns]
    objects = [f"{arn}/*" for arn in new_arns if arn.startswith("arn:aws:s3:")]
    if new_arns:
        yield Statement("Deny", Element(("*",)), Element((*new_arns, *objects)))


def proven_losses(
    trial: Trial, subject: str, excesses: Iterable[Excess | Undecided]
) -> Iterator[Excess]:
    """What is lost for certain; of what is not, it is kept in mind that nobody could prove it."""
    for excess in excesses:
        if isinstance(excess, Excess):
            yield excess
        else:
            trial.note_unproven(subject, excess.reason)
