"""Define a question to AWS, and the tools with which a rule rewrites it.

A rule gets a `Question`. It returns another one for the engine to decide, or the decision itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct, structs

from coffeeshop.account.model import Account, Act, Outcome
from coffeeshop.policy.evaluation.authorize import (
    LayerMatches,
    applicable_layers,
    match_layer,
)
from coffeeshop.policy.evaluation.match import Clause, PreparedRequest
from coffeeshop.policy.model import (
    Condition,
    Kind,
    Layer,
    Policy,
    Request,
    Standing,
    Statement,
)

if TYPE_CHECKING:
    from coffeeshop.policy.simulation.simulate import EvalDecision


class Question(Struct, frozen=True):
    """A request that AWS decides, with what somebody sees of its surroundings.

    `act` is the call that asks it, and `account` the account before that call. `past` are the calls
    made there before, oldest first. `person` is the user whose session asks, or "".
    `shows_credential` is whether one sees which kind of credential asks.
    """

    standing: Standing
    request: Request
    act: Act | None = None
    account: Account | None = None
    past: tuple[Outcome, ...] = ()
    person: str = ""
    shows_credential: bool = True

    @property
    def prepared_request(self) -> PreparedRequest:
        """Return the request as the engine's matchers need it."""
        return PreparedRequest(self.standing, self.request)

    @property
    def has_session(self) -> bool:
        """Return whether a role session asks."""
        return self.standing.principal.kind == "role"


Rule: TypeAlias = "Callable[[Question], Question | EvalDecision]"
Rewriting: TypeAlias = Callable[[Statement, Layer], Iterable[Statement]]


def layer_matches(question: Question) -> list[LayerMatches]:
    """Return the layers that apply to the request, each with the statements that match it."""
    prepared = question.prepared_request
    return [match_layer(layer, prepared) for layer in applicable_layers(prepared)]


def with_layers(question: Question, layers: Iterable[Layer]) -> Question:
    """Return the question with other layers of policies."""
    standing = replace(question.standing, layers=tuple(layers))
    return structs.replace(question, standing=standing)


def with_request(question: Question, **changes: object) -> Question:
    """Return the question with another action, resource or context."""
    return structs.replace(question, request=replace(question.request, **changes))  # pyright: ignore[reportArgumentType]


def rewrite_statements(question: Question, rewriting: Rewriting) -> Question:
    """Return the question with each statement replaced by those that `rewriting` gives for it."""
    return with_layers(
        question,
        (
            replace(
                layer,
                policies=tuple(
                    _rewritten_policy(policy, layer, rewriting) for policy in layer.policies
                ),
            )
            for layer in question.standing.layers
        ),
    )


def _rewritten_policy(policy: Policy, layer: Layer, rewriting: Rewriting) -> Policy:
    """Return a policy with its statements rewritten: the same object if none of them changes."""
    statements = tuple(
        new for statement in policy.statements for new in rewriting(statement, layer)
    )
    if statements == policy.statements:
        return policy
    return replace(policy, statements=statements)


def rewrite_conditions(
    question: Question, rewriting: Callable[[Condition, Statement], Condition | None]
) -> Question:
    """Return the question with each condition replaced. None leaves the condition out."""

    def change(statement: Statement, layer: Layer) -> Iterator[Statement]:
        conditions = (rewriting(condition, statement) for condition in statement.conditions)
        kept_conditions = tuple(filter(None, conditions))
        if kept_conditions == statement.conditions:
            yield statement
        else:
            yield replace(statement, conditions=kept_conditions)

    return rewrite_statements(question, change)


def without_denies(
    question: Question, is_dropped: Callable[[Clause, LayerMatches], bool]
) -> Question:
    """Return the question without the matching Denies for which `is_dropped` is true."""
    dropped = {
        id(clause.statement)
        for matches in layer_matches(question)
        for clause in matches.denies
        if is_dropped(clause, matches)
    }
    if not dropped:
        return question
    return rewrite_statements(
        question,
        lambda statement, _: () if id(statement) in dropped else (statement,),
    )


def without_kinds(question: Question, *kinds: Kind) -> Question:
    """Return the question without the layers of these kinds."""
    return with_layers(
        question, (layer for layer in question.standing.layers if layer.kind not in kinds)
    )


def with_identity_policies(question: Question, policies: Iterable[Policy]) -> Question:
    """Return the question with other identity-based policies."""
    other_layers = [
        layer for layer in question.standing.layers if layer.kind is not Kind.IDENTITY
    ]
    return with_layers(question, (Layer(Kind.IDENTITY, tuple(policies)), *other_layers))


def identity_policies(question: Question) -> tuple[Policy, ...]:
    """Return the identity-based policies that apply."""
    return tuple(
        policy
        for layer in question.standing.layers
        if layer.kind is Kind.IDENTITY
        for policy in layer.policies
    )


def allows_in(question: Question, *kinds: Kind) -> bool:
    """Return whether a statement in a layer of these kinds allows the request."""
    return any(
        matches.allows for matches in layer_matches(question) if matches.layer.kind in kinds
    )
