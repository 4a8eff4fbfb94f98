"""Which incident a day has, whom it befalls, and what somebody comes to hold by it.

Drawn from the seed and the rota alone, never from the account: the same theft can be tried on another account, and the
two be laid side by side.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.sessions import mint
from coffeeshop.account.credentials import Session
from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account, Caller, Key
from coffeeshop.policy.comparison.budgets import Steps
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Policy, Request, Standing, Values
from coffeeshop.shop.happenings import Incident, dice, happenings
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.radius import NO_WAYS, Pairs, Radius, needed, radius
from coffeeshop.shop.rota import OPENS, Rota, clock
from coffeeshop.shop.serve import (
    absence,
    active_keys,
    outsider,
    person,
    present,
    user_named,
    wearing,
    worn_key,
)
from coffeeshop.shop.want import Badge, Want


class Theft(Struct, frozen=True):
    """An incident as it befalls somebody: a user, a function, another account.

    `lent` tells that the account holds neither such a credential of theirs nor a key, and that the session which they work
    with is taken in its place.
    """

    incident: Incident
    who: str
    at: datetime
    lent: bool = False


class Taken(Struct, frozen=True):
    """What somebody came to hold: the account with it, the credential; or (None) why there was nothing to hold.

    `key` is the access key that was taken, if the account holds it: there it can be found, and put away. `coded`
    tells whether a code was asked for that nobody could give.
    """

    account: Account
    caller: Caller | None = None
    nothing: str = ""
    coded: bool = False
    key: str = ""


def told(say: str, who: str, key: str = "") -> str:
    """Returns a sentence of the tables, said of somebody, and of their access key if it is known."""
    named = f"access key {key}".strip()
    begun = say.replace("{Who}", who[:1].upper() + who[1:])
    return begun.replace("{who}", who).replace("{key}", named)


def theft(rota: Rota, seed: int, incident: str = "") -> Theft | None:
    """Returns the day's incident, or the one of that id; None where there is nobody whom it could befall."""
    rows = [row for row in happenings().incidents if victims(rota, row)]
    rows = [row for row in rows if (row.id == incident if incident else _by_chance(row, rota))]
    if not rows:
        return None
    row = rows[dice(seed, rota.drawn, "incident") % len(rows)]
    day, found = rota.drawn, victims(rota, row)
    begins, ends = clock(rota.date, row.begins), clock(rota.date, row.ends)
    minutes = int((ends - begins).total_seconds()) // 60
    at = begins + timedelta(minutes=dice(seed, day, row.id, "at") % minutes)
    return Theft(row, found[dice(seed, day, row.id, "who") % len(found)], at)


def settled(account: Account, rota: Rota, theft: Theft) -> Theft:
    """Returns the theft as it befalls an account: where somebody owns neither what would be taken nor a key to work with,
    and the shop lends people what they work with, it is of that.
    """
    user = user_named(account, theft.who)
    key = user is not None and bool(active_keys(account, user.id))
    password = user is not None and (user.login is not None or _coded(account, user))
    works_by = {"key": key, "password": key or password}.get(theft.incident.takes, True)
    return replace(theft, lent=user is not None and not works_by and _want(rota, theft.who, "any").minted)


def _by_chance(incident: Incident, rota: Rota) -> bool:
    """Tells whether chance may choose an incident: whoever works alone is not let go."""
    return len(rota.people) > 1 or not incident.leaves


def victims(rota: Rota, incident: Incident) -> Values:
    """Returns whom an incident can befall: people, functions, or partners."""
    kind = {"machine": "function", "partner": "account"}.get(incident.takes)
    people = (who for who in rota.people if not (incident.human and who in rota.machines))
    return rota.of_kind(kind) if kind else tuple(people)


def reaches(account: Account, rota: Rota, theft: Theft, steps: Steps | None = None) -> Radius:
    """Returns how far a theft reaches in an account as it stands; `steps` as `radius` takes them."""
    held = taken(account, rota, theft)
    if held.caller is None:
        return Radius()
    return radius(held.account, (held.caller,), theft.at, None if theft.incident.roams else NO_WAYS, steps)


def theirs(account: Account, rota: Rota, theft: Theft, found: Radius) -> Pairs:
    """Returns what of a radius is an insider's anyway: what their jobs ask for, and what they may do besides; of
    anybody else nothing is.
    """
    if not theft.incident.insider:
        return frozenset()
    slack = Standing.of(rota.slack.get(theft.who, Policy(())))
    idle = (one for one in found.reached if _is_slack(slack, one.decision.request))
    return needed(account, rota.jobs_of(theft.who), theft.at) | {one.pair for one in idle}


def _is_slack(slack: Standing, request: Request) -> bool:
    return isinstance(authorize(slack, dataclasses.replace(request, account="")), Allowed)


# ---------------------------------------------------------------------------- what is taken
def taken(account: Account, rota: Rota, theft: Theft) -> Taken:
    """Returns what somebody holds once it has happened, in the account as it stands then."""
    if theft.lent:
        return _lent(account, theft)
    return TAKES[theft.incident.takes](account, rota, theft)


def _key(account: Account, rota: Rota, theft: Theft) -> Taken:
    want = replace(_want(rota, theft.who, "key"), minted=False)
    found = _shown(account, want, theft.at)
    return replace(found, key=found.caller.id) if isinstance(found.caller, Key) else found


def _password(account: Account, rota: Rota, theft: Theft) -> Taken:
    """A password opens nothing where a device asks for a code."""
    if _coded(account, user_named(account, theft.who)):
        return Taken(account, None, "the sign-in asks for a code, and only the phone has it", coded=True)
    return _shown(account, replace(_want(rota, theft.who, "password"), minted=False), theft.at)


def _badge(account: Account, rota: Rota, theft: Theft) -> Taken:
    """The badge that somebody works with."""
    mine = next(iter(rota.jobs_of(theft.who)), None)
    return _shown(account, _want(rota, theft.who, mine.badge if mine else "any"), theft.at)


def _session(account: Account, rota: Rota, theft: Theft) -> Taken:
    """A session that began before the day: one that there is, else one of the console, taken as the shop opened."""
    user = user_named(account, theft.who)
    if user is None:
        return Taken(account, None, f"there is no user {theft.who}")
    opens = clock(theft.at.date(), OPENS)
    for found in account.credentials.values():
        if (
            isinstance(found, Session)
            and found.taker == user.id
            and found.issued <= opens
            and found.expires > theft.at
        ):
            return Taken(account, Key(found.id))
    return Taken(*mint(account, account.arn(user), "code" if _coded(account, user) else "password", opens))


def _partner(account: Account, _: Rota, theft: Theft) -> Taken:
    return Taken(account, outsider(theft.who))


def _machine(account: Account, _: Rota, theft: Theft) -> Taken:
    """The role's credentials, as the machine has them in its settings."""
    outcome = wearing(account, theft.who, theft.at)
    worn = worn_key(outcome) if outcome else None
    if outcome is None or worn is None:
        return Taken(account, None, f"the machine {theft.who} wears no role that it can take")
    return Taken(outcome.account, worn)


Take: TypeAlias = Callable[[Account, Rota, Theft], Taken]
TAKES: Mapping[str, Take] = {
    "key": _key,
    "password": _password,
    "badge": _badge,
    "session": _session,
    "partner": _partner,
    "machine": _machine,
}


def _lent(account: Account, theft: Theft) -> Taken:
    """A session of the console, with which somebody works who owns nothing to show."""
    user = user_named(account, theft.who)
    if user is None:
        return Taken(account, None, f"there is no user {theft.who}")
    return Taken(*mint(account, account.arn(user), "password", theft.at))


def _want(rota: Rota, who: str, badge: Badge) -> Want:
    """A want by which somebody shows a badge, as the shop's wants say who need not have it yet."""
    minted = next((want.minted for want in rota.wants if want.who.removeprefix("user/") == who), True)
    return Want("taken", Mode.MAY, person(who), "", badge=badge, minted=minted)


def _shown(account: Account, want: Want, at: datetime) -> Taken:
    found = next(present(account, want, at), None)
    return Taken(*found) if found else Taken(account, None, absence(account, want))


def _coded(account: Account, user: User | None) -> bool:
    return user is not None and bool(account.devices_of(user.id))
