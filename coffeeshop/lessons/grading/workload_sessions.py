"""The sessions of a workload outside AWS: its token, and each role that the token opens."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.access.web_identity import (
    Claims,
    identity_of,
    issue_token,
    read_claims,
)
from coffeeshop.account.model import Account, Nobody
from coffeeshop.lessons.grading.workload_claims import workload_of
from coffeeshop.policy.model import Principal, Standing
from coffeeshop.shop.workload_session import open_workload_session

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.sessions import HeldSession


def token_standing(account: Account, claims: Claims, at: datetime) -> Standing | None:
    """Return what a program can do with only a token that has these claims, before it assumes a role.

    Return None if no OIDC provider of the account accepts the token.
    """
    identity = identity_of(account, claims)
    nobody = build_standing(account, Nobody(), at)
    if identity is None or not isinstance(nobody, Standing):
        return None
    if identity.provider not in account.oidc_providers or not identity.audience:
        return None
    principal = Principal(identity.provider, "", identity.provider, "federated")
    return dataclasses.replace(nobody, principal=principal, fixed=dict(identity.keys))


def workload_sessions(
    account: Account, subject: str, at: datetime
) -> Iterator[HeldSession]:
    """Yield what a workload holds: first its bare token, then a session in each role that the token opens.

    The token isn't a credential of AWS: its session has the badge "key" and no caller. Nothing is
    yielded if `subject` is no workload, or if no provider in the account accepts its tokens.
    """
    from coffeeshop.lessons.grading.sessions import HeldSession

    workload = workload_of(account, subject)
    if workload is None:
        return
    token = issue_token(account, workload, at)
    allowed = token_standing(account, read_claims(token) or {}, at)
    if allowed is None:
        return
    yield HeldSession(subject, "key", account, Nobody(), allowed)
    for role in account.roles.values():
        opened = open_workload_session(account, role, token, "workload", at)
        if opened is None:
            continue
        account_after, session_key = opened
        standing = build_standing(account_after, session_key, at)
        if isinstance(standing, Standing):
            badge = f"role/{role.name}"
            yield HeldSession(subject, badge, account_after, Nobody(), standing)
