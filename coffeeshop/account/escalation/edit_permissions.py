"""Moves that edit permissions: policies, groups, boundaries, tags, trust, other users' credentials, resource policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, product
from typing import TypeAlias

from coffeeshop.account import ids
from coffeeshop.account.access.aws_managed_policies import common_managed_documents
from coffeeshop.account.access.identity_policies import (
    find_managed_policy,
    policies_of_entity,
)
from coffeeshop.account.access.resource_policies import resource_policies
from coffeeshop.account.access.standing import tags_read
from coffeeshop.account.access.totp import device_code
from coffeeshop.account.escalation.attacker import (
    ADMINISTRATOR_ARN,
    ATTACKER_PASSWORD,
    CANARY_NAME,
    FULL_ACCESS,
    AttackerState,
    Move,
    Step,
    assume_step,
    names_to_try,
    policy_for_attacker,
    roles_by_name,
    tag_values,
)
from coffeeshop.account.escalation.pass_role import add_permission_step
from coffeeshop.account.iam_resources import Group, Role, User
from coffeeshop.account.model import Call, Key, Nobody
from coffeeshop.account.resources import KmsKey
from coffeeshop.account.services.iam.mfa import next_virtual_device
from coffeeshop.account.services.sqs.lookups import queue_url
from coffeeshop.account.services.tagging import tag_list
from coffeeshop.account.values import Json
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Policy


def moves(state: AttackerState) -> Iterator[Move]:
    """Yield every move that changes what one of the attacker's users and roles can do.

    A move is a sequence of calls. Whether AWS allows them is found out by playing them.
    """
    kinds_of_moves = (
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
        _key_policies,
    )
    return chain.from_iterable(moves_of(state) for moves_of in kinds_of_moves)


def _self_grants(state: AttackerState) -> Iterator[Move]:
    """Yield the moves that give the attacker's users, roles and groups a policy, a new one or an existing one."""
    for entity in _editable_entities(state, GRANT_OPERATIONS):
        yield from grant_moves(state, entity)


GRANT_OPERATIONS = ("Put{}Policy", "Attach{}Policy")


def _editable_entities(
    state: AttackerState, operations: tuple[str, ...]
) -> list[User | Role | Group]:
    """Return the attacker's identities and their groups, of the kinds for which some of these operations may be called."""
    identities = _editable_identities(state, operations)
    if _may_call(state, "Group", operations):
        return [*identities, *_groups_of_attacker(state)]
    return [*identities]


def _editable_identities(
    state: AttackerState, operations: tuple[str, ...]
) -> list[User | Role]:
    """Return the attacker's identities, of the kinds for which some of these operations may be called."""
    kinds = {kind for kind in (User, Role) if _may_call(state, kind.__name__, operations)}
    if kinds:
        return [entity for entity in state.identities if type(entity) in kinds]
    return []


def _may_call(state: AttackerState, kind: str, operations: tuple[str, ...]) -> bool:
    """Return whether some of these IAM operations may be allowed. {} in a name stands for the kind, such as User."""
    return any(state.may(f"iam:{operation.format(kind)}") for operation in operations)


def _groups_of_attacker(state: AttackerState) -> list[Group]:
    """Return the groups of the attacker's users."""
    users = (entity for entity in state.identities if isinstance(entity, User))
    group_ids = (id for user in users for id in user.groups)
    entities = map(state.account.entity_by_id, group_ids)
    return [group for group in entities if isinstance(group, Group)]


def grant_moves(state: AttackerState, entity: User | Role | Group) -> Iterator[Move]:
    """Yield the moves that give an entity another policy."""
    kind = type(entity).__name__
    named = {f"{kind}Name": entity.name}
    if state.may(f"iam:Put{kind}Policy"):
        # A policy that denies is overwritten, and with it the Deny.
        denying_names = (
            document.policy.name
            for document in entity.inline.values()
            if has_deny(document.policy)
        )
        for name in (CANARY_NAME, *denying_names):
            yield (
                state.iam(
                    f"Put{kind}Policy", **named, PolicyName=name, PolicyDocument=FULL_ACCESS
                ),
            )
    if state.may(f"iam:Attach{kind}Policy"):
        for arn in _attachable_policies(state):
            if arn not in entity.attached:
                yield (state.iam(f"Attach{kind}Policy", **named, PolicyArn=arn),)
        for creation, arn in _new_policies(state):
            yield creation, state.iam(f"Attach{kind}Policy", **named, PolicyArn=arn)


def _attachable_policies(state: AttackerState) -> Iterable[str]:
    """Return the policies worth attaching: AWS's strongest two, the account's, and AWS's that conditions ask for.

    A condition whose pattern matches the strongest policy asks for no other.
    """
    patterns = state.conditions.get("iam:policyarn", ())
    narrow = [matches for matches in map(glob, patterns) if not matches(ADMINISTRATOR_ARN)]
    matching: list[str] = []
    if narrow:
        arns = (document.arn for document in common_managed_documents())
        matching = [arn for arn in arns if any(matches(arn) for matches in narrow)]
    return dict.fromkeys(
        (
            ADMINISTRATOR_ARN,
            "arn:aws:iam::aws:policy/IAMFullAccess",
            *state.account.policies,
            *matching,
        )
    )


def _new_policies(state: AttackerState) -> Iterator[tuple[Step, str]]:
    """Yield the creation of a policy of the attacker's own, under a name that policies mention, and its ARN."""
    if not state.may("iam:CreatePolicy"):
        return
    for path, name in names_to_try(state, "policy"):
        arn = f"arn:aws:iam::{state.account.id}:policy{path}{name}"
        if arn not in state.account.policies:
            creation = state.iam(
                "CreatePolicy", PolicyName=name, Path=path, PolicyDocument=FULL_ACCESS
            )
            yield creation, arn


def _joined_groups(state: AttackerState) -> Iterator[Move]:
    """Yield the moves that add the attacker's user to a group, alone or followed by another policy for the group."""
    if not state.may("iam:AddUserToGroup"):
        return
    for user, group in product(state.identities, state.account.groups.values()):
        if isinstance(user, User) and group.id not in user.groups:
            joining = state.iam("AddUserToGroup", GroupName=group.name, UserName=user.name)
            for granting in ((), *grant_moves(state, group)):
                yield (joining, *granting)


def _policy_versions(state: AttackerState) -> Iterator[Move]:
    """Yield the moves that change the default version of a policy that is attached to the
    attacker or is their boundary.

    The version can be a new one, or an older one that allowed more.
    """
    if not _may_call(state, "", ("CreatePolicyVersion", "SetDefaultPolicyVersion")):
        return
    entities = (*state.identities, *_groups_of_attacker(state))
    attached = (arn for entity in entities for arn in entity.attached)
    boundaries = (entity.boundary for entity in state.identities)
    for arn in dict.fromkeys((*attached, *boundaries)):
        policy = state.account.policies.get(arn)
        if policy is None:
            continue
        unused = [version.id for version in policy.versions if version.id != policy.default]
        making_room: Move = ()
        if len(unused) == 4:  # a policy has at most five versions
            oldest = unused[0]
            making_room = (
                state.iam("DeletePolicyVersion", PolicyArn=arn, VersionId=oldest),
            )
        if state.may("iam:CreatePolicyVersion"):
            yield (
                *making_room,
                state.iam(
                    "CreatePolicyVersion",
                    PolicyArn=arn,
                    PolicyDocument=FULL_ACCESS,
                    SetAsDefault=True,
                ),
            )
        if state.may("iam:SetDefaultPolicyVersion"):
            for version in unused:
                yield (
                    state.iam("SetDefaultPolicyVersion", PolicyArn=arn, VersionId=version),
                )


def _removed_denials(state: AttackerState) -> Iterator[Move]:
    """Yield the moves that detach or delete a policy with a Deny from the attacker's users, roles and groups."""
    for entity in _editable_entities(state, ("Detach{}Policy", "Delete{}Policy")):
        kind = type(entity).__name__
        named: dict[str, Json] = {f"{kind}Name": entity.name}
        if state.may(f"iam:Detach{kind}Policy"):
            for arn in entity.attached:
                policy = find_managed_policy(state.account, arn)
                if policy and has_deny(policy.document.policy):
                    yield (state.iam(f"Detach{kind}Policy", **named, PolicyArn=arn),)
        if state.may(f"iam:Delete{kind}Policy"):
            for document in entity.inline.values():
                if has_deny(document.policy):
                    name = document.policy.name
                    yield (state.iam(f"Delete{kind}Policy", **named, PolicyName=name),)


def _left_groups(state: AttackerState) -> Iterator[Move]:
    """Yield the moves by which the attacker's user leaves a group whose policies have a Deny, to escape the Deny."""
    if not state.may("iam:RemoveUserFromGroup"):
        return
    for user, group in product(state.identities, _groups_of_attacker(state)):
        if not isinstance(user, User) or group.id not in user.groups:
            continue
        if any(map(has_deny, policies_of_entity(state.account, group))):
            yield (
                state.iam("RemoveUserFromGroup", GroupName=group.name, UserName=user.name),
            )


def has_deny(policy: Policy) -> bool:
    """Return whether the policy denies anything."""
    return any(statement.effect == "Deny" for statement in policy.statements)


def _changed_boundaries(state: AttackerState) -> Iterator[Move]:
    """Yield the moves that remove or replace the permissions boundary of one of the attacker's users and roles."""
    for entity in _editable_identities(
        state, ("Delete{}PermissionsBoundary", "Put{}PermissionsBoundary")
    ):
        kind = type(entity).__name__
        named: dict[str, Json] = {f"{kind}Name": entity.name}
        if entity.boundary and state.may(f"iam:Delete{kind}PermissionsBoundary"):
            yield (state.iam(f"Delete{kind}PermissionsBoundary", **named),)
        if entity.boundary and state.may(f"iam:Put{kind}PermissionsBoundary"):
            for arn in (ADMINISTRATOR_ARN, *state.account.policies):
                yield (
                    state.iam(
                        f"Put{kind}PermissionsBoundary", **named, PermissionsBoundary=arn
                    ),
                )


def _changed_tags(state: AttackerState) -> Iterator[Move]:
    """Yield the moves that set or remove a tag of one of the attacker's users and roles, if
    a policy reads that tag.

    The values are those that an identity or object has, those that a policy asks for, and
    one that nothing has.
    """
    identities = _editable_identities(state, ("Tag{}", "Untag{}"))
    for entity, key in product(identities, _tags_read(state) if identities else ()):
        kind = type(entity).__name__
        named: dict[str, Json] = {f"{kind}Name": entity.name}
        if state.may(f"iam:Tag{kind}"):
            values = tag_values(state, key, state.conditions) - {entity.tags.get(key)}
            for value in sorted(values):
                yield (state.iam(f"Tag{kind}", **named, Tags=tag_list({key: value})),)
        if key.lower() in map(str.lower, entity.tags) and state.may(f"iam:Untag{kind}"):
            yield (state.iam(f"Untag{kind}", **named, TagKeys=(key,)),)


def _tags_read(state: AttackerState) -> list[str]:
    """Return the keys of tags that any policy of the attacker's tests, sorted."""
    return sorted({tag for policy in state.policies for tag in tags_read(policy)})


def _changed_trust(state: AttackerState) -> Iterator[Move]:
    """Yield the moves that make a role trust the attacker and then assume it, perhaps after
    giving it another policy.
    """
    if not state.may("iam:UpdateAssumeRolePolicy"):
        return
    for role in roles_by_name(state.account.roles):
        trusting = state.iam(
            "UpdateAssumeRolePolicy",
            RoleName=role.name,
            PolicyDocument=trust_for_attacker(state),
        )
        assuming = assume_step(state.me, state.account, role)
        yield trusting, assuming
        for granting in grant_moves(state, role):
            yield (*granting, trusting, assuming)


def trust_for_attacker(state: AttackerState) -> str:
    """Return a trust policy that lets the attacker assume a role."""
    return policy_for_attacker(state, "sts:AssumeRole")


def _takeovers(state: AttackerState) -> Iterator[Move]:
    """Yield the moves by which the attacker becomes another user or role, perhaps after giving it another policy.

    A user gets a new key or password. A role must trust the attacker already.
    """
    if state.may("iam:CreateAccessKey") or _may_set_passwords(state):
        for user in state.account.users.values():
            if user not in state.identities:
                yield from sign_in_moves(state, user)
                for granting, signing_in in product(
                    grant_moves(state, user), sign_in_moves(state, user)
                ):
                    yield (*granting, *signing_in)
    if _may_call(state, "Role", GRANT_OPERATIONS):
        for role in roles_by_name(state.account.roles):
            for granting in grant_moves(state, role):
                yield (*granting, assume_step(state.me, state.account, role))


def _may_set_passwords(state: AttackerState) -> bool:
    """Return whether the attacker can create a user's password, or change it."""
    return state.may("iam:CreateLoginProfile") or state.may("iam:UpdateLoginProfile")


def sign_in_moves(state: AttackerState, user: User) -> Iterator[Move]:
    """Yield the moves that get a credential of a user: a new access key, or a new password and a sign-in with it.

    The sign-in is tried without an MFA device, then with a device that the attacker
    enrolls.
    """
    keys = state.account.keys_of(user.id)
    making_room: Move = ()
    if len(keys) > 1:  # a user has at most two keys
        oldest = keys[0].id
        making_room = (
            state.iam("DeleteAccessKey", UserName=user.name, AccessKeyId=oldest),
        )
    yield (*making_room, state.iam("CreateAccessKey", UserName=user.name))
    without_devices = tuple(
        state.iam("DeactivateMFADevice", UserName=user.name, SerialNumber=device.serial)
        for device in state.account.devices_of(user.id)
    )
    rules = state.account.password_policy
    password = ATTACKER_PASSWORD.ljust(rules.minimum_length if rules else 0, "!")
    with_password = state.iam(
        "UpdateLoginProfile" if user.login else "CreateLoginProfile",
        UserName=user.name,
        Password=password,
        PasswordResetRequired=False,
    )
    login = {"UserName": user.name, "Password": password}
    yield (*without_devices, with_password, (Nobody(), Call("console", "SignIn", login)))
    for enrolling, code in _enrolled_devices(state, user):
        sign_in = Call("console", "SignIn", {**login, "MfaCode": code})
        yield (*enrolling, with_password, (Nobody(), sign_in))


def _enrolled_devices(state: AttackerState, user: User) -> Iterator[tuple[Move, str]]:
    """Yield ways to give a user an MFA device that the attacker has: the calls, and the code that it shows next."""
    if not _may_enroll(state):
        return
    for name in (user.name, state.word):
        serial = ids.arn(state.account, "mfa", name)
        device = next_virtual_device(state.account, serial, state.at)
        codes: dict[str, Json] = {
            "AuthenticationCode1": device_code(device, state.at, -1),
            "AuthenticationCode2": device_code(device, state.at, 0),
        }
        creating = state.iam("CreateVirtualMFADevice", VirtualMFADeviceName=name)
        enabling = state.iam(
            "EnableMFADevice", UserName=user.name, SerialNumber=device.serial, **codes
        )
        yield (creating, enabling), device_code(device, state.at, 1)


def _may_enroll(state: AttackerState) -> bool:
    """Return whether the attacker may create an MFA device and enable it for a user."""
    return state.may("iam:EnableMFADevice") and state.may("iam:CreateVirtualMFADevice")


def _further_credentials(state: AttackerState) -> Iterator[Move]:
    """Yield the moves that get a credential of another kind for a user whose credentials the attacker has.

    Policies can allow more with it. An access key's requests have no MFA keys at all, so a
    Deny with BoolIfExists or Null can miss them. A session opened with the code of a new
    MFA device passes conditions on MFA. GetSessionToken can be called with any of the user's keys.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
    """
    may_create_key = state.may("iam:CreateAccessKey")
    if not may_create_key and not _may_enroll(state):
        return
    for user in (entity for entity in state.identities if isinstance(entity, User)):
        all_keys = [Key(key.id) for key in state.account.keys_of(user.id)]
        stolen_keys = [key for key in all_keys if key in state.credentials]
        if not stolen_keys and may_create_key:
            yield (state.iam("CreateAccessKey", UserName=user.name),)
        any_key = stolen_keys[:1]
        for key, (enrollment, code) in product(any_key, _enrolled_devices(state, user)):
            _, enabling = enrollment[-1]
            serial = enabling.text("SerialNumber")
            parameters = {"SerialNumber": serial, "TokenCode": code}
            yield (*enrollment, (key, Call("sts", "GetSessionToken", parameters)))


OpenedResource: TypeAlias = tuple[str, str]  # what kind of thing, and which
_POLICY_OPERATIONS = {
    "PutBucketPolicy": "Bucket",
    "DeleteBucketPolicy": "Bucket",
    "SetQueueAttributes": "QueueUrl",
    "AddPermission": "FunctionName",
    "PutKeyPolicy": "KeyId",
    "CreateGrant": "KeyId",
}


def opened_resource(move: Move) -> OpenedResource | None:
    """Return the resource whose own policy is all that a move changes, or None if the move changes anything else."""
    (_, call), *further_steps = move
    kind = _POLICY_OPERATIONS.get(call.operation)
    if kind and not further_steps:
        return (kind, call.text(kind))
    return None


def _bucket_policies(state: AttackerState) -> Iterator[Move]:
    """Yield the moves that write a bucket policy for the attacker, or delete one that has a Deny."""
    for name, bucket in state.account.buckets.items():
        arn = ids.arn(state.account, "bucket", name)
        if state.may("s3:PutBucketPolicy"):
            policy = policy_for_attacker(state, "s3:*", arn, f"{arn}/*")
            parameters = {"Bucket": name, "Policy": policy}
            yield ((state.me, Call("s3", "PutBucketPolicy", parameters)),)
        has_denying_policy = bucket.policy and has_deny(bucket.policy.policy)
        if has_denying_policy and state.may("s3:DeleteBucketPolicy"):
            yield ((state.me, Call("s3", "DeleteBucketPolicy", {"Bucket": name})),)


def _queue_policies(state: AttackerState) -> Iterator[Move]:
    """Yield the moves that write a queue's policy for the attacker."""
    if not state.may("sqs:SetQueueAttributes"):
        return
    for name in state.account.queues:
        arn = ids.arn(state.account, "queue", name)
        attributes = {"Policy": policy_for_attacker(state, "sqs:*", arn)}
        parameters = {"QueueUrl": queue_url(state.account, name), "Attributes": attributes}
        yield ((state.me, Call("sqs", "SetQueueAttributes", parameters)),)


GRANTED_OPERATIONS = (
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
)  # the operations of a grant to try


def _has_grant(key: KmsKey, grantee: str) -> bool:
    """Return whether a principal has a grant of a key with all of GRANTED_OPERATIONS and without a constraint."""
    return any(
        grant.grantee == grantee
        and grant.subset is None
        and grant.equal is None
        and set(GRANTED_OPERATIONS) <= set(grant.operations)
        for grant in key.grants
    )


def _key_policies(state: AttackerState) -> Iterator[Move]:
    """Yield the moves that write the policy of a KMS key for the attacker, or a grant of it.

    https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
    """
    for id, key in state.account.kms_keys.items():
        if key.deleted_at or key.manager == "AWS":
            continue
        arn = ids.arn(state.account, "kms-key", id)
        if state.may("kms:PutKeyPolicy"):
            policy = policy_for_attacker(state, "kms:*", arn)
            parameters = {"KeyId": id, "Policy": policy}
            yield ((state.me, Call("kms", "PutKeyPolicy", parameters)),)
        # A second grant of the same opens nothing.
        if state.may("kms:CreateGrant") and not _has_grant(key, state.arn):
            grant: dict[str, Json] = {
                "KeyId": id,
                "GranteePrincipal": state.arn,
                "Operations": GRANTED_OPERATIONS,
            }
            yield ((state.me, Call("kms", "CreateGrant", grant)),)


def _function_policies(state: AttackerState) -> Iterator[Move]:
    """Yield the moves that add the attacker to a function's own policy."""
    if state.may("lambda:AddPermission"):
        for name in state.account.functions:
            yield (add_permission_step(state, name),)


def deny_removing_moves(state: AttackerState) -> Iterator[Move]:
    """Yield the moves that overwrite or delete a Deny of the policy of a bucket, a queue or a KMS key.

    They are all that is left to gain for an attacker who is allowed everything else.
    """
    denying_resources = {
        arn.rpartition(":")[2].removeprefix("key/")
        for arn, document in resource_policies(state.account)
        if has_deny(document.policy)
    }
    for move in chain(
        _bucket_policies(state), _queue_policies(state), _key_policies(state)
    ):
        resource = opened_resource(move)
        if resource and resource[1].rpartition("/")[2] in denying_resources:
            yield move
