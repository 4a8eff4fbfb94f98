"""Instance profiles, which give EC2 instances a role.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html
"""

from __future__ import annotations

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access.authorization_requests import instance_profile_arn
from coffeeshop.account.iam_resources import InstanceProfile, Role
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Reply
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.iam.identities import role_shape
from coffeeshop.account.services.lookups import named_instance_profile, named_role
from coffeeshop.account.services.paging import list_page, names_under_path
from coffeeshop.account.services.tagging import add_iam_tags, tag_list
from coffeeshop.account.values import JsonObject

MAX_INSTANCE_PROFILES = 1000
ROLES_PER_PROFILE = 1

OPERATIONS = Operations()


def profile_shape(
    account: Account, profile: InstanceProfile, *, whole: bool = False
) -> JsonObject:
    """Return an instance profile as lists show it; `whole` adds the tags."""
    roles = (account.entity_by_id(id) for id in profile.roles)
    shape: JsonObject = {
        "Path": profile.path,
        "InstanceProfileName": profile.name,
        "InstanceProfileId": profile.id,
        "Arn": instance_profile_arn(account, profile.name),
        "CreateDate": format_timestamp(profile.created),
        "Roles": tuple(
            _role_in_profile(account, role) for role in roles if isinstance(role, Role)
        ),
    }
    if whole and profile.tags:
        return {**shape, "Tags": tag_list(profile.tags)}
    return shape


def _role_in_profile(account: Account, role: Role) -> JsonObject:
    """Return a role as an instance profile shows it: without MaxSessionDuration."""
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
def create_instance_profile(account: Account, act: Act) -> Change:
    call = act.call
    name = call.text("InstanceProfileName")
    if name.lower() in account.instance_profiles:
        raise errors.entity_already_exists("instance profile", name)
    tags = add_iam_tags({}, call, case_sensitive=True)
    errors.check_quota(
        account.instance_profiles, MAX_INSTANCE_PROFILES, "InstanceProfilesPerAccount"
    )
    account, id = ids.new_unique_id(account, "instance-profile", name.lower())
    profile = InstanceProfile(id, name, call.text("Path", "/"), act.at, tags=tags)
    account = _with_profile(account, profile)
    body = {"InstanceProfile": profile_shape(account, profile, whole=True)}
    return account, Reply(body)


@OPERATIONS.add("GetInstanceProfile")
def get_instance_profile(account: Account, act: Act) -> Change:
    instance_profile = named_instance_profile(account, act.call)
    body = {"InstanceProfile": profile_shape(account, instance_profile, whole=True)}
    return account, Reply(body)


@OPERATIONS.add("ListInstanceProfiles")
def list_instance_profiles(account: Account, act: Act) -> Change:
    profiles = account.instance_profiles
    names = names_under_path(act.call.text("PathPrefix", "/"), profiles)
    page = list_page(
        act.call,
        "InstanceProfiles",
        names,
        lambda name: profile_shape(account, profiles[name]),
    )
    return account, page


@OPERATIONS.add("ListInstanceProfilesForRole")
def list_instance_profiles_for_role(account: Account, act: Act) -> Change:
    profiles = {
        profile.name: profile
        for profile in account.profiles_of(named_role(account, act.call))
    }
    page = list_page(
        act.call,
        "InstanceProfiles",
        profiles,
        lambda name: profile_shape(account, profiles[name]),
    )
    return account, page


@OPERATIONS.add("DeleteInstanceProfile")
def delete_instance_profile(account: Account, act: Act) -> Change:
    """Delete an instance profile. Its role must be removed first."""
    profile = named_instance_profile(account, act.call)
    if profile.roles:
        raise errors.entity_in_use("remove roles from instance profile")
    account = replace(
        account, instance_profiles=account.instance_profiles.drop(profile.name.lower())
    )
    return account, EMPTY_REPLY


@OPERATIONS.add("AddRoleToInstanceProfile")
def add_role_to_instance_profile(account: Account, act: Act) -> Change:
    """Add a role to an instance profile that has none.

    Adding a second one is refused, and so is adding the same one again (seen).
    """
    profile = named_instance_profile(account, act.call)
    role = named_role(account, act.call)
    errors.check_quota(
        profile.roles, ROLES_PER_PROFILE, "InstanceSessionsPerInstanceProfile"
    )
    profile = replace(profile, roles=(*profile.roles, role.id))
    account = _with_profile(account, profile)
    return account, EMPTY_REPLY


@OPERATIONS.add("RemoveRoleFromInstanceProfile")
def remove_role_from_instance_profile(account: Account, act: Act) -> Change:
    """Take a role out of an instance profile."""
    profile = named_instance_profile(account, act.call)
    role = named_role(account, act.call)
    if role.id not in profile.roles:
        raise errors.no_such_entity("role", act.call.text("RoleName"))  # uncertain
    profile = replace(profile, roles=tuple(id for id in profile.roles if id != role.id))
    account = _with_profile(account, profile)
    return account, EMPTY_REPLY
