"""The requests of the operations of AWS Organizations and CloudTrail.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html
"""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account import ids
from coffeeshop.account.access.control_policies import find_control_policy, policy_arn
from coffeeshop.account.access.data_requests import Context, request_tags, resource_tags
from coffeeshop.account.model import Account, Call
from coffeeshop.account.organization import Organization
from coffeeshop.account.values import Tags
from coffeeshop.policy.model import Request

ID_PARAMETERS = (  # the parameters that name a thing of an organization, in the order of the requests
    *(
        "PolicyId",
        "AccountId",
        "OrganizationalUnitId",
        "RootId",
        "ChildId",
        "ResourceId",
        "HandshakeId",
    ),
    *("SourceParentId", "DestinationParentId", "ParentId", "TargetId"),
)
TYPE_PARAMETERS = ("PolicyType", "Filter", "Type")  # the parameters that hold a policy type


def new_policy_id(account: Account, name: str) -> tuple[Account, str]:
    """Return the id that a new policy with this name gets."""
    account, end = ids.new_organizations_id(account, "control policy", name.lower(), 8)
    return account, f"p-{end}"


def organization_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield a request for each thing that a call names, or one for "*" if it names nothing."""
    organization = account.joined_organization
    action = f"organizations:{call.operation}"
    context = request_tags(call)
    if organization is None:
        yield Request(action, "*", context)
        return
    context |= _policy_type_context(organization, call)
    if call.operation == "CreatePolicy":
        _, policy_id = new_policy_id(account, call.text("Name"))
        yield Request(
            action, policy_arn(organization, call.text("Type"), policy_id), context
        )
        return
    ids_in_call = [call.text(name) for name in ID_PARAMETERS if call.text(name)]
    for id in ids_in_call or ["*"]:
        tags = resource_tags(_existing_tags(organization, id), "aws:")
        yield Request(action, organization_arn(organization, id), {**tags, **context})


def _policy_type_context(organization: Organization, call: Call) -> Context:
    """Return the context key for the type of the policy that a call names, or for the type that it has as parameter."""
    policy_id = call.text("PolicyId") or call.text("ResourceId")
    policy = find_control_policy(organization, policy_id)
    types_in_call = (call.text(name) for name in TYPE_PARAMETERS if call.text(name))
    type = policy.type if policy else next(types_in_call, "")
    if type:
        return {"organizations:PolicyType": (type,)}
    return {}


def organization_arn(organization: Organization, id: str) -> str:
    """Return the ARN for an id in an organization, or "*" if an organization has no ids of that form."""
    match id.partition("-")[0]:
        case "p":
            policy = find_control_policy(organization, id)
            type = policy.type if policy else "service_control_policy"
            return policy_arn(organization, type, id)
        case "r":
            return organization.arn("root", id)
        case "ou":
            return organization.arn("ou", id)
        case "h":
            return organization.arn("handshake", f"invite/{id}")
        case _:
            if id.isdigit():
                return organization.arn("account", id)
            return "*"


def _existing_tags(organization: Organization, id: str) -> Tags:
    """Return the tags of an organization's account, unit or policy."""
    tagged = (
        organization.members.get(id)
        or organization.units.get(id)
        or find_control_policy(organization, id)
    )
    return tagged.tags if tagged else {}


# ------------------------------------------------------------------ CloudTrail
def trail_name(call: Call) -> str:
    """Return a trail's name, given as a name or an ARN."""
    given_name = call.text("Name") or call.text("TrailName")
    return given_name.rsplit(":trail/", 1)[-1]


def trail_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield a call's action on its trail."""
    arn = ids.arn(account, "trail", trail_name(call))
    yield Request(f"cloudtrail:{call.operation}", arn)


def trail_tag_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield a request to list the tags of each trail that ListTags names, or one for "*"."""
    for arn in call.words("ResourceIdList") or ("*",):
        yield Request("cloudtrail:ListTags", arn)
