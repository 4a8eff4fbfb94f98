"""Near misses: the statements that almost match a request, and the elements on which they
miss it.

For a refused request it is the Allow that came nearest. For an allowed one it is the Denies
that miss it by an element or two: a `Bool` condition where the request has no such key, or
a bucket where its objects were meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, assert_never

from coffeeshop.policy import catalog
from coffeeshop.policy.evaluation.authorize import (
    GRANTING_KINDS,
    applicable_layers,
    is_cross_account,
    is_key_layer,
    match_layer,
)
from coffeeshop.policy.evaluation.match import (
    Clause,
    Failing,
    PreparedRequest,
    compiled_policy,
)
from coffeeshop.policy.evaluation.slips import (
    arn_in_other_form,
    bucket_or_objects,
    is_misspelt_value,
    is_same_name,
)
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.language.principals import Naming
from coffeeshop.policy.language.printing import operator_text
from coffeeshop.policy.language.spelling import shared_prefix_length
from coffeeshop.policy.model import (
    Allowed,
    Condition,
    Decision,
    Element,
    ImplicitlyDenied,
    Kind,
    Layer,
    Matched,
    Policy,
    Statement,
)

Missed: TypeAlias = Literal[
    "action", "unknown-action", "resource", "principal", "condition", "unclear"
]
ABSENT_KEY: Final = "absent"  # `asked` if the request does not have the key
# Keys of the principal or the resource: a condition on one selects requests, as Principal and Resource do.
SELECTING_KEYS: Final = re.compile(
    r"aws:(principal|resource|username$|userid$)|.*tag/|.*tagkeys$", re.IGNORECASE
)
MAX_MISMATCHES: Final = 2  # elements of a near Deny that don't match the request, at most


@dataclass(frozen=True, slots=True)
class NearestMiss:
    """A statement about the request's service, and an element on which it misses the request.

    `wrote` is the statement's value (in a Not… form, the value that excludes the request). `asked` is the request's value.
    `suggestion` is the probably intended value, or "". `failed` counts the elements that fail. `slip` tells that only the form is
    wrong, since the author seems to have meant this request. `key` is the condition's key. A statement that can't be read
    ("unclear") has the reason.
    """

    matched: Matched
    element: Missed
    wrote: str
    asked: str
    suggestion: str
    failed: int
    slip: bool = False
    key: str = ""

    @property
    def lacks_key(self) -> bool:
        """Return whether a condition uses a key that the request doesn't have."""
        return self.element == "condition" and self.asked == ABSENT_KEY

    @property
    def is_circumstance(self) -> bool:
        """Return whether the failing condition concerns when, from where or how a request is sent.

        A condition on its sender or its subject doesn't count.
        """
        return self.element == "condition" and not SELECTING_KEYS.match(self.key)

    @property
    def is_exclusion(self) -> bool:
        """Return whether NotAction, NotResource or NotPrincipal leaves the request out."""
        return _is_negated(self.matched.statement, self.element)


def _is_negated(statement: Statement, element: Missed) -> bool:
    """Return whether an element is in its Not… form."""
    elements = {
        "action": statement.actions,
        "resource": statement.resources,
        "principal": statement.principals,
    }
    element_value = elements.get(element)
    return element_value is not None and element_value.negated


@dataclass(frozen=True, slots=True)
class NearDeny:
    """A Deny that would refuse a request but for its `misses`: one for each failing
    element.
    """

    matched: Matched
    misses: tuple[NearestMiss, ...]

    @property
    def is_slip(self) -> bool:
        """Return whether the Deny was probably meant for the request: every element that
        misses it has only the wrong form.
        """
        return all(miss.slip for miss in self.misses)

    def would_refuse_both(self, near: Decision, other_decision: Decision) -> bool:
        """Return whether the Deny, fixed so that it refuses `near`, would refuse
        `other_decision` too.

        It would if its policy applies to the other request, and each element that misses
        the other also misses `near`, by the same value.
        """
        first, second = (
            PreparedRequest(decision.standing, decision.request)
            for decision in (near, other_decision)
        )
        same_policy = any(
            self.matched.policy in layer.policies for layer in applicable_layers(second)
        )
        return same_policy and all(
            element in self._common_misses(first, second)
            for element in _all_failing_elements(_compiled_clause(self.matched), second)
        )

    def _common_misses(
        self, first: PreparedRequest, second: PreparedRequest
    ) -> set[Failing | Condition]:
        """Return the elements on which the Deny misses the first request and the second has
        the same value.
        """
        missed = _all_failing_elements(_compiled_clause(self.matched), first)
        return {
            element
            for element in missed
            if _requested_value(element, first) == _requested_value(element, second)
        }


# ------------------------------------------------------------------ near denies
def near_denies(decision: Decision) -> tuple[NearDeny, ...]:
    """Return the Denies that an allowed request only just escapes, the nearest first.

    Those with the fewest failing elements are first, and among equals those that look like
    a slip of the pen. Permissions boundaries and policies that the program made are left
    out, because the learner can't fix them.
    """
    if not isinstance(decision, Allowed):
        return ()
    prepared = PreparedRequest(decision.standing, decision.request)
    denies = [
        near
        for layer in applicable_layers(prepared)
        for near in _near_denies_of_layer(layer, prepared)
    ]
    return tuple(sorted(denies, key=lambda near: (len(near.misses), not near.is_slip)))


def is_written(policy: Policy) -> bool:
    """Return whether the policy has a source text. A policy that the program made has none."""
    return bool(policy.text)


def _near_denies_of_layer(layer: Layer, prepared: PreparedRequest) -> Iterator[NearDeny]:
    """Yield the Denies of a layer of which at most MAX_MISMATCHES elements don't match the request."""
    for policy in (
        filter(is_written, layer.policies) if layer.kind is not Kind.BOUNDARY else ()
    ):
        for clause in compiled_policy(policy).clauses:
            if clause.allows or clause.statement.unclear:
                continue
            failing = _all_failing_elements(clause, prepared)
            if len(failing) <= MAX_MISMATCHES and _is_deny_about(clause, failing, prepared):
                matched = clause.cited_statement(layer)
                misses = (
                    _element_miss(element, matched, prepared, len(failing))
                    for element in failing
                )
                yield NearDeny(matched, tuple(misses))


def _is_deny_about(
    clause: Clause, failing: Sequence[Failing | Condition], prepared: PreparedRequest
) -> bool:
    """Return whether a Deny was probably meant for this request.

    Either its action matches, or everything else matches and it names an action of the same
    service.
    """
    if "action" not in failing:
        return True
    if len(failing) > 1:
        return False
    actions = clause.statement.actions
    service = prepared.action.partition(":")[0]
    return actions.negated or any(_is_action_of(text, service) for text in actions.values)


def _all_failing_elements(
    clause: Clause, prepared: PreparedRequest
) -> tuple[Failing | Condition, ...]:
    """Return the elements of a statement that don't match, with each failing condition by
    itself.
    """
    failing: list[Failing | Condition] = list(
        clause.failing_elements(prepared, clause.action(prepared.action))
    )
    return (
        *(element for element in failing if element != "condition"),
        *_failing_conditions(clause, prepared),
    )


def _failing_conditions(clause: Clause, prepared: PreparedRequest) -> Iterator[Condition]:
    """Yield the conditions that the request doesn't meet."""
    tests = zip(clause.statement.conditions, clause.conditions, strict=True)
    yield from (condition for condition, test in tests if not test(prepared.context))


def _requested_value(element: Failing | Condition, prepared: PreparedRequest) -> object:
    """Return the request's value for an element: the action, the resource, the principal, or a key's values."""
    if isinstance(element, Condition):
        return prepared.context.get(element.key.lower())
    return {"action": prepared.action, "resource": prepared.resource}.get(
        element, prepared.principal.principal_arn
    )


# ---------------------------------------------------------------- nearest allow
NO_MISS = 99  # more elements than a statement has


def nearest_miss(decision: Decision) -> NearestMiss | None:
    """Return the Allow that came nearest to an implicitly denied request, or None if there is none.

    The one with the fewest failing elements is the nearest, and among equals one that names the action.
    Only statements about the request's service count.
    """
    if not isinstance(decision, ImplicitlyDenied):
        return None
    prepared = PreparedRequest(decision.standing, decision.request)
    service = prepared.action.partition(":")[0]
    best: tuple[Sequence[Failing], Clause, Layer] | None = None
    best_rank = (NO_MISS, True)
    for layer, clause, failing in helpful_allows(decision.silent, prepared):
        rank = (len(failing), "action" in failing)
        if rank < best_rank and _concerns_service(clause, failing, service):
            best = failing, clause, layer
            best_rank = rank
            if rank == (1, False):
                break
    return best and _first_miss(best[0], best[1], best[2], prepared)


def _first_miss(
    failing: Sequence[Failing], clause: Clause, layer: Layer, prepared: PreparedRequest
) -> NearestMiss:
    """Return how a statement misses a request on the first element that fails."""
    matched = clause.cited_statement(layer)
    failed = len(failing)
    if clause.statement.unclear:
        unclear = clause.statement.unclear
        return NearestMiss(matched, "unclear", unclear, prepared.request.action, "", failed)
    if failing[0] == "condition":
        first = next(_failing_conditions(clause, prepared))
    else:
        first = failing[0]
    return _element_miss(first, matched, prepared, failed)


def _concerns_service(clause: Clause, failing: Sequence[Failing], service: str) -> bool:
    """Return whether a statement concerns a service.

    It does if its action matches, if an action pattern or a misspelt action is of that
    service, if it uses NotAction, or if we can't read it.
    """
    statement = clause.statement
    if "action" not in failing or statement.actions.negated or statement.unclear:
        return True
    return any(_is_action_of(text, service) for text in statement.actions.values)


def _is_action_of(action: str, service: str) -> bool:
    """Return whether an action pattern is of a service, or is misspelt and meant for it."""
    prefix, colon, _ = action.lower().partition(":")
    if not colon or glob(prefix)(service):
        return True
    return _is_unknown(action) and catalog.suggest_action(action).startswith(f"{service}:")


def searched_layers(silent: Kind, prepared: PreparedRequest) -> Iterator[Layer]:
    """Yield the layers in which an Allow would have helped.

    These are the layers of the silent kind. Where identity policies are silent and the
    resource is in the principal's account, they include the resource's policy. Of several
    levels of SCPs, only the silent ones count.
    """
    if silent is Kind.IDENTITY and not is_cross_account(prepared):
        also_granting = {Kind.RESOURCE}
    else:
        also_granting = set[Kind]()
    for layer in applicable_layers(prepared):
        # Where several SCP levels cap, only the silent ones are named.
        caps = layer.kind not in GRANTING_KINDS
        if (layer.kind is silent or layer.kind in also_granting) and not (
            caps and match_layer(layer, prepared).allows
        ):
            yield layer


def helpful_allows(
    silent: Kind, prepared: PreparedRequest
) -> Iterator[tuple[Layer, Clause, Sequence[Failing]]]:
    """Yield the Allows that would have helped, each with its layer and the elements on which it misses the request.

    `silent` is the kind of layer without a matching Allow.
    """
    for layer in searched_layers(silent, prepared):
        if layer.kind is Kind.RESOURCE and not is_cross_account(prepared):
            least = Naming.ISSUER
        else:
            least = Naming.ACCOUNT
        for policy in layer.policies:
            form = compiled_policy(policy)
            concerning_service = frozenset(form.clauses_about(prepared.action)[1])
            for clause in (match for match in form.clauses if match.allows):
                failing = tuple(
                    clause.failing_elements(prepared, clause in concerning_service)
                )
                if not failing and clause.naming_of(prepared.standing) < least:
                    if is_key_layer(layer):
                        continue  # a key policy that delegates did all that it should
                    failing = ("principal",)  # names the account, which only delegates
                yield layer, clause, failing


def _element_miss(
    failing: Failing | Condition, matched: Matched, prepared: PreparedRequest, failed: int
) -> NearestMiss:
    """Return how a statement misses a request on one element."""
    match failing:
        case Condition():
            return _condition_miss(failing, matched, prepared, failed)
        case "action":
            return _action_miss(matched, prepared.request.action, failed)
        case "resource":
            return _resource_miss(matched, prepared.request.resource, failed)
        case "principal":
            return _principal_miss(matched, prepared.principal.arn, failed)
        case "condition":
            raise ValueError("conditions miss one by one")
        case _:
            assert_never(failing)


def _condition_miss(
    condition: Condition, matched: Matched, prepared: PreparedRequest, failed: int
) -> NearestMiss:
    """Return how a condition misses: its key has other values in the request, or is missing there.

    It is a slip if the value is misspelt, or if the author probably forgot requests without the key.
    `failed` counts the statement's elements that miss.
    """
    values = prepared.context.get(condition.key.lower())
    if values is None:
        values_words = ABSENT_KEY
        slip = _is_forgotten(condition)
    else:
        values_words = _join_values(values)
        slip = is_misspelt_value(condition, values)
    wanted = _join_values(condition.values)
    wrote = f"{operator_text(condition)} {condition.key} {wanted}"
    key = condition.key
    return NearestMiss(matched, "condition", wrote, values_words, "", failed, slip, key)


def _action_miss(matched: Matched, action: str, failed: int) -> NearestMiss:
    """Return how Action or NotAction misses the requested action.

    It is a slip if the statement misspells the requested action. `failed` counts the statement's
    elements that miss.
    """
    element, wrote, suggestion = _nearest_action(matched.statement.actions, action)
    slip = suggestion.lower() == action.lower()
    return NearestMiss(matched, element, wrote, action, suggestion, failed, slip)


def _resource_miss(matched: Matched, resource: str, failed: int) -> NearestMiss:
    """Return how Resource or NotResource misses the requested resource.

    It is a slip if a value of Resource means the requested resource in another form, such as the
    bucket instead of its objects (`arn_in_other_form`). A NotResource that names the resource is
    never a slip. `failed` counts the statement's elements that miss.
    """
    resources = matched.statement.resources or Element(())
    if resources.negated:
        wrote = _nearest_value(resources, resource)
        return NearestMiss(matched, "resource", wrote, resource, "", failed, slip=False)
    other_form = arn_in_other_form(resources, resource)
    wrote = other_form or _nearest_value(resources, resource)
    suggestion = bucket_or_objects(wrote, resource)
    slip = bool(other_form)
    return NearestMiss(matched, "resource", wrote, resource, suggestion, failed, slip)


def _principal_miss(matched: Matched, principal_arn: str, failed: int) -> NearestMiss:
    """Return how Principal or NotPrincipal misses the principal.

    It is a slip if Principal has another ARN with the same name (`is_same_name`). `failed` counts the
    statement's elements that miss.
    """
    principals = matched.statement.principals
    entries = principals.entries if principals else ()
    wrote = _most_alike([value for _, value in entries], principal_arn)
    negated = principals is not None and principals.negated
    slip = not negated and is_same_name(wrote, principal_arn)
    return NearestMiss(matched, "principal", wrote, principal_arn, "", failed, slip)


def _is_forgotten(condition: Condition) -> bool:
    """Return whether the author probably forgot requests that don't have the condition's key.

    That is likely if the key concerns when or from where a request is sent, rather than its sender or its purpose, and if the
    condition doesn't test whether the key is present.
    """
    return condition.operator != "Null" and not SELECTING_KEYS.match(condition.key)


def _join_values(values: tuple[str, ...]) -> str:
    """Return values joined with commas. An empty value becomes empty quotes, so that it is visible."""
    return ", ".join(value or "“”" for value in values)


def _nearest_action(actions: Element, action: str) -> tuple[Missed, str, str]:
    """Return the kind of miss, the statement's nearest action, and the suggestion if it
    doesn't exist.
    """
    if actions.negated:
        unknown = {}
    else:
        unknown = {
            text: catalog.suggest_action(text)
            for text in actions.values
            if _is_unknown(text)
        }
    for text, suggestion in unknown.items():
        if suggestion.lower() == action.lower():
            return "unknown-action", text, suggestion
    wrote = _nearest_value(actions, action)
    return "unknown-action" if wrote in unknown else "action", wrote, unknown.get(wrote, "")


def _is_unknown(action: str) -> bool:
    """Return whether an action without wildcards doesn't exist."""
    return "*" not in action and "?" not in action and catalog.find_action(action) is None


def _nearest_value(element: Element, requested: str) -> str:
    """Return the value of an element that is most like the requested one.

    For a Not… form it is the value that leaves the request out.
    """
    if element.negated:
        names_it = (
            value for value in element.values if glob(value.lower())(requested.lower())
        )
    else:
        names_it = ()
    return next(iter(names_it), "") or _most_alike(element.values, requested)


def _most_alike(values: Iterable[str], requested: str) -> str:
    """Return the value that shares the longest beginning with the requested one, in any
    case.
    """
    return max(
        values,
        key=lambda value: shared_prefix_length(value.lower(), requested.lower()),
        default="",
    )


def _compiled_clause(matched: Matched) -> Clause:
    """Return the compiled form of a cited statement."""
    clauses = compiled_policy(matched.policy).clauses
    return next(clause for clause in clauses if clause.statement is matched.statement)
