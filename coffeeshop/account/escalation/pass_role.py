"""Running code as a role: iam:PassRole to a Lambda function, or code for a function that has a role."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from coffeeshop.account import ids
from coffeeshop.account.access.standing import LAMBDA
from coffeeshop.account.escalation.attacker import (
    CANARY,
    AttackerState,
    Move,
    Step,
    assuming,
    by_name,
    names_to_try,
)
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import Call, Service
from coffeeshop.account.values import Json


def moves(state: AttackerState) -> Iterator[Move]:
    """Yields a role given to a function, new or old, and the function run; or new code for a function that wears one.

    Whoever may change an old function's configuration brings code of their own too, as a layer.
    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
    """
    if not state.may("lambda:InvokeFunction") and not state.may("lambda:AddPermission"):
        return
    roles = [role for role in by_name(state.account.roles) if _trusts_lambda(role)]
    for role, (_, name) in (
        product(roles, names_to_try(state, "function")) if state.may("iam:PassRole") else ()
    ):
        old = name in state.account.functions
        if old:
            operation = "UpdateFunctionConfiguration"
        else:
            operation = "CreateFunction"
        code: dict[str, Json] = (
            {}
            if old
            else {"Code": {"ZipFile": b""}, "Runtime": "python3.13", "Handler": "f.f"}
        )
        given = Call(
            "lambda",
            operation,
            {"FunctionName": name, "Role": state.account.arn(role), **code},
        )
        admission = () if old else _admission(state, name)
        yield ((state.me, given), *admission, *_invocation(state, name, role))
    for name, function in state.account.functions.items():
        worn = next(
            (role for role in roles if state.account.arn(role) == function.role), None
        )
        if worn:
            code = {"FunctionName": name, "ZipFile": b""}
            yield (
                (state.me, Call("lambda", "UpdateFunctionCode", code)),
                *_invocation(state, name, worn),
            )


def _admission(state: AttackerState, function: str) -> Iterator[Step]:
    """Yields the function's own policy naming whoever may not run it otherwise."""
    if state.may("lambda:AddPermission") and not state.can(
        "lambda:InvokeFunction", ids.arn(state.account, "function", function)
    ):
        yield admitting(state, function)


def admitting(state: AttackerState, function: str) -> Step:
    named = {
        "FunctionName": function,
        "StatementId": CANARY,
        "Action": "lambda:*",
        "Principal": state.arn,
    }
    return state.me, Call("lambda", "AddPermission", named)


def _trusts_lambda(role: Role) -> bool:
    principals = (s.principals for s in role.trust.policy.statements if s.principals)
    return any(value in (LAMBDA, "*") for p in principals for _, value in p.entries) or any(
        p.negated for p in principals
    )


def _invocation(state: AttackerState, function: str, role: Role) -> Move:
    invoked = Call("lambda", "Invoke", {"FunctionName": function})
    return (state.me, invoked), assuming(
        Service(LAMBDA), state.account, role, function[:64]
    )
