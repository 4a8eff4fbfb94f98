"""SimulateCustomPolicy: AWS's input document -> its output document, decided by `authorize`; nothing is filled in.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
SourcePolicyType and the positions are those of recorded answers ("IAM Policy"; a statement starts behind the bracket or
the statement before it), which the reference does not spell out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, TypeAlias, assert_never, cast

from coffeeshop.policy import catalog
from coffeeshop.policy.arn import Arn, arn_glob
from coffeeshop.policy.authorize import authorize
from coffeeshop.policy.explain import heard, missing_keys
from coffeeshop.policy.model import (
    Allowed,
    Decision,
    ExplicitlyDenied,
    ImplicitlyDenied,
    Kind,
    Layer,
    Matched,
    Policy,
    Principal,
    Request,
    Standing,
    Values,
)
from coffeeshop.policy.parse import MalformedPolicy, parse
from coffeeshop.policy.reader import Source

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Answer: TypeAlias = dict[str, Json]

DECISIONS: Final = ("explicitDeny", "implicitDeny", "allowed")  # the most restrictive first
SHOWN: Final = frozenset({Kind.IDENTITY, Kind.RESOURCE})  # whose statements and keys an answer names
LONGEST: Final = 131_072  # characters of a policy
LEVELS: Final = 7
_HOLE: Final = re.compile(r"\$\{[^{}]*\}")  # what an ARN template leaves open
TYPES: Final = frozenset(
    kind + many for kind in ("string", "numeric", "boolean", "ip", "binary", "date") for many in ("", "List")
)


class SimulationError(Exception):
    """The input cannot be simulated: AWS's code and a message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


# -------------------------------------------------------------------- the verbs
def simulate(document: Mapping[str, object]) -> Answer:
    """The answer to SimulateCustomPolicy's input. Raises SimulationError for input that AWS refuses."""
    principal = _caller(_text(document, "CallerArn"))
    standing = Standing(principal, tuple(_layers(document, principal)))
    resources = _texts(document, "ResourceArns") or ("*",)
    return {
        "EvaluationResults": [
            evaluation(standing, _action(action), resources, _context(document), _owner(document, principal))
            for action in _texts(document, "ActionNames", required=True)
        ]
    }


def lines(documents: Iterable[str | bytes]) -> Iterator[str]:
    """One answer a line for one input document a line. A bad line's answer is `{"Error": {"Code", "Message"}}`, and the
    stream goes on; blank lines are passed over.
    """
    for line in documents:
        if line.strip():
            yield json.dumps(_answer(line))


def _answer(line: str | bytes) -> Answer:
    try:
        document: object = json.loads(line)
    except (ValueError, RecursionError) as wrong:
        return _error("MalformedInput", f"the line is no JSON: {wrong}")
    if not isinstance(document, dict):
        return _error("MalformedInput", "the line is no JSON object")
    try:
        return simulate(cast("dict[str, object]", document))
    except SimulationError as wrong:
        return _error(wrong.code, wrong.message)


def _error(code: str, message: str) -> Answer:
    return {"Error": {"Code": code, "Message": message}}


# ---------------------------------------------------------------------- answers
def evaluation(
    standing: Standing,
    action: str,
    resources: Values,
    context: Mapping[str, Values],
    owner: Callable[[str], str],
    source: Callable[[Matched], str] = lambda matched: matched.policy.name,
) -> Answer:
    """One EvaluationResult: an action on each resource. `owner` says whose a resource is, `source` names a policy.

    With one resource the result is named by it; with several by the ARN template of the action's resource type.
    """
    decisions = [authorize(standing, Request(action, resource, context, owner(resource))) for resource in resources]
    specific = [_result(decision, source) for decision in decisions]
    whole = min(specific, key=lambda result: DECISIONS.index(str(result["EvalResourceDecision"])))
    answer: Answer = {
        "EvalActionName": action,
        "EvalResourceName": resources[0] if len(resources) == 1 else _template(action, resources[0]),
        "EvalDecision": whole["EvalResourceDecision"],
        "MatchedStatements": _union(decisions, specific, "MatchedStatements", str(whole["EvalResourceDecision"])),
        "MissingContextValues": _union(decisions, specific, "MissingContextValues"),
        **{name: detail for name, detail in whole.items() if name.endswith("DecisionDetail")},
    }
    return answer if resources == ("*",) else {**answer, "ResourceSpecificResults": specific}


def _result(decision: Decision, source: Callable[[Matched], str]) -> Answer:
    answer: Answer = {
        "EvalResourceName": decision.request.resource,
        "EvalResourceDecision": verdict(decision),
        "MatchedStatements": [_matched(matched, source) for matched in _deciding(decision)],
        "MissingContextValues": list(missing_keys(decision, SHOWN)),
    }
    caps = {Kind.BOUNDARY: "PermissionsBoundaryDecisionDetail", Kind.SCP: "OrganizationsDecisionDetail"}
    allowed = {
        "PermissionsBoundaryDecisionDetail": "AllowedByPermissionsBoundary",
        "OrganizationsDecisionDetail": "AllowedByOrganizations",
    }
    for kind, name in caps.items():
        layers = [one for one in heard(decision) if one.layer.kind is kind]
        if layers:
            answer[name] = {allowed[name]: all(one.allows and not one.denies for one in layers)}
    return answer


def verdict(decision: Decision) -> str:
    """EvalDecision."""
    match decision:
        case Allowed():
            return "allowed"
        case ExplicitlyDenied():
            return "explicitDeny"
        case ImplicitlyDenied():
            return "implicitDeny"
        case _:
            assert_never(decision)


def _deciding(decision: Decision) -> Iterable[Matched]:
    """The statements of identity and resource policies that settle it; of other kinds AWS shows none."""
    match decision:
        case Allowed(by=by):
            return by
        case ExplicitlyDenied():
            found = [one for one in heard(decision) if one.layer.kind in SHOWN]
            return [clause.matched(one.layer) for one in found for clause in one.denies]
        case ImplicitlyDenied():
            return ()
        case _:
            assert_never(decision)


def _matched(matched: Matched, source: Callable[[Matched], str]) -> Answer:
    start, end = _span(matched)
    lines_of = Source(matched.policy.text)
    kind = "Resource Policy" if matched.layer.kind is Kind.RESOURCE else "IAM Policy"
    answer: Answer = {"SourcePolicyId": source(matched), "SourcePolicyType": kind}
    for name, at in (("StartPosition", start), ("EndPosition", end)):
        place = lines_of.place("", at, at)
        answer[name] = {"Line": place.line, "Column": place.column}
    return answer


def _span(matched: Matched) -> tuple[int, int]:
    """Where AWS says that a statement starts (behind the `[` or the `}` before it; a lone one behind its own `{`), and
    where it ends (behind its `}`)."""
    place = matched.statement.place
    before = matched.policy.text[: place.start].rstrip(" \t\r\n,")
    return (place.start + 1 if before.endswith(":") else len(before)), place.end


def _union(decisions: Sequence[Decision], results: Sequence[Answer], name: str, only: str = "") -> list[Json]:
    """The values of all resources, each once; `only` of those decided so."""
    found = [result for result in results if not only or result["EvalResourceDecision"] == only]
    values = [value for result in found for value in cast("list[Json]", result[name])]
    return [value for at, value in enumerate(values) if value not in values[:at]]


def _template(action: str, resource: str) -> str:
    """The ARN template of the action's resource type that this resource is of; `*` where it is of none."""
    found = catalog.action(action)
    service = action.partition(":")[0].lower()
    types = [catalog.resource_type(service, target.name) for target in (found.resource_types if found else ())]
    templates = [kind.arn for kind in types if kind]
    return next((arn for arn in templates if arn_glob(_HOLE.sub("*", arn))(resource)), "*")


# ------------------------------------------------------------------------ input
def _layers(document: Mapping[str, object], principal: Principal) -> Iterator[Layer]:
    policies = _policies(document, "PolicyInputList", Kind.IDENTITY, required=True)
    yield Layer(Kind.IDENTITY, policies)
    boundary = _policies(document, "PermissionsBoundaryPolicyInputList", Kind.BOUNDARY)
    if len(boundary) > 1:
        raise SimulationError("InvalidInput", "PermissionsBoundaryPolicyInputList takes one policy")
    if boundary:
        yield Layer(Kind.BOUNDARY, boundary)
    levels = _list(document, "OrderedOrganizationPolicyInputList")
    if len(levels) > LEVELS:
        raise SimulationError("InvalidInput", f"OrderedOrganizationPolicyInputList takes {LEVELS} levels")
    for number, level in enumerate(levels, 1):
        inner = _object(level, f"OrderedOrganizationPolicyInputList.{number}")
        yield Layer(Kind.SCP, _policies(inner, "ServiceControlPolicyInputList", Kind.SCP))
    resource = _text(document, "ResourcePolicy")
    if resource:
        if principal.arn == "*":
            raise SimulationError(
                "InvalidInput", "ResourcePolicy needs CallerArn: whom its Principal is to be matched with"
            )
        yield Layer(Kind.RESOURCE, (_policy(resource, Kind.RESOURCE, "ResourcePolicy"),))


def _policies(document: Mapping[str, object], name: str, kind: Kind, required: bool = False) -> tuple[Policy, ...]:
    texts = _texts(document, name, required)
    return tuple(_policy(text, kind, f"{name}.{number}") for number, text in enumerate(texts, 1))


def _policy(text: str, kind: Kind, name: str) -> Policy:
    if len(text) > LONGEST:
        raise SimulationError("ValidationError", f"{name}: a policy has at most {LONGEST} characters")
    try:
        return _parsed(text, kind, name)
    except MalformedPolicy as wrong:
        raise SimulationError("InvalidInput", f"{name}: {'; '.join(map(str, wrong.problems))}") from None


@lru_cache(maxsize=64)
def _parsed(text: str, kind: Kind, name: str) -> Policy:
    """Lines of a stream mostly repeat their policies: those that recur are read and compiled once."""
    return parse(text, kind, name)


def _caller(arn: str) -> Principal:
    """Who calls: a user, role, group or the root user by ARN; without one, a principal of nothing but policies."""
    if not arn:
        return Principal("*")
    found = Arn.read(arn)
    kind = found.resource.partition("/")[0] if found and found.service == "iam" else ""
    match kind:
        case "role" if found:
            return Principal(arn, found.account, kind="role", role_arn=arn)
        case "user" | "group" if found:
            return Principal(arn, found.account)
        case "root" if found:
            return Principal(arn, found.account, kind="root")
        case _:
            raise SimulationError("InvalidInput", f"CallerArn `{arn}` is not the ARN of an IAM user, group or role")


def _owner(document: Mapping[str, object], principal: Principal) -> Callable[[str], str]:
    """Whose a resource is: the account in its ARN, else ResourceOwner's, else the caller's."""
    stated = _text(document, "ResourceOwner")
    found = Arn.read(stated)
    if stated and not (found and found.account):
        raise SimulationError("InvalidInput", f"ResourceOwner `{stated}` is not the ARN of an account")
    default = found.account if found else ""

    def owner(resource: str) -> str:
        arn = Arn.read(resource)
        return "" if principal.arn == "*" else (arn.account if arn else "") or default

    return owner


def _action(name: str) -> str:
    service, colon, action = name.partition(":")
    if not (service and colon and action) or "*" in name or "?" in name:
        raise SimulationError(
            "InvalidInput", f"ActionNames: `{name}` is no action: write it in full, as `s3:GetObject`"
        )
    return name


def _context(document: Mapping[str, object]) -> dict[str, Values]:
    context: dict[str, Values] = {}
    for number, entry in enumerate(_list(document, "ContextEntries"), 1):
        inner = _object(entry, f"ContextEntries.{number}")
        name, kind = _text(inner, "ContextKeyName"), _text(inner, "ContextKeyType") or "string"
        values = _texts(inner, "ContextKeyValues")
        if not name or kind not in TYPES:
            wrong = f"ContextEntries.{number} needs a ContextKeyName and a ContextKeyType of {', '.join(sorted(TYPES))}"
            raise SimulationError("InvalidInput", wrong)
        context[name] = values
    return context


def _list(document: Mapping[str, object], name: str, required: bool = False) -> list[object]:
    value = document.get(name)
    if value is None and not required:
        return []
    if not isinstance(value, list):
        raise SimulationError("ValidationError", f"{name} is missing" if value is None else f"{name} is no list")
    return cast("list[object]", value)


def _texts(document: Mapping[str, object], name: str, required: bool = False) -> Values:
    values = _list(document, name, required)
    if required and not values:
        raise SimulationError("ValidationError", f"{name} is empty")
    texts = tuple(value for value in values if isinstance(value, str))
    if len(texts) != len(values):
        raise SimulationError("ValidationError", f"{name} holds something that is no text")
    return texts


def _text(document: Mapping[str, object], name: str) -> str:
    value = document.get(name, "")
    if not isinstance(value, str):
        raise SimulationError("ValidationError", f"{name} is no text")
    return value


def _object(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise SimulationError("ValidationError", f"{name} is no object")
    return cast("dict[str, object]", value)
