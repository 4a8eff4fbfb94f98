"""Stars that were once earned by the letter: by what a rule did not name, by who somebody was, by what nobody tried."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from coffeeshop.account.command import parse_call
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import find
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.want import Want
from tests.examples import pairs
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.grading.test_nobody_escapes import ADMINISTRATOR, document
from tests.lessons.grading.test_undeserved_stars import STAYS, earned

pytestmark = pytest.mark.slow

ROOT_IN = "console sign-in --root-email owner@coffeeshop.example --password House-blend-1"


# ------------------------------------------------------------------ what somebody else holds
@pytest.mark.parametrize(
    ("id", "at", "action", "result"),
    pairs(
        [("27-the-leaked-key", "09:40"), ("C3-franchise", "12:30")],
        [("s3:ListBucket", (1, ["excess:session/robin"])), ("s3:*", (3, []))],
    ),
)
def test_a_lost_session_needs_nothing_that_its_taker_needs(
    id: str, at: str, action: str, result: tuple[int, list[str]]
):
    older = {"DateLessThan": {"aws:TokenIssueTime": f"2026-03-02T{at}:00Z"}}
    revoked = document(
        {"Effect": "Deny", "Action": action, "Resource": "*", "Condition": older}
    )
    assert (
        earned(
            id, course(id).solution.replace("file://policies/revoke.json", f"'{revoked}'")
        )
        == result
    )


# ------------------------------------------------------------------ an account that is no more
@pytest.mark.parametrize("id", ["15-three-workstations", "26-the-back-door"])
def test_a_closed_account_is_judged_and_nobody_works_there(id: str):
    closed = f"{ROOT_IN}\nconsole close-account --profile root@console\n"
    assert earned(id, course(id).solution + closed)[0] == 0


# ------------------------------------------------------------------ who is called after somebody
def swapped(one: str, other: str, out: str, into: str) -> str:
    """Two people under each other's name, the groups as they would be for those names."""
    return f"""
aws iam update-user --user-name {one} --new-user-name tmp
aws iam update-user --user-name {other} --new-user-name {one}
aws iam update-user --user-name tmp --new-user-name {other}
aws iam remove-user-from-group --group-name {out} --user-name {other}
aws iam add-user-to-group --group-name {into} --user-name {one}
"""


@pytest.mark.parametrize(
    ("id", "swap", "key"),
    [
        ("15-three-workstations", swapped("bo", "casey", "Baristas", "Baristas"), "no-user:till@bo"),
        ("11-casey-moves", swapped("casey", "robin", "InventorySpecialists", "InventorySpecialists"), "no-user:look@casey"),
    ],
)  # fmt: skip
def test_nobody_does_a_job_by_taking_the_name_of_whoever_has_it(
    id: str, swap: str, key: str
):
    stars, found = earned(id, course(id).solution + swap)
    assert stars == 0
    assert key in found


@pytest.mark.parametrize(
    ("who", "missing"),
    [("root", ""), ("user/root", "user/root is casey under another name")],
)
def test_whoever_is_called_root_since_is_neither_the_owner_nor_a_user_who_was_called_so(
    who: str, missing: str
):
    wanted = Want(
        "counts",
        Mode.MUST,
        who,
        "The badges are counted",
        do=(parse_call("aws iam get-account-summary", {}),),
        minted=True,
    )
    scenario = replace(course("29-stock-take"), wants=(wanted,))
    (ticket,) = run_all_wants(
        run_play(
            scenario,
            f"aws iam update-user --user-name casey --new-user-name root{BY_ADA}",
            "called-root.sh",
        )
    )
    assert (ticket.has_succeeded, ticket.missing) == (not missing, missing)


# ------------------------------------------------------------------ what others may be given
COUNTING = [
    {"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::coffeeshop-receipts"},
    {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::coffeeshop-receipts/*"},
]
HIRED = (
    "aws iam create-user --user-name kim --path /staff/"
    " --permissions-boundary arn:aws:iam::111122223333:policy/StaffBoundary\n"
)


@pytest.mark.parametrize(
    ("id", "more", "whose"),
    [
        (
            "22-the-delegated-manager",
            [{"Action": "dynamodb:Scan", "Resource": "*"}],
            ["excess:robin"],
        ),
        (
            "C3-franchise",
            [{"Action": "sqs:PurgeQueue", "Resource": "*"}],
            ["excess:sam"],
        ),
        ("22-the-delegated-manager", [], []),
        ("C3-franchise", [], []),
    ],
)
def test_a_ceiling_that_somebody_hires_below_reaches_no_further_than_it_did(
    id: str, more: list[dict[str, object]], whose: list[str]
):
    raised = (
        "aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/StaffBoundary --set-as-default"
        f" --policy-document '{document(*COUNTING, *more)}'\n"
    )
    hired = HIRED if id.startswith("C3") else ""
    assert earned(id, course(id).solution + hired + raised) == (
        (1, whose) if whose else (3, [])
    )


def test_whoever_was_hired_below_a_ceiling_is_let_in_by_no_bucket_of_today():
    kim = "arn:aws:iam::111122223333:user/staff/kim"
    let_in = {
        "Principal": {"AWS": kim},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::coffeeshop-payroll/*",
    }
    id = "22-the-delegated-manager"
    bucket = f"aws s3api put-bucket-policy --bucket coffeeshop-payroll --policy '{document(let_in)}'\n"
    assert earned(id, course(id).solution + HIRED + bucket) == (1, ["excess:kim"])


def test_whoever_gives_policies_in_a_line_of_a_job_needs_it_below_the_boundary_alone():
    robin = {
        "Action": "iam:AttachUserPolicy",
        "Resource": "arn:aws:iam::111122223333:user/staff/robin",
    }
    id = "22-the-delegated-manager"
    more = f"aws iam put-group-policy --group-name Managers --policy-name more --policy-document '{document(robin)}'\n"
    assert earned(id, course(id).solution + more) == (1, ["excess:mina"])


# ------------------------------------------------------------------ refusals of those who can do everything
TRAILS = "arn:aws:cloudtrail:*:{}*:trail/*"
NUMBERS = [str(digit) for digit in range(10)]


NOT_ROOT = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}


def ruled(id: str, *statements: dict[str, object]) -> tuple[int, list[str]]:
    """What the rules over the shops earn, in place of the solution's."""
    rows = ({"Effect": "Deny", "Resource": "*", **statement} for statement in statements)
    return earned(
        id,
        course(id).solution.replace(
            "file://policies/shop-rules.json", f"'{document(*rows)}'"
        ),
    )


def trails(numbers: list[str]) -> list[dict[str, object]]:
    """A rule that names trails by the first digits of their accounts."""
    return [
        {"Action": STAYS[0]},
        {"Action": STAYS[1:], "Resource": [TRAILS.format(number) for number in numbers]},
    ]


@pytest.mark.parametrize(("id", "statements", "key"), pairs(["24-franchise-rules", "C3-franchise"], [
        ([{"Action": STAYS, "Condition": {"Bool": {"aws:ViaAWSService": "false"}}}], "leak:leave@ada"),
        ([{"Action": STAYS, "Condition": {"Null": {"aws:CalledVia": "true"}}}], "leak:leave@ada"),
        ([{"Action": STAYS, "Condition": {"StringNotLike": {"aws:PrincipalAccount": "70*"}}}], "leak:dark@tomorrows-shop"),
        ([{"Action": STAYS, "Condition": {"StringNotLike": {"aws:ResourceAccount": "70*"}}}], "leak:dark@tomorrows-shop"),
        (trails([*NUMBERS[:7], *NUMBERS[8:], *(f"7{digit}" for digit in NUMBERS[1:])]), "leak:dark@tomorrows-shop"),
        (trails(NUMBERS), ""),
        ([{"Action": STAYS, "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}}], "leak:dark@tomorrows-shop"),
        ([{"Action": STAYS[0]}, {"Action": STAYS[1:], "Resource": "arn:aws:cloudtrail:us-east-1:*:trail/*"}], "leak:dark@tomorrows-shop"),
        ([{"Action": STAYS, "Condition": NOT_ROOT}], "leak:blind@root"),
        ([{"Action": STAYS[1:]}, {"Action": STAYS[0], "Condition": {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}}], "leak:gone@tomorrows-shop"),
        ([{"Action": STAYS, "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "222233334444"}}}], ""),
    ]))  # fmt: skip
def test_a_rule_over_all_shops_holds_however_they_are_called_and_numbered(
    id: str, statements: list[dict[str, object]], key: str
):
    stars, found = ruled(id, *statements)
    assert (stars, found) == (3, []) if not key else (stars == 0 and key in found)


def test_a_bucket_that_knows_shops_of_tomorrow_by_their_number_is_found():
    ours = run_play(course("24-franchise-rules"), "", "x").account.joined_organization
    assert ours
    shops = {
        "StringEquals": {"aws:PrincipalOrgID": ours.id},
        "StringLike": {"aws:PrincipalAccount": "70*"},
    }
    text = document(
        {
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::coffeeshop-receipts/*",
            "Condition": shops,
        }
    )
    opened = (
        "console sign-in --user-name ada --password Latte-art-at-7 --mfa-code @phone\n"
        f"aws s3api put-bucket-policy --bucket coffeeshop-receipts --policy '{text}' --profile ada@console\n"
    )
    id = "24-franchise-rules"
    assert earned(id, course(id).solution + opened) == (1, ["excess:account/tomorrow"])


def test_nobody_is_hired_without_a_code_under_whatever_name():
    id = "C1-opening-week"
    spared = {
        "Effect": "Allow",
        "Action": "iam:CreateUser",
        "Resource": "arn:aws:iam::111122223333:user/z????????z",
    }
    lax = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Deny",
                "NotResource": spared["Resource"],
                "NotAction": OWN_BADGE,
                "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
            },
        }
    )
    code = "aws iam attach-group-policy --group-name Admins --policy-arn arn:aws:iam::111122223333:policy/Code"
    own = f"aws iam put-group-policy --group-name Admins --policy-name Code --policy-document '{lax}'"
    assert "leak:plain@ada" in earned(id, course(id).solution.replace(code, own))[1]


OWN_BADGE = [
    *(
        "iam:ChangePassword",
        "iam:GetUser",
        "iam:CreateVirtualMFADevice",
        "iam:EnableMFADevice",
    ),
    *("iam:ResyncMFADevice", "iam:ListMFADevices"),
]


# ------------------------------------------------------------------ rules that are kept by the letter
OWN_TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/"
RECEIPTS = "arn:aws:s3:::coffeeshop-receipts"
WEAR = [f"arn:aws:iam::111122223333:role/{name}" for name in ("Cashier", "Inventory")]
TAKEN_BACK = [
    {
        "Action": ["sts:AssumeRole", "dynamodb:PutItem"],
        "Resource": [*WEAR, f"{OWN_TABLE}Register"],
    },
    {"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"},
]
VOIDED = {"Action": "s3:DeleteObject", "Resource": f"{RECEIPTS}/voided/*"}
MINA = {"Condition": {"StringEquals": {"aws:username": "mina"}}}
KEY = "AKIA4N6NXO4NGNC7YE56"


def group(name: str, policy: str, *statements: dict[str, object]) -> str:
    return f"aws iam put-group-policy --group-name {name} --policy-name {policy} --policy-document '{document(*statements)}'\n"


def settings(variables: str, more: str = "") -> str:
    told = """--environment '{"Variables": {}}'"""
    return course("19-the-machines-badge").solution.replace(
        told, f"--environment '{variables}' {more}"
    )


ORDINARY = {
    "casey": {"Bool": {"aws:SecureTransport": "true"}},
    "robin": {"Bool": {"aws:ViaAWSService": "false"}},
    "bo": {"NumericGreaterThanEquals": {"s3:TlsVersion": "1.2"}},
    "sam": {"StringEquals": {"s3:authType": "REST-HEADER"}},
}


def a_group_each() -> str:
    """The same permission in a group for each, under a condition of its own that each request meets."""
    lines = [
        line
        for line in course("10-the-cashiers").solution.splitlines()
        if "delete-user-policy" in line
    ]
    for who, condition in ORDINARY.items():
        reading = {
            "Action": ["s3:ListBucket", "s3:GetObject"],
            "Resource": [RECEIPTS, f"{RECEIPTS}/*"],
        }
        lines += [
            f"aws iam create-group --group-name Only-{who}",
            group(f"Only-{who}", "r", {**reading, "Condition": condition}).strip(),
            f"aws iam add-user-to-group --group-name Only-{who} --user-name {who}",
        ]
    return "\n".join([*lines, ""])


LETTERS = {
    "a permission that is denied again": ("17", group("Baristas", "stations", *TAKEN_BACK), "no-idle-grants"),
    "both actions on both resources, as one writes them": (
        "30",
        group(
            "Staff",
            "work",
            {"Action": [f"s3:{name}" for name in ("ListBucket", "GetObject", "PutObject")], "Resource": [RECEIPTS, f"{RECEIPTS}/*"]},
            {"Action": "dynamodb:PutItem", "Resource": f"{OWN_TABLE}Register"},
            {"Action": "dynamodb:Scan", "Resource": f"{OWN_TABLE}Inventory"},
        )
        + "aws iam detach-group-policy --group-name Staff --policy-arn arn:aws:iam::111122223333:policy/Staff\n",
        "",
    ),
    "a group's policy that names a person": (
        "13",
        course("13-no-shredding").solution.splitlines()[0] + "\n" + group("Staff", "void", {**VOIDED, **MINA}),
        "no-direct-user-policies",
    ),
    "a group's policy that spares a person": (
        "13",
        course("13-no-shredding").solution.splitlines()[0] + "\n" + group("Staff", "void", VOIDED, {"Effect": "Deny", **VOIDED, "Condition": {"StringNotEquals": {"aws:username": "mina"}}}),
        "no-direct-user-policies",
    ),
    "one permission under four conditions that all fit": ("10", a_group_each(), "said-once"),
    "a role that is gone": (
        "28",
        course("28-last-day").solution
        + f"aws iam create-role --role-name Temp --assume-role-policy-document '{document({'Principal': {'Service': 'lambda.amazonaws.com'}, 'Action': 'sts:AssumeRole'})}'\n"
        + "aws iam delete-role --role-name Temp\n"
        + group("Openers", "but", {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*", "Condition": {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/Temp"}}}),
        "no-dead-principals",
    ),
    "a machine's key in the description": ("19", settings('{"Variables": {}}', f"--description {KEY}"), "no-machine-users"),
    "a machine's key in a tag": (
        "19",
        course("19-the-machines-badge").solution
        + "aws lambda tag-resource --resource arn:aws:lambda:us-east-1:111122223333:function:espresso-api --tags "
        f"key={KEY}\n",
        "no-machine-users",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", LETTERS)
def test_a_rule_is_kept_as_it_is_meant(what: str):
    number, text, rule = LETTERS[what]
    assert earned(find(number).name, text) == (
        (2, [f"practice:{rule}"]) if rule else (3, [])
    )


NO_PHONE = "console remove-root-mfa --serial-number arn:aws:iam::111122223333:mfa/owner --profile root@console\n"
OFF = "aws iam create-access-key\naws iam update-access-key --access-key-id @key --status Inactive\n"
OUT_OF_THE_SAFE = {
    "02 without its phone": f"{ROOT_IN} --mfa-code @phone\n{NO_PHONE}",
    "29 without its phone": NO_PHONE,
    "C1 without its phone": NO_PHONE,
}


@pytest.mark.parametrize("what", OUT_OF_THE_SAFE)
def test_the_owner_s_badge_is_in_no_safe_where_its_phone_was_taken_off(what: str):
    id = find(what[:2]).name
    assert earned(id, course(id).solution + OUT_OF_THE_SAFE[what]) == (
        1,
        ["new-badge:root"],
    )


def test_the_owner_s_badge_is_in_no_safe_with_a_new_key_though_it_is_off():
    id = "02-the-first-administrator"
    assert earned(id, OFF + course(id).solution) == (2, ["practice:root-unused"])


# ------------------------------------------------------------------ what a story says
ADA_IN = "console sign-in --user-name ada --password Latte-art-at-7 --mfa-code @phone\n"
STOPPED = "aws cloudtrail stop-logging --name coffeeshop-trail --profile ada@console\n"


@pytest.mark.parametrize("id", ["24-franchise-rules", "C3-franchise"])
def test_a_trail_that_was_stopped_before_the_rule_came_is_not_as_it_was(id: str):
    began = "aws cloudtrail start-logging --name coffeeshop-trail --profile ada@console\n"
    assert earned(id, f"{ADA_IN}{STOPPED}{course(id).solution}") == (
        0,
        ["tampered:trail/coffeeshop-trail"],
    )
    assert earned(id, f"{ADA_IN}{STOPPED}{began}{course(id).solution}") == (3, [])


MADE_ANEW = (
    "aws cloudtrail delete-trail --name coffeeshop-trail --profile ada@console\n"
    "aws cloudtrail create-trail --name coffeeshop-trail --s3-bucket-name coffeeshop-trail {} --profile ada@console\n"
    "aws cloudtrail start-logging --name coffeeshop-trail --profile ada@console\n"
)


@pytest.mark.parametrize(
    ("id", "lines", "kept"),
    pairs(
        ["24-franchise-rules", "C3-franchise"],
        [
            (
                "aws s3api delete-bucket --bucket coffeeshop-trail --profile ada@console\n",
                False,
            ),
            (
                "aws s3api delete-bucket-policy --bucket coffeeshop-trail --profile ada@console\n",
                False,
            ),
            (MADE_ANEW.format("--no-include-global-service-events"), False),
            (MADE_ANEW.format(""), True),
            (MADE_ANEW.format("--is-multi-region-trail"), True),
        ],
    ),
)
def test_a_trail_that_writes_less_than_it_did_is_not_as_it_was(
    id: str, lines: str, kept: bool
):
    lost = (0, ["tampered:trail/coffeeshop-trail"])
    assert earned(id, f"{ADA_IN}{lines}{course(id).solution}") == (
        (3, []) if kept else lost
    )


CEILING = {
    "StringEquals": {
        "iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/StaffBoundary"
    }
}
STAFF = "arn:aws:iam::111122223333:user/staff/"
ONE_POLICY = {
    "ArnEquals": {"iam:PolicyARN": "arn:aws:iam::111122223333:policy/CashierPolicy"}
}
HIRE = {"Action": "iam:CreateUser", "Resource": f"{STAFF}*", "Condition": CEILING}


@pytest.mark.parametrize(
    ("who", "condition", "key"),
    [
        ("*", {**CEILING, **ONE_POLICY}, "job-denied:grant@mina"),
        ("robin", CEILING, "job-narrow:grant@mina"),
    ],
)
def test_whoever_may_give_any_policy_to_anybody_may_give_more_than_one(
    who: str, condition: object, key: str
):
    giving = {
        "Action": "iam:AttachUserPolicy",
        "Resource": f"{STAFF}{who}",
        "Condition": condition,
    }
    stars, found = earned(
        "22-the-delegated-manager", group("Managers", "hiring", HIRE, giving)
    )
    assert stars == 0
    assert found[0].startswith(key)


def test_any_receipt_of_a_branch_is_not_the_one_that_is_tried():
    own = {"s3:ExistingObjectTag/branch": "${aws:PrincipalTag/branch}"}
    new = {
        "StringEquals": own,
        "StringNotEquals": {"aws:PrincipalTag/branch": ["north", "south"]},
    }
    tried = [f"{RECEIPTS}/2026/03/{name}.json" for name in ("0411", "0412")]
    reading = {"Action": "s3:GetObject"}
    rows = [
        {**reading, "Resource": f"{RECEIPTS}/*", "Condition": new},
        {**reading, "Resource": tried, "Condition": {"StringEquals": own}},
    ]
    stars, found = earned("23-coloured-badges", group("Cashiers", "receipts", *rows))
    assert (stars, found[0]) == (0, "job-narrow:north@casey")


MINA_OUT = "aws iam delete-login-profile --user-name mina"


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("aws iam delete-login-profile --user-name indra", "tampered:badge/indra"),
        (f"aws iam create-access-key --user-name mina\n{MINA_OUT}", "tampered:badge/mina"),
        (
            "aws iam remove-user-from-group --group-name InventorySpecialists --user-name bo",
            "job-denied:stock@bo:none",
        ),
        ("aws iam delete-login-profile --user-name ada", "no-user:badges@ada"),
    ],
)
def test_whoever_uses_a_badge_keeps_it(line: str, key: str):
    assert earned("29-stock-take", f"{course('29-stock-take').solution}{line}\n") == (
        0,
        [key],
    )


def test_a_policy_of_aws_s_that_says_a_star_names_no_permission_though_a_boundary_cuts_it():
    made = f"aws iam create-policy --policy-name Till --policy-document '{document(*COUNTING)}'\n"
    bound = "".join(
        f"aws iam put-user-permissions-boundary --user-name {who}"
        " --permissions-boundary arn:aws:iam::111122223333:policy/Till\n"
        for who in ("casey", "robin")
    )
    id = "07-only-this-drawer"
    # Whoever joins the group tomorrow has no ceiling.
    assert earned(id, made + bound) == (1, ["excess:newcomer"])
    passed = {
        check.id: check.passed
        for check in grade(run_play(course(id), made + bound, "bound.sh")).checks
    }
    assert passed["practice:no-wildcard-action"] is False


# ------------------------------------------------------------------ who has no badge yet
GHOST = f"aws iam create-user --user-name ghost\naws iam attach-user-policy --user-name ghost --policy-arn {ADMINISTRATOR}\n"
BY_ADA = " --profile ada@console\n"


@pytest.mark.parametrize(
    "id", ["03-one-badge-each", "19-the-machines-badge", "27-the-leaked-key", "28-last-day"]
)
def test_whoever_waits_for_a_badge_holds_no_more_than_before(id: str):
    assert earned(id, course(id).solution + GHOST) == (1, ["excess:ghost"])


def test_a_badge_that_opens_nothing_yet_opens_nothing_once_it_can_be_shown():
    id = "02-the-first-administrator"
    own = document({"Action": "s3:GetObject", "Resource": "*"})
    more = f"aws iam put-user-policy --user-name casey --policy-name own --policy-document '{own}'{BY_ADA}"
    assert earned(id, course(id).solution + more) == (1, ["excess:casey"])
    trust = document(
        {
            "Principal": {"AWS": "arn:aws:iam::111122223333:user/casey"},
            "Action": "sts:AssumeRole",
        }
    )
    worn = (
        f"aws iam create-role --role-name Big --assume-role-policy-document '{trust}'{BY_ADA}"
        f"aws iam attach-role-policy --role-name Big --policy-arn {ADMINISTRATOR}{BY_ADA}"
    )
    assert earned(id, course(id).solution + worn) == (1, ["excess:casey"])


def test_whoever_lost_their_badge_may_hold_what_it_opened():
    id = "29-stock-take"
    joins = "aws iam add-user-to-group --group-name Admins --user-name jo-intern\n"
    assert earned(id, course(id).solution) == (3, [])
    assert earned(id, course(id).solution + joins) == (1, ["excess:jo-intern"])


def test_whoever_waits_for_a_badge_may_be_given_what_a_job_lets_others_give():
    id = "C3-franchise"
    given = (
        f"{HIRED.strip()} --profile mina\n"
        f"aws iam attach-user-policy --user-name kim --policy-arn {ADMINISTRATOR} --profile mina\n"
    )
    assert earned(id, course(id).solution + given) == (3, [])


def test_whoever_is_hired_tomorrow_is_judged_though_root_may_do_nothing():
    id = "24-franchise-rules"
    anybody = {
        "StringEquals": {
            "aws:PrincipalAccount": "111122223333",
            "aws:PrincipalType": "User",
        }
    }
    but_casey = {**anybody, "StringNotEquals": {"aws:username": ["casey", "ada"]}}
    payroll = "arn:aws:s3:::coffeeshop-payroll"
    read = {
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"{payroll}/*",
        "Condition": but_casey,
    }
    opened = f"{ADA_IN}aws s3api put-bucket-policy --bucket coffeeshop-payroll --policy '{document(read)}'{BY_ADA}"
    root = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}
    denied = document({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": root})
    bound = (
        f"aws organizations create-policy --name Root --description x --type SERVICE_CONTROL_POLICY --content '{denied}'\n"
        "aws organizations attach-policy --policy-id @policy:Root --target-id @unit:Shops\n"
    )
    assert earned(id, course(id).solution + opened + bound) == (1, ["excess:newcomer"])


# ------------------------------------------------------------------ what is called as the search calls its own
@pytest.mark.parametrize("name", ["report-canary", "canary"])
def test_a_function_with_a_name_that_the_search_makes_up_hides_no_leak(name: str):
    made = f"aws lambda create-function --function-name {name} --runtime python3.13 --handler f.f --role arn:aws:iam::111122223333:role/AdminMachine --zip-file fileb://function.zip\n"
    assert earned("26-the-back-door", made) == (0, ["leak:badges@indra"])
