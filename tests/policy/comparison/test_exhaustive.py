"""Every pair of short patterns against every short text: what the comparison says is what counting says."""

from itertools import product
from random import Random  # noqa: TID251 -- a seed written here

import pytest

from coffeeshop.policy.comparison.compare import excesses
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.model import (
    Condition,
    Element,
    Excess,
    Policy,
    Request,
    Standing,
    Statement,
)
from tests.policy.definition import verdict

LETTERS = "a:/*?"
PATTERNS = [
    "".join(letters) for length in (1, 2, 3) for letters in product(LETTERS, repeat=length)
]
WORDS = [
    "".join(letters)
    for length in (1, 2, 3, 4)
    for letters in product("ab:/", repeat=length)
]
MEMBERS = [
    values
    for length in (1, 2, 3)
    for values in product("ab", repeat=length)
    if len({*values}) == len(values)
]
OPERATORS = ("StringEquals", "StringNotEquals", "StringLike", "StringEqualsIgnoreCase")
QUANTIFIERS = ("", "ForAllValues", "ForAnyValue")


def allowing(
    action: str = "s3:GetObject",
    resource: str = "*",
    conditions: tuple[Condition, ...] = (),
) -> Standing:
    return Standing.of(
        Policy(
            (
                Statement(
                    "Allow", Element((action,)), Element((resource,)), conditions=conditions
                ),
            )
        )
    )


def agrees(new: Standing, old: Standing, requests: list[Request]) -> bool:
    """Whether comparison and counting say the same; what is shown must be a request that shows it."""
    found = next(excesses(new, old, Domain.open_domain()), None)
    shown = any(
        verdict(new, asked) == "allowed" != verdict(old, asked) for asked in requests
    )
    if found is None:
        return not shown
    assert isinstance(found, Excess)
    return verdict(new, found.witness) == "allowed" != verdict(old, found.witness)


def some(number: int) -> list[tuple[str, str]]:
    dice = Random("pairs of patterns")
    return [(dice.choice(PATTERNS), dice.choice(PATTERNS)) for _ in range(number)]


def test_of_any_two_resource_patterns_the_difference_is_that_of_their_texts():
    for one, other in some(200):
        requests = [Request("s3:GetObject", f"arn:aws:s3:::{word}") for word in WORDS]
        new, old = (
            allowing(resource=f"arn:aws:s3:::{pattern}") for pattern in (one, other)
        )
        assert agrees(new, old, requests), (one, other)


def test_of_any_two_action_patterns_the_difference_is_that_of_their_names():
    requests = [
        Request(word, "x")
        for word in WORDS
        if word.count(":") == 1 and word[0] != ":" != word[-1]
    ]
    for one, other in some(200):
        assert agrees(allowing(action=one), allowing(action=other), requests), (one, other)


def test_of_any_two_text_conditions_the_difference_is_that_of_their_values():
    requests = [
        Request("s3:GetObject", "x", {"s3:prefix": (word,)}) for word in ("", *WORDS)
    ]
    for one, other in some(200):
        new, old = (
            allowing(conditions=(Condition("StringLike", "s3:prefix", (p,)),))
            for p in (one, other)
        )
        assert agrees(new, old, [*requests, Request("s3:GetObject", "x")]), (one, other)


def conditions_on_sets() -> list[tuple[Condition, ...]]:
    wanted = (("a",), ("a", "b"), ("?",), ("*",))
    plain = [
        Condition(operator, "aws:TagKeys", values, quantifier, if_exists)
        for operator, values, quantifier, if_exists in product(
            OPERATORS, wanted, QUANTIFIERS, (False, True)
        )
    ]
    there = Condition("Null", "aws:TagKeys", ("false",))
    return [*((one,) for one in plain), *((one, there) for one in plain)]


@pytest.mark.parametrize("seed", range(4))
def test_of_any_two_conditions_on_sets_the_difference_is_that_of_their_sets(seed: int):
    dice, choices = Random(seed), conditions_on_sets()
    requests = [Request("s3:GetObject", "x", {"aws:TagKeys": values}) for values in MEMBERS]
    for _ in range(150):
        one, other = dice.choice(choices), dice.choice(choices)
        new, old = allowing(conditions=one), allowing(conditions=other)
        assert agrees(new, old, [*requests, Request("s3:GetObject", "x")]), (one, other)
