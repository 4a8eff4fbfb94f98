"""Answer SimulateCustomPolicy: turn AWS's input document into its output document, decided by `authorize`.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
SourcePolicyType and positions follow recorded answers, because the reference doesn't define them. The type is "IAM Policy". A
statement starts after the bracket or the statement before it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, TypeAlias, assert_never, cast

from coffeeshop.policy import catalog
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.explain import layer_matches, missing_keys
from coffeeshop.policy.language.arn import arn_glob
from coffeeshop.policy.language.json_source import Source
from coffeeshop.policy.model import (
    Allowed,
    Decision,
    ExplicitlyDenied,
    ImplicitlyDenied,
    Kind,
    Matched,
    Request,
    Standing,
    Values,
)
from coffeeshop.policy.simulation.request import SimulationError, read_simulation

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Response: TypeAlias = dict[str, Json]
EvalDecision: TypeAlias = Literal["allowed", "explicitDeny", "implicitDeny"]

DECISION_ORDER: Final = (
    "explicitDeny",
    "implicitDeny",
    "allowed",
)  # the most restrictive first
# The kinds whose statements and keys an answer names.
SHOWN_KINDS: Final = frozenset({Kind.IDENTITY, Kind.RESOURCE})
_PLACEHOLDER_PATTERN: Final = re.compile(
    r"\$\{[^{}]*\}"
)  # a placeholder of an ARN template


# -------------------------------------------------------------------- the verbs
def simulate(document: Mapping[str, object]) -> Response:
    """Return the answer to SimulateCustomPolicy's input. Raises SimulationError for input that AWS refuses.

    >>> text = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}'
    >>> answer = simulate({"PolicyInputList": [text], "ActionNames": ["s3:GetObject", "s3:PutObject"]})
    >>> [(result["EvalActionName"], result["EvalDecision"]) for result in answer["EvaluationResults"]]
    [('s3:GetObject', 'allowed'), ('s3:PutObject', 'implicitDeny')]
    """
    simulation = read_simulation(document)
    return {
        "EvaluationResults": [
            evaluate_action(
                simulation.standing,
                action,
                simulation.resources,
                simulation.context,
                simulation.owner,
            )
            for action in simulation.actions
        ]
    }


def answer_lines(documents: Iterable[str | bytes]) -> Iterator[str]:
    """Yield one answer for each line that isn't blank. A bad line gets `{"Error": {"Code",
    "Message"}}`.
    """
    for line in documents:
        if line.strip():
            yield json.dumps(_answer_line(line))


def _answer_line(line: str | bytes) -> Response:
    """Return the answer to one line, or an error."""
    try:
        document: object = json.loads(line)
    except (ValueError, RecursionError) as wrong:
        return _error_response("MalformedInput", f"the line is no JSON: {wrong}")
    if not isinstance(document, dict):
        return _error_response("MalformedInput", "the line is no JSON object")
    try:
        return simulate(cast("dict[str, object]", document))
    except SimulationError as wrong:
        return _error_response(wrong.code, wrong.message)


def _error_response(code: str, message: str) -> Response:
    """Return an error as one JSON object, in the shape of AWS's answers."""
    return {"Error": {"Code": code, "Message": message}}


# ---------------------------------------------------------------------- answers
def evaluate_action(
    standing: Standing,
    action: str,
    resources: Values,
    context: Mapping[str, Values],
    owner_of: Callable[[str], str],
) -> Response:
    """Return one EvaluationResult for an action on each resource. `owner_of` returns the account of a resource.

    With one resource, the result has its name. With several, it has the ARN template of the action's resource type.
    """
    decisions = [
        authorize(standing, Request(action, resource, context, owner_of(resource)))
        for resource in resources
    ]
    resource_results = [_resource_result(decision) for decision in decisions]
    decisive_result = min(
        resource_results,
        key=lambda result: DECISION_ORDER.index(str(result["EvalResourceDecision"])),
    )
    answer: Response = {
        "EvalActionName": action,
        "EvalResourceName": resources[0]
        if len(resources) == 1
        else _resource_template(action, resources[0]),
        "EvalDecision": decisive_result["EvalResourceDecision"],
        "MatchedStatements": _union_of_lists(
            decisions,
            resource_results,
            "MatchedStatements",
            str(decisive_result["EvalResourceDecision"]),
        ),
        "MissingContextValues": _union_of_lists(
            decisions, resource_results, "MissingContextValues"
        ),
        "EvalDecisionDetails": {},  # only simulations across accounts fill it
        **{
            name: detail
            for name, detail in decisive_result.items()
            if name.endswith("DecisionDetail")
        },
    }
    if resources == ("*",):
        return answer
    return {**answer, "ResourceSpecificResults": resource_results}


def _resource_result(decision: Decision) -> Response:
    """Return the result for one resource, with the details of boundaries and SCPs if there
    are any.
    """
    answer: Response = {
        "EvalResourceName": decision.request.resource,
        "EvalResourceDecision": decision_name(decision),
        "MatchedStatements": [
            _statement_document(matched) for matched in _deciding_statements(decision)
        ],
        "MissingContextValues": list(missing_keys(decision, SHOWN_KINDS)),
    }
    caps = {
        Kind.BOUNDARY: "PermissionsBoundaryDecisionDetail",
        Kind.SCP: "OrganizationsDecisionDetail",
    }
    allowed = {
        "PermissionsBoundaryDecisionDetail": "AllowedByPermissionsBoundary",
        "OrganizationsDecisionDetail": "AllowedByOrganizations",
    }
    for kind, name in caps.items():
        layers = [
            matches for matches in layer_matches(decision) if matches.layer.kind is kind
        ]
        if layers:
            answer[name] = {
                allowed[name]: all(
                    matches.allows and not matches.denies for matches in layers
                )
            }
    return answer


def decision_name(decision: Decision) -> EvalDecision:
    """Return a decision as SimulateCustomPolicy names it."""
    match decision:
        case Allowed():
            return "allowed"
        case ExplicitlyDenied():
            return "explicitDeny"
        case ImplicitlyDenied():
            return "implicitDeny"
        case _:
            assert_never(decision)


def _deciding_statements(decision: Decision) -> Iterable[Matched]:
    """Return the identity and resource policies' statements that decide. AWS shows no other
    kinds.
    """
    match decision:
        case Allowed(by=by):
            return by
        case ExplicitlyDenied():
            shown_layers = [
                matches
                for matches in layer_matches(decision)
                if matches.layer.kind in SHOWN_KINDS
            ]
            return [
                clause.cited_statement(matches.layer)
                for matches in shown_layers
                for clause in matches.denies
            ]
        case ImplicitlyDenied():
            return ()
        case _:
            assert_never(decision)


def _statement_document(matched: Matched) -> Response:
    """Return where a statement is, as AWS shows it."""
    start, end = _statement_span(matched)
    lines_of = Source(matched.policy.text)
    if matched.layer.kind is Kind.RESOURCE:
        kind = "Resource Policy"
    else:
        kind = "IAM Policy"
    answer: Response = {"SourcePolicyId": matched.policy.name, "SourcePolicyType": kind}
    for name, at in (("StartPosition", start), ("EndPosition", end)):
        place = lines_of.place("", at, at)
        answer[name] = {"Line": place.line, "Column": place.column}
    return answer


def _statement_span(matched: Matched) -> tuple[int, int]:
    """Return the start and end of a statement, as AWS reports them.

    It starts after the `[` or the `}` before it. A single statement starts after its own `{`. It ends after its own `}`.
    """
    place = matched.statement.place
    before = matched.policy.text[: place.start].rstrip(" \t\r\n,")
    return (place.start + 1 if before.endswith(":") else len(before)), place.end


def _union_of_lists(
    decisions: Sequence[Decision],
    results: Sequence[Response],
    name: str,
    with_decision: str = "",
) -> list[Json]:
    """Return the values of the list `name` in the results of all resources, each once.

    `with_decision` limits this to results with that decision.
    """
    results_with_decision = [
        result
        for result in results
        if not with_decision or result["EvalResourceDecision"] == with_decision
    ]
    values = [
        value
        for result in results_with_decision
        for value in cast("list[Json]", result[name])
    ]
    return [value for index, value in enumerate(values) if value not in values[:index]]


def _resource_template(action: str, resource: str) -> str:
    """Return the ARN template of the action's resource type that matches a resource, or
    `*`.
    """
    action_row = catalog.find_action(action)
    service = action.partition(":")[0].lower()
    types = [
        catalog.find_resource_type(service, target.name)
        for target in (action_row.resource_types if action_row else ())
    ]
    templates = [kind.arn for kind in types if kind]
    return next(
        (
            arn
            for arn in templates
            if arn_glob(_PLACEHOLDER_PATTERN.sub("*", arn))(resource)
        ),
        "*",
    )
