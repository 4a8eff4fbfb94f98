"""The Next box's step while a theft lasts: the stolen credential, and the list where its permissions can end."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from coffeeshop.views.deed import Deed, Goal
from coffeeshop.views.step import MENU, Step, Way, short

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coffeeshop.account.iam_resources import Role, User
    from coffeeshop.account.model import Account
    from coffeeshop.shop.day import IncidentCourse
    from coffeeshop.shop.happenings import StolenKind
    from coffeeshop.shop.stopping import StolenAccess


class Stop(Struct, frozen=True):
    """How to end a theft: the screen to open, by the kind of the stolen credential.

    `taken` names the credential ("{who}" is the owner). `key` opens the screen. `does` names the
    change.
    """

    taken: str
    key: str
    screen: str
    tab: str
    does: str


# The first measure of AWS's advice on compromised credentials, by kind of credential.
STOPS: dict[StolenKind, Stop] = {
    "key": Stop("{who}'s access key", "2", "People", "users", "deactivate the access key"),
    "password": Stop(
        "{who}'s password", "2", "People", "users", "change or delete the password"
    ),
    "badge": Stop("{who}'s badge", "3", "Policies", "policies", "narrow its permissions"),
    "session": Stop(
        "{who}'s session",
        "3",
        "Policies",
        "policies",
        "narrow its permissions, or deny older sessions",
    ),
    "partner": Stop(
        "the partner {who}", "2", "People, Roles", "roles", "narrow who can assume the role"
    ),
    "machine": Stop(
        "the role of {who}",
        "3",
        "Policies",
        "policies",
        "narrow the permissions of the role",
    ),
}
NOTICED = "Noticed, and not stopped: "
UNNOTICED = "Not noticed yet, and not stopped: "


def session_phrases(items: Iterable[User | Role]) -> list[str]:
    """Return a noun phrase for the session of each user or role."""
    return [
        f"the session of the {type(entity).__name__.lower()} {entity.name}"
        for entity in items
    ]


def contains(
    course: IncidentCourse,
    moment: datetime | None = None,
    account: Account | None = None,
    current_time: datetime | None = None,
) -> Step:
    """Return the suggested step that ends a theft. Its text names the credentials that the thief still holds.

    `moment` is the time up to which the day was told. None: the theft counts as noticed. `account`
    is the account as it is now (None: as it was at the theft). `current_time` is the time of the
    learner's next call (None: `moment`). What the thief took until then is named too.
    """
    from coffeeshop.shop.stopping import (
        remaining_access,
    )  # imported late, since a shop opens without it

    stolen = remaining_access(
        account or course.stolen.account,
        course,
        current_time or moment or course.theft.at,
    )
    stop = STOPS[stolen.kind]
    person = course.theft.victim
    noticed = moment is None or (
        course.noticed_at is not None and course.noticed_at <= moment
    )
    lead = NOTICED if noticed else UNNOTICED
    message = f"{lead}{_live_credentials_phrase(stolen, course)}."
    if stop.tab == "users":
        way = Way("users", person, Deed("⏎", stop.does, place=MENU.say))
    else:
        way = Way(stop.tab, "", Deed("↑↓", stop.does, place="choose"))
    deed = Deed(stop.key, stop.does, goal=Goal.CONTAIN, place=stop.screen)
    return Step(message, deed, advice="What you do happens now.", way=way)


def _live_credentials_phrase(stolen: StolenAccess, course: IncidentCourse) -> str:
    """Return a noun phrase for the stolen credential, if it still works, and the sessions that it began."""
    if stolen.original_works:
        credential_names = [
            STOPS[course.credential_kind].taken.replace("{who}", short(course.theft.victim))
        ]
    else:
        credential_names = []
    session_owners = tuple(
        entity
        for entity in stolen.session_owners
        if not stolen.original_works or entity != stolen.owner
    )
    return " and ".join([*credential_names, *session_phrases(session_owners)])
