"""Change how AWS reads one statement: its actions, resources, principals and conditions.

Each function is the rule of one misconception. The table describes it in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from msgspec import structs

from coffeeshop.lessons.misconceptions.question import (
    Question,
    Rule,
    rewrite_conditions,
    rewrite_statements,
    with_layers,
    with_request,
)
from coffeeshop.policy.catalog import find_action
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import (
    Condition,
    Layer,
    Principals,
    Statement,
)

BUCKET_ARN_PREFIX = "arn:aws:s3:::"
MFA_PRESENT = "aws:multifactorauthpresent"
TAG_KEYS = ("tag/", "tagkeys")
WITH_WILDCARDS = {
    "StringEquals": "StringLike",
    "StringNotEquals": "StringNotLike",
    "StringEqualsIgnoreCase": "StringLike",
}
IGNORING_CASE = {
    "StringEquals": "StringEqualsIgnoreCase",
    "StringNotEquals": "StringNotEqualsIgnoreCase",
}


# ------------------------------------------------------------------ actions and resources
def _rewriting_resources(change: Callable[[str], tuple[str, ...]]) -> Rule:
    """Return a rule that replaces each value of Resource and NotResource by several."""

    def rewrite_statement(statement: Statement, layer: Layer) -> Iterator[Statement]:
        element = statement.resources
        if element is None:
            yield statement
            return
        values = tuple(new for value in element.values for new in change(value))
        if values == element.values:
            yield statement
        else:
            yield replace(statement, resources=replace(element, values=values))

    return lambda question: rewrite_statements(question, rewrite_statement)


def _with_objects(value: str) -> tuple[str, ...]:
    """Return the ARN of a bucket with that of its objects."""
    if (
        value.startswith(BUCKET_ARN_PREFIX)
        and "/" not in value
        and value != f"{BUCKET_ARN_PREFIX}*"
    ):
        return value, f"{value}/*"
    return (value,)


def _with_bucket(value: str) -> tuple[str, ...]:
    """Return the ARN of objects with that of their bucket."""
    if value.startswith(BUCKET_ARN_PREFIX) and "/" in value:
        return value, value.partition("/")[0]
    return (value,)


bucket_covers_objects = _rewriting_resources(_with_objects)
objects_cover_bucket = _rewriting_resources(_with_bucket)


def call_name_is_action(question: Question) -> Question:
    """Ask for the action that has the call's own name, as people write it."""
    if question.act is None:
        return question
    call = question.act.call
    name = f"{call.service}:{call.operation}"
    if not question.request.action.startswith(f"{call.service}:"):
        return question

    def change(statement: Statement, layer: Layer) -> Iterator[Statement]:
        values = tuple(
            name if _is_short_name(value, name) else value
            for value in statement.actions.values
        )
        if values == statement.actions.values:
            yield statement
        else:
            yield replace(statement, actions=replace(statement.actions, values=values))

    return rewrite_statements(with_request(question, action=name), change)


def _is_short_name(value: str, name: str) -> bool:
    """Return whether a word that is no action of AWS's looks like the call's name: s3:ListObject."""
    if find_action(value) or "*" in value:
        return False
    service, _, word = value.partition(":")
    own_service, _, operation = name.partition(":")
    parts = re.findall("[A-Z][a-z0-9]*", word)
    return (
        service == own_service
        and bool(parts)
        and all(part.rstrip("s") in operation for part in parts)
    )


def not_action_denies(question: Question) -> Question:
    """Let an Allow with NotAction deny the actions that it names."""

    def change(statement: Statement, layer: Layer) -> Iterator[Statement]:
        yield statement
        if statement.effect == "Allow" and statement.actions.negated:
            named_actions = replace(statement.actions, negated=False)
            yield replace(statement, effect="Deny", actions=named_actions)

    return rewrite_statements(question, change)


def actions_match_case(question: Question) -> Question:
    """Drop the statements whose actions match the request's only if upper and lower case are ignored."""

    def change(statement: Statement, layer: Layer) -> Iterator[Statement]:
        if statement.actions.negated or any(
            glob(value)(question.request.action) for value in statement.actions.values
        ):
            yield statement

    return rewrite_statements(question, change)


def star_stops_at_slash(question: Question) -> Question:
    """Let a star at the end of an S3 ARN cover only the keys of one folder."""

    def change(statement: Statement, layer: Layer) -> Iterator[Statement]:
        element = statement.resources
        if element is None or element.negated:
            yield statement
            return
        values = tuple(
            value for value in element.values if not _spans_slash(value, question)
        )
        if values:
            yield replace(statement, resources=replace(element, values=values))

    return rewrite_statements(question, change)


def _spans_slash(value: str, question: Question) -> bool:
    """Return whether the last star of an object's ARN would have to stand for a slash."""
    if not value.startswith(BUCKET_ARN_PREFIX) or not value.endswith("/*"):
        return False
    rest = question.request.resource.removeprefix(value.removesuffix("*"))
    return question.request.resource.startswith(BUCKET_ARN_PREFIX) and "/" in rest


def version_is_decoration(question: Question) -> Question:
    """Fill in policy variables whatever the Version is."""
    layers = tuple(
        replace(
            layer,
            policies=tuple(
                policy
                if policy.version == "2012-10-17"
                else replace(policy, version="2012-10-17")
                for policy in layer.policies
            ),
        )
        for layer in question.standing.layers
    )
    return with_layers(question, layers)


def deny_allows_the_rest(question: Question) -> Question:
    """Let a Deny allow what it leaves out: other actions, other resources or other conditions."""

    def change(statement: Statement, layer: Layer) -> Iterator[Statement]:
        yield statement
        if statement.effect != "Deny":
            return
        resources = statement.resources
        if statement.actions.negated:
            actions = replace(statement.actions, negated=False)
            yield replace(statement, effect="Allow", actions=actions, conditions=())
        elif resources is not None and resources.negated:
            named_resources = replace(resources, negated=False)
            yield replace(
                statement, effect="Allow", resources=named_resources, conditions=()
            )
        elif statement.conditions:
            yield replace(statement, effect="Allow", conditions=())

    return rewrite_statements(question, change)


# ----------------------------------------------------------------------------- principals
def _rewriting_entries(change: Callable[[str, Question], tuple[str, ...]]) -> Rule:
    """Return a rule that replaces each principal of AWS's in an Allow. An entry without any is dropped."""

    def rule(question: Question) -> Question:
        def rewrite_statement(statement: Statement, layer: Layer) -> Iterator[Statement]:
            principals = statement.principals
            if statement.effect == "Deny" or principals is None or principals.negated:
                yield statement
                return
            entries = tuple(
                (type, new)
                for type, value in principals.entries
                for new in (change(value, question) if type == "AWS" else (value,))
            )
            if entries:
                yield replace(statement, principals=Principals(entries))

        return rewrite_statements(question, rewrite_statement)

    return rule


def _is_account(value: str) -> bool:
    """Return whether a principal is a whole account."""
    return value.endswith(":root") or value.isdigit()


def _only_root(value: str, question: Question) -> tuple[str, ...]:
    """Return the principal of an account only for its root user."""
    is_root = question.standing.principal.kind == "root"
    return () if _is_account(value) and not is_root else (value,)


def _everyone_in_account(value: str, question: Question) -> tuple[str, ...]:
    """Return the caller in place of an account that they are in."""
    principal = question.standing.principal
    if _is_account(value) and principal.account and principal.account in value:
        return value, principal.arn
    return (value,)


def _everyone_here(value: str, question: Question) -> tuple[str, ...]:
    """Return the star only for a caller from the account that owns the resource."""
    principal = question.standing.principal
    home = question.account.id if question.account else question.request.account
    is_here = bool(principal.account) and principal.account == (home or principal.account)
    return () if value == "*" and not is_here else (value,)


account_means_root_user = _rewriting_entries(_only_root)
account_lets_everyone_in = _rewriting_entries(_everyone_in_account)
star_means_own_account = _rewriting_entries(_everyone_here)


# ----------------------------------------------------------------------------- conditions
def _changing_operators(names: Mapping[str, str]) -> Rule:
    """Return a rule that replaces operators by others."""

    def change(condition: Condition, statement: Statement) -> Condition:
        return replace(
            condition, operator=names.get(condition.operator, condition.operator)
        )

    return lambda question: rewrite_conditions(question, change)


star_in_every_condition = _changing_operators(WITH_WILDCARDS)
case_is_ignored = _changing_operators(IGNORING_CASE)


def false_matches_missing(question: Question) -> Question:
    """Let Bool "false" match a missing key."""

    def change(condition: Condition, statement: Statement) -> Condition:
        is_false = condition.operator == "Bool" and condition.values == ("false",)
        return replace(condition, if_exists=True) if is_false else condition

    return rewrite_conditions(question, change)


def _deciding_missing(is_met: Callable[[Condition, Statement], bool | None]) -> Rule:
    """Return a rule that decides conditions on missing keys. None leaves one as it is."""

    def rule(question: Question) -> Question:
        context = question.prepared_request.context

        def change(statement: Statement, layer: Layer) -> Iterator[Statement]:
            kept_conditions: list[Condition] = []
            for condition in statement.conditions:
                is_missing = condition.key.lower() not in context
                verdict = is_met(condition, statement) if is_missing else None
                if verdict is False:
                    return
                if verdict is None:
                    kept_conditions.append(condition)
            if len(kept_conditions) == len(statement.conditions):
                yield statement
            else:
                yield replace(statement, conditions=tuple(kept_conditions))

        return rewrite_statements(question, change)

    return rule


def _as_intended(condition: Condition, statement: Statement) -> bool | None:
    """Return that an Allow doesn't apply without the key, and that a Deny does."""
    if condition.operator == "Null":
        return None
    return statement.effect == "Deny"


def _left_out(condition: Condition, statement: Statement) -> bool | None:
    """Return that an Allow asks for a key only of requests that have it."""
    if condition.operator == "Null" or statement.effect == "Deny":
        return None
    return True


def _needed_by_quantifier(condition: Condition, statement: Statement) -> bool | None:
    """Return that ForAllValues isn't met without the key."""
    return False if condition.quantifier == "ForAllValues" else None


key_is_always_there = _deciding_missing(_as_intended)
missing_key_is_left_out = _deciding_missing(_left_out)
all_values_need_key = _deciding_missing(_needed_by_quantifier)


def code_key_means_code(question: Question) -> Question:
    """Take the MFA key away from a session without a code, where AWS says "false"."""
    fixed = {
        key: None if key.lower() == MFA_PRESENT and values == ("false",) else values
        for key, values in question.standing.fixed.items()
    }
    return structs.replace(question, standing=replace(question.standing, fixed=fixed))


def any_condition_is_enough(question: Question) -> Question:
    """Let one condition of several be enough."""

    def change(statement: Statement, layer: Layer) -> Iterator[Statement]:
        if len(statement.conditions) < 2:
            yield statement
        for condition in statement.conditions if len(statement.conditions) > 1 else ():
            yield replace(statement, conditions=(condition,))

    return rewrite_statements(question, change)


def all_values_must_match(question: Question) -> Question:
    """Ask for each value of a condition at once."""

    def change(statement: Statement, layer: Layer) -> Iterator[Statement]:
        conditions = tuple(
            replace(condition, values=(value,))
            for condition in statement.conditions
            for value in condition.values
        )
        yield replace(statement, conditions=conditions)

    return rewrite_statements(question, change)


def tags_are_labels(question: Question) -> Question:
    """Leave out conditions about tags, and let a variable for a tag stand for any text."""
    without_tags = rewrite_conditions(
        question,
        lambda condition, _: (
            None if any(part in condition.key.lower() for part in TAG_KEYS) else condition
        ),
    )

    def fill(value: str) -> tuple[str, ...]:
        head, found_variable, rest = value.partition("${aws:PrincipalTag/")
        if not found_variable:
            return (value,)
        return (f"{head}*{rest.partition('}')[2]}",)

    changed = _rewriting_resources(fill)(without_tags)
    assert isinstance(changed, Question)
    return changed


def _with_literal_subjects(keeps_star: Callable[[str], bool]) -> Rule:
    """Return a rule that takes a star in a token's subject as a letter, where `keeps_star` is false."""

    def change(condition: Condition, statement: Statement) -> Condition:
        is_subject = condition.key.lower().endswith(":sub")
        if not is_subject or condition.operator != "StringLike":
            return condition
        values = tuple(
            value if keeps_star(value) else value.replace("*", "${*}")
            for value in condition.values
        )
        return replace(condition, values=values)

    return lambda question: rewrite_conditions(question, change)


# A star behind "repo:OWNER/NAME:" stands for any run of that repository.
_OF_ONE_REPOSITORY = re.compile(r"[a-z_]+:[^*:/]+/[^*:]+:.*")

token_is_our_own = _with_literal_subjects(
    lambda value: _OF_ONE_REPOSITORY.fullmatch(value) is not None
)
every_run_is_reviewed = _with_literal_subjects(lambda value: False)
