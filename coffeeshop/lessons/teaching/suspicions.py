"""Say what a learner may believe, from their guesses and answers and from what the grade found.

Nothing is stored for this. What each example of the course and each question of a check-up refutes is in a table that
`tools/write_refutations.py` computes, because a page of progress can't wait for the engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

import msgspec
from msgspec import Struct

from coffeeshop.lessons.misconceptions.table import Misconception, misconceptions
from coffeeshop.lessons.play.check_up_rows import chosen_answer
from coffeeshop.lessons.play.recall import Met, question_subject
from coffeeshop.lessons.scenario.find import course
from coffeeshop.lessons.teaching.belief_chances import Answer, BeliefChances, weigh_answers

REFUTATIONS_FILE = "refutations.json"
ALLOWED_CHOICE = "allowed"
GUESS_LETTERS = {"a": True, "b": False}  # by the letter of a guess: whether it says allowed
CHECK_UP_KIND = "check-up"
DECISION_QUESTION = 1  # the number of a check-up's question that asks what AWS decides
ASKING_KINDS = ("guess", "question", CHECK_UP_KIND)  # kinds of examples that ask somebody
TOLD_CHANCE = 0.25  # from which on a learner is told that they may believe something


class SeenExample(Struct, frozen=True):
    """An example of the course, as the table has it.

    `number` is that of the page or of the question. `answer` is AWS's, where somebody is asked. `predicted` has
    the answer by each misconception that predicts another one, or "" where nobody is asked. Of a check-up's question,
    `scenario` is the question's key, and `number` is DECISION_QUESTION or 0. Answers are the places of choices in its row, and
    there may be several ("0 2").
    """

    scenario: str
    page: str
    number: int
    kind: str
    answer: str
    predicted: Mapping[str, str]

    @property
    def subject(self) -> str:
        """Return the subject under which an answer is kept. It is "" for a guess, or if no one is asked."""
        return (
            question_subject(self.scenario, self.number) if self.kind == "question" else ""
        )

    def answers_of(self, id: str) -> tuple[str, ...]:
        """Return the answers that somebody with a misconception gives."""
        return tuple(self.predicted.get(id, self.answer).split(" "))

    def prediction(self, id: str) -> str:
        """Return the answer that somebody with a misconception gives, the first of several."""
        return self.answers_of(id)[0]

    def as_answer(self, given: str) -> Answer:
        """Return the misconceptions that an answer is evidence of. "" among them: it is wrong, and the reason isn't known."""
        return Answer(
            given == self.answer,
            frozenset(
                id for id in self.predicted if not given or given in self.answers_of(id)
            ),
            frozenset(self.predicted),
        )


class Suspicion(Struct, frozen=True):
    """A misconception that fits what a learner said and did, with an example that refutes it, or None.

    `chance` is the probability that the learner has it.
    """

    misconception: Misconception
    example: SeenExample | None
    chance: float = 1.0


@cache
def seen_examples() -> tuple[SeenExample, ...]:
    """Return the course's examples that refute something, in order. A pack without the table has none."""
    file = course() / REFUTATIONS_FILE
    if not file.is_file():
        return ()
    return msgspec.json.decode(file.read_bytes(), type=tuple[SeenExample, ...])


@cache
def check_up_table() -> Mapping[str, SeenExample]:
    """Return the questions of check-ups by key."""
    return {each.scenario: each for each in seen_examples() if each.kind == CHECK_UP_KIND}


def suspicions(
    guesses: Mapping[str, Mapping[int, str]], meetings: Iterable[Met]
) -> tuple[Suspicion, ...]:
    """Return the misconceptions that fit a learner, the most probable first.

    `guesses` are the letters guessed in lessons, by scenario and page. A misconception fits if something speaks for
    it, and nothing that came later speaks against it. Somebody who was never wrong fits none.
    """
    return told_suspicions(belief_chances(guesses, meetings))


def told_suspicions(chances: BeliefChances) -> tuple[Suspicion, ...]:
    """Return the misconceptions that are probable enough to tell a learner of, the most probable first."""
    probable = sorted(
        (-chance, id) for id, chance in chances.suspected.items() if chance >= TOLD_CHANCE
    )
    return tuple(
        Suspicion(misconceptions()[id], refuting_example(id), -negative)
        for negative, id in probable
    )


def belief_chances(
    guesses: Mapping[str, Mapping[int, str]], meetings: Iterable[Met]
) -> BeliefChances:
    """Return how probable each misconception is, after what a learner said and did."""
    return weigh_answers(_answers(guesses, meetings))


def _answers(
    guesses: Mapping[str, Mapping[int, str]], meetings: Iterable[Met]
) -> Iterator[Answer]:
    """Yield what each answer tells of the misconceptions: guesses first, then answers and findings by time."""
    by_subject = {each.subject: each for each in seen_examples() if each.subject}
    for example in seen_examples():
        letter = guesses.get(example.scenario, {}).get(example.number, "")
        if example.kind == "guess" and letter in GUESS_LETTERS:
            yield _guess_answer(example, GUESS_LETTERS[letter])
    for met in sorted(meetings, key=lambda met: met.at):
        if met.subject in misconceptions():
            ids = frozenset((met.subject,))
            yield Answer(met.right, frozenset() if met.right else ids, ids)
        elif example := by_subject.get(met.subject):
            yield example.as_answer(example.answer if met.right else "")
        elif chosen := chosen_answer(met.subject):
            key, _, choice = chosen.rpartition(".")
            if known := check_up_table().get(key):
                yield known.as_answer(choice)


def _guess_answer(example: SeenExample, says_allowed: bool) -> Answer:
    """Return what a guess tells, which says only whether AWS allows the call."""
    is_allowed = example.answer == ALLOWED_CHOICE
    other_ids = frozenset(
        id
        for id, predicted in example.predicted.items()
        if (predicted == ALLOWED_CHOICE) != is_allowed
    )
    is_right = says_allowed == is_allowed
    return Answer(is_right, frozenset() if is_right else other_ids, other_ids)


def refuting_example(id: str) -> SeenExample | None:
    """Return an example that refutes a misconception: a guess or a picture, rather than a question.

    It is on the page that the misconception's row names. Without one, it is of the first scenario that
    has an example, and the page that refutes the fewest others is most about it.
    """
    shown_on = misconceptions()[id].shown
    if shown_on:
        return next(
            example
            for example in seen_examples()
            if f"{example.scenario}, {example.page}" == shown_on
        )
    refuting = [
        example
        for example in seen_examples()
        if id in example.predicted and example.kind != CHECK_UP_KIND
    ]
    candidates = [example for example in refuting if example.page] or refuting
    in_first_scenario = (
        example for example in candidates if example.scenario == candidates[0].scenario
    )
    return min(in_first_scenario, key=lambda example: len(example.predicted), default=None)


# ----------------------------------------------------------------------- what to ask next
def question_gain(chances: BeliefChances, question: SeenExample) -> float:
    """Return how many bits the answer to a question tells about what the learner believes, on average."""
    return chances.information({id: question.answers_of(id) for id in question.predicted})


def best_question(
    chances: BeliefChances, questions: Iterable[SeenExample]
) -> SeenExample | None:
    """Return the question whose answer tells most about what a learner believes.

    Return None if there is no question.
    """
    asking = (each for each in questions if each.kind in ASKING_KINDS)
    return max(asking, key=lambda question: question_gain(chances, question), default=None)


def most_telling(subjects: Iterable[str], chances: BeliefChances) -> tuple[str, ...]:
    """Return the subjects of questions, those first whose answer tells most about what a learner believes.

    A subject that is a misconception tells whether the learner has that one. Equal ones keep their order.
    """
    by_subject = {each.subject: each for each in seen_examples() if each.subject}

    def gain(subject: str) -> float:
        if question := by_subject.get(subject):
            return question_gain(chances, question)
        return chances.information({subject: ("wrong",)})

    return tuple(sorted(subjects, key=gain, reverse=True))
