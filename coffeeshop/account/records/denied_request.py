"""Decide a refused request again, by the identities and policies of an account's details.

The details contain no resource policies (but trust policies), session policies and organization policies.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from coffeeshop.account.access.request_context import ownership_keys, usual_context
from coffeeshop.account.access.sessions import mint_credential, new_session
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.model import Account, Caller, Key
from coffeeshop.policy.denial.model import Denial, DeniedPrincipal, PrincipalKind
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.language.arn import Arn
from coffeeshop.policy.model import Decision, Request, Standing

ONE_HOUR = timedelta(hours=1)
_IAM_NAMES = ("user", "role", "group", "policy", "instance profile")


class Undecidable(StrEnum):
    """Why a refusal can't be decided by an account's details."""

    NO_ACTION = "no-action"
    NO_PRINCIPAL = "no-principal"
    OTHER_ACCOUNT = "other-account"
    NOT_LISTED = "not-listed"


def decide_again(account: Account, denial: Denial, at: datetime) -> Decision | Undecidable:
    """Return the engine's decision on a refused request, or why there is none.

    A text without a resource is decided for `*`. The context is that of an ordinary request.
    """
    action = denial.needed_action or denial.action
    if ":" not in action:
        return Undecidable.NO_ACTION
    principal = denial.principal
    if principal.kind not in _DECIDABLE_KINDS or not principal.name:
        return Undecidable.NO_PRINCIPAL
    if principal.account.isdigit() and principal.account != account.id:
        return Undecidable.OTHER_ACCOUNT
    caller = _find_caller(account, principal, at)
    if caller is None:
        return Undecidable.NOT_LISTED
    account, key = caller
    standing = build_standing(account, key, at)
    if not isinstance(standing, Standing):
        return Undecidable.NOT_LISTED
    resource = _resource_arn(account, denial.resource)
    owner = account.account_id_owning(resource)
    context = {**usual_context(at), **ownership_keys(account, owner)}
    return authorize(standing, Request(action, resource, context, owner))


_DECIDABLE_KINDS = {
    PrincipalKind.USER,
    PrincipalKind.ROLE,
    PrincipalKind.SESSION,
    PrincipalKind.ROOT,
}


def _find_caller(
    account: Account, principal: DeniedPrincipal, at: datetime
) -> tuple[Account, Caller] | None:
    """Return a copy of the account with a new credential of the principal, and the credential.

    Return None if the account has no such user or role. A session gets the name that the text gives.
    """
    match principal.kind:
        case PrincipalKind.ROOT:
            return mint_credential(account, account.root_arn, "key", at)
        case PrincipalKind.USER:
            user = account.users.get(principal.name.lower())
            return mint_credential(account, account.arn(user), "key", at) if user else None
        case _:
            role = account.roles.get(principal.name.lower())
            if role is None:
                return None
            name = principal.session or "session"
            account, session = new_session(
                account, "Role", role.id, name, at, ONE_HOUR, name=name
            )
            return account, Key(session.id)


def _resource_arn(account: Account, resource: str) -> str:
    """Return the ARN of a resource that a text names, in the partition that details have here.

    IAM's older texts name "role Deploy", and others name nothing.
    """
    arn = Arn.read(resource)
    if arn:
        return str(arn._replace(partition="aws"))
    for kind in _IAM_NAMES:
        if resource.startswith(f"{kind} "):
            name = resource.removeprefix(f"{kind} ")
            return f"arn:aws:iam::{account.id}:{kind.replace(' ', '-')}/{name}"
    return resource if resource.startswith("arn:") else "*"
