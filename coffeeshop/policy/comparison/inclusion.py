"""Check one pair of standings, statement by statement, for requests that only the new one allows.

Terms: a *rule* is a statement in force. An *action class* is a set of actions about which
both standings have the same statements. A *resource class* is a set of resources of one
type in one account, or any resource of an account. A *request class* is an action with a
resource class. A *point* is the solver's answer: one class of values per context key, and a
resource. A *witness* is the request that a point becomes. A *doubt* is an Undecided result
with its reason.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import islice, product

from coffeeshop.policy import catalog
from coffeeshop.policy.comparison.action_classes import ActionClasses
from coffeeshop.policy.comparison.budgets import (
    LAYER_COST,
    MAX_SPELLINGS_TRIED,
    BudgetError,
    Steps,
    StepsError,
)
from coffeeshop.policy.comparison.differences import Difference, doubtful_difference
from coffeeshop.policy.comparison.domain import (
    ANY_RESOURCE,
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
from coffeeshop.policy.comparison.regions import Regions, variable_keys
from coffeeshop.policy.comparison.solver import Box, Search, Solution
from coffeeshop.policy.comparison.witnesses import (
    context_fixed_by_one_side,
    refusing_statement,
    shows_difference,
    witness_context,
)
from coffeeshop.policy.evaluation.authorize import UNDENIABLE_ACTIONS, authorize
from coffeeshop.policy.model import (
    Allowed,
    Excess,
    Fixed,
    Request,
    Standing,
    Values,
)

STEPS_PER_ACTION = 3  # steps that it takes to look at an action of the catalogue
STEPS_PER_STATEMENT = 10  # steps for each statement when the engine decides a witness


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
        steps.take(LAYER_COST * (len(new.layers) + len(old.layers)))
        settled = dict(extra or {})
        self._standings = standings
        self._domain = domain
        self._steps = steps
        self._guess = guess
        self._new = AccessFormula(new, {**settled, **old.fixed})
        self._old = AccessFormula(old, {**settled, **new.fixed})
        self._sides = (self._new, self._old)
        self._regions = Regions(self._sides, domain, guess, steps)
        self._queries = Queries(self._new, self._old, self._regions)
        self._classes_by_key: dict[tuple[str, int], ActionClass] = {}
        self._optional: Values = ()  # the keys of the dimensions so far, "" where none can be absent
        self._classes_by_action: dict[str, ActionClass] = {}
        self._classes_by_rules: dict[Hashable, ActionClass] = {}
        self._search = Search(self._regions.dimensions, self._regions.resources, steps)

    def unsettled_variables(self) -> tuple[str, ...]:
        """Return the context keys that policies use as `${…}` variables and whose value neither session fixes."""
        variables = dict[str, None]()
        for side in self._sides:
            for rule in side.rules:
                variables.update(dict.fromkeys(variable_keys(side, rule)))
        return tuple(
            key
            for key in variables
            if not (self._new.is_settled(key) and self._old.is_settled(key))
        )

    @property
    def doubts(self) -> tuple[str, ...]:
        """Return why a result may be incomplete: a reason for each key whose values may not all have been tried."""
        return tuple(
            dimension.doubt for dimension in self._regions.dimensions if dimension.doubt
        )

    def doubts_of_all(self, reason: str, skipped: frozenset[int]) -> Iterator[Difference]:
        """Yield a doubt with this reason about every statement that can allow something.

        `skipped` are the ids of statements that already have a result.
        """
        for rule in self._new.granting_rules():
            if id(rule.clause.statement) not in skipped:
                yield doubtful_difference(rule.clause.statement, reason)

    def find_differences(
        self, skipped: frozenset[int] = frozenset()
    ) -> Iterator[Difference]:
        """Yield the differences of all statements, without those whose id is in `skipped`.

        In the open domain, any action can be on any resource. In the typed domain, an action is only on
        its own resource types. Statements are first compared in the open domain, because it has far
        fewer request classes. Only a statement that differs there can differ in the typed domain, so
        only those are compared further. The one with the cheapest difference is first.
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
            for rule in self._with_equal_shares(uncovered):
                request_classes = (
                    RequestClass(name, action_class)
                    for name, action_class in self._rule_classes(rule)
                )
                yield from self._differences_of_rule(rule, request_classes, 0)
            return
        suspects: list[tuple[Rule, dict[ActionClass, int]]] = []
        with self._steps.at_most(self._steps.remaining // 2):
            for rule in self._with_equal_shares(uncovered):
                try:
                    suspects.append((rule, self._suspect_classes(rule)))
                except BudgetError as error:
                    yield doubtful_difference(rule.clause.statement, str(error))
        cheapest = sorted(suspects, key=lambda suspect: _least_suspect_cost(suspect[1]))
        suspects_by_rule = {
            rule: suspect_classes for rule, suspect_classes in cheapest if suspect_classes
        }
        for rule in self._with_equal_shares(list(suspects_by_rule)):
            yield from self._differences_of_rule(
                rule,
                self._distinct_requests(rule, suspects_by_rule[rule]),
                _least_suspect_cost(suspects_by_rule[rule]),
            )

    def _with_equal_shares(self, rules: Sequence[Rule]) -> Iterator[Rule]:
        """Yield each rule. The caller can spend an equal share of the remaining steps on it."""
        for number, rule in enumerate(rules):
            with self._steps.at_most(self._steps.remaining // (len(rules) - number)):
                yield rule

    def _differences_of_rule(
        self, rule: Rule, request_classes: Iterator[RequestClass], floor: int
    ) -> Iterator[Difference]:
        """Yield the differences of one statement, and a doubt if a budget ran out before any was found.

        `floor` is the least cost that any of them can have: the caller may report cheaper
        ones at once. If we are guessing, the first is enough, since it makes the whole
        statement doubtful.
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
        """Return the action names and patterns of both standings, collected once."""
        return ActionClasses((self._new, self._old), self._steps)

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
            rules_key = (new, old, self._new.deciding_service(lowered))
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

    def _suspect_classes(self, rule: Rule) -> dict[ActionClass, int]:
        """Return the least cost of a difference in each action class that differs in the open domain.

        Only these need a further search. If there are too many classes to list, all are
        suspect, at cost 0.
        """
        try:
            classes = list(self._rule_classes(rule))
        except StepsError:
            raise
        except BudgetError:
            return {self._action_class(action): 0 for action in self._catalog_actions(rule)}
        suspect_classes: dict[ActionClass, int] = {}
        for (name, action_class), any_resource in product(
            classes, self._any_resource_classes
        ):
            least = self._least_cost(rule, RequestClass(name, action_class, any_resource))
            if least is not None:
                suspect_classes[action_class] = min(
                    least, suspect_classes.get(action_class, least)
                )
        return suspect_classes

    @cached_property
    def _any_resource_classes(self) -> tuple[ResourceClass, ...]:
        """Return the resource classes to try for an action on a resource of any type.

        There is one for the principal's own account. If the domain has another account,
        there is one for that as well, because another account's resource policy must allow
        the request too.
        """
        return tuple(self._any_resource_by_relation.values())

    @cached_property
    def _any_resource_by_relation(self) -> Mapping[tuple[bool, bool], ResourceClass]:
        """Return one class of any resource for each relation of its account to the two
        principals (see `_account_relation`).

        The principal's own account, "", comes last, so it replaces an equal relation of
        another account.
        """
        accounts = reversed(("", *(self._domain.accounts or ())))
        return {
            self._account_relation(id): replace(ANY_RESOURCE, account=id) for id in accounts
        }

    def _account_relation(self, account: str) -> tuple[bool, bool]:
        """Return whether an account is another one than the new principal's, and than the old principal's."""
        return self._new.is_cross_account(account), self._old.is_cross_account(account)

    def _least_cost(self, rule: Rule, request_class: RequestClass) -> int | None:
        """Return the least cost of a difference in this request class.

        None means that there is no difference. 0 means that a budget ran out, so there may
        be one of any cost.
        """
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
        self, rule: Rule, suspect_classes: Collection[ActionClass]
    ) -> Iterator[RequestClass]:
        """Yield the request classes of the typed domain in which the statement could differ, one of each kind.

        `suspect_classes` are the actions with a difference in the open domain. Of those with the same
        statements, resource types and context keys (their sort), one is tried. In the open domain an action
        carries any key. So try it there again without keys that it never carries. Resource classes that
        still differ are promising: yield the action's own resource types in accounts like theirs.
        """
        tried_sorts = set[Hashable]()
        yielded_classes = set[Hashable]()
        promising_by_actions: dict[LimitedActions, tuple[ResourceClass, ...]] = {}
        for action in self._catalog_actions(rule, suspect_classes):
            action_class = self._action_class(action)
            sort = action_sort(action)
            self._steps.take(STEPS_PER_ACTION)
            if action_class not in suspect_classes or (action_class, sort) in tried_sorts:
                continue
            tried_sorts.add((action_class, sort))
            limited = LimitedActions(action_class, self._absence_limits(action))
            if limited not in promising_by_actions:
                promising_by_actions[limited] = tuple(
                    self._classes_with_difference(rule, limited)
                )
            for target in self._typed_resource_classes(
                action, promising_by_actions[limited]
            ):
                if (limited, target) not in yielded_classes:
                    yielded_classes.add((limited, target))
                    yield RequestClass(action, action_class, target, limited.limits)

    def _typed_resource_classes(
        self, action: str, promising: tuple[ResourceClass, ...]
    ) -> Iterator[ResourceClass]:
        """Yield the classes of the action's own resource types whose account is like a promising one's: own
        or foreign to the same principals. `promising` are classes of any resource with a difference.
        """
        for target in (
            self._domain.resource_classes(action, self._new.principal.account)
            if promising
            else ()
        ):
            if (
                self._any_resource_by_relation[self._account_relation(target.account)]
                in promising
            ):
                yield target

    def _classes_with_difference(
        self, rule: Rule, limited: LimitedActions
    ) -> Iterator[ResourceClass]:
        """Yield the classes of any resource in which the rule has a difference for these actions."""
        for any_resource in self._any_resource_classes:
            request_class = RequestClass(
                limited.action_class.action,
                limited.action_class,
                any_resource,
                limited.limits,
            )
            if self._least_cost(rule, request_class) is not None:
                yield any_resource

    def _absence_limits(self, action: str) -> tuple[tuple[int, int], ...]:
        """Return (number of a dimension, 1) for each key that the action never carries. Mask 1 is "absent"."""
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
        self, rule: Rule, sought: Collection[ActionClass] | None = None
    ) -> Iterator[str]:
        """Yield the catalogue's actions that a statement matches, only of the `sought` classes if given."""
        element = rule.clause.statement.actions
        for pattern in ("*",) if element.negated else element.values:
            for group in self._domain.action_groups(pattern):
                if sought is None:
                    actions = group
                else:
                    actions = self._sought_actions(group, sought)
                for action in actions:
                    lowered = action.lower()
                    if lowered not in UNDENIABLE_ACTIONS and rule.clause.action(lowered):
                        yield action

    def _sought_actions(self, actions: Values, sought: Collection[ActionClass]) -> Values:
        """Return those of a service's actions that may be in a sought class.

        If no policy tells the service's actions apart, they are all of one class. Then one
        action of each sort is enough.
        """
        service = actions[0].lower().partition(":")[0]
        if self._actions.is_uniform_service(service):
            is_sought = self._action_class(actions[0]) in sought
            return first_of_each_sort(actions) if is_sought else ()
        self._steps.take(len(sought))
        is_sought = any(action_class.may_be_of_service(service) for action_class in sought)
        return actions if is_sought else ()

    def _catalog_spelling(self, rule: Rule, request_class: RequestClass) -> str:
        """Return an action of the catalogue to show in a witness, since nobody knows the
        search's made-up names.

        At most MAX_SPELLINGS_TRIED actions are looked at.
        """
        catalog_action = catalog.find_action(request_class.action)
        if catalog_action is not None:
            return catalog_action.name
        near = islice(self._catalog_actions(rule), MAX_SPELLINGS_TRIED)
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
        """Yield the cheapest difference for each resource pattern of the statement, as a point of the search."""
        resources = self._regions.resources
        target = request_class.target
        query = self._queries.query_for(
            rule, request_class.action_class, self._resource_account(request_class)
        )
        if not any(
            resources.can_begin_with(box.must_match, target.head) for box in query.boxes
        ):
            return
        if target.pattern is ANY_RESOURCE.pattern:
            bit = 0
        else:
            bit = resources.pattern_bit(target.pattern, target.sample)
        for box in query.boxes:
            start = box.intersect(Box(dict(request_class.limits), bit))
            if (
                start is None
                or resources.find_resource(start.must_match, start.must_avoid) is None
            ):
                continue
            best = min(
                self._cheapest_per_reason(start, query),
                key=lambda point: point.cost,
                default=None,
            )
            if best is not None:
                yield best

    def _cheapest_per_reason(self, start: Box, query: Query) -> Iterator[Solution]:
        """Yield the cheapest point in `start` for each pair of a way in which new allows
        and a way in which old refuses.
        """
        for groups in query.ways:
            for refusal in query.refusals:
                required_groups = [*groups, *refusal.inside]
                excluded_regions = [*query.blocked, *refusal.outside]
                point = self._search.find_cheapest(start, required_groups, excluded_regions)
                if point is not None:
                    yield point

    def _resource_account(self, request_class: RequestClass) -> str:
        """Return the account of the requested resource, or "" if it is the principal's own."""
        return self._domain.owner or request_class.target.account

    # -------------------------------------------------------------- witnesses
    def _confirmed_difference(
        self, rule: Rule, request_class: RequestClass, point: Solution
    ) -> Difference | None:
        """Return the difference that a point shows, after both standings were evaluated on it as a request.

        Return None if the action can't carry a key that the request needs, so AWS never
        receives it. Return a doubt if we are guessing, or if the engine decides otherwise
        than the search did.
        """
        statement = rule.clause.statement
        if self._guess:
            return doubtful_difference(statement, "it cannot be judged exactly")
        action = self._catalog_spelling(rule, request_class)
        one_sided = context_fixed_by_one_side(self._sides, action)
        if not all(self._domain.can_carry(action, key) for key in one_sided):
            return None
        self._steps.take(
            STEPS_PER_STATEMENT * (10 + len(self._new.rules) + len(self._old.rules))
        )
        context = {
            **one_sided,
            **witness_context(self._sides, self._regions, request_class.action, point),
        }
        witness = Request(
            action, point.resource, context, self._resource_account(request_class)
        )
        new_decision, old_decision = (
            authorize(standing, witness) for standing in self._standings
        )
        if not isinstance(new_decision, Allowed) or isinstance(old_decision, Allowed):
            return doubtful_difference(
                statement, f"the engine does not confirm {action} on {point.resource}"
            )
        cited = [match.statement for match in new_decision.by]
        confirms = partial(
            shows_difference, self._standings, statement if statement in cited else None
        )
        witness = plausible_witness(witness, self._standings, confirms)
        excess = Excess(
            witness,
            rule.cited_statement,
            refusing_statement(authorize(self._standings[1], witness)),
        )
        return Difference(point.cost, excess, statement)


def _least_suspect_cost(suspect_classes: Mapping[ActionClass, int]) -> int:
    """Return the least cost of a difference in these suspect classes, or 0 if there are
    none.
    """
    return min(suspect_classes.values(), default=0)
