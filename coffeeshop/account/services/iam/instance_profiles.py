"""Instance profiles: what hands a role to EC2 instances.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html
"""

from __future__ import annotations

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access.authorization_requests import instance_profile_arn
from coffeeshop.account.iam_resources import InstanceProfile, Role
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Reply
from coffeeshop.account.services import DONE, Change, Operations
from coffeeshop.account.services.iam.identities import role_shape
from coffeeshop.account.services.lookups import instance_profile, role
from coffeeshop.account.services.paging import page, under
from coffeeshop.account.services.tagging import tag_list, tagged
from coffeeshop.account.values import Json

PROFILES = 1000
ROLES_PER_PROFILE = 1

OPERATIONS = Operations()


def profile_shape(
    account: Account, profile: InstanceProfile, *, whole: bool = False
) -> dict[str, Json]:
    """Returns an instance profile as lists show it, or whole: with its tags."""
    held = (account.entity_by_id(id) for id in profile.roles)
    shape: dict[str, Json] = {
        "Path": profile.path,
        "InstanceProfileName": profile.name,
        "InstanceProfileId": profile.id,
        "Arn": instance_profile_arn(account, profile.name),
        "CreateDate": format_timestamp(profile.created),
        "Roles": tuple(_worn(account, worn) for worn in held if isinstance(worn, Role)),
    }
    if whole and profile.tags:
        return {**shape, "Tags": tag_list(profile.tags)}
    return shape


def _worn(account: Account, role: Role) -> dict[str, Json]:
    """Returns a role as a profile shows it: as lists do, without how long its sessions may last."""
    return {
        name: value
        for name, value in role_shape(account, role).items()
        if name != "MaxSessionDuration"
    }


def _with_profile(account: Account, profile: InstanceProfile) -> Account:
    return replace(
        account,
        instance_profiles=account.instance_profiles.put(profile.name.lower(), profile),
    )


@OPERATIONS.add("CreateInstanceProfile")
def create(account: Account, act: Act) -> Change:
    call, name = act.call, act.call.text("InstanceProfileName")
    if name.lower() in account.instance_profiles:
        raise errors.entity_already_exists("instance profile", name)
    tags = tagged({}, call, cased=True)
    errors.check_quota(account.instance_profiles, PROFILES, "InstanceProfilesPerAccount")
    account, id = ids.new_unique_id(account, "instance-profile", name.lower())
    made = InstanceProfile(id, name, call.text("Path", "/"), act.at, tags=tags)
    account = _with_profile(account, made)
    return account, Reply({"InstanceProfile": profile_shape(account, made, whole=True)})


@OPERATIONS.add("GetInstanceProfile")
def get(account: Account, act: Act) -> Change:
    return account, Reply(
        {
            "InstanceProfile": profile_shape(
                account, instance_profile(account, act.call), whole=True
            )
        }
    )


@OPERATIONS.add("ListInstanceProfiles")
def list_all(account: Account, act: Act) -> Change:
    held = account.instance_profiles
    names = under(act.call.text("PathPrefix", "/"), held)
    return account, page(
        act.call, "InstanceProfiles", names, lambda name: profile_shape(account, held[name])
    )


@OPERATIONS.add("ListInstanceProfilesForRole")
def list_of_role(account: Account, act: Act) -> Change:
    found = {
        profile.name: profile for profile in account.profiles_of(role(account, act.call))
    }
    return account, page(
        act.call,
        "InstanceProfiles",
        found,
        lambda name: profile_shape(account, found[name]),
    )


@OPERATIONS.add("DeleteInstanceProfile")
def delete(account: Account, act: Act) -> Change:
    gone = instance_profile(account, act.call)
    if gone.roles:
        raise errors.entity_in_use("remove roles from instance profile")
    return replace(
        account, instance_profiles=account.instance_profiles.drop(gone.name.lower())
    ), DONE


@OPERATIONS.add("AddRoleToInstanceProfile")
def add_role(account: Account, act: Act) -> Change:
    """Puts a role into a profile that holds none: a second one is refused, and the same one again too (seen)."""
    profile = instance_profile(account, act.call)
    worn = role(account, act.call)
    errors.check_quota(
        profile.roles, ROLES_PER_PROFILE, "InstanceSessionsPerInstanceProfile"
    )
    return _with_profile(account, replace(profile, roles=(*profile.roles, worn.id))), DONE


@OPERATIONS.add("RemoveRoleFromInstanceProfile")
def remove_role(account: Account, act: Act) -> Change:
    profile = instance_profile(account, act.call)
    worn = role(account, act.call)
    if worn.id not in profile.roles:
        raise errors.no_such_entity("role", act.call.text("RoleName"))  # uncertain
    return _with_profile(
        account, replace(profile, roles=tuple(id for id in profile.roles if id != worn.id))
    ), DONE
