"""Who can administer an account: with a badge that they really have, directly or in a role, by whatever gives it."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from coffeeshop.account.model import Account, Origin, User
from coffeeshop.lessons.grading.sessions import Held, held_by
from coffeeshop.lessons.model import Play
from coffeeshop.policy.comparison.answers import first_excesses
from coffeeshop.policy.comparison.budgets import JUDGING, Steps
from coffeeshop.policy.model import Element, Policy, Standing, Statement
from coffeeshop.policy.validation.granting import ways
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import person, user_named
from coffeeshop.shop.want import Want

ORDINARY = {"aws:SecureTransport": ("true",), "aws:SourceIp": (Origin().ip,), "aws:ViaAWSService": ("false",)}


def locked_out(play: Play, who: str) -> bool:
    """Whether somebody who could administer the account before the play can no more, whatever they are called by now."""
    opening, account = play.scenario.opening, play.account
    was = user_named(opening, who)
    if was is None or not can_administer(opening, who, play.scenario.now):
        return False
    now = account.of_id(was.id)
    return not isinstance(now, User) or not can_administer(account, person(now.name), play.now)


def can_administer(account: Account, who: str, at: datetime) -> bool:
    """Whether somebody can come to hold everything, by an ordinary request: in some session of theirs an action that leads
    there is allowed on whatever there is, at every moment.
    """
    found = held_by(account, _real, who, at, Steps(JUDGING))
    return any(isinstance(one, Held) and _leads_to_everything(_at_work(one.standing)) for one in found)


def _leads_to_everything(who: Standing) -> bool:
    return any(_allows(who, action) for action, way in ways().items() if way.anything)


def _allows(who: Standing, action: str) -> bool:
    from coffeeshop.policy.comparison.domain import Domain  # asked for when something is compared, and not before

    every = Policy((Statement("Allow", Element((action,)), Element(("*",))),))
    wanted = dataclasses.replace(Standing.of(every), principal=who.principal)
    return not first_excesses(wanted, who, Domain.typed((who.principal.account,)))


def _real(who: str, badge: str) -> Want:
    return Want(who, Mode.MAY, who, "", badge=badge, minted=False)  # pyright: ignore[reportArgumentType]  # of DIRECT


def _at_work(standing: Standing) -> Standing:
    """The standing under an ordinary request."""
    return dataclasses.replace(standing, fixed={**standing.fixed, **ORDINARY})
