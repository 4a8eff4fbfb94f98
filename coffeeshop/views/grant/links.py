"""Find the links between principals and things: the policies that grant, and the layers that take away.

The principals and their sessions are the grade's, and the engine decides each request. The requests
are those that the Allow statements name, one for each set of actions that no policy tells apart, and
those of the shop's own jobs and refusals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from coffeeshop.account.access.object_keys import refused_key_request
from coffeeshop.account.access.request_context import (
    complete_foreign_request,
    resource_owner,
)
from coffeeshop.account.access.resource_keys import with_resource_keys
from coffeeshop.account.model import Nobody, Origin
from coffeeshop.lessons.grading.access import TABLE_CLASSES
from coffeeshop.lessons.grading.needed import FEDERATED_KIND
from coffeeshop.lessons.grading.sessions import HeldSession, role_standing
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Play
from coffeeshop.policy.catalog.asked_together import call_that_sends
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.grants import Grant, request_grants
from coffeeshop.policy.model import (
    Allowed,
    Decision,
    Kind,
    Layer,
    Request,
    Standing,
    Statement,
    Values,
)
from coffeeshop.shop.chosen_contexts import names_one_external_id
from coffeeshop.shop.serve import want_name
from coffeeshop.shop.things import (
    LayersByResource,
    Place,
    Places,
    Thing,
)
from coffeeshop.shop.want import Ticket
from coffeeshop.views.grant.model import Asked, Box, Link, Part, Stop
from coffeeshop.views.grant.naming import (
    ALLOWS_TEXT,
    grant_boxes,
    hold_stop,
    need_name,
    object_box,
    principal_name,
    principal_role,
    subject_box,
    thing_box,
)
from coffeeshop.views.grant.session_search import SessionSearch
from coffeeshop.views.grant.steps import could_sentence, is_same_name, present_outcomes

MOST_PRINCIPALS = 200  # users whose sessions are looked at
MOST_TRIES = 20_000  # requests that are decided for one drawing
MOST_PLACES = 40  # resources of one thing that are tried for one action
WITH_CODE = "with an MFA code"
MFA_PRESENT_KEY = "aws:multifactorauthpresent"  # in lower case


class Attempt(NamedTuple):
    """One answer to a request along one link: the grant, its demands on the caller, and its
    key.

    `under` is such as "with an MFA code". `key_stops` are KMS keys that hold the object back.
    """

    grant: Grant
    under: str = ""
    key_stops: tuple[Stop, ...] = ()

    @property
    def is_effective(self) -> bool:
        """Return whether AWS allows the request, and the use of the object's key."""
        return self.grant.is_effective and not self.key_stops

    @property
    def rank(self) -> tuple[int, bool]:
        """Return a sort key: those with fewer obstacles first, then those with fewer
        demands."""
        return len(self.grant.holds) + len(self.key_stops), bool(self.under)


LinkKey = tuple[Box, Box | None, Box, Box]


class LinkFinder:
    """Finds the links in the account of a play, of one principal or to one thing."""

    def __init__(self, play: Play, tickets: Iterable[Ticket] = ()) -> None:
        """Prepare the search. `tickets` are the results of the play's jobs and refusals, if they are known."""
        self.play = play
        self.account = play.account
        self.trial = Trial(play)
        self.places = Places(play.account)
        self.tickets = tuple(tickets)
        self.remarks: dict[str, None] = {}
        self._attempts: dict[LinkKey, dict[Asked, Attempt]] = {}
        self._tries = MOST_TRIES
        self._names_objects = False  # whether a box is one object, and not its bucket

    def links_of(
        self, subject_name: str, about: Thing | None = None, resource: str = ""
    ) -> tuple[Link, ...]:
        """Return the links of one principal, to everything, to one thing, or to one resource of it."""
        self._names_objects = bool(resource)
        for session in self.sessions_of(subject_name):
            self._look_at(session, about, resource)
        self._add_tickets(subject_name, about, resource)
        return self._finished_links()

    def links_to(self, about: Thing, resource: str = "") -> tuple[Link, ...]:
        """Return the links of every principal to one thing, or to one resource of it."""
        self._names_objects = bool(resource)
        for session in self._all_sessions():
            self._look_at(session, about, resource)
        self._add_tickets("", about, resource)
        return self._finished_links()

    def all_links(self) -> tuple[Link, ...]:
        """Return the links of every principal to everything."""
        for session in self._all_sessions():
            self._look_at(session, None)
        self._add_tickets("", None)
        return self._finished_links()

    def links_of_request(self, subject_name: str, decision: Decision) -> tuple[Link, ...]:
        """Return the links along which one request goes, as it was decided."""
        self._names_objects = True
        self._note_decision(subject_name, decision)
        return self._every_link()

    # ------------------------------------------------------------------ sessions
    def sessions_of(self, subject_name: str) -> Iterator[HeldSession]:
        """Yield the sessions of a user, a function, a role or root, also with credentials that it lacks."""
        kind, _, name = subject_name.partition("/")
        if kind == "role":
            role = self.account.roles.get(name.lower())
            if role:
                allowed = role_standing(self.trial.account, role, self.play.now)
                yield HeldSession(
                    subject_name, subject_name, self.account, Nobody(), allowed
                )
            return
        for session in self.trial.all_possible_sessions(subject_name):
            if session.badge != FEDERATED_KIND:
                yield session

    def _all_sessions(self) -> Iterator[HeldSession]:
        """Yield the sessions of every user, function, role and stranger."""
        users = [want_name(user.name) for user in self.account.users.values()]
        worn = set[str]()
        if len(users) > MOST_PRINCIPALS:
            self.remarks[f"only the first {MOST_PRINCIPALS} users were checked"] = None
        for user in users[:MOST_PRINCIPALS]:
            for session in self.sessions_of(user):
                worn.add(session.badge)
                yield session
        for role in islice(self.account.roles.values(), MOST_PRINCIPALS):
            if f"role/{role.name}" not in worn:
                yield from self.sessions_of(f"role/{role.name}")
        for row in TABLE_CLASSES:
            if row.kind in STRANGER_KINDS:
                yield from islice(row.members(self.trial), MOST_PRINCIPALS)

    # ------------------------------------------------------------------ requests
    def _look_at(
        self, session: HeldSession, about: Thing | None, resource: str = ""
    ) -> None:
        """Try the requests that the Allow statements of a session name."""
        search = SessionSearch(self.places, session, self.play.now)
        for layer, statement in search.allows():
            for places in self._wanted_places(search, layer, statement, about, resource):
                for action in search.distinct_actions(statement, places):
                    for place in places[:MOST_PLACES]:
                        self._try(search, action, place)

    def _wanted_places(
        self,
        search: SessionSearch,
        layer: Layer,
        statement: Statement,
        about: Thing | None,
        resource: str,
    ) -> Iterator[list[Place]]:
        """Yield the places that a statement matches, in groups, and of these only the ones to draw.

        With `about`, these are the places of that thing. With `resource`, it is that object alone.
        Nothing is matched then, and the object needn't exist.
        """
        if resource:
            yield [Place(resource, "object", self.places.thing(resource))]
            return
        for group in self.places.matched_places(layer, statement, search.standing):
            if places := [place for place in group if about in (None, place.thing)]:
                yield places

    def _try(self, search: SessionSearch, action: str, place: Place) -> None:
        """Decide one request in a session, with each context that its caller can choose.

        Stop at the first context that works. Skip a request that was tried before, and every
        request once the tries are used up.
        """
        if self._tries <= 0:
            self.remarks["so much is allowed that not all of it was tried"] = None
            return
        if not search.is_new(action, place.arn):
            return
        for chosen in search.contexts:
            if not chosen.fits(action):
                continue
            self._tries -= 1
            request = self.request_for(action, place.arn, chosen.context)
            standing = search.layers.standing_for(place.arn)
            key_stops = self._key_stops(search.standing, request)
            under = _circumstances(request, standing, search.with_code)
            if self._note(*search.boxes, standing, request, under, key_stops):
                return

    def request_for(
        self, action: str, resource: str, chosen: Mapping[str, Values]
    ) -> Request:
        """Return a request as AWS's tools send it from the shop, with the tags and boundary of its resource."""
        context = with_resource_keys(self.account, action, resource, chosen)
        request = Request(action, resource, context)
        owner = resource_owner(self.account, request)
        return complete_foreign_request(
            self.account, request, owner, self.play.now, Origin(), signed=True
        )

    def _add_tickets(
        self, subject_name: str, about: Thing | None, resource: str = ""
    ) -> None:
        """Add the requests of the jobs and refusals that are decided in the account as it is.

        Access through several calls is a remark instead.
        """
        for ticket in self.tickets:
            way = could_sentence(ticket)
            if way and subject_name and is_same_name(ticket.want.who, subject_name):
                self.remarks[way] = None
            for who, outcome in present_outcomes(ticket):
                if subject_name and not is_same_name(who, subject_name):
                    continue
                for decision in outcome.decisions:
                    asked_for = decision.request.resource
                    is_about = about in (None, self.places.thing(asked_for))
                    if is_about and resource in ("", asked_for):
                        self._note_decision(who, decision)

    def _note_decision(self, subject_name: str, decision: Decision) -> None:
        """Keep the grants of a decided request."""
        principal = decision.standing.principal
        role = principal_role(principal)
        who = subject_box(subject_name or principal_name(principal))
        if role == who or principal.account != self.account.id:
            role = None
        request = decision.request
        key_stops = self._key_stops(decision.standing, request)
        has_code = is_with_code(decision)
        under = _circumstances(request, decision.standing, has_code)
        self._note(who, role, decision.standing, request, under, key_stops)

    def _note(
        self,
        who: Box,
        role: Box | None,
        standing: Standing,
        request: Request,
        under: str,
        key_stops: tuple[Stop, ...],
    ) -> bool:
        """Keep the grants of a request. Return whether all work and no key policy stops it.

        If a way and a request were kept before, the attempt with the better rank stays.
        """
        grants = request_grants(standing, request)
        name_thing = object_box if self._names_objects else thing_box
        thing = name_thing(self.places.thing(request.resource), request.resource)
        asked = Asked(request.action, request.resource)
        for grant in grants:
            is_theirs = standing.principal.account != self.account.id
            if is_theirs and any(hold.is_lack for hold in grant.holds):
                continue  # what another account allows its own people is no way to a thing of ours
            for via, policy in grant_boxes(self.account, standing.principal, role, grant):
                attempts = self._attempts.setdefault((who, via, policy, thing), {})
                attempt = Attempt(grant, under, key_stops)
                attempts[asked] = min(
                    attempts.get(asked, attempt), attempt, key=lambda each: each.rank
                )
        return not key_stops and all(grant.is_effective for grant in grants)

    def _key_stops(self, standing: Standing, request: Request) -> tuple[Stop, ...]:
        """Return the KMS key that encrypts the object of a request, if AWS refuses its use."""
        key_request = refused_key_request(self.account, standing, request, self.play.now)
        if key_request is None:
            return ()
        key_thing = self.places.thing(key_request.resource)
        name = key_thing.name or key_request.resource.rpartition(":")[2]
        deed = f"needs {key_request.action}, which AWS refuses"
        return (Stop(f"KMS key {name}", deed, Kind.RESOURCE),)

    # -------------------------------------------------------------------- result
    def _finished_links(self) -> tuple[Link, ...]:
        """Return the links that give access, or would if nothing held them back."""
        return tuple(filter(is_about_access, self._every_link()))

    def _every_link(self) -> tuple[Link, ...]:
        """Return all links: effective ones first, then by their boxes."""
        links = [
            self._finished_link(key, attempts) for key, attempts in self._attempts.items()
        ]
        return tuple(sorted(links, key=link_order))

    def _finished_link(self, key: LinkKey, attempts: Mapping[Asked, Attempt]) -> Link:
        """Return the link of one way (principal, group or role, policy, thing) from what was tried on it.

        It has a circumstance, such as an MFA code, if all its allowed requests share it. Else each
        circumstance is told with its requests.
        """
        allowed = {
            asked: attempt for asked, attempt in attempts.items() if attempt.is_effective
        }
        stops: dict[tuple[str, str], tuple[Stop, list[Asked]]] = {}
        for asked, attempt in attempts.items():
            grant = attempt.grant
            own_stops = (hold_stop(grant, hold, key[2]) for hold in grant.holds)
            for stop in (*own_stops, *attempt.key_stops):
                stops.setdefault(stop.key, (stop, []))[1].append(asked)
        needs = dict.fromkeys(
            need_name(need) for attempt in allowed.values() for need in attempt.grant.needs
        )
        by_circumstance: dict[str, list[Asked]] = {}
        for asked, attempt in sorted(allowed.items(), key=itemgetter(0)):
            by_circumstance.setdefault(attempt.under, []).append(asked)
        under, *others = by_circumstance or ("",)
        return Link(
            *key,
            tuple(sorted(allowed)),
            tuple(
                Stop(stop.layer, stop.deed, stop.kind, tuple(sorted(asked)))
                for stop, asked in stops.values()
            ),
            tuple(filter(None, needs)),
            "" if others else under,
            tuple(
                Part(each, tuple(requests))
                for each, requests in by_circumstance.items()
                if others and each
            ),
        )

    # ---------------------------------------------------------------------- root
    def links_of_root(self) -> tuple[Link, ...]:
        """Return the links of the root user, which needs no policy, to all things but those denied to it."""
        requests: dict[Box, list[Asked]] = {}
        for session in islice(self.trial.all_possible_sessions("root"), 1):
            layers = LayersByResource(session.standing)
            for place, action in self.places.things_at_levels():
                request = self.request_for(action, place.arn, {})
                if isinstance(authorize(layers.standing_for(place.arn), request), Allowed):
                    box = thing_box(place.thing, place.arn)
                    requests.setdefault(box, []).append(Asked(action, place.arn))
        return tuple(
            Link(Box("user", "root"), None, NO_POLICY, box, tuple(sorted(asked)))
            for box, asked in requests.items()
        )


NO_POLICY = Box("no policy needed")
STRANGER_KINDS = frozenset(
    {
        "function",
        "session of a provider",
        "service",
        "other account",
        "guest",
        "of a sister account",
        "anonymous",
    }
)


def _circumstances(request: Request, standing: Standing, with_code: bool) -> str:
    """Return what callers must add to a request, as a phrase: an MFA code, an external ID. Return "" for nothing.

    An external ID is an example if the policies of `standing` accept others, too.
    """
    is_only_one = names_one_external_id(standing)
    naming = "the external ID" if is_only_one else "an external ID such as"
    return _added_phrase(request, with_code, naming)


def _added_phrase(request: Request, with_code: bool, naming: str) -> str:
    """Return what a caller adds to a request. `naming` comes before the external ID."""
    external_ids = request.context.get("sts:ExternalId", ())
    phrases = [f"with {naming} {external_id}" for external_id in external_ids]
    if call := call_that_sends(request.action, request.context):
        phrases.append(f"as a part of {call}")
    return " and ".join([*([WITH_CODE] if with_code else ()), *phrases])


def decision_circumstances(decision: Decision) -> str:
    """Return what the caller of a decided request added to it, as a phrase, or ""."""
    return _added_phrase(decision.request, is_with_code(decision), "the external ID")


def is_with_code(decision: Decision) -> bool:
    """Return whether the caller of a decided request signed in with an MFA code."""
    fixed = decision.standing.fixed
    return any(
        key.lower() == MFA_PRESENT_KEY and value == ("true",)
        for key, value in fixed.items()
    )


def is_about_access(link: Link) -> bool:
    """Return whether a link allows something, or something takes it away.

    A policy that only delegates to another kind of policy, which doesn't allow it, isn't a way to
    anything.
    """
    return link.is_effective or any(
        stop.deed != ALLOWS_TEXT or stop.kind is not Kind.IDENTITY for stop in link.stops
    )


def link_order(link: Link) -> tuple[bool, tuple[str, ...], str, Box, Box]:
    """Return a sort key: effective links first, then by principal, group or role, policy and thing."""
    via = (link.via.kind, link.via.name) if link.via else ()
    return (
        not link.is_effective,
        (link.who.kind, link.who.name, *via),
        "",
        link.policy,
        link.thing,
    )
