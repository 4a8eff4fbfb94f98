"""Principals from outside the account: AWS services, other accounts, identities of providers,
anonymous callers.

These are all principals that a resource policy, a trust policy or a check names, and one
unnamed principal of each kind for the others.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.account.access.resource_policies import resource_layers
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.model import Account, Caller, Nobody, Outsider, Service
from coffeeshop.lessons.grading.across_accounts import toward_our_resources
from coffeeshop.lessons.grading.fences import (
    deny_when,
    statements_about,
    with_fence,
)
from coffeeshop.lessons.grading.member_accounts import newly_trusted_sessions
from coffeeshop.lessons.grading.one_principal import (
    deny_inconsistent_keys,
    deny_other_arns,
    deny_wrong_sources,
)
from coffeeshop.lessons.grading.provider_sessions import kept_claims
from coffeeshop.lessons.grading.request_space import (
    OF_ANYBODY,
    PRINCIPAL_TAG_PREFIX,
    USER_ID,
    keys_read,
)
from coffeeshop.lessons.grading.sentences import STRANGERS, TOMORROW
from coffeeshop.lessons.grading.sessions import HeldSession, free_keys
from coffeeshop.lessons.grading.workforce import is_center_provider
from coffeeshop.policy.comparison.representatives import ACCOUNT_PATTERNS
from coffeeshop.policy.model import (
    PRESENT,
    Condition,
    Policy,
    Principal,
    Standing,
    Statement,
    Values,
)
from coffeeshop.shop.serve import outside_principal

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def service_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yield a session of each service that a policy names, and of one that none names."""
    unnamed = _outsider_session(trial, "service", Service("example.amazonaws.com"))
    yield replace(
        unnamed, standing=free_keys(unnamed.standing, {"aws:principalservicename"})
    )
    for name in _named_services(trial):
        yield _outsider_session(trial, f"service/{name}", Service(name))


def _named_services(trial: Trial) -> Values:
    """Return the AWS services that policies name as principals, such as lambda.amazonaws.com."""
    return tuple(name for name in _named_principals(trial, "Service") if name != "*")


def fence_of_services(trial: Trial, member: HeldSession) -> Iterator[Statement]:
    """Yield Denies that leave requests out of a service's comparison that this service can't send.

    A service states the account of the resource that it works for. The session `service` stands for
    every service that no policy names, so it doesn't have the name of one that is named.
    """
    yield from deny_wrong_sources(member.standing)
    if member.who != "service":
        return
    if named_services := _named_services(trial):
        yield deny_when(
            Condition("StringEquals", "aws:PrincipalServiceName", named_services)
        )


def federated_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yield a session of each provider that a policy names, with any claims.

    The provider of Identity Center speaks for its own users only. They are judged by name.
    """
    for name in _named_principals(trial, "Federated"):
        if name == "*" or is_center_provider(trial.account, name):
            continue
        session = _outsider_session(trial, f"federated/{name}", Nobody())
        identity = Principal(name, "", name, "federated")
        yield replace(
            session, standing=dataclasses.replace(session.standing, principal=identity)
        )


def other_account_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yield a session of a stranger, and of each principal of another account that a check or a
    policy names.

    If policies read claims, each also has a session that an identity provider opened there.
    """
    for subject, caller in _outside_callers(trial):
        session = _outsider_session(trial, subject, caller)
        allowed = toward_our_resources(session.standing, trial.account)
        yield replace(session, standing=allowed)
        claims = dict.fromkeys(kept_claims(keys_read(allowed)), PRESENT)
        if claims:
            signed_in = dataclasses.replace(allowed, fixed={**allowed.fixed, **claims})
            yield replace(session, standing=signed_in)


def guest_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yield the sessions in our roles that somebody of another account can have by assuming the
    role, and those in roles of other accounts that let others in since the play.
    """
    unknown = [f"account/{trial.names[name]}" for name in ("stranger", "newshop")]
    callers = [subject for subject, _ in _outside_callers(trial)]
    for subject in dict.fromkeys((*unknown, *callers)):
        if subject in STRANGERS or subject.startswith(f"account/{trial.account.id}/"):
            continue
        for session in trial.sessions_of(subject):
            if session.badge.startswith("role/"):
                yield replace(session, who=trial.stable_name(subject))
    yield from newly_trusted_sessions(trial)


def fence_of_accounts(trial: Trial, member: HeldSession) -> Iterator[Statement]:
    """Yield Denies that leave requests out of the comparison that a caller of another account can't send.

    The caller's ARN and account id aren't ours. The organization's id is ours only if their account
    is a member. A caller of a named account has that account's id. A stranger, or a caller of an
    account that joins later, can have any other id.
    """
    organization = trial.account.joined_organization
    own_id = member.standing.principal.account
    members = organization.members if organization else ()
    known_accounts = (
        trial.account.id,
        *(member_id for member_id in members if member_id != own_id),
    )
    is_unknown = own_id in (trial.names["stranger"], trial.names["newshop"])
    for key in ("aws:PrincipalAccount", "kms:CallerAccount"):
        if is_unknown:
            yield deny_when(Condition("StringEquals", key, known_accounts))
            yield deny_when(Condition("StringNotLike", key, ACCOUNT_PATTERNS))
        else:
            yield deny_when(Condition("StringNotEquals", key, (own_id,)))
    if is_unknown:
        ours = tuple(f"arn:aws:*::{account_id}:*" for account_id in known_accounts)
        yield deny_when(Condition("StringLike", "aws:PrincipalArn", ours))
    else:
        own = (f"arn:aws:*::{own_id}:*",)
        yield deny_when(Condition("ArnNotLike", "aws:PrincipalArn", own))
    if organization:
        if own_id in organization.members:
            operator = "StringNotEquals"
        else:
            operator = "StringEquals"
        yield deny_when(Condition(operator, "aws:PrincipalOrgID", (organization.id,)))
    if member.who.count("/") > 1:  # somebody who is named
        yield from deny_other_arns(member.standing.principal.principal_arn)
    yield from deny_inconsistent_keys(member.standing)


# Principals of another account have values of their own for these keys, or none.
OF_MEMBERS = (
    "aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:userid", "aws:username",
    "aws:SourceIdentity", "aws:TokenIssueTime", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge",
    "aws:FederatedProvider",
)  # fmt: skip
# "The account" in a brief doesn't mean sessions that a user makes by GetFederationToken.
DENY_FEDERATED_USERS = deny_when(
    Condition("StringLike", "aws:PrincipalArn", ("arn:aws:sts::*",))
)


def open_to_members(
    trial: Trial, who: str, required: Standing, allowed: Standing
) -> tuple[Standing, Standing]:
    """Return what a job of another account needs and is allowed, for any user or role of that account.

    The brief says "the account", so the job must work for every principal in it. The call that was
    tried is the call of one principal, so its own keys, such as aws:PrincipalArn, are left open here.
    """
    read = {*keys_read(allowed), *keys_read(required)}
    keys = {key.lower() for key in OF_MEMBERS}
    keys |= {key for key in read if key.startswith(PRINCIPAL_TAG_PREFIX)}
    if not keys & read:
        return required, allowed

    def with_open_keys(standing: Standing) -> Standing:
        closed = {
            key: value for key, value in standing.fixed.items() if key.lower() not in keys
        }
        present = {key.lower(): PRESENT for key in OF_ANYBODY}
        return dataclasses.replace(standing, fixed={**closed, **present})

    opened = with_open_keys(allowed)
    member = HeldSession(who, "key", trial.account, Nobody(), opened)
    fence = (
        *fence_of_accounts(trial, member),
        *_deny_named_accounts(trial, who),
        DENY_FEDERATED_USERS,
    )
    return with_fence(with_open_keys(required), statements_about(fence, read)), opened


def open_to_sessions(
    trial: Trial, who: str, required: Standing, allowed: Standing
) -> tuple[Standing, Standing]:
    """Return what a job of one principal of another account needs and is allowed.

    If the principal is a role, that is for a session of any name. An account that the world doesn't have can give
    its principals any tags, and a role any id.
    """
    _, account_id, kind, name = who.split("/", 3)
    home = trial.account.others.get(account_id)
    keys = {*keys_read(allowed)}
    tags = {key for key in keys if key.startswith(PRINCIPAL_TAG_PREFIX) and not home}
    ids = keys & {USER_ID} if kind == "role" else set[str]()
    if not tags | ids:
        return required, allowed
    role = home.roles.get(name.rpartition("/")[2].lower()) if home else None
    own_ids = f"{role.id if role else '*'}:??*"
    fence = deny_when(Condition("StringNotLike", USER_ID, (own_ids,)))

    def with_open_keys(standing: Standing) -> Standing:
        known = {
            key: value
            for key, value in standing.fixed.items()
            if key.lower() not in tags | ids
        }
        fixed = {**known, **dict.fromkeys(ids, PRESENT)}
        return dataclasses.replace(standing, fixed=fixed)

    if ids:
        required = with_fence(required, (fence,))
    return with_open_keys(required), with_open_keys(allowed)


def _deny_named_accounts(trial: Trial, who: str) -> Iterator[Statement]:
    """Yield Denies of the other accounts that checks name, because each is judged on its own."""
    own_id = who.partition("/")[2]
    subjects = (want.who.split("/") for want in trial.wants)
    ids = {parts[1] for parts in subjects if parts[0] == "account"} - {own_id}
    if ids:
        named = tuple(sorted(ids))
        arns = tuple(f"arn:aws:*::{id}:*" for id in named)
        yield deny_when(Condition("StringEquals", "aws:PrincipalAccount", named))
        yield deny_when(Condition("StringLike", "aws:PrincipalArn", arns))


def sessions_by_id(trial: Trial) -> Iterator[HeldSession]:
    """Yield a session of each principal that a policy names by an id alone: an account by
    its S3 canonical user id, or a user or role by a unique id that was never ours.
    """
    names = [("canonical", id) for id in _named_principals(trial, "CanonicalUser")]
    names += [
        ("unique-id", id)
        for id in _named_principals(trial, "AWS")
        if UNIQUE_ID.fullmatch(id) and not _was_ours(trial, id)
    ]
    for kind, id in names:
        type = "role" if id.startswith("AROA") else "user"
        # The id doesn't say whose it is.
        caller = Outsider(f"arn:aws:iam::{trial.names['stranger']}:{type}/someone")
        session = _outsider_session(trial, f"{kind}/{id}", caller)
        principal = dataclasses.replace(session.standing.principal, id=id)
        named = dataclasses.replace(session.standing, principal=principal)
        yield replace(session, standing=toward_our_resources(named, trial.account))


UNIQUE_ID = re.compile(r"A(?:IDA|ROA)[A-Z0-9]+")


def _was_ours(trial: Trial, id: str) -> bool:
    """Tell whether a user or role of ours has or had this unique id. AWS never uses an id twice."""
    accounts = (
        trial.account,
        trial.play.scenario.opening,
        *(outcome.account for outcome in trial.play.outcomes),
    )
    return any(account.entity_by_id(id) for account in accounts)


def anonymous_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yield a session of somebody who isn't signed in."""
    yield _outsider_session(trial, "anyone", Nobody())


def _outsider_session(trial: Trial, subject: str, caller: Caller) -> HeldSession:
    """Return the session of somebody who isn't a principal of our account, called `subject`."""
    allowed = build_standing(trial.account, caller, trial.play.now)
    assert isinstance(allowed, Standing), "who shows no credential shows no bad one"
    return HeldSession(subject, "key", trial.account, caller, allowed)


# ---------------------------------------------------------------------- who is spoken of
def _named_principals(trial: Trial, kind: str) -> list[str]:
    """Return the principals of a kind that policies name; "*" may be one."""
    return sorted({value for of, value in _principal_entries(trial.account) if of == kind})


def _principal_entries(account: Account) -> Iterator[tuple[str, str]]:
    """Yield every principal entry of resource and trust policies, with its kind."""
    for policy in _policies_with_principals(account):
        for statement in policy.statements:
            yield from statement.principals.entries if statement.principals else ()


def _policies_with_principals(account: Account) -> Iterator[Policy]:
    """Yield every resource policy and trust policy, and every grant of a KMS key."""
    for layer in resource_layers(account):
        yield from layer.policies


def _mentioned_texts(account: Account) -> Iterator[str]:
    """Yield every principal and condition value in resource and trust policies."""
    yield from (value for _, value in _principal_entries(account))
    for policy in _policies_with_principals(account):
        for statement in policy.statements:
            values = (
                value for condition in statement.conditions for value in condition.values
            )
            yield from (value.replace("*", "x") for value in values)


# A principal of an account, or of what AWS writes instead of an account, such as cloudfront.
NAMED_PRINCIPAL_PATTERN = re.compile(
    r"arn:[^:]+:(?:iam|sts):[^:]*:(?P<id>[^:]+):(?P<name>(?P<kind>[a-z-]+)/.+)"
)
ENTITY_KINDS = ("user", "role", "assumed-role", "federated-user")


def _outside_callers(trial: Trial) -> Iterator[tuple[str, Outsider]]:
    """Yield the callers of other accounts to judge, each with its name in the report.

    They are a stranger, a new member account, a principal of each account that a policy or check
    mentions, and each user or role there that one of them names. A session in our own account is
    among them if a policy names it and no session is judged under that name.
    """
    scenario = trial.play.scenario
    organization = trial.account.joined_organization
    checked = (
        want.who.partition("/")[2]
        for want in scenario.wants
        if want.who.startswith("account/")
    )
    checked_arns = (outside_principal(rest).arn for rest in checked)
    mentioned = sorted(
        {*scenario.shop.partners, *_mentioned_texts(trial.account), *checked_arns}
    )
    yield "account/stranger", outside_principal(trial.names["stranger"])
    newshop = trial.names["newshop"]
    member_ids = organization.members if organization else ()
    if newshop in member_ids:
        yield TOMORROW, outside_principal(newshop)
    numbers = (id for text in mentioned for id in re.findall(r"\d{12}", text))
    for id in dict.fromkeys((*member_ids, *numbers)):
        if id not in (trial.account.id, newshop):
            yield f"account/{id}", outside_principal(id)
    entries = set(_named_principals(trial, "AWS"))
    for text in mentioned:
        match = NAMED_PRINCIPAL_PATTERN.fullmatch(text)
        if match is None or (match["kind"] not in ENTITY_KINDS and text not in entries):
            continue
        # This ARN stands for any principal of the account, which was yielded above.
        if text == outside_principal(match["id"]).arn:
            continue
        is_other = match["id"] != trial.account.id
        if is_other or (text in entries and not _is_known(trial, text, match["kind"])):
            yield f"account/{match['id']}/{match['name']}", Outsider(text)


def _is_known(trial: Trial, arn: str, kind: str) -> bool:
    """Tell whether the principal of ours with this ARN is judged by its own name: a user, a
    role, a session of a role, or a federated session that somebody can open.
    """
    if kind == "assumed-role":
        return arn.split("/")[1].lower() in trial.account.roles
    if kind != "federated-user":
        return True
    sessions = (
        session
        for subject in trial.ordinary_users
        for session in trial.all_possible_sessions(subject)
    )
    return any(session.standing.principal.arn == arn for session in sessions)
