"""The roles that trust somebody are those whose trust, read alone, names them; others are never among the looked up."""

from shlex import quote

import pytest

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.access.trust import roles_trusting
from coffeeshop.account.model import Caller, Outsider
from coffeeshop.policy.evaluation.match import compiled_policy
from coffeeshop.policy.model import Standing
from tests.account.shop import ID, Shop, trust, user

TRUSTS = {
    "account": trust(f"arn:aws:iam::{ID}:root"),
    "anybody": trust("*"),
    "both": trust(user("casey"), user("robin")),
    "casey": trust(user("casey")),
    "elsewhere": trust("arn:aws:iam::444455556666:root"),
    "lambda": trust(service="lambda.amazonaws.com"),
    "number": trust(ID),
    "robin": trust(user("robin")),
}


@pytest.fixture(scope="module")
def shop() -> Shop:
    shop = Shop()
    for name in ("casey", "robin"):
        shop(f"iam create-user --user-name {name}")
        shop(f"iam create-access-key --user-name {name}")
    for name, text in TRUSTS.items():
        shop(
            f"iam create-role --role-name {name} --assume-role-policy-document {quote(text)}"
        )
    return shop


def names(shop: Shop, caller: Caller) -> tuple[list[str], list[str]]:
    who = build_standing(shop.account, caller, shop.at)
    assert isinstance(who, Standing)
    found = [role.name for role in roles_trusting(shop.account, who.principal)]
    named = [
        role.name
        for role in shop.account.roles.values()
        if any(
            c.naming_of(who)
            for c in compiled_policy(role.trust.policy).clauses_about("sts:assumerole")[1]
        )
    ]
    return found, named


@pytest.mark.parametrize("who", ["casey", "robin"])
def test_the_roles_that_trust_somebody_are_those_that_name_them(shop: Shop, who: str):
    found, named = names(shop, find_caller(shop.account, who))
    assert found == named == sorted({"account", "anybody", "both", "number", who})


def test_somebody_of_another_account_is_trusted_by_name_too(shop: Shop):
    found, named = names(shop, Outsider("arn:aws:iam::444455556666:user/dan"))
    assert found == named == ["anybody", "elsewhere"]


def test_a_trust_that_is_changed_is_looked_up_anew(shop: Shop):
    changed = Shop()
    changed.account = shop.account
    changed(
        f"iam update-assume-role-policy --role-name robin --policy-document {quote(trust(user('casey')))}"
    )
    assert "robin" in names(changed, find_caller(changed.account, "casey"))[0]
    assert "robin" not in names(shop, find_caller(shop.account, "casey"))[0]
