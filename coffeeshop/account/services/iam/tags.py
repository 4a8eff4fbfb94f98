"""Tags of users, roles, managed policies, instance profiles and MFA devices.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec.structs import replace

from coffeeshop.account import errors
from coffeeshop.account.credentials import MfaDevice
from coffeeshop.account.iam_resources import InstanceProfile, ManagedPolicy, Role, User
from coffeeshop.account.model import Account, Act, Call
from coffeeshop.account.services import DONE, Change, Operations
from coffeeshop.account.services.lookups import instance_profile, policy, role, user
from coffeeshop.account.services.paging import page
from coffeeshop.account.services.tagging import tagged
from coffeeshop.account.values import Tags

Bearer: TypeAlias = User | Role | ManagedPolicy | InstanceProfile | MfaDevice


OPERATIONS = Operations()


def _bearer(account: Account, call: Call) -> Bearer:
    if "PolicyArn" in call.parameters:
        return _own(account, policy(account, call))
    if "InstanceProfileName" in call.parameters:
        return instance_profile(account, call)
    if "SerialNumber" in call.parameters:
        return _virtual(account, call.text("SerialNumber"))
    if "RoleName" in call.parameters:
        return role(account, call)
    return user(account, call)


def _own(account: Account, found: ManagedPolicy) -> ManagedPolicy:
    if found.arn not in account.policies:
        raise errors.service_error(
            "InvalidInput", "Tags not supported for policies in this domain"
        )
    return found


def _virtual(account: Account, serial: str) -> MfaDevice:
    """Returns the virtual device of a serial: no other devices have tags."""
    found = account.devices.get(serial)
    if found is None or ":mfa/" not in serial:
        raise errors.no_such_entity("device", serial)
    return found


def _cased(bearer: Bearer) -> bool:
    """Tells whether tag keys that differ in case alone are two: on all but users and roles."""
    return not isinstance(bearer, User | Role)


def _keep(account: Account, bearer: Bearer, tags: Tags) -> Change:
    match bearer:
        case ManagedPolicy():
            book = account.policies.put(bearer.arn, replace(bearer, tags=tags))
            return replace(account, policies=book), DONE
        case InstanceProfile():
            profiles = account.instance_profiles.put(
                bearer.name.lower(), replace(bearer, tags=tags)
            )
            return replace(account, instance_profiles=profiles), DONE
        case MfaDevice():
            return replace(
                account,
                devices=account.devices.put(bearer.serial, replace(bearer, tags=tags)),
            ), DONE
        case _:
            return account.put(replace(bearer, tags=tags)), DONE


@OPERATIONS.add("TagUser", "TagRole", "TagPolicy", "TagInstanceProfile", "TagMFADevice")
def tag(account: Account, act: Act) -> Change:
    bearer = _bearer(account, act.call)
    if not act.call.tags:
        raise errors.service_error(
            "InvalidInput", "The list of tags is empty."
        )  # uncertain
    return _keep(account, bearer, tagged(bearer.tags, act.call, cased=_cased(bearer)))


@OPERATIONS.add(
    "UntagUser", "UntagRole", "UntagPolicy", "UntagInstanceProfile", "UntagMFADevice"
)
def untag(account: Account, act: Act) -> Change:
    bearer = _bearer(account, act.call)
    keys = act.call.words("TagKeys")
    cased = _cased(bearer)
    gone = set(keys) if cased else {key.lower() for key in keys}
    left = {
        key: value
        for key, value in bearer.tags.items()
        if (key if cased else key.lower()) not in gone
    }
    return _keep(account, bearer, left)


@OPERATIONS.add(
    "ListUserTags",
    "ListRoleTags",
    "ListPolicyTags",
    "ListInstanceProfileTags",
    "ListMFADeviceTags",
)
def list_tags(account: Account, act: Act) -> Change:
    tags = _bearer(account, act.call).tags
    return account, page(
        act.call, "Tags", tags, lambda key: {"Key": key, "Value": tags[key]}
    )
