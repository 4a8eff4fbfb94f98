"""Moves that run code as a role: iam:PassRole to a Lambda function, or new code for a function that has a role."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from itertools import product

from coffeeshop.account import ids
from coffeeshop.account.access.standing import LAMBDA_SERVICE
from coffeeshop.account.escalation.attacker import (
    AttackerState,
    Move,
    Step,
    assume_step,
    names_to_try,
    roles_by_name,
)
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import Call, Service
from coffeeshop.account.values import Json

# A ZIP file with f.py, whose line is f=print, so that f.f is a handler. Lambda refuses an
# empty one. https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
FUNCTION_CODE = b64decode(
    "UEsDBBQAAAAAAAAAIQCpORoeBwAAAAcAAAAEAAAAZi5weWY9cHJpbnRQSwECFAMUAAAAAAAAACEAqTka"
    "HgcAAAAHAAAABAAAAAAAAAAAAAAAgAEAAAAAZi5weVBLBQYAAAAAAQABADIAAAApAAAAAAA="
)


def moves(state: AttackerState) -> Iterator[Move]:
    """Yield the moves that run the attacker's code in a Lambda function that has a role.

    Either they give the role to a new or an old function (iam:PassRole), or new code to a
    function that has it. An attacker who can change an old function's configuration can
    also bring code, as a layer.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
    """
    if not state.may("lambda:InvokeFunction") and not state.may("lambda:AddPermission"):
        return
    roles = [role for role in roles_by_name(state.account.roles) if _trusts_lambda(role)]
    if state.may("iam:PassRole"):
        for role, (_, name) in product(roles, names_to_try(state, "function")):
            yield _pass_role_move(state, role, name)
    roles_by_arn = {state.account.arn(role): role for role in roles}
    for name, function in state.account.functions.items():
        execution_role = roles_by_arn.get(function.role)
        if execution_role:
            code = {"FunctionName": name, "ZipFile": FUNCTION_CODE}
            yield (
                (state.me, Call("lambda", "UpdateFunctionCode", code)),
                *_invocation(state, name, execution_role),
            )


def _pass_role_move(state: AttackerState, role: Role, function: str) -> Move:
    """Return giving a role to a function, which is created unless it exists, and running it."""
    exists = function in state.account.functions
    parameters: dict[str, Json] = {
        "FunctionName": function,
        "Role": state.account.arn(role),
    }
    if exists:
        passing = Call("lambda", "UpdateFunctionConfiguration", parameters)
        admission = ()
    else:
        parameters["Code"] = {"ZipFile": FUNCTION_CODE}
        parameters["Runtime"] = "python3.13"
        parameters["Handler"] = "f.f"
        passing = Call("lambda", "CreateFunction", parameters)
        admission = _admission(state, function)
    return ((state.me, passing), *admission, *_invocation(state, function, role))


def _admission(state: AttackerState, function: str) -> Iterator[Step]:
    """Yield the call that adds the attacker to a function's own policy, unless they can invoke it anyway."""
    arn = ids.arn(state.account, "function", function)
    if state.may("lambda:AddPermission") and not state.can("lambda:InvokeFunction", arn):
        yield add_permission_step(state, function)


def add_permission_step(state: AttackerState, function: str) -> Step:
    """Return the call that adds the attacker to a function's own policy."""
    parameters = {
        "FunctionName": function,
        "StatementId": state.word,
        "Action": "lambda:*",
        "Principal": state.arn,
    }
    return state.me, Call("lambda", "AddPermission", parameters)


def _trusts_lambda(role: Role) -> bool:
    """Return whether the trust policy names Lambda or everybody, or uses NotPrincipal."""
    for statement in role.trust.policy.statements:
        principals = statement.principals
        if principals is None:
            continue
        if principals.negated or any(
            value in (LAMBDA_SERVICE, "*") for _, value in principals.entries
        ):
            return True
    return False


def _invocation(state: AttackerState, function: str, role: Role) -> Move:
    """Return the calls that invoke a function, and by which Lambda assumes its role.

    Lambda names the session after the function.
    """
    invoking = Call("lambda", "Invoke", {"FunctionName": function})
    session_name = function[:64]  # the longest that a session's name can be
    assuming = assume_step(Service(LAMBDA_SERVICE), state.account, role, session_name)
    return (state.me, invoking), assuming
