"""Say what a learner may believe, from their guesses and answers and from what the grade found.

Nothing is stored for this. What each example of the course refutes is in a table that
`tools/write_refutations.py` computes, because a page of progress can't wait for the engine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from math import log2

import msgspec
from msgspec import Struct

from coffeeshop.lessons.misconceptions.table import Misconception, misconceptions
from coffeeshop.lessons.play.recall import Met, question_subject
from coffeeshop.lessons.scenario.find import course

FILE = "refutations.json"
ALLOWED = "allowed"
GUESSED = {"a": True, "b": False}  # by the letter of a guess: whether it says allowed


class SeenExample(Struct, frozen=True):
    """An example of the course, as the table has it.

    `number` is that of the page or of the question. `answer` is AWS's, where somebody is asked. `predicted` has
    the answer by each misconception that predicts another one, or "" where nobody is asked.
    """

    scenario: str
    page: str
    number: int
    kind: str
    answer: str
    predicted: Mapping[str, str]

    @property
    def subject(self) -> str:
        """Return the subject under which an answer is kept. "": a guess, or nobody is asked."""
        return (
            question_subject(self.scenario, self.number) if self.kind == "question" else ""
        )

    def prediction(self, id: str) -> str:
        """Return the answer that somebody with a misconception gives."""
        return self.predicted.get(id, self.answer)


class Suspicion(Struct, frozen=True):
    """A misconception that fits what a learner said and did, with an example that refutes it, or None."""

    misconception: Misconception
    example: SeenExample | None


@cache
def seen_examples() -> tuple[SeenExample, ...]:
    """Return the course's examples that refute something, in order. A pack without the table has none."""
    file = course() / FILE
    if not file.is_file():
        return ()
    return msgspec.json.decode(file.read_bytes(), type=tuple[SeenExample, ...])


def suspicions(
    guesses: Mapping[str, Mapping[int, str]], meetings: Iterable[Met]
) -> tuple[Suspicion, ...]:
    """Return the misconceptions that fit a learner, those with the most evidence first.

    `guesses` are the letters guessed in lessons, by scenario and page. A misconception fits if something speaks for
    it, and nothing that came later speaks against it. Somebody who was never wrong fits none.
    """
    counts = Counter[str]()
    for id, speaks_for in _evidence(guesses, meetings):
        if not speaks_for:
            counts[id] = 0
        else:
            counts[id] += 1
    fitting = sorted((-count, id) for id, count in counts.items() if count)
    return tuple(
        Suspicion(misconceptions()[id], _refuting_example(id)) for _, id in fitting
    )


def _evidence(
    guesses: Mapping[str, Mapping[int, str]], meetings: Iterable[Met]
) -> Iterator[tuple[str, bool]]:
    """Yield a misconception's id and whether something speaks for it: guesses first, then answers by time."""
    by_subject = {each.subject: each for each in seen_examples() if each.subject}
    for example in seen_examples():
        letter = guesses.get(example.scenario, {}).get(example.number, "")
        if example.kind != "guess" or letter not in GUESSED:
            continue
        for id, predicted in example.predicted.items():
            if (predicted == ALLOWED) != (example.answer == ALLOWED):
                yield id, (predicted == ALLOWED) == GUESSED[letter]
    for met in sorted(meetings, key=lambda met: met.at):
        if met.subject in misconceptions():
            yield met.subject, not met.right
        elif example := by_subject.get(met.subject):
            yield from ((id, not met.right) for id in example.predicted)


def _refuting_example(id: str) -> SeenExample | None:
    """Return an example that refutes a misconception: a guess or a picture, rather than a question.

    It is of the first scenario that has one. The page that refutes the fewest others is most about it.
    """
    refuting = [example for example in seen_examples() if id in example.predicted]
    candidates = [example for example in refuting if example.page] or refuting
    in_first_scenario = (
        example for example in candidates if example.scenario == candidates[0].scenario
    )
    return min(in_first_scenario, key=lambda example: len(example.predicted), default=None)


# ----------------------------------------------------------------------- what to ask next
def best_question(
    candidates: Sequence[str], questions: Iterable[SeenExample]
) -> SeenExample | None:
    """Return the question whose answer says most about which of some misconceptions a learner has.

    "" among the candidates stands for none of them. None: no question tells them apart.
    """
    asked_questions = [each for each in questions if each.kind in ("guess", "question")]
    by_gain = [
        (_information(candidates, question), -number)
        for number, question in enumerate(asked_questions)
    ]
    gain, place = max(by_gain, default=(0.0, 0))
    return asked_questions[-place] if gain else None


def _information(candidates: Sequence[str], question: SeenExample) -> float:
    """Return how many bits the answer to a question tells about the candidates, on average."""
    return _bits(Counter(question.prediction(id) for id in candidates))


def _bits(counts: Mapping[object, int]) -> float:
    """Return the information of one draw from groups of these sizes."""
    total = sum(counts.values())
    return -sum(count / total * log2(count / total) for count in counts.values())


def most_telling(subjects: Iterable[str], candidates: Sequence[str]) -> tuple[str, ...]:
    """Return the subjects of questions, those first whose answer says most about which candidate a learner has.

    A subject that is a misconception tells that one from all others. Equal ones keep their order.
    """
    by_subject = {each.subject: each for each in seen_examples() if each.subject}

    def gain(subject: str) -> float:
        if question := by_subject.get(subject):
            return _information(candidates, question)
        return _bits(Counter(id == subject for id in candidates))

    return tuple(sorted(subjects, key=gain, reverse=True))


def still_fitting(
    candidates: Iterable[str], question: SeenExample, answer: str
) -> tuple[str, ...]:
    """Return the candidates that predict the answer that a learner gave."""
    return tuple(id for id in candidates if question.prediction(id) == answer)
