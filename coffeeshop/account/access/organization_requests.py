"""What the operations of AWS Organizations and CloudTrail ask of IAM.

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

NAMING = (  # every parameter that names something of an organization's, in the order in which it is asked for
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
TYPED = ("PolicyType", "Filter", "Type")  # the parameters that hold a type of policy


def new_policy_id(account: Account, name: str) -> tuple[Account, str]:
    """Returns the id that a policy of this name gets."""
    account, end = ids.new_organizations_id(account, "control policy", name.lower(), 8)
    return account, f"p-{end}"


def organization_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yields a request for each thing that a call names; on "*" where it names nothing."""
    above = account.joined_organization
    action = f"organizations:{call.operation}"
    context = request_tags(call)
    if above is None:
        yield Request(action, "*", context)
        return
    context |= _policy_type(above, call)
    if call.operation == "CreatePolicy":
        _, id = new_policy_id(account, call.text("Name"))
        yield Request(action, policy_arn(above, call.text("Type"), id), context)
        return
    named = [id for parameter in NAMING if (id := call.text(parameter))]
    for id in named or ["*"]:
        tags = resource_tags(_tags(above, id), "aws:")
        yield Request(action, organization_arn(above, id), {**tags, **context})


def _policy_type(above: Organization, call: Call) -> Context:
    found = find_control_policy(above, call.text("PolicyId") or call.text("ResourceId"))
    given = next((call.text(name) for name in TYPED if call.text(name)), "")
    type = found.type if found else given
    if type:
        return {"organizations:PolicyType": (type,)}
    return {}


def organization_arn(above: Organization, id: str) -> str:
    """Returns the ARN of what an id names in an organization; "*" where its form is none of an organization's."""
    match id.partition("-")[0]:
        case "p":
            found = find_control_policy(above, id)
            return policy_arn(above, found.type if found else "service_control_policy", id)
        case "r":
            return above.arn("root", id)
        case "ou":
            return above.arn("ou", id)
        case "h":
            return above.arn("handshake", f"invite/{id}")
        case _:
            return above.arn("account", id) if id.isdigit() else "*"


def _tags(above: Organization, id: str) -> Tags:
    held = above.members.get(id) or above.units.get(id) or find_control_policy(above, id)
    return held.tags if held else {}


# ------------------------------------------------------------------ CloudTrail
def trail_name(call: Call) -> str:
    """Returns a trail's name, given as name or ARN."""
    return call.text("Name").rsplit(":trail/", 1)[-1]


def trail_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yields what a call asks on its trail."""
    yield Request(
        f"cloudtrail:{call.operation}", ids.arn(account, "trail", trail_name(call))
    )
