"""Checks of Condition: keys that are never there, operators that do not suit them, values that say nothing."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Final

from coffeeshop.policy import catalog
from coffeeshop.policy.language.conditions import OPERATORS, Operator, boolean, satisfied
from coffeeshop.policy.language.literal_predicates import network
from coffeeshop.policy.language.printing import operator
from coffeeshop.policy.language.spelling import nearest
from coffeeshop.policy.model import Condition
from coffeeshop.policy.validation.checks.context import Occurrence, Seen, found, stars, wild

# Keys of type String whose values are ARNs, or the reverse: either family of operators reads them.
_INTERCHANGEABLE: Final = ({"String", "ARN"}, {"Date", "Numeric"})
_MAYBE: Final = "aws:multifactorauthpresent"
_AGE: Final = "aws:multifactorauthage"
_OLD: Final = ("129601", "1000000000")  # seconds: older than any session
_FORMS: Final = {
    "aws:sourcevpc": ("vpc-format", re.compile(r"vpc-[0-9a-f]{8}([0-9a-f]{9})?")),
    "aws:sourcevpce": ("vpce-format", re.compile(r"vpce-[0-9a-f]{8}([0-9a-f]{9})?")),
}
_PRIVATE: Final = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "fc00::/7",
)
_CLAIM: Final = re.compile(
    r".*:(aud|amr|sub)"
)  # keys of identity providers, which the catalogue cannot list


# ------------------------------------------------------------------------ keys
def is_key(name: str) -> bool:
    """Tells whether some request may carry a key of that name, or somebody's whom a provider signed in."""
    return catalog.condition_key(name) is not None or bool(_CLAIM.fullmatch(name))


def keys(seen: Seen) -> Iterator[Occurrence]:
    """Yields keys that AWS does not have, that need a tag's name, or that no request for these actions carries."""
    for condition in seen.statement.conditions:
        key = condition.key
        path = seen.condition(condition)
        known = catalog.condition_key(key)
        if known:
            yield from _carried(seen, condition, known, path)
        elif catalog.condition_key(f"{key.rstrip('/')}/x"):
            yield found("tag-key-missing", path, key=key)
        elif not _CLAIM.fullmatch(key):
            if key.lower().startswith("aws:"):
                code = "unknown-global-key"
            else:
                code = "unknown-key"
            other = _namesake(seen, key)
            yield found(
                code,
                path,
                key=key,
                mend=f"did you mean `{other}`?" if other else _meant(key),
            )


def _namesake(seen: Seen, key: str) -> str:
    """The key that is called the same behind another prefix, and that requests for these actions carry."""
    word = key.partition(":")[2].lower()
    names = (
        name
        for value, _ in seen.actions()
        for name in islice(catalog.expand(value), LOOKED_AT)
    )
    carried = (known for name in names for known in catalog.carried(name))
    return next((known for known in carried if known.partition(":")[2].lower() == word), "")


LOOKED_AT = 20  # actions of a pattern


@lru_cache(maxsize=1024)
def _meant(key: str) -> str:
    """The key that was meant: near in spelling, or of the same words."""
    prefix, _, word = key.partition(":")
    names = catalog.condition_keys(prefix)
    squeezed = word.lower()
    meant = nearest(key, names, max(2, len(key) // 5)) or next(
        (name for name in names if squeezed and squeezed in name.lower()), ""
    )
    if meant:
        return f"did you mean `{meant}`?"
    return "look it up among the condition keys of the service"


def _carried(
    seen: Seen, condition: Condition, known: catalog.ConditionKey, path: str
) -> Iterator[Occurrence]:
    if catalog.is_global(known) or seen.statement.actions.negated:
        return
    without = [
        value
        for value, _ in seen.actions()
        if not stars(value) and _never(value, known.name)
    ]
    if without:
        yield found(
            "key-not-carried",
            path,
            key=condition.key,
            actions=", ".join(f"`{value}`" for value in without),
        )


def _never(value: str, key: str) -> bool:
    names = catalog.expand(value)
    return bool(names) and not any(key in catalog.carried(name) for name in names)


# ------------------------------------------------------------------- operators
def operators(seen: Seen) -> Iterator[Occurrence]:
    """Operators that do not suit the type of their key, and set operators that do not suit its number of values."""
    for condition in seen.statement.conditions:
        row = OPERATORS[condition.operator]
        path = seen.condition(condition)
        known = catalog.condition_key(condition.key)
        if known and row.type != "Null":
            yield from _type(row, condition, known, path)
            yield from _number(seen, condition, known, path)


def _type(
    row: Operator, condition: Condition, known: catalog.ConditionKey, path: str
) -> Iterator[Occurrence]:
    type_ = known.type.removeprefix("ArrayOf")
    if (
        row.type == type_
        or any({row.type, type_} <= pair for pair in _INTERCHANGEABLE)
        or row.type == "Binary"
    ):
        return
    suited = sorted(
        name
        for name, other in OPERATORS.items()
        if other.type == type_ and not other.negated
    )
    yield found(
        "operator-for-type", path, operator=condition.operator, key=condition.key, wanted=row.type, type=type_,
        operators=", ".join(suited),
    )  # fmt: skip


def _number(
    seen: Seen, condition: Condition, known: catalog.ConditionKey, path: str
) -> Iterator[Occurrence]:
    words = {"key": condition.key, "operator": operator(condition).rpartition(":")[2]}
    match known.multivalued, condition.quantifier:
        case True, "":
            yield found("missing-qualifier", path, **words)
        case False, "ForAllValues":
            yield found("qualifier-on-single", path, **words)
        case False, "ForAnyValue":
            yield found("any-on-single", path, **words)
        case True, "ForAllValues" if seen.allows and not _checks_null(seen, condition.key):
            yield found("for-all-without-null", path, **words)
        case _:
            pass


def _checks_null(seen: Seen, key: str) -> bool:
    """Whether a Null condition fails where the key is absent: not one under ForAllValues, which never does."""
    return any(
        condition.operator == "Null"
        and condition.key.lower() == key.lower()
        and not satisfied(condition)({})
        for condition in seen.statement.conditions
    )


def absences(seen: Seen) -> Iterator[Occurrence]:
    """Tells what happens where the key of a code is missing, as it is with long-term access keys; and calls by a
    service.
    """
    for condition in seen.statement.conditions:
        key = condition.key.lower()
        path = seen.condition(condition)
        if len(condition.values) == 1:
            value = boolean(condition.values[0])
        else:
            value = None
        if key == _MAYBE and condition.operator == "Bool":
            if value is False and not seen.allows and not condition.if_exists:
                yield found("bool-in-deny", path, key=condition.key)
            if value is True and seen.allows and condition.if_exists:
                yield found("if-exists-in-allow", path, key=condition.key)
        outside = (
            key == "aws:sourceip"
            and condition.operator == "NotIpAddress"
            and not seen.allows
        )
        if outside and not seen.asks("aws:viaawsservice", "aws:principalisawsservice"):
            yield found("source-ip-in-deny", path)


def codes(seen: Seen) -> Iterator[Occurrence]:
    """Yields an Allow that lets in those who gave no code at sign-in, and nobody who gave one, however that is put."""
    asking = [
        condition
        for condition in seen.statement.conditions
        if condition.key.lower() in (_MAYBE, _AGE)
    ]
    if not seen.allows or not asking:
        return
    tests = [satisfied(condition) for condition in asking]
    ages = {"0", "1", *_OLD, *(value for condition in asking for value in condition.values)}
    given = [{_MAYBE: ("true",), _AGE: (age,)} for age in ages]
    none_given = [{}, {_MAYBE: ("false",)}]

    def lets_in(context: dict[str, tuple[str, ...]]) -> bool:
        return all(test(context) for test in tests)

    if any(map(lets_in, none_given)) and not any(map(lets_in, given)):
        yield found("allow-without-code", seen.condition(asking[0]))


# ---------------------------------------------------------------------- values
def values(seen: Seen) -> Iterator[Occurrence]:
    """Yields values that say nothing, twice, or another thing than they seem to."""
    for condition in seen.statement.conditions:
        row = OPERATORS[condition.operator]
        name = operator(condition)
        if row.type == "Bool" and {boolean(value) for value in condition.values} == {
            True,
            False,
        }:
            yield found(
                "several-booleans",
                seen.condition(condition),
                operator=name,
                key=condition.key,
            )
        if not condition.values:
            yield found(
                "empty-values", seen.condition(condition), operator=name, key=condition.key
            )
        met: set[str] = set()
        for value, path in seen.values(condition):
            if value in met:
                yield found("redundant-value", path, value=value)
            met.add(value)
            yield from _value(row, condition, value, path)


def _value(
    row: Operator, condition: Condition, value: str, path: str
) -> Iterator[Occurrence]:
    plain = value.replace("${*}", "").replace("${?}", "")
    if row.type == "String" and "Like" not in row.name and wild(plain):
        like = "StringNotLike" if row.negated else "StringLike"
        yield found(
            "wildcard-without-like", path, operator=row.name, value=value, mended=like
        )
    elif (
        row.type == "ARN" and not stars(value) and not value.startswith(("arn:", "*", "${"))
    ):
        yield found("not-an-arn", path, operator=row.name, value=value)
    elif row.type == "IPAddress":
        yield from _address(row, condition, value, path)
    elif (
        condition.key.lower() in _FORMS
        and row.type == "String"
        and not wild(value)
        and "${" not in value
    ):
        code, form = _FORMS[condition.key.lower()]
        if not form.fullmatch(value):
            yield found(code, path, value=value)


def _address(
    row: Operator, condition: Condition, value: str, path: str
) -> Iterator[Occurrence]:
    block = ipaddress.ip_network(value, strict=False)
    if "/" in value and block.network_address != ipaddress.ip_address(
        value.partition("/")[0]
    ):
        yield found("host-bits", path, value=value, mended=block)
    if block.prefixlen == 0 and not row.negated:
        yield found("whole-internet", path, value=value)
    elif condition.key.lower() == "aws:sourceip" and _private(block):
        yield found("private-address", path, value=value)


def _private(block: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    """Whether no address of the block is one of the internet's. `is_private` also counts what documentation may use."""
    mine = network(block)
    homes = (network(ipaddress.ip_network(home)) for home in _PRIVATE)
    return any(
        home.version == mine.version and home.first <= mine.first and mine.last <= home.last
        for home in homes
    )


CHECKS: Final = (keys, operators, absences, codes, values)
