"""Work out the floor of a play: the state of each bay, the people at it, and the jobs that wait at the door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from coffeeshop.account.errors import is_refusal
from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account, Key, Outcome
from coffeeshop.lessons.model import Play, Proof, Report
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.model import Shop, Station
from coffeeshop.shop.want import Ticket, station
from coffeeshop.views.identity import Identity, identity
from coffeeshop.views.picture.model import Bay, Floor, Person, State, shop_floor

MARKS_WORST_FIRST = (Mark.LEAK, Mark.MISS, Mark.OK, Mark.QUIET)


def floor(play: Play, tickets: Sequence[Ticket], report: Report | None = None) -> Floor:
    """Return the floor of a play whose shop has just been opened.

    `tickets` are the wants as they were served. `report` is the grade, or None if it is not
    known yet. Without a grade no bay shows excess permissions, and the door's sign does not say
    OPEN.
    """
    account = play.account
    shop = play.scenario.shop
    if report:
        extra = frozenset(_stations_with_excess(report, shop))
    else:
        extra = frozenset[Station]()
    queue = tuple(
        ticket.want.say
        for ticket in tickets
        if ticket.mark is Mark.MISS and ticket.want.mode is Mode.MUST
    )
    people = _people(play, tickets)
    messages = sum(len(each.messages) for each in account.queues.values())

    def bay(place: Station) -> Bay:
        """Return the picture's facts about one station."""
        if not has_resource_for(account, shop, place):
            return Bay(place, State.SHUT)
        own_tickets = [ticket for ticket in tickets if place is station(ticket.want, shop)]
        cups = sum(
            ticket.mark is Mark.OK and ticket.want.mode is Mode.MUST
            for ticket in own_tickets
        )
        is_door = place is Station.DOOR
        is_open = report is not None and report.stars >= 2 and not queue
        return Bay(
            place,
            _station_state(own_tickets, place in extra, is_door and is_open),
            people[place],
            cups,
            messages if place is Station.ORDERS else 0,
            queue if is_door else (),
            is_door and is_open,
            play.now.hour if is_door else 12,
        )

    return shop_floor(map(bay, Station), shop)


def floor_at_opening(play: Play, ticket: Ticket | None) -> Floor:
    """Return the floor on which only the request of the opening shows."""
    told = floor(play, () if ticket is None else (ticket,))
    return replace(told, bays=tuple(replace(bay, queue=()) for bay in told.bays))


def _station_state(own_tickets: Sequence[Ticket], extra: bool, works: bool) -> State:
    """Return the state of a workstation from the results of its jobs and refusals.

    `extra`: the grade found more access here than the jobs need. `works`: it counts as working even
    without a job.
    """
    marks = {ticket.mark for ticket in own_tickets}
    works = works or any(
        ticket.mark is Mark.OK and ticket.want.mode is Mode.MUST for ticket in own_tickets
    )
    items = (
        (Mark.LEAK in marks, State.LEAKS),
        (Mark.MISS in marks, State.STUCK),
        (extra, State.EXTRA),
        (works, State.WORKS),
    )
    return next((state for condition, state in items if condition), State.QUIET)


def has_resource_for(account: Account, shop: Shop, place: Station) -> bool:
    """Return whether the account has a resource for this station. The credentials and the door are always there."""
    if place in (Station.BADGES, Station.DOOR):
        return True
    resources = {
        "dynamodb": account.tables,
        "s3": account.buckets,
        "lambda": account.functions,
        "sqs": account.queues,
    }
    return any(
        shop.station(service, name) is place
        for service, book in resources.items()
        for name in book
    )


def _stations_with_excess(report: Report, shop: Shop) -> Iterator[Station]:
    """Yield the stations where the grade found that a principal can do more than the jobs need."""
    proofs = (proof for check in report.checks for proof in check.pieces(Proof))
    for excess in (excess for proof in proofs for excess in proof.excesses):
        service = excess.witness.action.partition(":")[0]
        yield shop.station(service, excess.witness.resource)


# ------------------------------------------------------------------- people
class Asked(NamedTuple):
    """The last request of a person: its station and the identity of the caller.

    `refused` is the action if it is the last request of the play and AWS refused it. Otherwise
    it is "".
    """

    place: Station
    who: Identity
    refused: str


def _people(play: Play, tickets: Sequence[Ticket]) -> dict[Station, tuple[Person, ...]]:
    """Return the people at each station.

    The users of the scenario are at the station of their last request, or at their default
    station. The root user is drawn if it made a request. Strangers are drawn where they get in.
    Someone whom AWS doesn't know is drawn where their first job fails.
    """
    cast = play.scenario.people
    users = play.account.users
    names = [
        name
        for name in dict.fromkeys((*cast.graded, *cast.admins, *cast.bystanders))
        if name.lower() in users
    ]
    last_requests = {each.who.who: each for each in _last_requests(play)}
    colours = colour_numbers(play.account, play.scenario.shop)
    everyone = [
        _user_figure(
            play,
            users[name.lower()],
            tickets,
            last_requests.get(users[name.lower()].name),
            colours,
        )
        for name in names
    ]
    if owner := last_requests.get("root"):
        everyone.append(
            (
                owner.place,
                Person(
                    "root",
                    mfa=owner.who.mfa and not owner.who.ended,
                    kind="owner",
                    refused=owner.refused,
                ),
            )
        )
    everyone += dict.fromkeys(
        (
            station(ticket.want, play.scenario.shop),
            Person(ticket.want.who.partition("/")[0], kind="stranger"),
        )
        for ticket in tickets
        if ticket.mark is Mark.LEAK
        and ticket.want.who.partition("/")[0] in ("anyone", "account", "workload")
    )
    drawn_names = {person.name.lower() for _, person in everyone}
    for ticket in tickets:
        name = ticket.want.who
        if _lacks_user(ticket, users) and name.lower() not in drawn_names:
            place = station(ticket.want, play.scenario.shop)
            everyone.append((place, Person(name, kind="guest")))
            drawn_names.add(name.lower())
    people_by_station: dict[Station, tuple[Person, ...]] = dict.fromkeys(Station, ())
    for place, person in everyone:
        people_by_station[place] += (person,)
    return people_by_station


def _lacks_user(ticket: Ticket, users: Mapping[str, User]) -> bool:
    """Tell whether a ticket is a job of a person whom AWS doesn't know."""
    want = ticket.want
    is_persons_job = want.mode is Mode.MUST and "/" not in want.who and want.who != "root"
    return is_persons_job and bool(ticket.missing) and want.who.lower() not in users


def _last_requests(play: Play) -> Iterator[Asked]:
    """Yield the last call made with each credential, the newest last, to draw its holder where they were.

    A call whose credential was deleted meanwhile doesn't count.
    """
    last: dict[str, Outcome] = {}
    for outcome in reversed(play.outcomes):
        caller = outcome.act.caller
        if (
            isinstance(caller, Key)
            and caller.id not in last
            and caller.id in outcome.account.credentials
        ):
            last[caller.id] = outcome
    yield from (
        _request_place(outcome, play, credential_id)
        for credential_id, outcome in reversed(last.items())
    )


def _request_place(outcome: Outcome, play: Play, credential_id: str) -> Asked:
    """Return where a call is drawn and who made it, as the caller's credential is now.

    Its action is included if it is the newest call of the play and AWS refused it.
    """
    act = outcome.act
    caller_identity = identity(outcome.account, credential_id, play.now)
    if outcome.decisions:
        request = outcome.main_decisions[0].request
    else:
        request = None
    asks = request.resource if request else ""
    refused = outcome is play.outcomes[-1] and is_refusal(outcome.answer)
    if request:
        action = request.action
    else:
        action = f"{act.call.service}:{act.call.operation}"
    return Asked(
        play.scenario.shop.station(act.call.service, asks),
        caller_identity,
        action if refused else "",
    )


def _user_figure(
    play: Play,
    user: User,
    tickets: Sequence[Ticket],
    last_request: Asked | None,
    colours: Mapping[str, int],
) -> tuple[Station, Person]:
    """Return how to draw a user, and at which station.

    `last_request` is their last call. None: they made none, and stand where they work.
    """
    groups = sorted(
        entity.name for id in user.groups if (entity := play.account.entity_by_id(id))
    )
    group = groups[0] if groups else ""
    credentials = (
        each for each in play.account.credentials.values() if each.owner == user.id
    )
    newest = max(credentials, key=lambda credential: credential.made, default=None)
    user_identity = identity(play.account, newest.id if newest else user.name, play.now)
    own_tickets = [
        ticket for ticket in tickets if ticket.want.who.lower() == user.name.lower()
    ]
    if last_request:
        user_identity = last_request.who
        at = last_request.place
        apron = "" if user_identity.ended else user_identity.role  # the session is over
    else:
        at, apron = _default_place(own_tickets, play.scenario.shop)
    mfa = user_identity.mfa and not user_identity.ended
    refused = last_request.refused if last_request else ""
    return at, Person(
        user.name,
        group,
        apron,
        mfa,
        cloth=colours.get(group, 0),
        linen=colours.get(apron, 0),
        refused=refused,
    )


def _default_place(own_tickets: Sequence[Ticket], shop: Shop) -> tuple[Station, str]:
    """Return the station and role at which a user is drawn who made no call yet.

    It is that of their first leak, else their first broken job, else their first job. Without any of
    them it is the station of credentials.
    """
    worst = sorted(
        (t for t in own_tickets if t.mark is Mark.LEAK or t.want.mode is Mode.MUST),
        key=lambda t: MARKS_WORST_FIRST.index(t.mark),
    )
    if not worst:
        return Station.BADGES, ""
    return station(worst[0].want, shop), worst[0].want.via if worst[0].in_session else ""


def colour_numbers(account: Account, shop: Shop) -> dict[str, int]:
    """Return the number of the colour of each group and role.

    A name without a colour in the shop's file has the next number, by alphabet.
    """
    chosen_dyes = {name: nth for nth, names in enumerate(shop.dyes) for name in names}
    dyed_entities = (*account.groups.values(), *account.roles.values())
    undyed_names = {each.name for each in dyed_entities} - chosen_dyes.keys()
    numbered = enumerate(sorted(undyed_names), len(shop.dyes))
    return chosen_dyes | {name: nth for nth, name in numbered}
