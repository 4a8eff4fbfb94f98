"""Tokens of OIDC issuers outside AWS: read their claims, verify them, and give a workload one.

A token is a JSON Web Token. Its issuer's key isn't here, so a token in an act is signed with a digest that is drawn from the
account's seed: a play replays to the same bytes everywhere. At the endpoint, where others can send tokens, the issuer's
published keys verify a token first, and `sign_claims` then writes it in this form.
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias, TypeGuard, cast

from msgspec import Struct

from coffeeshop.account import errors, ids
from coffeeshop.account.iam_resources import OidcProvider
from coffeeshop.account.model import Account, Call, ServiceError, Workload
from coffeeshop.account.values import Tags
from coffeeshop.policy.model import Values

Claims: TypeAlias = Mapping[str, Any]
TOKEN_LIFETIME = timedelta(minutes=10)  # of a workload's token
LONGEST_TOKEN = 20_000  # characters
TOKEN_HEADER: Claims = {"alg": "RS256", "kid": "coffeeshop", "typ": "JWT"}
MALFORMED_TOKEN = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
UNVERIFIED_TOKEN = (
    "Couldn't retrieve verification key from your identity provider, "
    "please reference AssumeRoleWithWebIdentity documentation for requirements"
)
WRONG_AUDIENCE = "Incorrect token audience"
TIME_CLAIMS = ("exp", "iat", "nbf")  # claims in seconds since 1970
REQUIRED_CLAIMS = ("iss", "sub", "aud", "exp", "iat")
# Providers that every account has, without an IAM entity.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
BUILT_IN = frozenset({"accounts.google.com", "cognito-identity.amazonaws.com"})
# The claims that become condition keys, besides aud, sub and amr.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
GITHUB_ISSUER = "token.actions.githubusercontent.com"
FURTHER_CLAIMS: Mapping[str, Values] = {
    "accounts.google.com": ("email",),
    GITHUB_ISSUER: (
        "actor",
        "actor_id",
        "enterprise_id",
        "environment",
        "job_workflow_ref",
        "ref",
        "repository",
        "repository_id",
        "workflow",
    ),
}
# Members of a token with which its issuer sets session tags and a source identity.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
TAGS_CLAIM = "https://aws.amazon.com/tags"
SOURCE_IDENTITY_CLAIM = "https://aws.amazon.com/source_identity"


class WebIdentity(Struct, frozen=True):
    """Who a token says that its bearer is.

    `provider` is the principal of trust policies: an ARN, or the name of a provider that every account has. `keys` are the
    condition keys of the claims.
    """

    provider: str
    host: str
    subject: str
    audience: str
    keys: Mapping[str, Values]
    tags: Tags = {}
    transitive: Values = ()
    source_identity: str = ""

    @property
    def session_claims(self) -> Mapping[str, str]:
        """Return the claims that a session keeps, by condition key."""
        kept = (f"{self.host}:{claim}" for claim in ("aud", "sub", "amr"))
        return {key: self.keys[key][0] for key in kept if key in self.keys}


# -------------------------------------------------------------------- writing
def issue_token(account: Account, workload: Workload, at: datetime) -> str:
    """Return the token that a workload gets from its issuer at a time."""
    issued = int(at.timestamp())
    times = {
        "iat": issued,
        "nbf": issued,
        "exp": issued + int(TOKEN_LIFETIME.total_seconds()),
    }
    id = ids.draw_uuid(account.seed, "web identity", workload.issuer, issued)
    claims = {"jti": id, "iss": workload.issuer, **workload.claims, **times}
    return sign_claims(account, claims)


def sign_claims(account: Account, claims: Claims) -> str:
    """Return a token with these claims as the account accepts it."""
    signed_text = f"{_encode_part(TOKEN_HEADER)}.{_encode_part(claims)}"
    return f"{signed_text}.{_signature(account, signed_text)}"


def _encode_part(part: Claims) -> str:
    text = json.dumps(part, separators=(",", ":"), ensure_ascii=False)
    return _encode_base64(text.encode("utf-8", "surrogatepass"))


def _encode_base64(raw: bytes) -> str:
    """Return base64 for URLs, without the padding."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _signature(account: Account, signed_text: str) -> str:
    return _encode_base64(ids.draw_bytes(account.seed, "web identity token", signed_text))


# -------------------------------------------------------------------- reading
def read_claims(token: str) -> Claims | None:
    """Return the claims of a token without verifying it, or None if it isn't a JSON Web Token."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > LONGEST_TOKEN:
        return None
    header = _read_part(parts[0])
    claims = _read_part(parts[1])
    if header is None or not isinstance(header.get("alg"), str):
        return None
    return claims


def _read_part(text: str) -> Claims | None:
    """Return the JSON object in a part of a token, or None."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        part = json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, BadBase64, RecursionError):
        return None
    if isinstance(part, dict):
        return cast("dict[str, Any]", part)
    return None


def _refuse_constant(name: str) -> None:
    """Raise ValueError for NaN and Infinity, which aren't JSON."""
    raise ValueError(name)


def verify_token(account: Account, call: Call, at: datetime) -> WebIdentity:
    """Return who the bearer of a call's token is.

    Raise InvalidIdentityToken if no provider of the account stands for its issuer, if its signature or audience is wrong, or if
    a claim is missing. Raise ExpiredTokenException if it has expired.
    """
    token = call.text("WebIdentityToken")
    claims = read_claims(token)
    if claims is None:
        raise _invalid_token(MALFORMED_TOKEN)
    for name in REQUIRED_CLAIMS:
        if name not in claims:
            raise _invalid_token(f"Missing a required claim: {name}")
    issuer = str(claims["iss"])
    host = issuer.removeprefix("https://")
    provider = account.oidc_providers.get(ids.arn(account, "oidc-provider", host))
    if provider is None and host not in BUILT_IN:
        raise _invalid_token(
            f"No OpenIDConnect provider found in your account for {issuer}"
        )
    signed_text, _, signature = token.rpartition(".")
    from hmac import compare_digest  # it brings OpenSSL, which most plays don't need

    if not compare_digest(signature.encode(), _signature(account, signed_text).encode()):
        raise _invalid_token(UNVERIFIED_TOKEN)
    check_times(claims, at)
    if not _audience(claims, provider):
        raise _invalid_token(WRONG_AUDIENCE)
    identity = identity_of(account, claims)
    if identity is None:
        raise _invalid_token(MALFORMED_TOKEN)
    return identity


def check_times(claims: Claims, at: datetime) -> None:
    """Raise ExpiredTokenException if a token has expired, or InvalidIdentityToken if it isn't valid yet."""
    now = int(at.timestamp())
    expires = _seconds(claims, "exp")
    if expires is None:
        raise _invalid_token(MALFORMED_TOKEN)
    if expires <= now:
        text = f"Token expired: current date/time {now} must be before the expiration date/time {expires}"
        raise errors.service_error("ExpiredTokenException", text)
    starts = max(_seconds(claims, "nbf") or 0, _seconds(claims, "iat") or 0)
    if starts > now + MAX_CLOCK_SKEW:
        text = f"Token is not valid yet: current date/time {now} must be after {starts}"
        raise _invalid_token(text)  # uncertain


MAX_CLOCK_SKEW = 300  # seconds that an issuer's clock can be ahead


def _seconds(claims: Claims, name: str) -> int | None:
    """Return a claim that is a time, in seconds since 1970, or None."""
    value = claims.get(name)
    if not is_number(value):
        return None
    return int(value)


def is_number(value: object) -> TypeGuard[float]:
    """Return whether a claim is a number of seconds that a date can have."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return -MOST_SECONDS < value < MOST_SECONDS


MOST_SECONDS = 10**12


def _invalid_token(text: str) -> ServiceError:
    return errors.service_error("InvalidIdentityToken", text)


def _audience(claims: Claims, provider: OidcProvider | None) -> str:
    """Return the audience of a token: `azp` if it has one, or else the first audience that the provider accepts.

    "" means that the provider accepts none of them.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
    """
    audiences = _texts(claims.get("azp")) or _texts(claims.get("aud"))
    if provider:
        accepted = provider.client_ids
    else:
        accepted = audiences
    return next((audience for audience in audiences if audience in accepted), "")


def _texts(value: object) -> Values:
    """Return a claim's text or list of texts. Other values are left out."""
    values = cast("list[object]", value) if isinstance(value, list) else [value]
    return tuple(text for text in values if isinstance(text, str) and text)


def identity_of(account: Account, claims: Claims) -> WebIdentity | None:
    """Return who a token with these claims stands for, without verifying anything.

    Return None if a required claim isn't text.
    """
    issuer = claims.get("iss")
    subject = claims.get("sub")
    if not isinstance(issuer, str) or not isinstance(subject, str):
        return None
    host = issuer.removeprefix("https://")
    arn = ids.arn(account, "oidc-provider", host)
    provider = account.oidc_providers.get(arn)
    if provider is None and host in BUILT_IN:
        name = host
    else:
        name = arn
    audience = _audience(claims, provider)
    tags, transitive = _session_tags(claims)
    return WebIdentity(
        name,
        host,
        subject,
        audience,
        _claim_keys(host, audience, claims),
        tags,
        transitive,
        "".join(_texts(claims.get(SOURCE_IDENTITY_CLAIM))[:1]),
    )


def _claim_keys(host: str, audience: str, claims: Claims) -> Mapping[str, Values]:
    """Return the condition keys of a token's claims."""
    keys = {name: _texts(claims.get(name)) for name in ("sub", "amr")}
    keys["aud"] = (audience,) if audience else ()
    if host == "accounts.google.com":
        keys["oaud"] = _texts(claims.get("aud"))
    for name in FURTHER_CLAIMS.get(host, ()):
        keys[name] = _texts(claims.get(name))
    return {f"{host}:{name}": values for name, values in keys.items() if values}


def _session_tags(claims: Claims) -> tuple[Tags, Values]:
    """Return the session tags that a token sets, and the keys of the transitive ones."""
    tags_claim = claims.get(TAGS_CLAIM)
    if not isinstance(tags_claim, dict):
        return {}, ()
    tags_table = cast("dict[str, object]", tags_claim)
    principal_tags = tags_table.get("principal_tags")
    rows = cast(
        "dict[str, object]", principal_tags if isinstance(principal_tags, dict) else {}
    )
    tags = {key: "".join(_texts(value)[:1]) for key, value in rows.items()}
    keys = _texts(tags_table.get("transitive_tag_keys"))
    return tags, tuple(key for key in keys if key in tags)
