"""Open a session in a role with the token of a workload outside AWS."""

from __future__ import annotations

from datetime import datetime

from coffeeshop.account.door import handle
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import Account, Act, Call, Key, Nobody
from coffeeshop.account.values import Json
from coffeeshop.shop.serve import assumed_session_key


def open_workload_session(
    account: Account, role: Role, token: str, session_name: str, at: datetime
) -> tuple[Account, Key] | None:
    """Return the account with the session that a workload's token opens in a role, and its credential.

    Return None if AWS refuses the token for this role.
    """
    parameters: dict[str, Json] = {
        "RoleArn": account.arn(role),
        "RoleSessionName": session_name,
        "WebIdentityToken": token,
    }
    call = Call("sts", "AssumeRoleWithWebIdentity", parameters)
    outcome = handle(account, Act(at, Nobody(), call))
    session_key = assumed_session_key(outcome)
    return (outcome.account, session_key) if session_key else None
