"""Stars that were once earned though whoever comes next, or whoever stands by, was left better or worse off than those who
are named.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coffeeshop.lessons.grading.grade import grade
from tests.examples import pairs
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import (
    FILES,
    RECEIPTS,
    folder,
    graded,
    keys,
    played,
    policy,
    put,
    scenario,
)
from tests.lessons.grading.test_hollow_stars import group
from tests.lessons.grading.test_nobody_escapes import document, trust
from tests.lessons.grading.test_overlooked_stars import beside, but
from tests.lessons.grading.test_undeserved_stars import earned

pytestmark = pytest.mark.slow

VOIDED = {
    "Action": "s3:DeleteObject",
    "Resource": "arn:aws:s3:::coffeeshop-receipts/voided/*",
}
NOT_MANAGERS = "aws iam delete-group-policy --group-name Managers --policy-name void\n"
ADA_TOO = "aws iam add-user-to-group --group-name Staff --user-name ada\n"


# ------------------------------------------------------------------ who comes into a group
@pytest.mark.parametrize(
    ("number", "more"),
    [
        ("13", NOT_MANAGERS + group("Staff", "void", but("casey", "robin", **VOIDED))),  # Mina needs it, who is a manager
        ("13", ADA_TOO + NOT_MANAGERS + group("Staff", "void", but("casey", "robin", **VOIDED))),
        ("13", NOT_MANAGERS + group("Staff", "void", {**VOIDED, "Condition": {"StringNotLike": {"aws:username": "?????*"}}})),
        ("10", group("Cashiers", "more", {"Action": "s3:GetObject", "Resource": "*", "Condition": {"StringLike": {"aws:username": "????????"}}})),
        ("15", group("Managers", "more", but("mina", Action="*"))),  # Mina is a bystander
    ],
)  # fmt: skip
def test_whoever_is_hired_under_whatever_name_may_do_no_more_than_those_of_the_same_groups(
    number: str, more: str
):
    assert beside(number, more) == (1, ["excess:newcomer"])


# ------------------------------------------------------------------ who stands by
UNCODED = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
OURS = {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}
PHONE = (
    "aws iam create-virtual-mfa-device --virtual-mfa-device-name mina --outfile mina.png --bootstrap-method QRCodePNG\n"
    "aws iam enable-mfa-device --user-name mina --serial-number arn:aws:iam::111122223333:mfa/mina"
    " --authentication-code1 @phone --authentication-code2 @phone+1\n"
)
CODED = trust(
    "Manager", {**OURS, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
)


def test_a_bystander_without_a_phone_is_asked_for_no_code():
    apart = "aws iam create-group --group-name Coded\naws iam add-user-to-group --group-name Coded --user-name robin\n"
    no = {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": UNCODED}
    assert beside("00", apart + group("Coded", "code", no)) == (0, ["lost:robin"])
    assert beside("15", CODED) == (0, ["lost:mina"])
    assert beside("15", CODED + PHONE) == (3, [])


NO_LOGS = "aws iam delete-role-policy --role-name espresso-role --policy-name logs\n"
WRITES = {"Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/espresso-api:*"}  # fmt: skip
OTHERWISE = f"aws iam put-role-policy --role-name espresso-role --policy-name write --policy-document '{document(WRITES)}'\n"


@pytest.mark.parametrize(
    "more", [NO_LOGS, NO_LOGS + "aws iam delete-role --role-name espresso-role\n"]
)
def test_a_machine_that_nobody_asks_about_keeps_what_it_had(more: str):
    assert beside("05", more) == (0, ["lost:function/espresso-api"])


@pytest.mark.parametrize(
    ("until", "found"), [("2026-06-01", ["lost:function/espresso-api"]), ("2026-03-01", [])]
)
def test_a_machine_that_nobody_asks_about_goes_on_to_wear_its_role(
    until: str, found: list[str]
):
    how = "DateLessThan" if found else "DateGreaterThan"
    lambdas = {
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Condition": {how: {"aws:CurrentTime": f"{until}T00:00:00Z"}},
    }
    assert beside("05", trust("espresso-role", lambdas)) == (0 if found else 3, found)


def test_a_machine_that_nobody_asks_about_has_as_long_as_before():
    line = "aws lambda update-function-configuration --function-name espresso-api --timeout {}\n"
    assert beside("05", line.format(1)) == (0, ["tampered:function/espresso-api"])
    assert beside("05", line.format(3)) == (3, [])


def test_a_machine_that_is_let_by_another_policy_lost_nothing():
    assert beside("05", NO_LOGS + OTHERWISE) == (3, [])


# ------------------------------------------------------------------ those who can do everything
def closed(kind: str, *statements: dict[str, object]) -> str:
    """A bucket, or a queue, with these denies for everybody."""
    if kind == "bucket":
        on = ["arn:aws:s3:::coffeeshop-payroll", "arn:aws:s3:::coffeeshop-payroll/*"]
        text = document(
            *(
                {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": on, **s}
                for s in statements
            )
        )
        return (
            f"aws s3api put-bucket-policy --bucket coffeeshop-payroll --policy '{text}'\n"
        )
    arn, url = "arn:aws:sqs:us-east-1:111122223333:online-orders", "https://sqs.us-east-1.amazonaws.com/111122223333/online-orders"  # fmt: skip
    text = document(
        *(
            {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": arn, **s}
            for s in statements
        )
    )
    return f"aws sqs set-queue-attributes --queue-url {url} --attributes '{json.dumps({'Policy': text})}'\n"


@pytest.mark.parametrize(
    ("kind", "statement", "found"),
    [
        ("bucket", {}, ["locked-out:bucket/coffeeshop-payroll"]),
        ("bucket", {"Condition": {"DateGreaterThan": {"aws:CurrentTime": "2026-06-01T00:00:00Z"}}}, ["locked-out:bucket/coffeeshop-payroll"]),
        ("queue", {}, ["locked-out:queue/online-orders"]),
        ("bucket", {"Condition": {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/ada"}}}, []),
        ("bucket", {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, []),
        ("bucket", {"Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}}, []),
        ("bucket", {"Condition": {"NumericGreaterThan": {"s3:signatureAge": "600000"}}}, []),
        ("bucket", {"Condition": {"StringNotEquals": {"s3:authType": "REST-HEADER", "s3:signatureversion": "AWS4-HMAC-SHA256"}}}, []),
        ("bucket", {"Condition": {"StringNotEquals": {"s3:ResourceAccount": "444455556666"}}}, ["locked-out:bucket/coffeeshop-payroll"]),
        ("bucket", {"Condition": {"StringLike": {"aws:Referer": "https://*"}}}, ["lost:ada"]),
    ],
)  # fmt: skip
def test_nothing_is_closed_to_everybody_but_the_owner_for_good(
    kind: str, statement: dict[str, object], found: list[str]
):
    assert beside("05", closed(kind, statement)) == (0 if found else 3, found)


KEY = "aws iam create-access-key --user-name ada\n"
SESSION = "aws sts get-session-token --duration-seconds 129600 --profile ada\n"
NO_KEY = "aws iam delete-access-key --user-name ada --access-key-id @key\n"


def test_no_session_without_a_code_is_left_of_those_who_may_do_everything():
    assert beside("00", KEY + SESSION + NO_KEY) == (1, ["new-badge:ada"])
    assert beside("00", KEY + NO_KEY) == (3, [])


def test_what_the_owner_s_key_opened_is_over_with_the_key():
    id, gone = "01-keys-to-the-shop", "aws iam delete-access-key"
    taken = course(id).solution.replace(
        gone, f"aws sts get-session-token --profile root\n{gone}"
    )
    assert earned(id, taken) == (1, ["new-badge:root"])


def test_all_work_of_an_administrator_needs_a_code_not_hiring_alone():
    id, code = (
        "C1-opening-week",
        "aws iam attach-group-policy --group-name Admins --policy-arn arn:aws:iam::111122223333:policy/Code",
    )
    spared = ["s3:*", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice"]
    lax = group(
        "Admins",
        "code",
        {"Effect": "Deny", "NotAction": spared, "Resource": "*", "Condition": UNCODED},
    )
    assert earned(id, course(id).solution.replace(code, lax.strip())) == (
        2,
        ["practice:admin-mfa"],
    )


def test_whoever_administers_the_account_is_not_shut_out_with_their_password():
    rule = "aws iam update-account-password-policy --max-password-age {}\n"
    assert beside("00", rule.format("1 --hard-expiry")) == (0, ["locked-out:ada"])
    assert beside("00", rule.format("1")) == (
        3,
        [],
    )  # she sets another one when she signs in
    assert beside("00", rule.format("90 --hard-expiry")) == (3, [])


@pytest.mark.parametrize("key", ["aws:CurrentTime", "aws:TokenIssueTime"])
def test_what_is_denied_of_the_past_alone_locks_nobody_out(key: str):
    past, to_come = ({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {how: {key: at}}} for how, at in (
        ("DateLessThan", "2026-03-02T08:00:00Z"), ("DateGreaterThan", "2026-04-02T08:00:00Z")))  # fmt: skip
    assert beside("00", group("Admins", "revoked", past)) == (3, [])
    assert beside("00", group("Admins", "ended", to_come)) == (0, ["locked-out:ada"])


# ------------------------------------------------------------------ what is closed to everybody
PAYROLL = "arn:aws:s3:::coffeeshop-payroll"
ORDERS = "https://sqs.us-east-1.amazonaws.com/111122223333/online-orders"
ANYBODY = {"Effect": "Deny", "Principal": "*"}


def shut(**more: object) -> str:
    """A rule on the payroll bucket, for everybody: nobody opens it, but for what is said."""
    rule = document(
        {**ANYBODY, "Action": "s3:GetObject", "Resource": f"{PAYROLL}/*", **more}
    )
    return f"aws s3api put-bucket-policy --bucket coffeeshop-payroll --policy '{rule}'\n"


QUARANTINED = {"StringEquals": {"s3:ExistingObjectTag/state": "infected"}}
QUARANTINE = (
    "aws s3api put-object-tagging --bucket coffeeshop-payroll --key march.csv"
    " --tagging 'TagSet=[{Key=state,Value=infected}]'\n"
)


@pytest.mark.parametrize(("number", "lines"), pairs(["00", "10", "25"], [
        shut(),
        QUARANTINE + shut(Condition=QUARANTINED),
        shut(Condition={"StringNotEquals": {"s3:ExistingObjectTag/state": "clean"}}),
        shut(Condition={"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}),
        shut(Action="s3:*", Condition={"StringNotLike": {"aws:userid": "AROA*"}, "Bool": {"aws:ViaAWSService": "false"}}),
        f"aws sqs set-queue-attributes --queue-url {ORDERS} --attributes "
        f"'{json.dumps({'Policy': document({**ANYBODY, 'Action': 'sqs:SendMessage', 'Resource': '*'})})}'\n",
        group("Admins", "less", {"Effect": "Deny", "Action": ["s3:*", "dynamodb:*"], "Resource": "*"}),
        "aws iam put-user-permissions-boundary --user-name ada"
        " --permissions-boundary arn:aws:iam::aws:policy/IAMFullAccess\n",
    ]))  # fmt: skip
def test_what_was_there_is_not_closed_to_whoever_administers_it(number: str, lines: str):
    assert beside(number, lines)[1] in (
        ["lost:ada"],
        ["locked-out:bucket/coffeeshop-payroll"],
    )


def test_what_was_there_is_not_closed_to_the_owner_where_there_is_nobody_else():
    lesson = course("01-keys-to-the-shop")
    (found,) = grade(played(lesson, lesson.solution + shut())).findings
    assert (found.key, found.why) == (
        "lost:root",
        "The root user needs no policy for it. No job asks you to take it away.",
    )
    by_ada = shut().replace("\n", " --profile ada@console\n")
    assert beside("02", by_ada) == (0, ["lost:root"])
    spared = shut(
        Condition={
            "ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/ada"}
        }
    )
    assert beside("02", spared.replace("\n", " --profile ada@console\n")) == (3, [])


@pytest.mark.parametrize(
    "lines",
    [
        shut(Action=["s3:DeleteObject", "s3:PutObject"]),
        shut(Resource=f"{PAYROLL}/none-there/*"),
        shut(Action="s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
        shut(Action="s3:*", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
        shut(Action="s3:*", Condition={"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}),
        shut(Condition={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/ada"}}),
        shut(Condition=QUARANTINED),  # as nothing there is
        f"{shut()}aws s3api delete-bucket-policy --bucket coffeeshop-payroll\n",
        group("Admins", "stays", {"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}),
        group("Admins", "region", {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
            "StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}}),
    ],
)  # fmt: skip
def test_a_rule_that_keeps_what_is_there_or_spares_who_administers_it_closes_nothing(
    lines: str,
):
    assert beside("10", lines) == (3, [])


def test_a_job_that_is_stopped_tells_more_than_that_its_bucket_is_closed():
    rule = document(
        {**ANYBODY, "Action": "s3:*", "Resource": "arn:aws:s3:::coffeeshop-recipes/*"}
    )
    lines = f"aws s3api put-bucket-policy --bucket coffeeshop-recipes --policy '{rule}'\n"
    assert beside("12", lines) == (0, ["job-denied:read@mina:explicit"])


HIRES = [
    {"Action": ["iam:CreateUser", "iam:GetUser"], "Resource": "*"},
    {"Action": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"], "Resource": "*"},
]
BOSS = "arn:aws:iam::111122223333:role/Boss"
EVERYTHING = "aws iam attach-group-policy --group-name Admins --policy-arn arn:aws:iam::aws:policy/AdministratorAccess\n"


def boss(who: str) -> str:
    """A role that can do everything, for these principals of the account."""
    text = document(
        {
            "Principal": {"AWS": f"arn:aws:iam::111122223333:{who}"},
            "Action": "sts:AssumeRole",
        }
    )
    return (
        f"aws iam create-role --role-name Boss --assume-role-policy-document '{text}'\n"
        + EVERYTHING.replace("group", "role").replace("Admins", "Boss")
    )


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ("", "an-administrator-remains"),
        (boss("user/ada"), "admin-in-group"),
        (group("Admins", "boss", {"Action": "sts:AssumeRole", "Resource": BOSS}) + boss("root") + "aws s3api list-buckets\n", "root-unused"),
        (group("Admins", "boss", {"Action": "sts:AssumeRole", "Resource": BOSS}) + boss("root"), ""),
    ],
)  # fmt: skip
def test_whoever_may_only_hire_is_no_administrator_and_who_may_be_one_in_a_role_is(
    more: str, rule: str
):
    id = "02-the-first-administrator"
    text = course(id).solution.replace(EVERYTHING, group("Admins", "hire", *HIRES))
    for who in (
        "casey",
        "robin",
    ):  # as root, who is not to be asked any more once she can do everything
        text = text.replace(
            f"create-user --user-name {who} --profile ada@console",
            f"create-user --user-name {who}",
        )
    assert earned(id, text + more) == ((2, [f"practice:{rule}"]) if rule else (3, []))


# ------------------------------------------------------------------ jobs of tomorrow
TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/"


def of_role(
    role: str, name: str, action: str, table: str, condition: dict[str, object]
) -> str:
    text = document(
        {"Action": f"dynamodb:{action}", "Resource": TABLE + table, "Condition": condition}
    )
    return f"aws iam put-role-policy --role-name {role} --policy-name {name} --policy-document '{text}'\n"


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (
            {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "0413"}},
            ["job-narrow:till@bo"],
        ),
        (
            {"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": "04*"}},
            ["job-narrow:till@bo"],
        ),
        ({"Null": {"dynamodb:LeadingKeys": "false"}}, []),
    ],
)
def test_the_item_of_a_job_on_a_table_is_an_example(
    condition: dict[str, object], found: list[str]
):
    sales = of_role("Cashier", "sales", "PutItem", "Register", condition)
    assert beside("15", sales) == (0 if found else 3, found)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (
            {"StringLike": {"aws:PrincipalTag/branch": "w*"}},
            ["job-denied:own@newcomer:explicit"],
        ),
        (
            {"StringLike": {"s3:ExistingObjectTag/branch": "w*"}},
            ["job-denied:own@newcomer:explicit"],
        ),
        (
            {"StringNotLike": {"s3:ExistingObjectTag/branch": "?????*"}},
            ["job-denied:own@newcomer:explicit"],
        ),
        ({"Null": {"s3:ExistingObjectTag/branch": "true"}}, []),
    ],
)
def test_a_branch_that_opens_tomorrow_may_be_called_anything(
    condition: dict[str, object], found: list[str]
):
    no = {
        "Effect": "Deny",
        "Action": "s3:GetObject",
        "Resource": "*",
        "Condition": condition,
    }
    assert beside("23", group("Cashiers", "no", no)) == (0 if found else 3, found)


BY_ADA = " --profile ada@console\n"


def test_whoever_updates_stock_may_write_more_than_the_name_of_what_they_update():
    named = {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["item"]}}
    line = of_role("Inventory", "work", "UpdateItem", "Inventory", named).strip() + BY_ADA
    assert beside("C1", line) == (0, ["job-denied:shelf@bo:condition"])


@pytest.mark.parametrize(("holder", "stars"), [("robin", 0), ("ada", 0), ("casey", 3)])
def test_a_device_that_somebody_else_holds_was_not_enrolled_before(holder: str, stars: int):
    lines = (
        "aws iam create-virtual-mfa-device --virtual-mfa-device-name casey --outfile c.png --bootstrap-method QRCodePNG",
        f"aws iam enable-mfa-device --user-name {holder} --serial-number arn:aws:iam::111122223333:mfa/casey"
        " --authentication-code1 @phone --authentication-code2 @phone+1",
    )
    found = [] if stars else ["job-denied:enrol@casey:absent"]
    assert beside("C1", "".join(line + BY_ADA for line in lines)) == (stars, found)


# ------------------------------------------------------------------ rules that are kept for some
LISTS = {"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::coffeeshop-receipts"}
OPENS = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::coffeeshop-receipts/*"}
WEARS = {"Action": "sts:AssumeRol?", "Resource": "arn:aws:iam::111122223333:role/Manager"}
OWN = (
    "aws iam remove-user-from-group --group-name Cashiers --user-name robin\n"
    f"aws iam put-user-policy --user-name robin --policy-name receipts --policy-document '{document(LISTS)}'\n"
)


@pytest.mark.parametrize(
    ("number", "more", "rule"),
    [
        ("00", OWN, "no-direct-user-policies"),
        ("15", group("Managers", "wear-manager", WEARS), "no-wildcard-action"),
        ("10", group("Cashiers", "again", LISTS, OPENS), "said-once"),
        ("17", trust("Cashier", {"Principal": {"AWS": [OURS["Principal"]["AWS"], "arn:aws:iam::111122223333:user/ada"]}}), "no-idle-grants"),
        ("17", trust("Cashier", {"Principal": {"AWS": "arn:aws:iam::111122223333:user/bo"}}), ""),
    ],
)  # fmt: skip
def test_a_rule_is_kept_for_whoever_stands_by_and_in_each_copy_and_name(
    number: str, more: str, rule: str
):
    assert beside(number, more) == ((2, [f"practice:{rule}"]) if rule else (3, []))


@pytest.mark.parametrize(
    ("called", "found"), [("own", []), ("another", ["practice:no-direct-user-policies"])]
)
def test_what_hung_on_a_bystander_before_may_be_rewritten_there(
    called: str, found: list[str], tmp_path: Path
):
    grouped = "aws iam create-group --group-name G\naws iam add-user-to-group --group-name G --user-name casey\n"
    robins = "aws iam create-user --user-name robin\n" + put(
        policy("s3:ListBucket", on=RECEIPTS), "robin", "own"
    )
    lesson = scenario(
        folder(
            tmp_path,
            {**FILES, "world.sh": FILES["world.sh"] + robins},
            people=('admins = ["ada"]', 'admins = ["ada"]\nbystanders = ["robin"]'),
            rule=('rule = "no-wildcard-action"', 'rule = "no-direct-user-policies"'),
        )
    )
    right = (
        grouped
        + f"aws iam put-group-policy --group-name G --policy-name r --policy-document '{policy('s3:GetObject')}'\n"
    )
    same = {"Sid": "Lists", **LISTS}
    again = f"aws iam put-user-policy --user-name robin --policy-name {called} --policy-document '{document(same)}'\n"
    assert keys(graded(lesson, right + again)) == found
