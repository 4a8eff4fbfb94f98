"""Read the input document of SimulateCustomPolicy into a standing, actions, resources and a context.

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

MAX_POLICY_LENGTH: Final = 131_072  # characters of a policy
MAX_POLICY_DEPTH: Final = 7
CONTEXT_KEY_TYPES: Final = frozenset(
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
    """The input of a simulation.

    Every action is evaluated on every resource. `owner` returns the account of a resource.
    """

    standing: Standing
    actions: Values
    resources: Values
    context: Mapping[str, Values]
    owner: Callable[[str], str]


def read_simulation(document: Mapping[str, object]) -> Simulation:
    """Return the simulation that a document asks for. Raise SimulationError as AWS does."""
    principal = _read_caller(_read_text(document, "CallerArn"))
    return Simulation(
        Standing(principal, tuple(_read_layers(document, principal))),
        tuple(map(_checked_action, _read_texts(document, "ActionNames", required=True))),
        _read_texts(document, "ResourceArns") or ("*",),
        _read_context(document),
        _owner_lookup(document),
    )


def _read_layers(document: Mapping[str, object], principal: Principal) -> Iterator[Layer]:
    """Yield the layers of the policies in a document."""
    policies = _read_policies(document, "PolicyInputList", Kind.IDENTITY, required=True)
    yield Layer(Kind.IDENTITY, policies)
    boundary = _read_policies(document, "PermissionsBoundaryPolicyInputList", Kind.BOUNDARY)
    if len(boundary) > 1:
        raise SimulationError(
            "InvalidInput", "PermissionsBoundaryPolicyInputList takes one policy"
        )
    if boundary:
        yield Layer(Kind.BOUNDARY, boundary)
    levels = _read_list(document, "OrderedOrganizationPolicyInputList")
    if len(levels) > MAX_POLICY_DEPTH:
        raise SimulationError(
            "InvalidInput",
            f"OrderedOrganizationPolicyInputList takes {MAX_POLICY_DEPTH} levels",
        )
    for number, level in enumerate(levels, 1):
        inner = _read_object(level, f"OrderedOrganizationPolicyInputList.{number}")
        yield Layer(
            Kind.SCP, _read_policies(inner, "ServiceControlPolicyInputList", Kind.SCP)
        )
    resource = _read_text(document, "ResourcePolicy")
    if resource:
        if principal.arn == "*":
            raise SimulationError(
                "InvalidInput",
                "ResourcePolicy needs CallerArn: whom its Principal is to be matched with",
            )
        yield Layer(
            Kind.RESOURCE, (_read_policy(resource, Kind.RESOURCE, "ResourcePolicy"),)
        )


def _read_policies(
    document: Mapping[str, object], name: str, kind: Kind, required: bool = False
) -> tuple[Policy, ...]:
    """Return the policies under a name. Raise SimulationError if they are required and
    missing.
    """
    values = _read_list(document, name, required)
    if required and not values:
        raise SimulationError("ValidationError", f"{name} is empty")
    return tuple(
        _read_policy(value, kind, f"{name}.{number}")
        for number, value in enumerate(values, 1)
    )


def _read_policy(value: object, kind: Kind, name: str) -> Policy:
    """Return a policy, given as text. A policy that an account holds is returned as it is."""
    if isinstance(value, Policy):
        return replace(value, name=name)
    text = value
    if not isinstance(text, str):
        raise SimulationError(
            "ValidationError", f"{name.partition('.')[0]} holds something that is no text"
        )
    if len(text) > MAX_POLICY_LENGTH:
        raise SimulationError(
            "ValidationError",
            f"{name}: a policy has at most {MAX_POLICY_LENGTH} characters",
        )
    try:
        return _parse_once(text, kind, name)
    except MalformedPolicy as wrong:
        raise SimulationError(
            "InvalidInput", f"{name}: {'; '.join(map(str, wrong.problems))}"
        ) from None


@lru_cache(maxsize=64)
def _parse_once(text: str, kind: Kind, name: str) -> Policy:
    """Return a policy. Lines of a stream mostly repeat their policies, so the last ones are
    kept.
    """
    return parse(text, kind, name)


def _read_caller(arn: str) -> Principal:
    """Return the principal with this ARN: a user, role, group or root.

    An empty ARN gives a principal with policies only.
    """
    if not arn:
        return Principal("*")
    caller_arn = Arn.read(arn)
    if caller_arn and caller_arn.service == "iam":
        kind = caller_arn.resource.partition("/")[0]
    else:
        kind = ""
    match kind:
        case "role" if caller_arn:
            return Principal(arn, caller_arn.account, kind="role", role_arn=arn)
        case "user" | "group" if caller_arn:
            return Principal(arn, caller_arn.account)
        case "root" if caller_arn:
            return Principal(arn, caller_arn.account, kind="root")
        case _:
            raise SimulationError(
                "InvalidInput",
                f"CallerArn `{arn}` is not the ARN of an IAM user, group or role",
            )


def _owner_lookup(document: Mapping[str, object]) -> Callable[[str], str]:
    """Return a function from a resource's ARN to its account: the ARN's own, or else the account in ResourceOwner."""
    stated = _read_text(document, "ResourceOwner")
    owner_arn = Arn.read(stated)
    if stated and not (owner_arn and owner_arn.account):
        raise SimulationError(
            "InvalidInput", f"ResourceOwner `{stated}` is not the ARN of an account"
        )
    default = owner_arn.account if owner_arn else ""

    def owner(resource: str) -> str:
        arn = Arn.read(resource)
        return (arn.account if arn else "") or default

    return owner


def _checked_action(name: str) -> str:
    """Return an action's name. Raise SimulationError if it has a wildcard or no service, as AWS refuses those."""
    service, colon, action = name.partition(":")
    if not (service and colon and action) or "*" in name or "?" in name:
        raise SimulationError(
            "InvalidInput",
            f"ActionNames: `{name}` is no action: write it in full, as `s3:GetObject`",
        )
    return name


def _read_context(document: Mapping[str, object]) -> dict[str, Values]:
    """Return the context keys with their values."""
    context: dict[str, Values] = {}
    for number, entry in enumerate(_read_list(document, "ContextEntries"), 1):
        inner = _read_object(entry, f"ContextEntries.{number}")
        name = _read_text(inner, "ContextKeyName")
        kind = _read_text(inner, "ContextKeyType") or "string"
        values = _read_texts(inner, "ContextKeyValues")
        if not name or kind not in CONTEXT_KEY_TYPES:
            wrong = f"ContextEntries.{number} needs a ContextKeyName and a ContextKeyType of {', '.join(sorted(CONTEXT_KEY_TYPES))}"
            raise SimulationError("InvalidInput", wrong)
        context[name] = values
    return context


def _read_list(
    document: Mapping[str, object], name: str, required: bool = False
) -> list[object]:
    """Return the list under a name.

    If it is missing, return an empty list, or raise SimulationError if it is required.
    """
    value = document.get(name)
    if value is None and not required:
        return []
    if not isinstance(value, list):
        raise SimulationError(
            "ValidationError",
            f"{name} is missing" if value is None else f"{name} is no list",
        )
    return cast("list[object]", value)


def _read_texts(
    document: Mapping[str, object], name: str, required: bool = False
) -> Values:
    """Return the texts under a name. If there are none, return (), or raise SimulationError if they are required."""
    values = _read_list(document, name, required)
    if required and not values:
        raise SimulationError("ValidationError", f"{name} is empty")
    texts = tuple(value for value in values if isinstance(value, str))
    if len(texts) != len(values):
        raise SimulationError("ValidationError", f"{name} holds something that is no text")
    return texts


def _read_text(document: Mapping[str, object], name: str) -> str:
    """Return the text under a name, or ""."""
    value = document.get(name, "")
    if not isinstance(value, str):
        raise SimulationError("ValidationError", f"{name} is no text")
    return value


def _read_object(value: object, name: str) -> Mapping[str, object]:
    """Return a value that must be a JSON object. Raise SimulationError if it isn't."""
    if not isinstance(value, dict):
        raise SimulationError("ValidationError", f"{name} is no object")
    return cast("dict[str, object]", value)
