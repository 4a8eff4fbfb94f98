"""Tags of the root, of units, accounts and policies.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_tagging.html
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from coffeeshop.account.model import Account, Act, Call
from coffeeshop.account.organization import ControlPolicy, MemberAccount, Organization, Unit
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.organizations import lookups
from coffeeshop.account.services.paging import organizations_page
from coffeeshop.account.services.tagging import MOST_TAGS, add_tags, remove_tags
from coffeeshop.account.values import Tags

# Where the organization holds them.
ORGANIZATION_COLLECTIONS = {
    Unit: "units",
    MemberAccount: "members",
    ControlPolicy: "policies",
}

OPERATIONS = Operations()


def add_request_tags(tags: Tags, call: Call) -> Tags:
    """Return the tags with the call's added.

    Raise InvalidInputException, ConstraintViolationException.
    """
    if len(call.tags) < len(call.rows("Tags")):
        raise lookups.invalid_input("DUPLICATE_TAG_KEY")
    tags_after = add_tags(
        tags, call.tags, "InvalidInputException", "INVALID_SYSTEM_TAGS_PARAMETER"
    )
    if len(tags_after) > MOST_TAGS:
        raise lookups.limit_exceeded("MAX_TAG_LIMIT_EXCEEDED")
    return tags_after


def _named_resource(
    organization: Organization, act: Act
) -> Unit | MemberAccount | ControlPolicy:
    """Return what ResourceId names.

    Raise TargetNotFoundException, also for AWS's own policies.
    """
    id = act.call.text("ResourceId")
    resource = (
        organization.units.get(id)
        or organization.members.get(id)
        or organization.policies.get(id)
    )
    if resource is None:
        raise lookups.refusal("TargetNotFoundException")
    return resource


def _with_tags(
    account: Account,
    organization: Organization,
    resource: Unit | MemberAccount | ControlPolicy,
    tags: Tags,
) -> Change:
    """Return the management account with an organization's unit, account or policy that has exactly these tags."""
    name = ORGANIZATION_COLLECTIONS[type(resource)]
    resources: SortedMap[Any] = getattr(organization, name)
    organization = replace(
        organization, **{name: resources.put(resource.id, replace(resource, tags=tags))}
    )
    account = account.with_organization(organization)
    return account, EMPTY_REPLY


@OPERATIONS.add("TagResource")
def tag_resource(account: Account, act: Act) -> Change:
    organization = lookups.managed_organization(account)
    resource = _named_resource(organization, act)
    return _with_tags(
        account, organization, resource, add_request_tags(resource.tags, act.call)
    )


@OPERATIONS.add("UntagResource")
def untag_resource(account: Account, act: Act) -> Change:
    organization = lookups.managed_organization(account)
    resource = _named_resource(organization, act)
    return _with_tags(account, organization, resource, remove_tags(resource.tags, act.call))


@OPERATIONS.add("ListTagsForResource")
def list_tags_for_resource(account: Account, act: Act) -> Change:
    resource = _named_resource(lookups.managed_organization(account), act)
    tags = resource.tags
    page = organizations_page(
        act.call, "Tags", tags, lambda key: {"Key": key, "Value": tags[key]}
    )
    return account, page
