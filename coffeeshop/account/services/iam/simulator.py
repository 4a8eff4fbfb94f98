"""IAM's policy simulator: hands the policies to `policy.simulate`, and says which context keys policies read.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from coffeeshop.account import errors
from coffeeshop.account.access import policy_documents
from coffeeshop.account.access.control_policies import SCP_TYPE, policy_levels
from coffeeshop.account.access.identity_policies import (
    attached_policies,
    policies_of_entity,
)
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.services.lookups import entity_of_arn
from coffeeshop.account.services.paging import list_page
from coffeeshop.account.values import Json
from coffeeshop.policy.language.parse import MalformedPolicy, parse
from coffeeshop.policy.language.printing import dumps
from coffeeshop.policy.language.variables import variable_names
from coffeeshop.policy.model import Kind, Policy

OPERATIONS = Operations()


@OPERATIONS.add("SimulateCustomPolicy")
def simulate_custom_policy(account: Account, act: Act) -> Change:
    page = _simulation_page(act.call, _with_lists(act.call.parameters))
    return account, page


@OPERATIONS.add("SimulatePrincipalPolicy")
def simulate_principal_policy(account: Account, act: Act) -> Change:
    """Simulate the policies of a user, group or role, together with those that the call
    gives.

    Its permissions boundary counts unless the call gives one.
    """
    source = entity_of_arn(account, act.call.text("PolicySourceArn"))
    request: dict[str, Any] = _with_lists(act.call.parameters)
    policies = [
        policy if policy.text else dumps(policy)
        for policy in policies_of_entity(account, source)
    ]
    request["PolicyInputList"] = [*policies, *request.get("PolicyInputList", ())] or [
        POLICY_ALLOWING_NOTHING
    ]
    if isinstance(source, User | Role):
        boundary = source.boundary
    else:
        boundary = ""
    if boundary and "PermissionsBoundaryPolicyInputList" not in request:
        request["PermissionsBoundaryPolicyInputList"] = [
            *attached_policies(account, (boundary,))
        ]
    if isinstance(source, User):
        request.setdefault("CallerArn", account.arn(source))
    if account.joined_organization and (
        scps := [*policy_levels(account.joined_organization, account.id, SCP_TYPE)]
    ):
        request["OrderedOrganizationPolicyInputList"] = [
            {"ServiceControlPolicyInputList": [*level]} for level in scps
        ]
    return account, _simulation_page(act.call, request)


POLICY_ALLOWING_NOTHING = (  # for one who holds no policy: the simulator wants one, a policy a statement, and this one speaks of nothing
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "NotAction": "*", "Resource": "*"}]}'
)


def _with_lists(parameters: Mapping[str, Json]) -> Any:
    """Return parameters with lists instead of tuples, as the simulator reads them."""
    return json.loads(json.dumps(dict(parameters)))


def _simulation_page(call: Call, document: Any) -> Reply:
    """Return one page of the results, in the order of the actions."""
    # A reader of its own, which few calls want.
    from coffeeshop.policy.simulation import simulate

    try:
        report = simulate.simulate(document)
    except simulate.SimulationError as wrong:
        raise errors.service_error(wrong.code, wrong.message) from None
    results = policy_documents.freeze_json(report["EvaluationResults"])
    assert isinstance(results, tuple), "a result for each action"
    results_by_place = {f"{place:06}": result for place, result in enumerate(results)}
    return list_page(
        call, "EvaluationResults", results_by_place, results_by_place.__getitem__
    )


@OPERATIONS.add("GetContextKeysForCustomPolicy")
def get_context_keys_for_custom(account: Account, act: Act) -> Change:
    return account, _context_keys(_input_policies(act.call))


@OPERATIONS.add("GetContextKeysForPrincipalPolicy")
def get_context_keys_for_principal(account: Account, act: Act) -> Change:
    """Return the context keys that the policies of a principal, and those in the call, read."""
    return account, _context_keys(
        (
            *policies_of_entity(
                account, entity_of_arn(account, act.call.text("PolicySourceArn"))
            ),
            *_input_policies(act.call),
        )
    )


def _input_policies(call: Call) -> list[Policy]:
    """Return the policies of PolicyInputList."""
    try:
        return [parse(text, Kind.IDENTITY) for text in call.words("PolicyInputList")]
    except MalformedPolicy as wrong:
        raise errors.service_error(
            "InvalidInput", f"Invalid policy: {wrong.problems[0]}"
        ) from None


def _context_keys(policies: Iterable[Policy]) -> Reply:
    """Return the context keys in conditions and in policy variables."""
    keys: dict[str, str] = {}
    for statement in (statement for policy in policies for statement in policy.statements):
        texts = (
            *(statement.resources.values if statement.resources else ()),
            *(v for c in statement.conditions for v in c.values),
        )
        for key in (
            *(c.key for c in statement.conditions),
            *(name for text in texts for name in variable_names(text)),
        ):
            keys.setdefault(key.lower(), key)
    return Reply({"ContextKeyNames": tuple(keys.values())})
