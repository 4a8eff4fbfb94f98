"""Why a request was decided as it was, as data and in words.

It is computed when asked, by the matchers that decided. AWS's own words are those of
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Final, assert_never

from coffeeshop.policy.evaluation.authorize import (
    LayerMatches,
    applicable_layers,
    is_cross_account,
    match_layer,
)
from coffeeshop.policy.evaluation.match import Clause, PreparedRequest, compiled_policy
from coffeeshop.policy.evaluation.nearest import NearDeny as NearDeny
from coffeeshop.policy.evaluation.nearest import NearestMiss as NearestMiss
from coffeeshop.policy.evaluation.nearest import helpful_allows, is_written, searched_layers
from coffeeshop.policy.evaluation.nearest import near_denies as near_denies
from coffeeshop.policy.evaluation.nearest import nearest_miss as nearest_miss
from coffeeshop.policy.language.conditions import read_instant
from coffeeshop.policy.language.variables import variable_names
from coffeeshop.policy.model import (
    BLOCK_PUBLIC_ACCESS,
    Allowed,
    Decision,
    ExplicitlyDenied,
    ImplicitlyDenied,
    Kind,
    Matched,
    Request,
)

LAYER_NAMES: Final = {
    Kind.IDENTITY: "identity-based policy",
    Kind.RESOURCE: "resource-based policy",
    Kind.TRUST: "role trust policy",
    Kind.BOUNDARY: "permissions boundary",
    Kind.SESSION: "session policy",
    Kind.SCP: "service control policy",
    Kind.RCP: "resource control policy",
}


def layer_matches(decision: Decision) -> tuple[LayerMatches, ...]:
    """Return, for each layer that applies to the request, the statements that match it."""
    prepared = PreparedRequest(decision.standing, decision.request)
    return tuple(match_layer(layer, prepared) for layer in applicable_layers(prepared))


# --------------------------------------------------------------- missing keys
def missing_keys(
    decision: Decision, kinds: Container[Kind] = frozenset(Kind)
) -> tuple[str, ...]:
    """Return the context keys that matching statements use and the request lacks, as
    written.

    A statement counts if it is about the request's action and resource, in a policy of
    these kinds.
    """
    present = PreparedRequest(decision.standing, decision.request).context
    return tuple(key for key in keys_in_use(decision, kinds) if key.lower() not in present)


def keys_in_use(
    decision: Decision, kinds: Container[Kind] = frozenset(Kind)
) -> tuple[str, ...]:
    """Return the context keys that statements about the request's action and resource use.

    Only policies of these kinds count. Keys are as written, each once.
    """
    prepared = PreparedRequest(decision.standing, decision.request)
    keys: dict[str, str] = {}
    for clause in _clauses_about_action(prepared, kinds):
        for key in _keys_of_clause(clause, prepared):
            keys.setdefault(key.lower(), key)
    return tuple(keys.values())


def _clauses_about_action(
    prepared: PreparedRequest, kinds: Container[Kind]
) -> Iterator[Clause]:
    """Yield every statement about the action, in written policies of these kinds that apply
    to the request.
    """
    for layer in applicable_layers(prepared):
        if layer.kind in kinds:
            for policy in filter(is_written, layer.policies):
                denies, allows = compiled_policy(policy).clauses_about(prepared.action)
                yield from (*denies, *allows)


def _keys_of_clause(clause: Clause, prepared: PreparedRequest) -> Iterator[str]:
    """Yield the context keys that a statement uses, unless it is clearly about another
    resource.

    A resource pattern with variables may still match, so it doesn't rule the statement out.
    """
    if clause.statement.resources:
        resources = clause.statement.resources.values
    else:
        resources = ()
    resource_variables = [name for value in resources for name in variable_names(value)]
    if (
        clause.resource is not None
        and not clause.resource(prepared)
        and not resource_variables
    ):
        return
    yield from resource_variables
    for condition in clause.statement.conditions:
        yield condition.key
        yield from (name for value in condition.values for name in variable_names(value))


# ------------------------------------------------------------------ AWS's words
def message(
    decision: ExplicitlyDenied | ImplicitlyDenied, resource: str | None = None
) -> str:
    """Return AWS's AccessDenied message, word for word.

    `resource` is what the service prints as the resource. By default it is the one that was
    requested, or nothing for `*`. S3 prints its resource in double quotes.
    """
    request = decision.request
    if resource is None:
        printed = "" if request.resource == "*" else request.resource
    else:
        printed = resource
    if printed and request.action.lower().startswith("s3:"):
        printed = f'"{printed}"'
    parts = [
        f"User: {_user_words(decision)} is not authorized to perform: {request.action}"
    ]
    if _hides_key(decision):
        return f"{parts[0]} {HIDDEN_KEY}"
    if printed:
        parts.append(f"on resource: {printed}")
    reason = _reason_clause(decision)
    if reason:
        parts.append(reason)
    return " ".join(parts)


# AWS's words for a KMS key of another account, whose policy it doesn't reveal.
# https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
HIDDEN_KEY = (
    "on this resource because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)


def is_about_keys(decision: Decision) -> bool:
    """Return whether a decision is about an action of KMS."""
    return decision.request.action.lower().startswith("kms:")


def _hides_key(decision: ExplicitlyDenied | ImplicitlyDenied) -> bool:
    """Return whether the key policy of a key in another account refuses: AWS gives no reason then."""
    prepared = PreparedRequest(decision.standing, decision.request)
    if not is_about_keys(decision) or not is_cross_account(prepared):
        return False
    if isinstance(decision, ExplicitlyDenied):
        return decision.by[0].layer.kind is Kind.RESOURCE
    return decision.silent is Kind.RESOURCE


def _user_words(decision: Decision) -> str:
    """Return how AWS's message names the principal: by ARN, or as "anonymous"."""
    principal = decision.standing.principal
    if principal.kind == "anonymous":
        return "anonymous"
    return principal.arn


# Actions on a role that its trust policy must allow.
ASSUME_ACTIONS = {"sts:assumerole", "sts:tagsession", "sts:setsourceidentity"}


def _reason_clause(decision: ExplicitlyDenied | ImplicitlyDenied) -> str:
    """Return the end of AWS's message, which names the kind of policy, or "" where AWS names none.

    AWS names no kind across accounts, for a silent RCP, and for an implicit deny of an action on a role that
    its trust policy should allow (observed). It does name an explicit deny of the latter.
    """
    prepared = PreparedRequest(decision.standing, decision.request)
    if is_cross_account(prepared) and not is_about_keys(decision):
        return ""
    if isinstance(decision, ExplicitlyDenied):
        cited = decision.by[0]
        if cited.policy.name.startswith("arn:"):
            arn = f": {cited.policy.name}"
        else:
            arn = ""
        return (
            f"with an explicit deny in {_with_article(LAYER_NAMES[cited.layer.kind])}{arn}"
        )
    if decision.silent is Kind.RCP or prepared.action in ASSUME_ACTIONS:
        return ""
    return f"because no {LAYER_NAMES[decision.silent]} allows the {decision.request.action} action"


def _with_article(noun: str) -> str:
    """Return the noun with its article, as AWS's page writes it. A role has one trust
    policy, so "the".
    """
    if noun == LAYER_NAMES[Kind.TRUST]:
        return f"the {noun}"
    if noun[0] in "aeiou":
        return f"an {noun}"
    return f"a {noun}"


# -------------------------------------------------------------------- our words
def root_reason(decision: Allowed) -> str:
    """Return why the root user is allowed something. A member account's is under service control policies.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
    """
    if any(layer.kind is Kind.SCP for layer in decision.standing.layers):
        return "service control policies allow it, and root needs no other policy"
    return "root needs no policy that allows it"


def explain_decision(
    decision: Decision, nearest: bool = True, names_action: bool = True
) -> str:
    """Return a short sentence about the decisive statement. For an implicit deny, add the nearest Allow.

    Without `nearest`, that Allow is left out. Without `names_action`, the request is "it", for a
    text that names it just before.
    """
    action = decision.request.action
    request_words = f"this {action} request" if names_action else "it"
    match decision:
        case Allowed(by=()) if decision.standing.principal.kind == "root":
            return f"root requests {action}: {root_reason(decision)}"
        case Allowed(by=()):
            allowed_words = f"{action} is allowed: " if names_action else ""
            return f"{allowed_words}no policy needs to allow it"
        case Allowed(by=by):
            return f"{statement_label(statement_to_cite(by))} allows {request_words}"
        case ExplicitlyDenied(by=by):
            cited = next((match for match in by if not match.statement.unclear), by[0])
            layer_words = _with_article(LAYER_NAMES[cited.layer.kind])
            unclear = cited.statement.unclear
            if cited.policy.name == BLOCK_PUBLIC_ACCESS:
                return f"{statement_label(cited)} denies {request_words} while the bucket policy is public"
            if unclear:
                return f"{statement_label(cited)} may deny {request_words}: it is not understood ({unclear}), so it counts as a deny"
            sentence = f"{statement_label(cited)} denies {request_words}, whatever else allows it (explicit deny in {layer_words})"
            until = _end_of_deny(by, decision.request)
            return (
                f"{sentence}; it doesn't apply to sessions that begin after {until}"
                if until
                else sentence
            )
        case ImplicitlyDenied(silent=Kind.IDENTITY):
            if is_cross_account(PreparedRequest(decision.standing, decision.request)):
                silent_side = (
                    f"no policy in the account {decision.standing.principal.account}"
                )
            else:
                silent_side = "nothing"
            sentence = f"{silent_side} allows {request_words} (implicit deny)"
            return _with_nearest_miss(sentence, decision) if nearest else sentence
        case ImplicitlyDenied(silent=silent):
            sentence = f"no {LAYER_NAMES[silent]} allows {request_words} (implicit deny)"
            return _with_nearest_miss(sentence, decision) if nearest else sentence
        case _:
            assert_never(decision)


def _end_of_deny(by: tuple[Matched, ...], request: Request) -> str:
    """Return the moment after which new sessions aren't denied by the one Deny of older ones. "": it has passed, or there is none.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
    """
    times = request.context.get("aws:CurrentTime", ())
    now = read_instant(times[0]) if times else None
    conditions = by[0].statement.conditions if len(by) == 1 else ()
    for condition in conditions:
        is_about_start = condition.key.lower() == "aws:tokenissuetime"
        if (
            is_about_start
            and condition.operator in EARLIER_OPERATORS
            and len(condition.values) == 1
        ):
            end = read_instant(condition.values[0])
            if now is not None and end is not None and end > now:
                return condition.values[0]
    return ""


def denied_sessions_phrase(decision: Decision) -> str:
    """Return which sessions a Deny of older ones refuses: " to sessions from before TIME". "": it is none, or the time has passed."""
    if not isinstance(decision, ExplicitlyDenied):
        return ""
    end = _end_of_deny(decision.by, decision.request)
    return f" to sessions from before {end}" if end else ""


EARLIER_OPERATORS = frozenset({"DateLessThan", "DateLessThanEquals"})


def statement_to_cite(by: tuple[Matched, ...]) -> Matched:
    """Return the allowing statement to cite: the first in a policy with a text, or else the first."""
    return next((matched for matched in by if is_written(matched.policy)), by[0])


def statement_label(matched: Matched) -> str:
    """Return a statement's Sid or number and its policy's name: "statement “Open” of policy
    “receipts”".

    A name with a space is a description, so it is used without "policy" and quotes: "of the trust
    policy". A description of policies that the learner can't see stands for the whole
    label. The Deny of Block Public Access is named as the setting that it stands for.
    """
    policy_name = matched.policy.display_name
    is_description = " " in policy_name
    if is_description and not is_written(matched.policy):
        return policy_name
    number = next(
        n
        for n, statement in enumerate(matched.policy.statements, 1)
        if statement is matched.statement
    )
    if policy_name == BLOCK_PUBLIC_ACCESS:
        return f"the setting {matched.statement.sid} of Block Public Access"
    sid = matched.statement.sid
    statement_words = f"statement “{sid}”" if sid else f"statement {number}"
    if not policy_name:
        return statement_words
    if is_description:
        return f"{statement_words} of the {policy_name}"
    return f"{statement_words} of policy “{policy_name}”"


def _with_nearest_miss(refusal: str, decision: ImplicitlyDenied) -> str:
    """Return the refusal and the nearest Allow.

    If none is near, add which policies have no Allow for the service.
    """
    if miss := nearest_miss(decision):
        return _with_full_stop(
            f"{refusal}. Closest Allow: {statement_label(miss.matched)} {_near_miss_words(miss)}"
        )
    prepared = PreparedRequest(decision.standing, decision.request)
    if next(helpful_allows(decision.silent, prepared), None) is None:
        return _with_full_stop(refusal)
    service = prepared.action.partition(":")[0]
    return _with_full_stop(
        f"{refusal}. No Allow in {_silent_policies(decision.silent, prepared)} names an action of {service}"
    )


def _silent_policies(kind: Kind, prepared: PreparedRequest) -> str:
    """Return the policies that don't allow: their kind, or their names if others of that
    kind allow it.

    Service control policies can allow on one level and be silent on another, so the level
    is named.
    """
    searched = tuple(searched_layers(kind, prepared))
    if all(
        layer in searched for layer in applicable_layers(prepared) if layer.kind is kind
    ):
        return _with_article(LAYER_NAMES[kind])
    names = dict.fromkeys(
        policy.display_name for layer in searched for policy in layer.policies
    )
    are_descriptions = any(" " in name for name in names)
    return f"{'the' if are_descriptions else 'policy'} {' or '.join(names)}"


def near_denies_to_show(decision: Decision, unwanted: bool) -> tuple[NearDeny, ...]:
    """Return the near Denies to mention with a decision.

    If the shop wants the request refused, these are the nearest few. Otherwise they are
    only those that miss by a slip, since the author probably meant them to match.
    """
    return tuple(near for near in near_denies(decision) if unwanted or near.is_slip)[
        :MOST_NEAR_DENIES
    ]


MOST_NEAR_DENIES: Final = 3  # near Denies that are told about one decision


def near_sentence(near: NearDeny) -> str:
    """Return why a Deny doesn't match a request that it almost matches.

    For example: "statement “RequireCode” of policy “Guard” would deny this, but the request has
    no aws:MultiFactorAuthPresent".
    """
    return f"{statement_label(near.matched)} would deny this, but {missed_elements(near)}"


def missed_elements(near: NearDeny) -> str:
    """Return the elements on which a Deny misses a request, to follow "but"."""
    return " and ".join(map(_describe_miss, near.misses))


def _describe_miss(miss: NearestMiss) -> str:
    """Return how a Deny misses the request on one element, to follow "but"."""
    match miss.element:
        case "condition" if miss.lacks_key:
            return f"the request has no {miss.key}"
        case "condition":
            return f"its condition requires {miss.wrote}, and the request has {miss.asked}"
        case "unknown-action":
            suggestion = f" (did you mean {miss.suggestion}?)" if miss.suggestion else ""
            return f"it says {miss.wrote}, which isn't an IAM action{suggestion}"
        case _ if miss.is_exclusion:
            return f"it leaves out {miss.wrote}"
        case "principal":
            return f"it is for {_list_values(miss)}, not for {miss.asked}"
        case _:
            return f"it is about {_list_values(miss)}, not about {miss.asked}"


def _list_values(miss: NearestMiss) -> str:
    """Return the values of the element that misses, the nearest first. Beyond LISTED_VALUES, only their number is given."""
    statement = miss.matched.statement
    if statement.principals:
        principals = tuple(value for _, value in statement.principals.entries)
    else:
        principals = ()
    if statement.resources:
        resources = statement.resources.values
    else:
        resources = ()
    values = {"principal": principals, "resource": resources}.get(
        miss.element, statement.actions.values
    )
    values_nearest_first = tuple(dict.fromkeys((miss.wrote, *values)))
    listed = values_nearest_first[:LISTED_VALUES]
    unlisted = len(values_nearest_first) - LISTED_VALUES
    rest = (f"{unlisted} more",) if unlisted > 0 else ()
    *first, last = (*listed, *rest)
    if first:
        return f"{', '.join(first)} and {last}"
    return last


LISTED_VALUES: Final = 3  # values of an element that a sentence lists


def _with_full_stop(text: str) -> str:
    """Return the text with a full stop, unless it ends with a question mark."""
    return text if text.endswith("?") else f"{text}."


def _near_miss_words(miss: NearestMiss) -> str:
    """Return how the nearest Allow misses the request, to follow the statement's label."""
    if miss.is_exclusion:
        wrote = f"all but {miss.wrote}"
    else:
        wrote = miss.wrote
    match miss.element:
        case "action":
            return f"allows {wrote}"
        case "unknown-action":
            if miss.suggestion:
                return f"says {miss.wrote}, which isn't an IAM action (did you mean {miss.suggestion}?)"
            return f"says {miss.wrote}, which isn't an IAM action"
        case "resource":
            return f"allows it on {wrote}, not on {miss.asked}"
        case "principal":
            return f"allows it to {wrote}"
        case "unclear":
            return f"is not understood ({miss.wrote}), so it allows nothing here"
        case "condition":
            request_words = "no such key" if miss.lacks_key else miss.asked
            return f"requires {miss.wrote}, and the request has {request_words}"
        case _:
            assert_never(miss.element)
