"""The state of an attacker, their moves, and the names and values that are worth trying."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from itertools import chain, count
from typing import TypeAlias

from msgspec import Struct

from coffeeshop.account.access.identity_policies import policies_of_entity
from coffeeshop.account.escalation.powers import Powers, build_powers
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.model import Account, Call, Caller
from coffeeshop.account.same import Same
from coffeeshop.account.values import Json
from coffeeshop.policy.comparison.budgets import Steps
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.language.variables import resolve_variables
from coffeeshop.policy.model import Allowed, Kind, Policy, Request, Standing

ADMINISTRATOR_ARN = "arn:aws:iam::aws:policy/AdministratorAccess"
FULL_ACCESS = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
ATTACKER_PASSWORD = "Canary-4-you"
CANARY_NAME = "canary"
Compared: TypeAlias = Mapping[str, Mapping[str, None]]
Step: TypeAlias = tuple[Caller, Call]
Move: TypeAlias = tuple[Step, ...]  # all must succeed


class Unfinished(Struct, frozen=True):
    """Reports that a search left something out because a budget ran out. `reason` names the budget.

    Then finding nothing proves nothing.
    """

    reason: str


class AttackerState(Struct, frozen=True, dict=True):
    """The attacker's state at one node of the search.

    `me` is the credential in use, and `who` its standing. `identities` are the users and
    roles whose credentials the attacker has or can get. `credentials` are all those that
    they have. `steps` is what the search may still take. `word` is in the names of what the
    attacker creates, and in no name that was there before.
    """

    account: Account
    me: Caller
    who: Standing
    identities: tuple[User | Role, ...]
    credentials: tuple[Caller, ...]
    at: datetime
    steps: Steps
    word: str = CANARY_NAME

    @property
    def arn(self) -> str:
        """Return the ARN that names the attacker in a policy: the role's, for a session of a role."""
        return self.who.principal.principal_arn

    def iam(self, operation: str, **parameters: Json) -> Step:
        """Return a call of IAM with this credential."""
        return self.me, Call("iam", operation, parameters)

    @cached_property
    def policies(self) -> tuple[Policy, ...]:
        """Return the policies that apply to this credential and to every identity of the attacker."""
        policies = [policy for layer in self.who.layers for policy in layer.policies]
        for entity in self.identities:
            policies += policies_of_entity(self.account, entity)
        return tuple(policies)

    @cached_property
    def conditions(self) -> Compared:
        """Return the values that conditions in those policies compare each key with."""
        return compared_values(self.policies)

    @cached_property
    def sessions_named(self) -> tuple[str, ...]:
        """Return the ARNs of role sessions that this credential's policies name as principals."""
        policies = (policy for layer in self.who.layers for policy in layer.policies)
        arns: list[str] = []
        for policy in policies:
            for statement in policy.statements:
                if statement.principals:
                    entries = statement.principals.entries
                else:
                    entries = ()
                arns += (value for _, value in entries if ":assumed-role/" in value)
        return tuple(arns)

    def values_to_try(self, key: str, conditions: Compared | None = None) -> list[str]:
        """Return the values that conditions compare a key with, with the canary in place of each star."""
        if conditions is None:
            values_of_key = self.conditions
        else:
            values_of_key = conditions
        fixed = {
            name.lower(): values
            for name, values in self.who.fixed.items()
            if isinstance(values, tuple)
        }
        patterns = values_of_key.get(key.lower(), ())
        resolved = [resolve_variables(pattern, fixed) for pattern in patterns]
        values = [value.replace("*", self.word) for value in resolved if value]
        return list(dict.fromkeys(values))

    def may(self, action: str) -> bool:
        """Return whether anything might allow the action, as `Powers.may` does."""
        return self._powers.may(action)

    @cached_property
    def _powers(self) -> Powers:
        """Return which actions this credential might be allowed, computed once."""
        return build_powers(Same(self.who), self.account.id, self.at)

    def can(self, action: str, resource: str) -> bool:
        """Return whether the action on a resource is allowed."""
        request = Request(action, resource, account=self.account.id)
        return isinstance(authorize(self.who, request), Allowed)


def names_in_use(account: Account) -> frozenset[str]:
    """Return the names of an account's users, roles, functions, policies and MFA devices, in lower case."""
    books = (
        account.users,
        account.roles,
        account.functions,
        account.policies,
        account.devices,
    )
    return frozenset(key.rpartition("/")[2].lower() for book in books for key in book)


def unused_word(account: Account) -> str:
    """Return a word that is in no name of the account, nor in a function's policy. A search creates names with it."""
    policies = (function.policy for function in account.functions.values())
    texts = (policy.text for policy in policies if policy)
    taken = (*names_in_use(account), *texts)
    words = chain((CANARY_NAME,), (f"{CANARY_NAME}-{number}" for number in count(2)))
    return next(word for word in words if not any(word in text for text in taken))


Way: TypeAlias = Callable[[AttackerState], Iterable[Move | Unfinished]]


def compared_values(policies: Iterable[Policy]) -> Compared:
    """Return the values that conditions compare each key with, the keys in lower case."""
    values_by_key: dict[str, dict[str, None]] = {}
    for policy in policies:
        for statement in policy.statements:
            for condition in statement.conditions:
                values = values_by_key.setdefault(condition.key.lower(), {})
                values.update(dict.fromkeys(condition.values))
    return values_by_key


def roles_by_name(book: Mapping[str, Role]) -> list[Role]:
    """Return the roles in the order of their names, so that a search always gives the same result."""
    return [book[name] for name in sorted(book)]


def assume_step(
    caller: Caller, account: Account, role: Role, session_name: str = CANARY_NAME
) -> Step:
    """Return the call in which a caller assumes a role."""
    parameters = {"RoleArn": account.arn(role), "RoleSessionName": session_name}
    return caller, Call("sts", "AssumeRole", parameters)


def tag_values(state: AttackerState, key: str, conditions: Compared) -> set[str]:
    """Return the values of a tag that are worth trying.

    They are those that an identity or object has, those that conditions compare it with,
    and one that nothing has, which gets past a Deny.
    """
    account = state.account
    objects = (bucket.objects.values() for bucket in account.buckets.values())
    values = {
        value
        for tagged in chain(account.users.values(), account.roles.values(), *objects)
        for name, value in tagged.tags.items()
        if name.lower() == key.lower()
    }
    return {
        CANARY_NAME,
        *values,
        *state.values_to_try(f"aws:PrincipalTag/{key}", conditions),
        *state.values_to_try(f"aws:RequestTag/{key}", conditions),
    }


def names_to_try(state: AttackerState, kind: str) -> list[tuple[str, str]]:
    """Return paths and names to try for something new: the canary's, those in policies, and those of existing functions."""
    paths_and_names = {("/", state.word): None}
    arns = (
        *_allowed_resources(state),
        *state.values_to_try("aws:PrincipalArn"),
        *state.values_to_try("iam:PolicyARN"),
    )
    for arn in arns:
        path_and_name = _name_of_pattern(arn, kind, state.word)
        if path_and_name:
            paths_and_names[path_and_name] = None
    if kind == "function":
        functions = state.account.functions
    else:
        functions = ()
    return [*paths_and_names, *(("", name) for name in functions)]


def _allowed_resources(state: AttackerState) -> Iterator[str]:
    """Yield the resources that the identity policies of this credential allow anything on."""
    for layer in state.who.layers:
        if layer.kind is not Kind.IDENTITY:
            continue
        for policy in layer.policies:
            for statement in policy.statements:
                if statement.effect == "Allow" and statement.resources:
                    yield from statement.resources.values


def _name_of_pattern(value: str, kind: str, word: str) -> tuple[str, str] | None:
    """Return a path and a name that match an ARN pattern, with the word in place of each star."""
    if f":{kind}" in value:
        name = value.split(f":{kind}", 1)[-1].lstrip(":")
    else:
        name = ""
    if not name or "${" in name:
        return None
    path, _, last = name.replace("*", word).replace("?", "x").rpartition("/")
    return (f"{path}/" if kind != "function" else "/", last or word)


def policy_for_attacker(state: AttackerState, action: str, *resources: str) -> str:
    """Return a resource-based policy that allows the attacker an action."""
    element = {"Resource": resources} if resources else {}
    statement = {
        "Effect": "Allow",
        "Action": action,
        "Principal": {"AWS": state.arn},
        **element,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": statement})
