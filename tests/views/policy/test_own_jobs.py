"""Whose jobs a policy serves: what these need is proposed first, then what others do."""

from __future__ import annotations

import pytest

from coffeeshop.account.model import Call
from coffeeshop.lessons.model import Play
from coffeeshop.policy.model import Values
from coffeeshop.views.policy.actions import asked_actions, needed_actions, used_arns
from coffeeshop.views.policy.completions import proposed_names
from coffeeshop.views.policy.own_jobs import (
    asks_of_policy,
    requests_of_jobs,
    values_that_serve,
)
from tests.views.plays import played

ROLES = ("Cashier", "Inventory", "OnlineOrders", "Manager")
TRUST = '{"Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}}'
MADE = "\n".join(
    f"aws iam create-role --role-name {role} --assume-role-policy-document '{TRUST}'"
    for role in ROLES[:3]
)
ARN, IAM = "arn:aws:dynamodb:us-east-1:111122223333:table", "arn:aws:iam::111122223333"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:online-orders"


def writes(operation: str, **named: str) -> Call:
    return Call("iam", operation, named)


def proposed(play: Play, call: Call, element: str, beside: Values = ()) -> Values:
    """What F9 proposes in a blank of the policy that this call writes."""
    mine = asks_of_policy(play, call)
    first = needed_actions(play, "", mine) if element == "Action" else used_arns(play)
    return proposed_names(
        play.account, element, "", beside, first, values_that_serve(mine, element, beside)
    )


@pytest.mark.parametrize(
    ("role", "action", "resource"),
    [
        ("Cashier", "dynamodb:PutItem", f"{ARN}/Register"),
        ("Inventory", "dynamodb:UpdateItem", f"{ARN}/Inventory"),
        ("OnlineOrders", "sqs:ReceiveMessage", QUEUE),
    ],
)
def test_for_a_role_comes_first_what_is_done_in_it(
    role: str, action: str, resource: str
) -> None:
    play, call = played("15", MADE), writes("PutRolePolicy", RoleName=role)
    assert proposed(play, call, "Action")[0] == action
    assert proposed(play, call, "Resource", (action,))[0] == resource
    assert proposed(play, call, "Resource")[0] == resource
    assert "as " + role in asked_actions(play, asks_of_policy(play, call))[action][0]


def test_after_its_own_come_the_actions_of_other_jobs_then_others() -> None:
    play = played("15", MADE)
    found = proposed(play, writes("PutRolePolicy", RoleName="OnlineOrders"), "Action")
    assert set(found[: len(needed_actions(play))]) == set(needed_actions(play))
    assert len(set(found)) == len(found)


def test_for_a_group_and_for_a_user_comes_first_to_take_the_roles_that_they_wear() -> None:
    play = played("15", MADE)
    for call in (
        writes("PutGroupPolicy", GroupName="Baristas"),
        writes("PutUserPolicy", UserName="bo"),
    ):
        assert proposed(play, call, "Action")[0] == "sts:AssumeRole"
        found = proposed(play, call, "Resource", ("sts:AssumeRole",))
        assert found[:3] == tuple(f"{IAM}:role/{role}" for role in ROLES[:3])


@pytest.mark.parametrize("operation", ["CreateRole", "UpdateAssumeRolePolicy"])
def test_in_a_trust_policy_whoever_works_in_the_role_comes_before_the_account(
    operation: str,
) -> None:
    play = played("15", MADE)
    found = proposed(play, writes(operation, RoleName="Cashier"), "AWS")
    assert found[:2] == (f"{IAM}:user/bo", f"{IAM}:root")
    assert proposed(play, writes(operation, RoleName="Manager"), "AWS")[0] == f"{IAM}:root"


def test_for_a_managed_policy_it_is_as_for_those_to_whom_it_is_attached() -> None:
    policy = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}}'
    arn = f"{IAM}:policy/orders"
    loose = (
        f"{MADE}\naws iam create-policy --policy-name orders --policy-document '{policy}'"
    )
    hung = (
        f"{loose}\naws iam attach-role-policy --role-name OnlineOrders --policy-arn {arn}"
    )
    call = writes("CreatePolicyVersion", PolicyArn=arn)
    assert asks_of_policy(played("15", loose), call) == ()
    assert proposed(played("15", hung), call, "Action")[0] == "sqs:ReceiveMessage"


def test_what_is_nobodys_yet_has_the_order_of_the_jobs() -> None:
    play = played("15", MADE)
    for call in (
        writes("CreatePolicy", PolicyName="new"),
        writes("PutRolePolicy", RoleName="gone"),
    ):
        assert asks_of_policy(play, call) == ()
        assert proposed(play, call, "Action")[
            : len(needed_actions(play))
        ] == needed_actions(play)


def test_for_a_function_s_role_comes_first_what_the_function_does() -> None:
    play = played("19")
    mine = asks_of_policy(play, writes("PutRolePolicy", RoleName="espresso-role"))
    assert mine
    assert {ask.by for ask in mine} == {f"{IAM}:role/espresso-role"}


def test_for_a_bucket_s_policy_comes_first_what_is_done_in_it() -> None:
    play = played("05")
    bucket = (
        next(ask.request.resource for ask in requests_of_jobs(play))
        .removeprefix("arn:aws:s3:::")
        .split("/")[0]
    )
    mine = asks_of_policy(play, Call("s3", "PutBucketPolicy", {"Bucket": bucket}))
    found = proposed(play, Call("s3", "PutBucketPolicy", {"Bucket": bucket}), "AWS")
    assert mine
    assert found[0] == mine[0].by
    assert (
        asks_of_policy(play, Call("s3", "PutBucketPolicy", {"Bucket": f"{bucket}-2"})) == ()
    )


def test_of_several_things_of_its_own_that_of_the_action_comes_first() -> None:
    play = played("15", MADE)
    mine = (
        *asks_of_policy(play, writes("PutRolePolicy", RoleName="Inventory")),
        *asks_of_policy(play, writes("PutRolePolicy", RoleName="Cashier")),
    )
    assert (
        values_that_serve(mine, "Resource", ("dynamodb:PutItem",))[0] == f"{ARN}/Register"
    )
    assert values_that_serve(mine, "Resource", ("dynamodb:Upd*",))[0] == f"{ARN}/Inventory"


def test_what_its_text_names_already_comes_after_what_it_lacks_of_its_own() -> None:
    play = played("10")
    mine = asks_of_policy(play, writes("PutUserPolicy", UserName="bo"))
    assert needed_actions(play, "", mine)[:2] == ("s3:ListBucket", "s3:GetObject")
    assert needed_actions(play, '{"Action": "s3:ListBucket"}', mine)[:2] == (
        "s3:GetObject",
        "s3:ListBucket",
    )


def test_a_key_policy_is_for_the_requests_to_its_key() -> None:
    play = played("32")
    for id in play.account.kms_keys:
        asks = asks_of_policy(play, Call("kms", "PutKeyPolicy", {"KeyId": id}))
        assert {ask.request.action for ask in asks} == {"kms:Decrypt"}
