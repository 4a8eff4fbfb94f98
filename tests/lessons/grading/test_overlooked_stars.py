"""Stars that were once earned by what nobody had looked at: other shops of today, badges to come, copies, what is lost."""

from __future__ import annotations

import json

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.scenario.find import find
from tests.examples import pairs
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import played
from tests.lessons.grading.test_hollow_stars import ADA_IN, BY_ADA, group
from tests.lessons.grading.test_nobody_escapes import ADMINISTRATOR, document, put
from tests.lessons.grading.test_undeserved_stars import earned

pytestmark = pytest.mark.slow

BY_NOOR = " --profile noor@console\n"


def beside(number: str, more: str) -> tuple[int, list[str]]:
    """What the solution of a scenario earns with more lines after it."""
    id = find(number).name
    return earned(id, course(id).solution + more)


# ------------------------------------------------------------------ shops of today
def test_a_rule_for_the_shops_of_tomorrow_spares_none_of_today():
    id = "C3-franchise"
    spared = {"StringNotEquals": {"aws:PrincipalAccount": "555566667777"}}
    stays = [
        "organizations:LeaveOrganization",
        "cloudtrail:StopLogging",
        "cloudtrail:DeleteTrail",
    ]
    rule = document(
        {"Effect": "Deny", "Action": stays, "Resource": "*", "Condition": spared}
    )
    answer = course(id).solution.replace("file://policies/shop-rules.json", f"'{rule}'")
    assert earned(id, answer) == (0, ["leak:dark@tomorrows-shop"])


def in_regions(way: str, action: str, *regions: str) -> dict[str, object]:
    """A rule over trails of these Regions, by their ARNs or by where one asks."""
    if way == "asked":
        return {
            "Action": action,
            "Resource": "*",
            "Condition": {"StringLike": {"aws:RequestedRegion": list(regions)}},
        }
    return {
        "Action": action,
        "Resource": [f"arn:aws:cloudtrail:{region}:*:trail/*" for region in regions],
    }


@pytest.mark.parametrize(
    ("way", "also", "result"),
    pairs(["asked", "named"], [((), (0, ["leak:dark@tomorrows-shop"])), (("*",), (3, []))]),
)
def test_a_rule_for_any_trail_holds_in_regions_that_no_refusal_names(
    way: str, also: tuple[str, ...], result: tuple[int, list[str]]
):
    id = "24-franchise-rules"
    rows = (
        {"Action": "organizations:LeaveOrganization", "Resource": "*"},
        in_regions(way, "cloudtrail:StopLogging", "us-east-1", "eu-central-1", *also),
        in_regions(way, "cloudtrail:DeleteTrail", "us-east-1", "ap-southeast-2", *also),
    )
    rule = document(*({"Effect": "Deny", **row} for row in rows))
    assert (
        earned(
            id, course(id).solution.replace("file://policies/shop-rules.json", f"'{rule}'")
        )
        == result
    )


@pytest.mark.parametrize(
    ("id", "line", "account"),
    [
        ("C3", "move-account --account-id 555566667777 --source-parent-id @unit:Shops --destination-parent-id @root", "555566667777"),
        ("C3", "remove-account-from-organization --account-id 333344445555", "333344445555"),
        ("24", "remove-account-from-organization --account-id 333344445555", "333344445555"),
    ],
)  # fmt: skip
def test_an_account_of_the_franchise_stays_where_it_stands(
    id: str, line: str, account: str
):
    assert beside(id, f"aws organizations {line}{BY_NOOR}") == (
        0,
        [f"tampered:account/{account}"],
    )


# ------------------------------------------------------------------ the account that manages them all
INTERN = f"aws iam create-user --user-name intern{BY_NOOR}"


def test_whoever_comes_to_the_managing_account_may_do_nothing_by_a_password_alone():
    plain = document(
        {
            "Action": "*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}},
        }
    )
    put = f"aws iam put-user-policy --user-name intern --policy-name p --policy-document '{plain}'{BY_NOOR}"
    assert beside("C3", INTERN + put) == (1, ["excess:account/222233334444/user/intern"])


def test_a_role_of_the_managing_account_that_somebody_else_still_wears_is_judged():
    robin, noor = (
        document({"Principal": {"AWS": f"arn:aws:iam::{who}"}, "Action": "sts:AssumeRole"})
        for who in ("111122223333:user/robin", "222233334444:user/noor")
    )
    help = "arn:aws:iam::222233334444:role/Help"
    made = (
        f"aws iam create-role --role-name Help --assume-role-policy-document '{robin}'{BY_NOOR}"
        f"aws iam attach-role-policy --role-name Help --policy-arn {ADMINISTRATOR}{BY_NOOR}"
    )
    worn = (
        put("robin", {"Action": "sts:AssumeRole", "Resource": help})
        + f"aws sts assume-role --role-arn {help} --role-session-name on --profile robin\n"
    )
    shut = (
        "aws iam delete-user-policy --user-name robin --policy-name more\n"
        f"aws iam update-assume-role-policy --role-name Help --policy-document '{noor}'{BY_NOOR}"
    )
    assert beside("C3", made + worn + shut) == (
        1,
        ["excess:account/222233334444/role/Help"],
    )
    assert beside("C3", made + shut.splitlines()[1] + "\n") == (3, [])


# ------------------------------------------------------------------ who comes into a group
def but(*people: str, **statement: object) -> dict[str, object]:
    return {
        "Resource": "*",
        **statement,
        "Condition": {"StringNotEquals": {"aws:username": list(people)}},
    }


@pytest.mark.parametrize(
    ("number", "name", "statement", "stars"),
    [
        ("10", "Cashiers", but("casey", "robin", "bo", "sam", Action="s3:GetObject"), 1),
        ("21", "Managers", but("mina", Action="iam:CreateUser"), 1),
        ("30", "Staff", but("casey", "robin", Action="s3:GetObject"), 1),
        ("20", "Staff", but("casey", "sam", Action="iam:GetUser", Resource="arn:aws:iam::111122223333:user/${aws:username}"), 3),
        ("30", "Staff", but("ada", Action="s3:ListBucket", Resource="arn:aws:s3:::coffeeshop-receipts"), 3),
    ],
)  # fmt: skip
def test_whoever_is_hired_into_a_group_may_do_no_more_than_those_of_today(
    number: str, name: str, statement: dict[str, object], stars: int
):
    assert beside(number, group(name, "later", statement)) == (
        (1, ["excess:newcomer"]) if stars == 1 else (3, [])
    )


def test_what_those_of_today_may_too_much_is_told_of_them_alone():
    tags = {
        "Action": "s3:GetObjectTagging",
        "Resource": "arn:aws:s3:::coffeeshop-receipts/*",
    }
    assert beside("08", group("Cashiers", "later", tags)) == (1, ["excess:casey"])


# ------------------------------------------------------------------ badges to come
CODED = {
    "Action": "s3:DeleteObject",
    "Resource": "*",
    "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
}


@pytest.mark.parametrize(
    ("number", "people"),
    [("03", ("casey", "robin")), ("27", ("robin", "casey")), ("28", ("robin",))],
)
def test_whoever_has_a_key_holds_nothing_more_that_waits_for_a_code(
    number: str, people: tuple[str, ...]
):
    lesson = course(find(number).name)
    more = group("Cashiers", "coded", CODED)
    report = grade(played(lesson, lesson.solution + more))
    (found,) = report.findings
    assert (report.stars, found.key) == (1, f"excess:{people[0]}")
    assert found.people == people


# ------------------------------------------------------------------ what is copied
def copied(source: str, key: str, bucket: str = "coffeeshop-receipts") -> str:
    return f"aws s3api copy-object --bucket {bucket} --key {key} --copy-source {source}\n"


PAYROLL = "coffeeshop-payroll/march.csv"
ATTIC = "aws s3api create-bucket --bucket coffeeshop-attic\n" + copied(
    PAYROLL, "m", "coffeeshop-attic"
)


@pytest.mark.parametrize(
    ("id", "copies"),
    pairs(
        ["08", "13", "14", "30", "06"],
        [
            copied(PAYROLL, "march.csv"),
            copied(PAYROLL, "2026/03/0412.json"),
            ATTIC + copied("coffeeshop-attic/m", "m"),
            copied(PAYROLL, "a")
            + copied("coffeeshop-receipts/a", "b")
            + "aws s3api delete-object --bucket coffeeshop-receipts --key a\n",
        ],
    ),
)
def test_what_its_readers_may_not_open_is_copied_to_no_place_of_theirs(
    id: str, copies: str
):
    assert beside(id, copies) == (0, ["tampered:bucket/coffeeshop-receipts"])


def test_a_copy_of_what_its_storer_opens_is_work_and_so_is_what_is_stored_over_another():
    again = "aws s3api put-object --bucket coffeeshop-receipts --key 2026/03/0412.json\n"
    assert beside(
        "13", copied("coffeeshop-receipts/2026/03/0412.json", "2026/03/0413.json")
    ) == (3, [])
    assert beside("13", copied(PAYROLL, "2026/03/0412.json") + again) == (3, [])


def test_a_receipt_of_one_branch_is_copied_to_no_other():
    recoloured = "--tagging-directive REPLACE --tagging branch=north"
    more = copied(f"coffeeshop-receipts/2026/03/0412.json {recoloured}", "north.json")
    assert beside("23", more) == (0, ["tampered:bucket/coffeeshop-receipts"])


def test_what_one_person_opens_and_another_stores_is_copied_by_neither():
    more = f"{ADA_IN}{copied(PAYROLL, 'march.csv').strip()}{BY_ADA}"
    assert beside("C1", more) == (0, ["tampered:bucket/coffeeshop-receipts"])


# ------------------------------------------------------------------ what is lost
def test_an_item_of_a_table_that_stays_is_not_erased():
    key = json.dumps({"item": {"S": "beans"}})
    line = f"aws dynamodb delete-item --table-name Inventory --key '{key}'\n"
    assert beside("17", line) == (0, ["tampered:table/Inventory"])
    milk = json.dumps({"item": {"S": "milk"}})
    assert beside(
        "17", f"aws dynamodb put-item --table-name Inventory --item '{milk}'\n"
    ) == (3, [])


# ------------------------------------------------------------------ what a story says
def test_a_version_that_is_not_in_force_names_nobody_who_is_gone():
    receipts = {"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::coffeeshop-receipts"}
    casey = document({**receipts, "Condition": {"StringEquals": {"aws:username": "casey"}}})
    more = (
        f"aws iam create-policy --policy-name Old --policy-document '{casey}'\n"
        "aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/Old --set-as-default"
        f" --policy-document '{document(receipts)}'\n"
    )
    assert beside("28", more) == (2, ["practice:no-dead-principals"])


def test_whoever_reads_without_a_code_does_so_at_the_console_too():
    no = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}  # fmt: skip
    assert beside("21", group("Managers", "coded", no)) == (
        0,
        ["job-denied:console@mina:explicit"],
    )


SELF = ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"]
PHONE = [f"arn:aws:iam::111122223333:{kind}/${{aws:username}}" for kind in ("user", "mfa")]


def code(operator: str, **more: object) -> str:
    """The policy Code of the opening week, with another operator, or another grant for one's own badge."""
    coded = {operator: {"aws:MultiFactorAuthPresent": "false"}}
    no = {"Effect": "Deny", "NotAction": SELF, "Resource": "*", "Condition": coded}
    return document({"Action": SELF, "Resource": PHONE, **more}, no)


def test_an_administrator_s_key_needs_a_code_as_a_password_does():
    id, attached = (
        "C1-opening-week",
        "attach-group-policy --group-name Admins --policy-arn arn:aws:iam::111122223333:policy/Code",
    )
    own = f"put-group-policy --group-name Admins --policy-name Code --policy-document '{code('Bool')}'"
    assert earned(id, course(id).solution.replace(attached, own)) == (
        0,
        ["leak:plain-key@ada"],
    )


@pytest.mark.parametrize(
    ("more", "stars"), [({}, 3), ({"Condition": {"StringEquals": {"aws:username": "sam"}}}, 0)]
)  # fmt: skip
def test_everybody_looks_after_their_own_badge_where_everybody_is_to(
    more: dict[str, object], stars: int
):
    id = "C1-opening-week"
    told = course(id).solution.replace(
        "file://policies/code.json", f"'{code('BoolIfExists', **more)}'"
    )
    assert earned(id, told)[0] == stars


def test_a_group_for_each_with_a_copy_for_each_says_nothing_once():
    lines = [
        f"aws iam delete-user-policy --user-name {who} --policy-name receipts"
        for who in ("casey", "robin", "bo")
    ]
    for who in ("casey", "robin", "bo", "sam"):
        lines += [
            f"aws iam create-group --group-name Only-{who}",
            f"aws iam put-group-policy --group-name Only-{who} --policy-name r --policy-document file://policies/receipts.json",
            f"aws iam add-user-to-group --group-name Only-{who} --user-name {who}",
        ]
    assert earned("10-the-cashiers", "\n".join([*lines, ""])) == (2, ["practice:said-once"])
