"""Changing what decides: policies, groups, boundaries, tags, trust, credentials of others, resource-based policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, product
from typing import TypeAlias

from coffeeshop.account import ids
from coffeeshop.account.access.aws_managed_policies import all_managed_documents
from coffeeshop.account.access.identity_policies import (
    find_managed_policy,
    policies_of_entity,
)
from coffeeshop.account.access.resource_policies import resource_policies
from coffeeshop.account.access.standing import tags_read
from coffeeshop.account.access.totp import device_code as shown
from coffeeshop.account.escalation.attacker import (
    ADMINISTRATOR,
    CANARY,
    FULL_ACCESS,
    PASSWORD,
    AttackerState,
    Move,
    Step,
    assuming,
    by_name,
    names_to_try,
    policy_naming,
    tag_values,
)
from coffeeshop.account.escalation.pass_role import admitting
from coffeeshop.account.iam_resources import Group, Role, User
from coffeeshop.account.model import Call, Key, Nobody
from coffeeshop.account.services.iam.mfa import next_virtual_device
from coffeeshop.account.services.sqs import queue_url
from coffeeshop.account.services.tagging import tag_list
from coffeeshop.account.values import Json
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Policy


def moves(state: AttackerState) -> Iterator[Move]:
    """Yields whatever changes what an identity that one is, or can become, may do."""
    rows = (
        _self_grants,
        _joined_groups,
        _policy_versions,
        _removed_denials,
        _left_groups,
        _changed_boundaries,
        _changed_tags,
        _changed_trust,
        _takeovers,
        _further_credentials,
        _bucket_policies,
        _queue_policies,
        _function_policies,
    )
    return chain.from_iterable(row(state) for row in rows)


def _self_grants(state: AttackerState) -> Iterator[Move]:
    """Yields a policy of one's own, or one that exists, on oneself or one's groups."""
    for entity in _own(state, GRANTING):
        yield from grants_to(state, entity)


GRANTING = ("Put{}Policy", "Attach{}Policy")


def _own(state: AttackerState, operations: tuple[str, ...]) -> list[User | Role | Group]:
    """Returns whom one is or can become, and their groups, as far as some of these operations may be called on such."""
    if _may(state, "Group", operations):
        groups = _own_groups(state)
    else:
        groups = ()
    return [*_mine(state, operations), *groups]


def _mine(state: AttackerState, operations: tuple[str, ...]) -> list[User | Role]:
    kinds = {kind for kind in (User, Role) if _may(state, kind.__name__, operations)}
    if kinds:
        return [entity for entity in state.mine if type(entity) in kinds]
    return []


def _may(state: AttackerState, kind: str, operations: tuple[str, ...]) -> bool:
    return any(state.may(f"iam:{operation.format(kind)}") for operation in operations)


def _own_groups(state: AttackerState) -> list[Group]:
    found = (
        state.account.entity_by_id(id)
        for user in state.mine
        if isinstance(user, User)
        for id in user.groups
    )
    return [group for group in found if isinstance(group, Group)]


def grants_to(state: AttackerState, entity: User | Role | Group) -> Iterator[Move]:
    kind = type(entity).__name__
    named = {f"{type(entity).__name__}Name": entity.name}
    if state.may(f"iam:Put{kind}Policy"):
        # What it says is lost.
        over = (old.policy.name for old in entity.inline.values() if denying(old.policy))
        for name in (CANARY, *over):
            yield (
                state.iam(
                    f"Put{kind}Policy", **named, PolicyName=name, PolicyDocument=FULL_ACCESS
                ),
            )
    if state.may(f"iam:Attach{kind}Policy"):
        for arn in _attachable_policies(state):
            if arn not in entity.attached:
                yield (state.iam(f"Attach{kind}Policy", **named, PolicyArn=arn),)
        for made, arn in _new_policies(state):
            yield made, state.iam(f"Attach{kind}Policy", **named, PolicyArn=arn)


def _attachable_policies(state: AttackerState) -> Iterable[str]:
    """Returns the policies worth attaching: AWS's strongest two, the account's, and those of AWS's that conditions
    speak of, unless by a pattern that lets the strongest through.
    """
    patterns = state.conditions.get("iam:policyarn", ())
    narrow = [matches for matches in map(glob, patterns) if not matches(ADMINISTRATOR)]

    def is_spoken_of(arn: str) -> bool:
        return any(matches(arn) for matches in narrow)

    if narrow:
        spoken = filter(is_spoken_of, (policy.arn for policy in all_managed_documents()))
    else:
        spoken = ()
    return dict.fromkeys(
        (
            ADMINISTRATOR,
            "arn:aws:iam::aws:policy/IAMFullAccess",
            *state.account.policies,
            *spoken,
        )
    )


def _new_policies(state: AttackerState) -> Iterator[tuple[Step, str]]:
    """Yields a new policy of one's own, under a name that the policies speak of, and its ARN."""
    for path, name in (
        names_to_try(state, "policy") if state.may("iam:CreatePolicy") else ()
    ):
        arn = f"arn:aws:iam::{state.account.id}:policy{path}{name}"
        if arn not in state.account.policies:
            yield (
                state.iam(
                    "CreatePolicy", PolicyName=name, Path=path, PolicyDocument=FULL_ACCESS
                ),
                arn,
            )


def _joined_groups(state: AttackerState) -> Iterator[Move]:
    """Yields joining a group, for what it gives or is given then."""
    if state.may("iam:AddUserToGroup"):
        for user, group in product(state.mine, state.account.groups.values()):
            if isinstance(user, User) and group.id not in user.groups:
                joined = state.iam(
                    "AddUserToGroup", GroupName=group.name, UserName=user.name
                )
                yield from (
                    (joined, *granted) for granted in ((), *grants_to(state, group))
                )


def _policy_versions(state: AttackerState) -> Iterator[Move]:
    """Yields another version of a policy that one carries or that bounds one, one's own or an old one."""
    if not _may(state, "", ("CreatePolicyVersion", "SetDefaultPolicyVersion")):
        return
    carried = (
        arn for entity in (*state.mine, *_own_groups(state)) for arn in entity.attached
    )
    for arn in dict.fromkeys((*carried, *(entity.boundary for entity in state.mine))):
        policy = state.account.policies.get(arn)
        if policy is None:
            continue
        others = [version.id for version in policy.versions if version.id != policy.default]
        if len(others) == 4:
            room = (state.iam("DeletePolicyVersion", PolicyArn=arn, VersionId=others[0]),)
        else:
            room = ()
        if state.may("iam:CreatePolicyVersion"):
            yield (
                *room,
                state.iam(
                    "CreatePolicyVersion",
                    PolicyArn=arn,
                    PolicyDocument=FULL_ACCESS,
                    SetAsDefault=True,
                ),
            )
        for version in others if state.may("iam:SetDefaultPolicyVersion") else ():
            yield (state.iam("SetDefaultPolicyVersion", PolicyArn=arn, VersionId=version),)


def _removed_denials(state: AttackerState) -> Iterator[Move]:
    """Yields taking away a policy that denies, from oneself or one's groups."""
    for entity in _own(state, ("Detach{}Policy", "Delete{}Policy")):
        kind = type(entity).__name__
        named: dict[str, Json] = {f"{kind}Name": entity.name}
        if state.may(f"iam:Detach{kind}Policy"):
            for arn in entity.attached:
                if (policy := find_managed_policy(state.account, arn)) and denying(
                    policy.document.policy
                ):
                    yield (state.iam(f"Detach{kind}Policy", **named, PolicyArn=arn),)
        if state.may(f"iam:Delete{kind}Policy"):
            for document in entity.inline.values():
                if denying(document.policy):
                    yield (
                        state.iam(
                            f"Delete{kind}Policy", **named, PolicyName=document.policy.name
                        ),
                    )


def _left_groups(state: AttackerState) -> Iterator[Move]:
    """Yields leaving a group that denies."""
    for user, group in product(
        state.mine, _own_groups(state) if state.may("iam:RemoveUserFromGroup") else ()
    ):
        if (
            isinstance(user, User)
            and group.id in user.groups
            and any(map(denying, policies_of_entity(state.account, group)))
        ):
            yield (
                state.iam("RemoveUserFromGroup", GroupName=group.name, UserName=user.name),
            )


def denying(policy: Policy) -> bool:
    """Tells whether the policy denies anything."""
    return any(statement.effect == "Deny" for statement in policy.statements)


def _changed_boundaries(state: AttackerState) -> Iterator[Move]:
    """Yields lifting one's own permissions boundary, or raising it."""
    for entity in _mine(state, ("Delete{}PermissionsBoundary", "Put{}PermissionsBoundary")):
        kind = type(entity).__name__
        named: dict[str, Json] = {f"{kind}Name": entity.name}
        if entity.boundary and state.may(f"iam:Delete{kind}PermissionsBoundary"):
            yield (state.iam(f"Delete{kind}PermissionsBoundary", **named),)
        if entity.boundary and state.may(f"iam:Put{kind}PermissionsBoundary"):
            for arn in (ADMINISTRATOR, *state.account.policies):
                yield (
                    state.iam(
                        f"Put{kind}PermissionsBoundary", **named, PermissionsBoundary=arn
                    ),
                )


def _changed_tags(state: AttackerState) -> Iterator[Move]:
    """Yields new values of one's own tags, or none, where a policy reads them: with every value that somebody or
    something has, or that a policy asks for, and with one that nobody has."""
    mine = _mine(state, ("Tag{}", "Untag{}"))
    for entity, key in product(mine, _tags_read(state) if mine else ()):
        kind = type(entity).__name__
        named: dict[str, Json] = {f"{kind}Name": entity.name}
        colours = tag_values(state, key, state.conditions) - {entity.tags.get(key)}
        for value in sorted(colours) if state.may(f"iam:Tag{kind}") else ():
            yield (state.iam(f"Tag{kind}", **named, Tags=tag_list({key: value})),)
        if key.lower() in map(str.lower, entity.tags) and state.may(f"iam:Untag{kind}"):
            yield (state.iam(f"Untag{kind}", **named, TagKeys=(key,)),)


def _tags_read(state: AttackerState) -> list[str]:
    return sorted({tag for policy in state.policies for tag in tags_read(policy)})


def _changed_trust(state: AttackerState) -> Iterator[Move]:
    """Yields making a role trust oneself, and taking it."""
    if state.may("iam:UpdateAssumeRolePolicy"):
        for role in by_name(state.account.roles):
            opened = state.iam(
                "UpdateAssumeRolePolicy",
                RoleName=role.name,
                PolicyDocument=trust_policy(state),
            )
            yield opened, assuming(state.me, state.account, role)
            for granted in grants_to(state, role):
                yield (*granted, opened, assuming(state.me, state.account, role))


def trust_policy(state: AttackerState) -> str:
    return policy_naming(state, "sts:AssumeRole")


def _takeovers(state: AttackerState) -> Iterator[Move]:
    """Yields becoming another user: with a key or a password made for them; first, perhaps, granting them more."""
    for other in (
        state.account.users.values()
        if state.may("iam:CreateAccessKey") or _may_set_passwords(state)
        else ()
    ):
        if other not in state.mine:
            yield from sign_ins(state, other)
            for granted, entered in product(
                grants_to(state, other), sign_ins(state, other)
            ):
                yield (*granted, *entered)
    for role in by_name(state.account.roles) if _may(state, "Role", GRANTING) else ():
        yield from (
            (*granted, assuming(state.me, state.account, role))
            for granted in grants_to(state, role)
        )


def _may_set_passwords(state: AttackerState) -> bool:
    return state.may("iam:CreateLoginProfile") or state.may("iam:UpdateLoginProfile")


def sign_ins(state: AttackerState, user: User) -> Iterator[Move]:
    keys = state.account.keys_of(user.id)
    if len(keys) > 1:
        room = (state.iam("DeleteAccessKey", UserName=user.name, AccessKeyId=keys[0].id),)
    else:
        room = ()
    yield (*room, state.iam("CreateAccessKey", UserName=user.name))
    if user.login:
        operation = "UpdateLoginProfile"
    else:
        operation = "CreateLoginProfile"
    off = tuple(
        state.iam("DeactivateMFADevice", UserName=user.name, SerialNumber=device.serial)
        for device in state.account.devices_of(user.id)
    )
    rules = state.account.password_policy
    password = PASSWORD.ljust(rules.minimum_length if rules else 0, "!")
    set_ = state.iam(
        operation, UserName=user.name, Password=password, PasswordResetRequired=False
    )
    signed = {"UserName": user.name, "Password": password}
    yield (*off, set_, (Nobody(), Call("console", "SignIn", signed)))
    for enrolled, code in _enrolled_devices(state, user):
        yield (
            *enrolled,
            set_,
            (Nobody(), Call("console", "SignIn", {**signed, "MfaCode": code})),
        )


def _enrolled_devices(state: AttackerState, user: User) -> Iterator[tuple[Move, str]]:
    """Yields a virtual device of one's own enabled for a user, and the code that it shows next."""
    if not _may_enroll(state):
        return
    for name in (user.name, CANARY):
        device = next_virtual_device(
            state.account, ids.arn(state.account, "mfa", name), state.at
        )
        first, second, third = (shown(device, state.at, step) for step in (-1, 0, 1))
        made = state.iam("CreateVirtualMFADevice", VirtualMFADeviceName=name)
        codes: dict[str, Json] = {
            "AuthenticationCode1": first,
            "AuthenticationCode2": second,
        }
        yield (
            (
                made,
                state.iam(
                    "EnableMFADevice",
                    UserName=user.name,
                    SerialNumber=device.serial,
                    **codes,
                ),
            ),
            third,
        )


def _may_enroll(state: AttackerState) -> bool:
    return state.may("iam:EnableMFADevice") and state.may("iam:CreateVirtualMFADevice")


def _further_credentials(state: AttackerState) -> Iterator[Move]:
    """Yields the moves that get another credential for a user whom the attacker already is: an access key, whose requests
    carry no MFA keys at all, or a session with a code of the attacker's own device.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
    """
    may_key = state.may("iam:CreateAccessKey")
    mine = state.mine if may_key or _may_enroll(state) else ()
    for user in (entity for entity in mine if isinstance(entity, User)):
        all_keys = (Key(found.id) for found in state.account.keys_of(user.id))
        keys = [key for key in all_keys if key in state.held]
        if not keys and may_key:
            yield (state.iam("CreateAccessKey", UserName=user.name),)
        for key, (enrolled, code) in product(keys[:1], _enrolled_devices(state, user)):
            serial = enrolled[-1][1].text("SerialNumber")
            yield (
                *enrolled,
                (
                    key,
                    Call(
                        "sts",
                        "GetSessionToken",
                        {"SerialNumber": serial, "TokenCode": code},
                    ),
                ),
            )


Opened: TypeAlias = tuple[str, str]  # what kind of thing, and which
_OPENS = {
    "PutBucketPolicy": "Bucket",
    "DeleteBucketPolicy": "Bucket",
    "SetQueueAttributes": "QueueUrl",
    "AddPermission": "FunctionName",
}


def opened(move: Move) -> Opened | None:
    """Returns the thing whose own policy is all that a move changes; None where it changes anything else."""
    (_, call), *more = move
    kind = _OPENS.get(call.operation)
    if kind and not more:
        return (kind, call.text(kind))
    return None


def _bucket_policies(state: AttackerState) -> Iterator[Move]:
    """Yields a bucket policy that names oneself; or none, where one denies."""
    for name, bucket in state.account.buckets.items():
        arn = ids.arn(state.account, "bucket", name)
        if state.may("s3:PutBucketPolicy"):
            policy = policy_naming(state, "s3:*", arn, f"{arn}/*")
            yield (
                (
                    state.me,
                    Call("s3", "PutBucketPolicy", {"Bucket": name, "Policy": policy}),
                ),
            )
        if (
            bucket.policy
            and denying(bucket.policy.policy)
            and state.may("s3:DeleteBucketPolicy")
        ):
            yield ((state.me, Call("s3", "DeleteBucketPolicy", {"Bucket": name})),)


def _queue_policies(state: AttackerState) -> Iterator[Move]:
    """Yields a queue policy that names oneself."""
    for name in state.account.queues if state.may("sqs:SetQueueAttributes") else ():
        attributes = {
            "Policy": policy_naming(state, "sqs:*", ids.arn(state.account, "queue", name))
        }
        called = {"QueueUrl": queue_url(state.account, name), "Attributes": attributes}
        yield ((state.me, Call("sqs", "SetQueueAttributes", called)),)


def _function_policies(state: AttackerState) -> Iterator[Move]:
    """Yields a function's policy that names oneself."""
    for name in state.account.functions if state.may("lambda:AddPermission") else ():
        yield (admitting(state, name),)


def silenced(state: AttackerState) -> Iterator[Move]:
    """Yields the moves that overwrite or delete a bucket's or a queue's Denies: all that is left to gain for whoever may
    do everything else.
    """
    denied = {
        arn.rpartition(":")[2]
        for arn, document in resource_policies(state.account)
        if denying(document.policy)
    }
    for move in chain(_bucket_policies(state), _queue_policies(state)):
        if (thing := opened(move)) and thing[1].rpartition("/")[2] in denied:
            yield move
