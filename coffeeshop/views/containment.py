"""What Next says while a theft goes on: whose credential is out, and where what it opens can be ended."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from coffeeshop.views.step import Step, Way, short

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coffeeshop.account.iam_resources import Role, User
    from coffeeshop.account.model import Account
    from coffeeshop.shop.day import Course
    from coffeeshop.shop.happenings import Takes
    from coffeeshop.shop.stopping import Loot


class Stop(Struct, frozen=True):
    """What was taken, of whom ("{who}"), and by which list it is ended: the key of its screen, the screen, what can be done."""

    taken: str
    key: str
    screen: str
    tab: str
    does: str


# What AWS's advice on compromised credentials comes to first, by what was taken.
STOPS: dict[Takes, Stop] = {
    "key": Stop("{who}'s access key", "2", "People", "users", "the access key can go"),
    "password": Stop(
        "{who}'s password", "2", "People", "users", "the console password can go"
    ),
    "badge": Stop(
        "{who}'s badge", "3", "Policies", "policies", "narrow what the badge opens"
    ),
    "session": Stop(
        "{who}'s session",
        "3",
        "Policies",
        "policies",
        "narrow or deny what the session opens",
    ),
    "partner": Stop(
        "the partner {who}", "2", "People, Roles", "roles", "whom the role trusts"
    ),
    "machine": Stop(
        "the role of {who}",
        "3",
        "Policies",
        "policies",
        "narrow what the function's role can do",
    ),
}
NOT_STOPPED = "not stopped: "
NOTICED = f"Noticed, and {NOT_STOPPED}"
UNNOTICED = f"Not noticed yet, and {NOT_STOPPED}"


def sessions_of(items: Iterable[User | Role]) -> list[str]:
    """Name sessions by whose they are: of a user, of a role."""
    return [
        f"the session of the {type(entity).__name__.lower()} {entity.name}"
        for entity in items
    ]


def contains(
    course: Course, moment: datetime | None = None, account: Account | None = None
) -> Step:
    """Return the step to what ends a theft: it names what the thief still holds in an account as it stands. `moment` is until
    when the day was told; without, the theft counts as noticed.
    """
    from coffeeshop.shop.stopping import loot_of  # with the day, which a shop opens without

    loot = loot_of(account or course.taken.account, course, moment or course.theft.at)
    stop = STOPS[loot.takes]
    person = course.theft.who
    noticed = moment is None or (course.noticed is not None and course.noticed <= moment)
    lead = NOTICED if noticed else UNNOTICED
    message = f"{lead}{_still_held(loot, course)}. What you do happens now."
    on = Way("users", person, "⏎", f"shows what can be done: {stop.does}")
    if stop.tab == "users":
        way = on
    else:
        way = Way(stop.tab, "", "↑↓", f"choose: {stop.does}")
    return Step(message, stop.key, f"{stop.screen}: {stop.does}", way=way)


def _still_held(loot: Loot, course: Course) -> str:
    """What the thief still holds: what was taken, unless that is no good any more, and the sessions beside it."""
    if loot.itself:
        own_names = [STOPS[course.takes].taken.replace("{who}", short(course.theft.who))]
    else:
        own_names = []
    items = tuple(
        entity for entity in loot.sessions if not loot.itself or entity != loot.whose
    )
    return " and ".join([*own_names, *sessions_of(items)])
