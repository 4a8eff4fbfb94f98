"""Those who may do everything, the owner and the administrators: whether they still can, and what shows that they are.

Nobody compares what they hold with what jobs need. So it is asked what opens it: the badges that they really have.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from coffeeshop.account import ids
from coffeeshop.account.access.data_requests import Context
from coffeeshop.account.access.request_context import network_keys, ownership_keys, s3_keys
from coffeeshop.account.access.totp import STEP
from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account, Call
from coffeeshop.lessons.grading.moments import AGE, from_now_on
from coffeeshop.lessons.grading.needed import DIRECT
from coffeeshop.lessons.grading.sentences import display_name, join_words, name_in_sentence
from coffeeshop.lessons.grading.sessions import (
    HeldSession,
    find_sessions,
    live_sessions,
    opening_badge,
)
from coffeeshop.lessons.model import Check, Finding, Offence, Play
from coffeeshop.policy.comparison.answers import first_excesses
from coffeeshop.policy.comparison.budgets import COMPARED, ONE_OF_MANY, Steps
from coffeeshop.policy.evaluation.match import shared_policy
from coffeeshop.policy.model import Element, Standing, Statement, Values
from coffeeshop.policy.validation.granting import listed_ways
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import origin_of, person, present, user_named
from coffeeshop.shop.want import Want

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial

ORDINARY: Context = {"aws:ViaAWSService": ("false",)}
ABSENT = dict.fromkeys(
    ("aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp")
)  # of who comes by the internet


def locked_out_administrators(trial: Trial) -> Iterator[str]:
    """Yields each administrator who could administer the account before the play and can no more, whatever they are called
    by now; and so each user who could administer another account of the organization. Of whom nobody could prove it, it is
    kept in mind.
    """
    opening = trial.play.scenario.opening
    yield from (
        admin
        for admin in trial.play.scenario.people.admins
        if _is_locked_out(trial, opening.id, admin)
    )
    for id in opening.others:
        users = (user.name for user in opening.seen_from(id).users.values())
        yield from (
            f"account/{id}/user/{name}"
            for name in users
            if _is_locked_out(trial, id, person(name))
        )


def _is_locked_out(trial: Trial, account_id: str, subject: str) -> bool:
    scenario = trial.play.scenario
    opening = scenario.opening.seen_from(account_id)
    account = trial.play.account.seen_from(account_id)
    steps = Steps(ONE_OF_MANY)
    former_user = user_named(opening, subject)
    if former_user is None or not can_administer(
        opening, subject, scenario.now, Steps(ONE_OF_MANY)
    ):
        return False
    user = account.entity_by_id(former_user.id)
    if isinstance(user, User) and can_administer(
        account, person(user.name), trial.play.now, steps
    ):
        return False
    if steps.remaining < COMPARED:
        trial.note_unproven(
            subject,
            "the budget of steps was spent on whether they can still administer the account",
        )
    return steps.remaining >= COMPARED


def new_credentials(play: Play) -> Iterator[Offence]:
    """Yields each kind of badge that shows somebody who may do everything and did not before: a key, or a password without
    the code; of the owner, administrators, and those of the organization's other accounts. A code, beside what is there,
    opens no more; and who was not there yet has every badge to get. And the mail by which AWS gives the owner a new password:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reset-root-password.html
    """
    if play.account.email != play.scenario.opening.email:
        yield Offence("root", f"the mail of {play.account.email}")
    yield from _new_shop_credentials(play)
    yield from _new_member_credentials(play)


def _new_shop_credentials(play: Play) -> Iterator[Offence]:
    for subject in ("root", *play.scenario.people.admins):
        badges_before = _held_badges(play.scenario.opening, subject, play.scenario.now)
        badges_now = _held_badges(play.account, subject, play.now)
        jobs = (
            want
            for want in play.scenario.wants
            if want.mode is Mode.MUST and want.who == subject
        )
        job_badges = {
            want.badge for want in jobs if not want.minted
        }  # for one that is, nobody makes a real one
        known_badges = {*(badges_before or DIRECT), *job_badges}
        yield from (
            Offence(subject, SHOWN[badge])
            for badge in badges_now
            if badge not in (*known_badges, DIRECT[-1])
        )
        expected_sessions = {
            "key": {*badges_now, *job_badges},
            "password": known_badges,
        }  # whoever takes the key away ends what it opened
        if any(
            badge not in expected_sessions[badge]
            for badge in _badges_of_uncoded_sessions(play, subject)
        ):
            yield Offence(subject, "a session that no code opened")


def _new_member_credentials(play: Play) -> Iterator[Offence]:
    """Yields new badges of whoever can administer another account of the organization: nobody has a job there."""
    opening = play.scenario.opening
    began = play.scenario.now
    for account_id in opening.others:
        former_account = opening.seen_from(account_id)
        account = play.account.seen_from(account_id)
        for user_name in (user.name for user in former_account.users.values()):
            subject = person(user_name)
            known_badges = _held_badges(former_account, subject, began) or DIRECT
            new_badges = [
                badge
                for badge in _held_badges(account, subject, play.now)
                if badge not in (*known_badges, DIRECT[-1])
            ]
            if new_badges and can_administer(
                former_account, subject, began, Steps(ONE_OF_MANY)
            ):
                yield from (
                    Offence(f"account/{account_id}/user/{user_name}", SHOWN[badge])
                    for badge in new_badges
                )


SHOWN = {"key": "a working access key", "password": "the password alone"}


def _badges_of_uncoded_sessions(play: Play, subject: str) -> Iterator[str]:
    """Yields by which badge each live session of somebody's that leads to everything was opened in the play without a code."""
    for credential, session in (
        pair for pair in live_sessions(play.account, play.now) if pair[1].who == subject
    ):
        badge = opening_badge(play, credential)
        if badge in SHOWN and leads_to_everything(session.standing, play.now):
            yield badge


def _held_badges(account: Account, subject: str, at: datetime) -> Values:
    """The kinds of badge that somebody really has, weaker ones first."""
    return tuple(
        badge for badge in DIRECT if any(present(account, _real_want(subject, badge), at))
    )


def can_administer(account: Account, subject: str, at: datetime, steps: Steps) -> bool:
    """Tells whether it is proven, in so many steps, that somebody can come to hold everything, by an ordinary request: in some
    session of theirs an action that leads there is allowed on whatever there is, at every moment from then on.
    """
    return any(
        leads_to_everything(allowed, at, steps)
        for allowed in _ordinary_standings(account, subject, at, steps)
    )


def _ordinary_standings(
    account: Account, subject: str, at: datetime, steps: Steps
) -> Iterator[Standing]:
    """What somebody holds in each session that their badges really open, under an ordinary request."""
    for session in find_sessions(account, _real_want, subject, at, steps):
        if isinstance(session, HeldSession):
            yield with_ordinary_request(account, session.standing)


def leads_to_everything(
    allowed: Standing, at: datetime, steps: Steps | None = None
) -> bool:
    """Tells whether it is proven that the owner has it, or somebody who may take an action that leads there, on whatever there is, at
    every moment from then on.
    """
    steps = steps or Steps(ONE_OF_MANY)
    leading = (action for action, way in listed_ways().items() if way.anything)
    return allowed.principal.kind == "root" or any(
        _is_always_allowed(allowed, action, at, steps) for action in leading
    )


def _is_always_allowed(
    allowed: Standing, action: str, at: datetime, steps: Steps, resource: str = "*"
) -> bool:
    # Asked for when something is compared, and not before.
    from coffeeshop.policy.comparison.domain import Domain

    action_policy = shared_policy(
        (Statement("Allow", Element((action,)), Element((resource,))),)
    )
    wanted = dataclasses.replace(
        Standing.of(action_policy), principal=allowed.principal, fixed=allowed.fixed
    )
    domain = Domain.typed_domain((allowed.principal.account,))
    return not first_excesses(
        from_now_on(wanted, allowed, at), allowed, domain, steps=steps
    )


# ------------------------------------------------------------------ things that nobody administers
CHANGING: Mapping[
    str, Values
] = {  # by what a policy of such a thing is changed, or taken off
    "bucket": ("s3:PutBucketPolicy", "s3:DeleteBucketPolicy"),
    "queue": ("sqs:SetQueueAttributes",),
}


def locked_resources(trial: Trial) -> Iterator[str]:
    """Yields each thing that has another policy than before the play, which every administrator is denied to change, by
    kind/NAME: from now on only root opens it.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html
    """
    opening = trial.play.scenario.opening
    account = trial.play.account
    for kind, books in {
        "bucket": (opening.buckets, account.buckets),
        "queue": (opening.queues, account.queues),
    }.items():
        before, after = (
            {resource_name: thing.policy for resource_name, thing in book.items()}
            for book in books
        )
        for resource_name in before:
            if after.get(resource_name) not in (
                None,
                before[resource_name],
            ) and _became_locked(trial, kind, resource_name):
                yield f"{kind}/{resource_name}"


def _became_locked(trial: Trial, kind: str, resource_name: str) -> bool:
    scenario = trial.play.scenario
    play = trial.play
    could = _can_change_policy(
        scenario.opening, scenario.people.admins, scenario.now, kind, resource_name
    )
    return could and not _can_change_policy(
        play.account, scenario.people.admins, play.now, kind, resource_name
    )


def _can_change_policy(
    account: Account, admins: Values, at: datetime, kind: str, resource_name: str
) -> bool:
    """Whether one of these people can change the policy of a thing, at every moment from then on."""
    steps = Steps(ONE_OF_MANY)
    arn = ids.arn(account, kind, resource_name)
    standings = (
        allowed
        for admin in admins
        for allowed in _ordinary_standings(account, admin, at, steps)
    )
    return any(
        _is_always_allowed(allowed, action, at, steps, arn)
        for allowed in standings
        for action in CHANGING[kind]
    )


def _real_want(subject: str, badge: str) -> Want:
    return Want(subject, Mode.MAY, subject, "", badge=badge, minted=False)  # pyright: ignore[reportArgumentType]  # of DIRECT


def with_ordinary_request(
    account: Account, standing: Standing, subject: str = ""
) -> Standing:
    """Returns the standing under a request as AWS's tools send it from where somebody is (from the shop, where it is said of nobody),
    in its Region and on what is the account's, as long after a code as a phone shows it: it can be given anew.
    """
    network_context = network_keys(
        account, Call("sts", "GetCallerIdentity", origin=origin_of(subject))
    )
    fresh_code = {AGE: (str(STEP),)} if standing.fixed.get(AGE) else {}
    owner_keys = {**ownership_keys(account, account.id), **s3_keys(account.id, signed=True)}
    context = {**network_context, **ORDINARY, **ABSENT, **fresh_code, **owner_keys}
    return dataclasses.replace(standing, fixed={**standing.fixed, **context})


# -------------------------------------------------------------------- in words
def lockout_findings(_: Play, checks: list[Check]) -> Iterator[Finding]:
    """Yields what is to be read of each who is locked out, and of each thing that is."""
    for check in checks:
        subject = check.subject
        headline = f"Once the open sessions end, {display_name(subject)} can't administer the account."
        explanation = NO_BADGE
        if subject.partition("/")[0] in CHANGING:
            headline = (
                f"{display_name(subject)} is closed to everybody but the owner, for good."
            )
            explanation = NO_CHANGE
        yield Finding(f"locked-out:{subject}", (check,), (subject,), headline, explanation)


NO_BADGE = "No badge that is left opens what leads to everything, directly or in a role."
NO_CHANGE = "Its policy denies every administrator to change it. Nobody asked for that."


def new_credential_finding(check: Check) -> Finding:
    """Returns what is to be read of the new badges of somebody who may do everything."""
    subject = check.subject
    credentials = [offence.text for offence in check.pieces(Offence)]
    headline = f"Whoever has {join_words(credentials)} acts as {name_in_sentence(subject)}."
    explanation = (
        "That opens all that they may do. It did not before, and no job asks for it."
    )
    return Finding(f"new-badge:{subject}", (check,), (subject,), headline, explanation)
