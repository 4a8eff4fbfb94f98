"""Compute how far a stolen credential reaches: every thing, at AWS's access levels, that its holder can get at.

`reach` follows the ways to more access. At the end of each path the policy engine decides requests. A principal with
full access reaches everything, because it can remove a deny from a resource's own policy.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import product
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.object_keys import refused_key_request
from coffeeshop.account.access.request_context import usual_context
from coffeeshop.account.access.resource_keys import with_resource_keys
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.escalation.attacker import Unfinished, Way
from coffeeshop.account.escalation.reach import Path, may_do_everything, reach
from coffeeshop.account.model import Account, Caller
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.policy.comparison.budgets import Steps
from coffeeshop.policy.evaluation.authorize import UNDENIABLE_ACTIONS, authorize
from coffeeshop.policy.model import Allowed, Decision, Request, Standing, Values
from coffeeshop.shop.chosen_contexts import NO_CHOSEN_VALUES, ChosenContext, chosen_contexts
from coffeeshop.shop.serve import serve
from coffeeshop.shop.things import LayersByResource, Place, Places, Thing, access_level_of
from coffeeshop.shop.want import Want

MAX_REQUESTS = 20_000  # at most this many requests are decided for one radius
Pairs: TypeAlias = frozenset[tuple[Thing, AccessLevel]]
NO_WAYS: Mapping[str, Way] = {}


class Reached(Struct, frozen=True):
    """A thing at an access level, the decision of the request that shows it, and the path that leads there.

    `is_needed`: the victim is permitted every request that reaches the thing at this level, because
    their jobs need it.
    """

    thing: Thing
    level: AccessLevel
    decision: Decision
    path: Path
    is_needed: bool

    @property
    def pair(self) -> tuple[Thing, AccessLevel]:
        """Return the thing and its access level."""
        return self.thing, self.level


class BlastRadius(Struct, frozen=True):
    """The blast radius of a theft: everything that the thief can reach, each thing once at each access level.

    `full_access_path` is the path that leads to full access, or None. `thing_count` is the number
    of the account's things. `unfinished` says why the search was cut short.
    """

    reached: tuple[Reached, ...] = ()
    full_access_path: Path | None = None
    thing_count: int = 0
    unfinished: Values = ()

    @property
    def pairs(self) -> Pairs:
        """Return the reached things with their access levels."""
        return frozenset(reached.pair for reached in self.reached)

    @property
    def has_only_needed(self) -> bool:
        """Return whether something is reached, and the victim's jobs need all of it."""
        return bool(self.reached) and all(reached.is_needed for reached in self.reached)

    def beyond_jobs(self) -> BlastRadius:
        """Return the part of the radius that the victim's jobs don't need."""
        beyond = tuple(reached for reached in self.reached if not reached.is_needed)
        return replace(self, reached=beyond)

    def without(self, things: Container[Thing]) -> BlastRadius:
        """Return the part of the radius that is about other things."""
        others = tuple(each for each in self.reached if each.thing not in things)
        return replace(self, reached=others)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Return the different paths that lead to something new, in the order in which they
        were found.
        """
        return tuple({id(reached.path): reached.path for reached in self.reached}.values())

    def levels_of(self, thing: Thing) -> tuple[Reached, ...]:
        """Return the access levels that are reached on a thing."""
        return tuple(reached for reached in self.reached if reached.thing == thing)

    @property
    def reached_things(self) -> tuple[Thing, ...]:
        """Return the things that are reached at any level."""
        return tuple(dict.fromkeys(reached.thing for reached in self.reached))


def find_blast_radius(
    account: Account,
    callers: Iterable[Caller],
    at: datetime,
    ways: Mapping[str, Way] | None = None,
    steps: Steps | None = None,
    permitted: Standing | None = None,
) -> BlastRadius:
    """Find everything that the holder of these credentials can reach, directly or through more access.

    `ways` are the moves to more access that are searched (None: all, NO_WAYS: none). `steps` is a
    search budget that several searches share. `permitted` is what the victim's jobs need (None:
    nothing).
    """
    search = _Search(account, at, permitted)
    for caller in callers:
        for path_or_limit in _credential_paths(account, caller, at, ways, steps):
            if isinstance(path_or_limit, Unfinished):
                search.reasons_cut_short[path_or_limit.reason] = None
            else:
                search.note_path(path_or_limit)
    return search.result()


def _credential_paths(
    account: Account,
    caller: Caller,
    at: datetime,
    ways: Mapping[str, Way] | None,
    steps: Steps | None,
) -> Iterator[Path | Unfinished]:
    """Yield the paths from a credential to more access. The first one has no steps.

    `ways` are the moves to search (None: all). With NO_WAYS there is only the first path, even if the
    credential doesn't work. Otherwise a credential that doesn't work has no paths. An Unfinished says
    that the search was cut short. `steps` is the budget of the search (None: one of its own).
    """
    if ways is NO_WAYS:
        yield Path((), account, caller, held=(caller,))
    else:
        yield from reach(account, caller, at, ways, steps)


class _Search:
    """A search for a blast radius. It keeps the first path that leads to each thing at each access level.

    A path that isn't needed replaces one that is.
    """

    def __init__(
        self, account: Account, at: datetime, permitted: Standing | None = None
    ) -> None:
        """Begin a search in an account at a time. `requests_left` limits the requests that are decided."""
        self.at = at
        self.permitted = permitted
        self.places = Places(account)
        self.first_reached: dict[tuple[Thing, AccessLevel], Reached] = {}
        self.reasons_cut_short: dict[str, None] = {}
        self.requests_left = MAX_REQUESTS
        self.full_access_path: Path | None = None
        self.context = usual_context(at)

    def result(self) -> BlastRadius:
        """Return the radius that was found."""
        if self.requests_left <= 0:
            self.reasons_cut_short[
                "requests: so much is allowed that not all of it was tried"
            ] = None
        return BlastRadius(
            tuple(self.first_reached.values()),
            self.full_access_path,
            len(self.places.things),
            tuple(self.reasons_cut_short),
        )

    def note_path(self, path: Path) -> None:
        """Add what the credential at the end of a path can reach.

        Full access reaches everything. Otherwise the actions that its Allow statements name are tried
        on the resources that they match, with the values that a caller can choose.
        """
        standing_or_error = build_standing(path.account, path.caller, self.at)
        if not isinstance(standing_or_error, Standing):
            return
        if may_do_everything(path.account, standing_or_error):
            self.full_access_path = path
            for place, action in self.places.things_at_levels():
                decision = authorize(
                    standing_or_error, self._request_for(path.account, action, place.arn)
                )
                self._keep_first(path, place.thing, decision, is_needed=False)
            return
        layers_by_resource = LayersByResource(standing_or_error)
        # As on a path: no one can make another account send a shop's own external ID.
        is_same_account = standing_or_error.principal.account == path.account.id
        chosen = chosen_contexts(standing_or_error, is_same_account, makes_claims=True)
        contexts = (NO_CHOSEN_VALUES, *chosen)
        for action, places in self.places.actions_by_resources(layers_by_resource):
            pair = places[0].thing, access_level_of(action)
            first = self.first_reached.get(pair)
            is_new = first is None or first.is_needed
            if is_new and action.lower() not in UNDENIABLE_ACTIONS:
                fitting = [chosen for chosen in contexts if chosen.fits(action)]
                self._try_action(path, layers_by_resource, action, places, fitting)

    def _try_action(
        self,
        path: Path,
        layers_by_resource: LayersByResource,
        action: str,
        places: Iterable[Place],
        contexts: Iterable[ChosenContext],
    ) -> None:
        """Try an action on the resources of one thing, in each context, and record allowed requests.

        Stop at the first allowed request that the victim's jobs don't need: it replaces one that they
        need. One resource is enough, since the radius counts things and not resources.
        """
        for place, chosen in product(places, contexts):
            if self.requests_left <= 0 or not place.thing.exists:
                return
            self.requests_left -= 1
            decision = authorize(
                layers_by_resource.standing_for(place.arn),
                self._request_for(path.account, action, place.arn, chosen),
            )
            if isinstance(decision, Allowed):
                request, standing = decision.request, layers_by_resource.standing
                if refused_key_request(path.account, standing, request, self.at):
                    continue  # the object's KMS key stays closed to them
                is_needed = is_permitted(self.permitted, decision)
                self._keep_first(path, place.thing, decision, is_needed)
                if not is_needed:
                    return

    def _request_for(
        self,
        account: Account,
        action: str,
        arn: str,
        chosen: ChosenContext = NO_CHOSEN_VALUES,
    ) -> Request:
        """Return a request for an action on a resource at the search's time.

        It has the context of an ordinary request, and the tags and boundary that the resource has in the account.
        """
        sent = with_resource_keys(account, action, arn, chosen.context)
        context = {**self.context, **sent}
        return Request(action, arn, context, self.places.account)

    def _keep_first(
        self, path: Path, thing: Thing, decision: Decision, is_needed: bool
    ) -> None:
        """Record that a path reaches a thing at the action's access level, unless an earlier path does.

        A path that isn't needed for a job replaces one that is.
        """
        level = access_level_of(decision.request.action)
        first = self.first_reached.get((thing, level))
        if first is None or (first.is_needed and not is_needed):
            self.first_reached[thing, level] = Reached(
                thing, level, decision, path, is_needed
            )


def is_permitted(permitted: Standing | None, decision: Decision) -> bool:
    """Return whether the victim of a theft is permitted a request. `permitted` None: they are permitted nothing."""
    if permitted is None:
        return False
    # The policies of what is permitted have no account, so the request must have none either.
    request = dataclasses.replace(decision.request, account="")
    standing = dataclasses.replace(permitted, fixed=decision.standing.fixed)
    return isinstance(authorize(standing, request), Allowed)


def needed_access(account: Account, jobs: Iterable[Want], at: datetime) -> Pairs:
    """Return the things and access levels that jobs use when they run at `at`."""
    places = Places(account)
    outcomes = (outcome for want in jobs for outcome in serve(account, want, at).outcomes)
    return frozenset(
        thing_and_level(decision.request, places)
        for outcome in outcomes
        for decision in outcome.decisions
    )


def thing_and_level(request: Request, places: Places) -> tuple[Thing, AccessLevel]:
    """Return the thing that a request is about, and the access level of its action."""
    return places.thing(request.resource), access_level_of(request.action)
