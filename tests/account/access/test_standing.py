"""Who a caller is, as the keys of their requests tell it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from coffeeshop.account.access import standing as standings
from coffeeshop.account.access.standing import (
    RESOURCE_FIELDS,
    build_call_standing,
    build_standing,
)
from coffeeshop.account.model import (
    Account,
    Caller,
    Key,
    Nobody,
    Outsider,
    Service,
    ServiceError,
)
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.policy.evaluation.explain import explain_decision
from coffeeshop.policy.model import Standing
from tests.account.shop import AT, Shop, allow
from tests.views.plays import played, scenario


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


def test_an_anonymous_request_has_its_account_and_user_id_but_no_arn_and_no_organization():
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalaccount"""
    standing = build_standing(Shop().account, Nobody(), AT)
    assert isinstance(standing, Standing)
    keys = standing.fixed
    assert keys["aws:PrincipalAccount"] == ("anonymous",)
    assert keys["aws:userid"] == ("anonymous",)
    assert not keys.get("aws:PrincipalOrgID")
    assert not keys.get("aws:PrincipalArn")


MENU = "--policy-name menu --policy-document file://policies/receipts.json"
TWO_MENUS = f"""aws iam create-user --user-name kim
aws iam create-group --group-name Bakers
aws iam put-group-policy --group-name Bakers {MENU}
aws iam put-user-policy --user-name kim {MENU}
aws iam add-user-to-group --user-name kim --group-name Bakers
aws iam create-access-key --user-name kim
"""
LISTS = "aws s3api list-objects-v2 --bucket coffeeshop-receipts --profile kim\n"


def test_inline_policies_that_share_a_name_are_cited_with_their_owner() -> None:
    def cited(script: str) -> str:
        play = played("10", script)
        return explain_decision(play.outcomes[-1].decisions[0])

    assert cited(f"{TWO_MENUS}{LISTS}") == (
        "statement “List” of the policy “menu” on user kim allows this s3:ListBucket request"
    )
    deletes = "aws iam delete-user-policy --user-name kim --policy-name menu\n"
    assert cited(f"{TWO_MENUS}{deletes}{LISTS}") == (
        "statement “List” of policy “menu” allows this s3:ListBucket request"
    )


def told(account: Account, caller: Caller) -> Standing | tuple[str, str]:
    """The standing for a call without resources, worked out anew, or the refusal of the credential."""
    standings._build_caller.cache_clear()
    try:
        return build_call_standing(account, caller, AT, ())
    except ServiceError as refusal:
        return refusal.code, refusal.message


GIVES_KEY = "aws iam create-access-key --user-name casey\n"


@pytest.mark.parametrize(
    ("name", "more"),
    [("05", GIVES_KEY), ("18", ""), ("28", ""), ("35", ""), ("38", ""), ("44", "")],
)
def test_who_a_caller_is_depends_on_no_resource(name: str, more: str):
    account = played(name, scenario(name).solution + more).account
    bare = replace(account, **{field: SortedMap() for field in RESOURCE_FIELDS})
    callers = [
        *map(Key, account.credentials),
        Nobody(),
        Service("ec2.amazonaws.com"),
        Outsider("arn:aws:iam::444455556666:user/kim"),
    ]
    assert [told(bare, caller) for caller in callers] == [
        told(account, caller) for caller in callers
    ]


def test_a_caller_who_changes_a_resource_is_not_worked_out_again():
    shop = Shop()
    key = shop.hire("kim", allow("sqs:*"))
    shop("sqs create-queue --queue-name early", by=key)
    before = standings._build_caller.cache_info().misses
    shop("sqs create-queue --queue-name late", by=key)
    assert standings._build_caller.cache_info().misses == before
