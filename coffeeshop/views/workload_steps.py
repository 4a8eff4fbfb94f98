"""The Next box's steps for a workload outside AWS: the provider of its issuer, its audience, and the role that trusts it."""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account.access.web_identity import Claims, read_claims
from coffeeshop.account.ids import arn as arn_of
from coffeeshop.account.model import Account, ServiceError
from coffeeshop.lessons.model import Play
from coffeeshop.policy.evaluation.explain import nearest_miss
from coffeeshop.policy.language.arn import Arn
from coffeeshop.policy.language.conditions import OPERATORS
from coffeeshop.policy.model import ImplicitlyDenied, Kind
from coffeeshop.policy.validation.checks.conditions import is_plain_wildcard
from coffeeshop.shop.want import Ticket
from coffeeshop.views.step import (
    MAKES_PROVIDER,
    MAKES_ROLE,
    Fails,
    Step,
    list_step,
    press,
    ticket_failure,
)
from coffeeshop.views.things.provider_items import trusting_roles

EXCHANGE_OPERATION = "AssumeRoleWithWebIdentity"
ADDS_CLIENT_ID = press(
    "oidc-provider", "AddClientIDToOpenIDConnectProvider", "adds a client id"
)
CHANGES_TRUST = press("role", "UpdateAssumeRolePolicy", "changes who can assume it")


def workload_step(play: Play, failing: Ticket) -> Step | None:
    """Return the suggestion for a job whose workload can't exchange its token for a session.

    Return None if the job needs no token, or its session works.
    """
    stopped = failing.stopping_call
    if stopped is None or stopped.act.call.operation != EXCHANGE_OPERATION:
        return None
    claims = read_claims(stopped.act.call.text("WebIdentityToken"))
    if claims is None or not isinstance(stopped.answer, ServiceError):
        return None
    if stopped.answer.code == "InvalidIdentityToken":
        return _provider_step(play.account, failing, claims)
    if stopped.answer.code == "AccessDenied":
        return _role_step(play.account, failing, claims, stopped.act.call.text("RoleArn"))
    return None


def _provider_step(account: Account, failing: Ticket, claims: Claims) -> Step | None:
    """Return the suggestion to create the provider of a token's issuer, or to let it accept the token's audience."""
    fails = ticket_failure(failing, Fails.UNTRIED)
    host, audience = _issuer_host(claims), str(claims.get("aud", ""))
    provider = account.oidc_providers.get(arn_of(account, "oidc-provider", host))
    if provider is None:
        known_values = {"Url": f"https://{host}", "ClientIDList": audience}
        cause = "the account has no OIDC provider for the issuer of its token yet."
        return list_step(cause, "providers", "", MAKES_PROVIDER, known_values, fails=fails)
    if audience in provider.client_ids:
        return None
    cause = f"the provider doesn't accept the audience {audience} of its token."
    known_values = {"ClientID": audience}
    return list_step(cause, "providers", host, ADDS_CLIENT_ID, known_values, fails=fails)


def _role_step(
    account: Account, failing: Ticket, claims: Claims, role_arn: str
) -> Step | None:
    """Return the suggestion to create the role, or to let its trust policy name the workload."""
    arn = Arn.read(role_arn)
    if arn is None or arn.account != account.id:
        return None
    fails = ticket_failure(failing, Fails.UNTRIED)
    role = arn.resource.rpartition("/")[2]
    if role.lower() not in account.roles:
        named = {"RoleName": role}
        cause = f"there is no {role} role yet."
        return list_step(cause, "roles", "", MAKES_ROLE, named, fails=fails)
    decision = failing.decision
    if not isinstance(decision, ImplicitlyDenied) or decision.silent is not Kind.TRUST:
        return None
    provider = arn_of(account, "oidc-provider", _issuer_host(claims))
    name = account.roles[role.lower()].name
    if name not in trusting_roles(account, provider):
        cause = f"the trust policy of {name} doesn't name the provider of its token."
    elif plain := _plain_wildcard_text(decision):
        cause = f"the trust policy of {name} doesn't let this token in, since {plain}."
    else:
        cause = f"the trust policy of {name} names the provider of its token, but doesn't let this token in."
    return list_step(cause, "roles", name, CHANGES_TRUST, fails=fails)


def _plain_wildcard_text(decision: ImplicitlyDenied) -> str:
    """Return that the nearest Allow has a wildcard in an operator that takes none. "": it misses otherwise."""
    missed = nearest_miss(decision)
    if missed is None or missed.failed > 1:
        return ""
    for condition in missed.matched.statement.conditions:
        row = OPERATORS[condition.operator]
        for value in condition.values:
            if condition.key == missed.key and is_plain_wildcard(row, value):
                return f"{row.name} reads the wildcard in `{value}` as a plain character"
    return ""


def _issuer_host(claims: Mapping[str, object]) -> str:
    """Return the issuer of a token without its scheme, as a provider's ARN has it."""
    return str(claims.get("iss", "")).removeprefix("https://")
