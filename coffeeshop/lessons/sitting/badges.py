"""List the learner's credentials by profile, and choose the one in use.

The engine is imported in the functions, because a Player exists before a scenario is open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coffeeshop.account.model import Outcome
    from coffeeshop.lessons.model import Play


def usable_profile(play: Play, profile: str) -> str:
    """Return `profile` if the learner has it, or else the first profile of the desk."""
    if profile in profiles(play):
        return profile
    return play.scenario.desk[0]


def profiles(play: Play) -> tuple[str, ...]:
    """Return the learner's profiles: those of the desk, then those that this play made, newest last."""
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
    """Return the profile of the session that a console sign-in or a switch of role opened.

    "" means that no session was opened.
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
