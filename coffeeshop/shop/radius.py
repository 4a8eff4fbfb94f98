"""Compute how far a stolen credential reaches: every thing, at AWS's access levels, that its holder can get at.

`reach` follows the ways to more access. At the end of each path the policy engine decides requests. A principal with
full access reaches everything, because it can remove a deny from a resource's own policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import product
from typing import TypeAlias

from msgspec import Struct

from coffeeshop.account.access.request_context import usual_context
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.escalation.attacker import Unfinished, Way
from coffeeshop.account.escalation.reach import Path, may_do_everything, reach
from coffeeshop.account.model import Account, Caller
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.policy.comparison.budgets import Steps
from coffeeshop.policy.evaluation.authorize import UNDENIABLE, authorize
from coffeeshop.policy.model import Allowed, Decision, Request, Standing, Values
from coffeeshop.shop.chosen_contexts import NOTHING_SAID, Chosen, chosen_contexts
from coffeeshop.shop.serve import serve
from coffeeshop.shop.things import LayersByResource, Place, Places, Thing, access_level_of
from coffeeshop.shop.want import Want

TRIES = 20_000  # at most this many requests are decided for one radius
Pairs: TypeAlias = frozenset[tuple[Thing, AccessLevel]]
NO_WAYS: Mapping[str, Way] = {}


class Reached(Struct, frozen=True):
    """A thing at an access level, the decision of the request that shows it, and the path that leads there."""

    thing: Thing
    level: AccessLevel
    decision: Decision
    path: Path

    @property
    def pair(self) -> tuple[Thing, AccessLevel]:
        """Return the thing and its access level."""
        return self.thing, self.level


class Radius(Struct, frozen=True):
    """Everything that a thief reaches: each thing once at each access level.

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
    def paths(self) -> tuple[Path, ...]:
        """Return the paths that lead to something new, in the order in which they were found."""
        return tuple({id(reached.path): reached.path for reached in self.reached}.values())

    def levels_of(self, thing: Thing) -> tuple[Reached, ...]:
        """Return the access levels that are reached on a thing."""
        return tuple(reached for reached in self.reached if reached.thing == thing)

    @property
    def reached_things(self) -> tuple[Thing, ...]:
        """Return the things that are reached at any level."""
        return tuple(dict.fromkeys(reached.thing for reached in self.reached))


def reach_radius(
    account: Account,
    callers: Iterable[Caller],
    at: datetime,
    ways: Mapping[str, Way] | None = None,
    steps: Steps | None = None,
) -> Radius:
    """Return everything that the holder of these credentials reaches.

    `ways` limits the ways to more access (None: all ways, NO_WAYS: none). `steps` is a search budget that several
    radii share.
    """
    search = _Search(account, at)
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
    """Yield the credential's own path, and every path from it to more access. A credential that doesn't work has none."""
    if ways is NO_WAYS:
        yield Path((), account, caller, held=(caller,))
    else:
        yield from reach(account, caller, at, ways, steps)


class _Search:
    """A search for a radius. It keeps the first path that leads to each thing."""

    def __init__(self, account: Account, at: datetime) -> None:
        """Begin a search in an account at a time. `tries` limits the requests."""
        self.at = at
        self.places = Places(account)
        self.found: dict[tuple[Thing, AccessLevel], Reached] = {}
        self.reasons_cut_short: dict[str, None] = {}
        self.tries = TRIES
        self.everything: Path | None = None
        self.context = usual_context(at)

    def result(self) -> Radius:
        """Return the radius that was found."""
        if self.tries <= 0:
            self.reasons_cut_short[
                "requests: so much is allowed that not all of it was tried"
            ] = None
        return Radius(
            tuple(self.found.values()),
            self.everything,
            len(self.places.things),
            tuple(self.reasons_cut_short),
        )

    def note_path(self, path: Path) -> None:
        """Note the new things at the end of a path."""
        standing_or_error = build_standing(path.account, path.caller, self.at)
        if not isinstance(standing_or_error, Standing):
            return
        if may_do_everything(path.account, standing_or_error):
            self.everything = path
            for place, action in self.places.levels():
                self._note(
                    path,
                    place.thing,
                    authorize(standing_or_error, self._request_for(action, place.arn)),
                )
            return
        holdings = LayersByResource(standing_or_error)
        contexts = (NOTHING_SAID, *chosen_contexts(standing_or_error))
        for action, places in self.places.actions_by_resources(holdings):
            if (
                places[0].thing,
                access_level_of(action),
            ) not in self.found and action.lower() not in UNDENIABLE:
                fitting = [chosen for chosen in contexts if chosen.fits(action)]
                self._try_action(path, holdings, action, places, fitting)

    def _try_action(
        self,
        path: Path,
        holdings: LayersByResource,
        action: str,
        places: Iterable[Place],
        contexts: Iterable[Chosen],
    ) -> None:
        """Note the first of these resources on which an action is allowed, in any of the contexts."""
        for place, chosen in product(places, contexts):
            if self.tries <= 0 or not place.thing.exists:
                return
            self.tries -= 1
            decision = authorize(
                holdings.standing_for(place.arn),
                self._request_for(action, place.arn, chosen),
            )
            if isinstance(decision, Allowed):
                self._note(path, place.thing, decision)
                return

    def _request_for(self, action: str, arn: str, chosen: Chosen = NOTHING_SAID) -> Request:
        """Return a request for an action on a resource at the search's time, with the context of an ordinary request."""
        return Request(action, arn, {**self.context, **chosen.context}, self.places.account)

    def _note(self, path: Path, thing: Thing, decision: Decision) -> None:
        """Keep the first path that reaches a thing at the action's access level."""
        level = access_level_of(decision.request.action)
        self.found.setdefault((thing, level), Reached(thing, level, decision, path))


def needed_access(account: Account, jobs: Iterable[Want], at: datetime) -> Pairs:
    """Return the things and access levels that jobs need."""
    places = Places(account)
    outcomes = (outcome for want in jobs for outcome in serve(account, want, at).outcomes)
    return frozenset(
        pair_of(decision.request, places)
        for outcome in outcomes
        for decision in outcome.decisions
    )


def pair_of(request: Request, places: Places) -> tuple[Thing, AccessLevel]:
    """Return the thing and the access level of a request."""
    return places.thing(request.resource), access_level_of(request.action)
