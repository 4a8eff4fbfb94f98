"""Tells which user a call is about: the one it names, else its caller, who in a script of root's acts would be the reader."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from coffeeshop.account.access.callers import is_root
from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.credentials import Session
from coffeeshop.account.model import Call, Key, Outcome
from coffeeshop.account.services import console
from coffeeshop.account.values import Json
from coffeeshop.policy.model import Allowed, Kind


def is_about_root(outcome: Outcome) -> bool:
    """Return whether a call of the root user is about itself, as CreateAccessKey without
    UserName is.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
    """
    act = outcome.act
    root = is_root(outcome.account.home_of(act.caller), act.caller)
    return root and act.call.service == "iam" and is_about_caller(act.call)


def is_about_caller(call: Call) -> bool:
    """Return whether a call is about its caller: one of STS, or one of IAM that names no user though it could."""
    row = OPERATIONS.get((call.service, call.operation))
    if row:
        user = row.input.member("UserName")
    else:
        user = None
    omits_user = (
        user is not None and not user.required and "UserName" not in call.parameters
    )
    return omits_user or call.service == "sts" or call.operation == "ChangePassword"


def is_allowed_by_name(outcome: Outcome) -> bool:
    """Return whether only resource policies that name the caller allowed a call, so that another administrator couldn't
    make it.

    A KMS key whose policy doesn't name the account has such a policy.
    """
    return any(
        isinstance(decision, Allowed)
        and bool(decision.by)
        and all(
            match.layer.kind is Kind.RESOURCE
            and match.statement.principals is not None
            and ("AWS", decision.standing.principal.arn)
            in match.statement.principals.entries
            for match in decision.by
        )
        for decision in outcome.decisions
    )


def subject_name(outcome: Outcome) -> str:
    """Return the name of the user that a call is about: the one it names, else its caller."""
    if named := outcome.act.call.text("UserName"):
        return named
    caller = outcome.act.caller
    credentials = outcome.account.home_of(caller).credentials
    if isinstance(caller, Key):
        credential = credentials.get(caller.id)
    else:
        credential = None
    return (credential.profile.partition("@")[0] if credential else "") or "root"


def switch_as_assume_role(outcome: Outcome, body: Mapping[str, Json]) -> Outcome:
    """Return a SwitchRole outcome as the AssumeRole call that it stands for.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-console.html
    """
    account = outcome.account
    act = outcome.act
    role = account.roles.get(act.call.text("RoleName").lower())
    session = account.credentials.get(str(body.get("AccessKeyId", "")))
    if isinstance(session, Session):
        name = session.name
    else:
        name = ""
    parameters = {"RoleArn": account.arn(role) if role else "", "RoleSessionName": name}
    call = replace(act.call, service="sts", operation="AssumeRole", parameters=parameters)
    return replace(
        outcome, act=replace(act, caller=console.effective_caller(account, act), call=call)
    )
