"""Open a scenario: who stands where, what fails, and what to do first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from coffeeshop.lessons.model import Scenario
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.want import Ticket
from coffeeshop.views.reactions import reaction_text

if TYPE_CHECKING:
    from coffeeshop.account.model import Outcome
    from coffeeshop.lessons.sitting.sitting import Sitting


class Situation(NamedTuple):
    """The opening of a scenario, and the ticket of the request that it tells of. None: nothing is amiss."""

    text: str
    ticket: Ticket | None


def is_untouched(sitting: Sitting) -> bool:
    """Return whether a scenario with checks is as it was: no call was made, and no day was opened."""
    scenario = sitting.scenario
    is_played = bool(sitting.play.outcomes) or sitting.day is not None
    return bool(scenario.wants) and not scenario.imported and not is_played


def is_at_opening(sitting: Sitting, briefed: tuple[str, int]) -> bool:
    """Return whether a shell shows only the opening. `briefed` is the scenario and variant whose brief was read."""
    scenario = sitting.scenario
    return briefed != (scenario.id, scenario.variant) and is_untouched(sitting)


def situation_of(scenario: Scenario, tickets: Sequence[Ticket]) -> Situation:
    """Return the opening of a scenario. Without one of the author's, it tells of the first thing amiss."""
    amiss = _tickets_amiss(tickets)
    if not scenario.situation and any(ticket.mark is Mark.QUIET for ticket in tickets):
        return Situation(f"{scenario.objective}.", None)
    if not scenario.situation:
        ticket = next(iter(amiss), None)
        return Situation(_default_text(ticket), ticket)
    told = _word_stems(scenario.situation)

    def told_share(ticket: Ticket) -> float:
        """Return which share of a check's words is in the opening."""
        words = _word_stems(ticket.want.say)
        return len(told & words) / max(len(words), 1)

    return Situation(scenario.situation, max(amiss, key=told_share, default=None))


def _tickets_amiss(tickets: Iterable[Ticket]) -> list[Ticket]:
    """Return the jobs that fail, and after them the requests that are allowed and must be refused."""
    wrong = [ticket for ticket in tickets if ticket.mark in (Mark.MISS, Mark.LEAK)]
    return sorted(wrong, key=lambda ticket: ticket.want.mode is not Mode.MUST)


def _word_stems(text: str) -> frozenset[str]:
    """Return the beginnings of a text's words, so that "lists" and "list" are the same."""
    return frozenset(word[:4].lower() for word in re.findall(r"\w{3,}", text))


def _default_text(ticket: Ticket | None) -> str:
    """Return the opening of a scenario whose author wrote none."""
    if ticket is None:
        return "Every job works, and every refusal holds. Look around."
    if ticket.mark is Mark.LEAK:
        return f"“{ticket.want.say}” is still allowed. Find the statement that allows it."
    return f"{reaction_text(ticket)} Make this work first: “{ticket.want.say}”."


BEFORE_THE_DAY = "You made this change before the day opened, so the rest of the day may now be different."


def changes_open_day(sitting: Sitting, outcomes: Iterable[Outcome]) -> bool:
    """Return whether undoing or redoing these calls changes the account with which the open day began."""
    day = sitting.day
    return day is not None and any(
        each.has_succeeded and each.act.at < day.opens for each in outcomes
    )
