"""Nobody who is right is blamed: what is harmless, or narrower than needed, or done already, costs nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.door import handle
from coffeeshop.account.model import Act, Call, Nobody
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import find
from coffeeshop.policy.model import Standing
from coffeeshop.shop.serve import assume_function_role, assumed_session_key
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import FILES, folder, keys, played, scenario
from tests.lessons.grading.test_nobody_escapes import (
    BO,
    CODE,
    OURS,
    bucket,
    document,
    gained,
    known_as,
    named,
    put,
    role,
    solved,
    trust,
)

ADA, CASEY = (f"arn:aws:iam::111122223333:user/{name}" for name in ("ada", "casey"))
LIST = {"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET"}
LAMBDA = {"Principal": {"Service": "lambda.amazonaws.com"}}
TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table"
EXPORT = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::coffeeshop-orders-export/*"}


def only_if(**condition: dict[str, str]) -> tuple[str, str, bool]:
    return "05", put("casey", {**LIST, "Condition": condition}, name="receipts"), False


def nobody(*conditions: dict[str, dict[str, str]]) -> tuple[str, str, bool]:
    """A bucket that lets in whoever is two things at once that nobody is."""
    found: dict[str, dict[str, str]] = {}
    for condition in conditions:
        for operator, asked in condition.items():
            found.setdefault(operator, {}).update(asked)
    return (
        "05",
        bucket({"Principal": "*", "Action": "s3:GetObject", "Condition": found}),
        True,
    )


def arn(text: str) -> dict[str, dict[str, str]]:
    return {"ArnLike": {"aws:PrincipalArn": text}}


def said(key: str, value: str) -> dict[str, dict[str, str]]:
    return {"StringLike": {f"aws:{key}": value}}


ENDED = {
    "Action": "*",
    "Resource": "*",
    "Condition": {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
}
DEPLOY = (
    "aws lambda create-function --function-name report-weekly --role arn:aws:iam::111122223333:role/ReportRole"
    " --runtime python3.13 --handler report.handler --zip-file fileb://function.zip"
)


def orders_of(function: str) -> str:
    """The machine's orders, for the code of one function alone, in place of those that its role has for any."""
    of_it = {
        "ArnEquals": {
            "lambda:SourceFunctionArn": f"arn:aws:lambda:us-east-1:111122223333:function:{function}"
        }
    }
    orders = {
        "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"],
        "Resource": "arn:aws:sqs:us-east-1:111122223333:online-orders",
        "Condition": of_it,
    }
    return (
        "aws iam put-role-policy --role-name espresso-role --policy-name orders"
        f" --policy-document '{document(orders)}'\n"
    )


def stations(path: str) -> str:
    """The three workstations, roles with a path, for whoever is Bo."""
    work = {
        "Cashier": {"Action": "dynamodb:PutItem", "Resource": f"{TABLE}/Register"},
        "Inventory": {"Action": "dynamodb:UpdateItem", "Resource": f"{TABLE}/Inventory"},
        "OnlineOrders": {
            "Action": "sqs:ReceiveMessage",
            "Resource": "arn:aws:sqs:us-east-1:111122223333:online-orders",
        },
    }
    made = (role(name, BO, holds=document(statement)) for name, statement in work.items())
    return "".join(made).replace("create-role", f"create-role --path {path}")


RIGHT = {
    "a job that was done in play": (
        "26",
        "aws iam create-access-key --user-name indra\n" + DEPLOY + " --profile indra\n",
        True,
    ),
    "a password that was changed in play": (
        "20",
        "console sign-in --user-name sam --password Steam-wand-4\n"
        "aws iam change-password --old-password Steam-wand-4 --new-password Steam-wand-9 --profile sam@console\n",
        True,
    ),
    "a phone that was enrolled in play": (
        "20",
        "console sign-in --user-name sam --password Steam-wand-4\n"
        "aws iam create-virtual-mfa-device --virtual-mfa-device-name sam --outfile sam.png"
        " --bootstrap-method QRCodePNG --profile sam@console\n"
        "aws iam enable-mfa-device --user-name sam --serial-number arn:aws:iam::111122223333:mfa/sam"
        " --authentication-code1 @phone --authentication-code2 @phone+1 --profile sam@console\n",
        True,
    ),
    "a role of its own for a function": (
        "26",
        role("ReportDaily", LAMBDA, holds=document(EXPORT))
        + "aws lambda update-function-configuration --function-name report-daily"
        " --role arn:aws:iam::111122223333:role/ReportDaily\n",
        True,
    ),
    "not through a service": only_if(Bool={"aws:ViaAWSService": "false"}),
    "encrypted": only_if(Bool={"aws:SecureTransport": "true"}),
    "in our own account": only_if(StringEquals={"s3:ResourceAccount": "111122223333"}),
    "with today's TLS": only_if(NumericGreaterThanEquals={"s3:TlsVersion": "1.2"}),
    "signed as one signs today": only_if(
        StringEquals={"s3:signatureversion": "AWS4-HMAC-SHA256"}
    ),
    "signed in a header": only_if(StringEquals={"s3:authType": "REST-HEADER"}),
    "freshly signed": only_if(NumericLessThan={"s3:signatureAge": "600000"}),
    "the bucket's policy for whoever is Casey": (
        "05",
        bucket(
            {
                "Principal": "*",
                "Action": "s3:ListBucket",
                "Resource": "arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET",
                "Condition": {"ArnEquals": {"aws:PrincipalArn": CASEY}},
            },
            name="AWSDOC-EXAMPLE-BUCKET",
        ),
        False,
    ),
    "a bucket that denies what is not encrypted, beside a partner who is refused": (
        "12",
        bucket(
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": "arn:aws:s3:::coffeeshop-recipes/*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
            name="coffeeshop-recipes",
        ),
        True,
    ),
    "an empty user called root": ("05", "aws iam create-user --user-name root\n", True),
    "an empty user called anyone": ("05", "aws iam create-user --user-name anyone\n", True),
    "an empty user called function": (
        "05",
        "aws iam create-user --user-name function\n",
        True,
    ),
    "an empty user called newcomer": (
        "05",
        "aws iam create-user --user-name newcomer\n",
        True,
    ),
    "an empty group": ("05", "aws iam create-group --group-name Nobody\n", True),
    "a user with a path": (
        "05",
        "aws iam create-user --user-name zoe --path /staff/\n",
        True,
    ),
    "a grant that has ended": (
        "05",
        put(
            "casey",
            {
                "Action": "s3:*",
                "Resource": "*",
                "Condition": {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
            },
        ),
        True,
    ),
    "everything, until last year, where roles could be handed to a service": (
        "26",
        put("indra", ENDED),
        True,
    ),
    "everything, until last year, where roles could be taken": (
        "15",
        put("casey", ENDED),
        True,
    ),
    "a bystander at work": (
        "15",
        "aws iam create-access-key --user-name mina\naws sts get-session-token --profile mina\n"
        "aws sts assume-role --role-arn arn:aws:iam::111122223333:role/Manager --role-session-name mina --profile mina\n",
        True,
    ),
    "someone hired in play by whose job it is, and given what she likes": (
        "22",
        "aws iam create-user --user-name lou --path /staff/"
        " --permissions-boundary arn:aws:iam::111122223333:policy/StaffBoundary --profile mina\n"
        "aws iam attach-user-policy --user-name lou --policy-arn arn:aws:iam::aws:policy/AdministratorAccess"
        " --profile mina\n"
        "aws iam attach-user-policy --user-name robin --policy-arn arn:aws:iam::aws:policy/AdministratorAccess"
        " --profile mina\n",
        True,
    ),
    "a trust of anyone who is the partner's one role": (
        "25",
        trust(
            "OrdersExport",
            {
                "Principal": {"AWS": "*"},
                "Condition": {
                    "StringEquals": {"sts:ExternalId": "shop-7f3a"},
                    "ArnEquals": {
                        "aws:PrincipalArn": "arn:aws:iam::444455556666:role/Courier"
                    },
                },
            },
        ),
        True,
    ),
    "what a job lets be attached, attached in play to whoever is judged": (
        "C3",
        "aws iam attach-user-policy --user-name sam --policy-arn arn:aws:iam::111122223333:policy/CashierPolicy"
        " --profile mina\n",
        True,
    ),
    "a deny in words of what the brief refuses": (
        "22",
        put(
            "mina",
            {
                "Effect": "Deny",
                "Action": "iam:*",
                "Resource": "arn:aws:iam::111122223333:user/staff/sam",
            },
        ),
        True,
    ),
    "a phone for a bystander": (
        "29",
        "aws iam create-virtual-mfa-device --virtual-mfa-device-name indra --outfile indra.png"
        " --bootstrap-method QRCodePNG\n"
        "aws iam enable-mfa-device --user-name indra --serial-number arn:aws:iam::111122223333:mfa/indra"
        " --authentication-code1 @phone --authentication-code2 @phone+1\n",
        True,
    ),
    "a role that knows a name which its trust lets no one have": (
        "17",
        trust("Cashier", named("StringLike", "bo", "b*x")) + known_as("*:c*"),
        True,
    ),
    "a role that knows a name which its trust denies": (
        "17",
        trust("Cashier", BO, {"Effect": "Deny", **named("StringLike", "boss*")})
        + known_as("*:boss-*"),
        True,
    ),
    "a revocation of older sessions": (
        "17",
        gained(
            "Cashier",
            Effect="Deny",
            Condition={"DateLessThan": {"aws:TokenIssueTime": "2026-03-02T11:00:00Z"}},
        ),
        True,
    ),
    "a role that may be worn from fewer places": (
        "15",
        trust(
            "Manager",
            {**OURS, "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}},
        ),
        True,
    ),
    "a user by type and a role by ARN": nobody(
        said("PrincipalType", "User"), arn("arn:aws:iam::*:role/*")
    ),
    "a session by type and a user by id": nobody(
        said("PrincipalType", "AssumedRole"), said("userid", "AIDA*")
    ),
    "a role by ARN and a user by id": nobody(
        arn("arn:aws:iam::*:role/*"), said("userid", "AIDA*")
    ),
    "a session with the name of a user": nobody(
        said("PrincipalType", "AssumedRole"), said("username", "*")
    ),
    "of one account by ARN and of another by number": nobody(
        arn("arn:aws:iam::888877776666:*"), said("PrincipalAccount", "999988887777")
    ),
    "of one name by ARN and of another by name": nobody(
        arn("arn:aws:iam::*:user/kim"), said("username", "lee")
    ),
    "of one account by id and of another by number": nobody(
        said("userid", "888877776666:kim"), said("PrincipalAccount", "999988887777")
    ),
    "a federated user by ARN and another by id": nobody(
        arn("arn:aws:sts::888877776666:federated-user/kim"),
        said("userid", "888877776666:lee"),
    ),
    "a root by ARN and a user by id": nobody(
        arn("arn:aws:iam::888877776666:root"), said("userid", "AIDA*")
    ),
    "an old code of a session without one": nobody(
        {"Bool": {"aws:MultiFactorAuthPresent": "false"}},
        {"NumericGreaterThan": {"aws:MultiFactorAuthAge": "60"}},
    ),
    "a role with a code": nobody(said("PrincipalType", "AssumedRole"), CODE),
    "a role with a key that lasts": nobody(
        arn("arn:aws:iam::*:role/*"), {"Null": {"aws:TokenIssueTime": "true"}}
    ),
    "a user that someone vouches for": nobody(
        said("PrincipalType", "User"), said("SourceIdentity", "*")
    ),
    "a user that a provider signed in": nobody(
        said("username", "kim"), said("FederatedProvider", "*")
    ),
    "of one organization by id and of another by path": nobody(
        said("PrincipalOrgID", "o-aaaa111111"),
        {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-bbbb222222/*"}},
    ),
    "AWS's own policy for one's own badge": ("20", "", True),
    "a role whose grants are for its own function": ("19", orders_of("espresso-api"), True),
    "roles with a path": ("15", stations("/stations/"), False),
    "a trust that names whom a group's policy lets ask": ("17", trust("Cashier", BO), True),
    "a bucket that only the administrator and the owner may delete": (
        "07",
        bucket(
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:DeleteBucket",
                "Resource": "arn:aws:s3:::coffeeshop-payroll",
                "Condition": {
                    "ArnNotEquals": {"aws:PrincipalArn": [ADA, OURS["Principal"]["AWS"]]}
                },
            },
            name="coffeeshop-payroll",
        ),
        True,
    ),
    "a bucket for whoever has a unique id of the account's kinds": (
        "15",
        bucket(
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [
                    "arn:aws:s3:::coffeeshop-payroll",
                    "arn:aws:s3:::coffeeshop-payroll/*",
                ],
                "Condition": {
                    "StringNotLike": {"aws:userId": ["AIDA*", "AROA*", "111122223333"]}
                },
            },
            name="coffeeshop-payroll",
        ),
        True,
    ),
    "whoever helps in a job has another key than before": (
        "22",
        "aws iam create-access-key --user-name mina\n"
        "aws iam update-access-key --user-name mina --access-key-id @key:2 --status Inactive\n",
        True,
    ),
    "a branch that is asked for the other way round": (
        "23",
        "aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document '"
        + document(
            {
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::coffeeshop-receipts/*",
                "Condition": {
                    "StringEquals": {
                        "aws:PrincipalTag/branch": "${s3:ExistingObjectTag/branch}"
                    }
                },
            }
        )
        + "'\n",
        True,
    ),
    "whoever helps in a job has signed out": (
        "23",
        "console sign-out --profile ada@console\n",
        True,
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_loses_nothing(name: str):
    number, more, after = RIGHT[name]
    lesson, right = solved(number)
    play = played(lesson, right + more if after else more)
    assert [str(o.answer) for o in play.outcomes if not o.has_succeeded] == []
    report = grade(play)
    assert (
        report.stars if report.stars < 2 else 3,
        keys(report) if report.stars < 2 else [],
    ) == (3, [])


def test_a_role_whose_grants_are_for_another_function_lets_this_one_do_no_job():
    lesson, right = solved("19")
    denied = grade(played(lesson, right + orders_of("espresso-apis")))
    assert keys(denied) == ["job-denied:take@function/espresso-api:condition"]


def test_a_role_that_a_function_puts_on_over_its_own_is_not_the_function_s_own():
    lesson, _ = solved("19")
    desk = role(
        "Desk",
        {"Principal": {"AWS": "arn:aws:iam::111122223333:role/espresso-role"}},
        holds=document(EXPORT),
    )
    desk += orders_of("espresso-api").replace("espresso-role", "Desk")
    account = played(lesson, desk).account
    worn = assume_function_role(account, "espresso-api", lesson.now)
    assert worn is not None
    said = {
        "RoleArn": "arn:aws:iam::111122223333:role/Desk",
        "RoleSessionName": "espresso-api",
    }
    over = handle(
        worn.account,
        Act(
            lesson.now,
            assumed_session_key(worn) or Nobody(),
            Call("sts", "AssumeRole", said),
        ),
    )
    carried = [
        held.fixed["lambda:SourceFunctionArn"]
        for taken in (worn, over)
        if isinstance(
            held := build_standing(
                taken.account, assumed_session_key(taken) or Nobody(), lesson.now
            ),
            Standing,
        )
    ]
    assert carried == [
        ("arn:aws:lambda:us-east-1:111122223333:function:espresso-api",),
        None,
    ]


def test_a_grant_for_the_code_of_a_function_is_no_person_s():
    """https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html"""
    lesson, right = solved("05")
    any_function = {"ArnLike": {"lambda:SourceFunctionArn": "arn:aws:lambda:*"}}
    report = grade(
        played(
            lesson,
            right
            + put("casey", {"Action": "*", "Resource": "*", "Condition": any_function}),
        )
    )
    assert (report.stars > 1, keys(report)[:1]) == (True, ["practice:no-wildcard-action"])


SELF_SERVICE = [
    {"Action": ["iam:GetAccountPasswordPolicy", "iam:ListVirtualMFADevices"], "Resource": "*"},
    {"Action": ["iam:ChangePassword", "iam:GetUser"], "Resource": "arn:aws:iam::*:user/${aws:username}"},
    {
        "Action": [
            "iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:ListAccessKeys", "iam:UpdateAccessKey",
            "iam:GetAccessKeyLastUsed", "iam:DeleteSigningCertificate", "iam:ListSigningCertificates",
            "iam:UpdateSigningCertificate", "iam:UploadSigningCertificate", "iam:DeleteSSHPublicKey",
            "iam:GetSSHPublicKey", "iam:ListSSHPublicKeys", "iam:UpdateSSHPublicKey", "iam:UploadSSHPublicKey",
            "iam:CreateServiceSpecificCredential", "iam:DeleteServiceSpecificCredential",
            "iam:ListServiceSpecificCredentials", "iam:ResetServiceSpecificCredential",
            "iam:UpdateServiceSpecificCredential",
        ],
        "Resource": "arn:aws:iam::*:user/${aws:username}",
    },
    {"Action": ["iam:CreateVirtualMFADevice"], "Resource": "arn:aws:iam::*:mfa/*"},
    {
        "Action": ["iam:DeactivateMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "iam:ResyncMFADevice"],
        "Resource": "arn:aws:iam::*:user/${aws:username}",
    },
]  # fmt: skip
DENIED = {
    "Sid": "DenyAllExceptListedIfNoMFA",
    "Effect": "Deny",
    "NotAction": [
        "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:GetUser", "iam:GetMFADevice", "iam:ListMFADevices",
        "iam:ListVirtualMFADevices", "iam:ResyncMFADevice", "sts:GetSessionToken", "iam:ChangePassword",
    ],
    "Resource": "*",
    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
}  # fmt: skip


def test_aws_s_own_policy_for_looking_after_one_s_own_badge_is_no_excess():
    lesson, right = solved("20")
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [*({"Effect": "Allow", **s} for s in SELF_SERVICE), DENIED],
        }
    )
    own = f"aws iam put-group-policy --group-name Staff --policy-name SelfService --policy-document '{text}'\n"
    report = grade(played(lesson, right + own))
    assert (report.stars, keys(report)) == (3, [])


# ------------------------------------------------------------------ what only takes away
NO_ONE = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject"}
CLOSED = "aws s3api delete-bucket-policy --bucket coffeeshop-old\n"
TAKES_AWAY = {
    "a role that trusts someone else": (
        role("Old", {"Principal": {"AWS": "999988887777"}}, holds=document(LIST)),
        "aws iam delete-role-policy --role-name Old --policy-name p\naws iam delete-role --role-name Old\n",
        trust("Old", OURS),
    ),
    "a bucket that was closed to everyone": (
        "aws s3api create-bucket --bucket coffeeshop-old\n"
        + bucket(NO_ONE, name="coffeeshop-old"),
        f"{CLOSED}aws s3api delete-bucket --bucket coffeeshop-old\n",
        CLOSED,
    ),
}


def asked(more: str, people: str) -> dict[str, tuple[str, str]]:
    """Further checks, and other people, of the small scenario."""
    return {
        "a": ("[[practice]]", f"{more}\n\n[[practice]]"),
        "b": ('graded = ["casey"]', people),
    }


MENU = "arn:aws:s3:::coffeeshop-recipes/menu.pdf"


def test_what_a_job_lets_anybody_do_needs_no_code(tmp_path: Path):
    job = f'[[job]]\nid = "menu"\nas = "anyone"\nrequest = {{ action = "s3:GetObject", resource = "{MENU}" }}\nsay = "Anyone"'
    rule = '[[practice]]\nrule = "mfa-required"\nwho = ["lou"]'
    lesson = scenario(
        folder(
            tmp_path, FILES, **asked(f"{job}\n\n{rule}", people='graded = ["casey", "lou"]')
        )
    )
    opened = "aws s3api delete-public-access-block --bucket coffeeshop-recipes\naws iam create-user --user-name lou\n"
    menu = bucket(
        {"Principal": "*", "Action": "s3:GetObject", "Resource": MENU},
        name="coffeeshop-recipes",
    )
    assert keys(grade(played(lesson, lesson.solution + opened + menu))) == []
    more = put("lou", {"Action": "s3:GetObject", "Resource": MENU})
    assert keys(grade(played(lesson, lesson.solution + opened + menu + more))) == []


def test_a_bucket_of_today_is_none_that_is_opened_tomorrow(tmp_path: Path):
    world = (
        FILES["world.sh"]
        + "aws iam create-user --user-name mina\n"
        + put(
            "mina",
            {"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::coffeeshop-recipes"},
        )
    )
    refuse = '[[refuse]]\nid = "new"\nas = "mina"\ndo = "aws s3api list-objects-v2 --bucket {tomorrow}"\nsay = "Mina lists a bucket of tomorrow"'
    lesson = scenario(
        folder(
            tmp_path,
            {**FILES, "world.sh": world},
            **asked(refuse, people='graded = ["casey"]\nbystanders = ["mina"]'),
        )
    )
    assert keys(grade(played(lesson, lesson.solution))) == []
    every = put(
        "mina", {"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::*"}, name="every"
    )
    assert keys(grade(played(lesson, lesson.solution + every))) == ["leak:new@mina"]


def test_whoever_is_hired_with_a_path_looks_after_their_own_badge(tmp_path: Path):
    files = {**FILES, "world.sh": "", "solution.sh": ""}
    own = ('admins = ["ada"]', 'admins = ["ada"]\n\n[slack]\nown-badge = ["casey"]')
    lesson = scenario(folder(tmp_path, files, a=own, b=(', "user/casey"', "")))
    self_service = {
        "Action": ["iam:GetUser", "iam:ChangePassword", "iam:EnableMFADevice"],
        "Resource": "arn:aws:iam::111122223333:user/staff/${aws:username}",
    }
    hired = "aws iam create-user --user-name casey --path /staff/\n" + put(
        "casey", self_service
    )
    may = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::coffeeshop-receipts/*"}
    assert keys(grade(played(lesson, hired + put("casey", may, name="receipts")))) == []
    others = hired.replace("staff/${aws:username}", "staff/*")
    assert keys(grade(played(lesson, others + put("casey", may, name="receipts")))) == [
        "excess:casey"
    ]


@pytest.mark.parametrize(
    ("regions", "stars"), [(["us-east-1"], 3), (["us-east-1", "eu-west-1"], 1)]
)
def test_a_request_goes_to_the_region_of_its_resource(regions: list[str], stars: int):
    sales = {
        "Action": "dynamodb:PutItem",
        "Resource": "arn:aws:dynamodb:*:111122223333:table/Register",
        "Condition": {"StringEquals": {"aws:RequestedRegion": regions}},
    }
    lesson, right = solved("15")
    answer = f"{right}aws iam put-role-policy --role-name Cashier --policy-name sales --policy-document '{document(sales)}'\n"
    assert grade(played(lesson, answer)).stars == stars


@pytest.mark.parametrize(
    ("operator", "stars"), [("DateLessThan", 3), ("DateGreaterThan", 0)]
)
def test_a_role_of_a_partner_has_sessions_that_begin_later(operator: str, stars: int):
    partner = {
        "Principal": {"AWS": "arn:aws:iam::444455556666:role/Courier"},
        "Condition": {"StringEquals": {"sts:ExternalId": "shop-7f3a"}},
    }
    ended = {operator: {"aws:TokenIssueTime": "2026-03-02T00:00:00Z"}}
    deny = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Condition": ended}
    lesson, right = solved("25")
    report = grade(played(lesson, right + trust("OrdersExport", partner, deny)))
    assert report.stars == stars


@pytest.mark.parametrize("what", TAKES_AWAY)
def test_deleting_gives_nothing_to_whoever_may_keep_what_they_had(
    what: str, tmp_path: Path
):
    made, deleted, opened = TAKES_AWAY[what]
    world = (
        FILES["world.sh"] + role("Boss", LAMBDA) + made
    )  # an administrator that Lambda wears
    lesson = scenario(folder(tmp_path, {**FILES, "world.sh": world}))
    assert "excess:role/Boss" not in keys(grade(played(lesson, lesson.solution + deleted)))
    assert "excess:role/Boss" in keys(grade(played(lesson, lesson.solution + opened)))


def test_whoever_is_hired_tomorrow_gets_no_id_that_was_given_before(tmp_path: Path):
    lesson = scenario(folder(tmp_path))
    left = (
        run_play(lesson, "aws iam create-user --user-name robin\n", "before.sh")
        .account.users["robin"]
        .id
    )
    ours = {"StringEquals": {"aws:PrincipalAccount": "111122223333", "aws:userid": left}}
    known = bucket({"Principal": "*", "Action": "s3:GetObject", "Condition": ours})
    robin = "aws iam create-user --user-name robin\n"
    gone = robin + known + "aws iam delete-user --user-name robin\n"
    assert keys(grade(played(lesson, lesson.solution + gone))) == []


def test_a_session_of_the_world_was_taken_when_it_was_whoever_is_left_without_a_key():
    kept = [
        line
        for line in course("27-the-leaked-key").solution.splitlines()
        if "create-access-key" not in line
    ]
    report = grade(played(course("27-the-leaked-key"), "\n".join([*kept, ""])))
    assert report.check("refuse:thief-session").passed is True
    assert not [key for key in keys(report) if key.startswith("leak:")]


@pytest.mark.parametrize(
    "more",
    [
        "aws iam create-access-key --user-name mina",
        "aws iam update-login-profile --user-name mina --password Ristretto-1-2-3",
    ],
)
def test_whoever_keeps_what_they_sign_in_with_may_have_it_renewed_or_a_key_beside_it(
    more: str,
):
    lesson = course("29-stock-take")
    assert keys(grade(played(lesson, f"{lesson.solution}{more}\n"))) == []


@pytest.mark.parametrize("who", ["sam", "casey"])
def test_a_phone_that_was_enrolled_for_whoever_was_hired_in_play_is_a_job_done(who: str):
    mine = f"--serial-number arn:aws:iam::111122223333:mfa/{who} --authentication-code1 @phone --authentication-code2 @phone+1"
    more = (
        f"aws iam create-virtual-mfa-device --virtual-mfa-device-name {who} --outfile phone.png"
        " --bootstrap-method QRCodePNG --profile ada@console\n"
        f"aws iam enable-mfa-device --user-name {who} {mine} --profile ada@console\n"
    )
    lesson = course("C1-opening-week")
    assert keys(grade(played(lesson, lesson.solution + more))) == []


def test_what_one_group_gives_may_lean_on_a_deny_of_another_that_all_of_its_people_are_in():
    lesson = course("13-no-shredding")
    wide = document(
        {
            "Effect": "Allow",
            "Action": "s3:DeleteObject",
            "Resource": "arn:aws:s3:::coffeeshop-receipts/*",
        }
    )
    solution = f"{lesson.solution}aws iam put-group-policy --group-name Managers --policy-name void --policy-document '{wide}'\n"
    assert keys(grade(played(lesson, solution))) == []


@pytest.mark.parametrize(
    "condition",
    [
        {
            "StringEquals": {
                "aws:RequestedRegion": "us-east-1",
                "aws:ResourceAccount": "111122223333",
            }
        },
        {"Bool": {"aws:SecureTransport": "true", "aws:ViaAWSService": "false"}},
        {"Null": {"aws:SourceVpce": "true"}, "StringNotLike": {"aws:UserAgent": "curl*"}},
        {
            "NumericGreaterThanEquals": {"s3:TlsVersion": "1.2"},
            "NumericLessThan": {"s3:signatureAge": "600000"},
        },
    ],
)
def test_a_bystander_keeps_what_is_asked_as_the_shop_asks(
    condition: dict[str, dict[str, str]],
):
    lesson = course("00-the-first-morning")
    asked = {
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": "arn:aws:s3:::coffeeshop-receipts",
        "Condition": condition,
    }
    solution = f"{lesson.solution}aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document '{document(asked)}'\n"
    assert keys(grade(played(lesson, solution))) == []


@pytest.mark.parametrize(("number", "who"), [("00", "robin"), ("15", "mina"), ("29", "bo")])
def test_what_is_revoked_of_earlier_sessions_is_no_loss_of_whoever_stands_by(
    number: str, who: str
):
    lesson = course(find(number).name)
    rule = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    earlier = {"DateLessThan": {"aws:TokenIssueTime": lesson.now.isoformat()[:19] + "Z"}}
    revoked = document({**rule, "Condition": earlier})
    line = f"aws iam put-user-policy --user-name {who} --policy-name revoked --policy-document '{revoked}'\n"
    assert keys(grade(played(lesson, lesson.solution + line))) == []


OF_RESOURCES = "aws organizations enable-policy-type --root-id @root --policy-type RESOURCE_CONTROL_POLICY\n"


@pytest.mark.parametrize(
    ("denied", "found"),
    [
        ({}, []),
        (
            {
                "Action": ["s3:*", "sqs:*"],
                "Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}},
            },
            [],
        ),
        (
            {
                "Action": ["s3:*", "sqs:*"],
                "Condition": {
                    "StringNotEqualsIfExists": {
                        "aws:PrincipalOrgID": "${aws:ResourceOrgID}"
                    },
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                },
            },
            [],
        ),
        (
            {
                "Action": ["s3:*", "sqs:*"],
                "Condition": {
                    "StringNotEqualsIfExists": {"aws:SourceOrgID": "${aws:ResourceOrgID}"},
                    "Null": {"aws:SourceAccount": "false"},
                    "Bool": {"aws:PrincipalIsAWSService": "true"},
                },
            },
            [],
        ),
        (
            {
                "Action": "s3:GetObject",
                "Condition": {
                    "StringNotEqualsIfExists": {"aws:PrincipalAccount": "111122223333"},
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                },
            },
            [],
        ),
        ({"Action": "s3:GetObject"}, ["lost:account/111122223333"]),
        (
            {
                "Action": "sts:AssumeRole",
                "Condition": {"Bool": {"aws:PrincipalIsAWSService": "true"}},
            },
            ["lost:function/espresso-api"],
        ),
    ],
)
def test_a_rule_over_the_shops_things_gives_services_nothing_that_they_had_not(
    denied: dict[str, object], found: list[str]
):
    rule = document({"Effect": "Deny", "Principal": "*", "Resource": "*", **denied})
    hangs = (
        "aws organizations create-policy --name Things --description d --type RESOURCE_CONTROL_POLICY "
        f"--content '{rule}'\n"
        "aws organizations attach-policy --policy-id @policy:Things --target-id @unit:Shops\n"
    )
    lesson = course("24-franchise-rules")
    answer = lesson.solution + OF_RESOURCES + (hangs if denied else "")
    assert keys(grade(played(lesson, answer))) == found


@pytest.mark.parametrize("action", ["sts:GetCallerIdentity", "sts:GetSessionToken"])
def test_what_needs_no_permission_is_said_of_no_other_policy_again(action: str):
    lesson = course("10-the-cashiers")
    more = document({"Effect": "Allow", "Action": action, "Resource": "*"})
    line = f"aws iam put-group-policy --group-name Cashiers --policy-name self --policy-document '{more}'\n"
    assert keys(grade(played(lesson, lesson.solution + line))) == []


@pytest.mark.parametrize(
    ("condition", "is_excess"),
    [
        ({"Null": {"aws:RequestedRegion": "true"}}, False),
        ({"Null": {"aws:SecureTransport": "true"}}, False),
        ({"DateLessThanIfExists": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}, False),
        ({"NumericLessThanIfExists": {"aws:EpochTime": "1700000000"}}, False),
        ({"Null": {"aws:SourceVpce": "true"}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, True),
    ],
)
def test_a_key_that_every_request_has_is_never_absent(
    condition: dict[str, object], is_excess: bool
):
    id = "05-receipts-drawer"
    objects = f"{LIST['Resource']}/*"
    rows = (LIST, {"Action": "s3:GetObject", "Resource": objects, "Condition": condition})
    report = grade(played(course(id), put("casey", *rows)))
    assert keys(report) == (["leak:read@casey"] if is_excess else [])
