"""The target of a call to AWS Organizations, or its refusal, with the texts of the
refusals.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from msgspec.structs import replace

from coffeeshop.account import errors
from coffeeshop.account.access.control_policies import POLICY_TYPES, find_control_policy
from coffeeshop.account.model import Account, Call, ServiceError
from coffeeshop.account.organization import ControlPolicy, MemberAccount, Organization, Unit

EXCEPTION_TEXTS = {  # uncertain where AWS's reference, which describes each, has no text of an answer
    "AccessDeniedException": "You don't have permissions to access this resource.",
    "AWSOrganizationsNotInUseException": "Your account is not a member of an organization.",
    "AccountNotFoundException": "You specified an account that doesn't exist.",
    "AlreadyInOrganizationException": "The AWS account is already a member of an organization.",
    "ChildNotFoundException": "You specified a child that doesn't exist.",
    "CreateAccountStatusNotFoundException": "You specified a create account request that doesn't exist.",
    "DestinationParentNotFoundException": "You specified a destination parent that doesn't exist.",
    "DuplicateAccountException": "The account is already in the specified destination.",
    "DuplicateHandshakeException": "A handshake with the same action and target already exists.",
    "DuplicateOrganizationalUnitException": "An OU with the same name already exists.",
    "DuplicatePolicyAttachmentException": "The selected policy is already attached to the specified target.",
    "DuplicatePolicyException": "A policy with the same name already exists.",
    "HandshakeAlreadyInStateException": "The specified handshake is already in the requested state.",
    "HandshakeNotFoundException": "You specified a handshake that doesn't exist.",
    "InvalidHandshakeTransitionException": "You can't perform the operation on the handshake in its current state.",
    "MasterCannotLeaveOrganizationException": "You can't remove a management account from an organization.",
    "OrganizationalUnitNotEmptyException": "The specified OU is not empty.",
    "OrganizationalUnitNotFoundException": "You specified an organizational unit that doesn't exist.",
    "ParentNotFoundException": "You specified parent that doesn't exist.",
    "PolicyInUseException": "The policy is attached to one or more entities. You must detach it from all roots, "
    "organizational units (OUs), and accounts before performing this operation.",
    "PolicyNotAttachedException": "The policy isn't attached to the specified target in the specified root.",
    "PolicyNotFoundException": "You specified a policy that doesn't exist.",
    "PolicyTypeAlreadyEnabledException": "The specified policy type is already enabled.",
    "PolicyTypeNotEnabledException": "This operation can be performed only for enabled policy types.",
    "RootNotFoundException": "You specified a root that doesn't exist.",
    "SourceParentNotFoundException": "You specified a source parent that doesn't exist.",
    "TargetNotFoundException": "You specified a target that doesn't exist.",
}
CONSTRAINT_TEXTS = {  # reason of ConstraintViolationException, and that of handshakes -> its text (uncertain)
    "ACCOUNT_NUMBER_LIMIT_EXCEEDED": "You have exceeded the allowed number of AWS accounts.",
    "ALREADY_IN_AN_ORGANIZATION": EXCEPTION_TEXTS["AlreadyInOrganizationException"],
    "OU_DEPTH_LIMIT_EXCEEDED": "You have exceeded the allowed depth of organizational units.",
    "OU_NUMBER_LIMIT_EXCEEDED": "You have exceeded the allowed number of organizational units.",
    "POLICY_NUMBER_LIMIT_EXCEEDED": "You have exceeded the allowed number of policies.",
    "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED": "You have attached the maximum number of policies to the specified target.",
    "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED": "You cannot remove the last policy attached to the specified target. "
    "You must have at least one attached at all times.",
    "MAX_TAG_LIMIT_EXCEEDED": "You have exceeded the number of tags allowed on this resource.",
    "WAIT_PERIOD_ACTIVE": "This operation requires a wait period.",
}
INVALID_INPUT_TEXTS = {  # reason of InvalidInputException -> its text (uncertain)
    "DUPLICATE_TAG_KEY": "You provided tags with duplicate keys.",
    "IMMUTABLE_POLICY": "You specified a policy that is managed by AWS and can't be modified.",
    "INVALID_ENUM": "You specified an invalid value.",
    "NON_DETACHABLE_POLICY": "You can't detach this AWS Managed Policy.",
}


def refusal(code: str) -> ServiceError:
    """Return a refusal with Organizations' text for its code."""
    return errors.service_error(code, EXCEPTION_TEXTS[code])


def limit_exceeded(reason: str) -> ServiceError:
    """Return ConstraintViolationException with one of its reasons."""
    return errors.service_error(
        "ConstraintViolationException", CONSTRAINT_TEXTS[reason], reason
    )


def invalid_input(reason: str) -> ServiceError:
    """Return InvalidInputException with one of its reasons."""
    return errors.service_error(
        "InvalidInputException", INVALID_INPUT_TEXTS[reason], reason
    )


def no_handshake(reason: str) -> ServiceError:
    """Return HandshakeConstraintViolationException with one of its reasons."""
    return errors.service_error(
        "HandshakeConstraintViolationException", CONSTRAINT_TEXTS[reason], reason
    )


# ------------------------------------------------------------------ what is named
def own_organization(account: Account) -> Organization:
    """Return the account's organization. Raise AWSOrganizationsNotInUseException."""
    if account.joined_organization is None:
        raise refusal("AWSOrganizationsNotInUseException")
    return account.joined_organization


def managed_organization(account: Account) -> Organization:
    """Return the organization that the account manages.

    Raise AccessDeniedException for its other member accounts, whatever their policies say.
    """
    organization = own_organization(account)
    if organization.management != account.id:
        raise refusal("AccessDeniedException")
    return organization


def member_account(organization: Organization, id: str) -> MemberAccount:
    """Return the account of that id. Raise AccountNotFoundException."""
    if (member := organization.members.get(id)) is None:
        raise refusal("AccountNotFoundException")
    return member


def named_unit(
    organization: Organization, id: str, code: str = "ParentNotFoundException"
) -> Unit:
    """Return the root or the unit of that id. Raises `code`."""
    if (unit := organization.units.get(id)) is None:
        raise refusal(code)
    return unit


def named_policy(organization: Organization, call: Call) -> ControlPolicy:
    """Return the policy of PolicyId, the organization's or AWS's. Raise PolicyNotFoundException."""
    if (policy := find_control_policy(organization, call.text("PolicyId"))) is None:
        raise refusal("PolicyNotFoundException")
    return policy


def simulated_policy_type(type: str) -> str:
    """Return a type of policy that is simulated. Raise NotSimulated for the others."""
    if type not in POLICY_TYPES:
        raise errors.service_error(
            "NotSimulated",
            f"Policies of the type {type} are not simulated in this account.",
        )
    return type


def with_full_access(organization: Organization, target: str) -> Organization:
    """Return the organization with AWS's full-access policies attached to a new target.

    There is one for each enabled type of policy.
    """
    full_policies = tuple(POLICY_TYPES[type].full.id for type in organization.types)
    return replace(organization, attached={**organization.attached, target: full_policies})
