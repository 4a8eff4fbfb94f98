"""Ask ten questions before the course and ten after it, of equal difficulty, and judge the answers.

All learners are asked about the same ten skills: those whose questions tell apart most misconceptions. Each has other
questions on them, by a seed, with other names. How hard a question is follows from simulated learners: each has
every misconception with the same chance, and answers by it where it predicts a wrong answer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256

from msgspec import Struct

from coffeeshop.lessons.play.check_up_rows import (
    AFTER_COURSE,
    BEFORE_COURSE,
    COURSE_COUNT,
    COURSE_MOMENTS,
    AnyCheckUp,
    CheckUp,
    CourseCheckUp,
    current_course_check_up,
)
from coffeeshop.lessons.play.membership import CHECK_UP_ASSIGNMENT
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.scenario.dice import Dice
from coffeeshop.lessons.teaching.belief_chances import BeliefChances, weigh_answers
from coffeeshop.lessons.teaching.check_up import (
    CheckQuestion,
    drawn_rows,
    make_question,
    questions_of,
)
from coffeeshop.lessons.teaching.suspicions import check_up_table

BELIEF_CHANCE = 0.25  # the chance of each misconception in a simulated learner
MAX_TRIES = 60  # pairs of sets of questions, of which the most equal one is asked
OTHER_QUESTIONS = "it has other questions than this learner was asked"


class JudgedAnswer(Struct, frozen=True):
    """An answer of a check-up: the skill, what was chosen, and whether it is right."""

    skill: str
    chosen: str
    is_right: bool


def difficulty(key: str) -> float:
    """Return the share of simulated learners who answer a question wrongly."""
    return 1 - (1 - BELIEF_CHANCE) ** len(check_up_table()[key].predicted)


@cache
def asked_skills() -> Mapping[str, tuple[str, ...]]:
    """Return the ten skills with the keys of their questions. Each has at least two, so that the second time differs.

    They are chosen one by one. The next is the skill whose questions ask the most learners about misconceptions that they
    weren't asked about before.
    """
    by_skill = dict[str, list[str]]()
    for key, question in check_up_table().items():
        if question.predicted:
            by_skill.setdefault(key.partition(".")[0], []).append(key)
    candidates = {skill: keys for skill, keys in by_skill.items() if len(keys) > 1}
    chosen = dict[str, tuple[str, ...]]()
    unasked = defaultdict[str, float](lambda: 1.0)  # shares of learners by misconception
    while candidates and len(chosen) < COURSE_COUNT:
        shares = {skill: _asked_shares(keys) for skill, keys in candidates.items()}
        new = {
            skill: sum(unasked[id] * share for id, share in by_id.items())
            for skill, by_id in shares.items()
        }
        best = max(candidates, key=lambda skill: new[skill])
        for id, share in shares[best].items():
            unasked[id] *= 1 - share
        chosen[best] = tuple(candidates.pop(best))
    return chosen


def _asked_shares(keys: Sequence[str]) -> Mapping[str, float]:
    """Return the share of questions that are about each misconception."""
    counts = Counter(id for key in keys for id in check_up_table()[key].predicted)
    return {id: count / len(keys) for id, count in counts.items()}


@cache
def _target() -> float:
    """Return how many of the ten questions simulated learners get wrong, on average over all questions."""
    means = (sum(map(difficulty, keys)) / len(keys) for keys in asked_skills().values())
    return sum(means)


@cache
def _keys_by_moment(seed: int) -> Mapping[str, tuple[str, ...]]:
    """Return the keys of the questions that belong to a seed, by moment. The two moments share no question."""
    dice = Dice(f"course check-up {seed}")
    tries = [
        [dice.some(keys, 2) for keys in asked_skills().values()] for _ in range(MAX_TRIES)
    ]
    pairs = min(tries, key=_inequality)
    order = dice.some(range(len(pairs)), len(pairs))
    return {
        moment: tuple(pairs[at][number] for at in order)
        for number, moment in enumerate(COURSE_MOMENTS)
    }


def _inequality(pairs: Sequence[Sequence[str]]) -> float:
    """Return how far two sets of questions are from the difficulty that all shall have."""
    sums = (sum(difficulty(pair[number]) for pair in pairs) for number in range(2))
    return sum(abs(each - _target()) for each in sums)


def question_keys(moment: str, seed: int) -> tuple[str, ...]:
    """Return the keys of the questions of a check-up of the course, in order."""
    return _keys_by_moment(seed)[moment]


def form_difficulty(moment: str, seed: int) -> float:
    """Return how many questions of a check-up simulated learners get wrong, on average."""
    return sum(map(difficulty, question_keys(moment, seed)))


def next_question(check_up: AnyCheckUp) -> CheckQuestion:
    """Return the next question of a check-up."""
    number = len(check_up.answers)
    if isinstance(check_up, CheckUp):
        return questions_of(check_up)[number]
    key = question_keys(check_up.moment, check_up.seed)[number]
    drawn = next(each for draws in drawn_rows() for each in draws if each.key == key)
    return make_question(drawn, Dice(f"{check_up.moment} {check_up.seed} {number}"))


def has_course_check_up() -> bool:
    """Return whether this program has the questions. A pack of scenarios may have none."""
    return len(asked_skills()) == COURSE_COUNT


def check_up_digest() -> str:
    """Return a short hash of the questions, by which a hand-in names them."""
    text = " ".join(key for keys in asked_skills().values() for key in keys)
    return sha256(text.encode()).hexdigest()[:16]


# ----------------------------------------------------------------------------- answers
def judge_chosen(check_up: CourseCheckUp) -> tuple[JudgedAnswer, ...]:
    """Return the answers of a check-up, judged. Raise ValueError if they aren't answers to its questions."""
    return tuple(_judged(check_up))


def _judged(check_up: CourseCheckUp) -> Iterator[JudgedAnswer]:
    """Yield each answer, judged. Raise ValueError."""
    keys = question_keys(check_up.moment, check_up.seed)
    if len(check_up.chosen) > len(keys):
        raise ValueError(OTHER_QUESTIONS)
    for expected, chosen in zip(keys, check_up.chosen, strict=False):
        key, _, choice = chosen.rpartition(".")
        if key != expected:
            raise ValueError(OTHER_QUESTIONS)
        is_right = choice == check_up_table()[key].answer
        yield JudgedAnswer(key.partition(".")[0], chosen, is_right)


def believed_after(chosen: Iterable[str]) -> BeliefChances:
    """Return how probable each misconception is after the answers of one check-up alone."""
    table = check_up_table()
    pairs = (each.rpartition(".") for each in chosen)
    return weigh_answers(
        table[key].as_answer(choice) for key, _, choice in pairs if key in table
    )


def begun_check_up(progress: Progress, moment: str) -> CourseCheckUp:
    """Return the check-up of the course that a learner answers now.

    In a class that was given it, it is asked once, with the questions of the learner's variants.
    """
    membership = progress.membership
    id = check_up_assignment(moment)
    is_assigned = membership and any(each.id == id for each in membership.assignments)
    seed = membership.first if membership and is_assigned else None
    return current_course_check_up(progress.meetings(), moment, seed)


def check_up_assignment(moment: str) -> str:
    """Return the id under which a class is given a check-up."""
    return f"{CHECK_UP_ASSIGNMENT}{moment}"


def assigned_moment(id: str) -> str:
    """Return the moment of the check-up that an assignment is. Return "" if it is none."""
    return {
        check_up_assignment(moment): moment for moment in (BEFORE_COURSE, AFTER_COURSE)
    }.get(id, "")
