"""Whether a statement matches a request: its action, resource, principal and conditions.

A `Clause` is a compiled statement. `CompiledPolicy.clauses_about(action)` finds the clauses
about an action in an index by service and name, and remembers them. So the cost of a
decision doesn't grow with statements about other things.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import Final, Literal, TypeAlias

from coffeeshop.policy import catalog
from coffeeshop.policy.language.arn import arn_glob, arn_segments
from coffeeshop.policy.language.conditions import Context, Test, condition_test
from coffeeshop.policy.language.patterns import (
    Predicate,
    glob,
    has_wildcard,
    is_everything,
    unescape_literal,
)
from coffeeshop.policy.language.principals import Naming, naming_test
from coffeeshop.policy.language.variables import (
    escape_variables,
    resolve_variables,
    variable_names,
)
from coffeeshop.policy.model import (
    PRESENT,
    Element,
    Layer,
    Matched,
    Policy,
    Request,
    Standing,
    Statement,
    Values,
)

VARIABLES_SINCE = "2012-10-17"
TAG_KEY = ":resourcetag/"  # in the keys of a resource's tags, in lower case
# Actions for which a policy caches its clauses. The catalogue has some 20,000.
_MAX_CACHED_ACTIONS = 4096


class PreparedRequest:
    """A request as the matchers need it: lower-case action and context keys, made when
    first needed.
    """

    __slots__ = ("_context", "action", "principal", "request", "resource", "standing")

    def __init__(self, standing: Standing, request: Request) -> None:
        self.standing = standing
        self.request = request
        self.action = request.action.lower()
        self.resource = request.resource
        self.principal = standing.principal
        self._context: Context | None = None

    @property
    def context(self) -> Context:
        """Return the context: the keys that the session fixes, overridden by the request's
        own.

        A key without values counts as absent. A key that is fixed as PRESENT, and that the
        request leaves open, has an empty value. The tags of a resource have the global key
        and the service's own.
        """
        if self._context is None:
            merged: dict[str, tuple[str, ...]] = {}
            for key, fixed in self.standing.fixed.items():
                if fixed:
                    merged[key.lower()] = ("",) if fixed is PRESENT else fixed
            for key, values in self.request.context.items():
                if values:
                    merged[key.lower()] = values
            if any(TAG_KEY in key for key in merged):
                merged |= self._other_spellings(merged)
            self._context = merged
        return self._context

    def _other_spellings(self, context: Context) -> dict[str, tuple[str, ...]]:
        """Return the resource tags in a context under their other spelling, where it lacks that."""
        service = self.action.partition(":")[0]
        spellings: dict[str, tuple[str, ...]] = {}
        for key in (key for key in context if TAG_KEY in key):
            if key.startswith("aws:"):
                spelling = catalog.own_spelling(service, key)
            elif key.startswith(f"{service}:"):
                spelling = catalog.global_spelling(key).lower()
            else:
                spelling = ""
            if spelling and spelling not in context:
                spellings[spelling] = context[key]
        return spellings


Check: TypeAlias = Callable[[PreparedRequest], bool]
Failing: TypeAlias = Literal["action", "resource", "principal", "condition"]


# ------------------------------------------------------------------- elements
def action_glob(pattern: str) -> Predicate:
    """Return a test of lower-case action names."""
    return glob(escape_variables(pattern.lower()))


def _match_any(tests: Iterable[Predicate]) -> Predicate:
    """Return a test that is true if any of the tests is."""
    several = tuple(tests)
    if len(several) == 1:
        return several[0]

    def matches(text: str) -> bool:
        for test in several:  # noqa: SIM110  # a generator costs more than most of these tests
            if test(text):
                return True
        return False

    return matches


def _match_none(test: Predicate) -> Predicate:
    """Return the opposite of a test."""
    return lambda text: not test(text)


def _resource_check(element: Element, variables: bool) -> Check | None:
    """Return the test of Resource or NotResource, or None for Resource `*`, which every request matches.

    Exact ARNs are looked up in a set. Patterns with variables are resolved for each request.
    """
    patterns = [escape_misplaced_variables(value, variables) for value in element.values]
    fixed = [pattern for pattern in patterns if not variable_names(pattern)]
    patterns_with_variables = [pattern for pattern in patterns if variable_names(pattern)]
    exact = frozenset(unescape_literal(value) for value in fixed if not has_wildcard(value))
    globs = tuple(arn_glob(value) for value in fixed if has_wildcard(value))
    negated = element.negated
    if any(map(is_everything, fixed)):
        if negated:
            return lambda prepared: False
        return None

    def check(prepared: PreparedRequest) -> bool:
        resource = prepared.resource
        is_match = resource in exact
        for test in globs:
            if is_match:
                break
            is_match = test(resource)
        return (
            is_match
            or (
                bool(patterns_with_variables)
                and _matches_resolved(patterns_with_variables, prepared)
            )
        ) is not negated

    return check


def escape_misplaced_variables(value: str, allows_variables: bool) -> str:
    """Return the pattern with `${…}` as plain text wherever a variable isn't allowed.

    Only the sixth segment of an ARN can hold variables, and only in version 2012-10-17.
    """
    if "${" not in value:
        return value
    *head, tail = arn_segments(value)
    if not allows_variables or len(head) < 5:
        return escape_variables(value)
    return ":".join((*(escape_variables(part) for part in head), tail))


def _matches_resolved(patterns: list[str], prepared: PreparedRequest) -> bool:
    """Return whether one of the patterns matches once its variables have their values."""
    resolved = (resolve_variables(pattern, prepared.context) for pattern in patterns)
    return any(
        pattern is not None and arn_glob(pattern)(prepared.resource) for pattern in resolved
    )


# ------------------------------------------------------------------- clauses
class Clause:
    """A compiled statement: a test for its action, resource, principal and conditions.

    An index finds clauses by action, so `matches_rest` leaves that test out. A test that
    every request passes is None.
    """

    __slots__ = (
        "_matched",
        "action",
        "allows",
        "conditions",
        "names",
        "policy",
        "resource",
        "statement",
    )

    def __init__(self, statement: Statement, policy: Policy) -> None:
        """Compile a statement. A test is None if the statement lacks the element, or if every request passes."""
        variables = policy.version >= VARIABLES_SINCE
        test = _match_any(map(action_glob, statement.actions.values))
        self.statement = statement
        self.policy = policy
        self.allows = statement.effect == "Allow"
        self.action: Predicate = _match_none(test) if statement.actions.negated else test
        if statement.resources is None:
            self.resource = None
        else:
            self.resource = _resource_check(statement.resources, variables)
        if statement.principals is None:
            self.names = None
        else:
            self.names = naming_test(statement.principals, statement.effect)
        self.conditions: tuple[Test, ...] = tuple(
            condition_test(condition, variables) for condition in statement.conditions
        )
        self._matched: Matched | None = None

    def matches_rest(self, prepared: PreparedRequest) -> bool:
        """Return whether the statement matches the request, given that its action does."""
        if self.resource is not None and not self.resource(prepared):
            return False
        if self.names is not None and not self.names(prepared.standing):
            return False
        if self.conditions:
            context = prepared.context
            for test in self.conditions:
                if not test(context):
                    return False
        return True

    def failing_elements(
        self, prepared: PreparedRequest, is_about_action: bool
    ) -> Iterator[Failing]:
        """Yield the elements that don't match the request. `is_about_action` says whether its action does."""
        if not is_about_action:
            yield "action"
        if self.resource is not None and not self.resource(prepared):
            yield "resource"
        if self.names is not None and not self.names(prepared.standing):
            yield "principal"
        if not all(test(prepared.context) for test in self.conditions):
            yield "condition"

    def naming_of(self, standing: Standing) -> Naming:
        """Return how closely the statement names the principal.

        A statement without a Principal element (in an identity policy) is about its holder.
        """
        if self.names is None:
            return Naming.VERY
        return self.names(standing)

    def cited_statement(self, layer: Layer) -> Matched:
        """Return the statement with its policy and layer, to cite in a decision.

        The last answer is kept, since one layer asks again and again.
        """
        if self._matched is None or self._matched.layer is not layer:
            self._matched = Matched(self.statement, self.policy, layer)
        return self._matched


DeniesAndAllows: TypeAlias = tuple[tuple[Clause, ...], tuple[Clause, ...]]  # denies, allows


class CompiledPolicy:
    """A policy's clauses with an index: by action if it has no wildcards, else by service,
    else by "".
    """

    __slots__ = (
        "_allowing",
        "_clauses",
        "_index",
        "_keys_read",
        "_lowered_keys",
        "_policy",
        "_remembered",
        "_values",
    )

    def __init__(self, policy: Policy) -> None:
        """Index the statements by their actions. A statement is compiled when it is first used."""
        self._policy = policy
        self._allowing: frozenset[str] | None = None
        self._keys_read: Values | None = None
        self._lowered_keys: Values | None = None
        self._values: int | None = None
        self._clauses: dict[int, Clause] = {}
        self._index: dict[str, list[int]] = {}
        self._remembered: dict[str, DeniesAndAllows] = {}
        for number, statement in enumerate(policy.statements):
            for key in _element_index_keys(statement.actions):
                self._index.setdefault(key, []).append(number)

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """Return all clauses, in the order of the document."""
        return tuple(map(self._compiled_clause, range(len(self._policy.statements))))

    def _compiled_clause(self, number: int) -> Clause:
        """Return the compiled statement of this number. Most statements are never used, so
        they wait.
        """
        clause = self._clauses.get(number)
        if clause is None:
            clause = self._clauses[number] = Clause(
                self._policy.statements[number], self._policy
            )
        return clause

    @property
    def allow_index_keys(self) -> frozenset[str]:
        """Return the index keys of the Allows. If an Allow is about an action, one of its
        keys is here.
        """
        if self._allowing is None:
            allows = (s.actions for s in self._policy.statements if s.effect == "Allow")
            self._allowing = frozenset(
                chain.from_iterable(map(_element_index_keys, allows))
            )
        return self._allowing

    @property
    def keys_read(self) -> Values:
        """Return the context keys that conditions and variables use, as written, each once."""
        if self._keys_read is None:
            read = (
                key
                for statement in self._policy.statements
                for key in _context_keys(statement)
            )
            self._keys_read = tuple(dict.fromkeys(read))
        return self._keys_read

    @property
    def lowered_keys(self) -> Values:
        """Return `keys_read` in lower case."""
        if self._lowered_keys is None:
            self._lowered_keys = tuple(map(str.lower, self.keys_read))
        return self._lowered_keys

    @property
    def value_count(self) -> int:
        """Return how many values the statements list."""
        if self._values is None:
            self._values = sum(map(_count_values, self._policy.statements))
        return self._values

    def clauses_about(self, action: str) -> DeniesAndAllows:
        """Return the Denies and the Allows about a lower-case action, in the order of the
        document.
        """
        clauses = self._remembered.get(action)
        if clauses is None:
            if len(self._remembered) >= _MAX_CACHED_ACTIONS:
                self._remembered.clear()
            clauses = self._remembered[action] = self._find_clauses(action)
        return clauses

    def _find_clauses(self, action: str) -> DeniesAndAllows:
        """Return the Denies and the Allows about an action, from the index (see `clauses_about`)."""
        numbers = {
            number for key in index_keys(action) for number in self._index.get(key, ())
        }
        clauses = [
            clause
            for clause in map(self._compiled_clause, sorted(numbers))
            if clause.action(action)
        ]
        denying = tuple(clause for clause in clauses if not clause.allows)
        allowing = tuple(clause for clause in clauses if clause.allows)
        return denying, allowing


def _context_keys(statement: Statement) -> Iterator[str]:
    """Yield the condition keys of a statement, also as global keys, and the keys of its
    policy variables.
    """
    if statement.resources:
        values = statement.resources.values
    else:
        values = ()
    for condition in statement.conditions:
        yield condition.key
        if spelling := catalog.global_spelling(condition.key):
            yield spelling
    for value in (
        *values,
        *(text for condition in statement.conditions for text in condition.values),
    ):
        yield from variable_names(value)


def _count_values(statement: Statement) -> int:
    """Return how many values a statement lists: actions, resources, principals and
    conditions.
    """
    if statement.principals:
        principals = statement.principals.entries
    else:
        principals = ()
    if statement.resources:
        resources = statement.resources.values
    else:
        resources = ()
    conditions = sum(len(condition.values) for condition in statement.conditions)
    return len(statement.actions.values) + len(resources) + len(principals) + conditions


def index_keys(action: str) -> tuple[str, str, str]:
    """Return the keys under which statements about a lower-case action are indexed: itself,
    its service, "" (any service).
    """
    return action, action.partition(":")[0], ""


def _element_index_keys(actions: Element) -> set[str]:
    """Return the index keys of Action or NotAction. NotAction can be about any action."""
    if actions.negated:
        return {""}
    return {_index_key(value.lower()) for value in actions.values}


def _index_key(action: str) -> str:
    """Return the index key of one action pattern: the action, else its service, else ""."""
    service = action.partition(":")[0]
    if not has_wildcard(action):
        return action
    if not has_wildcard(service):
        return service
    return ""


_COMPILED_ATTRIBUTE: Final = "_compiled"


def compiled_policy(policy: Policy) -> CompiledPolicy:
    """Return the compiled form of a policy, made once and kept in the policy's `__dict__`."""
    attributes: Mapping[str, object] = policy.__dict__
    form = attributes.get(_COMPILED_ATTRIBUTE)
    if isinstance(form, CompiledPolicy):
        return form
    fresh = CompiledPolicy(policy)
    policy.__dict__[_COMPILED_ATTRIBUTE] = fresh
    return fresh


CACHED_POLICIES: Final = 2048  # cached policies that the program made


@lru_cache(maxsize=CACHED_POLICIES)
def shared_policy(
    statements: tuple[Statement, ...], name: str = "", version: str = VARIABLES_SINCE
) -> Policy:
    """Return the policy with these statements: the same object for equal arguments.

    The program writes some policies again and again, such as the needs of a job. With one
    object, they are compiled once.
    """
    return Policy(statements, name=name, version=version)
