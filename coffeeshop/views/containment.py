"""The Next box's step while a theft lasts: the stolen credential, and the list where its permissions can end."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from coffeeshop.account.iam_resources import User
from coffeeshop.policy.model import Problems
from coffeeshop.views.deed import Deed, Goal
from coffeeshop.views.step import MENU_DEED, Step, Target, short

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coffeeshop.account.iam_resources import Role
    from coffeeshop.account.model import Account, Call
    from coffeeshop.lessons.sitting.sitting import Sitting
    from coffeeshop.shop.day import IncidentCourse
    from coffeeshop.shop.happenings import StolenKind
    from coffeeshop.shop.stopping import RightsSources, StolenAccess


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
STOPS_BY_CREDENTIAL: dict[StolenKind, Stop] = {
    "key": Stop("{who}'s access key", "2", "People", "users", "deactivate the access key"),
    "password": Stop(
        "{who}'s password", "2", "People", "users", "change or delete the password"
    ),
    "badge": Stop(
        "{who}'s badge", "3", "Policies", "policies", "take away what no job needs"
    ),
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
    "workload": Stop(
        "the fork of the repository of {who}",
        "2",
        "People, Roles",
        "roles",
        "narrow who can assume the role",
    ),
    "workforce": Stop(
        "{who}'s permission set",
        "2",
        "People, Identity Center",
        "center",
        "take away what no job needs",
    ),
}
NOTICED_THEFT = "Noticed, and not stopped: "
UNNOTICED_THEFT = "Not noticed yet, and not stopped: "


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
    # imported late, since a shop opens without it
    from coffeeshop.shop.stopping import remaining_access, rights_sources

    now_account = account or course.stolen.account
    stolen = remaining_access(
        now_account,
        course,
        current_time or moment or course.theft.at,
    )
    stop = STOPS_BY_CREDENTIAL[stolen.kind]
    if stop.tab == "policies":
        sources = rights_sources(now_account, course.theft, course.stolen)
        stop = _detaching_stop(stop, sources) if sources.is_fixed else stop
    person = course.theft.victim
    noticed = moment is None or (
        course.noticed_at is not None and course.noticed_at <= moment
    )
    lead = NOTICED_THEFT if noticed else UNNOTICED_THEFT
    message = f"{lead}{_live_credentials_phrase(stolen, course)}."
    if stop.tab == "users":
        target = Target("users", person, Deed("⏎", stop.does, place=MENU_DEED.say))
    else:
        target = Target(stop.tab, "", Deed("↑↓", stop.does, place="choose"))
    deed = Deed(stop.key, stop.does, goal=Goal.CONTAIN, place=stop.screen)
    return Step(message, deed, advice="Your calls happen at that time.", target=target)


def _detaching_stop(stop: Stop, sources: RightsSources) -> Stop:
    """Return the same stop in the list of people, for permissions that come from AWS's own policies alone."""
    tab = "users" if isinstance(sources.identity, User) else "roles"
    screen = "People" if tab == "users" else "People, Roles"
    if sources.policies:
        does = f"detach {short(sources.policies[0])}"
    else:
        does = f"remove from the group {short(sources.groups[0])}"
    return Stop(stop.taken, "2", screen, tab, does)


def lasting_theft(sitting: Sitting) -> IncidentCourse | None:
    """Return the theft that the open day has shown and that lasts, or None."""
    day = sitting.day
    if day is None or day.seen_until is None:
        return None
    # imported late, since most plays open no day
    from coffeeshop.lessons.sitting.days import day_of

    try:
        course = day_of(sitting.play, day).course
    except Problems:
        return None  # the day's screen shows these problems
    if (
        course is None
        or course.theft.at > day.seen_until
        or not course.is_open(sitting.now)
    ):
        return None
    return course


def ending_calls(
    course: IncidentCourse, account: Account, at: datetime
) -> tuple[Call, ...]:
    """Return the calls that together end a theft. Where only policies can, they are the calls that change one."""
    from coffeeshop.shop.stopping import rights_sources, stopping_calls

    stopping = tuple(stopping_calls(account, course, at, at))
    return stopping or rights_sources(account, course.theft, course.stolen).changes


def containing_calls(
    course: IncidentCourse, account: Account, at: datetime
) -> tuple[Call, ...]:
    """Return the first call that ends a theft, without its policy text, in a tuple. It is empty if no single call does.

    Whoever AWS refuses this call can't follow the suggested step.
    """
    return ending_calls(course, account, at)[:1]


def _live_credentials_phrase(stolen: StolenAccess, course: IncidentCourse) -> str:
    """Return a noun phrase for the stolen credential, if it still works, and the sessions that it began."""
    if stolen.original_works:
        if course.credential_kind == "partner":
            # The end of an account's principal says no more by itself.
            name = course.victim_title
        else:
            name = short(course.victim_title)
        credential_names = [
            STOPS_BY_CREDENTIAL[course.credential_kind].taken.replace("{who}", name)
        ]
    else:
        credential_names = []
    session_owners = tuple(
        entity
        for entity in stolen.session_owners
        if not stolen.original_works or entity != stolen.owner
    )
    return " and ".join([*credential_names, *session_phrases(session_owners)])
