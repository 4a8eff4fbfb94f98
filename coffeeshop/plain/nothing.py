"""Say why a word has nothing to list, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from coffeeshop.lessons.model import Scenario

NO_CALLS: Final = (
    "This scenario suggests no AWS calls. Any AWS CLI line of a simulated service works. "
    "`actions` with a few words finds an action."
)
NO_JOBS: Final = "The shop has no jobs and no refusals yet, so there is nothing to try. `day` runs a day."
NO_ACTS: Final = (
    "You haven't called AWS here yet. This list will show each call that you make."
)


def which_number(jobs: int) -> str:
    """Return a sentence about the numbers that `why` takes, if so many jobs and refusals can be tried."""
    match jobs:
        case 0:
            return f"`why` explains your last call. {NO_JOBS}"
        case 1:
            return "`why` takes the number 1, as `open` shows it."
        case _:
            return f"`why` takes a number from 1 to {jobs}, as `open` shows them."


def which_question(numbers: Sequence[int]) -> str:
    """Return a sentence about the numbers that `predict` takes. `numbers` are those of the questions asked now."""
    if len(numbers) == 1:
        return f"`predict` takes the number {numbers[0]} here: there is one question."
    *first, last = map(str, numbers)
    return f"`predict` takes the number {', '.join(first)} or {last} here."


def nothing_lacks(scenario: Scenario) -> str:
    """Return why there is nothing to hint at."""
    if scenario.is_growing_shop:
        return "every job works so far, and apart from administrators, no one can do more than needed"
    if scenario.wants:
        return "you have three stars"
    return "nothing is asked for here"
