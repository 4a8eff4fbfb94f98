"""The root and the organizational units below it: made, named, emptied, listed.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_ous.html
"""

from __future__ import annotations

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.control_policies import org_path
from coffeeshop.account.model import Account, Act, Reply
from coffeeshop.account.organization import Organization, Unit
from coffeeshop.account.services import DONE, Change, Operations
from coffeeshop.account.services.organizations import lookups
from coffeeshop.account.services.organizations.tags import laid_over
from coffeeshop.account.services.paging import next_page
from coffeeshop.account.values import Json

# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
MOST = 2000
DEEPEST = 5
UNKNOWN = "OrganizationalUnitNotFoundException"

OPERATIONS = Operations()


def root_shape(above: Organization) -> dict[str, Json]:
    """Returns the root as answers show it, with the types of policy that are enabled."""
    enabled = tuple({"Type": type, "Status": "ENABLED"} for type in above.types)
    root = above.root
    return {
        "Id": root.id,
        "Arn": above.arn("root", root.id),
        "Name": root.name,
        "PolicyTypes": enabled,
    }


def unit_shape(above: Organization, unit: Unit) -> dict[str, Json]:
    """Returns a unit as answers show it."""
    place = {"Id": unit.id, "Arn": above.arn("ou", unit.id), "Name": unit.name}
    return {**place, "Path": org_path(above, unit.id) + f"{unit.id}/"}


@OPERATIONS.add("ListRoots")
def list_roots(account: Account, act: Act) -> Change:
    above = lookups.managed(account)
    return account, next_page(
        act.call, "Roots", (above.root.id,), lambda _: root_shape(above)
    )


@OPERATIONS.add("CreateOrganizationalUnit")
def create(account: Account, act: Act) -> Change:
    above = lookups.managed(account)
    name = act.call.text("Name")
    parent = lookups.unit(above, act.call.text("ParentId"))
    _refuse_double(above, parent.id, name)
    if sum(1 for unit in above.units.values() if unit.parent) >= MOST:
        raise lookups.beyond("OU_NUMBER_LIMIT_EXCEEDED")
    if len(above.path(parent.id)) > DEEPEST:
        raise lookups.beyond("OU_DEPTH_LIMIT_EXCEEDED")
    account, end = ids.new_organizations_id(account, "unit", f"{parent.id}/{name}", 8)
    made = Unit(
        f"ou-{above.root.id.removeprefix('r-')}-{end}",
        name,
        parent.id,
        laid_over({}, act.call),
    )
    above = lookups.with_full(replace(above, units=above.units.put(made.id, made)), made.id)
    return account.with_organization(above), Reply(
        {"OrganizationalUnit": unit_shape(above, made)}
    )


def _refuse_double(above: Organization, parent: str, name: str) -> None:
    if any(unit.parent == parent and unit.name == name for unit in above.units.values()):
        raise lookups.refused("DuplicateOrganizationalUnitException")


def _asked(above: Organization, act: Act) -> Unit:
    """Returns the unit of OrganizationalUnitId, which no root can be."""
    return lookups.unit(above, act.call.text("OrganizationalUnitId"), UNKNOWN)


@OPERATIONS.add("DescribeOrganizationalUnit")
def describe(account: Account, act: Act) -> Change:
    above = lookups.managed(account)
    return account, Reply({"OrganizationalUnit": unit_shape(above, _asked(above, act))})


@OPERATIONS.add("UpdateOrganizationalUnit")
def update(account: Account, act: Act) -> Change:
    above = lookups.managed(account)
    old = _asked(above, act)
    name = act.call.text("Name")
    if name and name != old.name:
        _refuse_double(above, old.parent, name)
    new = replace(old, name=name or old.name)
    above = replace(above, units=above.units.put(new.id, new))
    return account.with_organization(above), Reply(
        {"OrganizationalUnit": unit_shape(above, new)}
    )


@OPERATIONS.add("DeleteOrganizationalUnit")
def delete(account: Account, act: Act) -> Change:
    above = lookups.managed(account)
    gone = _asked(above, act)
    if any(
        held.parent == gone.id for held in (*above.units.values(), *above.members.values())
    ):
        raise lookups.refused("OrganizationalUnitNotEmptyException")
    attached = {place: held for place, held in above.attached.items() if place != gone.id}
    return account.with_organization(
        replace(above, units=above.units.drop(gone.id), attached=attached)
    ), DONE


# ------------------------------------------------------------------ up and down
@OPERATIONS.add("ListOrganizationalUnitsForParent")
def list_units(account: Account, act: Act) -> Change:
    above = lookups.managed(account)
    parent = lookups.unit(above, act.call.text("ParentId"))
    below = {id: unit for id, unit in above.units.items() if unit.parent == parent.id}
    return account, next_page(
        act.call, "OrganizationalUnits", below, lambda id: unit_shape(above, below[id])
    )


@OPERATIONS.add("ListParents")
def list_parents(account: Account, act: Act) -> Change:
    """The root has none, and cannot be asked for."""
    above = lookups.managed(account)
    child = act.call.text("ChildId")
    held = above.members.get(child) or above.units.get(child)
    if held is None:
        raise lookups.refused("ChildNotFoundException")
    if above.units[held.parent].parent:
        type = "ORGANIZATIONAL_UNIT"
    else:
        type = "ROOT"
    return account, next_page(
        act.call, "Parents", (held.parent,), lambda id: {"Id": id, "Type": type}
    )


@OPERATIONS.add("ListChildren")
def list_children(account: Account, act: Act) -> Change:
    above = lookups.managed(account)
    type = act.call.text("ChildType")
    parent = lookups.unit(above, act.call.text("ParentId"))
    book = above.members if type == "ACCOUNT" else above.units
    below = [id for id, held in book.items() if held.parent == parent.id]
    return account, next_page(
        act.call, "Children", below, lambda id: {"Id": id, "Type": type}
    )
