"""Who a caller is, as the keys of their requests tell it."""

from __future__ import annotations

import pytest

from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.model import Outsider
from coffeeshop.policy.model import Standing
from tests.account.shop import AT, Shop


@pytest.mark.parametrize(
    ("name", "type"),
    [
        ("role/Courier", "AssumedRole"),
        ("user/kim", "User"),
        ("federated-user/kim", "FederatedUser"),
    ],
)
def test_somebody_of_another_account_is_of_the_type_that_their_arn_says(
    name: str, type: str
):
    found = build_standing(
        Shop().account, Outsider(f"arn:aws:iam::444455556666:{name}"), AT
    )
    assert isinstance(found, Standing)
    assert found.fixed["aws:PrincipalType"] == (type,)
