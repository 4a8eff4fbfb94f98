"""OIDC identity providers: issuers outside AWS whose tokens can open a session in a role.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.iam_resources import OidcProvider
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.lookups import named_oidc_provider
from coffeeshop.account.services.tagging import add_iam_tags, tag_list
from coffeeshop.account.values import JsonObject
from coffeeshop.policy.model import Values

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MAX_PROVIDERS = 100
CLIENT_IDS = 100
MAX_THUMBPRINTS = 5
BAD_URL = "Invalid Open ID Connect Provider URL"
HOST_PATTERN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
PATH_PATTERN = re.compile(r"(/[\w.~%+=:@-]*)*", re.ASCII)

OPERATIONS = Operations()


def _with_provider(account: Account, provider: OidcProvider) -> Account:
    arn = ids.arn(account, "oidc-provider", provider.url)
    return replace(account, oidc_providers=account.oidc_providers.put(arn, provider))


def _provider_url(call: Call) -> str:
    """Return the URL of a new provider without its scheme. Raise ValidationError or InvalidInput.

    It must begin with https://, and have no port and no query.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
    """
    url = call.text("Url")
    parts = _split_url(url)
    if parts is None or not parts.scheme or not parts.netloc:
        raise errors.validation_error(BAD_URL)
    if parts.scheme.lower() != "https":
        # uncertain
        raise errors.service_error(
            "InvalidInput", f"{BAD_URL}. The URL must begin with https://."
        )
    is_plain = HOST_PATTERN.fullmatch(parts.netloc) and PATH_PATTERN.fullmatch(parts.path)
    if not is_plain or parts.query or parts.fragment:
        raise errors.service_error("InvalidInput", f"{BAD_URL}.")  # uncertain
    return f"{parts.netloc}{parts.path}"


def _split_url(url: str) -> SplitResult | None:
    """Return the parts of a URL, or None if it is malformed."""
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _check_client_ids(client_ids: Values) -> None:
    """Raise LimitExceeded if a provider would have too many client ids."""
    errors.check_quota(len(client_ids) - 1, CLIENT_IDS, "ClientIdsPerOpenIdConnectProvider")


def _thumbprints(call: Call) -> Values:
    """Return the call's thumbprints. Raise InvalidInput if there are too many.

    Nothing is fetched, so a new provider without any gets none.
    """
    thumbprints = call.words("ThumbprintList")
    if len(thumbprints) > MAX_THUMBPRINTS:
        text = f"Thumbprint list must contain fewer than {MAX_THUMBPRINTS} entries."
        raise errors.service_error("InvalidInput", text)
    return tuple(thumbprint.lower() for thumbprint in thumbprints)


@OPERATIONS.add("CreateOpenIDConnectProvider")
def create_oidc_provider(account: Account, act: Act) -> Change:
    call = act.call
    url = _provider_url(call)
    arn = ids.arn(account, "oidc-provider", url)
    if arn in account.oidc_providers:
        raise errors.entity_already_exists("OIDC provider", call.text("Url"))
    client_ids = tuple(dict.fromkeys(call.words("ClientIDList")))
    _check_client_ids(client_ids)
    errors.check_quota(
        account.oidc_providers, MAX_PROVIDERS, "OpenIdConnectProvidersPerAccount"
    )  # uncertain
    tags = add_iam_tags({}, call, case_sensitive=True)
    provider = OidcProvider(url, act.at, client_ids, _thumbprints(call), tags)
    body: JsonObject = {"OpenIDConnectProviderArn": arn}
    if tags:
        body["Tags"] = tag_list(tags)
    return _with_provider(account, provider), Reply(body)


@OPERATIONS.add("GetOpenIDConnectProvider")
def get_oidc_provider(account: Account, act: Act) -> Change:
    provider = named_oidc_provider(account, act.call)
    body: JsonObject = {
        "Url": provider.url,
        "ClientIDList": provider.client_ids,
        "ThumbprintList": provider.thumbprints,
        "CreateDate": format_timestamp(provider.created),
    }
    if provider.tags:
        body["Tags"] = tag_list(provider.tags)
    return account, Reply(body)


@OPERATIONS.add("ListOpenIDConnectProviders")
def list_oidc_providers(account: Account, act: Act) -> Change:
    arns = tuple({"Arn": arn} for arn in account.oidc_providers)
    return account, Reply({"OpenIDConnectProviderList": arns})


@OPERATIONS.add("DeleteOpenIDConnectProvider")
def delete_oidc_provider(account: Account, act: Act) -> Change:
    """Delete a provider. Trust policies that name it stay. To delete a missing one succeeds.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html
    """
    arn = act.call.text("OpenIDConnectProviderArn")
    if arn not in account.oidc_providers:
        return account, EMPTY_REPLY
    account = replace(account, oidc_providers=account.oidc_providers.drop(arn))
    return account, EMPTY_REPLY


@OPERATIONS.add("AddClientIDToOpenIDConnectProvider")
def add_client_id(account: Account, act: Act) -> Change:
    """Add an audience to those that a provider accepts. To add one again succeeds."""
    provider = named_oidc_provider(account, act.call)
    client_ids = tuple(dict.fromkeys((*provider.client_ids, act.call.text("ClientID"))))
    _check_client_ids(client_ids)
    return _with_provider(account, replace(provider, client_ids=client_ids)), EMPTY_REPLY


@OPERATIONS.add("RemoveClientIDFromOpenIDConnectProvider")
def remove_client_id(account: Account, act: Act) -> Change:
    """Remove an audience of a provider. To remove one that it lacks succeeds."""
    provider = named_oidc_provider(account, act.call)
    removed = act.call.text("ClientID")
    client_ids = tuple(id for id in provider.client_ids if id != removed)
    return _with_provider(account, replace(provider, client_ids=client_ids)), EMPTY_REPLY


@OPERATIONS.add("UpdateOpenIDConnectProviderThumbprint")
def update_thumbprints(account: Account, act: Act) -> Change:
    """Replace all thumbprints of a provider."""
    provider = named_oidc_provider(account, act.call)
    provider = replace(provider, thumbprints=_thumbprints(act.call))
    return _with_provider(account, provider), EMPTY_REPLY
