"""The nouns of the account: who calls, which call, what came of it, and everything the account holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from coffeeshop.policy.model import Decision

Json: TypeAlias = "None | bool | int | float | str | bytes | tuple[Json, ...] | Mapping[str, Json]"


# ------------------------------------------------------------ calls and acts
@dataclass(frozen=True, slots=True)
class Key:
    """A credential by its id: AKIA… long-term, ASIA… temporary (a console session is one too)."""

    id: str


@dataclass(frozen=True, slots=True)
class Service:
    """An AWS service by its principal name, "lambda.amazonaws.com"; it may only assume roles that trust it."""

    name: str


@dataclass(frozen=True, slots=True)
class Outsider:
    """A principal of another account, by ARN; its own account's side counts as allowed."""

    arn: str


@dataclass(frozen=True, slots=True)
class Nobody:
    """No credential: signing in, and anonymous requests."""


Caller: TypeAlias = Key | Service | Outsider | Nobody


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a call comes from: what the context keys of the network are read from."""

    ip: str = "203.0.113.10"
    region: str = "us-east-1"
    agent: str = "aws-cli/2"
    secure: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """One API call: `Call("iam", "CreateUser", {"UserName": "casey"})`. Parameters are JSON-shaped, blobs are bytes."""

    service: str
    operation: str
    parameters: Mapping[str, Json] = field(default_factory=dict[str, Json])
    origin: Origin = Origin()


@dataclass(frozen=True, slots=True)
class Act:
    """When, which credential, which call: one line of a script, a save, a hand-in, an export. `at` is UTC, whole
    seconds, never before the act that precedes it.
    """

    at: datetime
    caller: Caller
    call: Call


@dataclass(frozen=True, slots=True)
class Reply:
    """A success: the body as the aws CLI would print it."""

    body: Mapping[str, Json] = field(default_factory=dict[str, Json])


class ServiceError(Exception):
    """AWS's refusal. Raised inside operations, caught at the door only, and then the answer of the outcome."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ServiceError) and (self.code, self.message, self.status) == (other.code, other.message, other.status)

    def __hash__(self) -> int:
        return hash((self.code, self.message, self.status))


Answer: TypeAlias = Reply | ServiceError


@dataclass(frozen=True, slots=True)
class Outcome:
    """The account after an act, the answer, and what the policy engine decided on the way."""

    act: Act
    account: Account
    answer: Answer
    decisions: tuple[Decision, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the call succeeded."""
        return isinstance(self.answer, Reply)


# ------------------------------------------------------------------- account
@dataclass(frozen=True, slots=True)
class Account:
    """The whole simulated account, frozen; a call makes a new one."""

    id: str
