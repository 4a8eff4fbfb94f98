"""List what no call here can create: SSH keys, certificates and features of central root access.

The lists are empty, as in an account that has none. Tools that delete a user read them first.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSSHPublicKeys.html
"""

from __future__ import annotations

from coffeeshop.account import errors
from coffeeshop.account.model import Account, Act
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.services.lookups import is_about_root, named_user
from coffeeshop.account.services.paging import list_page
from coffeeshop.policy.model import Standing

OPERATIONS = Operations()
USER_LISTS = {  # operation -> its answer's member
    "ListSSHPublicKeys": "SSHPublicKeys",
    "ListSigningCertificates": "Certificates",
}
FEATURE_REFUSALS = {  # uncertain: the reference describes each, and has no text of an answer
    "OrganizationNotFoundException": "No organization is associated with your account.",
    "AccountNotManagementOrDelegatedAdministratorException": "The account is not the management account or a delegated "
    "administrator of the organization.",
    "ServiceAccessNotEnabledException": "Trusted access is not enabled for IAM in AWS Organizations.",
}


@OPERATIONS.add_with_standing(*USER_LISTS)
def list_nothing_of_user(account: Account, act: Act, standing: Standing) -> Change:
    """Answer that a user has none, once the user exists.

    The root user needs no UserName.
    """
    if not is_about_root(act.call, standing):
        named_user(account, act.call)
    member = USER_LISTS[act.call.operation]
    page = list_page(act.call, member, (), lambda name: name)
    return account, page


@OPERATIONS.add("ListOrganizationsFeatures")
def list_organizations_features(account: Account, act: Act) -> Change:
    """Refuse, as IAM does where it has no trusted access to the organization.

    No call here gives it access.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOrganizationsFeatures.html
    """
    organization = account.joined_organization
    if organization is None:
        code = "OrganizationNotFoundException"
    elif organization.management != account.id:
        code = "AccountNotManagementOrDelegatedAdministratorException"
    else:
        code = "ServiceAccessNotEnabledException"
    raise errors.service_error(code, FEATURE_REFUSALS[code])


@OPERATIONS.add("ListServerCertificates")
def list_server_certificates(account: Account, act: Act) -> Change:
    member = "ServerCertificateMetadataList"
    page = list_page(act.call, member, (), lambda name: name)
    return account, page
