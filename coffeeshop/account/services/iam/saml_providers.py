"""SAML identity providers. Their metadata document is checked and stored. No assertion is exchanged here.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml.html
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.iam_resources import SamlProvider
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.lookups import named_saml_provider
from coffeeshop.account.services.tagging import add_iam_tags, tag_list
from coffeeshop.account.values import JsonObject

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MAX_PROVIDERS = 100
METADATA_NAMESPACE = "urn:oasis:names:tc:SAML:2.0:metadata"
SIGNATURE_NAMESPACE = "http://www.w3.org/2000/09/xmldsig#"
UNREADABLE_METADATA = "Could not parse metadata"
UUID_LETTERS = 24
VALID_YEARS = 100  # AWS shows ValidUntil that long after the creation (seen)

OPERATIONS = Operations()


class _Metadata:
    """Collects what AWS requires of a metadata document: the issuer, the role of an identity provider, and a key."""

    def __init__(self) -> None:
        self.depth = 0
        self.issuer = ""
        self.has_role = False
        self.has_key = False

    def start_element(self, name: str, attributes: dict[str, str]) -> None:
        if not self.depth and name == f"{METADATA_NAMESPACE} EntityDescriptor":
            self.issuer = attributes.get("entityID", "")
        self.has_role = self.has_role or name == f"{METADATA_NAMESPACE} IDPSSODescriptor"
        is_key = self.has_role and name == f"{SIGNATURE_NAMESPACE} X509Certificate"
        self.has_key = self.has_key or is_key
        self.depth += 1

    def end_element(self, name: str) -> None:
        self.depth -= 1

    @property
    def is_complete(self) -> bool:
        return bool(self.issuer) and self.has_role and self.has_key


def _refuse_doctype(*_: object) -> None:
    """Raise ValueError for a document type, which could define entities without end."""
    raise ValueError("a document type")


def _metadata_document(call: Call) -> str:
    """Return the call's metadata document. Raise InvalidInput if it doesn't describe an identity provider.

    It must be UTF-8 without a byte order mark, and name the issuer and a certificate.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateSAMLProvider.html
    """
    from xml.parsers import expat  # few plays have a provider of SAML

    text = call.text("SAMLMetadataDocument")
    metadata = _Metadata()
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.StartElementHandler = metadata.start_element
    parser.EndElementHandler = metadata.end_element
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(text.encode(), True)
    except (expat.ExpatError, ValueError):
        raise errors.service_error("InvalidInput", UNREADABLE_METADATA) from None
    if text.startswith("\ufeff") or not metadata.is_complete:
        raise errors.service_error("InvalidInput", UNREADABLE_METADATA)
    return text


def _with_provider(account: Account, provider: SamlProvider) -> Account:
    arn = ids.arn(account, "saml-provider", provider.name)
    return replace(account, saml_providers=account.saml_providers.put(arn, provider))


def _valid_until(created: datetime) -> str:
    """Return when a provider ends: a hundred years after it was created."""
    day = min(created.day, 28) if created.month == 2 else created.day
    return format_timestamp(created.replace(year=created.year + VALID_YEARS, day=day))


@OPERATIONS.add("CreateSAMLProvider")
def create_saml_provider(account: Account, act: Act) -> Change:
    call = act.call
    name = call.text("Name")
    metadata = _metadata_document(call)
    arn = ids.arn(account, "saml-provider", name)
    if arn in account.saml_providers:
        raise errors.entity_already_exists("SAML provider", name)  # uncertain
    # uncertain
    errors.check_quota(account.saml_providers, MAX_PROVIDERS, "SAMLProvidersPerAccount")
    tags = add_iam_tags({}, call, case_sensitive=True)
    account, drawn_bytes = ids.draw_next_bytes(account, "saml-provider", name)
    uuid = ids.draw_letters(drawn_bytes, UUID_LETTERS, "saml-provider")
    provider = SamlProvider(name, uuid, act.at, metadata, tags)
    body: JsonObject = {"SAMLProviderArn": arn}
    if tags:
        body["Tags"] = tag_list(tags)
    return _with_provider(account, provider), Reply(body)


@OPERATIONS.add("GetSAMLProvider")
def get_saml_provider(account: Account, act: Act) -> Change:
    provider = named_saml_provider(account, act.call)
    body: JsonObject = {
        "SAMLProviderUUID": provider.uuid,
        "SAMLMetadataDocument": provider.metadata,
        "CreateDate": format_timestamp(provider.created),
        "ValidUntil": _valid_until(provider.created),
    }
    if provider.tags:
        body["Tags"] = tag_list(provider.tags)
    return account, Reply(body)


@OPERATIONS.add("ListSAMLProviders")
def list_saml_providers(account: Account, act: Act) -> Change:
    rows = tuple(
        {
            "Arn": arn,
            "ValidUntil": _valid_until(provider.created),
            "CreateDate": format_timestamp(provider.created),
        }
        for arn, provider in account.saml_providers.items()
    )
    return account, Reply({"SAMLProviderList": rows})


@OPERATIONS.add("UpdateSAMLProvider")
def update_saml_provider(account: Account, act: Act) -> Change:
    """Replace a provider's metadata document. Without one, nothing changes."""
    provider = named_saml_provider(account, act.call)
    if "SAMLMetadataDocument" in act.call.parameters:
        provider = replace(provider, metadata=_metadata_document(act.call))
    body = {"SAMLProviderArn": act.call.text("SAMLProviderArn")}
    return _with_provider(account, provider), Reply(body)


@OPERATIONS.add("DeleteSAMLProvider")
def delete_saml_provider(account: Account, act: Act) -> Change:
    """Delete a provider. Trust policies that name it stay."""
    named_saml_provider(account, act.call)
    arn = act.call.text("SAMLProviderArn")
    account = replace(account, saml_providers=account.saml_providers.drop(arn))
    return account, EMPTY_REPLY
