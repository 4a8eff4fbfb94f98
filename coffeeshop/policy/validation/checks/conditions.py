"""Checks of Condition: keys that are never there, operators that do not suit them, values that say nothing."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Final

from coffeeshop.policy import catalog
from coffeeshop.policy.language.conditions import (
    OPERATORS,
    Operator,
    condition_test,
    read_boolean,
)
from coffeeshop.policy.language.literal_predicates import network_shape
from coffeeshop.policy.language.patterns import has_wildcard
from coffeeshop.policy.language.printing import operator_text
from coffeeshop.policy.language.spelling import nearest_name
from coffeeshop.policy.model import Condition
from coffeeshop.policy.validation.checks.context import (
    CheckedStatement,
    Occurrence,
    is_all_stars,
    issue_at,
)

# Keys of type String whose values are ARNs, or the reverse: either family of operators reads them.
_INTERCHANGEABLE_TYPES: Final = ({"String", "ARN"}, {"Date", "Numeric"})
_MFA_PRESENT_KEY: Final = "aws:multifactorauthpresent"
_MFA_AGE_KEY: Final = "aws:multifactorauthage"
_OLDEST_AGES: Final = ("129601", "1000000000")  # seconds: older than any session
_VALUE_FORMS: Final = {
    "aws:sourcevpc": ("vpc-format", re.compile(r"vpc-[0-9a-f]{8}([0-9a-f]{9})?")),
    "kms:viaservice": (
        "via-service-format",
        re.compile(
            r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]+(-[a-z]+)+-\d+\.amazonaws\.com(\.cn)?"
        ),
    ),
    "aws:sourcevpce": ("vpce-format", re.compile(r"vpce-[0-9a-f]{8}([0-9a-f]{9})?")),
}
_PRIVATE_RANGES: Final = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "fc00::/7",
)
# Keys of identity providers, which the catalogue cannot list.
_CLAIM_KEY_PATTERN: Final = re.compile(r".*:(aud|amr|sub)")


# ------------------------------------------------------------------------ keys
def is_key(name: str) -> bool:
    """Return whether AWS has a condition key with this name, or an identity provider can
    claim it.
    """
    return catalog.find_condition_key(name) is not None or bool(
        _CLAIM_KEY_PATTERN.fullmatch(name)
    )


def check_keys(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield keys that AWS doesn't have, that lack a tag's name, or that these actions never
    carry.
    """
    for condition in checked.statement.conditions:
        key = condition.key
        path = checked.condition_path(condition)
        catalog_key = catalog.find_condition_key(key)
        if catalog_key:
            yield from _check_key_carried(checked, condition, catalog_key, path)
        elif catalog.find_condition_key(f"{key.rstrip('/')}/x"):
            yield issue_at("tag-key-missing", path, key=key)
        elif not _CLAIM_KEY_PATTERN.fullmatch(key):
            if key.lower().startswith("aws:"):
                code = "unknown-global-key"
            else:
                code = "unknown-key"
            namesake = _key_of_same_name(checked, key)
            yield issue_at(
                code,
                path,
                key=key,
                mend=f"did you mean `{namesake}`?" if namesake else _suggest_key(key),
            )


def _key_of_same_name(checked: CheckedStatement, wanted_key: str) -> str:
    """Return a key with the same name and another prefix that these actions carry, or ""."""
    word = wanted_key.partition(":")[2].lower()
    names = (
        name
        for value, _ in checked.actions_with_paths()
        for name in islice(catalog.expand_pattern(value), LOOKED_AT)
    )
    carried = (carried_key for name in names for carried_key in catalog.carried_keys(name))
    return next(
        (
            carried_key
            for carried_key in carried
            if carried_key.partition(":")[2].lower() == word
        ),
        "",
    )


LOOKED_AT = 20  # actions of a pattern


@lru_cache(maxsize=1024)
def _suggest_key(key: str) -> str:
    """Return a suggestion for an unknown key: similar in spelling, or containing the same
    word.
    """
    prefix, _, word = key.partition(":")
    names = catalog.key_names(prefix)
    squeezed = word.lower()
    suggestion = nearest_name(key, names, max(2, len(key) // 5)) or next(
        (name for name in names if squeezed and squeezed in name.lower()), ""
    )
    if suggestion:
        return f"did you mean `{suggestion}`?"
    return "look it up among the condition keys of the service"


def _check_key_carried(
    checked: CheckedStatement,
    condition: Condition,
    catalog_key: catalog.ConditionKey,
    path: str,
) -> Iterator[Occurrence]:
    """Yield a key that requests for some of the actions never carry."""
    if catalog.is_global(catalog_key) or checked.statement.actions.negated:
        return
    names = _spellings_carried(condition.key, catalog_key)
    without = [
        value
        for value, _ in checked.actions_with_paths()
        if not is_all_stars(value) and _never_carries_key(value, names)
    ]
    if without:
        yield issue_at(
            "key-not-carried",
            path,
            key=condition.key,
            actions=", ".join(f"`{value}`" for value in without),
        )


def _spellings_carried(key: str, catalog_key: catalog.ConditionKey) -> frozenset[str]:
    """Return the names under which the catalogue lists a key for actions.

    A service's own key for resource tags (`s3:ExistingObjectTag/…`) can be several templates there.
    Any other key has one name.
    """
    key_prefix = key.partition("/")[0].lower() + "/"
    if not catalog.global_spelling(key) or "/" not in key:
        return frozenset((catalog_key.name,))
    listed = catalog.key_names(key.partition(":")[0])
    return frozenset(name for name in listed if name.lower().startswith(key_prefix))


def _never_carries_key(action_pattern: str, key_names: frozenset[str]) -> bool:
    """Return whether no request for the matched actions carries any of these condition
    keys.

    A pattern that matches no action is another fault, so the result is False then.
    """
    matched_actions = catalog.expand_pattern(action_pattern)
    return bool(matched_actions) and not any(
        key_names & catalog.carried_keys(name) for name in matched_actions
    )


def is_carried_key(key: str, action: str) -> bool:
    """Return whether requests for an action can carry a condition key. True of a key that isn't in the catalog."""
    catalog_key = catalog.find_condition_key(key)
    if catalog_key is None or catalog.is_global(catalog_key):
        return True
    return not _never_carries_key(action, _spellings_carried(key, catalog_key))


# ------------------------------------------------------------------- operators
def check_operators(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield operators that don't suit their key's type, or its number of values."""
    for condition in checked.statement.conditions:
        row = OPERATORS[condition.operator]
        path = checked.condition_path(condition)
        catalog_key = catalog.find_condition_key(condition.key)
        if catalog_key and row.type != "Null":
            yield from _check_operator_type(row, condition, catalog_key, path)
            yield from _check_set_operator(checked, condition, catalog_key, path)


def _check_operator_type(
    row: Operator, condition: Condition, catalog_key: catalog.ConditionKey, path: str
) -> Iterator[Occurrence]:
    """Yield an operator of another type than its key, with the operators that suit it."""
    type_ = catalog_key.type.removeprefix("ArrayOf")
    if (
        row.type == type_
        or any({row.type, type_} <= pair for pair in _INTERCHANGEABLE_TYPES)
        or row.type == "Binary"
    ):
        return
    suited = sorted(
        name
        for name, operator in OPERATORS.items()
        if operator.type == type_ and not operator.negated
    )
    yield issue_at(
        "operator-for-type", path, operator=condition.operator, key=condition.key, wanted=row.type, type=type_,
        operators=", ".join(suited),
    )  # fmt: skip


def _check_set_operator(
    checked: CheckedStatement,
    condition: Condition,
    catalog_key: catalog.ConditionKey,
    path: str,
) -> Iterator[Occurrence]:
    """Yield a set operator on a key with one value, or a key with several values without
    one.
    """
    words = {"key": condition.key, "operator": operator_text(condition).rpartition(":")[2]}
    match catalog_key.is_multivalued, condition.quantifier:
        case True, "":
            yield issue_at("missing-qualifier", path, **words)
        case False, "ForAllValues":
            yield issue_at("qualifier-on-single", path, **words)
        case False, "ForAnyValue":
            yield issue_at("any-on-single", path, **words)
        case True, "ForAllValues" if checked.allows and not _checks_null(
            checked, condition.key
        ):
            yield issue_at("for-all-without-null", path, **words)
        case _:
            pass


def _checks_null(checked: CheckedStatement, key: str) -> bool:
    """Return whether a Null condition fails if the key is missing. Under ForAllValues it
    never does.
    """
    return any(
        condition.operator == "Null"
        and condition.key.lower() == key.lower()
        and not condition_test(condition)({})
        for condition in checked.statement.conditions
    )


def check_missing_keys(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield conditions that surprise if their key is missing.

    Requests with long-term access keys have no key about MFA. Calls by an AWS service for
    the user don't come from the user's address.
    """
    for condition in checked.statement.conditions:
        key = condition.key.lower()
        path = checked.condition_path(condition)
        if len(condition.values) == 1:
            value = read_boolean(condition.values[0])
        else:
            value = None
        if key == _MFA_PRESENT_KEY and condition.operator == "Bool":
            if value is False and not checked.allows and not condition.if_exists:
                yield issue_at("bool-in-deny", path, key=condition.key)
            if value is True and checked.allows and condition.if_exists:
                yield issue_at("if-exists-in-allow", path, key=condition.key)
        denies_other_addresses = (
            key == "aws:sourceip"
            and condition.operator == "NotIpAddress"
            and not checked.allows
        )
        if denies_other_addresses and not checked.has_condition_on(
            "aws:viaawsservice", "aws:principalisawsservice"
        ):
            yield issue_at("source-ip-in-deny", path)


def check_mfa_codes(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield an Allow that only lets in users who signed in without an MFA code.

    The conditions are tried together on requests with and without a code, however they are
    written.
    """
    mfa_conditions = [
        condition
        for condition in checked.statement.conditions
        if condition.key.lower() in (_MFA_PRESENT_KEY, _MFA_AGE_KEY)
    ]
    if not checked.allows or not mfa_conditions:
        return
    tests = [condition_test(condition) for condition in mfa_conditions]
    ages = {
        "0",
        "1",
        *_OLDEST_AGES,
        *(value for condition in mfa_conditions for value in condition.values),
    }
    contexts_with_code = [
        {_MFA_PRESENT_KEY: ("true",), _MFA_AGE_KEY: (age,)} for age in ages
    ]
    contexts_without_code = [{}, {_MFA_PRESENT_KEY: ("false",)}]

    def lets_in(context: dict[str, tuple[str, ...]]) -> bool:
        return all(test(context) for test in tests)

    if any(map(lets_in, contexts_without_code)) and not any(
        map(lets_in, contexts_with_code)
    ):
        yield issue_at("allow-without-code", checked.condition_path(mfa_conditions[0]))


# ---------------------------------------------------------------------- values
def check_values(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield values that are empty, repeated, or mean something else than they seem to."""
    for condition in checked.statement.conditions:
        row = OPERATORS[condition.operator]
        name = operator_text(condition)
        if row.type == "Bool" and {read_boolean(value) for value in condition.values} == {
            True,
            False,
        }:
            yield issue_at(
                "several-booleans",
                checked.condition_path(condition),
                operator=name,
                key=condition.key,
            )
        if not condition.values:
            yield issue_at(
                "empty-values",
                checked.condition_path(condition),
                operator=name,
                key=condition.key,
            )
        met: set[str] = set()
        for value, path in checked.values_with_paths(condition):
            if value in met:
                yield issue_at("redundant-value", path, value=value)
            met.add(value)
            yield from _check_value(row, condition, value, path)


def is_plain_wildcard(row: Operator, value: str) -> bool:
    """Return whether a value has a * or ? that its operator reads as a plain character."""
    value_without_escapes = value.replace("${*}", "").replace("${?}", "")
    return (
        row.type == "String"
        and "Like" not in row.name
        and has_wildcard(value_without_escapes)
    )


def _check_value(
    row: Operator, condition: Condition, value: str, path: str
) -> Iterator[Occurrence]:
    """Yield the issues of one value."""
    if is_plain_wildcard(row, value):
        if row.negated:
            mended_operator = "StringNotLike"
        else:
            mended_operator = "StringLike"
        yield issue_at(
            "wildcard-without-like",
            path,
            operator=row.name,
            value=value,
            mended=mended_operator,
        )
    elif (
        row.type == "ARN"
        and not is_all_stars(value)
        and not value.startswith(("arn:", "*", "${"))
    ):
        yield issue_at("not-an-arn", path, operator=row.name, value=value)
    elif row.type == "IPAddress":
        yield from _check_address(row, condition, value, path)
    elif (
        condition.key.lower() in _VALUE_FORMS
        and row.type == "String"
        and not has_wildcard(value)
        and "${" not in value
    ):
        code, form = _VALUE_FORMS[condition.key.lower()]
        if not form.fullmatch(value):
            yield issue_at(code, path, value=value)


def _check_address(
    row: Operator, condition: Condition, value: str, path: str
) -> Iterator[Occurrence]:
    """Yield a network that means more, or something else, than it seems to."""
    block = ipaddress.ip_network(value, strict=False)
    if "/" in value and block.network_address != ipaddress.ip_address(
        value.partition("/")[0]
    ):
        yield issue_at("host-bits", path, value=value, mended=block)
    if block.prefixlen == 0 and not row.negated:
        yield issue_at("whole-internet", path, value=value)
    elif condition.key.lower() == "aws:sourceip" and _is_private_block(block):
        yield issue_at("private-address", path, value=value)


def _is_private_block(block: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    """Return whether no address of a block is on the internet.

    Python's `is_private` also counts the documentation's addresses.
    """
    block_network = network_shape(block)
    homes = (network_shape(ipaddress.ip_network(home)) for home in _PRIVATE_RANGES)
    return any(
        home.version == block_network.version
        and home.first <= block_network.first
        and block_network.last <= home.last
        for home in homes
    )


CHECKS: Final = (
    check_keys,
    check_operators,
    check_missing_keys,
    check_mfa_codes,
    check_values,
)
