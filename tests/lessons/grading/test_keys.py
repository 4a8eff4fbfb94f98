"""KMS keys in the grade: who can decrypt through a key policy or a grant, what is lost, and who is locked out."""

from __future__ import annotations

import json
from functools import cache

import pytest

from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from tests.lessons.folder import graded, keys

RECIPES = "--key-id @alias/recipes"
HIRED = "aws iam create-user --user-name robin\n"
ROBIN = "arn:aws:iam::111122223333:user/robin"
SOLVED = "aws iam put-group-policy --group-name Bakers --policy-name unlock --policy-document file://policies/unlock.json\n"


@cache
def _locked() -> Scenario:
    return load(find("31"))


def _key_policy(*statements: dict[str, object]) -> str:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return f"aws kms put-key-policy {RECIPES} --policy '{text}'\n"


DELEGATION = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
    "Action": "kms:*",
    "Resource": "*",
}


def _also(principal: str, **more: object) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "kms:Decrypt",
        "Resource": "*",
        **more,
    }
    return _key_policy(DELEGATION, statement)


def test_the_solution_earns_three_stars():
    assert graded(_locked(), SOLVED).stars == 3


@pytest.mark.parametrize(
    "line",
    [
        f"aws kms create-grant {RECIPES} --grantee-principal {ROBIN} --operations Decrypt\n",
        f"aws kms create-grant {RECIPES} --grantee-principal {ROBIN} --operations CreateGrant Decrypt\n",
        _also(ROBIN),
    ],
)
def test_somebody_who_can_decrypt_by_a_grant_or_a_key_policy_costs_the_second_star(
    line: str,
):
    report = graded(_locked(), SOLVED + HIRED + line)
    assert report.stars == 1
    assert any("robin" in key for key in keys(report)), keys(report)


def test_a_key_policy_for_everybody_costs_the_second_star():
    assert graded(_locked(), SOLVED + _also("*")).stars <= 1


def test_another_account_that_a_key_policy_lets_in_costs_the_second_star():
    assert graded(_locked(), SOLVED + _also("arn:aws:iam::444455556666:root")).stars == 1


@pytest.mark.parametrize(
    "line",
    [
        f"aws kms disable-key {RECIPES}\n",
        f"aws kms schedule-key-deletion {RECIPES}\n",
        "aws kms delete-alias --alias-name alias/payroll\n",
        "aws s3api delete-bucket-encryption --bucket coffeeshop-recipes\n",
        "aws s3api put-object --bucket coffeeshop-recipes --key menu.pdf --server-side-encryption AES256\n",
    ],
)
def test_a_key_that_is_lost_or_goes_unused_costs_everything(line: str):
    assert graded(_locked(), SOLVED + line).stars == 0


def test_a_policy_that_only_names_kim_locks_the_administrators_out():
    text = {**DELEGATION, "Principal": {"AWS": "arn:aws:iam::111122223333:user/kim"}}
    line = _key_policy(text).replace("\n", " --bypass-policy-lockout-safety-check\n")
    report = graded(_locked(), SOLVED + line)
    assert any(key.startswith("locked-out:kms-key/") for key in keys(report))
