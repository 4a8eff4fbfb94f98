"""The root user and the administrators: whether they still can administer, and which
credentials act as them.

They need everything, so nothing that they hold is an excess. What is judged is which
credentials they really have.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from coffeeshop.account import ids
from coffeeshop.account.access.request_context import network_keys, ownership_keys, s3_keys
from coffeeshop.account.access.totp import CODE_SECONDS
from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account, Call
from coffeeshop.lessons.check_kinds import FindingKind
from coffeeshop.lessons.grading.existing import deny_absent_tags
from coffeeshop.lessons.grading.fences import from_now_on, with_fence
from coffeeshop.lessons.grading.live_sessions import live_sessions, opening_badge
from coffeeshop.lessons.grading.moments import deny_other_tools
from coffeeshop.lessons.grading.needed import STRONGEST_BADGE, USER_BADGES
from coffeeshop.lessons.grading.request_space import MFA_AGE_KEY, TOOL_VALUES, absent_keys
from coffeeshop.lessons.grading.sentences import display_name, join_words, name_in_sentence
from coffeeshop.lessons.grading.sessions import HeldSession, find_sessions
from coffeeshop.lessons.model import Check, Finding, Offence, Play
from coffeeshop.policy.comparison.answers import first_excesses
from coffeeshop.policy.comparison.budgets import COMPARING, ONE_OF_MANY, Steps
from coffeeshop.policy.evaluation.match import shared_policy
from coffeeshop.policy.model import PRESENT, Element, Fixed, Standing, Statement, Values
from coffeeshop.policy.validation.granting import listed_ways
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import origin_of, usable_credentials, user_named, want_name
from coffeeshop.shop.want import Want

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def locked_out_administrators(trial: Trial) -> Iterator[str]:
    """Yield each administrator who could administer the account before the play and can't any more.

    The same goes for users who could administer a member account; they are yielded as
    account/ID/user/NAME. A renamed user is still the same.
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
            if _is_locked_out(trial, id, want_name(name))
        )


def _is_locked_out(trial: Trial, account_id: str, subject: str) -> bool:
    """Tell whether a user of the account `account_id` lost the power to administer it.

    A search that runs out of steps leaves this unproven. That is noted, and the answer is
    no.
    """
    scenario = trial.play.scenario
    opening = scenario.opening.seen_from(account_id)
    account = trial.play.account.seen_from(account_id)
    steps = Steps(ONE_OF_MANY)
    former_user = user_named(opening, subject)
    if former_user is None:
        return False
    if not can_administer(opening, subject, scenario.now, Steps(ONE_OF_MANY)):
        return False
    user = account.entity_by_id(former_user.id)
    if isinstance(user, User):
        name = want_name(user.name)
        if can_administer(account, name, trial.play.now, steps):
            return False
    if steps.remaining < COMPARING:
        trial.note_unproven(
            subject,
            "the budget of steps was spent on whether they can still administer the account",
        )
        return False
    return True


def new_credentials(play: Play) -> Iterator[Offence]:
    """Yield each new kind of credential that acts as root or as an administrator, also of
    member accounts.

    A key counts, and so does a password without MFA. A new MFA device doesn't: it gives no
    access. Another mail address of the root user counts, since AWS resets the password by it:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reset-root-password.html
    """
    if play.account.email != play.scenario.opening.email:
        yield Offence("root", f"the mail of {play.account.email}")
    yield from _new_shop_credentials(play)
    yield from _new_member_credentials(play)


def _new_shop_credentials(play: Play) -> Iterator[Offence]:
    """Yield the new credentials of our own root user and administrators, and their new sessions
    without an MFA code.

    A credential that a job asks for is expected. So are all credentials of an administrator who had
    none before.
    """
    for subject in ("root", *play.scenario.people.admins):
        badges_before = _held_badges(play.scenario.opening, subject, play.scenario.now)
        badges_now = _held_badges(play.account, subject, play.now)
        jobs = (
            want
            for want in play.scenario.wants
            if want.mode is Mode.MUST and want.who == subject
        )
        # A job with a minted credential needs no real one.
        job_badges = {want.badge for want in jobs if not want.minted}
        known_badges = {*(badges_before or USER_BADGES), *job_badges}
        for badge in badges_now:
            if badge not in (*known_badges, "code"):
                yield Offence(subject, SIGN_IN_TEXTS[badge])
        # A session ends with the key that opened it, so only keys of now count.
        expected_sessions = {"key": {*badges_now, *job_badges}, "password": known_badges}
        uncoded = _credentials_that_opened_admin_sessions_without_mfa(play, subject)
        if any(badge not in expected_sessions[badge] for badge in uncoded):
            yield Offence(subject, "a session that no code opened")


def _new_member_credentials(play: Play) -> Iterator[Offence]:
    """Yield new credentials of users who could administer a member account before the play.

    Nobody has a job there, so none is expected.
    """
    opening = play.scenario.opening
    began = play.scenario.now
    for account_id in opening.others:
        former_account = opening.seen_from(account_id)
        account = play.account.seen_from(account_id)
        for user_name in (user.name for user in former_account.users.values()):
            subject = want_name(user_name)
            known_badges = _held_badges(former_account, subject, began) or USER_BADGES
            new_badges = [
                badge
                for badge in _held_badges(account, subject, play.now)
                if badge not in (*known_badges, STRONGEST_BADGE)
            ]
            if new_badges and can_administer(
                former_account, subject, began, Steps(ONE_OF_MANY)
            ):
                yield from (
                    Offence(f"account/{account_id}/user/{user_name}", SIGN_IN_TEXTS[badge])
                    for badge in new_badges
                )


SIGN_IN_TEXTS = {"key": "a working access key", "password": "the password alone"}


def _credentials_that_opened_admin_sessions_without_mfa(
    play: Play, subject: str
) -> Iterator[str]:
    """Yield "key" or "password" for each live session that can do everything and was opened
    without MFA.

    Whoever holds such a session is an administrator without an MFA code. So the caller
    checks that the credential that opened it was expected.
    """
    for credential, session in live_sessions(play.account, play.now):
        if session.who != subject:
            continue
        badge = opening_badge(play, credential)
        if badge in SIGN_IN_TEXTS and leads_to_everything(session.standing, play.now):
            yield badge


def _held_badges(account: Account, subject: str, at: datetime) -> Values:
    """Return the kinds of credential that a subject really has in an account, weaker ones
    first.

    Credentials made only for the grade don't count: the question here is who can sign in.
    """
    return tuple(
        badge
        for badge in USER_BADGES
        if any(usable_credentials(account, _real_want(subject, badge), at))
    )


def can_administer(account: Account, subject: str, at: datetime, steps: Steps) -> bool:
    """Tell whether it is proven that a subject can administer the account with a credential that
    they really have.

    They can if one of their sessions allows, by ordinary requests, an action that leads to
    everything: on any resource, at every moment from `at` on.
    """
    return any(
        leads_to_everything(allowed, at, steps)
        for allowed in _ordinary_standings(account, subject, at, steps)
    )


def _ordinary_standings(
    account: Account, subject: str, at: datetime, steps: Steps
) -> Iterator[Standing]:
    """Yield what a subject is allowed in each session that their real credentials open.

    The request is as AWS's tools send it from the shop, so that a condition on the address or on
    TLS doesn't count as a refusal. It has no referer, which only browsers send.
    """
    for session in find_sessions(account, _real_want, subject, at, steps):
        if isinstance(session, HeldSession):
            ordinary = with_ordinary_request(account, session.standing)
            yield dataclasses.replace(ordinary, fixed={REFERER_KEY: None, **ordinary.fixed})


REFERER_KEY = "aws:Referer"


def leads_to_everything(
    allowed: Standing, at: datetime, steps: Steps | None = None
) -> bool:
    """Tell whether it is proven that a standing is root's, or allows an action by which it can give
    itself everything.

    One such action is attaching a policy. It has to be allowed on any resource, at every moment
    from `at` on.
    """
    steps = steps or Steps(ONE_OF_MANY)
    leading = (action for action, way in listed_ways().items() if way.anything)
    return allowed.principal.kind == "root" or any(
        _is_always_allowed(allowed, action, at, steps) for action in leading
    )


def _is_always_allowed(
    allowed: Standing,
    action: str,
    at: datetime,
    steps: Steps,
    resource: str = "*",
    fence: tuple[Statement, ...] = (),
) -> bool:
    """Tell whether it is proven that an action is allowed on a resource at every moment
    from `at` on.

    A policy can have an end date, so the decision of one moment proves nothing. Therefore a
    standing with just this action is compared with the allowed one, and must have nothing
    in excess of it. `fence` has Denies of requests that don't matter.
    """
    # Asked for when something is compared, and not before.
    from coffeeshop.policy.comparison.domain import Domain

    action_policy = shared_policy(
        (Statement("Allow", Element((action,)), Element((resource,))),)
    )
    wanted = dataclasses.replace(
        Standing.of(action_policy), principal=allowed.principal, fixed=allowed.fixed
    )
    wanted = with_fence(wanted, (*fence, *deny_other_tools(allowed)))
    domain = Domain.typed_domain((allowed.principal.account,))
    return not first_excesses(
        from_now_on(wanted, allowed, at), allowed, domain, steps=steps
    )


# ------------------------------------------------------------------ things that nobody administers
# The actions that change or remove the policy of such a resource.
POLICY_ACTIONS: Mapping[str, Values] = {
    "bucket": ("s3:PutBucketPolicy", "s3:DeleteBucketPolicy"),
    "queue": ("sqs:SetQueueAttributes",),
    "kms-key": ("kms:PutKeyPolicy",),
}


def locked_resources(trial: Trial) -> Iterator[str]:
    """Yield as kind/NAME each bucket, queue or KMS key whose changed policy keeps every
    administrator from changing it.

    From then on only the root user can, and of a key perhaps nobody:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    opening = trial.play.scenario.opening
    account = trial.play.account
    for kind, before, after in (
        ("bucket", opening.buckets, account.buckets),
        ("queue", opening.queues, account.queues),
        ("kms-key", opening.kms_keys, account.kms_keys),
    ):
        for name, former_resource in before.items():
            resource = after.get(name)
            if resource is None or resource.policy is None:
                continue
            has_changed = resource.policy != former_resource.policy
            if has_changed and _became_locked(trial, kind, name):
                yield f"{kind}/{name}"


def _became_locked(trial: Trial, kind: str, resource_name: str) -> bool:
    """Tell whether some administrator could change a resource's policy before the play, and
    none can now.
    """
    scenario = trial.play.scenario
    play = trial.play
    could = _can_change_policy(play, scenario.opening, scenario.now, kind, resource_name)
    return could and not _can_change_policy(
        play, play.account, play.now, kind, resource_name
    )


def _can_change_policy(
    play: Play, account: Account, at: datetime, kind: str, resource_name: str
) -> bool:
    """Tell whether an administrator can change the policy of a bucket, queue or key, at every moment from `at` on."""
    steps = Steps(ONE_OF_MANY)
    arn = ids.arn(account, kind, resource_name)
    standings = (
        allowed
        for admin in play.scenario.people.admins
        for allowed in _ordinary_standings(account, admin, at, steps)
    )
    return any(
        _is_always_allowed(
            allowed, action, at, steps, arn, tuple(deny_absent_tags(play, (allowed,)))
        )
        for allowed in standings
        for action in POLICY_ACTIONS[kind]
    )


def _real_want(subject: str, badge: str) -> Want:
    """Return a want that asks for nothing, to look up a credential that a subject really
    has.

    In other wants the grade may make a credential for the subject, which would let
    everybody sign in.
    """
    return Want(subject, Mode.MAY, subject, "", badge=badge, minted=False)  # pyright: ignore[reportArgumentType]  # of USER_BADGES


def with_ordinary_request(
    account: Account, standing: Standing, subject: str = ""
) -> Standing:
    """Return the standing with the context keys of an ordinary request from AWS's tools, of any
    version.

    This compares real use. It leaves out what a forged or unusual request could do. The request
    comes from where the subject works (the shop by default), goes to that Region, and asks for what
    the account owns. Whoever has given an MFA code can give another, so the code is always fresh.
    """
    call = Call("sts", "GetCallerIdentity", origin=origin_of(subject))
    context: dict[str, Fixed] = {
        **network_keys(account, call),
        **ownership_keys(account, account.id),
        **s3_keys(account.id, signed=True),
        "aws:ViaAWSService": ("false",),
        **dict.fromkeys(TOOL_VALUES, PRESENT),
    }
    if standing.fixed.get(MFA_AGE_KEY):
        context[MFA_AGE_KEY] = (str(CODE_SECONDS),)
    fixed = {**absent_keys(standing), **standing.fixed, **context}
    return dataclasses.replace(standing, fixed=fixed)


# -------------------------------------------------------------------- in words
def lockout_findings(_: Play, checks: list[Check]) -> Iterator[Finding]:
    """Yield the finding for each locked-out administrator, and for each locked resource."""
    for check in checks:
        subject = check.subject
        headline = f"{display_name(subject)} can no longer administer the account."
        explanation = NO_BADGE
        if subject.partition("/")[0] in POLICY_ACTIONS:
            headline = (
                f"{display_name(subject)} has a policy that no administrator can change."
            )
            explanation = NO_CHANGE
        yield Finding(
            FindingKind.LOCKED_OUT.key_of(subject),
            (check,),
            (subject,),
            headline,
            explanation,
        )


NO_BADGE = "No credential that is left can administer the account, directly or in a role."
NO_CHANGE = "It lets none of them change it. No job asks for that."


def new_credential_finding(check: Check) -> Finding:
    """Return the finding for the new credentials of somebody who can do everything."""
    subject = check.subject
    credentials = [offence.text for offence in check.pieces(Offence)]
    headline = (
        f"Anyone with {join_words(credentials)} can act as {name_in_sentence(subject)}."
    )
    explanation = "That gives access to everything that they can do. It didn't before, and no job needs it."
    return Finding(
        FindingKind.NEW_BADGE.key_of(subject), (check,), (subject,), headline, explanation
    )
