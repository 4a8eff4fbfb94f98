"""The policies that an organization lays over its accounts: their types, AWS's own, and which bear on an account.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_authorization_policies.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from msgspec import Struct

from coffeeshop.account import errors
from coffeeshop.account.model import Account
from coffeeshop.account.organization import ControlPolicy, Organization
from coffeeshop.account.values import Document
from coffeeshop.policy.language.parse import examine_policy, parse
from coffeeshop.policy.model import Fixed, Kind, Layer, Policy

FULL = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
)
FULL_OF_RESOURCES = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
SIZE = 5120  # characters, white space included, as the CLI sends them
ATTACHED = 5  # policies of one type on one root, unit or account, at most


class PolicyType(Struct, frozen=True):
    """A type of policy: the grammar of its documents, AWS's own policy that lets everything through, how many there may
    be, and whether AWS's own must stay where it is.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
    """

    kind: Kind
    full: ControlPolicy
    most: int
    full_stays: bool = False


def _full(name: str, type: str, kind: Kind, text: str) -> ControlPolicy:
    arn = f"arn:aws:organizations::aws:policy/{type.lower()}/p-{name}"
    policy = replace(parse(text, kind, arn), title=name)
    return ControlPolicy(
        f"p-{name}", name, type, Document(text, policy), "Allows access to every operation"
    )


SCP = "SERVICE_CONTROL_POLICY"
RCP = "RESOURCE_CONTROL_POLICY"
TYPES: Mapping[str, PolicyType] = {
    SCP: PolicyType(Kind.SCP, _full("FullAWSAccess", SCP, Kind.SCP, FULL), 10_000),
    RCP: PolicyType(
        Kind.RCP,
        _full("RCPFullAWSAccess", RCP, Kind.RCP, FULL_OF_RESOURCES),
        1000,
        full_stays=True,
    ),
}
AWS_OWN: Mapping[str, ControlPolicy] = {row.full.id: row.full for row in TYPES.values()}


def find_control_policy(organization: Organization, id: str) -> ControlPolicy | None:
    """Returns the organization's or AWS's policy of that id."""
    return organization.policies.get(id) or AWS_OWN.get(id)


def policy_arn(organization: Organization, type: str, id: str) -> str:
    """Returns the ARN of a policy of that type and id, AWS's or one that the organization has or would make."""
    if id in AWS_OWN:
        return AWS_OWN[id].document.policy.name
    return organization.arn("policy", f"{type.lower()}/{id}")


def parse_control_policy(text: str, type: str, arn: str, name: str) -> Document:
    """Returns the document of a policy of that type and name. Raises MalformedPolicyDocumentException, or
    ConstraintViolationException where it is too long.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html
    """
    policy, _ = examine_policy(text, TYPES[type].kind, arn)
    if policy is None:
        raise errors.service_error(
            "MalformedPolicyDocumentException",
            "The provided policy document does not meet the requirements of the specified policy type.",
        )
    if len(text) > SIZE:
        text = "You have exceeded the maximum policy size."
        raise errors.service_error(
            "ConstraintViolationException", text, "POLICY_CONTENT_LIMIT_EXCEEDED"
        )
    return Document(text, replace(policy, title=name))


def policy_levels(
    organization: Organization, account: str, type: str
) -> Iterator[tuple[Policy, ...]]:
    """Yields the policies of a type at each level above an account, the root's first and its own last: each level must
    let a request through. None binds the managing account, or anybody while the type is not enabled.
    """
    if account == organization.management or type not in organization.types:
        return
    for place in organization.path(account):
        held = (
            find_control_policy(organization, id)
            for id in organization.attached.get(place, ())
        )
        yield tuple(found.document.policy for found in held if found and found.type == type)


def organization_layers(account: Account, theirs: str) -> Iterator[Layer]:
    """Yields what organizations lay over a request of somebody of the account `theirs` ("": of none) to this one: SCPs
    bind the principals of an account, RCPs its resources.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
    """
    above = account.joined_organization
    if above is None:
        return
    if theirs in above.members:
        yield from (Layer(Kind.SCP, level) for level in policy_levels(above, theirs, SCP))
    yield from (Layer(Kind.RCP, level) for level in policy_levels(above, account.id, RCP))


def organization_keys(account: Account, theirs: str) -> dict[str, Fixed]:
    """Returns in which organization, and where in it, the account of a principal is, as far as this one can know."""
    above = account.joined_organization
    if above is None or theirs not in above.members:
        return {}
    return {
        "aws:PrincipalOrgID": (above.id,),
        "aws:PrincipalOrgPaths": (org_path(above, theirs),),
    }


def org_path(above: Organization, account: str) -> str:
    """Returns the place of an account as the context of a request has it: o-…/r-…/ou-…/.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths
    """
    return "".join(f"{part}/" for part in (above.id, *above.path(account)[:-1]))
