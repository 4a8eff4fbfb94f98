"""Service and resource control policies: written, hung on a root, unit or account, and taken down.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies.html
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from coffeeshop.account.access.control_policies import (
    ATTACHED,
    AWS_OWN,
    TYPES,
    find_control_policy,
    parse_control_policy,
    policy_arn,
)
from coffeeshop.account.access.organization_requests import new_policy_id
from coffeeshop.account.model import Account, Act, Reply
from coffeeshop.account.organization import ControlPolicy, Organization
from coffeeshop.account.services import DONE, Change, Operations
from coffeeshop.account.services.organizations import lookups
from coffeeshop.account.services.organizations.tags import laid_over
from coffeeshop.account.services.organizations.units import root_shape
from coffeeshop.account.services.paging import next_page
from coffeeshop.account.values import Json
from coffeeshop.policy.model import Values

OPERATIONS = Operations()


# ---------------------------------------------------------------- types of policy
def _root_and_type(account: Account, act: Act) -> tuple[Organization, str]:
    above = lookups.managed(account)
    call = act.call
    if call.text("RootId") != above.root.id:
        raise lookups.refused("RootNotFoundException")
    return above, lookups.policy_type(call.text("PolicyType"))


@OPERATIONS.add("EnablePolicyType")
def enable(account: Account, act: Act) -> Change:
    """AWS hangs its own policy on everything there is: from then on some policy must let each request through."""
    above, type = _root_and_type(account, act)
    if type in above.types:
        raise lookups.refused("PolicyTypeAlreadyEnabledException")
    everywhere = (*above.units, *above.members)
    hung = {
        place: (*above.attached.get(place, ()), TYPES[type].full.id) for place in everywhere
    }
    above = replace(above, types=(*above.types, type), attached=hung)
    return account.with_organization(above), Reply({"Root": root_shape(above)})


@OPERATIONS.add("DisablePolicyType")
def disable(account: Account, act: Act) -> Change:
    """Every policy of the type comes off everything, and stays off when the type is enabled again."""
    above, type = _root_and_type(account, act)
    if type not in above.types:
        raise lookups.refused("PolicyTypeNotEnabledException")

    def others(held: Iterable[str]) -> tuple[str, ...]:
        return tuple(id for id in held if _type(above, id) != type)

    hung = {place: others(held) for place, held in above.attached.items()}
    above = replace(
        above, types=tuple(one for one in above.types if one != type), attached=hung
    )
    return account.with_organization(above), Reply({"Root": root_shape(above)})


def _type(above: Organization, id: str) -> str:
    found = find_control_policy(above, id)
    return found.type if found else ""


# -------------------------------------------------------------------- policies
def summary(found: ControlPolicy) -> dict[str, Json]:
    """Returns a policy as lists show it."""
    return {
        "Id": found.id,
        "Arn": found.document.policy.name,
        "Name": found.name,
        "Description": found.description,
        "Type": found.type,
        "AwsManaged": found.id in AWS_OWN,
    }


def _shape(found: ControlPolicy) -> Reply:
    return Reply(
        {"Policy": {"PolicySummary": summary(found), "Content": found.document.text}}
    )


@OPERATIONS.add("CreatePolicy")
def create(account: Account, act: Act) -> Change:
    call = act.call
    above = lookups.managed(account)
    name = call.text("Name")
    type = lookups.policy_type(call.text("Type"))
    account, id = new_policy_id(account, name)
    text = parse_control_policy(
        call.text("Content"), type, policy_arn(above, type, id), name
    )
    _refuse_double(above, name, type)
    if (
        sum(1 for known in above.policies.values() if known.type == type)
        >= TYPES[type].most
    ):
        raise lookups.beyond("POLICY_NUMBER_LIMIT_EXCEEDED")
    made = ControlPolicy(
        id, name, type, text, call.text("Description"), laid_over({}, call)
    )
    return account.with_organization(_with(above, made)), _shape(made)


def _refuse_double(above: Organization, name: str, type: str) -> None:
    each = (*above.policies.values(), *AWS_OWN.values())
    if any((known.name, known.type) == (name, type) for known in each):
        raise lookups.refused("DuplicatePolicyException")


def _with(above: Organization, new: ControlPolicy) -> Organization:
    return replace(above, policies=above.policies.put(new.id, new))


@OPERATIONS.add("DescribePolicy")
def describe(account: Account, act: Act) -> Change:
    return account, _shape(lookups.policy(lookups.managed(account), act.call))


def _own(above: Organization, act: Act) -> ControlPolicy:
    """Returns a policy that is the organization's to change. Raises InvalidInputException of AWS's."""
    found = lookups.policy(above, act.call)
    if found.id in AWS_OWN:
        raise lookups.unfit("IMMUTABLE_POLICY")
    return found


@OPERATIONS.add("UpdatePolicy")
def update(account: Account, act: Act) -> Change:
    """What is left out stays as it was; everything that the policy hangs on follows at once."""
    call = act.call
    above = lookups.managed(account)
    old = _own(above, act)
    name = call.text("Name", old.name)
    if name != old.name:
        _refuse_double(above, name, old.type)
    content = call.text("Content", old.document.text)
    text = parse_control_policy(
        content, old.type, policy_arn(above, old.type, old.id), name
    )
    new = replace(
        old, name=name, description=call.text("Description", old.description), document=text
    )
    return account.with_organization(_with(above, new)), _shape(new)


@OPERATIONS.add("DeletePolicy")
def delete(account: Account, act: Act) -> Change:
    above = lookups.managed(account)
    gone = _own(above, act)
    if any(gone.id in held for held in above.attached.values()):
        raise lookups.refused("PolicyInUseException")
    return account.with_organization(
        replace(above, policies=above.policies.drop(gone.id))
    ), DONE


@OPERATIONS.add("ListPolicies")
def list_all(account: Account, act: Act) -> Change:
    above = lookups.managed(account)
    type = lookups.policy_type(act.call.text("Filter"))
    each = {**AWS_OWN, **above.policies}
    found = {id: known for id, known in each.items() if known.type == type}
    return account, next_page(act.call, "Policies", found, lambda id: summary(found[id]))


# ------------------------------------------------------------------ attachments
def _place(above: Organization, act: Act) -> str:
    """Returns the root, unit or account of TargetId. Raises TargetNotFoundException."""
    id = act.call.text("TargetId")
    if id not in above.units and id not in above.members:
        raise lookups.refused("TargetNotFoundException")
    return id


def _hung(above: Organization, place: str, type: str) -> Values:
    """Returns the policies of a type on a place."""
    return tuple(id for id in above.attached.get(place, ()) if _type(above, id) == type)


@OPERATIONS.add("AttachPolicy")
def attach(account: Account, act: Act) -> Change:
    above = lookups.managed(account)
    found = lookups.policy(above, act.call)
    place = _place(above, act)
    if found.type not in above.types:
        raise lookups.refused("PolicyTypeNotEnabledException")
    held = above.attached.get(place, ())
    if found.id in held:
        raise lookups.refused("DuplicatePolicyAttachmentException")
    if len(_hung(above, place, found.type)) >= ATTACHED:
        raise lookups.beyond("MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")
    return account.with_organization(
        replace(above, attached={**above.attached, place: (*held, found.id)})
    ), DONE


@OPERATIONS.add("DetachPolicy")
def detach(account: Account, act: Act) -> Change:
    """The last of a type stays: with none nothing would be let through."""
    above = lookups.managed(account)
    found = lookups.policy(above, act.call)
    place = _place(above, act)
    if found.id not in above.attached.get(place, ()):
        raise lookups.refused("PolicyNotAttachedException")
    if found.id in AWS_OWN and TYPES[found.type].full_stays:
        raise lookups.unfit("NON_DETACHABLE_POLICY")
    if len(_hung(above, place, found.type)) == 1:
        raise lookups.beyond("MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")
    kept = tuple(id for id in above.attached[place] if id != found.id)
    return account.with_organization(
        replace(above, attached={**above.attached, place: kept})
    ), DONE


@OPERATIONS.add("ListPoliciesForTarget")
def list_for_target(account: Account, act: Act) -> Change:
    """Those that hang on the very place, not what it has from above."""
    above = lookups.managed(account)
    type = lookups.policy_type(act.call.text("Filter"))
    hung = _hung(above, _place(above, act), type)
    found = {id: find_control_policy(above, id) for id in hung}
    shapes = {id: summary(known) for id, known in found.items() if known}
    return account, next_page(act.call, "Policies", shapes, lambda id: shapes[id])


@OPERATIONS.add("ListTargetsForPolicy")
def list_targets(account: Account, act: Act) -> Change:
    above = lookups.managed(account)
    found = lookups.policy(above, act.call)
    places = {
        place: _target(above, place)
        for place, held in above.attached.items()
        if found.id in held
    }
    return account, next_page(act.call, "Targets", places, lambda id: places[id])


def _target(above: Organization, place: str) -> dict[str, Json]:
    if member := above.members.get(place):
        return {
            "TargetId": place,
            "Arn": above.arn("account", place),
            "Name": member.name,
            "Type": "ACCOUNT",
        }
    unit = above.units[place]
    kind, type = ("ou", "ORGANIZATIONAL_UNIT") if unit.parent else ("root", "ROOT")
    return {
        "TargetId": place,
        "Arn": above.arn(kind, place),
        "Name": unit.name,
        "Type": type,
    }
