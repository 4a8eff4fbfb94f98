"""Which badge is in hand: the one that was chosen while it is held, and the one that an act has just opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coffeeshop.account.model import Outcome
    from coffeeshop.lessons.model import Play


def in_hand(play: Play, profile: str) -> str:
    """Returns that profile, if the learner holds it; else the first of the desk."""
    from coffeeshop.lessons.sitting.sitting import profiles

    return profile if profile in profiles(play) else play.scenario.desk[0]


def opened(outcome: Outcome) -> str:
    """Returns the profile of the session that an act of the console opened: a sign-in, a switch of role; "" where none
    was.
    """
    from coffeeshop.account.model import Reply

    if outcome.act.call.service != "console" or not isinstance(outcome.answer, Reply):
        return ""
    id = outcome.answer.body.get("AccessKeyId")
    return next((session.profile for session in outcome.account.issued if session.id == id), "")
