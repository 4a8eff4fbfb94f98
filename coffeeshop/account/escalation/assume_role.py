"""Taking a role that trusts oneself: sts:AssumeRole, chains included."""

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
    assuming,
    compared,
    tag_values,
)
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.services.tagging import tag_list
from coffeeshop.account.values import Json
from coffeeshop.policy.comparison.answers import first_excesses
from coffeeshop.policy.comparison.budgets import COMPARED, BudgetError
from coffeeshop.policy.comparison.compare import access_question
from coffeeshop.policy.evaluation.match import compiled_policy
from coffeeshop.policy.language.principals import Naming
from coffeeshop.policy.model import Kind, Policy

MOST = 100  # takings of one role that are tried


def moves(state: AttackerState) -> Iterator[Move | Unfinished]:
    """Yields sts:AssumeRole, chains included, of every role whose trust policy names them, or an account that lets them.

    Breadth first: the plainest taking of each role before the next of any. A role with more claims to choose from than
    can be tried costs its own budget, and no other's.
    """
    trusting = roles_trusting(state.account, state.who.principal)
    branches = [_takings(state, role) for role in trusting if _could_take(state, role)]
    for _ in range(MOST):
        for branch in tuple(branches):
            if move := next(branch, None):
                yield move
            else:
                branches.remove(branch)
    if any(next(branch, None) for branch in branches):
        yield Unfinished(
            "claims: there is more to say when taking a role than can be tried"
        )


def _could_take(state: AttackerState, role: Role) -> bool:
    """Tells whether the trust names them, or an account that lets them."""
    trusting = compiled_policy(role.trust.policy).clauses_about("sts:assumerole")[1]
    named = max((clause.naming_of(state.who) for clause in trusting), default=Naming.NOT)
    return named >= Naming.ISSUER or (
        named is Naming.ACCOUNT and state.may("sts:AssumeRole")
    )


def _takings(state: AttackerState, role: Role) -> Iterator[Move]:
    """Yields taking the role with each choice of claims; where there are many, only if any request at all takes it."""
    caller, taking = assuming(state.me, state.account, role)
    for number, claim in enumerate(_claims(state, role)):
        if number == FEW and not _takable(state, role):
            return
        yield ((caller, replace(taking, parameters={**taking.parameters, **claim})),)


FEW = 16  # takings that are tried before it is asked whether any can succeed


def _takable(state: AttackerState, role: Role) -> bool:
    """Tells whether some request, with whatever claims, would be allowed to take the role, or may be: asked of the
    comparison.
    """
    from coffeeshop.policy.comparison.domain import (
        Domain,
    )  # much code, for roles with many claims only

    question = access_question(
        state.who,
        ("sts:AssumeRole",),
        (state.account.arn(role),),
        Domain.typed_domain((state.account.id,)),
    )
    try:
        state.steps.take(COMPARED)
    except BudgetError:
        return True
    return bool(first_excesses(*question, steps=state.steps))


CLAIMS = {
    "sts:RoleSessionName": "RoleSessionName",
    "sts:SourceIdentity": "SourceIdentity",
    "sts:ExternalId": "ExternalId",
}


def _claims(state: AttackerState, role: Role) -> Iterator[dict[str, Json]]:
    """Yields what whoever takes a role can say of themselves: nothing, or what the policies on either side ask to hear.

    An external id is no secret, save to other accounts.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
    """
    own = (
        policy
        for layer in state.who.layers
        if layer.kind is not Kind.TRUST
        for policy in layer.policies
    )
    policies = (role.trust.policy, *own, *policies_of_entity(state.account, role))
    asked = compared(policies)
    at_home = state.who.principal.account == state.account.id
    said = {
        CLAIMS[key]: state.values_to_try(key, asked)
        for key in CLAIMS
        if at_home or key != "sts:ExternalId"
    }
    said["RoleSessionName"] += _names_of_sessions(state, role)
    said["SourceIdentity"] += state.values_to_try("aws:SourceIdentity", asked)
    tags: dict[str, Iterable[str]] = {}
    if compiled_policy(role.trust.policy).clauses_about("sts:tagsession")[1]:
        tags = {
            tag: sorted(tag_values(state, tag, asked))
            for tag in _session_tags(policies, asked)
        }
    for claim, chosen in product(_choices(said), _choices(tags)):
        yield {**claim, "Tags": tag_list(chosen)} if chosen else {**claim}


def _session_tags(policies: Iterable[Policy], asked: Compared) -> Iterable[str]:
    """Returns the tags of a session that policies ask for or read, each once: their keys match without case."""
    tags = [key.removeprefix(TAGGING) for key in asked if key.startswith(TAGGING)]
    for policy in policies:
        tags += tags_read(policy)
    return {tag.lower(): tag for tag in tags}.values()


def _names_of_sessions(state: AttackerState, role: Role) -> list[str]:
    """Returns the names by which some policy knows a session of this role: as a principal, or by the end of its id."""
    own = f"assumed-role/{role.name}/"
    found = (value.partition(own)[2] for value in state.sessions_named)
    return list(dict.fromkeys(name for name in found if name))


TAGGING = "aws:requesttag/"


def _choices(options: Mapping[str, Iterable[str]]) -> Iterator[dict[str, str]]:
    """Yields every choice of at most one value for each key, that of none before all."""
    keys = list(options)
    for chosen in product(*((None, *options[key]) for key in keys)):
        yield {
            key: value for key, value in zip(keys, chosen, strict=True) if value is not None
        }
