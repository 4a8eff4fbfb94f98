"""The nouns of the policy language: policies and statements, principals, requests and decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Literal, TypeAlias

from coffeeshop.policy.problem import Level as Level
from coffeeshop.policy.problem import Place as Place
from coffeeshop.policy.problem import Problem as Problem
from coffeeshop.policy.problem import Problems as Problems

Values: TypeAlias = tuple[str, ...]
Effect: TypeAlias = Literal["Allow", "Deny"]


# -------------------------------------------------------------------- policy
class Kind(StrEnum):
    """The kind of a policy. It decides the grammar and how its layer combines with the others."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    BOUNDARY = "boundary"
    SESSION = "session"
    SCP = "scp"
    RCP = "rcp"
    TRUST = "trust"

    # The hash of the text, because Enum's own is slow and layers are looked up often.
    __hash__ = str.__hash__


@dataclass(frozen=True, slots=True)
class Element:
    """Action or NotAction, Resource or NotResource.

    The values are as written, except that incomplete ARNs are completed as AWS does.
    """

    values: Values
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Principals:
    """Principal or NotPrincipal as (type, value) pairs: ("AWS", "arn:…"), ("Service", "lambda.amazonaws.com").
    `"*"` and `{"AWS": "*"}` are both ("AWS", "*").
    """

    entries: tuple[tuple[str, str], ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key: `operator` is the bare row name ("StringEquals"), `quantifier` the set operator."""

    operator: str
    key: str
    values: Values
    quantifier: Literal["", "ForAllValues", "ForAnyValue"] = ""
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `resources` is None only in trust policies.

    `principals` is None in kinds without them, such as identity policies. `unclear` describes the part of an accepted document
    that can't be understood (`parse_stored`), or is "".
    """

    effect: Effect
    actions: Element
    resources: Element | None = None
    principals: Principals | None = None
    conditions: tuple[Condition, ...] = ()
    sid: str = ""
    place: Place = field(default=Place(), compare=False)
    unclear: str = field(default="", compare=False)

    @property
    def allows_everything(self) -> bool:
        """Return whether it allows every action on every resource, without conditions."""
        on = self.resources
        named = [
            element
            for element in (self.actions, on)
            if element is not None and not element.negated
        ]
        stars = all(
            any(not value.strip("*") for value in element.values) for element in named
        )
        return self.effect == "Allow" and not self.conditions and len(named) == 2 and stars


# The name of the Deny that stands for a setting of S3 Block Public Access.
BLOCK_PUBLIC_ACCESS = "block-public-access"


@dataclass(frozen=True)
class Policy:
    """Statements with their source text, and the name that a decision cites: an ARN, or
    "receipts".

    `title` is what people call it, if its ARN ends in an id. There are no slots, because
    the instance keeps the engine's compiled form of the policy (`policy.evaluation.match`).
    """

    statements: tuple[Statement, ...]
    text: str = field(default="", compare=False)
    name: str = ""
    version: str = "2012-10-17"
    title: str = field(default="", compare=False)

    @property
    def allows_everything(self) -> bool:
        """Return whether one of its statements allows every action on every resource,
        without conditions.
        """
        return any(statement.allows_everything for statement in self.statements)

    @property
    def display_name(self) -> str:
        """Return its title, or the end of its ARN or name, or ""."""
        return self.title or self.name.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Layer:
    """Policies of one kind. One of them must allow, and a Deny in any of them denies.

    RESOURCE and TRUST layers are attached to the resource with the ARN `on`. They count
    only for it or what is in it, and they can grant besides the identity layer instead of
    capping it.
    """

    kind: Kind
    policies: tuple[Policy, ...]
    on: str = "*"


# ------------------------------------------------------------------ standing
@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes the request: ARN, account and unique id.

    A role session also has the role's ARN and unique id, a federated user the ARN of the
    user who federated them.
    """

    arn: str
    account: str = ""
    id: str = ""
    kind: Literal[
        "user", "role", "root", "federated", "service", "anonymous", "account"
    ] = "user"
    role_arn: str = ""
    role_id: str = ""

    @property
    def principal_arn(self) -> str:
        """Return the value of aws:PrincipalArn: the role's ARN for a role session, else its
        own.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
        """
        if self.kind == "role" and self.role_arn:
            return self.role_arn
        return self.arn


class Present(Enum):
    """Marks a context key as present with an unknown value, such as the age of an MFA code."""

    PRESENT = "present"


PRESENT = Present.PRESENT
Fixed: TypeAlias = "Values | Present | None"  # values, or None if fixed as absent, or PRESENT for any value


@dataclass(frozen=True, slots=True)
class Standing:
    """A principal, the context keys that their session fixes, and every layer that applies
    to them.
    """

    principal: Principal
    layers: tuple[Layer, ...]
    fixed: Mapping[str, Fixed] = field(default_factory=dict[str, Fixed])

    @property
    def has_boundary(self) -> bool:
        """Return whether the principal has a permissions boundary. Root can't have one."""
        return self.principal.kind != "root" and any(
            layer.kind is Kind.BOUNDARY for layer in self.layers
        )

    @classmethod
    def of(cls, *policies: Policy) -> Standing:
        """Return a standing of identity policies only, to compare policies without a
        principal.
        """
        return cls(Principal("*"), (Layer(Kind.IDENTITY, policies),))


@dataclass(frozen=True, slots=True)
class Request:
    """An action, a resource's ARN ("*" if the action takes none), its account, and the
    context.

    Context keys are found in any case. The request's keys override those that the standing
    fixes. If `account` is empty, the resource is in the principal's account.
    """

    action: str
    resource: str
    context: Mapping[str, Values] = field(default_factory=dict[str, Values])
    account: str = ""


# ------------------------------------------------------------------ decision
@dataclass(frozen=True, slots=True)
class Matched:
    """A statement with its policy and layer, as a decision cites it."""

    statement: Statement
    policy: Policy
    layer: Layer


@dataclass(frozen=True, slots=True)
class Allowed:
    """Allowed, by these statements. There are none if no policy needs to allow it (root)."""

    standing: Standing
    request: Request
    by: tuple[Matched, ...]


@dataclass(frozen=True, slots=True)
class ExplicitlyDenied:
    """A Deny matches the request. `by` are the Denies of the layer that AWS would name."""

    standing: Standing
    request: Request
    by: tuple[Matched, ...]


@dataclass(frozen=True, slots=True)
class ImplicitlyDenied:
    """No Deny matches, but `silent`, the kind of layer that AWS would name, doesn't allow."""

    standing: Standing
    request: Request
    silent: Kind


Decision: TypeAlias = Allowed | ExplicitlyDenied | ImplicitlyDenied


# ---------------------------------------------------------------- comparison
@dataclass(frozen=True, slots=True)
class Excess:
    """A request that `new` allows and `old` doesn't. `authorize` on both is its proof.

    `by` is the new statement that allows it. `nearest` is the nearest old statement, or None. `principal` sends the request if the
    standings have none (two resource-based policies). The proof then uses the standings of `compare.with_principal`.
    """

    witness: Request
    by: Matched
    nearest: Statement | None = None
    principal: Principal | None = None


@dataclass(frozen=True, slots=True)
class Undecided:
    """The search ran out of a named budget, which never means "no excess". `by` is the new
    statement.
    """

    reason: str
    by: Statement | None = field(default=None, compare=False)

    @classmethod
    def of(cls, statement: Statement, reason: str) -> Undecided:
        """Return an Undecided about a statement, with its Sid or place before the reason."""
        position = statement.sid or str(statement.place)
        return cls(f"{position}: {reason}" if position else reason, statement)
