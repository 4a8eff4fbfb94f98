"""Authorization policies of organizations: their types, AWS's own policies, and which of them apply to an account.

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

SCP_ALLOWING_ALL = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
)
RCP_ALLOWING_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
MAX_DOCUMENT_LENGTH = 5120  # characters, white space included, as the CLI sends them
MAX_ATTACHED = 5  # policies of one type on one root, unit or account, at most


class PolicyType(Struct, frozen=True):
    """A type of policy.

    `kind` is the grammar of its documents, `full` is AWS's own policy that allows everything, and `most` is how many
    policies there can be. If `full_stays`, nobody can detach AWS's own policy.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
    """

    kind: Kind
    full: ControlPolicy
    most: int
    full_stays: bool = False


def _aws_policy(name: str, type: str, kind: Kind, text: str) -> ControlPolicy:
    """Return one of AWS's own organization policies, such as FullAWSAccess."""
    id = f"p-{name}"
    arn = f"arn:aws:organizations::aws:policy/{type.lower()}/{id}"
    policy = replace(parse(text, kind, arn), title=name)
    document = Document(text, policy)
    return ControlPolicy(id, name, type, document, "Allows access to every operation")


SCP_TYPE = "SERVICE_CONTROL_POLICY"
RCP_TYPE = "RESOURCE_CONTROL_POLICY"
POLICY_TYPES: Mapping[str, PolicyType] = {
    SCP_TYPE: PolicyType(
        Kind.SCP,
        _aws_policy("FullAWSAccess", SCP_TYPE, Kind.SCP, SCP_ALLOWING_ALL),
        10_000,
    ),
    RCP_TYPE: PolicyType(
        Kind.RCP,
        _aws_policy("RCPFullAWSAccess", RCP_TYPE, Kind.RCP, RCP_ALLOWING_ALL),
        1000,
        full_stays=True,
    ),
}
AWS_OWN: Mapping[str, ControlPolicy] = {
    row.full.id: row.full for row in POLICY_TYPES.values()
}


def find_control_policy(organization: Organization, id: str) -> ControlPolicy | None:
    """Return the organization's or AWS's policy with that id."""
    return organization.policies.get(id) or AWS_OWN.get(id)


def policy_arn(organization: Organization, type: str, id: str) -> str:
    """Return the ARN of a policy: of AWS's, or of one that the organization has or would make."""
    if id in AWS_OWN:
        return AWS_OWN[id].document.policy.name
    return organization.arn("policy", f"{type.lower()}/{id}")


def parse_control_policy(text: str, type: str, arn: str, name: str) -> Document:
    """Return the document of a policy of that type and name.

    Raise MalformedPolicyDocumentException, or ConstraintViolationException if it is too long. An RCP can
    only deny: AWS's own RCPFullAWSAccess is the one that allows.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
    """
    policy, _ = examine_policy(text, POLICY_TYPES[type].kind, arn)
    is_granting_rcp = (
        policy is not None
        and type == RCP_TYPE
        and any(statement.effect == "Allow" for statement in policy.statements)
    )
    if policy is None or is_granting_rcp:
        raise errors.service_error(
            "MalformedPolicyDocumentException",
            "The provided policy document does not meet the requirements of the specified policy type.",
        )
    if len(text) > MAX_DOCUMENT_LENGTH:
        text = "You have exceeded the maximum policy size."
        raise errors.service_error(
            "ConstraintViolationException", text, "POLICY_CONTENT_LIMIT_EXCEEDED"
        )
    return Document(text, replace(policy, title=name))


def policy_levels(
    organization: Organization, account: str, type: str
) -> Iterator[tuple[Policy, ...]]:
    """Yield the policies of a type at each level above an account, from the root to the account itself.

    Each level must allow a request. There is no level for the management account, or while the type isn't enabled.
    """
    if account == organization.management or type not in organization.types:
        return
    for id in organization.path(account):
        attached_ids = organization.attached.get(id, ())
        policies = [
            find_control_policy(organization, policy_id) for policy_id in attached_ids
        ]
        yield tuple(
            policy.document.policy for policy in policies if policy and policy.type == type
        )


def organization_layers(account: Account, caller_account: str) -> Iterator[Layer]:
    """Yield the SCPs and RCPs for a request to this account by a principal of `caller_account` ("" for none).

    SCPs bind the principals of an account, and RCPs its resources.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
    """
    organization = account.joined_organization
    if organization is None:
        return
    if caller_account in organization.members:
        for level in policy_levels(organization, caller_account, SCP_TYPE):
            yield Layer(Kind.SCP, level)
    for level in policy_levels(organization, account.id, RCP_TYPE):
        yield Layer(Kind.RCP, level)


def organization_keys(account: Account, principal_account: str) -> dict[str, Fixed]:
    """Return the context keys about the organization of a principal's account, as far as this account can know it."""
    organization = account.joined_organization
    if organization is None or principal_account not in organization.members:
        return {}
    return {
        "aws:PrincipalOrgID": (organization.id,),
        "aws:PrincipalOrgPaths": (org_path(organization, principal_account),),
    }


def org_path(organization: Organization, account: str) -> str:
    """Return an account's place in its organization, in the form of aws:PrincipalOrgPaths: o-…/r-…/ou-…/.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths
    """
    ids_above_account = organization.path(account)[:-1]
    return "".join(f"{id}/" for id in (organization.id, *ids_above_account))
