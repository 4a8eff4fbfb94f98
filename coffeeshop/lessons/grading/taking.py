"""Whether anybody with a standing could assume a role, and under which session names,
decided without playing it.

Whoever assumes a role chooses the session's name. A condition on that name
(`sts:RoleSessionName`) becomes one on the session's `aws:userid`, which ends with it; so
the comparison knows all names at once. So it is with everything else that the session
keeps, such as a provider's claims. What it doesn't keep (address, moment, external id) is
the taker's choice and needs no condition.
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import TypeAlias

from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import Account
from coffeeshop.policy.comparison.budgets import COMPARING, BudgetError, Steps
from coffeeshop.policy.evaluation.match import (
    Clause,
    PreparedRequest,
    compiled_policy,
    shared_policy,
)
from coffeeshop.policy.language.conditions import OPERATORS
from coffeeshop.policy.language.principals import Naming
from coffeeshop.policy.language.variables import resolve_variables, variable_names
from coffeeshop.policy.model import (
    PRESENT,
    Condition,
    Element,
    Kind,
    Layer,
    Request,
    Standing,
    Statement,
    Values,
)

ASSUME_ACTION = "sts:AssumeRole"
FEDERATE_ACTION = "sts:GetFederationToken"
SESSION_NAME_KEY = "sts:rolesessionname"
USER_ID_KEY = "aws:userid"
# Keys of the request that whoever takes a role does not choose.
OF_ROLE = ("aws:resource", "iam:resourcetag/")


def could_assume(allowed: Standing, account: Account, role: Role, steps: Steps) -> bool:
    """Tell whether a principal with this standing could assume the role by any request.

    The quick look comes first: without an Allow on each side no request can.
    """
    requested = PreparedRequest(
        allowed, Request(ASSUME_ACTION, account.arn(role), account=account.id)
    )
    if not all(any(clauses) for clauses in _letting_clauses(requested)):
        return False
    return could_be_allowed(allowed, account, ASSUME_ACTION, requested.resource, steps)


def could_federate(allowed: Standing, account: Account, steps: Steps) -> bool:
    """Tell whether a principal with this standing could open a session for a federated
    user.
    """
    identity_layers = (layer for layer in allowed.layers if layer.kind is Kind.IDENTITY)
    policies = (policy for layer in identity_layers for policy in layer.policies)
    is_mentioned = any(
        compiled_policy(policy).clauses_about(FEDERATE_ACTION.lower())[1]
        for policy in policies
    )
    return is_mentioned and could_be_allowed(allowed, account, FEDERATE_ACTION, "*", steps)


def could_be_allowed(
    allowed: Standing, account: Account, action: str, resource: str, steps: Steps
) -> bool:
    """Tell whether some request for this action and resource is allowed.

    If the steps run out first, the answer is yes: only what is proven to be refused is left out.
    """
    # Asked for when something is compared, and not before.
    from coffeeshop.policy.comparison.answers import first_excesses
    from coffeeshop.policy.comparison.compare import access_question
    from coffeeshop.policy.comparison.domain import Domain

    try:
        steps.take(COMPARING)
        domain = Domain.typed_domain((account.id,))
        question = access_question(allowed, (action,), (resource,), domain)
        return bool(first_excesses(*question, steps=steps))
    except BudgetError:
        return True


# Keys of the request (in lower case), and those of the session that hold the same.
SessionKeys: TypeAlias = Mapping[str, str]
NAME_ONLY: SessionKeys = {SESSION_NAME_KEY: USER_ID_KEY}


def session_bounds(
    allowed: Standing, request: Request, role: Role, keys: SessionKeys = NAME_ONLY
) -> tuple[Layer, ...]:
    """Return layers that limit which name and claims a session can have, if this request opens it.

    The policies that let the caller assume the role test keys of the request, such as
    sts:RoleSessionName. `keys` maps each to the key of the session with the same value. So each such
    condition becomes a condition on the session: whoever has the session has met it. Return no layers
    if nothing limits the choice.
    """
    requested = PreparedRequest(allowed, request)
    groups = (*_letting_clauses(requested), tuple(_denying_clauses(requested)))
    tested_keys = (
        condition.key.lower()
        for group in groups
        for clause in group
        for condition in clause.statement.conditions
    )
    if keys.keys().isdisjoint(tested_keys):
        return ()
    *allowing, denying = (
        tuple(_session_statement(clause, requested, role, keys) for clause in group)
        for group in groups
    )
    denies = tuple(statement for statement in denying if statement)
    policies = (
        shared_policy((*filter(None, allows), *denies), "who may be called what")
        for allows in allowing
    )
    return tuple(Layer(Kind.RCP, (policy,)) for policy in policies)


# ------------------------------------------------------------------- who lets them
def _letting_clauses(
    requested: PreparedRequest,
) -> tuple[tuple[Clause, ...], tuple[Clause, ...]]:
    """Return two groups of Allows. One of each group must match for the role to be assumed.

    The first are those of the trust policy. The second are those of the taker (who assumes
    the role), and those of the trust policy that suffice alone, because they name the taker
    themselves.
    """
    allowing = [
        (layer.kind, clause)
        for layer, clause in _matching_clauses(requested)
        if clause.allows
    ]
    trusting = tuple(clause for kind, clause in allowing if kind is Kind.TRUST)
    identity_clauses = (clause for kind, clause in allowing if kind is Kind.IDENTITY)
    open = (
        clause
        for clause in trusting
        if clause.naming_of(requested.standing) >= Naming.ISSUER
    )
    return trusting, (*open, *identity_clauses)


def _denying_clauses(requested: PreparedRequest) -> Iterator[Clause]:
    """Yield the Denies that are about the taker and the role, whatever their conditions."""
    yield from (clause for _, clause in _matching_clauses(requested) if not clause.allows)


def _matching_clauses(requested: PreparedRequest) -> Iterator[tuple[Layer, Clause]]:
    """Yield every statement that is about the taker, the action and the role, whatever its
    conditions, with its layer.
    """
    for layer in requested.standing.layers:
        if layer.on not in ("*", requested.resource):
            continue
        clause_groups = (
            clauses
            for policy in layer.policies
            for clauses in compiled_policy(policy).clauses_about(requested.action)
        )
        for clause in chain.from_iterable(clause_groups):
            names_them = clause.naming_of(requested.standing)
            if names_them and (clause.resource is None or clause.resource(requested)):
                yield layer, clause


# ------------------------------------------------------------------------ told again
def _session_statement(
    clause: Clause, requested: PreparedRequest, role: Role, keys: SessionKeys
) -> Statement | None:
    """Return a statement about assuming the role as one about the session's keys; None if it can't
    limit them.

    A condition that the taker can't influence is decided here. One that the session doesn't keep
    can be met by any taker, so it is left out of an Allow, and makes a Deny avoidable.
    """
    conditions: list[Condition] = []
    for condition, test in zip(clause.statement.conditions, clause.conditions, strict=True):
        if _reads_fixed_keys(condition, requested.standing):
            if not test(_fixed_context(requested)):
                return None
        elif renamed := _session_condition(condition, requested, role, keys):
            conditions.append(renamed)
        elif not clause.allows:
            # The taker chooses values that the Deny doesn't match.
            return None
    everything = Element(("*",))
    return Statement(
        clause.statement.effect, everything, everything, conditions=tuple(conditions)
    )


def _session_condition(
    condition: Condition, requested: PreparedRequest, role: Role, keys: SessionKeys
) -> Condition | None:
    """Return a condition on the request's key as one on the session's key with the same
    value. None: it says nothing about the session.

    That is so if the session doesn't keep the key. It is also so if the session's name is
    compared other than as text, since the session's id only ends with the name.
    """
    key = keys.get(condition.key.lower())
    if key is None or (
        key == USER_ID_KEY and OPERATORS[condition.operator].type != "String"
    ):
        return None
    prefix = f"{role.id}:" if key == USER_ID_KEY else ""
    values = tuple(
        resolve_variables(value, _fixed_context(requested)) for value in condition.values
    )
    known_values: Values = tuple(
        f"{prefix}{value}" for value in values if value is not None
    )
    if len(known_values) == len(values):
        return replace(condition, key=key, values=known_values)
    return None


def _reads_fixed_keys(condition: Condition, allowed: Standing) -> bool:
    """Tell whether a condition reads only context keys with known values, so that the taker's choice can't
    change its result.
    """
    fixed = {key.lower(): value for key, value in allowed.fixed.items()}
    keys = (
        condition.key,
        *(name for value in condition.values for name in variable_names(value)),
    )
    return all(
        key.startswith(OF_ROLE) or fixed.get(key, PRESENT) is not PRESENT
        for key in map(str.lower, keys)
    )


def _fixed_context(requested: PreparedRequest) -> Mapping[str, Values]:
    """Return the part of the request's context that the taker can't choose."""
    fixed = {
        key.lower()
        for key, value in requested.standing.fixed.items()
        if value is not PRESENT
    }
    return {
        key: value
        for key, value in requested.context.items()
        if key in fixed or key.startswith(OF_ROLE)
    }
