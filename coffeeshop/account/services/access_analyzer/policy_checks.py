"""The checks of policies that need no analyzer: ValidatePolicy and the three custom policy checks.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-checks-validating-policies.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import cast

from coffeeshop.account import errors
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.services.access_analyzer.lookups import page_of_rows
from coffeeshop.account.values import Json, JsonObject
from coffeeshop.policy.model import Kind, Policy

OPERATIONS = Operations()
POLICY_KINDS = {
    "IDENTITY_POLICY": Kind.IDENTITY,
    "RESOURCE_POLICY": Kind.RESOURCE,
    "SERVICE_CONTROL_POLICY": Kind.SCP,
    "RESOURCE_CONTROL_POLICY": Kind.RCP,
}
TRUST_TYPE = "AWS::IAM::AssumeRolePolicyDocument"
NO_NEW_ACCESS = (
    "The updated permissions do not grant new access compared to your existing policy."
)
NEW_ACCESS = "The modified permissions grant new access compared to your existing policy."
NOT_GRANTED = "The policy document does not grant access to perform one or more of the listed actions."
ACCESS_GRANTED = (
    "The policy document grants access to perform one or more of the listed actions."
)
NOT_PUBLIC = "The resource policy does not grant public access for the given resource type."
PUBLIC_ACCESS = "The resource policy grants public access for the given resource type."


@OPERATIONS.add("ValidatePolicy")
def validate_policy(account: Account, act: Act) -> Change:
    """Return a page of the problems of a policy. The texts are ours, the codes and the form AWS's."""
    # The engine's checks are imported when they run, since the start of the program loads this module.
    from coffeeshop.policy.validation.validate import validate, validator_findings

    call = act.call
    text = call.text("policyDocument")
    kind = POLICY_KINDS.get(call.text("policyType"), Kind.IDENTITY)
    if call.text("validatePolicyResourceType") == TRUST_TYPE or _is_trust(text, kind):
        kind = Kind.TRUST
    findings = validator_findings(text, validate(text, kind))
    rows = tuple(cast("Json", _frozen(finding)) for finding in findings)
    return account, page_of_rows(call, "findings", rows)


def _frozen(value: object) -> object:
    """Return JSON with tuples in place of lists, as answers have them."""
    match value:
        case dict():
            items = cast("dict[str, object]", value).items()
            return {name: _frozen(part) for name, part in items}
        case list():
            return tuple(map(_frozen, cast("list[object]", value)))
        case _:
            return value


def _is_trust(text: str, kind: Kind) -> bool:
    """Return whether a resource policy has no statement with resources, so that it's a trust policy."""
    if kind is not Kind.RESOURCE:
        return False
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(document, dict):
        return False
    statements = cast("dict[str, object]", document).get("Statement")
    rows = cast(
        "list[object]", statements if isinstance(statements, list) else [statements]
    )
    return bool(rows) and all(
        isinstance(row, dict) and not {"Resource", "NotResource"} & row.keys()
        for row in rows
    )


def _parse_policy(call: Call, name: str) -> Policy:
    """Return a policy that a check compares. Raise InvalidParameterException."""
    from coffeeshop.policy.language.parse import MalformedPolicy
    from coffeeshop.policy.language.stored_document import parse_comparable

    text = call.text(name)
    kind = POLICY_KINDS[call.text("policyType", "RESOURCE_POLICY")]
    if call.text("resourceType") == TRUST_TYPE or _is_trust(text, kind):
        kind = Kind.TRUST
    try:
        return parse_comparable(text, kind, name)
    except MalformedPolicy as wrong:
        text = f"The policy document is not valid: {wrong.problems[0]}"  # uncertain
        raise errors.service_error("InvalidParameterException", text) from None


# ------------------------------------------------------------------ the checks
@OPERATIONS.add("CheckNoNewAccess")
def check_no_new_access(account: Account, act: Act) -> Change:
    """Tell whether a new policy allows anything that the existing one doesn't."""
    from coffeeshop.account.services.access_analyzer.strangers import too_complex
    from coffeeshop.policy.comparison.no_new_access import check_no_new_access as check

    new = _parse_policy(act.call, "newPolicyDocument")
    existing = _parse_policy(act.call, "existingPolicyDocument")
    answer = check(new, existing, "open")
    if answer["result"] == "UNDECIDED":
        raise too_complex()
    reasons = cast("Iterable[Mapping[str, Json]]", answer["reasons"])
    is_new = answer["result"] == "FAIL"
    return account, _check_reply(NEW_ACCESS if is_new else NO_NEW_ACCESS, reasons)


def _check_reply(message: str, reasons: Iterable[Mapping[str, Json]]) -> Reply:
    """Return the answer of a check. It fails for these reasons, or passes without any."""
    rows = tuple(reasons)
    result: JsonObject = {"result": "FAIL" if rows else "PASS", "message": message}
    return Reply({**result, **({"reasons": rows} if rows else {})})


def _reasons(policy: Policy, numbers: Iterable[int], text: str) -> tuple[JsonObject, ...]:
    """Return a reason for each statement, by its number."""
    return tuple(_reason(policy, number, text) for number in sorted(set(numbers)))


def _reason(policy: Policy, number: int, text: str) -> JsonObject:
    """Return the reason for one statement of a policy."""
    sid = policy.statements[number].sid
    place = f"sid: {sid}" if sid else f"index: {number}"
    return {
        "description": f"{text} with {place}.",
        "statementIndex": number,
        **({"statementId": sid} if sid else {}),
    }


@OPERATIONS.add("CheckAccessNotGranted")
def check_access_not_granted(account: Account, act: Act) -> Change:
    """Tell whether a policy allows one of the actions, on one of the resources."""
    policy = _parse_policy(act.call, "policyDocument")
    numbers = set[int]()
    for access in act.call.rows("access"):
        numbers.update(_granting_statements(policy, access))
    reasons = _reasons(
        policy, numbers, "One or more of the listed actions in the statement"
    )
    return account, _check_reply(ACCESS_GRANTED if reasons else NOT_GRANTED, reasons)


def _granting_statements(policy: Policy, access: Mapping[str, Json]) -> set[int]:
    """Return the numbers of the statements that grant some of an access.

    Without actions, any action counts; without resources, any resource.
    """
    from coffeeshop.account.services.access_analyzer.strangers import statement_numbers
    from coffeeshop.policy.comparison.compare import access_question, excesses
    from coffeeshop.policy.comparison.domain import Domain
    from coffeeshop.policy.model import Standing

    actions = _texts(access.get("actions"))
    resources = _texts(access.get("resources"))
    if not actions and not resources:
        text = "The access must have at least one action or resource."  # uncertain
        raise errors.service_error("InvalidParameterException", text)
    question = access_question(
        Standing.of(policy), actions or ("*",), resources or ("*",), Domain.open_domain()
    )
    return statement_numbers(policy, excesses(*question))


def _texts(value: Json) -> tuple[str, ...]:
    """Return a list of texts, empty if it is missing."""
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


@OPERATIONS.add("CheckNoPublicAccess")
def check_no_public_access(account: Account, act: Act) -> Change:
    """Tell whether a resource-based policy lets anyone in: somebody that it doesn't know by any value."""
    from coffeeshop.account.services.access_analyzer.strangers import public_statements

    policy = _parse_policy(act.call, "policyDocument")
    numbers = public_statements(policy)
    reasons = _reasons(policy, numbers, "Public access granted in the following statement")
    return account, _check_reply(PUBLIC_ACCESS if reasons else NOT_PUBLIC, reasons)
