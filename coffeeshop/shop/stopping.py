"""Find the calls that end a theft, and the policies and groups from which the stolen rights come.

A session lives on until it expires, unless a policy denies those that were issued before.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.callers import credential_owner
from coffeeshop.account.access.identity_policies import attached_policies
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.access.trust import roles_trusting
from coffeeshop.account.credentials import AccessKey, Session
from coffeeshop.account.escalation.reach import credential_won
from coffeeshop.account.iam_resources import Group, Role, User, is_reserved_role
from coffeeshop.account.model import Account, Call, Caller, Reply, ServiceError
from coffeeshop.policy.model import Policy, Values
from coffeeshop.shop.day import IncidentCourse
from coffeeshop.shop.happenings import StolenKind
from coffeeshop.shop.lasting_reach import find_lasting_reach
from coffeeshop.shop.measures import revoking_call
from coffeeshop.shop.radius import NO_WAYS, find_blast_radius
from coffeeshop.shop.serve import outside_principal
from coffeeshop.shop.theft import StolenCredential, Theft

ONE_MINUTE = timedelta(minutes=1)  # between two calls of the learner


class RightsSources(Struct, frozen=True):
    """The sources of a stolen credential's rights.

    `identity` is its user or role. `policies` names the identity's own policies that allow something, `groups` its
    groups that do. For a partner, `roles` names the roles that trust it. `changes` are the calls that change or take
    away one of them, without policy texts.
    """

    identity: User | Role | None = None
    policies: Values = ()
    groups: Values = ()
    roles: Values = ()
    changes: tuple[Call, ...] = ()

    @property
    def is_fixed(self) -> bool:
        """Return whether all permissions come from AWS's own policies, which can be detached and not changed."""
        takes_away = ("DetachUserPolicy", "DetachRolePolicy", "RemoveUserFromGroup")
        operations = {call.operation for call in self.changes}
        return bool(operations) and operations <= set(takes_away)


def rights_sources(
    account: Account, theft: Theft, taken: StolenCredential
) -> RightsSources:
    """Return where a stolen credential's permissions come from: its own policies, its groups, or the roles that trust it."""
    if theft.incident.credential_kind == "partner":
        standing_or_error = build_standing(
            account, outside_principal(theft.victim), theft.at
        )
        if isinstance(standing_or_error, ServiceError):
            trusting = ()
        else:
            trusting = roles_trusting(account, standing_or_error.principal)
        names = tuple(role.name for role in trusting)
        changes = (
            Call("iam", "UpdateAssumeRolePolicy", {"RoleName": name}) for name in names
        )
        return RightsSources(roles=names, changes=tuple(changes))
    identity = _stolen_identity(account, taken)
    if identity is None:
        return RightsSources()
    group_ids = identity.groups if isinstance(identity, User) else ()
    joined_groups = map(account.entity_by_id, group_ids)
    groups = [
        group
        for group in joined_groups
        if isinstance(group, Group) and _allowing_policies(account, group)
    ]
    changes = (
        call
        for holder in (identity, *groups)
        for call in _changing_calls(account, holder, identity)
    )
    if taken.forked:
        changes = (Call("iam", "UpdateAssumeRolePolicy", {"RoleName": identity.name}),)
    elif is_reserved_role(identity):
        changes = _permission_set_changes(account, identity)
    policies = _allowing_policies(account, identity)
    names = tuple(group.name for group in groups)
    return RightsSources(identity, policies, names, changes=tuple(changes))


def added_sources(account: Account, course: IncidentCourse, at: datetime) -> RightsSources:
    """Return the sources that the attacker's calls added by an instant, without calls that change them.

    They are only in the day's copy of the learner's `account`.
    """
    outcomes = [outcome for outcome in course.outcomes if outcome.act.at <= at]
    if not outcomes:
        return RightsSources()
    days_sources, *known_sources = (
        rights_sources(each, course.theft, course.stolen)
        for each in (outcomes[-1].account, course.stolen.account, account)
    )
    policies, groups, roles = (
        tuple(
            name
            for name in getattr(days_sources, kind)
            if not any(name in getattr(known, kind) for known in known_sources)
        )
        for kind in ("policies", "groups", "roles")
    )
    return RightsSources(days_sources.identity, policies, groups, roles)


def _changing_calls(
    account: Account, holder: User | Group | Role, identity: User | Role
) -> Iterator[Call]:
    """Yield the call that changes each identity policy that allows something, or takes one of AWS's own away."""
    kind = type(holder).__name__
    named = {f"{kind}Name": holder.name}
    for name, document in holder.inline.items():
        if _is_allowing(document.policy):
            yield Call("iam", f"Put{kind}Policy", {**named, "PolicyName": name})
    for arn in holder.attached:
        if not any(map(_is_allowing, attached_policies(account, (arn,)))):
            continue
        if arn in account.policies:
            yield Call("iam", "CreatePolicyVersion", {"PolicyArn": arn})
        elif isinstance(holder, Group):
            yield Call("iam", "RemoveUserFromGroup", {**named, "UserName": identity.name})
        else:
            yield Call("iam", f"Detach{kind}Policy", {**named, "PolicyArn": arn})


def _permission_set_changes(account: Account, role: User | Role) -> Iterator[Call]:
    """Yield the call that takes away each policy of the permission set that made a role."""
    from coffeeshop.account.services.access_portal import permission_set_name

    center = account.identity_center
    name = permission_set_name(role) if isinstance(role, Role) else ""
    permission_set = center.permission_set_named(name) if center else None
    if permission_set is None:
        return
    named = {"InstanceArn": "@instance", "PermissionSetArn": f"@permission-set:{name}"}
    operation = "DetachManagedPolicyFromPermissionSet"
    for arn in permission_set.attached:
        yield Call("sso-admin", operation, {**named, "ManagedPolicyArn": arn})
    if permission_set.inline:
        yield Call("sso-admin", "PutInlinePolicyToPermissionSet", named)


def _allowing_policies(account: Account, holder: User | Group | Role) -> Values:
    """Return the names of the identity policies of a user, group or role that allow something.

    A policy that only denies isn't a source of permissions.
    """
    inline = (document.policy for document in holder.inline.values())
    policies = (*inline, *attached_policies(account, holder.attached))
    return tuple(each.name for each in policies if _is_allowing(each))


def _is_allowing(policy: Policy) -> bool:
    """Return whether a policy has an Allow statement."""
    return any(statement.effect == "Allow" for statement in policy.statements)


def _stolen_identity(account: Account, taken: StolenCredential) -> User | Role | None:
    """Return the user or role to which a stolen credential belongs.

    Return None if it belongs to none in this account.
    """
    owner = credential_owner(taken.account, taken.caller) if taken.caller else None
    entity = account.entity_by_id(owner.id) if owner else None
    return entity if isinstance(entity, User | Role) else None


class StolenAccess(Struct, frozen=True):
    """The credentials that a thief still has.

    `kind` is the kind of the first of them. `original_works`: the stolen credential still works.
    `owner` is its user or role. `session_owners` are the users and roles whose sessions still allow
    something.
    """

    kind: StolenKind
    original_works: bool = True
    owner: User | Role | None = None
    session_owners: tuple[User | Role, ...] = ()


def remaining_access(
    account: Account, course: IncidentCourse, at: datetime
) -> StolenAccess:
    """Return what the thief can still use at an instant: the stolen credential, and
    sessions that were opened with it.

    `account` is the learner's account now. Once the stolen key or password is disabled and
    only sessions are left, the result's `kind` is "session", because sessions need another
    remedy.
    """
    owners_by_id = {
        entity.id: entity
        for caller, other_account in _credentials_of_thief(course, at)
        if (entity := _open_session_owner(account, other_account, caller, at))
    }
    session_owners = tuple(owners_by_id.values())
    stolen_kind = course.credential_kind
    identity = _stolen_identity(account, course.stolen)
    if stolen_kind in ("session", "machine"):
        original_works = identity in session_owners
    else:
        original_works = _still_opens(account, course, at)
    if not session_owners:  # what is open came of the stolen credential
        original_works = True
    return StolenAccess(
        stolen_kind if original_works else "session",
        original_works,
        identity,
        session_owners,
    )


def _still_opens(account: Account, course: IncidentCourse, at: datetime) -> bool:
    """Return whether the stolen key, password or partner still gives access, now or later that day.

    Sessions that began before don't count, nor does access that an insider has anyway.
    """
    stolen = course.stolen
    credential = stolen.account.credential_of(stolen.caller) if stolen.caller else None
    if isinstance(credential, AccessKey) and credential.id not in account.credentials:
        lent_key = account.credentials.put(credential.id, credential)
        account = replace(account, credentials=lent_key)
    callers = (
        () if stolen.caller is None or isinstance(credential, Session) else (stolen.caller,)
    )
    lasting_reach = find_lasting_reach(
        account, course.theft.incident, stolen, callers, at, course.permitted
    )
    return bool(course.counted_part(lasting_reach).pairs)


def _credentials_of_thief(
    course: IncidentCourse, at: datetime
) -> Iterator[tuple[Caller, Account]]:
    """Yield the credentials that a thief holds by an instant, each with an account in which it exists.

    They are the stolen one and those that the attacker's successful calls returned. An insider's are
    left out: they belong to the insider and must stay.
    """
    if course.theft.incident.insider:
        return
    if course.stolen.caller is not None:
        yield course.stolen.caller, course.stolen.account
    for sign_in in course.sign_ins:
        if sign_in.caller is not None:
            yield sign_in.caller, sign_in.account
    for outcome in course.outcomes:
        if isinstance(outcome.answer, Reply):
            credential_in_answer = credential_won(outcome.answer)
        else:
            credential_in_answer = None
        if credential_in_answer and outcome.act.at <= at:
            yield credential_in_answer, outcome.account


def _open_session_owner(
    account: Account, days_account: Account, caller: Caller, at: datetime
) -> User | Role | None:
    """Return the user or role of a session that still gives access. Return None if it is no session, or gives none.

    The session exists only in `days_account`. It is judged by the policies of `account`.
    """
    credential = days_account.credential_of(caller)
    if isinstance(credential, Session):
        entity = account.entity_by_id(credential.owner)
    else:
        entity = None
    if not isinstance(credential, Session) or not isinstance(entity, User | Role):
        return None
    account_with_session = replace(
        account, credentials=account.credentials.put(credential.id, credential)
    )
    if find_blast_radius(account_with_session, (caller,), at, NO_WAYS).pairs:
        return entity
    return None


def revocation_time(stolen: StolenAccess, at: datetime) -> datetime:
    """Return the time for a Deny of older sessions, if the calls that end a theft begin at `at`.

    It is a minute for each call and one more, because the thief can begin a session between two calls.
    """
    first_call = stolen.kind in ("key", "password")
    return at + (first_call + len(stolen.session_owners) + 1) * ONE_MINUTE


def stopping_calls(
    account: Account, course: IncidentCourse, at: datetime, until: datetime
) -> Iterator[Call]:
    """Yield the calls that together end a thief's access now: disable the key or password, and revoke the sessions.

    Sessions that were issued before `until` are denied. If no call is yielded, only a change of
    policies helps.
    """
    stolen = remaining_access(account, course, at)
    if stolen.kind == "workload":
        return  # the fork gets a new session for each one that is denied
    identity = _stolen_identity(account, course.stolen)
    key = account.credentials.get(course.stolen.key_id)
    if stolen.kind == "key" and isinstance(key, AccessKey) and isinstance(identity, User):
        named = {"UserName": identity.name, "AccessKeyId": key.id}
        yield Call("iam", "UpdateAccessKey", {**named, "Status": "Inactive"})
    elif stolen.kind == "password" and isinstance(identity, User) and identity.login:
        yield Call("iam", "DeleteLoginProfile", {"UserName": identity.name})
    yield from (revoking_call(entity, until) for entity in stolen.session_owners)
