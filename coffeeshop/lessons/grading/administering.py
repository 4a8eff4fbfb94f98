"""Those who may do everything, the owner and the administrators: whether they still can, and what shows that they are.

Nobody compares what they hold with what jobs need. So it is asked what opens it: the badges that they really have.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from coffeeshop.account.access.data_requests import Context
from coffeeshop.account.access.request_context import network
from coffeeshop.account.model import Account, Call, User
from coffeeshop.lessons.grading.needed import DIRECT
from coffeeshop.lessons.grading.sentences import listed, name
from coffeeshop.lessons.grading.sessions import Held, held_by
from coffeeshop.lessons.model import Check, Finding, Offence, Play
from coffeeshop.policy.comparison.answers import first_excesses
from coffeeshop.policy.comparison.budgets import COMPARED, ONE_OF_MANY, Steps
from coffeeshop.policy.model import Element, Policy, Standing, Statement, Values
from coffeeshop.policy.validation.granting import ways
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import person, present, user_named
from coffeeshop.shop.want import Want

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial

ORDINARY: Context = {"aws:ViaAWSService": ("false",)}
ABSENT = dict.fromkeys(("aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp"))  # of who comes by the internet


def locked_out(trial: Trial) -> Iterator[str]:
    """Yields each administrator who could administer the account before the play and can no more, whatever they are called
    by now; and so each user who could administer another account of the organization. Of whom nobody could prove it, it is
    kept in mind.
    """
    opening = trial.play.scenario.opening
    yield from (who for who in trial.play.scenario.people.admins if _is_out(trial, opening.id, who))
    for id in opening.others:
        users = (user.name for user in opening.seen_from(id).users.values())
        yield from (f"account/{id}/user/{name}" for name in users if _is_out(trial, id, person(name)))


def _is_out(trial: Trial, id: str, who: str) -> bool:
    scenario = trial.play.scenario
    opening, account, steps = scenario.opening.seen_from(id), trial.play.account.seen_from(id), Steps(ONE_OF_MANY)
    was = user_named(opening, who)
    if was is None or not can_administer(opening, who, scenario.now, Steps(ONE_OF_MANY)):
        return False
    now = account.of_id(was.id)
    if isinstance(now, User) and can_administer(account, person(now.name), trial.play.now, steps):
        return False
    if steps.left < COMPARED:
        trial.leave(who, "the budget of steps was spent on whether they can still administer the account")
    return steps.left >= COMPARED


def new_badges(play: Play) -> Iterator[Offence]:
    """Yields each kind of badge that shows somebody who may do everything and did not before: a key, or a password without
    the code. A code, beside what is there, opens no more; and who was not there yet has every badge to get. And the mail by
    which AWS gives the owner a new password: https://docs.aws.amazon.com/IAM/latest/UserGuide/reset-root-password.html
    """
    if play.account.email != play.scenario.opening.email:
        yield Offence("root", f"the mail of {play.account.email}")
    for who in ("root", *play.scenario.people.admins):
        had = _badges(play.scenario.opening, who, play.scenario.now)
        wanted = {want.badge for want in play.scenario.wants if want.mode is Mode.MUST and want.who == who}
        for badge in _badges(play.account, who, play.now) if had else ():
            if badge not in (*had, *wanted, DIRECT[-1]):
                yield Offence(who, SHOWN[badge])


SHOWN = {"key": "a working access key", "password": "the password alone"}


def _badges(account: Account, who: str, at: datetime) -> Values:
    """The kinds of badge that somebody really has, weaker ones first."""
    return tuple(badge for badge in DIRECT if any(present(account, _real(who, badge), at)))


def can_administer(account: Account, who: str, at: datetime, steps: Steps) -> bool:
    """Whether it is proven, in so many steps, that somebody can come to hold everything, by an ordinary request: in some
    session of theirs an action that leads there is allowed on whatever there is, at every moment.
    """
    found = held_by(account, _real, who, at, steps)
    return any(isinstance(one, Held) and _leads_to_everything(at_work(account, one.standing), steps) for one in found)


def _leads_to_everything(who: Standing, steps: Steps) -> bool:
    return any(_allows(who, action, steps) for action, way in ways().items() if way.anything)


def _allows(who: Standing, action: str, steps: Steps) -> bool:
    from coffeeshop.policy.comparison.domain import Domain  # asked for when something is compared, and not before

    every = Policy((Statement("Allow", Element((action,)), Element(("*",))),))
    wanted = dataclasses.replace(Standing.of(every), principal=who.principal)
    return not first_excesses(wanted, who, Domain.typed((who.principal.account,)), steps=steps)


def _real(who: str, badge: str) -> Want:
    return Want(who, Mode.MAY, who, "", badge=badge, minted=False)  # pyright: ignore[reportArgumentType]  # of DIRECT


def at_work(account: Account, standing: Standing) -> Standing:
    """The standing under a request as AWS's tools send it from the shop, in its Region and on what is the account's."""
    way = network(account, Call("sts", "GetCallerIdentity"))
    sent = {**way, **ORDINARY, **ABSENT, "aws:ResourceAccount": (account.id,)}
    return dataclasses.replace(standing, fixed={**standing.fixed, **sent})


# -------------------------------------------------------------------- in words
def of_lockouts(_: Play, checks: list[Check]) -> Iterator[Finding]:
    """Yields what is to be read of each who is locked out."""
    for check in checks:
        who, why = check.subject, "No badge that is left opens what leads to everything, directly or in a role."
        yield Finding(f"locked-out:{who}", (check,), (who,), f"{name(who)} can no longer administer the account.", why)


def of_new_badges(check: Check) -> Finding:
    """Returns what is to be read of the new badges of somebody who may do everything."""
    who, shown = check.subject, [e.text for e in check.evidence if isinstance(e, Offence)]
    why = "That opens all that they may do. It did not before, and no job asks for it."
    return Finding(f"new-badge:{who}", (check,), (who,), f"Whoever has {listed(shown)} acts as {name(who)}.", why)
