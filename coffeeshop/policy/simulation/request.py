"""What a simulation is asked: SimulateCustomPolicy's input document -> a standing, actions, resources and a context.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple, cast

from coffeeshop.policy.language.arn import Arn
from coffeeshop.policy.language.parse import MalformedPolicy, parse
from coffeeshop.policy.model import Kind, Layer, Policy, Principal, Standing, Values

LONGEST: Final = 131_072  # characters of a policy
LEVELS: Final = 7
TYPES: Final = frozenset(
    kind + many
    for kind in ("string", "numeric", "boolean", "ip", "binary", "date")
    for many in ("", "List")
)


class SimulationError(Exception):
    """The input cannot be simulated: AWS's code and a message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Simulation(NamedTuple):
    """Every action is asked on every resource; `owner` says whose a resource is."""

    standing: Standing
    actions: Values
    resources: Values
    context: Mapping[str, Values]
    owner: Callable[[str], str]


def read_simulation(document: Mapping[str, object]) -> Simulation:
    """Returns the simulation that a document asks for. Raises SimulationError for what AWS refuses."""
    principal = _caller(_text(document, "CallerArn"))
    return Simulation(
        Standing(principal, tuple(_layers(document, principal))),
        tuple(map(_action, _texts(document, "ActionNames", required=True))),
        _texts(document, "ResourceArns") or ("*",),
        _context(document),
        _owner(document),
    )


def _layers(document: Mapping[str, object], principal: Principal) -> Iterator[Layer]:
    policies = _policies(document, "PolicyInputList", Kind.IDENTITY, required=True)
    yield Layer(Kind.IDENTITY, policies)
    boundary = _policies(document, "PermissionsBoundaryPolicyInputList", Kind.BOUNDARY)
    if len(boundary) > 1:
        raise SimulationError(
            "InvalidInput", "PermissionsBoundaryPolicyInputList takes one policy"
        )
    if boundary:
        yield Layer(Kind.BOUNDARY, boundary)
    levels = _list(document, "OrderedOrganizationPolicyInputList")
    if len(levels) > LEVELS:
        raise SimulationError(
            "InvalidInput", f"OrderedOrganizationPolicyInputList takes {LEVELS} levels"
        )
    for number, level in enumerate(levels, 1):
        inner = _object(level, f"OrderedOrganizationPolicyInputList.{number}")
        yield Layer(Kind.SCP, _policies(inner, "ServiceControlPolicyInputList", Kind.SCP))
    resource = _text(document, "ResourcePolicy")
    if resource:
        if principal.arn == "*":
            raise SimulationError(
                "InvalidInput",
                "ResourcePolicy needs CallerArn: whom its Principal is to be matched with",
            )
        yield Layer(Kind.RESOURCE, (_policy(resource, Kind.RESOURCE, "ResourcePolicy"),))


def _policies(
    document: Mapping[str, object], name: str, kind: Kind, required: bool = False
) -> tuple[Policy, ...]:
    given = _list(document, name, required)
    if required and not given:
        raise SimulationError("ValidationError", f"{name} is empty")
    return tuple(
        _policy(one, kind, f"{name}.{number}") for number, one in enumerate(given, 1)
    )


def _policy(given: object, kind: Kind, name: str) -> Policy:
    """A policy by its text; or one that an account holds, which is as it is: AWS refuses nothing that it holds."""
    if isinstance(given, Policy):
        return replace(given, name=name)
    text = given
    if not isinstance(text, str):
        raise SimulationError(
            "ValidationError", f"{name.partition('.')[0]} holds something that is no text"
        )
    if len(text) > LONGEST:
        raise SimulationError(
            "ValidationError", f"{name}: a policy has at most {LONGEST} characters"
        )
    try:
        return _parsed(text, kind, name)
    except MalformedPolicy as wrong:
        raise SimulationError(
            "InvalidInput", f"{name}: {'; '.join(map(str, wrong.problems))}"
        ) from None


@lru_cache(maxsize=64)
def _parsed(text: str, kind: Kind, name: str) -> Policy:
    """Lines of a stream mostly repeat their policies: those that recur are read and compiled once."""
    return parse(text, kind, name)


def _caller(arn: str) -> Principal:
    """Who calls: a user, role, group or the root user by ARN; without one, a principal of nothing but policies."""
    if not arn:
        return Principal("*")
    found = Arn.read(arn)
    if found and found.service == "iam":
        kind = found.resource.partition("/")[0]
    else:
        kind = ""
    match kind:
        case "role" if found:
            return Principal(arn, found.account, kind="role", role_arn=arn)
        case "user" | "group" if found:
            return Principal(arn, found.account)
        case "root" if found:
            return Principal(arn, found.account, kind="root")
        case _:
            raise SimulationError(
                "InvalidInput",
                f"CallerArn `{arn}` is not the ARN of an IAM user, group or role",
            )


def _owner(document: Mapping[str, object]) -> Callable[[str], str]:
    """Whose a resource is: the account in its ARN, else ResourceOwner's, else the caller's."""
    stated = _text(document, "ResourceOwner")
    found = Arn.read(stated)
    if stated and not (found and found.account):
        raise SimulationError(
            "InvalidInput", f"ResourceOwner `{stated}` is not the ARN of an account"
        )
    default = found.account if found else ""

    def owner(resource: str) -> str:
        arn = Arn.read(resource)
        return (arn.account if arn else "") or default

    return owner


def _action(name: str) -> str:
    service, colon, action = name.partition(":")
    if not (service and colon and action) or "*" in name or "?" in name:
        raise SimulationError(
            "InvalidInput",
            f"ActionNames: `{name}` is no action: write it in full, as `s3:GetObject`",
        )
    return name


def _context(document: Mapping[str, object]) -> dict[str, Values]:
    context: dict[str, Values] = {}
    for number, entry in enumerate(_list(document, "ContextEntries"), 1):
        inner = _object(entry, f"ContextEntries.{number}")
        name = _text(inner, "ContextKeyName")
        kind = _text(inner, "ContextKeyType") or "string"
        values = _texts(inner, "ContextKeyValues")
        if not name or kind not in TYPES:
            wrong = f"ContextEntries.{number} needs a ContextKeyName and a ContextKeyType of {', '.join(sorted(TYPES))}"
            raise SimulationError("InvalidInput", wrong)
        context[name] = values
    return context


def _list(
    document: Mapping[str, object], name: str, required: bool = False
) -> list[object]:
    value = document.get(name)
    if value is None and not required:
        return []
    if not isinstance(value, list):
        raise SimulationError(
            "ValidationError",
            f"{name} is missing" if value is None else f"{name} is no list",
        )
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
