"""Does this statement speak of this request: its action, resource, principal and conditions, compiled once a policy.

A `Clause` is a compiled statement. `speaking(policy, action)` are the clauses that concern one action: found through an
index by service and name, and remembered, so the cost of a decision does not grow with statements about other things.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import IntEnum
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from coffeeshop.policy.arn import Predicate, arn_glob, glob, is_everything, literal, segments
from coffeeshop.policy.conditions import Context, Test, satisfied
from coffeeshop.policy.model import (
    PRESENT,
    Element,
    Layer,
    Matched,
    Policy,
    Principal,
    Principals,
    Request,
    Standing,
    Statement,
)
from coffeeshop.policy.variables import literally, names, resolve

VARIABLES_SINCE = "2012-10-17"
_REMEMBERED = 4096  # actions for which a policy remembers its clauses; a catalogue has some 20,000
_ACCOUNT = re.compile(r"arn:[^:]+:iam::(\d{12}):root")


class Naming(IntEnum):
    """How a resource policy names whoever asks, from not at all to exactly (rules 43 to 45 of the engine)."""

    NOT = 0
    ACCOUNT = 1  # ":root" or the account's number: only delegates
    OPEN = 2  # "*", the role of a session, the user of a federated session
    VERY = 3  # the user, the session, the service itself


class Asked:
    """A request as the matchers need it: the action folded, the context keys in lower case, made when first needed."""

    __slots__ = ("_context", "action", "principal", "request", "resource", "standing")

    def __init__(self, standing: Standing, request: Request) -> None:
        self.standing, self.request = standing, request
        self.action, self.resource, self.principal = request.action.lower(), request.resource, standing.principal
        self._context: Context | None = None

    @property
    def context(self) -> Context:
        """What the session fixes, and the request's own keys over it. A key that is there with no value is absent; one
        that is fixed as PRESENT, and that the request leaves open, holds an empty text."""
        if self._context is None:
            merged: dict[str, tuple[str, ...]] = {}
            for key, fixed in self.standing.fixed.items():
                if fixed:
                    merged[key.lower()] = ("",) if fixed is PRESENT else fixed
            for key, values in self.request.context.items():
                if values:
                    merged[key.lower()] = values
            self._context = merged
        return self._context


Check: TypeAlias = Callable[[Asked], bool]
Failing: TypeAlias = Literal["action", "resource", "principal", "condition"]


# ------------------------------------------------------------------ elements
def action_glob(pattern: str) -> Predicate:
    """A test of lower-cased action names."""
    return glob(literally(pattern.lower()))


def _any(tests: Iterable[Predicate]) -> Predicate:
    several = tuple(tests)
    return several[0] if len(several) == 1 else lambda text: any(test(text) for test in several)


def _none_of(hits: Predicate) -> Predicate:
    return lambda text: not hits(text)


def _resource(element: Element, variables: bool) -> Check | None:
    """None where the element says `*`, which is true of every request."""
    fixed = [settled(value, variables) for value in element.values if not (variables and _open(value))]
    dynamic = [settled(value, variables) for value in element.values if variables and _open(value)]
    exact = frozenset(literal(value) for value in fixed if not _wild(value))
    globs = tuple(arn_glob(value) for value in fixed if _wild(value))
    negated = element.negated
    if any(map(is_everything, fixed)):
        return (lambda asked: False) if negated else None

    def check(asked: Asked) -> bool:
        resource = asked.resource
        hit = resource in exact
        for test in globs:
            if hit:
                break
            hit = test(resource)
        return (hit or (bool(dynamic) and _resolves(dynamic, asked))) is not negated

    return check


def _wild(value: str) -> bool:
    return "*" in value or "?" in value


def _open(value: str) -> bool:
    """Whether a variable stands where one may: in the sixth segment (rule 33)."""
    parts = segments(value)
    return len(parts) == 6 and bool(names(parts[-1]))


def settled(value: str, variables: bool) -> str:
    """The pattern with `${…}` made literal wherever no variable may stand."""
    if "${" not in value:
        return value
    *head, tail = segments(value)
    if not variables or len(head) < 5:
        return literally(value)
    return ":".join((*(literally(part) for part in head), tail))


def _resolves(patterns: list[str], asked: Asked) -> bool:
    resolved = (resolve(pattern, asked.context) for pattern in patterns)
    return any(pattern is not None and arn_glob(pattern)(asked.resource) for pattern in resolved)


# ----------------------------------------------------------------- principals
@lru_cache(maxsize=1024)
def chain(principal: Principal) -> tuple[tuple[Naming, frozenset[tuple[str, str]]], ...]:
    """The names that whoever asks goes by (account, role of the session, their own), and how closely each names."""
    kind, very = principal.kind, {principal.arn, principal.id} - {""}
    account = {("AWS", principal.account)} if principal.account else frozenset[tuple[str, str]]()
    match kind:
        case "service":
            return ((Naming.VERY, frozenset(("Service", name) for name in very)),)
        case "anonymous":
            return ()
        case "root" | "account":
            return ((Naming.ACCOUNT, frozenset(account)),)
        case "user" | "role" | "federated":
            issuer, very = (
                {principal.role_arn, principal.role_id} - {""},
                very - {principal.role_arn, principal.role_id},
            )
            names = ((Naming.ACCOUNT, account), (Naming.OPEN, {("AWS", name) for name in issuer}))
            own = {(type_, name) for name in very for type_ in ("AWS", "Federated", "CanonicalUser")}
            return (
                *((naming, frozenset(entries)) for naming, entries in names if entries),
                (Naming.VERY, frozenset(own)),
            )


def _entries(principals: Principals) -> frozenset[tuple[str, str]]:
    """The entries with `arn:aws:iam::111122223333:root` and `111122223333` as one."""
    found = ((type_, value, _ACCOUNT.fullmatch(value)) for type_, value in principals.entries)
    return frozenset((type_, account[1] if account else value) for type_, value, account in found)


def naming(principals: Principals | None, effect: str = "Allow") -> Callable[[Principal], Naming]:
    """How a statement names a principal; a statement without principals (identity policies) names its holder.

    NotPrincipal leaves out, in an Allow, whoever it lists under any name; in a Deny only those whom it lists under
    every name they go by: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    if principals is None:
        return lambda principal: Naming.VERY
    entries = _entries(principals)
    if principals.negated:
        spares = all if effect == "Deny" else any
        everyone = ("AWS", "*") in entries

        def names_not(principal: Principal) -> Naming:
            names = chain(principal)
            spared = everyone or (bool(names) and spares(not entries.isdisjoint(listed) for _, listed in names))
            return Naming.NOT if spared else Naming.OPEN

        return names_not
    open_to_all = Naming.OPEN if ("AWS", "*") in entries else Naming.NOT

    def names_them(principal: Principal) -> Naming:
        return (
            max(
                (how for how, listed in chain(principal) if not entries.isdisjoint(listed)), default=Naming.NOT, key=int
            )
            or open_to_all
        )

    return names_them


# ------------------------------------------------------------------- clauses
class Clause:
    """A statement, compiled: four tests, of which the action's is asked through the index."""

    __slots__ = ("_matched", "action", "allows", "conditions", "names", "policy", "resource", "statement")

    def __init__(self, statement: Statement, policy: Policy) -> None:
        variables = policy.version >= VARIABLES_SINCE
        hits = _any(map(action_glob, statement.actions.values))
        self.statement, self.policy = statement, policy
        self.allows = statement.effect == "Allow"
        self.action: Predicate = _none_of(hits) if statement.actions.negated else hits
        self.resource = None if statement.resources is None else _resource(statement.resources, variables)
        self.names = None if statement.principals is None else naming(statement.principals, statement.effect)
        self.conditions: tuple[Test, ...] = tuple(satisfied(condition, variables) for condition in statement.conditions)
        self._matched: Matched | None = None

    def speaks(self, asked: Asked) -> bool:
        """Whether the rest of the statement is about this request, given that its action is."""
        if self.resource is not None and not self.resource(asked):
            return False
        if self.names is not None and not self.names(asked.principal):
            return False
        if self.conditions:
            context = asked.context
            for test in self.conditions:
                if not test(context):
                    return False
        return True

    def failing(self, asked: Asked, acts: bool) -> Iterator[Failing]:
        """The elements that are not about this request; `acts` says whether its action is."""
        if not acts:
            yield "action"
        if self.resource is not None and not self.resource(asked):
            yield "resource"
        if self.names is not None and not self.names(asked.principal):
            yield "principal"
        if not all(test(asked.context) for test in self.conditions):
            yield "condition"

    def naming(self, principal: Principal) -> Naming:
        """How closely the statement names whoever asks."""
        return Naming.VERY if self.names is None else self.names(principal)

    def matched(self, layer: Layer) -> Matched:
        """The statement where it stands; the last answer is kept, since one layer asks again and again."""
        if self._matched is None or self._matched.layer is not layer:
            self._matched = Matched(self.statement, self.policy, layer)
        return self._matched


Speaking: TypeAlias = tuple[tuple[Clause, ...], tuple[Clause, ...]]  # denies, allows


class Compiled:
    """A policy's clauses under an index: literal actions by name, patterns by service, and those that may be any."""

    __slots__ = ("_anywhere", "_by_name", "_by_service", "_remembered", "clauses")

    def __init__(self, policy: Policy) -> None:
        self.clauses = tuple(Clause(statement, policy) for statement in policy.statements)
        self._by_name: dict[str, list[int]] = {}
        self._by_service: dict[str, list[int]] = {}
        self._anywhere: list[int] = []
        self._remembered: dict[str, Speaking] = {}
        for number, clause in enumerate(self.clauses):
            for book, key in _index(clause.statement.actions):
                (self._anywhere if book is None else self._book(book).setdefault(key, [])).append(number)

    def _book(self, book: str) -> dict[str, list[int]]:
        return self._by_name if book == "name" else self._by_service

    def speaking(self, action: str) -> Speaking:
        """The denies and the allows that concern a lower-cased action, in the order of the document."""
        found = self._remembered.get(action)
        if found is None:
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            found = self._remembered[action] = self._find(action)
        return found

    def _find(self, action: str) -> Speaking:
        service = action.partition(":")[0]
        numbers = {*self._by_name.get(action, ()), *self._by_service.get(service, ()), *self._anywhere}
        clauses = [self.clauses[number] for number in sorted(numbers) if self.clauses[number].action(action)]
        return tuple(c for c in clauses if not c.allows), tuple(c for c in clauses if c.allows)


def _index(actions: Element) -> Iterable[tuple[str | None, str]]:
    """Where a statement stands in the index, once for each key."""
    if actions.negated:
        return ((None, ""),)
    keys: dict[tuple[str | None, str], None] = {}
    for value in map(str.lower, actions.values):
        service = value.partition(":")[0]
        literal_name, literal_service = not _wild(value), not _wild(service) and ":" in value
        keys[
            "name" if literal_name else "service" if literal_service else None,
            value if literal_name else service if literal_service else "",
        ] = None
    return keys


_COMPILED: Final = "_compiled"


def compiled(policy: Policy) -> Compiled:
    """The policy's compiled form, made once and kept in the instance (`Policy` has no slots for this reason)."""
    kept: Mapping[str, object] = policy.__dict__
    found = kept.get(_COMPILED)
    if isinstance(found, Compiled):
        return found
    fresh = Compiled(policy)
    policy.__dict__[_COMPILED] = fresh
    return fresh
