"""What callers say in a request of their own accord: a boundary and a tag, never the time or their MFA code."""

from __future__ import annotations

from typing import Literal

import pytest

from coffeeshop.policy.model import Condition, Element, Policy, Standing, Statement
from coffeeshop.shop.chosen_contexts import NO_CHOSEN_VALUES, chosen_contexts

BOUNDARY = "arn:aws:iam::111122223333:policy/Staff"


def asking(*conditions: Condition, effect: Literal["Allow", "Deny"] = "Allow") -> Standing:
    return Standing.of(
        Policy(
            (Statement(effect, Element(("*",)), Element(("*",)), conditions=conditions),)
        )
    )


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (
            Condition("ArnLike", "iam:PermissionsBoundary", (BOUNDARY,)),
            {"iam:PermissionsBoundary": (BOUNDARY,)},
        ),
        (Condition("StringLike", "s3:prefix", ("casey/*",)), {"s3:prefix": ("casey/x",)}),
        (
            Condition("StringEquals", "aws:RequestTag/team", ("bar",)),
            {"aws:RequestTag/team": ("bar",), "aws:TagKeys": ("team",)},
        ),
    ],
)
def test_a_caller_says_what_a_condition_on_the_request_asks_for(
    condition: Condition, said: dict[str, tuple[str, ...]]
):
    assert [chosen.context for chosen in chosen_contexts(asking(condition))] == [said]


@pytest.mark.parametrize(
    "condition",
    [
        Condition("Bool", "aws:MultiFactorAuthPresent", ("true",)),
        Condition("DateGreaterThan", "aws:CurrentTime", ("2030-01-01T00:00:00Z",)),
        Condition("StringEquals", "aws:PrincipalTag/team", ("bar",)),
        Condition("StringEquals", "aws:ResourceTag/team", ("bar",)),
        Condition("StringNotEquals", "s3:prefix", ("casey/",)),
    ],
)
def test_what_is_not_the_callers_to_choose_is_never_said(condition: Condition):
    assert not chosen_contexts(asking(condition))


def test_a_caller_says_what_a_deny_of_everything_else_exempts():
    denied = Condition("StringNotEquals", "iam:PermissionsBoundary", (BOUNDARY,))
    contexts = chosen_contexts(asking(denied, effect="Deny"))
    assert [chosen.context for chosen in contexts] == [
        {"iam:PermissionsBoundary": (BOUNDARY,)}
    ]


def test_a_caller_never_says_what_a_deny_names():
    denied = Condition("StringEquals", "iam:PermissionsBoundary", (BOUNDARY,))
    assert not chosen_contexts(asking(denied, effect="Deny"))


def test_a_key_is_said_only_to_actions_that_carry_it():
    (chosen,) = chosen_contexts(
        asking(Condition("StringEquals", "iam:PermissionsBoundary", (BOUNDARY,)))
    )
    assert chosen.fits("iam:CreateUser")
    assert not chosen.fits("iam:GetUser")
    assert NO_CHOSEN_VALUES.fits("iam:GetUser")
