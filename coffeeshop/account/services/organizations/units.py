"""The root and its organizational units: create, rename, delete and list them.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_ous.html
"""

from __future__ import annotations

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.control_policies import org_path
from coffeeshop.account.model import Account, Act, Reply
from coffeeshop.account.organization import Organization, Unit
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.organizations import lookups
from coffeeshop.account.services.organizations.tags import add_request_tags
from coffeeshop.account.services.paging import organizations_page
from coffeeshop.account.values import JsonObject

# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
MAX_UNITS = 2000
MAX_DEPTH = 5
UNIT_NOT_FOUND = "OrganizationalUnitNotFoundException"

OPERATIONS = Operations()


def root_shape(organization: Organization) -> JsonObject:
    """Return the root as answers show it, with the types of policy that are enabled."""
    enabled = tuple({"Type": type, "Status": "ENABLED"} for type in organization.types)
    root = organization.root
    return {
        "Id": root.id,
        "Arn": organization.arn("root", root.id),
        "Name": root.name,
        "PolicyTypes": enabled,
    }


def unit_shape(organization: Organization, unit: Unit) -> JsonObject:
    """Return a unit as answers show it."""
    place = {"Id": unit.id, "Arn": organization.arn("ou", unit.id), "Name": unit.name}
    return {**place, "Path": org_path(organization, unit.id) + f"{unit.id}/"}


@OPERATIONS.add("ListRoots")
def list_roots(account: Account, act: Act) -> Change:
    organization = lookups.managed_organization(account)
    page = organizations_page(
        act.call, "Roots", (organization.root.id,), lambda _: root_shape(organization)
    )
    return account, page


@OPERATIONS.add("CreateOrganizationalUnit")
def create_organizational_unit(account: Account, act: Act) -> Change:
    """Create a unit below a root or unit. Control policies are inherited, and FullAWSAccess is attached to it."""
    organization = lookups.managed_organization(account)
    name = act.call.text("Name")
    parent = lookups.named_unit(organization, act.call.text("ParentId"))
    _refuse_duplicate(organization, parent.id, name)
    if sum(1 for unit in organization.units.values() if unit.parent) >= MAX_UNITS:
        raise lookups.limit_exceeded("OU_NUMBER_LIMIT_EXCEEDED")
    if len(organization.path(parent.id)) > MAX_DEPTH:
        raise lookups.limit_exceeded("OU_DEPTH_LIMIT_EXCEEDED")
    account, suffix = ids.new_organizations_id(account, "unit", f"{parent.id}/{name}", 8)
    unit_made = Unit(
        f"ou-{organization.root.id.removeprefix('r-')}-{suffix}",
        name,
        parent.id,
        add_request_tags({}, act.call),
    )
    organization = lookups.with_full_access(
        replace(organization, units=organization.units.put(unit_made.id, unit_made)),
        unit_made.id,
    )
    account_after = account.with_organization(organization)
    body = {"OrganizationalUnit": unit_shape(organization, unit_made)}
    return account_after, Reply(body)


def _refuse_duplicate(organization: Organization, parent: str, name: str) -> None:
    if any(
        unit.parent == parent and unit.name == name for unit in organization.units.values()
    ):
        raise lookups.refusal("DuplicateOrganizationalUnitException")


def _named_unit(organization: Organization, act: Act) -> Unit:
    """Return the unit of OrganizationalUnitId. The root isn't one."""
    return lookups.named_unit(
        organization, act.call.text("OrganizationalUnitId"), UNIT_NOT_FOUND
    )


@OPERATIONS.add("DescribeOrganizationalUnit")
def describe_organizational_unit(account: Account, act: Act) -> Change:
    organization = lookups.managed_organization(account)
    unit = _named_unit(organization, act)
    body = {"OrganizationalUnit": unit_shape(organization, unit)}
    return account, Reply(body)


@OPERATIONS.add("UpdateOrganizationalUnit")
def update_organizational_unit(account: Account, act: Act) -> Change:
    """Rename a unit. Its siblings must have other names."""
    organization = lookups.managed_organization(account)
    unit = _named_unit(organization, act)
    name = act.call.text("Name")
    if name and name != unit.name:
        _refuse_duplicate(organization, unit.parent, name)
    unit_after = replace(unit, name=name or unit.name)
    organization = replace(
        organization, units=organization.units.put(unit_after.id, unit_after)
    )
    account_after = account.with_organization(organization)
    body = {"OrganizationalUnit": unit_shape(organization, unit_after)}
    return account_after, Reply(body)


@OPERATIONS.add("DeleteOrganizationalUnit")
def delete_organizational_unit(account: Account, act: Act) -> Change:
    """Delete a unit that contains no units and no accounts."""
    organization = lookups.managed_organization(account)
    unit = _named_unit(organization, act)
    units_and_members = (*organization.units.values(), *organization.members.values())
    if any(child.parent == unit.id for child in units_and_members):
        raise lookups.refusal("OrganizationalUnitNotEmptyException")
    attached = {
        target: policy_ids
        for target, policy_ids in organization.attached.items()
        if target != unit.id
    }
    organization = replace(
        organization, units=organization.units.drop(unit.id), attached=attached
    )
    account = account.with_organization(organization)
    return account, EMPTY_REPLY


# ------------------------------------------------------------------ up and down
@OPERATIONS.add("ListOrganizationalUnitsForParent")
def list_units_for_parent(account: Account, act: Act) -> Change:
    organization = lookups.managed_organization(account)
    parent = lookups.named_unit(organization, act.call.text("ParentId"))
    units = {
        id: unit for id, unit in organization.units.items() if unit.parent == parent.id
    }
    page = organizations_page(
        act.call,
        "OrganizationalUnits",
        units,
        lambda id: unit_shape(organization, units[id]),
    )
    return account, page


@OPERATIONS.add("ListParents")
def list_parents(account: Account, act: Act) -> Change:
    """List the parent of an account or unit. The root has none, and can't be asked for."""
    organization = lookups.managed_organization(account)
    child_id = act.call.text("ChildId")
    child = organization.members.get(child_id) or organization.units.get(child_id)
    if child is None:
        raise lookups.refusal("ChildNotFoundException")
    if organization.units[child.parent].parent:
        type = "ORGANIZATIONAL_UNIT"
    else:
        type = "ROOT"
    page = organizations_page(
        act.call, "Parents", (child.parent,), lambda id: {"Id": id, "Type": type}
    )
    return account, page


@OPERATIONS.add("ListChildren")
def list_children(account: Account, act: Act) -> Change:
    """List the ids of the accounts, or of the units, directly below a root or unit."""
    organization = lookups.managed_organization(account)
    type = act.call.text("ChildType")
    parent = lookups.named_unit(organization, act.call.text("ParentId"))
    if type == "ACCOUNT":
        candidates = organization.members
    else:
        candidates = organization.units
    child_ids = [id for id, child in candidates.items() if child.parent == parent.id]
    page = organizations_page(
        act.call, "Children", child_ids, lambda id: {"Id": id, "Type": type}
    )
    return account, page
