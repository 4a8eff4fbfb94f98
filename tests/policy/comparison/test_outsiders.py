"""Outsiders in the typed domain: their account's identity grants nothing here unless a resource's policy lets them in."""

import pytest

from coffeeshop.policy.comparison.compare import excesses
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.model import (
    Element,
    Excess,
    Kind,
    Layer,
    Policy,
    Principal,
    Principals,
    Standing,
    Statement,
)

HERE, THERE = "111122223333", "444455556666"
SOMEONE = f"arn:aws:iam::{THERE}:user/someone"
BOOKS = "arn:aws:s3:::books"


def outsider(*named: str) -> Standing:
    """Somebody of another account, whose own account allows everything, in front of a bucket that names these."""
    own = Policy((Statement("Allow", Element(("*",)), Element(("*",))),), name="own")
    principals = Principals(tuple(("AWS", name) for name in named))
    bucket = Policy(
        (
            Statement(
                "Allow", Element(("s3:GetObject",)), Element((f"{BOOKS}/*",)), principals
            ),
        ),
        name="bucket",
    )
    layers = (
        Layer(Kind.IDENTITY, (own,)),
        Layer(Kind.RESOURCE, (bucket,) if named else (), BOOKS),
    )
    return Standing(Principal(SOMEONE, THERE, SOMEONE), layers)


@pytest.mark.parametrize("named", [f"arn:aws:iam::{THERE}:root", SOMEONE, "*"])
def test_a_bucket_that_names_an_outsider_lets_them_in_and_is_what_is_cited(named: str):
    found = [
        *excesses(outsider(named), Standing.of(), Domain.typed_domain((HERE,), (BOOKS,)))
    ]
    assert [
        (one.witness.action, one.by.policy.name) for one in found if isinstance(one, Excess)
    ] == [("s3:GetObject", "bucket")]
    assert len(found) == 1


def test_an_outsider_whom_nothing_names_is_let_in_nowhere():
    assert [
        *excesses(
            outsider(f"arn:aws:iam::{HERE}:root"),
            Standing.of(),
            Domain.typed_domain((HERE,), (BOOKS,)),
        )
    ] == []
