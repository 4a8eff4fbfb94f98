"""The organization's instance of Identity Center: who sees it, its name and tags.

https://docs.aws.amazon.com/singlesignon/latest/userguide/identity-center-instances.html
"""

from __future__ import annotations

from msgspec.structs import replace

from coffeeshop.account.access.center_requests import last_part
from coffeeshop.account.identity_center import IdentityCenter, PermissionSet
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.sso_admin.lookups import (
    center_error,
    center_page,
    managed_center,
    named_center,
    with_center,
    with_permission_set,
)
from coffeeshop.account.services.tagging import MOST_TAGS, RESERVED_TAG_KEY, remove_tags
from coffeeshop.account.values import JsonObject, Tags

OPERATIONS = Operations()


def _instance_shape(center: IdentityCenter) -> JsonObject:
    """Return an instance as answers show it."""
    shape: JsonObject = {
        "InstanceArn": center.arn,
        "IdentityStoreId": center.store,
        "IdentityStoreArn": center.store_arn,
        "OwnerAccountId": center.owner,
        "CreatedDate": format_timestamp(center.created),
        "Status": "ACTIVE",
        "PrimaryRegion": center.region,
    }
    return {**shape, "Name": center.name} if center.name else shape


@OPERATIONS.add("ListInstances")
def list_instances(account: Account, act: Act) -> Change:
    """List the instance that the account can see. Every account of the organization sees it."""
    center = account.organization_center
    centers = {center.id: center} if center else {}
    page = center_page(
        act.call, "Instances", centers, lambda id: _instance_shape(centers[id])
    )
    return account, page


@OPERATIONS.add("DescribeInstance")
def describe_instance(account: Account, act: Act) -> Change:
    center = named_center(account, act.call)
    return account, Reply({**_instance_shape(center), "PermissionSetsEnabled": True})


@OPERATIONS.add("UpdateInstance")
def update_instance(account: Account, act: Act) -> Change:
    """Rename the instance."""
    center = named_center(account, act.call)
    name = act.call.text("Name", center.name)
    return with_center(account, replace(center, name=name)), EMPTY_REPLY


# ------------------------------------------------------------------------- tags
def checked_tags(tags: Tags, call: Call) -> Tags:
    """Return the tags with the call's added. Raise ValidationException, ServiceQuotaExceededException."""
    new_tags = call.tags
    if len(new_tags) < len(call.rows("Tags")):
        raise center_error("Validation", "Duplicate tag keys")
    if any(key.lower().startswith("aws:") for key in new_tags):
        raise center_error("Validation", RESERVED_TAG_KEY)
    all_tags = {**tags, **new_tags}
    if len(all_tags) > MOST_TAGS:
        text = f"A resource can have {MOST_TAGS} tags."
        raise center_error("ServiceQuotaExceeded", text)
    return all_tags


def _tagged_thing(account: Account, call: Call) -> IdentityCenter | PermissionSet:
    """Return the instance or the permission set of ResourceArn. Raise ResourceNotFoundException."""
    if "InstanceArn" in call.parameters:
        center = named_center(account, call)
    else:
        center = managed_center(account)
    arn = call.text("ResourceArn")
    if arn == center.arn:
        return center
    permission_set = center.permission_sets.get(last_part(arn))
    if permission_set is None:
        raise center_error("ResourceNotFound", f"Could not find {arn}")
    return permission_set


def _with_tags(
    account: Account, thing: IdentityCenter | PermissionSet, tags: Tags
) -> Account:
    """Return the account with new tags on its instance or on a permission set."""
    if isinstance(thing, IdentityCenter):
        return with_center(account, replace(thing, tags=tags))
    tagged = replace(thing, tags=tags)
    return with_permission_set(account, managed_center(account), tagged)


@OPERATIONS.add("TagResource")
def tag_resource(account: Account, act: Act) -> Change:
    thing = _tagged_thing(account, act.call)
    return _with_tags(account, thing, checked_tags(thing.tags, act.call)), EMPTY_REPLY


@OPERATIONS.add("UntagResource")
def untag_resource(account: Account, act: Act) -> Change:
    thing = _tagged_thing(account, act.call)
    return _with_tags(account, thing, remove_tags(thing.tags, act.call)), EMPTY_REPLY


@OPERATIONS.add("ListTagsForResource")
def list_tags_for_resource(account: Account, act: Act) -> Change:
    tags = _tagged_thing(account, act.call).tags
    page = center_page(act.call, "Tags", tags, lambda key: {"Key": key, "Value": tags[key]})
    return account, page
