"""Tags of users, roles, managed policies, instance profiles, MFA devices and identity providers.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.credentials import MfaDevice
from coffeeshop.account.iam_resources import (
    InstanceProfile,
    ManagedPolicy,
    OidcProvider,
    Role,
    SamlProvider,
    User,
)
from coffeeshop.account.model import Account, Act, Call
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.lookups import (
    named_instance_profile,
    named_oidc_provider,
    named_policy,
    named_role,
    named_saml_provider,
    named_user,
)
from coffeeshop.account.services.paging import list_page
from coffeeshop.account.services.tagging import add_iam_tags
from coffeeshop.account.values import Tags

Bearer: TypeAlias = (
    User | Role | ManagedPolicy | InstanceProfile | MfaDevice | OidcProvider | SamlProvider
)


OPERATIONS = Operations()


def _tagged_thing(account: Account, call: Call) -> Bearer:
    """Return the thing that a call's parameters name."""
    if "PolicyArn" in call.parameters:
        return _refuse_aws_policy(account, named_policy(account, call))
    if "InstanceProfileName" in call.parameters:
        return named_instance_profile(account, call)
    if "SerialNumber" in call.parameters:
        return _virtual_device(account, call.text("SerialNumber"))
    if "OpenIDConnectProviderArn" in call.parameters:
        return named_oidc_provider(account, call)
    if "SAMLProviderArn" in call.parameters:
        return named_saml_provider(account, call)
    if "RoleName" in call.parameters:
        return named_role(account, call)
    return named_user(account, call)


def _refuse_aws_policy(account: Account, policy: ManagedPolicy) -> ManagedPolicy:
    """Return a customer managed policy. Raise InvalidInput for an AWS managed policy, which can't be tagged."""
    if policy.arn not in account.policies:
        raise errors.service_error(
            "InvalidInput", "Tags not supported for policies in this domain"
        )
    return policy


def _virtual_device(account: Account, serial: str) -> MfaDevice:
    """Return the virtual device with a serial. Other devices can't have tags."""
    device = account.devices.get(serial)
    if device is None or ":mfa/" not in serial:
        raise errors.no_such_entity("device", serial)
    return device


def _has_case_sensitive_keys(bearer: Bearer) -> bool:
    """Return whether tag keys that differ only in case are two keys: not on users and
    roles.
    """
    return not isinstance(bearer, User | Role)


def _with_tags(account: Account, bearer: Bearer, tags: Tags) -> Change:
    """Return the account in which the thing has exactly these tags."""
    match bearer:
        case ManagedPolicy():
            policies = account.policies.put(bearer.arn, replace(bearer, tags=tags))
            account = replace(account, policies=policies)
            return account, EMPTY_REPLY
        case InstanceProfile():
            profiles = account.instance_profiles.put(
                bearer.name.lower(), replace(bearer, tags=tags)
            )
            account = replace(account, instance_profiles=profiles)
            return account, EMPTY_REPLY
        case MfaDevice():
            account = replace(
                account,
                devices=account.devices.put(bearer.serial, replace(bearer, tags=tags)),
            )
            return account, EMPTY_REPLY
        case OidcProvider():
            arn = ids.arn(account, "oidc-provider", bearer.url)
            oidc_providers = account.oidc_providers.put(arn, replace(bearer, tags=tags))
            account = replace(account, oidc_providers=oidc_providers)
            return account, EMPTY_REPLY
        case SamlProvider():
            arn = ids.arn(account, "saml-provider", bearer.name)
            saml_providers = account.saml_providers.put(arn, replace(bearer, tags=tags))
            account = replace(account, saml_providers=saml_providers)
            return account, EMPTY_REPLY
        case _:
            account = account.put(replace(bearer, tags=tags))
            return account, EMPTY_REPLY


@OPERATIONS.add(
    "TagUser",
    "TagRole",
    "TagPolicy",
    "TagInstanceProfile",
    "TagMFADevice",
    "TagOpenIDConnectProvider",
    "TagSAMLProvider",
)
def tag_resource(account: Account, act: Act) -> Change:
    """Add tags to a thing, and overwrite those with the same key."""
    bearer = _tagged_thing(account, act.call)
    if not act.call.tags:
        # uncertain
        raise errors.service_error("InvalidInput", "The list of tags is empty.")
    return _with_tags(
        account,
        bearer,
        add_iam_tags(
            bearer.tags, act.call, case_sensitive=_has_case_sensitive_keys(bearer)
        ),
    )


@OPERATIONS.add(
    "UntagUser",
    "UntagRole",
    "UntagPolicy",
    "UntagInstanceProfile",
    "UntagMFADevice",
    "UntagOpenIDConnectProvider",
    "UntagSAMLProvider",
)
def untag_resource(account: Account, act: Act) -> Change:
    """Remove tags of a thing by key. Users and roles have tag keys that ignore case."""
    bearer = _tagged_thing(account, act.call)
    keys = act.call.words("TagKeys")
    case_sensitive = _has_case_sensitive_keys(bearer)
    if case_sensitive:
        removed_keys = set(keys)
    else:
        removed_keys = {key.lower() for key in keys}
    tags = {
        key: value
        for key, value in bearer.tags.items()
        if (key if case_sensitive else key.lower()) not in removed_keys
    }
    return _with_tags(account, bearer, tags)


@OPERATIONS.add(
    "ListUserTags",
    "ListRoleTags",
    "ListPolicyTags",
    "ListInstanceProfileTags",
    "ListMFADeviceTags",
    "ListOpenIDConnectProviderTags",
    "ListSAMLProviderTags",
)
def list_tags(account: Account, act: Act) -> Change:
    tags = _tagged_thing(account, act.call).tags
    page = list_page(act.call, "Tags", tags, lambda key: {"Key": key, "Value": tags[key]})
    return account, page
