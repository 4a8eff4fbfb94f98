"""Sessions that an outside provider's identities open in a role, by SAML or web identity: what each carries, and what of it
the trust lets them choose.

Who signs them in stands in `aws:FederatedProvider`, and who they are in claims, of which a session keeps a few. A claim
holds whatever the trust lets it hold: whether the provider would ever make it, nobody here knows.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime

from coffeeshop.account.access.standing import build_standing, tags_read
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import Account, Nobody
from coffeeshop.lessons.grading.moments import from_now_on
from coffeeshop.lessons.grading.sessions import (
    HeldSession,
    role_standing,
    trusted_principals,
)
from coffeeshop.lessons.grading.taking import (
    ID,
    NAME,
    Told,
    could_be_allowed,
    session_bounds,
)
from coffeeshop.policy.comparison.budgets import Steps
from coffeeshop.policy.evaluation.match import compiled_policy
from coffeeshop.policy.model import PRESENT, Fixed, Principal, Request, Standing, Values

PROVIDER = "aws:FederatedProvider"
VOUCHED = "aws:SourceIdentity"
SAML: Values = ("saml:sub", "saml:sub_type", "saml:namequalifier")
WEB: Values = ("aud", "sub")
ELSE_KEPT = {  # by the providers that AWS knows by name
    "cognito-identity.amazonaws.com": ("aud", "sub", "amr"),
    "graph.facebook.com": ("app_id", "id"),
    "www.amazon.com": ("app_id", "user_id"),
}


def provider_role_sessions(
    account: Account, role: Role, at: datetime, steps: Steps
) -> Iterator[HeldSession]:
    """Yields the sessions in a role that each provider's identities can open, if any request of theirs does."""
    for provider in sorted(trusted_principals(role).get("Federated", set()) - {"*"}):
        visitor = _provider_identity(account, provider, at)
        if _is_saml(provider):
            action = "sts:AssumeRoleWithSAML"
        else:
            action = "sts:AssumeRoleWithWebIdentity"
        if visitor and could_be_allowed(visitor, account, action, account.arn(role), steps):
            request = Request(action, account.arn(role), account=account.id)
            who = f"role/{role.name}"
            worn = role_standing(account, role, at)
            told = _session_keys(role, worn, provider)
            held = _with_claims(worn, provider, told)
            yield HeldSession(
                who,
                who,
                account,
                Nobody(),
                held,
                bounds=session_bounds(visitor, request, role, told),
            )


def provider_of(held: Standing) -> str:
    """Returns the provider that signed in whoever holds this; nothing, if none did."""
    found = held.fixed.get(PROVIDER)
    return found[0] if isinstance(found, tuple) else ""


def _provider_identity(account: Account, provider: str, at: datetime) -> Standing | None:
    """Returns somebody whom a provider signed in, before they have a session: of nobody's account, with any claims."""
    held = build_standing(account, Nobody(), at)
    if not isinstance(held, Standing):
        return None
    who = Principal(provider, "", provider, "federated")
    return from_now_on(
        dataclasses.replace(held, principal=who, fixed={}), Standing.of(), at
    )


def _with_claims(held: Standing, provider: str, told: Told) -> Standing:
    """Returns a role's session as a provider's identity has it: with its claims, and free in what they were let choose."""
    chosen = {key.lower() for key in told.values()} - {ID}
    own: dict[str, Fixed] = {
        key: value for key, value in held.fixed.items() if key.lower() not in chosen
    }
    claims = dict.fromkeys(_session_claims(provider), PRESENT)
    return dataclasses.replace(held, fixed={**own, PROVIDER: (provider,), **claims})


def _session_keys(role: Role, worn: Standing, provider: str) -> Told:
    """Tells which keys of the request say what the session's will hold: its name, its claims; source identity and tags where
    the trust speaks of giving them. A tag of the role's own stays unless they give another.
    """
    told = {NAME: ID, **{claim.lower(): claim for claim in _session_claims(provider)}}
    trust = compiled_policy(role.trust.policy)
    if trust.clauses_about("sts:setsourceidentity")[1]:
        told["sts:sourceidentity"] = VOUCHED
    if trust.clauses_about("sts:tagsession")[1]:
        own = {key.lower() for key in role.tags}
        tags = {
            tag
            for layer in worn.layers
            for policy in layer.policies
            for tag in tags_read(policy)
        }
        told |= {
            f"aws:requesttag/{tag.lower()}": f"aws:PrincipalTag/{tag}"
            for tag in tags
            if tag.lower() not in own
        }
    return told


def _session_claims(provider: str) -> Values:
    """Returns the claims that a session keeps, by their keys."""
    if _is_saml(provider):
        return SAML
    host = provider.partition(":oidc-provider/")[2] or provider
    return tuple(f"{host}:{claim}" for claim in ELSE_KEPT.get(host, WEB))


def _is_saml(provider: str) -> bool:
    return ":saml-provider/" in provider
