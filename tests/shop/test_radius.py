"""How far a credential reaches counts what its holder can choose to say in a request."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.instants import format_instant
from coffeeshop.account.model import Outsider
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.shop.happenings import happenings
from coffeeshop.shop.lasting_reach import find_lasting_reach
from coffeeshop.shop.radius import NO_WAYS, find_blast_radius
from coffeeshop.shop.theft import StolenCredential
from coffeeshop.shop.things import Thing
from tests.account.shop import allow, user
from tests.shop.opened import RECEIPTS, at, furnished, hired
from tests.views.plays import played


def test_a_credential_reaches_what_its_holder_can_ask_for_with_a_boundary():
    play = played("22", "solution")
    user = play.account.users["mina"]
    account, key = mint_credential(play.account, play.account.arn(user), "key", play.now)
    found = find_blast_radius(account, [key], play.now, NO_WAYS)
    assert {(one.thing, one.level) for one in found.reached} == {
        (Thing("user"), AccessLevel.WRITE),
        (Thing("user"), AccessLevel.PERMISSIONS),
    }


def test_a_thief_reaches_what_a_policy_allows_only_an_hour_after_the_theft():
    shop, noon = furnished(), at(12)
    soon, later = (format_instant(noon + timedelta(minutes=m)) for m in (30, 90))
    window = {
        "DateGreaterThan": {"aws:CurrentTime": soon},
        "DateLessThan": {"aws:CurrentTime": later},
    }
    hired(shop, "casey", allow("s3:ListBucket", RECEIPTS, Condition=window))
    account, key = mint_credential(shop.account, user("casey"), "key", noon)
    incident, stolen = happenings().incidents[0], StolenCredential(account)
    assert not find_blast_radius(account, [key], noon, NO_WAYS).reached
    assert find_lasting_reach(account, incident, stolen, [key], noon).reached


def test_a_thief_reaches_the_queue_with_the_victims_tag_and_no_other():
    play = played("40", "solution")
    account, key = mint_credential(
        play.account, play.account.arn(play.account.users["kim"]), "key", play.now
    )
    found = find_blast_radius(account, [key], play.now, NO_WAYS)
    assert {(one.thing, one.level) for one in found.reached} == {
        (Thing("queue", "waffle-orders"), AccessLevel.READ)
    }


def test_an_object_whose_kms_key_stays_closed_is_not_reached():
    for script, levels in (("", set()), ("solution", {AccessLevel.READ})):
        play = played("31", script)
        user_arn = play.account.arn(play.account.users["kim"])
        account, key = mint_credential(play.account, user_arn, "key", play.now)
        found = find_blast_radius(account, [key], play.now, NO_WAYS)
        recipes = Thing("bucket", "coffeeshop-recipes")
        assert {one.level for one in found.levels_of(recipes)} == levels


OPEN_TO_COURIER = [
    {},
    {"StringLike": {"sts:ExternalId": "shop-*"}},
    {"StringLike": {"sts:ExternalId": ["shop-7f3a", "shop-*"]}},
    {"StringLike": {"sts:RoleSessionName": "courier-*"}},
    {"StringEquals": {"sts:SourceIdentity": "courier"}},
    {"StringLike": {"sts:ExternalId": "shop-*", "sts:RoleSessionName": "courier"}},
]
CLOSED_TO_COURIER = [
    {"StringEquals": {"sts:ExternalId": "shop-7f3a"}},
    {"StringLike": {"sts:ExternalId": ["shop-7f3a", "shop-0b1c"]}},
]


def reached_levels_of_a_role(condition: object) -> set[AccessLevel]:
    """The levels at which Courier reaches a role whose trust policy has this condition."""
    actions = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::444455556666:role/Courier"},
        "Action": actions,
        "Condition": condition,
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    play = played(
        "25",
        f"aws iam create-role --role-name Export --assume-role-policy-document '{trust}'\n",
    )
    courier = Outsider("arn:aws:iam::444455556666:role/Courier")
    found = find_blast_radius(play.account, [courier], play.now)
    return {one.level for one in found.levels_of(Thing("role", "Export"))}


@pytest.mark.parametrize("condition", OPEN_TO_COURIER)
def test_a_role_that_a_thief_can_assume_counts_whatever_they_have_to_say(
    condition: object,
) -> None:
    assert reached_levels_of_a_role(condition) == {AccessLevel.WRITE}


@pytest.mark.parametrize("condition", CLOSED_TO_COURIER)
def test_a_role_that_asks_for_an_agreed_external_id_is_not_reached(
    condition: object,
) -> None:
    assert reached_levels_of_a_role(condition) == set()


def test_a_thief_cannot_change_a_role_of_identity_center_since_only_aws_can():
    play = played("36")
    administrator = play.account.arn(play.account.users["ada"])
    account, key = mint_credential(play.account, administrator, "key", play.now)
    found = find_blast_radius(account, [key], play.now, NO_WAYS)
    levels = {
        one.level for one in found.reached if one.thing.name.startswith("AWSReservedSSO_")
    }
    assert AccessLevel.PERMISSIONS not in levels
    assert AccessLevel.READ in levels
