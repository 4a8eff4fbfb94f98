"""The word `predict` of plain mode: what will AWS decide? One question after the other; never scored."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.lessons.play.quiz import CHOICES, questions
from coffeeshop.lessons.sitting.answers import Predicted
from coffeeshop.plain.shell import Shell, answering, step, wall
from coffeeshop.policy.simulation.simulate import EvalDecision
from coffeeshop.views.quiz import LETTERS, asks, told
from coffeeshop.views.rows import Row


def waiting(shell: Shell) -> list[int]:
    """Returns the questions that nothing was said to yet, those of now first: before the play, or once mastered, after it."""
    sitting = shell.sitting
    open_ones = [number for number in sitting.questions if number not in sitting.predicted]
    return sorted(
        open_ones, key=lambda number: (sitting.questions[number].when == "before") is sitting.mastered
    )


def predict(shell: Shell, rest: str) -> Iterator[Row]:
    """Asks the question of that number, else the first that waits; with a letter behind it, tells what AWS decides."""
    may = shell.sitting.questions
    if not may:
        yield Row("There is nothing to predict here.")
        return
    first, letter, *_ = *rest.lower().split(), "", ""
    number = next((number for number in may if first == str(number)), 0)
    if number and letter in LETTERS:
        yield from _predicted(shell, number, LETTERS[letter])
        return
    number = number or next(iter((*waiting(shell), *may)))
    if (of := len(questions(shell.sitting.scenario))) > 1:
        yield Row(f"Question {number} of {of}", role="muted")
    yield from asks(may[number], shell.sitting.play)
    yield from (Row(CHOICES[answer], word=letter, indent=1) for letter, answer in LETTERS.items())
    yield Row(answering(shell, f"predict {number}"))


def _predicted(shell: Shell, number: int, said: EvalDecision) -> Iterator[Row]:
    """Tells what AWS decides, and what comes then."""
    predicted = shell.player.predict(number, said, wall())
    if not isinstance(predicted, Predicted):
        return
    yield from told(predicted.asked, said)
    if waiting(shell):
        yield Row("`predict` asks the next question.")
    elif not shell.sitting.play.outcomes:
        yield from step(shell)
