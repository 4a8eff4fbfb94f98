"""Lists of what no call makes here: SSH keys, certificates, credentials of single services, identity providers.

An account without them answers with an empty list, and that is true of this one; tools that delete a user read them
first. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSSHPublicKeys.html
"""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account.model import Account, Act, Reply
from coffeeshop.account.services import Apply, Change
from coffeeshop.account.services.lookups import is_roots_own, user
from coffeeshop.account.services.paging import page
from coffeeshop.policy.model import Standing


def _of_user(member: str) -> Apply:
    """Returns what lists what a user holds; of everybody (`AllUsers`), and of root, who names nobody, there is nothing
    either.
    """

    def apply(account: Account, who: Standing, act: Act) -> Change:
        everybody = act.call.parameters.get("AllUsers") is True
        if not everybody and not is_roots_own(who, act.call):
            user(account, act.call)
        return account, page(act.call, member, (), lambda name: name)

    return apply


def _of_account(member: str) -> Apply:
    def apply(account: Account, who: Standing, act: Act) -> Change:
        return account, page(act.call, member, (), lambda name: name)

    return apply


def _unpaged(member: str) -> Apply:
    def apply(account: Account, who: Standing, act: Act) -> Change:
        return account, Reply({member: ()})

    return apply


OPERATIONS: Mapping[str, Apply] = {
    "ListSSHPublicKeys": _of_user("SSHPublicKeys"),
    "ListSigningCertificates": _of_user("Certificates"),
    "ListServiceSpecificCredentials": _of_user("ServiceSpecificCredentials"),
    "ListServerCertificates": _of_account("ServerCertificateMetadataList"),
    "ListOpenIDConnectProviders": _unpaged("OpenIDConnectProviderList"),
    "ListSAMLProviders": _unpaged("SAMLProviderList"),
}
