"""Sessions that an outside provider's identities open in a role, by SAML or web identity.

A session keeps its provider in `aws:FederatedProvider`, and a few claims. A claim has any
value that the trust policy lets it have: whether the provider would make it, we can't know.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from datetime import datetime

from coffeeshop.account.access.standing import build_standing, tags_read
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import Account, Nobody
from coffeeshop.lessons.grading.chosen_names import session_names
from coffeeshop.lessons.grading.fences import from_now_on
from coffeeshop.lessons.grading.sessions import (
    ANY_SESSION,
    HeldSession,
    role_standing,
    trusted_principals,
)
from coffeeshop.lessons.grading.taking import (
    SESSION_NAME_KEY,
    USER_ID_KEY,
    SessionKeys,
    could_be_allowed,
    session_bounds,
)
from coffeeshop.policy.comparison.budgets import Steps
from coffeeshop.policy.evaluation.match import compiled_policy
from coffeeshop.policy.model import PRESENT, Fixed, Principal, Request, Standing, Values

PROVIDER_KEY = "aws:FederatedProvider"
SOURCE_IDENTITY = "aws:SourceIdentity"
SAML_KEYS: Values = ("saml:sub", "saml:sub_type", "saml:namequalifier")
WEB_CLAIMS: Values = ("aud", "sub")
KEPT_CLAIMS = {  # by the providers that AWS knows by name
    "cognito-identity.amazonaws.com": ("aud", "sub", "amr"),
    "graph.facebook.com": ("app_id", "id"),
    "www.amazon.com": ("app_id", "user_id"),
}


def provider_role_sessions(
    account: Account, role: Role, at: datetime, steps: Steps
) -> Iterator[HeldSession]:
    """Yield the sessions in a role of each provider whose identities can assume it by some request.

    One has any name, and each other has a name that a policy singles out. A condition of the trust policy on a
    claim limits the values of that claim in the session (`bounds`).
    """
    for provider in sorted(trusted_principals(role).get("Federated", set()) - {"*"}):
        identity = _provider_identity(account, provider, at)
        if _is_saml(provider):
            action = "sts:AssumeRoleWithSAML"
        else:
            action = "sts:AssumeRoleWithWebIdentity"
        if identity and could_be_allowed(
            identity, account, action, account.arn(role), steps
        ):
            request = Request(action, account.arn(role), account=account.id)
            subject = f"role/{role.name}"
            unnamed = role_standing(account, role, at)
            for name in (ANY_SESSION, *session_names(account, role, unnamed)):
                role_allowed = role_standing(account, role, at, name)
                keys = _session_keys(role, role_allowed, provider)
                yield HeldSession(
                    subject,
                    subject,
                    account,
                    Nobody(),
                    _with_claims(role_allowed, provider, keys),
                    bounds=session_bounds(identity, request, role, keys),
                )


def provider_of(allowed: Standing) -> str:
    """Return the identity provider through which a session began; "" if none."""
    provider = allowed.fixed.get(PROVIDER_KEY)
    if isinstance(provider, tuple):
        return provider[0]
    return ""


def _provider_identity(account: Account, provider: str, at: datetime) -> Standing | None:
    """Return the access of a federated identity that has no session of ours yet."""
    nobody = build_standing(account, Nobody(), at)
    if not isinstance(nobody, Standing):
        return None
    principal = Principal(provider, "", provider, "federated")
    return from_now_on(
        dataclasses.replace(nobody, principal=principal, fixed={}), Standing.of(), at
    )


def _with_claims(allowed: Standing, provider: str, keys: SessionKeys) -> Standing:
    """Return a role's session as a provider's identity has it: with its claims, and with the keys
    free that they could choose.
    """
    chosen = {key.lower() for key in keys.values()} - {USER_ID_KEY}
    other_keys: dict[str, Fixed] = {
        key: value for key, value in allowed.fixed.items() if key.lower() not in chosen
    }
    claims = dict.fromkeys(_session_claims(provider), PRESENT)
    return dataclasses.replace(
        allowed, fixed={**other_keys, PROVIDER_KEY: (provider,), **claims}
    )


def _session_keys(role: Role, role_allowed: Standing, provider: str) -> SessionKeys:
    """Return which key of the session gets the value of each key of the request: the
    session's name, and the provider's claims.

    With these, a condition of the trust policy becomes one on the session. The source
    identity and tags are among them if the trust policy allows setting them. A tag of the
    role itself can't be set.
    """
    keys = {
        SESSION_NAME_KEY: USER_ID_KEY,
        **{claim.lower(): claim for claim in _session_claims(provider)},
    }
    trust = compiled_policy(role.trust.policy)
    if trust.clauses_about("sts:setsourceidentity")[1]:
        keys["sts:sourceidentity"] = SOURCE_IDENTITY
    if trust.clauses_about("sts:tagsession")[1]:
        role_tags = {key.lower() for key in role.tags}
        tags = {
            tag
            for layer in role_allowed.layers
            for policy in layer.policies
            for tag in tags_read(policy)
        }
        keys |= {
            f"aws:requesttag/{tag.lower()}": f"aws:PrincipalTag/{tag}"
            for tag in tags
            if tag.lower() not in role_tags
        }
    return keys


def _session_claims(provider: str) -> Values:
    """Return the keys of the claims that a session keeps."""
    if _is_saml(provider):
        return SAML_KEYS
    host = provider.partition(":oidc-provider/")[2] or provider
    return tuple(f"{host}:{claim}" for claim in KEPT_CLAIMS.get(host, WEB_CLAIMS))


def kept_claims(keys: Iterable[str]) -> Iterator[str]:
    """Yield those of these context keys, in lower case, that are claims which a session keeps."""
    for key in keys:
        host = key.partition(":")[0]
        if "." in host or host == "saml":
            claims = SAML_KEYS if host == "saml" else _session_claims(host)
            if key in map(str.lower, claims):
                yield key


def _is_saml(provider: str) -> bool:
    """Tell whether a provider's ARN names a SAML provider."""
    return ":saml-provider/" in provider
