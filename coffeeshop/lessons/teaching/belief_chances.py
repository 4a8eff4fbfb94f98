"""Weigh a learner's answers: how probable each misconception is, and how much a question would tell.

The model is Bayes' rule over sets of misconceptions. Beforehand, each misconception has the same small chance. A learner
answers by one that predicts a wrong answer, if they have one, and else rightly. Both have exceptions: a slip, or a
lucky guess. A right answer ends whatever it speaks against, as people learn.

A wrong answer ties together the misconceptions that explain it: if one is there, the others are less probable. Those that
no wrong answer ties together are independent, so each group is weighed by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import combinations
from math import log2, prod

from msgspec import Struct

PRIOR_CHANCE = (
    0.1  # of each misconception that may explain a wrong answer, before that answer
)
UNSEEN_CHANCE = 0.01  # of one that nothing speaks for, when the next question is chosen
REFUTED_CHANCE = 0.01  # of one that an answer spoke against
BELIEF_ANSWER_CHANCE = 0.9  # that somebody answers by a misconception that they have
SLIP_CHANCE = 0.03  # that somebody gives one wrong answer though nothing leads to it
MOST_AT_ONCE = 3  # misconceptions of one group that are weighed together
# Misconceptions of one group, at most. If there are more, those with the most answers are weighed.
LARGEST_GROUP = 16


class Answer(Struct, frozen=True):
    """What one answer tells: whether it is right, the misconceptions that predict it, and those that predict a wrong one.

    A right answer speaks against all of `predicting`. A wrong one speaks for `fitting`. It doesn't end the rest, because
    somebody who has several misconceptions answers by one of them.
    """

    is_right: bool
    fitting: frozenset[str]
    predicting: frozenset[str]


class Group(Struct, frozen=True):
    """Misconceptions that wrong answers tie together, with the probability of each set of them that a learner may have."""

    ids: frozenset[str]
    sets: tuple[tuple[frozenset[str], float], ...]

    def chance(self, id: str) -> float:
        """Return the probability of one misconception."""
        return sum(share for ids, share in self.sets if id in ids)


class BeliefChances(Struct, frozen=True, dict=True):
    """How probable each misconception is. `groups` have those that something speaks for, `refuted` those that were refuted."""

    groups: tuple[Group, ...] = ()
    refuted: frozenset[str] = frozenset()

    @cached_property
    def suspected(self) -> Mapping[str, float]:
        """Return the probability of each misconception that something speaks for."""
        return {id: group.chance(id) for group in self.groups for id in group.ids}

    def chance(self, id: str) -> float:
        """Return the probability of any misconception."""
        if id in self.suspected:
            return self.suspected[id]
        return REFUTED_CHANCE if id in self.refuted else UNSEEN_CHANCE

    def information(self, predicted: Mapping[str, Sequence[str]]) -> float:
        """Return how many bits an answer tells, on average. `predicted` has the wrong answers by misconception."""
        outcomes = {frozenset[str](): 1.0}
        for sets in self._sets_about(predicted):
            combined = defaultdict[frozenset[str], float](float)
            for answers, share in outcomes.items():
                for ids, chance in sets:
                    added = (each for id in ids for each in predicted.get(id, ()))
                    combined[answers.union(added)] += share * chance
            outcomes = combined
        return _information(outcomes, {each for row in predicted.values() for each in row})

    def _sets_about(
        self, predicted: Mapping[str, Sequence[str]]
    ) -> Iterable[Sequence[tuple[frozenset[str], float]]]:
        """Yield the probabilities of the sets in each group that a question is about, and of each ungrouped misconception."""
        for group in self.groups:
            if not group.ids.isdisjoint(predicted):
                yield group.sets
        for id in predicted:
            if id not in self.suspected:
                chance = self.chance(id)
                yield ((frozenset(), 1 - chance), (frozenset((id,)), chance))


def _information(outcomes: Mapping[frozenset[str], float], wrong: set[str]) -> float:
    """Return the bits that an answer tells about which wrong answers a learner's misconceptions predict."""
    by_answer = defaultdict[str, float](float)
    remaining_bits = 0.0
    for answers, share in outcomes.items():
        chances = _answer_chances(answers, wrong)
        remaining_bits += share * _bits(chances.values())
        for answer, chance in chances.items():
            by_answer[answer] += share * chance
    return _bits(by_answer.values()) - remaining_bits


def _answer_chances(predicted: frozenset[str], wrong: set[str]) -> Mapping[str, float]:
    """Return the probability of each answer ("": the right one), from somebody whose misconceptions predict some."""
    if not predicted:
        return {"": 1 - SLIP_CHANCE * len(wrong), **dict.fromkeys(wrong, SLIP_CHANCE)}
    chances = dict.fromkeys(wrong, 0.0)
    chances.update(dict.fromkeys(predicted, BELIEF_ANSWER_CHANCE / len(predicted)))
    return {**chances, "": 1 - BELIEF_ANSWER_CHANCE}


def _bits(chances: Iterable[float]) -> float:
    """Return the entropy of a distribution, in bits."""
    return -sum(chance * log2(chance) for chance in chances if chance > 0)


# ------------------------------------------------------------------- after some answers
def weigh_answers(answers: Iterable[Answer]) -> BeliefChances:
    """Return how probable each misconception is after answers, the oldest first."""
    answers = tuple(answers)
    ended = dict[str, int]()  # by misconception: the last answer that spoke against it
    for number, answer in enumerate(answers):
        if answer.is_right:
            ended.update(dict.fromkeys(answer.predicting, number))
    wrong_answers = [
        explanations
        for number, answer in enumerate(answers)
        if not answer.is_right
        and (
            explanations := frozenset(
                id for id in answer.fitting if ended.get(id, -1) < number
            )
        )
    ]
    groups = tuple(map(_weigh_group, _tied_answers(wrong_answers)))
    suspected = frozenset[str]().union(*wrong_answers)
    return BeliefChances(groups, frozenset(ended) - suspected)


def _tied_answers(
    wrong_answers: Iterable[frozenset[str]],
) -> Iterable[list[frozenset[str]]]:
    """Return the wrong answers in groups that share no explanation with each other."""
    groups = list[tuple[frozenset[str], list[frozenset[str]]]]()
    for explanations in wrong_answers:
        tied = [group for group in groups if not explanations.isdisjoint(group[0])]
        groups = [group for group in groups if group not in tied]
        ids = explanations.union(*(group[0] for group in tied))
        groups.append((ids, [*(each for group in tied for each in group[1]), explanations]))
    return [answers for _, answers in groups]


def _weigh_group(wrong_answers: Sequence[frozenset[str]]) -> Group:
    """Return the probability of each set of misconceptions that may explain some wrong answers."""
    counts = defaultdict[str, int](int)
    for explanations in wrong_answers:
        for id in explanations:
            counts[id] += 1
    ids = sorted(counts, key=lambda id: (-counts[id], id))[:LARGEST_GROUP]
    weights = {
        frozenset(chosen): _weight(frozenset(chosen), len(ids), wrong_answers)
        for size in range(MOST_AT_ONCE + 1)
        for chosen in combinations(ids, size)
    }
    total = sum(weights.values())
    sets = tuple((chosen, weight / total) for chosen, weight in weights.items())
    return Group(frozenset(ids), sets)


def _weight(
    ids: frozenset[str], candidates: int, wrong_answers: Iterable[frozenset[str]]
) -> float:
    """Return the probability of a set of misconceptions, times that of the answers from somebody who has just these."""
    beforehand = PRIOR_CHANCE ** len(ids) * (1 - PRIOR_CHANCE) ** (candidates - len(ids))
    return beforehand * prod(
        BELIEF_ANSWER_CHANCE if explanations & ids else SLIP_CHANCE
        for explanations in wrong_answers
    )
