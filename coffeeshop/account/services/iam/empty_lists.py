"""List what no call here can create: SSH keys and certificates.

The lists are empty, as in an account that has none. Tools that delete a user read them first.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSSHPublicKeys.html
"""

from __future__ import annotations

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


@OPERATIONS.add("ListServerCertificates")
def list_server_certificates(account: Account, act: Act) -> Change:
    member = "ServerCertificateMetadataList"
    page = list_page(act.call, member, (), lambda name: name)
    return account, page
