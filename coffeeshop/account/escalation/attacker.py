"""The state of an attacker, what each of their moves is, and the names and values that are worth trying."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import TypeAlias

from msgspec import Struct

from coffeeshop.account.access.identity_policies import policies_of_entity
from coffeeshop.account.escalation.powers import Powers, powers
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.model import Account, Call, Caller
from coffeeshop.account.same import Same
from coffeeshop.account.values import Json
from coffeeshop.policy.comparison.budgets import Steps
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.language.variables import resolve_variables
from coffeeshop.policy.model import Allowed, Kind, Policy, Request, Standing

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
FULL_ACCESS = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
PASSWORD = "Canary-4-you"
CANARY = "canary"
Compared: TypeAlias = Mapping[str, Mapping[str, None]]
Step: TypeAlias = tuple[Caller, Call]
Move: TypeAlias = tuple[Step, ...]  # all must succeed


class Unfinished(Struct, frozen=True):
    """Says what a search left out for want of a budget, which it names: that it found nothing proves nothing."""

    reason: str


class AttackerState(Struct, frozen=True, dict=True):
    """The attacker's state at one node of the search.

    `me` is the credential in use and `who` what it may do; `mine` are the identities whose holder the attacker is or
    can become, `held` all credentials under control, `at` the time, `steps` what the search may still take.
    """

    account: Account
    me: Caller
    who: Standing
    mine: tuple[User | Role, ...]
    held: tuple[Caller, ...]
    at: datetime
    steps: Steps

    @property
    def arn(self) -> str:
        """Returns the ARN by which a policy names the attacker: the role's, where it is a session of one."""
        return self.who.principal.principal_arn

    def iam(self, operation: str, **parameters: Json) -> Step:
        """Returns that call of IAM, made with this credential."""
        return self.me, Call("iam", operation, parameters)

    @cached_property
    def policies(self) -> tuple[Policy, ...]:
        """Returns the policies that bear on this credential, and on every identity that the attacker can become."""
        own = (policy for layer in self.who.layers for policy in layer.policies)
        theirs = (
            policy
            for entity in self.mine
            for policy in policies_of_entity(self.account, entity)
        )
        return (*own, *theirs)

    @cached_property
    def conditions(self) -> Compared:
        """Tells what those policies compare each key with."""
        return compared(self.policies)

    @cached_property
    def sessions_named(self) -> tuple[str, ...]:
        """Returns the sessions in roles that the policies on this credential name as principals, by ARN."""
        policies = (policy for layer in self.who.layers for policy in layer.policies)
        statements = (statement for policy in policies for statement in policy.statements)
        principals = (
            statement.principals for statement in statements if statement.principals
        )
        named = (value for each in principals for _, value in each.entries)
        return tuple(value for value in named if ":assumed-role/" in value)

    def values_to_try(self, key: str, conditions: Compared | None = None) -> list[str]:
        """Returns values to try for a key: those that conditions compare it with, a star read as the canary."""
        compared_with = self.conditions if conditions is None else conditions
        held = self.who.fixed.items()
        fixed = {name.lower(): values for name, values in held if isinstance(values, tuple)}
        patterns = compared_with.get(key.lower(), ())
        resolved = (resolve_variables(pattern, fixed) for pattern in patterns)
        return list(
            dict.fromkeys(value.replace("*", CANARY) for value in resolved if value)
        )

    def may(self, action: str) -> bool:
        """Tells whether anything might allow the action, as `Powers.may` does."""
        return self._powers.may(action)

    @cached_property
    def _powers(self) -> Powers:
        return powers(Same(self.who), self.account.id, self.at)

    def can(self, action: str, resource: str) -> bool:
        """Tells whether the action is allowed as things stand."""
        return isinstance(
            authorize(self.who, Request(action, resource, account=self.account.id)), Allowed
        )


Way: TypeAlias = Callable[[AttackerState], Iterable[Move | Unfinished]]


def compared(policies: Iterable[Policy]) -> Compared:
    """Returns the values that conditions compare each key with, the keys in lower case."""
    found: dict[str, dict[str, None]] = {}
    for condition in (
        c for policy in policies for s in policy.statements for c in s.conditions
    ):
        found.setdefault(condition.key.lower(), {}).update(dict.fromkeys(condition.values))
    return found


def by_name(book: Mapping[str, Role]) -> list[Role]:
    return [book[name] for name in sorted(book)]


def assuming(caller: Caller, account: Account, role: Role, name: str = CANARY) -> Step:
    return caller, Call(
        "sts", "AssumeRole", {"RoleArn": account.arn(role), "RoleSessionName": name}
    )


def tag_values(state: AttackerState, key: str, asked: Compared) -> set[str]:
    """Returns the values of a tag that somebody or something has, that conditions ask for, and one that nobody has."""
    account, things = (
        state.account,
        (b.objects.values() for b in state.account.buckets.values()),
    )
    bearers = chain(account.users.values(), account.roles.values(), *things)
    borne = (
        value
        for bearer in bearers
        for name, value in bearer.tags.items()
        if name.lower() == key.lower()
    )
    return {
        CANARY,
        *borne,
        *state.values_to_try(f"aws:PrincipalTag/{key}", asked),
        *state.values_to_try(f"aws:RequestTag/{key}", asked),
    }


def names_to_try(state: AttackerState, kind: str) -> list[tuple[str, str]]:
    """Returns paths and names to try for something new: the canary's, what the policies speak of, and functions that
    exist.
    """
    found = {("/", CANARY): None}
    policies = (
        p
        for layer in state.who.layers
        if layer.kind is Kind.IDENTITY
        for p in layer.policies
    )
    statements = (
        s
        for policy in policies
        for s in policy.statements
        if s.effect == "Allow" and s.resources
    )
    values = (value for s in statements if s.resources for value in s.resources.values)
    for value in (
        *values,
        *state.values_to_try("aws:PrincipalArn"),
        *state.values_to_try("iam:PolicyARN"),
    ):
        found |= {named: None for named in [_name_of_pattern(value, kind)] if named}
    old = state.account.functions if kind == "function" else ()
    return [*found, *(("", name) for name in old)]


def _name_of_pattern(value: str, kind: str) -> tuple[str, str] | None:
    """Returns the path and a name that an ARN pattern lets through, a star read as the canary."""
    if f":{kind}" in value:
        name = value.split(f":{kind}", 1)[-1].lstrip(":")
    else:
        name = ""
    if not name or "${" in name:
        return None
    path, _, last = name.replace("*", CANARY).replace("?", "x").rpartition("/")
    return (f"{path}/" if kind != "function" else "/", last or CANARY)


def policy_naming(state: AttackerState, action: str, *resources: str) -> str:
    """Returns a resource-based policy that names oneself."""
    on = {"Resource": resources} if resources else {}
    statement = {"Effect": "Allow", "Action": action, "Principal": {"AWS": state.arn}, **on}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})
