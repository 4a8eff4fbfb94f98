"""List the identity providers of the account, and the parts of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from coffeeshop.account import ids
from coffeeshop.account.iam_resources import OidcProvider, SamlProvider
from coffeeshop.account.model import Account
from coffeeshop.account.values import Tags
from coffeeshop.views.rows import Row
from coffeeshop.views.text import count_noun
from coffeeshop.views.things.item import Item, Noun, fact_row, part_item

OIDC_ARN_MEMBER, SAML_ARN_MEMBER = "OpenIDConnectProviderArn", "SAMLProviderArn"


def providers(account: Account) -> tuple[Item, ...]:
    """Return the identity providers, OIDC before SAML."""
    oidc_items = (
        Item(arn, _provider_row("OIDC", each.url), "oidc-provider", {OIDC_ARN_MEMBER: arn})
        for arn, each in account.oidc_providers.items()
    )
    saml_items = (
        Item(arn, _provider_row("SAML", each.name), "saml-provider", {SAML_ARN_MEMBER: arn})
        for arn, each in account.saml_providers.items()
    )
    return (*oidc_items, *saml_items)


def _provider_row(kind: str, name: str) -> Row:
    """Return the row of a provider in the list."""
    return Row(kind, None, name, "muted")


def trusting_roles(account: Account, arn: str) -> tuple[str, ...]:
    """Return the names of the roles whose trust policies allow an identity provider, sorted."""
    return tuple(
        sorted(
            role.name
            for role in account.roles.values()
            if any(
                statement.effect == "Allow"
                and statement.principals
                and ("Federated", arn) in statement.principals.entries
                for statement in role.trust.policy.statements
            )
        )
    )


def provider_parts(account: Account, item: Item) -> Iterator[Item]:
    """Yield the parts of a provider: its ARN, the roles that trust it, its client ids and its tags."""
    if item.noun == "oidc-provider" and (oidc := account.oidc_providers.get(item.id)):
        yield from _provider_facts(account, item.id)
        yield from _oidc_parts(oidc, item.names)
    if item.noun == "saml-provider" and (saml := account.saml_providers.get(item.id)):
        yield from _provider_facts(account, item.id)
        yield from _saml_parts(saml, item.names)


def _provider_facts(account: Account, arn: str) -> Iterator[Item]:
    """Yield the ARN of a provider, and the roles that trust it."""
    yield fact_row(arn)
    names = trusting_roles(account, arn)
    yield fact_row(", ".join(names) or "no role", "trusted by")


def _oidc_parts(provider: OidcProvider, names: Mapping[str, str]) -> Iterator[Item]:
    """Yield the client ids, thumbprints and tags of an OIDC provider."""
    for client_id in provider.client_ids:
        yield part_item(
            "client-id", client_id, "client id", {**names, "ClientID": client_id}
        )
    if not provider.client_ids:
        yield fact_row("none, so AWS accepts no token", "client ids")
    for thumbprint in provider.thumbprints:
        yield fact_row(thumbprint, "thumbprint")
    yield from tag_items("oidc-tag", provider.tags, names)


def _saml_parts(provider: SamlProvider, names: Mapping[str, str]) -> Iterator[Item]:
    """Yield the length of the metadata and the tags of a SAML provider."""
    yield fact_row(count_noun(len(provider.metadata), "character"), "metadata")
    yield from tag_items("saml-tag", provider.tags, names)


def tag_items(noun: Noun, tags: Tags, names: Mapping[str, str]) -> Iterator[Item]:
    """Yield the tags of a thing."""
    for name, value in tags.items():
        yield part_item(
            noun, name, f"tag, {value}" if value else "tag", {**names, "TagKeys": name}
        )


def provider_arn(account: Account, issuer: str) -> str:
    """Return the ARN that the provider of an issuer has in the account, whether it exists or not."""
    return ids.arn(account, "oidc-provider", issuer.removeprefix("https://"))
