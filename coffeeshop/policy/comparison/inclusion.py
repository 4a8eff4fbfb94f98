"""Check one pair of standings, statement by statement, for requests that only the new one allows."""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import chain, count, islice, product

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
from coffeeshop.policy.comparison.queries import (
    ActionClass,
    LimitedActions,
    Queries,
    Query,
    RequestClass,
)
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


class InclusionCheck:
    """Checks whether the old standing allows every request of a domain that the new one allows.

    `extra` fixes keys that neither standing fixes. With `guess`, conditions that can't be judged exactly can be true or false, and
    every result is a doubt.
    """

    def __init__(
        self,
        standings: tuple[Standing, Standing],
        domain: Domain,
        steps: Steps,
        extra: Mapping[str, Fixed] | None = None,
        guess: bool = False,
    ) -> None:
        """Prepare a check of the standings (new, old). A key that only one of them fixes has that value for both."""
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
        self._classes_by_key: dict[tuple[str, int], ActionClass] = {}
        self._optional: Values = ()  # the keys of the dimensions so far, "" where none can be absent
        self._classes_by_action: dict[str, ActionClass] = {}
        self._classes_by_rules: dict[Hashable, ActionClass] = {}
        self._search = Search(self._regions.dimensions, self._regions.resources, steps)

    def unsettled_variables(self) -> tuple[str, ...]:
        """Return the keys that policy variables use and nothing settles."""
        variables = dict[str, None]()
        for side in (self._new, self._old):
            for rule in side.rules:
                variables.update(dict.fromkeys(variable_keys(side, rule)))
        return tuple(
            key
            for key in variables
            if not (self._new.is_settled(key) and self._old.is_settled(key))
        )

    @property
    def doubts(self) -> tuple[str, ...]:
        """Return why some keys used so far may have more classes than we know."""
        return tuple(
            dimension.doubt for dimension in self._regions.dimensions if dimension.doubt
        )

    def doubts_of_all(self, reason: str, skipped: frozenset[int]) -> Iterator[Difference]:
        """Yield a doubt about every statement that can grant something, without those to
        skip (by id).
        """
        for rule in self._new.granting_rules():
            if id(rule.clause.statement) not in skipped:
                yield doubtful_difference(rule.clause.statement, reason)

    def find_differences(
        self, skipped: frozenset[int] = frozenset()
    ) -> Iterator[Difference]:
        """Yield every difference as it is found, of all statements but those to skip (by
        id).

        In the typed domain, statements are first compared in the open one, which has far
        fewer classes. Only those with a difference there are compared further, the cheapest
        first.
        """
        covers = covering_allows(self._new, self._old)
        rules = (
            rule
            for rule in self._new.granting_rules()
            if id(rule.clause.statement) not in skipped
        )
        uncovered = [
            rule for rule in rules if not any(cover.covers(rule) for cover in covers)
        ]
        if self._domain.accounts is None:
            for rule in self._fairly(uncovered):
                request_classes = (
                    RequestClass(name, action_class)
                    for name, action_class in self._rule_classes(rule)
                )
                yield from self._differences_of_rule(rule, request_classes, 0)
            return
        alarms: list[tuple[Rule, dict[ActionClass, int]]] = []
        with self._steps.at_most(self._steps.remaining // 2):
            for rule in self._fairly(uncovered):
                try:
                    alarms.append((rule, self._alarming_classes(rule)))
                except BudgetError as error:
                    yield doubtful_difference(rule.clause.statement, str(error))
        cheapest = sorted(alarms, key=lambda alarm: _least_alarm_cost(alarm[1]))
        alarming_by_rule = {rule: alarming for rule, alarming in cheapest if alarming}
        for rule in self._fairly(list(alarming_by_rule)):
            yield from self._differences_of_rule(
                rule,
                self._distinct_requests(rule, alarming_by_rule[rule]),
                _least_alarm_cost(alarming_by_rule[rule]),
            )

    def _fairly(self, rules: Sequence[Rule]) -> Iterator[Rule]:
        """Yield each statement, and let it use at most an equal share of the remaining steps."""
        for number, rule in enumerate(rules):
            with self._steps.at_most(self._steps.remaining // (len(rules) - number)):
                yield rule

    def _differences_of_rule(
        self, rule: Rule, request_classes: Iterator[RequestClass], floor: int
    ) -> Iterator[Difference]:
        """Yield the differences of one statement, and a doubt where a budget ran out.

        If we are guessing, one is enough: it makes the whole statement doubtful.
        """
        proven = False
        try:
            for request_class in request_classes:
                for difference in self._differences_of_class(rule, request_class):
                    proven = True
                    yield replace(difference, floor=floor)
                    if self._guess:
                        return
        except BudgetError as error:
            if not proven:
                yield doubtful_difference(rule.clause.statement, str(error))

    def _differences_of_class(
        self, rule: Rule, request_class: RequestClass
    ) -> Iterator[Difference]:
        """Yield the differences of one statement in one class of requests.

        If a budget other than the steps runs out, there is a doubt instead.
        """
        try:
            points = (
                self._confirmed_difference(rule, request_class, point)
                for point in self._cheapest_points(rule, request_class)
            )
            yield from (difference for difference in points if difference is not None)
        except StepsError:
            raise
        except BudgetError as error:
            yield doubtful_difference(
                rule.clause.statement, f"{error}, for {request_class.action}"
            )

    # ---------------------------------------------------------------- actions
    @cached_property
    def _actions(self) -> ActionClasses:
        return ActionClasses((*self._new.rules, *self._old.rules), self._steps)

    def _action_class(self, action: str) -> ActionClass:
        """Return the class of an action: always the same object."""
        lowered = action.lower()
        if lowered not in self._classes_by_action:
            self._classes_by_action[lowered] = self._classify_action(lowered)
        return self._classes_by_action[lowered]

    def _classify_action(self, lowered: str) -> ActionClass:
        """Return the class of a lower-case action.

        Actions that match the same values have the same statements. Other actions can have the same statements as well.
        """
        kind = self._actions.class_key(lowered)
        if kind not in self._classes_by_key:
            new = self._new.rules_by_effect(lowered)
            old = self._old.rules_by_effect(lowered)
            rules_key = (new, old, lowered.startswith("sts:"))
            self._classes_by_key[kind] = self._classes_by_rules.setdefault(
                rules_key, ActionClass(lowered, new, old)
            )
        return self._classes_by_key[kind]

    def _rule_classes(self, rule: Rule) -> Iterator[tuple[str, ActionClass]]:
        """Yield one action of the statement for each class, with the class."""
        seen = set[ActionClass]()
        for name in self._actions.representative_actions(rule.clause.statement.actions):
            action_class = self._action_class(name)
            if action_class not in seen:
                seen.add(action_class)
                yield name, action_class

    def _alarming_classes(self, rule: Rule) -> dict[ActionClass, int]:
        """Return the classes with a difference in the open domain, each with its least
        cost.

        Most statements have none and need no further search.
        """
        try:
            classes = list(self._rule_classes(rule))
        except StepsError:
            raise
        except BudgetError:
            return {self._action_class(action): 0 for action in self._catalog_actions(rule)}
        alarming: dict[ActionClass, int] = {}
        for (name, action_class), place in product(classes, self._untyped_places):
            least = self._least_cost(rule, RequestClass(name, action_class, place))
            if least is not None:
                alarming[action_class] = min(least, alarming.get(action_class, least))
        return alarming

    @cached_property
    def _untyped_places(self) -> tuple[ResourceClass, ...]:
        """Return any resource in the own account and, if the domain has one, in another
        account.
        """
        return tuple(self._place_by_foreignness.values())

    @cached_property
    def _place_by_foreignness(self) -> Mapping[tuple[bool, bool], ResourceClass]:
        """Return any resource, by whether it is in another account than each side's
        principal.
        """
        accounts = reversed(("", *(self._domain.accounts or ())))
        return {
            self._account_foreignness(id): replace(ANYWHERE, account=id) for id in accounts
        }

    def _account_foreignness(self, account: str) -> tuple[bool, bool]:
        """Return whether an account is another one than the principal's, for both sides."""
        return self._new.is_cross_account(account), self._old.is_cross_account(account)

    def _least_cost(self, rule: Rule, request_class: RequestClass) -> int | None:
        """Return the least cost of a difference: None if there is none, 0 if a budget ran out."""
        try:
            return min(
                (point.cost for point in self._cheapest_points(rule, request_class)),
                default=None,
            )
        except StepsError:
            raise
        except BudgetError:
            return 0

    def _distinct_requests(
        self, rule: Rule, alarming: Container[ActionClass]
    ) -> Iterator[RequestClass]:
        """Yield the catalogue's actions of these classes, for each class of resources that
        they take.

        Actions of the same sort are the same request. Actions whose keys allow no
        difference on any resource are left out.
        """
        seen = set[Hashable]()
        possible: dict[LimitedActions, tuple[ResourceClass, ...]] = {}
        for action in self._catalog_actions(rule, alarming):
            action_class = self._action_class(action)
            sort = action_sort(action)
            self._steps.take(TOLD_APART)
            if action_class not in alarming or (action_class, sort) in seen:
                continue
            seen.add((action_class, sort))
            limited = LimitedActions(action_class, self._absence_limits(action))
            if limited not in possible:
                possible[limited] = tuple(self._possible_places(rule, limited))
            for target in self._targets_in_places(action, possible[limited]):
                if (limited, target) not in seen:
                    seen.add((limited, target))
                    yield RequestClass(action, action_class, target, limited.limits)

    def _targets_in_places(
        self, action: str, places: tuple[ResourceClass, ...]
    ) -> Iterator[ResourceClass]:
        """Yield the classes of resources of an action that are in these places."""
        for target in (
            self._domain.resource_classes(action, self._new.principal.account)
            if places
            else ()
        ):
            if (
                self._place_by_foreignness[self._account_foreignness(target.account)]
                in places
            ):
                yield target

    def _possible_places(
        self, rule: Rule, limited: LimitedActions
    ) -> Iterator[ResourceClass]:
        """Yield the places in which there may be a difference."""
        for place in self._untyped_places:
            request_class = RequestClass(
                limited.action_class.action, limited.action_class, place, limited.limits
            )
            if self._least_cost(rule, request_class) is not None:
                yield place

    def _absence_limits(self, action: str) -> tuple[tuple[int, int], ...]:
        """Return the dimensions that a request for the action can't have, each with its
        mask of absence.
        """
        if len(self._optional) < len(self._regions.keys):
            keyed_dimensions = zip(
                self._regions.keys, self._regions.dimensions, strict=True
            )
            self._optional = tuple(
                key if dimension.values[0] is None else ""
                for key, dimension in keyed_dimensions
            )
        return tuple(
            (at, 1) for at in self._domain.keys_never_carried(action, self._optional)
        )

    def _catalog_actions(
        self, rule: Rule, sought: Container[ActionClass] | None = None
    ) -> Iterator[str]:
        """Yield the catalogue's actions that a statement matches, of the `sought` classes
        if given.
        """
        element = rule.clause.statement.actions
        for pattern in ("*",) if element.negated else element.values:
            for group in self._domain.action_groups(pattern):
                if sought is None:
                    actions = group
                else:
                    actions = self._sought_actions(group, sought)
                for action in actions:
                    lowered = action.lower()
                    if lowered not in UNDENIABLE and rule.clause.action(lowered):
                        yield action

    def _sought_actions(self, actions: Values, sought: Container[ActionClass]) -> Values:
        """Return the actions of a service that may be of a sought class.

        If all actions of the service are of one class, one of each sort is enough.
        """
        service = actions[0].lower().partition(":")[0]
        if not self._actions.is_uniform_service(service):
            return actions
        if self._action_class(actions[0]) in sought:
            return first_of_each_sort(actions)
        return ()

    def _familiar_action(self, rule: Rule, request_class: RequestClass) -> str:
        """Return the action as AWS writes it, or an action of the catalogue in the same
        class.
        """
        catalog_action = catalog.find_action(request_class.action)
        if catalog_action is not None:
            return catalog_action.name
        near = islice(self._catalog_actions(rule), KNOWN)
        return next(
            (
                action
                for action in near
                if self._action_class(action) is request_class.action_class
            ),
            request_class.action,
        )

    # ----------------------------------------------------------------- points
    def _cheapest_points(
        self, rule: Rule, request_class: RequestClass
    ) -> Iterator[Solution]:
        """Yield a cheapest point for each resource pattern of the statement."""
        resources = self._regions.resources
        target = request_class.target
        query = self._queries.query_for(
            rule, request_class.action_class, self._resource_account(request_class)
        )
        if not any(resources.can_begin_with(box.need, target.head) for box in query.boxes):
            return
        if target.pattern is ANYWHERE.pattern:
            bit = 0
        else:
            bit = resources.pattern_bit(target.pattern, target.sample)
        for box in query.boxes:
            start = box.intersect(Box(dict(request_class.limits), bit))
            if start is None or resources.find_resource(start.need, start.shun) is None:
                continue
            best = min(
                self._points_by_way(start, query),
                key=lambda point: point.cost,
                default=None,
            )
            if best is not None:
                yield best

    def _points_by_way(self, start: Box, query: Query) -> Iterator[Solution]:
        """Yield a cheapest point for each way to be allowed and each way to be refused."""
        for groups in query.ways:
            for refusal in query.refusals:
                required_groups = [*groups, *refusal.inside]
                excluded_regions = [*query.blocked, *refusal.outside]
                point = self._search.find_cheapest(start, required_groups, excluded_regions)
                if point is not None:
                    yield point

    def _resource_account(self, request_class: RequestClass) -> str:
        """Return the account of the requested resource."""
        return self._domain.owner or request_class.target.account

    # -------------------------------------------------------------- witnesses
    def _confirmed_difference(
        self, rule: Rule, request_class: RequestClass, point: Solution
    ) -> Difference | None:
        """Return the point as a request that the engine confirms, or None if the domain has no such request."""
        statement = rule.clause.statement
        if self._guess:
            return doubtful_difference(statement, "it cannot be judged exactly")
        action = self._familiar_action(rule, request_class)
        lent = self._lent_context(action)
        if not all(self._domain.can_carry(action, key) for key in lent):
            return None
        self._steps.take(CONFIRMED * (10 + len(self._new.rules) + len(self._old.rules)))
        context = {**lent, **self._witness_context(request_class, point)}
        witness = Request(
            action, point.resource, context, self._resource_account(request_class)
        )
        new, old = (authorize(standing, witness) for standing in self._standings)
        if not isinstance(new, Allowed) or isinstance(old, Allowed):
            return doubtful_difference(
                statement, f"the engine does not confirm {action} on {point.resource}"
            )
        cited = [match.statement for match in new.by]
        confirms = partial(self._tells_apart, statement if statement in cited else None)
        witness = plausible_witness(witness, self._standings, confirms)
        excess = Excess(
            witness,
            rule.cited_statement,
            _refusing_statement(authorize(self._standings[1], witness)),
        )
        return Difference(point.cost, excess, statement)

    def _tells_apart(self, by: Statement | None, witness: Request) -> bool:
        """Return whether the new standing allows a request, by this statement if given, and
        the old doesn't.
        """
        new, old = (authorize(standing, witness) for standing in self._standings)
        if not isinstance(new, Allowed) or isinstance(old, Allowed):
            return False
        return by is None or by in [match.statement for match in new.by]

    def _witness_context(
        self, request_class: RequestClass, point: Solution
    ) -> dict[str, Values]:
        """Return the context of the witness: the point's values of all keys that some
        statement reads.
        """
        keys_read_by_rules = set[str]()
        for side in (self._new, self._old):
            for rule in side.rules_about(request_class.action):
                keys_read_by_rules.update(keys_read(side, rule))
        classes = (point.classes.get(at, 0) for at in range(len(self._regions.dimensions)))
        carried = chain.from_iterable(map(self._regions.carried_values, count(), classes))
        return {
            name: value
            for name, value in carried
            if value is not None and name.lower() in keys_read_by_rules
        }

    def _lent_context(self, action: str) -> dict[str, Values]:
        """Return the keys that only one of the standings fixes and the other reads."""
        lent = dict[str, Values]()
        for side in (self._new, self._old):
            rules = side.rules_about(action) if side.lent else ()
            keys = (key for rule in rules for key in keys_read(side, rule))
            lent.update(side.lent[key] for key in keys if key in side.lent)
        return lent


def _least_alarm_cost(alarming: Mapping[ActionClass, int]) -> int:
    return min(alarming.values(), default=0)


def _refusing_statement(refused: Decision) -> Statement | None:
    """Return the statement that denied, else the one that came nearest to allowing."""
    if isinstance(refused, ExplicitlyDenied):
        return refused.by[0].statement
    missed = nearest_miss(refused)
    if missed is None:
        return None
    return missed.matched.statement
