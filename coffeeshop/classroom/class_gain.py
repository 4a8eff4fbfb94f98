"""Measure the beliefs of a class and its gain, from its check-ups before and after the course.

Only counts and means are told, never one learner's belief, and none of fewer than twelve learners.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from coffeeshop.lessons.misconceptions.table import Misconception, misconceptions
from coffeeshop.lessons.play.check_up_rows import (
    AFTER_COURSE,
    BEFORE_COURSE,
    COURSE_COUNT,
    COURSE_MOMENTS,
    CourseCheckUp,
)
from coffeeshop.lessons.scenario.find import number
from coffeeshop.lessons.teaching.course_check_up import believed_after, judge_chosen
from coffeeshop.lessons.teaching.gain import (
    CONFIDENCE_PERCENT,
    MIN_SAMPLE,
    Gain,
    gain_of_pairs,
)
from coffeeshop.lessons.teaching.skills import skills
from coffeeshop.lessons.teaching.suspicions import (
    check_up_table,
    refuting_example,
    told_suspicions,
)
from coffeeshop.views.course_check_up import points_text
from coffeeshop.views.rows import Row
from coffeeshop.views.text import count_noun

CheckUpsByLearner = Mapping[str, CourseCheckUp]
MAX_TAUGHT_NEXT = 3  # beliefs to teach next, at most
MIN_BELIEVERS = 2  # learners who may believe something that the class is to be taught


class BeliefGain(Struct, frozen=True):
    """A misconception with the number of learners who may have it, by moment, and how that changed.

    `asked_counts` has the number of learners who were asked about it, by moment. Moments at which fewer than MIN_SAMPLE
    were asked are left out of both.
    """

    misconception: Misconception
    believer_counts: Mapping[str, int]
    asked_counts: Mapping[str, int]
    gain: Gain | None


class ClassGain(Struct, frozen=True):
    """What a class's check-ups show.

    `learners` is the size of the class. `handed_in_counts` has the number of check-ups that were handed in, by moment
    (before or after the course). `reported_moments` are those with at least MIN_SAMPLE check-ups. The others aren't shown.
    `right_answers` is the gain in right answers of ten. `gains_by_skill` has the gain in the share of right answers.
    """

    learners: int
    handed_in_counts: Mapping[str, int]
    reported_moments: tuple[str, ...]
    right_answers: Gain | None
    gains_by_skill: Mapping[str, Gain]
    beliefs: tuple[BeliefGain, ...]

    @property
    def latest(self) -> str:
        """Return the last moment of which there are statistics, or ""."""
        return self.reported_moments[-1] if self.reported_moments else ""

    @property
    def taught_next(self) -> tuple[BeliefGain, ...]:
        """Return the beliefs that most learners may hold now. They should be taught next."""
        now = [
            each
            for each in self.beliefs
            if each.believer_counts.get(self.latest, 0) >= MIN_BELIEVERS
        ]
        return tuple(
            sorted(now, key=lambda each: -each.believer_counts[self.latest])[
                :MAX_TAUGHT_NEXT
            ]
        )


def measure_class(
    learners: int, check_ups: Mapping[str, CheckUpsByLearner]
) -> ClassGain | None:
    """Return what the check-ups of a class show. Return None if the class was given none.

    `learners` is the size of the class. `check_ups` has the check-ups that were handed in, by moment
    (before or after the course) and by the learner's key. A moment with fewer than MIN_SAMPLE check-ups isn't reported.
    """
    if not check_ups:
        return None
    handed_in_counts = {
        moment: len(check_ups[moment]) for moment in COURSE_MOMENTS if moment in check_ups
    }
    reported_moments = tuple(
        moment for moment, count in handed_in_counts.items() if count >= MIN_SAMPLE
    )
    before, after = (check_ups.get(moment, {}) for moment in COURSE_MOMENTS)
    pairs = [(before[key], after[key]) for key in before if key in after]
    right_answers = gain_of_pairs(
        [(first.right_count, second.right_count) for first, second in pairs], COURSE_COUNT
    )
    reported_check_ups = {moment: check_ups[moment] for moment in reported_moments}
    return ClassGain(
        learners,
        handed_in_counts,
        reported_moments,
        right_answers,
        _skill_gains(pairs),
        _belief_gains(reported_check_ups),
    )


def _skill_gains(
    pairs: Sequence[tuple[CourseCheckUp, CourseCheckUp]],
) -> Mapping[str, Gain]:
    """Return the gain in each skill, of learners with both check-ups."""
    by_skill = dict[str, list[tuple[float, float]]]()
    for before, after in pairs:
        later = {answer.skill: answer.is_right for answer in judge_chosen(after)}
        for answer in judge_chosen(before):
            values = (float(answer.is_right), float(later[answer.skill]))
            by_skill.setdefault(answer.skill, []).append(values)
    gains = {skill: gain_of_pairs(values) for skill, values in by_skill.items()}
    return {skill: gain for skill, gain in gains.items() if gain is not None}


class _LearnerBeliefs(Struct, frozen=True):
    """The ids of the misconceptions that one learner's check-up asked about, and of those that they may have."""

    asked_about: frozenset[str]
    suspected: frozenset[str]


def _belief_gains(check_ups: Mapping[str, CheckUpsByLearner]) -> tuple[BeliefGain, ...]:
    """Return the misconceptions that learners may have, the most frequent first."""
    beliefs = {
        moment: {key: _learner_beliefs(each) for key, each in by_key.items()}
        for moment, by_key in check_ups.items()
    }
    gains = (_belief_gain(id, beliefs) for id in misconceptions())
    told = [each for each in gains if any(each.believer_counts.values())]
    return tuple(sorted(told, key=lambda each: -max(each.believer_counts.values())))


def _learner_beliefs(check_up: CourseCheckUp) -> _LearnerBeliefs:
    """Return the misconceptions that a check-up asked about, and those that its answers make likely."""
    keys = (chosen.rpartition(".")[0] for chosen in check_up.chosen)
    asked = frozenset(id for key in keys for id in check_up_table()[key].predicted)
    told = told_suspicions(believed_after(check_up.chosen))
    return _LearnerBeliefs(asked, frozenset(each.misconception.id for each in told))


def _belief_gain(
    id: str, beliefs: Mapping[str, Mapping[str, _LearnerBeliefs]]
) -> BeliefGain:
    """Return how many learners may have a misconception, of those who were asked about it.

    A moment at which fewer than MIN_SAMPLE were asked is left out. The gain compares only learners who
    were asked before and after the course.
    """
    asked = {
        moment: {key for key, belief in by_key.items() if id in belief.asked_about}
        for moment, by_key in beliefs.items()
    }
    counts = {
        moment: sum(id in beliefs[moment][key].suspected for key in keys)
        for moment, keys in asked.items()
        if len(keys) >= MIN_SAMPLE
    }
    twice = asked.get(BEFORE_COURSE, set[str]()) & asked.get(AFTER_COURSE, set[str]())
    pairs = [
        (
            float(id in beliefs[BEFORE_COURSE][key].suspected),
            float(id in beliefs[AFTER_COURSE][key].suspected),
        )
        for key in twice
    ]
    asked_counts = {moment: len(asked[moment]) for moment in counts}
    return BeliefGain(misconceptions()[id], counts, asked_counts, gain_of_pairs(pairs))


# ------------------------------------------------------------------------------ rows
def class_gain_rows(gain: ClassGain) -> Iterator[Row]:
    """Yield rows about the beliefs of a class, the next thing to teach, and the gain."""
    learners = count_noun(gain.learners, "learner")
    for moment, count in gain.handed_in_counts.items():
        yield Row(f"{count} of {learners} handed in the check-up {moment} the course.")
    if not gain.reported_moments:
        yield Row(
            f"Results for the class are shown from {MIN_SAMPLE} learners on, because fewer could differ by chance."
        )
        return
    yield Row("Teach next", role="title")
    for belief in gain.taught_next:
        yield Row(_teach_next_text(belief, gain), indent=1)
    if not gain.taught_next:
        yield Row("No misconception is shared by several learners any more.", indent=1)
    if gain.right_answers is not None:
        yield Row("What the class learned", role="title")
        yield Row(_right_answers_text(gain.right_answers), indent=1)
        yield from _skill_rows(gain.gains_by_skill)
    yield Row("What learners may believe", role="title")
    yield from (Row(_belief_text(belief), indent=1) for belief in gain.beliefs)
    yield Row(
        "Ten questions can't test every misconception, so there may be others.", indent=1
    )


def _teach_next_text(belief: BeliefGain, gain: ClassGain) -> str:
    """Return what several learners may believe, why it isn't so, and where the course shows that."""
    count = belief.believer_counts[gain.latest]
    asked = belief.asked_counts[gain.latest]
    misconception = belief.misconception
    text = f"{count} of {asked} learners may believe: “{misconception.believed}” {misconception.holds}"
    example = refuting_example(misconception.id)
    if example is None:
        return text
    page = f", on the page “{example.page}”" if example.page else ""
    return f"{text} Scenario {number(example.scenario)} shows it{page}."


def _right_answers_text(gain: Gain) -> str:
    """Return the gain in right answers of ten in words, with its uncertainty."""
    learners = count_noun(gain.count, "learner")
    means = f"{gain.before:.1f} of {COURSE_COUNT} right before, {gain.after:.1f} after"
    limits = f"between {gain.low:+.1f} and {gain.high:+.1f}"
    sure = f"The true gain is {limits}, with {CONFIDENCE_PERCENT}% confidence"
    return f"{learners} took both check-ups, with on average {means}. {sure}{_uncertainty_ending(gain)}"


def _skill_rows(gains: Mapping[str, Gain]) -> Iterator[Row]:
    """Yield the gain of each skill, the largest first."""
    for skill, gain in sorted(gains.items(), key=lambda item: -item[1].difference):
        shares = f"{gain.before:.0%} right before, {gain.after:.0%} after"
        yield Row(f"{skills()[skill].name}: {shares}. {_limits_text(gain)}", indent=1)


def _belief_text(belief: BeliefGain) -> str:
    """Return how many learners may believe something, before and after, with the uncertainty of the change."""
    counts = ", ".join(
        f"{count} of {belief.asked_counts[moment]} {moment}"
        for moment, count in belief.believer_counts.items()
    )
    limits = f" {_limits_text(belief.gain)}" if belief.gain else ""
    return f"“{belief.misconception.believed}” {counts}.{limits}"


def _limits_text(gain: Gain) -> str:
    """Return the limits of the true change as a sentence."""
    limits = f"between {points_text(gain.low)} and {points_text(gain.high)}"
    return f"The true change is {limits}{_uncertainty_ending(gain)}"


def _uncertainty_ending(gain: Gain) -> str:
    """Return the end of a sentence about a gain: a full stop, or that chance alone may explain the gain."""
    return "." if gain.is_certain else ", so chance alone may explain it."
