"""Say why a word has nothing to list, and what to do."""

from __future__ import annotations

from typing import Final

from coffeeshop.lessons.model import Scenario

NO_CALLS: Final = (
    "This scenario names no AWS calls of its own: any AWS CLI line works. `next` says what to do, and `actions` with a "
    "few words finds an action."
)
NO_JOBS: Final = "No job and no refusal is asked for here yet, so there is nobody to open the shop for. `day` runs a day."
NO_ACTS: Final = "You haven't called AWS here yet. Each call that you make is listed here; `calls` names some."


def which_number(jobs: int) -> str:
    """Return a sentence about the numbers that `why` takes, if so many jobs and refusals can be tried."""
    match jobs:
        case 0:
            return f"`why` explains your last call. {NO_JOBS}"
        case 1:
            return "`why` takes the number 1, as `open` shows it."
        case _:
            return f"`why` takes a number from 1 to {jobs}, as `open` shows them."


def nothing_lacks(scenario: Scenario) -> str:
    """Return why there is nothing to hint at."""
    if scenario.is_growing_shop:
        return "your shop works as it asks for so far, and nobody but an administrator can do more"
    if scenario.wants:
        return "you have three stars"
    return "nothing is asked for here"
