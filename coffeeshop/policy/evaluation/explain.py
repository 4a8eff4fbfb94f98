"""Why: what a decision means, as data and in words; computed when asked, from the decision, by the same matchers.

AWS's own words are those of https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, assert_never

from coffeeshop.policy import catalog
from coffeeshop.policy.evaluation.authorize import GRANTS, Heard, bearing, foreign, hear
from coffeeshop.policy.evaluation.match import Asked, Clause, Failing, compiled
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.language.principals import Naming
from coffeeshop.policy.language.printing import operator
from coffeeshop.policy.language.spelling import shared_start
from coffeeshop.policy.language.variables import names
from coffeeshop.policy.model import (
    Allowed,
    Condition,
    Decision,
    Element,
    ExplicitlyDenied,
    ImplicitlyDenied,
    Kind,
    Layer,
    Matched,
)

Missed: TypeAlias = Literal["action", "unknown-action", "resource", "principal", "condition", "unclear"]

LAYER: Final = {
    Kind.IDENTITY: "identity-based policy",
    Kind.RESOURCE: "resource-based policy",
    Kind.TRUST: "role trust policy",
    Kind.BOUNDARY: "permissions boundary",
    Kind.SESSION: "session policy",
    Kind.SCP: "service control policy",
    Kind.RCP: "resource control policy",
}


@dataclass(frozen=True, slots=True)
class NearestMiss:
    """The Allow in force of the request's service that fails on the fewest elements, the earliest of equals: on which
    element (the first of `failed` that fail), what the statement says there, what was asked, and what was probably meant,
    if anything. One that nobody understands ("unclear") says what is wrong in it. Where the element is a Not… form,
    `wrote` is what it leaves out.
    """

    matched: Matched
    element: Missed
    wrote: str
    asked: str
    suggestion: str
    failed: int

    @property
    def left_out(self) -> bool:
        """Tells whether the statement speaks of all but what was asked: by NotAction, NotResource or NotPrincipal."""
        statement = self.matched.statement
        elements = {
            "action": statement.actions,
            "resource": statement.resources,
            "principal": statement.principals,
        }
        element = elements.get(self.element)
        return element is not None and element.negated


def heard(decision: Decision) -> tuple[Heard, ...]:
    """Tells what each layer that bears on the request has to say: which statements deny in it, and which allow."""
    asked = Asked(decision.standing, decision.request)
    return tuple(hear(layer, asked) for layer in bearing(asked))


# --------------------------------------------------------------- nearest miss
def nearest(decision: Decision) -> NearestMiss | None:
    """Returns the statement that came nearest to allowing, of those that speak of the request's service; None where none
    does, and unless the denial is implicit.
    """
    if not isinstance(decision, ImplicitlyDenied):
        return None
    asked = Asked(decision.standing, decision.request)
    service = asked.action.partition(":")[0]
    best: tuple[Sequence[Failing], Clause, Layer] | None = None
    for layer, clause, failing in _misses(decision.silent, asked):
        if (best is None or len(failing) < len(best[0])) and _serves(clause, failing, service):
            best = failing, clause, layer
            if len(failing) == 1:
                break
    return best and _miss(best[0], best[1].matched(best[2]), asked)


def _serves(clause: Clause, failing: Sequence[Failing], service: str) -> bool:
    """Whether a statement speaks of a service: by a pattern of its actions, by a name that was meant for one, by leaving
    actions out, or in a way that nobody understands.
    """
    statement = clause.statement
    if "action" not in failing or statement.actions.negated or statement.unclear:
        return True
    return any(_is_of(text, service) for text in statement.actions.values)


def _is_of(action: str, service: str) -> bool:
    said, colon, _ = action.lower().partition(":")
    if not colon or glob(said)(service):
        return True
    return _is_unknown(action) and catalog.suggest(action).startswith(f"{service}:")


def _searched(silent: Kind, asked: Asked) -> Iterator[Layer]:
    """The layers in which an Allow would have helped: those of the silent kind, and in the resource's own account also
    the resource's policy where identity policies are silent."""
    beside = {Kind.RESOURCE} if silent is Kind.IDENTITY and not foreign(asked) else set[Kind]()
    for layer in bearing(asked):
        caps = layer.kind not in GRANTS  # where several SCP levels cap, only the silent ones are named
        if (layer.kind is silent or layer.kind in beside) and not (caps and hear(layer, asked).allows):
            yield layer


def _misses(silent: Kind, asked: Asked) -> Iterator[tuple[Layer, Clause, Sequence[Failing]]]:
    """The Allows that would have helped, and on which elements each fails."""
    for layer in _searched(silent, asked):
        least = Naming.ISSUER if layer.kind is Kind.RESOURCE and not foreign(asked) else Naming.ACCOUNT
        for policy in layer.policies:
            form = compiled(policy)
            concerned = frozenset(form.speaking(asked.action)[1])
            for clause in (each for each in form.clauses if each.allows):
                failing = tuple(clause.failing(asked, clause in concerned))
                if not failing and clause.naming(asked.standing) < least:
                    failing = ("principal",)  # names the account, which only delegates
                yield layer, clause, failing


def _miss(failing: Sequence[Failing], matched: Matched, asked: Asked) -> NearestMiss:
    statement, request, failed = matched.statement, asked.request, len(failing)
    if statement.unclear:
        return NearestMiss(matched, "unclear", statement.unclear, request.action, "", failed)
    first = failing[0]
    match first:
        case "action":
            element, wrote, meant = _action(statement.actions, request.action)
            return NearestMiss(matched, element, wrote, request.action, meant, failed)
        case "resource":
            resources = statement.resources or Element(())
            wrote = _nearest_value(resources, request.resource)
            meant = "" if resources.negated else _inside(wrote, request.resource)
            return NearestMiss(matched, "resource", wrote, request.resource, meant, failed)
        case "principal":
            entries = statement.principals.entries if statement.principals else ()
            wrote = _closest([value for _, value in entries], asked.principal.arn)
            return NearestMiss(matched, "principal", wrote, asked.principal.arn, "", failed)
        case "condition":
            condition = _first_failing(matched, asked)
            wrote = f"{operator(condition)} {condition.key} {_listed(condition.values)}"
            values = asked.context.get(condition.key.lower())
            return NearestMiss(
                matched, "condition", wrote, "absent" if values is None else _listed(values), "", failed
            )
        case _:
            assert_never(first)


def _listed(values: tuple[str, ...]) -> str:
    """Returns values as a sentence shows them; a text without a letter in its quotes, lest nothing be seen of it."""
    return ", ".join(value or "“”" for value in values)


def _action(actions: Element, asked: str) -> tuple[Missed, str, str]:
    """What the statement says of actions, nearest to what was asked; and the action it meant where that is none."""
    unknown = (
        {}
        if actions.negated
        else {text: catalog.suggest(text) for text in actions.values if _is_unknown(text)}
    )
    for text, suggestion in unknown.items():
        if suggestion.lower() == asked.lower():
            return "unknown-action", text, suggestion
    wrote = _nearest_value(actions, asked)
    return "unknown-action" if wrote in unknown else "action", wrote, unknown.get(wrote, "")


def _is_unknown(action: str) -> bool:
    return "*" not in action and "?" not in action and catalog.action(action) is None


def _nearest_value(element: Element, asked: str) -> str:
    """The value that begins most like what was asked; of a Not… form, the one by which it leaves that out."""
    names_it = (
        (value for value in element.values if glob(value.lower())(asked.lower())) if element.negated else ()
    )
    return next(iter(names_it), "") or _closest(element.values, asked)


def _closest(values: Iterable[str], asked: str) -> str:
    """The value that begins most like what was asked, without regard to case; the first of equals."""
    return max(values, key=lambda value: shared_start(value.lower(), asked.lower()), default="")


def _inside(wrote: str, asked: str) -> str:
    """The bucket where its objects were meant, or the objects where the bucket was."""
    if asked.startswith(f"{wrote}/"):
        return f"{wrote}/*"
    return asked if wrote == f"{asked}/*" else ""


def _first_failing(matched: Matched, asked: Asked) -> Condition:
    clause = next(
        clause for clause in compiled(matched.policy).clauses if clause.statement is matched.statement
    )
    tests = zip(matched.statement.conditions, clause.conditions, strict=True)
    return next(condition for condition, test in tests if not test(asked.context))


# --------------------------------------------------------------- missing keys
def missing_keys(decision: Decision, kinds: Container[Kind] = frozenset(Kind)) -> tuple[str, ...]:
    """Returns the context keys that the request lacks and that statements about its action and resource ask for, as
    written; only those of policies of these kinds.
    """
    asked = Asked(decision.standing, decision.request)
    lacking: dict[str, str] = {}
    for clause in _clauses(asked, kinds):
        for key in _keys(clause, asked):
            if key.lower() not in asked.context:
                lacking.setdefault(key.lower(), key)
    return tuple(lacking.values())


def _clauses(asked: Asked, kinds: Container[Kind]) -> Iterator[Clause]:
    """Every statement about the action, of the policies of these kinds that bear on the request."""
    for layer in bearing(asked):
        if layer.kind in kinds:
            for policy in layer.policies:
                denies, allows = compiled(policy).speaking(asked.action)
                yield from (*denies, *allows)


def _keys(clause: Clause, asked: Asked) -> Iterator[str]:
    resources = clause.statement.resources.values if clause.statement.resources else ()
    held = [name for value in resources for name in names(value)]
    if clause.resource is not None and not clause.resource(asked) and not held:
        return
    yield from held
    for condition in clause.statement.conditions:
        yield condition.key
        yield from (name for value in condition.values for name in names(value))


# ------------------------------------------------------------------ AWS's words
def message(decision: ExplicitlyDenied | ImplicitlyDenied, resource: str | None = None) -> str:
    """Returns AWS's AccessDenied text, exactly. `resource` is what the service prints there: by default the resource asked for,
    nothing where that is `*`; S3's is put in double quotes.
    """
    request = decision.request
    printed = (request.resource if request.resource != "*" else "") if resource is None else resource
    quoted = f'"{printed}"' if printed and request.action.lower().startswith("s3:") else printed
    head = f"User: {_user(decision)} is not authorized to perform: {request.action}"
    return " ".join(
        part for part in (head, f"on resource: {quoted}" if quoted else "", _because(decision)) if part
    )


def _user(decision: Decision) -> str:
    principal = decision.standing.principal
    return "anonymous" if principal.kind == "anonymous" else principal.arn


# What one may do to a role by its trust.
TAKING = {"sts:assumerole", "sts:tagsession", "sts:setsourceidentity"}


def _because(decision: ExplicitlyDenied | ImplicitlyDenied) -> str:
    """The clause about the policy type; none across accounts and for a silent RCP, nor for a role that nothing lets one
    take (seen; a Deny is named)."""
    asked = Asked(decision.standing, decision.request)
    if foreign(asked):
        return ""
    if isinstance(decision, ExplicitlyDenied):
        cited = decision.by[0]
        arn = f": {cited.policy.name}" if cited.policy.name.startswith("arn:") else ""
        return f"with an explicit deny in {_a(LAYER[cited.layer.kind])}{arn}"
    if decision.silent is Kind.RCP or asked.action in TAKING:
        return ""
    return f"because no {LAYER[decision.silent]} allows the {decision.request.action} action"


def _a(noun: str) -> str:
    """The noun with its article, as AWS's page writes it: a role has one trust policy."""
    if noun == LAYER[Kind.TRUST]:
        return f"the {noun}"
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


# -------------------------------------------------------------------- our words
def sentence(decision: Decision) -> str:
    """Returns a short sentence for a person: what decided, and for an implicit deny what came nearest."""
    action = decision.request.action
    match decision:
        case Allowed(by=()) if decision.standing.principal.kind == "root":
            return f"root asks for {action}: no policy needs to allow what root asks for"
        case Allowed(by=()):
            return f"{action} is allowed: no policy needs to allow it"
        case Allowed(by=by):
            return f"{label(by[0])} allows {action} there"
        case ExplicitlyDenied(by=by):
            cited = next((one for one in by if not one.statement.unclear), by[0])
            where, unclear = _a(LAYER[cited.layer.kind]), cited.statement.unclear
            if unclear:
                return f"{label(cited)} may deny {action} there: it is not understood ({unclear}), so it counts as a deny"
            return f"{label(cited)} denies {action} there, whatever else allows it (explicit deny in {where})"
        case ImplicitlyDenied(silent=Kind.IDENTITY):
            return _with_nearest(f"nothing allows {action} there (implicit deny)", decision)
        case ImplicitlyDenied(silent=silent):
            return _with_nearest(f"no {LAYER[silent]} allows {action} there (implicit deny)", decision)
        case _:
            assert_never(decision)


def label(matched: Matched) -> str:
    """Returns a statement by its Sid, else by its number, and its policy by what people call it: "statement Open of policy
    receipts"; a name of two words is no name ("the trust policy").
    """
    number = next(
        n for n, statement in enumerate(matched.policy.statements, 1) if statement is matched.statement
    )
    policy = matched.policy.called
    own = f"statement {matched.statement.sid or number}"
    return f"{own} of {'the' if ' ' in policy else 'policy'} {policy}" if policy else own


def _with_nearest(said: str, decision: ImplicitlyDenied) -> str:
    if miss := nearest(decision):
        return _ended(f"{said}. Closest: {label(miss.matched)} {_but(miss)}")
    asked = Asked(decision.standing, decision.request)
    if next(_misses(decision.silent, asked), None) is None:
        return _ended(said)
    service = asked.action.partition(":")[0]
    return _ended(f"{said}. No Allow of {_silent(decision.silent, asked)} speaks of {service}")


def _silent(kind: Kind, asked: Asked) -> str:
    """The policies that are silent: of one kind; where others of that kind allow it, on another level, by name."""
    searched = tuple(_searched(kind, asked))
    if all(layer in searched for layer in bearing(asked) if layer.kind is kind):
        return _a(LAYER[kind])
    called = dict.fromkeys(policy.called for layer in searched for policy in layer.policies)
    return f"policy {' or '.join(called)}"


def _ended(said: str) -> str:
    return said if said.endswith("?") else f"{said}."


def _but(miss: NearestMiss) -> str:
    wrote = f"all but {miss.wrote}" if miss.left_out else miss.wrote
    match miss.element:
        case "action":
            return f"allows {wrote}"
        case "unknown-action":
            return (
                f"says {miss.wrote}, which is no IAM action; did you mean {miss.suggestion}?"
                if miss.suggestion
                else f"says {miss.wrote}, which is no IAM action"
            )
        case "resource":
            return f"allows it on {wrote}, not on {miss.asked}"
        case "principal":
            return f"allows it to {wrote}"
        case "unclear":
            return f"is not understood ({miss.wrote}), so it allows nothing here"
        case "condition":
            return f"asks for {miss.wrote}, and the request has {'no such key' if miss.asked == 'absent' else miss.asked}"
        case _:
            assert_never(miss.element)
