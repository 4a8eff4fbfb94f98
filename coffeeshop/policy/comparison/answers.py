"""Cache the answers of comparisons, for callers that ask many similar ones.

An answer depends on the meaning of policies, not on their names, Sids and layout, and on the session keys that they read. So
the question has only these and every other input: two credentials that no policy tells apart are one question. The answer
then cites the policies at hand. A cached answer costs the same steps as when it was computed, so results don't depend on the
state of the cache.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from coffeeshop.policy.comparison.budgets import LAYER_COST, ONE_OF_MANY, Steps
from coffeeshop.policy.comparison.compare import excesses
from coffeeshop.policy.evaluation.match import TAG_KEY, compiled_policy
from coffeeshop.policy.model import (
    Excess,
    Fixed,
    Kind,
    Layer,
    Matched,
    Place,
    Policy,
    Principal,
    Standing,
    Statement,
    Undecided,
    Values,
)

if TYPE_CHECKING:
    from coffeeshop.policy.comparison.domain import Domain

MAX_ANSWERS: Final = 6144  # that are kept,
# A question about more is not remembered: it would fill the memory.
MAX_CACHED_LAYERS: Final = 128
MAX_MEANINGS: Final = 4096  # policies, and layers, whose meaning is remembered


def first_excesses(
    new: Standing,
    old: Standing,
    domain: Domain,
    max_results: int = 1,
    steps: Steps | None = None,
    known_answers: KnownAnswers | None = None,
) -> tuple[Excess | Undecided, ...]:
    """Return the first `max_results` results of `compare.excesses`, from the cache if it has them.

    If a budget ran out, the last result is an Undecided that says so: there may be more. A question
    among the `known_answers` takes no steps again, and a new one is added there.
    """
    steps = steps or Steps()
    layers = len(new.layers) + len(old.layers)
    steps.spend(LAYER_COST * layers)
    question = Question(*_pair_meaning(new, old), domain, max_results)
    answer = known_answers.get(question) if known_answers is not None else None
    if answer is None:
        if layers <= MAX_CACHED_LAYERS:
            answer_function = _compute_answer
        else:
            answer_function = _compute_answer.__wrapped__
        answer = answer_function(question, min(ONE_OF_MANY, steps.remaining))
        steps.spend(answer.steps_taken)
        if known_answers is not None:
            known_answers[question] = answer
    return tuple(_rebind_citations(finding, new, old) for finding in answer.findings)


class Answer(NamedTuple):
    """The results of a comparison, and the steps that it took."""

    findings: tuple[CachedFinding, ...]
    steps_taken: int


@lru_cache(maxsize=MAX_ANSWERS)
def _compute_answer(question: Question, step_limit: int) -> Answer:
    """Compare two standings, and note where the cited statements are in each.

    `step_limit` is a part of the cache's key, because fewer steps can give another result.
    """
    steps = Steps(step_limit)
    new = question.new.as_standing()
    old = question.old.as_standing()
    findings = tuple(
        _locate_citations(result, new, old)
        for result in islice(
            excesses(new, old, question.domain, steps), question.max_results
        )
    )
    return Answer(findings, steps.total_taken)


# ------------------------------------------------------------------ questions
class Meaning:
    """A policy without name, text and Sids: one object for all policies with equal
    statements.
    """

    __slots__ = ("keys_read", "policy")

    def __init__(self, policy: Policy) -> None:
        """Keep the policy, and the context keys that it reads, in lower case."""
        self.policy = policy
        self.keys_read = frozenset(compiled_policy(policy).lowered_keys)


class LayerMeaning:
    """A layer whose policies are meanings: one object for all equal ones, which makes questions
    small and quick to compare.
    """

    __slots__ = ("kind", "meanings", "on")

    def __init__(self, kind: Kind, on: str, meanings: tuple[Meaning, ...]) -> None:
        self.kind = kind
        self.on = on
        self.meanings = meanings


@lru_cache(maxsize=MAX_MEANINGS)
def _shared_layer(kind: Kind, on: str, meanings: tuple[Meaning, ...]) -> LayerMeaning:
    """Return the meaning of a layer: the same object for equal arguments."""
    return LayerMeaning(kind, on, meanings)


class StandingMeaning(NamedTuple):
    """A standing as a part of a question: the principal, each policy's meaning, and the session's
    keys that a policy reads.
    """

    principal: Principal
    layers: tuple[LayerMeaning, ...]
    fixed: tuple[tuple[str, Fixed], ...]

    def as_standing(self) -> Standing:
        """Return a standing with this meaning."""
        layers = (
            Layer(layer.kind, tuple(meaning.policy for meaning in layer.meanings), layer.on)
            for layer in self.layers
        )
        return Standing(self.principal, tuple(layers), dict(self.fixed))


class Question(NamedTuple):
    """What an answer depends on, besides the steps that it may take."""

    new: StandingMeaning
    old: StandingMeaning
    domain: Domain
    max_results: int


KnownAnswers: TypeAlias = dict[Question, Answer]


def _pair_meaning(new: Standing, old: Standing) -> tuple[StandingMeaning, StandingMeaning]:
    """Return the meanings of two standings that are compared: all that decides requests, without
    names and Sids.

    A session's key that neither standing's policies read decides nothing. The keys of the clock
    depend on each other, and so do the two spellings of a resource's tag.
    """
    # Imported late, so that a shop opens faster.
    from coffeeshop.policy.comparison.clock import TIME_KEY_SPELLINGS

    keys_read = set[str]()
    for layer in chain(new.layers, old.layers):
        for policy in layer.policies:
            keys_read |= _policy_meaning(policy).keys_read
    if not keys_read.isdisjoint(TIME_KEY_SPELLINGS):
        keys_read.update(TIME_KEY_SPELLINGS)
    return _standing_meaning(new, keys_read), _standing_meaning(old, keys_read)


def _standing_meaning(standing: Standing, keys_read: Collection[str]) -> StandingMeaning:
    """Return the meaning of a standing, with its session's keys among these (in lower case)."""
    # In their order, because a key can be there in two spellings.
    fixed_keys = (
        (key, value)
        for key, value in standing.fixed.items()
        if (lowered_key := key.lower()) in keys_read or TAG_KEY in lowered_key
    )
    layers = [
        _shared_layer(layer.kind, layer.on, tuple(map(_policy_meaning, layer.policies)))
        for layer in standing.layers
    ]
    return StandingMeaning(standing.principal, tuple(layers), tuple(fixed_keys))


_MEANING_ATTRIBUTE: Final = "_meaning"


def _policy_meaning(policy: Policy) -> Meaning:
    """Return the meaning of a policy: what decides requests, without its name and Sids.

    Policies with the same meaning share cached answers. The meaning is computed once and
    kept in the policy's `__dict__`.
    """
    attributes = policy.__dict__
    if _MEANING_ATTRIBUTE not in attributes:
        statements_without_names = tuple(
            replace(statement, sid="", place=NOWHERE) for statement in policy.statements
        )
        attributes[_MEANING_ATTRIBUTE] = _shared_meaning(
            statements_without_names,
            tuple(statement.unclear for statement in statements_without_names),
            policy.version,
        )
    return attributes[_MEANING_ATTRIBUTE]


NOWHERE: Final = Place()


@lru_cache(maxsize=MAX_MEANINGS)
def _shared_meaning(
    statements: tuple[Statement, ...], unclear: Values, version: str
) -> Meaning:
    """Return the meaning of these statements: the same object for equal arguments, so that
    comparing two meanings is quick.
    """
    return Meaning(Policy(statements, version=version))


# ------------------------------------------------------------------ citations
# The numbers of a layer, of a policy in it, of a statement in that.
Spot: TypeAlias = tuple[int, int, int]


class CachedFinding(NamedTuple):
    """A result, and the spots of the statements that it cites: `by` in the new standing, `nearest` in the old one."""

    result: Excess | Undecided
    by: Spot | None
    nearest: Spot | None = None


def _locate_citations(
    result: Excess | Undecided, new: Standing, old: Standing
) -> CachedFinding:
    """Return a result with where in the standings its cited statements are, by which
    `_rebind_citations` finds them elsewhere.
    """
    if isinstance(result, Undecided):
        return CachedFinding(result, _statement_spot(new, result.by))
    return CachedFinding(
        result,
        _statement_spot(new, result.by.statement, result.by.policy),
        _statement_spot(old, result.nearest),
    )


def _statement_spot(
    standing: Standing, statement: Statement | None, policy: Policy | None = None
) -> Spot | None:
    """Return where a statement is in a standing, or None if it isn't there.

    Equal statements can be in several policies, so they are compared by identity.
    """
    spots = (
        (layer_index, policy_index, statement_index)
        for layer_index, layer in enumerate(standing.layers)
        for policy_index, candidate in enumerate(layer.policies)
        for statement_index, candidate_statement in enumerate(candidate.statements)
        if candidate_statement is statement and (policy is None or candidate is policy)
    )
    return next(spots, None)


def _rebind_citations(
    finding: CachedFinding, new: Standing, old: Standing
) -> Excess | Undecided:
    """Return a cached result, citing the statements of these standings instead of those it was computed with.

    The cache is shared by policies with equal statements, but a reader must see their own
    policy's name and Sid.
    """
    result = finding.result
    by = _statement_at(new, finding.by)
    if isinstance(result, Undecided):
        if by:
            return Undecided.of(by.statement, result.reason)
        return result
    nearest = _statement_at(old, finding.nearest)
    return replace(
        result, by=by or result.by, nearest=nearest.statement if nearest else result.nearest
    )


def _statement_at(standing: Standing, spot: Spot | None) -> Matched | None:
    """Return the statement at a spot, with its policy and layer, or None if there is no spot."""
    if spot is None:
        return None
    layer_index, policy_index, statement_index = spot
    layer = standing.layers[layer_index]
    return Matched(
        layer.policies[policy_index].statements[statement_index],
        layer.policies[policy_index],
        layer,
    )
