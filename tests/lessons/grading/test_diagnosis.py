"""A case's cause is what the engine decided by, and a learner's naming of it is judged by that alone."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from msgspec.structs import replace

from coffeeshop.account.access.located_policies import locate_policies
from coffeeshop.account.command import parse_call
from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.diagnosis import Diagnosis, diagnose, judge_named, retry
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.model import Case, Cause, NamedCause, Play, Verdict
from coffeeshop.lessons.play.script import run_script
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from coffeeshop.policy.model import Kind
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.want import Badge, Want
from tests.tables import each_row

SHOP = load(find("10"))
GET = "aws s3api get-object --bucket coffeeshop-receipts --key 2026/03/0412.json 0412.json"
RECEIPTS = "arn:aws:s3:::coffeeshop-receipts/*"
OPEN = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": RECEIPTS}
CLOSE = {"Effect": "Deny", "Action": "s3:*", "Resource": RECEIPTS}
OTHER = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}


def document(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def shop_after(*lines: str) -> Account:
    """Returns the shop's account after these lines, in which Sam has no permission yet."""
    steps = list(
        run_script(SHOP.opening, "\n".join(lines), SHOP.now, SHOP.files, SHOP.desk[0])
    )
    assert all(step.outcomes[-1].has_succeeded for step in steps if step.outcomes)
    assert not [problem for step in steps for problem in step.problems]
    return steps[-1].outcomes[-1].account


def user_policy(name: str, *statements: dict[str, object]) -> str:
    return f"aws iam put-user-policy --user-name sam --policy-name {name} --policy-document '{document(*statements)}'"


def group_policy(name: str, *statements: dict[str, object]) -> str:
    return f"aws iam put-group-policy --group-name Cashiers --policy-name {name} --policy-document '{document(*statements)}'"


JOIN = (
    "aws iam create-group --group-name Cashiers",
    "aws iam add-user-to-group --group-name Cashiers --user-name sam",
)


def boundary(*statements: dict[str, object]) -> tuple[str, str]:
    return (
        f"aws iam create-policy --policy-name Ceiling --policy-document '{document(*statements)}'",
        "aws iam put-user-permissions-boundary --user-name sam --permissions-boundary arn:aws:iam::111122223333:policy/Ceiling",
    )


def bucket_policy(**statement: object) -> str:
    said = document({"Sid": "Box", "Principal": "*", "Resource": RECEIPTS, **statement})
    return f"aws s3api put-bucket-policy --bucket coffeeshop-receipts --policy '{said}'"


def diagnosis_in(account: Account, line: str = GET, badge: Badge = "key") -> Diagnosis:
    want = Want("open", Mode.MUST, "sam", "", (parse_call(line, {}),), badge)
    return diagnose(account, Case("open", "I can't open a receipt.", want), SHOP.now)


CAUSES = {
    "nothing allows it": (
        (user_policy("orders", OTHER),),
        [Cause(Kind.IDENTITY)],
    ),
    "a Deny of a group": (
        (*JOIN, user_policy("open", OPEN), group_policy("quiet", OTHER, CLOSE)),
        [Cause(Kind.IDENTITY, "group/Cashiers/quiet", 2)],
    ),
    "a boundary without an Allow": (
        (user_policy("open", OPEN), *boundary(OTHER)),
        [Cause(Kind.BOUNDARY)],
    ),
    "a Deny in a boundary": (
        (user_policy("open", OPEN), *boundary(OPEN, CLOSE)),
        [Cause(Kind.BOUNDARY, "policy/Ceiling", 2)],
    ),
    "a Deny of the bucket": (
        (user_policy("open", OPEN), bucket_policy(Effect="Deny", Action="s3:GetObject")),
        [Cause(Kind.RESOURCE, "bucket/coffeeshop-receipts", 1)],
    ),
    "Denies of two layers": (
        (
            user_policy("close", OPEN, CLOSE),
            bucket_policy(Effect="Deny", Action="s3:GetObject"),
        ),
        [
            Cause(Kind.RESOURCE, "bucket/coffeeshop-receipts", 1),
            Cause(Kind.IDENTITY, "user/sam/close", 2),
        ],
    ),
    "an Allow for something else": (
        (user_policy("open", OPEN | {"Resource": f"{RECEIPTS}.pdf"}),),
        [Cause(Kind.IDENTITY), Cause(Kind.IDENTITY, "user/sam/open", 1)],
    ),
    "two layers that don't allow it": (
        (user_policy("orders", OTHER), *boundary(OTHER)),
        [Cause(Kind.IDENTITY), Cause(Kind.BOUNDARY)],
    ),
    "an Allow": (
        (user_policy("open", OTHER, OPEN),),
        [Cause(Kind.IDENTITY, "user/sam/open", 2)],
    ),
}


@each_row(CAUSES.values())
def test_the_cause_is_what_the_engine_decides_by(
    lines: tuple[str, ...], causes: list[Cause]
):
    assert [*diagnosis_in(shop_after(*lines)).causes] == causes


def test_a_managed_session_policy_is_named_by_its_place_in_the_account():
    scenario = load(find("44"))
    (case, _) = scenario.cases
    (located,) = diagnose(scenario.opening, case, scenario.now).policies_of(Kind.SESSION)
    assert located.location == "policy/AppLimit"


def test_a_policy_of_the_same_text_that_does_not_apply_is_no_cause():
    other = user_policy("quiet", CLOSE).replace("sam", "robin")
    found = diagnosis_in(shop_after(other, user_policy("quiet", CLOSE)))
    assert found.judge(Cause(Kind.IDENTITY, "user/sam/quiet", 1)) is Verdict.RIGHT
    assert found.judge(Cause(Kind.IDENTITY, "user/robin/quiet", 1)) is Verdict.KIND


def test_a_cause_in_another_kind_of_policy_is_wrong():
    found = diagnosis_in(shop_after(user_policy("open", OPEN), *boundary(OTHER)))
    assert found.judge(Cause(Kind.IDENTITY)) is Verdict.WRONG
    assert found.judge(Cause(Kind.BOUNDARY, "policy/Ceiling", 1)) is Verdict.KIND


def test_a_call_that_fails_for_another_reason_than_a_policy_has_no_cause():
    absent = GET.replace("0412", "9999")
    account = shop_after(
        user_policy("open", OPEN, OPEN | {"Action": "s3:ListBucket", "Resource": "*"})
    )
    assert diagnosis_in(account, absent).causes == ()


def test_only_what_the_account_has_can_be_named():
    found = diagnosis_in(shop_after(user_policy("open", OTHER, OPEN)))
    assert found.has(Cause(Kind.SCP))
    assert found.has(Cause(Kind.IDENTITY, "user/sam/open", 2))
    for absent in (
        Cause(Kind.IDENTITY, "user/sam/open", 3),
        Cause(Kind.IDENTITY, "user/sam/open", 0),
        Cause(Kind.TRUST, "user/sam/open", 1),
        Cause(Kind.IDENTITY, "", 1),
    ):
        assert not found.has(absent)


def test_a_case_is_solved_when_its_request_comes_out_the_other_way():
    before = shop_after(user_policy("orders", OTHER))
    after = shop_after(user_policy("open", OPEN))
    denied, allowed = diagnosis_in(before), diagnosis_in(after)
    assert retry(denied, before, SHOP.now).mark is Mark.MISS
    assert retry(denied, after, SHOP.now).mark is Mark.OK
    assert retry(allowed, after, SHOP.now).mark is Mark.LEAK
    assert retry(allowed, before, SHOP.now).mark is Mark.OK


RIGHT = NamedCause("open", Cause(Kind.IDENTITY, "user/sam/open", 1))
WRONG = NamedCause("open", Cause(Kind.SCP))


@pytest.mark.parametrize(
    ("named", "share"),
    [
        ([], 0),
        ([WRONG], 0),
        ([RIGHT], 1),
        ([RIGHT, WRONG], 1),
        ([WRONG, RIGHT], Fraction(1, 2)),
        ([WRONG, WRONG, RIGHT], Fraction(1, 3)),
        ([NamedCause("other", RIGHT.cause)], 0),
    ],
)
def test_each_wrong_cause_costs_a_part_of_the_share(
    named: list[NamedCause], share: Fraction
):
    (result,) = judge_named([diagnosis_in(shop_after(user_policy("open", OPEN)))], named)
    assert result.share == share


def test_the_causes_are_a_fifth_of_the_score_and_no_star():
    report = grade(Play(SHOP))
    case = diagnosis_in(shop_after(user_policy("open", OPEN)))
    for named, points in (([], 0), ([RIGHT], 20), ([WRONG, RIGHT], 10)):
        told = replace(report, cases=judge_named([case], named))
        assert (told.stars, told.score) == (report.stars, points)


def test_every_policy_has_one_location_of_its_own():
    for name in ("12", "28", "C2", "C3"):
        located = locate_policies(load(find(name)).opening)
        places = [(each.kind, each.location) for each in located]
        assert len(places) == len({*places})
