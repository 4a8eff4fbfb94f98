"""Moves that assume a role: sts:AssumeRole, with role chaining."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from msgspec.structs import replace

from coffeeshop.account.access.identity_policies import policies_of_entity
from coffeeshop.account.access.standing import tags_read
from coffeeshop.account.access.trust import roles_trusting
from coffeeshop.account.escalation.attacker import (
    AttackerState,
    Compared,
    Move,
    Unfinished,
    assume_step,
    compared_values,
    tag_values,
)
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.services.tagging import tag_list
from coffeeshop.account.values import Json
from coffeeshop.policy.comparison.budgets import COMPARING, BudgetError
from coffeeshop.policy.evaluation.match import compiled_policy
from coffeeshop.policy.language.patterns import has_wildcard
from coffeeshop.policy.language.principals import Naming
from coffeeshop.policy.model import Kind, Policy

MAX_ATTEMPTS = 100  # the most attempts to assume one role


def moves(state: AttackerState) -> Iterator[Move | Unfinished]:
    """Yield sts:AssumeRole for every role whose trust policy names the attacker, or an account that allows them.

    Breadth first: the plainest attempt for each role comes before the second attempt for any. A role with too many claims
    to try uses up its own budget only.
    """
    trusting = roles_trusting(state.account, state.who.principal)
    branches = [
        _assume_moves(state, role) for role in trusting if _might_assume(state, role)
    ]
    for _ in range(MAX_ATTEMPTS):
        for branch in tuple(branches):
            move = next(branch, None)
            if move:
                yield move
            else:
                branches.remove(branch)
    if any(next(branch, None) for branch in branches):
        yield Unfinished(
            "claims: there is more to say when taking a role than can be tried"
        )


def _might_assume(state: AttackerState, role: Role) -> bool:
    """Return whether the trust policy names the attacker, or an account that might allow them."""
    clauses = compiled_policy(role.trust.policy).clauses_about("sts:assumerole")[1]
    naming = max((clause.naming_of(state.who) for clause in clauses), default=Naming.NOT)
    if naming >= Naming.ISSUER:
        return True
    return naming is Naming.ACCOUNT and state.may("sts:AssumeRole")


def _assume_moves(state: AttackerState, role: Role) -> Iterator[Move]:
    """Yield a move for each choice of claims. If there are many, go on only if some request can assume the role."""
    caller, call = assume_step(state.me, state.account, role)
    for number, claims in enumerate(_claim_choices(state, role)):
        if number == FEW_ATTEMPTS and not _can_be_assumed(state, role):
            return
        yield ((caller, replace(call, parameters={**call.parameters, **claims})),)


FEW_ATTEMPTS = 16  # attempts that are tried before asking whether any can succeed


def _can_be_assumed(state: AttackerState, role: Role) -> bool:
    """Return whether a request with some claims might be allowed to assume the role.

    A comparison of policies answers it. If the steps run out, the answer is yes.
    """
    # This is much code, for roles with many claims only.
    from coffeeshop.policy.comparison.answers import first_excesses
    from coffeeshop.policy.comparison.compare import access_question
    from coffeeshop.policy.comparison.domain import Domain

    question = access_question(
        state.who,
        ("sts:AssumeRole",),
        (state.account.arn(role),),
        Domain.typed_domain((state.account.id,)),
    )
    try:
        state.steps.take(COMPARING)
    except BudgetError:
        return True
    return bool(first_excesses(*question, steps=state.steps))


CHOSEN_KEYS = {
    "sts:RoleSessionName": "RoleSessionName",
    "sts:SourceIdentity": "SourceIdentity",
    "sts:ExternalId": "ExternalId",
}


def _claim_choices(state: AttackerState, role: Role) -> Iterator[dict[str, Json]]:
    """Yield what the caller of AssumeRole can claim: nothing, and the values that policies on either side ask for.

    Another account sends the id that was agreed on, and no one can make it send that. A pattern with a wildcard
    matches other ids, too.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
    """
    own_policies = [
        policy
        for layer in state.who.layers
        if layer.kind is not Kind.TRUST
        for policy in layer.policies
    ]
    role_policies = policies_of_entity(state.account, role)
    policies = (role.trust.policy, *own_policies, *role_policies)
    conditions = compared_values(policies)
    is_same_account = state.who.principal.account == state.account.id
    claims = {CHOSEN_KEYS[key]: state.values_to_try(key, conditions) for key in CHOSEN_KEYS}
    if not is_same_account:
        patterns = conditions.get("sts:externalid", ())
        wildcards = {"sts:externalid": dict.fromkeys(filter(has_wildcard, patterns))}
        claims["ExternalId"] = state.values_to_try("sts:ExternalId", wildcards)
    claims["RoleSessionName"] += _session_names(state, role)
    claims["SourceIdentity"] += state.values_to_try("aws:SourceIdentity", conditions)
    tags: dict[str, Iterable[str]] = {}
    if compiled_policy(role.trust.policy).clauses_about("sts:tagsession")[1]:
        tags = {
            tag: sorted(tag_values(state, tag, conditions))
            for tag in _session_tags(policies, conditions)
        }
    for claim, chosen_tags in product(_choices(claims), _choices(tags)):
        if chosen_tags:
            yield {**claim, "Tags": tag_list(chosen_tags)}
        else:
            yield {**claim}


def _session_tags(policies: Iterable[Policy], conditions: Compared) -> Iterable[str]:
    """Return the session tags that policies ask for or read, without duplicates: tag keys ignore case."""
    tags = [
        key.removeprefix(REQUEST_TAG_PREFIX)
        for key in conditions
        if key.startswith(REQUEST_TAG_PREFIX)
    ]
    for policy in policies:
        tags += tags_read(policy)
    return {tag.lower(): tag for tag in tags}.values()


def _session_names(state: AttackerState, role: Role) -> list[str]:
    """Return the names that policies give sessions of this role in a principal's ARN."""
    prefix = f"assumed-role/{role.name}/"
    names = [arn.partition(prefix)[2] for arn in state.sessions_named]
    return list(dict.fromkeys(name for name in names if name))


REQUEST_TAG_PREFIX = "aws:requesttag/"


def _choices(options: Mapping[str, Iterable[str]]) -> Iterator[dict[str, str]]:
    """Yield every choice of at most one value for each key, starting with no value at all."""
    keys = list(options)
    for values in product(*((None, *options[key]) for key in keys)):
        pairs = zip(keys, values, strict=True)
        yield {key: value for key, value in pairs if value is not None}
