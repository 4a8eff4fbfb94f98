"""Answers comparisons out of a memory of those that were worked out, for whoever asks many that are nearly alike.

What a comparison finds hangs on what policies mean, and not on their names, Sids and layout. So the question is asked of the
meaning of both standings, and its answer is remembered by just what it was asked of: whatever could make another answer is in
the key, since nothing else is there to be looked at. What is found is then cited as the policies at hand have it. An answer
costs the steps that it cost when it was worked out: nobody can tell a memory that is full from one that is empty.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from coffeeshop.policy.comparison.budgets import LAYER, ONE_OF_MANY, Steps
from coffeeshop.policy.comparison.compare import excesses
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

ANSWERS: Final = 4096  # that are kept,
LAYERS: Final = 128  # a question about more is not remembered: it would fill the memory
MEANINGS: Final = 4096  # policies whose meaning is remembered


def first_excesses(
    new: Standing, old: Standing, domain: Domain, most: int = 1, steps: Steps | None = None
) -> tuple[Excess | Undecided, ...]:
    """Returns what new allows and old does not, as `compare.excesses` yields it, at most so many; last of all why there may
    be more, where a budget ran out.
    """
    steps = steps or Steps()
    layers = len(new.layers) + len(old.layers)
    steps.spend(LAYER * layers)
    asked = _answer if layers <= LAYERS else _answer.__wrapped__
    answer = asked(
        _question(new), _question(old), domain, most, min(ONE_OF_MANY, steps.remaining)
    )
    steps.spend(answer.taken)
    return tuple(_cited(one, new, old) for one in answer.found)


class Answer(NamedTuple):
    """Is what was found, and how many steps that takes."""

    found: tuple[Found, ...]
    taken: int


@lru_cache(maxsize=ANSWERS)
def _answer(new: Meant, old: Meant, domain: Domain, most: int, left: int) -> Answer:
    steps = Steps(left)
    mine = new.standing()
    theirs = old.standing()
    found = tuple(
        _placed(one, mine, theirs)
        for one in islice(excesses(mine, theirs, domain, steps), most)
    )
    return Answer(found, steps.total_taken)


# ---------------------------------------------------------------- what is asked
class Meaning:
    """Holds a policy that says what others say, and has no name, text or Sids. There is one for all that mean the same."""

    __slots__ = ("policy",)

    def __init__(self, policy: Policy) -> None:
        self.policy = policy


class Meant(NamedTuple):
    """Is what a standing means: who asks, what their session fixes, and the meaning of each policy where it stands."""

    principal: Principal
    layers: tuple[tuple[Kind, str, tuple[Meaning, ...]], ...]
    fixed: tuple[tuple[str, Fixed], ...]

    def standing(self) -> Standing:
        """Returns a standing that means this."""
        layers = list[Layer]()
        for kind, on, meanings in self.layers:
            policies = tuple(one.policy for one in meanings)
            layers.append(Layer(kind, policies, on))
        return Standing(self.principal, tuple(layers), dict(self.fixed))


def _question(standing: Standing) -> Meant:
    layers = (
        (layer.kind, layer.on, tuple(map(_meaning_of, layer.policies)))
        for layer in standing.layers
    )
    return Meant(standing.principal, tuple(layers), tuple(standing.fixed.items()))


_MEANING: Final = "_meaning"


def _meaning_of(policy: Policy) -> Meaning:
    """Returns the meaning of a policy, found once and kept in the instance."""
    kept = policy.__dict__
    if _MEANING not in kept:
        bare = tuple(
            replace(statement, sid="", place=NOWHERE) for statement in policy.statements
        )
        kept[_MEANING] = _meaning(
            bare, tuple(statement.unclear for statement in bare), policy.version
        )
    return kept[_MEANING]


NOWHERE: Final = Place()


@lru_cache(maxsize=MEANINGS)
def _meaning(statements: tuple[Statement, ...], unclear: Values, version: str) -> Meaning:
    return Meaning(Policy(statements, version=version))


# ---------------------------------------------------------------- what is cited
Spot: TypeAlias = tuple[
    int, int, int
]  # the numbers of a layer, of a policy in it, of a statement in that


class Found(NamedTuple):
    """Is something that was found, with the spots of new's statement and of old's that it cites."""

    result: Excess | Undecided
    by: Spot | None
    nearest: Spot | None = None


def _placed(result: Excess | Undecided, new: Standing, old: Standing) -> Found:
    if isinstance(result, Undecided):
        return Found(result, _spot(new, result.by))
    return Found(
        result,
        _spot(new, result.by.statement, result.by.policy),
        _spot(old, result.nearest),
    )


def _spot(
    standing: Standing, statement: Statement | None, policy: Policy | None = None
) -> Spot | None:
    spots = (
        (number, place, index)
        for number, layer in enumerate(standing.layers)
        for place, one in enumerate(layer.policies)
        for index, each in enumerate(one.statements)
        if each is statement and (policy is None or one is policy)
    )
    return next(spots, None)


def _cited(found: Found, new: Standing, old: Standing) -> Excess | Undecided:
    """Returns what was found, as the policies at hand have it; what stands in none of them stays as it is."""
    result = found.result
    by = _at(new, found.by)
    if isinstance(result, Undecided):
        if by:
            return Undecided.of(by.statement, result.reason)
        return result
    nearest = _at(old, found.nearest)
    return replace(
        result, by=by or result.by, nearest=nearest.statement if nearest else result.nearest
    )


def _at(standing: Standing, spot: Spot | None) -> Matched | None:
    if spot is None:
        return None
    number, place, index = spot
    layer = standing.layers[number]
    return Matched(layer.policies[place].statements[index], layer.policies[place], layer)
