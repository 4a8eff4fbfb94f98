"""Which badges the learner holds, and which is in hand: the one that was chosen, or that an act has just opened. The engine
is imported when it is asked for: a Player stands before any scenario is open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coffeeshop.account.model import Outcome
    from coffeeshop.lessons.model import Play


def in_hand(play: Play, profile: str) -> str:
    """Returns that profile, if the learner holds it; else the first of the desk."""
    if profile in profiles(play):
        return profile
    return play.scenario.desk[0]


def profiles(play: Play) -> tuple[str, ...]:
    """Returns the profiles in the learner's hand: those of the desk, and those that this play made; newest last."""
    from coffeeshop.account.access.callers import find_caller
    from coffeeshop.account.model import Key

    before = {credential.id for credential in play.scenario.opening.all_credentials}
    made_credentials = sorted(
        (c for c in play.account.all_credentials if c.id not in before),
        key=lambda c: c.made,
    )
    names = dict.fromkeys((*play.scenario.desk, *(c.profile for c in made_credentials)))
    return tuple(name for name in names if isinstance(find_caller(play.account, name), Key))


def opened_profile(outcome: Outcome) -> str:
    """Returns the profile of the session that an act of the console opened: a sign-in, a switch of role; "" where none
    was.
    """
    from coffeeshop.account.model import Reply

    if outcome.act.call.service != "console" or not isinstance(outcome.answer, Reply):
        return ""
    id = outcome.answer.body.get("AccessKeyId")
    return next(
        (
            session.profile
            for session in outcome.account.all_credentials
            if session.id == id
        ),
        "",
    )
