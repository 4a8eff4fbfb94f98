"""Checks one pair of standings, statement by statement of the new one, for requests that the old one does not allow."""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import chain, count, islice, product
from typing import NamedTuple

from coffeeshop.policy import catalog
from coffeeshop.policy.comparison.action_classes import ActionClasses
from coffeeshop.policy.comparison.budgets import (
    KNOWN,
    LAYER,
    BudgetError,
    Steps,
    StepsError,
)
from coffeeshop.policy.comparison.differences import Difference, doubtful_difference
from coffeeshop.policy.comparison.domain import (
    ANYWHERE,
    Domain,
    ResourceClass,
    action_sort,
    first_of_each_sort,
)
from coffeeshop.policy.comparison.formula import AccessFormula, Rule, covering_allows
from coffeeshop.policy.comparison.plausible import plausible_witness
from coffeeshop.policy.comparison.queries import ActionClass, Queries, Query
from coffeeshop.policy.comparison.regions import Regions, keys_read, variable_keys
from coffeeshop.policy.comparison.solver import Box, Search, Solution
from coffeeshop.policy.evaluation.authorize import UNDENIABLE, authorize
from coffeeshop.policy.evaluation.explain import nearest_miss
from coffeeshop.policy.model import (
    Allowed,
    Decision,
    Excess,
    ExplicitlyDenied,
    Fixed,
    Request,
    Standing,
    Statement,
    Values,
)

TOLD_APART = 3  # steps that it takes to look at an action of the catalogue
CONFIRMED = 10  # steps that each statement costs when a witness is put to the engine


class RequestClass(NamedTuple):
    """Is a kind of request: an action, on one kind of resource, without the keys that it cannot carry."""

    action: str
    found: ActionClass
    target: ResourceClass = ANYWHERE
    limits: tuple[tuple[int, int], ...] = ()


class Limited(NamedTuple):
    """Is actions of one class, whose requests are without the keys that these masks rule out."""

    found: ActionClass
    limits: tuple[tuple[int, int], ...]


class InclusionCheck:
    """Asks of a pair of standings, new and old, whether old includes new in a domain.

    `extra` settles keys that neither of them fixes; with `guess`, what cannot be judged exactly may fall either way, and
    whatever is found is a doubt.
    """

    def __init__(
        self,
        standings: tuple[Standing, Standing],
        domain: Domain,
        steps: Steps,
        extra: Mapping[str, Fixed] | None = None,
        guess: bool = False,
    ) -> None:
        new, old = standings
        steps.take(LAYER * (len(new.layers) + len(old.layers)))
        settled = dict(extra or {})
        self._standings = standings
        self._domain = domain
        self._steps = steps
        self._guess = guess
        self._new = AccessFormula(new, {**settled, **old.fixed})
        self._old = AccessFormula(old, {**settled, **new.fixed})
        self._regions = Regions((self._new, self._old), domain, guess, steps)
        self._queries = Queries(self._new, self._old, self._regions)
        self._kinds: dict[tuple[str, int], ActionClass] = {}
        self._optional: Values = ()  # the keys of the dimensions so far, "" where none can be absent
        self._heard: dict[str, ActionClass] = {}
        self._known: dict[Hashable, ActionClass] = {}
        self._search = Search(self._regions.dimensions, self._regions.resources, steps)

    def unsettled_variables(self) -> tuple[str, ...]:
        """Returns the keys that policy variables ask for and that nothing settles."""
        asked = dict[str, None]()
        for side in (self._new, self._old):
            for rule in side.rules:
                asked.update(dict.fromkeys(variable_keys(side, rule)))
        return tuple(
            key
            for key in asked
            if not (self._new.is_settled(key) and self._old.is_settled(key))
        )

    @property
    def doubts(self) -> tuple[str, ...]:
        """Tells why the keys met so far are not known in all their classes."""
        return tuple(made.doubt for made in self._regions.dimensions if made.doubt)

    def doubts_of_all(self, reason: str, spared: frozenset[int]) -> Iterator[Difference]:
        """Yields a doubt about every statement that may grant something but those spared."""
        for rule in self._new.granting_rules():
            if id(rule.clause.statement) not in spared:
                yield doubtful_difference(rule.clause.statement, reason)

    def find_differences(
        self, spared: frozenset[int] = frozenset()
    ) -> Iterator[Difference]:
        """Yields every difference, of all statements but those spared (by identity), as they are found."""
        covers = covering_allows(self._new, self._old)
        rules = (
            rule
            for rule in self._new.granting_rules()
            if id(rule.clause.statement) not in spared
        )
        left = [rule for rule in rules if not any(cover.covers(rule) for cover in covers)]
        if self._domain.accounts is None:
            for rule in self._fairly(left):
                asking = (RequestClass(name, found) for name, found in self._classes(rule))
                yield from self._attempt(rule, asking, 0)
            return
        alarms: list[tuple[Rule, dict[ActionClass, int]]] = []
        with self._steps.at_most(self._steps.remaining // 2):
            for rule in self._fairly(left):
                try:
                    alarms.append((rule, self._alarming(rule)))
                except BudgetError as error:
                    yield doubtful_difference(rule.clause.statement, str(error))
        cheapest = sorted(alarms, key=lambda one: _least(one[1]))
        told = {rule: alarming for rule, alarming in cheapest if alarming}
        for rule in self._fairly(list(told)):
            yield from self._attempt(
                rule, self._told_apart(rule, told[rule]), _least(told[rule])
            )

    def _fairly(self, rules: Sequence[Rule]) -> Iterator[Rule]:
        """Yields each statement, which has an equal share of the steps that are left until the next one comes."""
        for number, rule in enumerate(rules):
            with self._steps.at_most(self._steps.remaining // (len(rules) - number)):
                yield rule

    def _attempt(
        self, rule: Rule, asking: Iterator[RequestClass], floor: int
    ) -> Iterator[Difference]:
        """Yields the differences of one statement, doubts where a budget ran out; of guesses one, which doubts all of it."""
        proven = False
        try:
            for asked in asking:
                for found in self._of_class(rule, asked):
                    proven = True
                    yield replace(found, floor=floor)
                    if self._guess:
                        return
        except BudgetError as error:
            if not proven:
                yield doubtful_difference(rule.clause.statement, str(error))

    def _of_class(self, rule: Rule, asked: RequestClass) -> Iterator[Difference]:
        try:
            points = (
                self._found(rule, asked, point) for point in self._points(rule, asked)
            )
            yield from (found for found in points if found is not None)
        except StepsError:
            raise
        except BudgetError as error:
            yield doubtful_difference(rule.clause.statement, f"{error}, for {asked.action}")

    # ---------------------------------------------------------------- actions
    @cached_property
    def _actions(self) -> ActionClasses:
        return ActionClasses((*self._new.rules, *self._old.rules), self._steps)

    def _class(self, action: str) -> ActionClass:
        """Returns the class of an action; there is one object for each."""
        lowered = action.lower()
        if lowered not in self._heard:
            self._heard[lowered] = self._classified(lowered)
        return self._heard[lowered]

    def _classified(self, lowered: str) -> ActionClass:
        kind = self._actions.class_key(lowered)
        if kind not in self._kinds:
            new = self._new.rules_by_effect(lowered)
            old = self._old.rules_by_effect(lowered)
            alike = (new, old, lowered.startswith("sts:"))
            self._kinds[kind] = self._known.setdefault(
                alike, ActionClass(lowered, new, old)
            )
        return self._kinds[kind]

    def _classes(self, rule: Rule) -> Iterator[tuple[str, ActionClass]]:
        """Yields one of the statement's actions for each class."""
        seen = set[ActionClass]()
        for name in self._actions.representative_actions(rule.clause.statement.actions):
            found = self._class(name)
            if found not in seen:
                seen.add(found)
                yield name, found

    def _alarming(self, rule: Rule) -> dict[ActionClass, int]:
        """Returns the classes in which there is a difference in the open domain, with the least that it costs.

        The open domain has far fewer classes than the typed one and all its requests; so most statements end here, and
        only what is left is told apart further.
        """
        try:
            classes = list(self._classes(rule))
        except StepsError:
            raise
        except BudgetError:
            return {self._class(action): 0 for action in self._catalogued(rule)}
        alarming: dict[ActionClass, int] = {}
        for (name, found), there in product(classes, self._anywhere):
            least = self._least(rule, RequestClass(name, found, there))
            if least is not None:
                alarming[found] = min(least, alarming.get(found, least))
        return alarming

    @cached_property
    def _anywhere(self) -> tuple[ResourceClass, ...]:
        """Is any resource: in one's own account, and in another where one of the domain's is; others grant differently."""
        return tuple(self._afar.values())

    @cached_property
    def _afar(self) -> Mapping[tuple[bool, bool], ResourceClass]:
        """Holds any resource by whether it is foreign to either side."""
        accounts = reversed(("", *(self._domain.accounts or ())))
        return {self._foreign(id): replace(ANYWHERE, account=id) for id in accounts}

    def _foreign(self, account: str) -> tuple[bool, bool]:
        return self._new.is_cross_account(account), self._old.is_cross_account(account)

    def _least(self, rule: Rule, asked: RequestClass) -> int | None:
        """Returns what a cheapest difference costs, if there is one; nothing where that is not known."""
        try:
            return min((point.cost for point in self._points(rule, asked)), default=None)
        except StepsError:
            raise
        except BudgetError:
            return 0

    def _told_apart(
        self, rule: Rule, alarming: Container[ActionClass]
    ) -> Iterator[RequestClass]:
        """Yields the catalogue's actions of these classes, told apart by the resources they take and the keys they carry, but for
        those with whose keys there is no difference on any resource.
        """
        seen = set[Hashable]()
        possible: dict[Limited, tuple[ResourceClass, ...]] = {}
        for action in self._catalogued(rule, alarming):
            found = self._class(action)
            alike = action_sort(action)
            self._steps.take(TOLD_APART)
            if found not in alarming or (found, alike) in seen:
                continue
            seen.add((found, alike))
            limited = Limited(found, self._limits(action))
            if limited not in possible:
                possible[limited] = tuple(self._possible(rule, limited))
            for target in self._targets(action, possible[limited]):
                if (limited, target) not in seen:
                    seen.add((limited, target))
                    yield RequestClass(action, found, target, limited.limits)

    def _targets(
        self, action: str, places: tuple[ResourceClass, ...]
    ) -> Iterator[ResourceClass]:
        """Yields the resources that an action is asked on, in these places."""
        for target in (
            self._domain.resource_classes(action, self._new.principal.account)
            if places
            else ()
        ):
            if self._afar[self._foreign(target.account)] in places:
                yield target

    def _possible(self, rule: Rule, limited: Limited) -> Iterator[ResourceClass]:
        """Yields where there is a difference on whichever resource, or may be one."""
        for there in self._anywhere:
            asked = RequestClass(limited.found.action, limited.found, there, limited.limits)
            if self._least(rule, asked) is not None:
                yield there

    def _limits(self, action: str) -> tuple[tuple[int, int], ...]:
        """Returns the keys that a request for the action cannot carry, as masks of their absence."""
        if len(self._optional) < len(self._regions.keys):
            met = zip(self._regions.keys, self._regions.dimensions, strict=True)
            self._optional = tuple(
                key if made.values[0] is None else "" for key, made in met
            )
        return tuple(
            (at, 1) for at in self._domain.keys_never_carried(action, self._optional)
        )

    def _catalogued(
        self, rule: Rule, sought: Container[ActionClass] | None = None
    ) -> Iterator[str]:
        """Yields the catalogue's actions that the statement speaks of; where some classes are sought, those of `_sought`."""
        element = rule.clause.statement.actions
        for pattern in ("*",) if element.negated else element.values:
            for actions in self._domain.action_groups(pattern):
                for action in actions if sought is None else self._sought(actions, sought):
                    if action.lower() not in UNDENIABLE and rule.clause.action(
                        action.lower()
                    ):
                        yield action

    def _sought(self, actions: Values, sought: Container[ActionClass]) -> Values:
        """Returns the actions of a service; where all are of one class the first of each sort, and none if it is not sought."""
        if not self._all_alike(actions[0]):
            return actions
        if self._class(actions[0]) in sought:
            return first_of_each_sort(actions)
        return ()

    def _all_alike(self, action: str) -> bool:
        """Tells whether all actions of its service are of one class."""
        return self._actions.is_uniform_service(action.lower().partition(":")[0])

    def _familiar(self, rule: Rule, asked: RequestClass) -> str:
        """Returns the name as AWS writes it, or an action of the catalogue that is of the same class."""
        known = catalog.find_action(asked.action)
        if known is not None:
            return known.name
        near = islice(self._catalogued(rule), KNOWN)
        return next(
            (action for action in near if self._class(action) is asked.found), asked.action
        )

    # ----------------------------------------------------------------- points
    def _points(self, rule: Rule, asked: RequestClass) -> Iterator[Solution]:
        """Yields a cheapest request for each kind of resource that the statement names."""
        resources = self._regions.resources
        target = asked.target
        query = self._queries.query_for(rule, asked.found, self._account(asked))
        if not any(resources.can_begin_with(box.need, target.head) for box in query.boxes):
            return
        if target.pattern is ANYWHERE.pattern:
            bit = 0
        else:
            bit = resources.pattern_bit(target.pattern, target.sample)
        for box in query.boxes:
            start = box.intersect(Box(dict(asked.limits), bit))
            if start is None or resources.find_resource(start.need, start.shun) is None:
                continue
            best = min(
                self._answers(start, query), key=lambda point: point.cost, default=None
            )
            if best is not None:
                yield best

    def _answers(self, start: Box, query: Query) -> Iterator[Solution]:
        """Yields a cheapest point for each way to be allowed and each way to be refused."""
        for groups in query.ways:
            for refusal in query.refusals:
                inside = [*groups, *refusal.inside]
                outside = [*query.blocked, *refusal.outside]
                point = self._search.find_cheapest(start, inside, outside)
                if point is not None:
                    yield point

    def _account(self, asked: RequestClass) -> str:
        return self._domain.owner or asked.target.account

    # -------------------------------------------------------------- witnesses
    def _found(self, rule: Rule, asked: RequestClass, point: Solution) -> Difference | None:
        """Returns the point as a request, tried on both sides; None where no request of the domain could be it."""
        statement = rule.clause.statement
        if self._guess:
            return doubtful_difference(statement, "it cannot be judged exactly")
        action = self._familiar(rule, asked)
        lent = self._lent(action)
        if not all(self._domain.can_carry(action, key) for key in lent):
            return None
        self._steps.take(CONFIRMED * (10 + len(self._new.rules) + len(self._old.rules)))
        context = {**lent, **self._context(asked, point)}
        witness = Request(action, point.resource, context, self._account(asked))
        new, old = (authorize(standing, witness) for standing in self._standings)
        if not isinstance(new, Allowed) or isinstance(old, Allowed):
            return doubtful_difference(
                statement, f"the engine does not confirm {action} on {point.resource}"
            )
        cited = [one.statement for one in new.by]
        confirms = partial(self._tells_apart, statement if statement in cited else None)
        witness = plausible_witness(witness, self._standings, confirms)
        excess = Excess(
            witness, rule.cited_statement, _nearest(authorize(self._standings[1], witness))
        )
        return Difference(point.cost, excess, statement)

    def _tells_apart(self, by: Statement | None, witness: Request) -> bool:
        """Tell whether the new standing allows a request, by a statement if it is given, that the old one doesn't."""
        new, old = (authorize(standing, witness) for standing in self._standings)
        if not isinstance(new, Allowed) or isinstance(old, Allowed):
            return False
        return by is None or by in [one.statement for one in new.by]

    def _context(self, asked: RequestClass, point: Solution) -> dict[str, Values]:
        """Returns the keys that the point needs, and those that every request carries and a statement reads."""
        heard = set[str]()
        for side in (self._new, self._old):
            for rule in side.rules_about(asked.action):
                heard.update(keys_read(side, rule))
        classes = (point.classes.get(at, 0) for at in range(len(self._regions.dimensions)))
        carried = chain.from_iterable(map(self._regions.carried_values, count(), classes))
        return {
            name: value
            for name, value in carried
            if value is not None and name.lower() in heard
        }

    def _lent(self, action: str) -> dict[str, Values]:
        """Returns the keys that only one of the standings fixes and that the other reads."""
        lent = dict[str, Values]()
        for side in (self._new, self._old):
            asked = side.rules_about(action) if side.lent else ()
            keys = (key for rule in asked for key in keys_read(side, rule))
            lent.update(side.lent[key] for key in keys if key in side.lent)
        return lent


def _least(alarming: Mapping[ActionClass, int]) -> int:
    return min(alarming.values(), default=0)


def _nearest(refused: Decision) -> Statement | None:
    """Returns the statement that denied, else the one that came nearest to allowing."""
    if isinstance(refused, ExplicitlyDenied):
        return refused.by[0].statement
    missed = nearest_miss(refused)
    return missed.matched.statement if missed else None
