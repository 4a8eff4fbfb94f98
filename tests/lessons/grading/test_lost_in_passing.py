"""Stars that were once earned though something was lost on the way: data, a machine, whoever administered the account, or
what stood before the badges of those who can do everything.
"""

from __future__ import annotations

import json

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.scenario.find import find
from tests.examples import pairs
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import played
from tests.lessons.grading.test_hollow_stars import ADA_IN
from tests.lessons.grading.test_neglected_stars import NO_LOGS, OTHERWISE
from tests.lessons.grading.test_nobody_escapes import ADMINISTRATOR, document, put
from tests.lessons.grading.test_overlooked_stars import beside
from tests.lessons.grading.test_undeserved_stars import earned

pytestmark = pytest.mark.slow

QUEUE = "https://sqs.us-east-1.amazonaws.com/111122223333/online-orders"
BEANS = json.dumps({"item": {"S": "beans"}})
BODY = "policies/till.json"
NORTH = "s3api put-object-tagging --bucket coffeeshop-receipts --key 2026/03/0411.json --tagging"
NONE_LEFT = json.dumps({"item": {"S": "beans"}, "bags": {"N": "0"}})


# ------------------------------------------------------------------ what the shop keeps
@pytest.mark.parametrize(
    ("number", "line", "lost"),
    [
        ("08", "s3api delete-object --bucket coffeeshop-payroll --key march.csv", "bucket/coffeeshop-payroll"),
        ("08", f"s3api put-object --bucket coffeeshop-recipes --key espresso.md --body {BODY}", "bucket/coffeeshop-recipes"),
        ("23", f"{NORTH} TagSet=[]", "bucket/coffeeshop-receipts"),
        ("23", f"{NORTH} 'TagSet=[{{Key=branch,Value=west}}]'", "bucket/coffeeshop-receipts"),
        ("06", f"dynamodb delete-item --table-name Inventory --key '{BEANS}'", "table/Inventory"),
        ("30", f"dynamodb put-item --table-name Inventory --item '{NONE_LEFT}'", "table/Inventory"),
        ("06", "dynamodb delete-table --table-name Register", "table/Register"),
        ("13", f"sqs delete-queue --queue-url {QUEUE}", "queue/online-orders"),
        ("13", "lambda delete-function --function-name espresso-api", "function/espresso-api"),
    ],
)  # fmt: skip
def test_what_no_scenario_names_is_not_to_be_lost(number: str, line: str, lost: str):
    assert beside(number, f"aws {line}\n") == (0, [f"tampered:{lost}"])


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (
            "08",
            "s3api put-object --bucket coffeeshop-payroll --key april.csv",
        ),  # comes beside
        # A receipt to try it on.
        ("06", "s3api put-object --bucket coffeeshop-receipts --key 2026/03/0499.json"),
        (
            "23",
            f"{NORTH} 'TagSet=[{{Key=branch,Value=north}},{{Key=year,Value=2026}}]'",
        ),  # a tag beside
        (
            "11",
            f"dynamodb put-item --table-name Inventory --item '{NONE_LEFT}'",
        ),  # Casey's job
        ("19", f"sqs purge-queue --queue-url {QUEUE}"),  # the machine clears what it took
    ],
)
def test_what_comes_beside_and_what_jobs_change_is_no_loss(number: str, line: str):
    assert beside(number, f"aws {line}\n") == (3, [])


LOGS = "arn:aws:s3:::coffeeshop-trail"


@pytest.mark.parametrize(
    ("logs", "condition", "kept"),
    [
        ("*", {"DateGreaterThan": {"aws:CurrentTime": "2026-06-01T00:00:00Z"}}, False),
        ("*", {"NumericGreaterThan": {"aws:EpochTime": "1790000000"}}, False),
        ("*/2027/*", {}, False),
        ("*", {"DateLessThan": {"aws:CurrentTime": "2025-06-01T00:00:00Z"}}, True),
        ("*", {"Bool": {"aws:SecureTransport": "false"}}, True),
        ("AWSLogs/999988887777/*", {}, True),
    ],
)
def test_a_trail_goes_on_to_write_whatever_it_writes(
    logs: str, condition: dict[str, object], kept: bool
):
    scenario = course(find("24").name)
    policy = json.loads(scenario.text("policies/trail-bucket.json"))
    no = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"{LOGS}/{logs}",
    }
    policy["Statement"].append({**no, **({"Condition": condition} if condition else {})})
    put = f"aws s3api put-bucket-policy --bucket coffeeshop-trail --policy '{json.dumps(policy)}' --profile ada@console\n"
    assert beside("24", ADA_IN + put) == (
        (3, []) if kept else (0, ["tampered:trail/coffeeshop-trail"])
    )


# ------------------------------------------------------------------ who administers
FROM_NEXT_YEAR = {"DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}
BY_ADA = document(
    {"Principal": {"AWS": "arn:aws:iam::111122223333:user/ada"}, "Action": "sts:AssumeRole"}
)
OUT = "aws iam remove-user-from-group --group-name Admins --user-name ada\n"


@pytest.mark.parametrize(
    ("number", "line"),
    pairs(
        ["04", "15", "22", "27", "C2"],
        [
            OUT,
            "aws iam delete-login-profile --user-name ada\n",
            "aws iam deactivate-mfa-device --user-name ada --serial-number arn:aws:iam::111122223333:mfa/ada\n"
            "aws iam delete-login-profile --user-name ada\n",
            put(
                "ada",
                {
                    "Effect": "Deny",
                    "Action": "*",
                    "Resource": "*",
                    "Condition": FROM_NEXT_YEAR,
                },
            ),
            "aws iam put-user-permissions-boundary --user-name ada"
            " --permissions-boundary arn:aws:iam::aws:policy/job-function/ViewOnlyAccess\n",
        ],
    ),
)
def test_whoever_administered_the_account_still_can(number: str, line: str):
    assert beside(number, line) == (0, ["locked-out:ada"])


def test_an_administrator_may_hold_her_power_otherwise():
    id = find("18").name
    role = (
        f"aws iam create-role --role-name Big --assume-role-policy-document '{BY_ADA}'\n"
        f"aws iam attach-role-policy --role-name Big --policy-arn {ADMINISTRATOR}\n"
    )
    checks = grade(played(course(id), course(id).solution + role + OUT)).checks
    assert "administrator:ada" not in {check.id for check in checks}
    assert beside(
        "06",
        f"aws iam attach-user-policy --user-name ada --policy-arn {ADMINISTRATOR}\n{OUT}",
    ) == (3, [])


def test_a_job_of_an_administrator_tells_more_than_that_they_are_locked_out():
    id = find("29").name
    assert earned(
        id, f"{course(id).solution}aws iam delete-login-profile --user-name ada\n"
    ) == (
        0,
        ["no-user:badges@ada"],
    )


BY_NOOR = " --profile noor@console\n"


@pytest.mark.parametrize(
    ("number", "line"),
    pairs(
        ["24", "C3"],
        [
            "delete-login-profile --user-name noor",
            "remove-user-from-group --group-name Owners --user-name noor",
        ],
    ),
)
def test_whoever_administered_another_account_of_the_organization_still_can(
    number: str, line: str
):
    assert beside(number, f"aws iam {line}{BY_NOOR}") == (
        0,
        ["locked-out:account/222233334444/user/noor"],
    )


CASEYS = "aws iam deactivate-mfa-device --user-name casey --serial-number arn:aws:iam::111122223333:mfa/casey\n"


def test_whoever_is_to_show_a_code_keeps_a_phone_to_show_it():
    assert beside("20", CASEYS) == (0, ["no-user:list@casey"])
    assert beside("20", CASEYS + PHONE.replace("user-name ada", "user-name casey")) == (
        3,
        [],
    )


# ------------------------------------------------------------------ whom no job is about
def trust(*who: str) -> str:
    names = [f"arn:aws:iam::111122223333:user/{one}" for one in who]
    return document({"Principal": {"AWS": names}, "Action": "sts:AssumeRole"})


@pytest.mark.parametrize(
    ("number", "line", "key"),
    [
        (
            "00",
            "iam remove-user-from-group --group-name Cashiers --user-name robin",
            "lost:robin",
        ),
        (
            "15",
            f"iam update-assume-role-policy --role-name Manager --policy-document '{trust('ada')}'",
            "lost:mina",
        ),
        (
            "15",
            "iam delete-role-policy --role-name Manager --policy-name payroll",
            "lost:mina",
        ),
        (
            "29",
            "iam remove-user-from-group --group-name InventorySpecialists --user-name indra",
            "lost:indra",
        ),
        # Their job tells more.
        (
            "29",
            "iam delete-access-key --user-name bo --access-key-id @key",
            "no-user:stock@bo",
        ),
    ],
)
def test_a_bystander_keeps_what_they_had(number: str, line: str, key: str):
    assert beside(number, f"aws {line}\n") == (0, [key])


def test_a_bystander_who_is_let_in_by_something_else_lost_nothing():
    joins = "aws iam add-user-to-group --group-name Managers --user-name mina\n"
    line = f"aws iam update-assume-role-policy --role-name Manager --policy-document '{trust('ada', 'mina')}'\n"
    assert beside("15", joins + line)[1][:1] != ["lost:mina"]


def anew(group: str, who: str, comes: str) -> str:
    """Somebody leaves, of whom nothing stays, and whoever comes under that name joins the same group."""
    member = f"--group-name {group} --user-name {who}\n"
    leaves = (
        f"aws iam remove-user-from-group {member}aws iam delete-user --user-name {who}\n"
    )
    return f"{leaves}aws iam {comes}\naws iam add-user-to-group {member}"


@pytest.mark.parametrize(
    ("comes", "found"),
    [
        ("create-user --user-name mina", []),
        ("update-user --user-name casey --new-user-name mina\naws iam create-user --user-name casey", ["lost:mina"]),
    ],
)  # fmt: skip
def test_a_bystander_who_was_made_anew_and_holds_the_same_lost_nothing(
    comes: str, found: list[str]
):
    assert beside("15", anew("Managers", "mina", comes)) == (0 if found else 3, found)


def test_an_account_that_stands_elsewhere_keeps_what_it_might():
    leaving = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Action": "organizations:LeaveOrganization",
                "Resource": "*",
            },
        }
    )
    lines = (
        f"create-policy --name Only --description x --type SERVICE_CONTROL_POLICY --content '{leaving}'",
        "attach-policy --policy-id @policy:Only --target-id 333344445555",
        "detach-policy --policy-id p-FullAWSAccess --target-id 333344445555",
    )
    more = "".join(f"aws organizations {line}{BY_NOOR}" for line in lines)
    assert beside("24", more) == (0, ["lost:account/333344445555"])


# ------------------------------------------------------------------ what is to stay, and whom it is for
FULL = f"aws iam detach-role-policy --role-name AdminMachine --policy-arn {ADMINISTRATOR}\n"
PAYROLL = "aws iam delete-role-policy --role-name ReportPayroll --policy-name payroll\n"
WORN = "aws iam update-assume-role-policy --role-name AdminMachine --policy-document '{}'\n"
LAMBDA = {"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
OF_OURS = {**LAMBDA, "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}


@pytest.mark.parametrize(
    ("line", "lost"),
    [
        (FULL, "role/AdminMachine"),
        (PAYROLL, "role/ReportPayroll"),
        (WORN.format(trust("ada")), "service/lambda.amazonaws.com"),
        (WORN.format(document(OF_OURS)), ""),
    ],
)
def test_a_role_that_is_to_stay_does_for_its_service_what_it_did(line: str, lost: str):
    assert beside("26", line) == ((0, [f"lost:{lost}"]) if lost else (3, []))


@pytest.mark.parametrize(
    ("seconds", "found"), [(3600, ["tampered:role/OnlineOrders"]), (43200, [])]
)
def test_a_role_that_is_to_stay_can_be_worn_as_long_as_before(
    seconds: int, found: list[str]
):
    line = (
        f"aws iam update-role --role-name OnlineOrders --max-session-duration {seconds}\n"
    )
    assert beside("18", line) == (0 if found else 3, found)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"StringEquals": {"aws:username": "robin"}}, ["lost:newcomer"]),
        ({"StringLike": {"aws:username": "*"}}, []),
        ({"Bool": {"aws:SecureTransport": "true"}}, []),
        ({"Bool": {"aws:SecureTransport": "false"}}, ["job-denied:first-day@robin:boundary", "job-denied:second-day@robin:boundary"]),
    ],
)  # fmt: skip
def test_a_boundary_lets_whoever_is_hired_below_it_do_what_those_below_do(
    condition: dict[str, object], found: list[str]
):
    boundary = json.loads(course(find("22").name).text("policies/staff-boundary.json"))
    said = document(
        *({**statement, "Condition": condition} for statement in boundary["Statement"])
    )
    line = (
        "aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/StaffBoundary --set-as-default"
        f" --policy-document '{said}'\n"
    )
    assert beside("22", line) == (0 if found else 3, found)


# ------------------------------------------------------------------ who comes to wear an old role
CODE = """--runtime python3.13 --handler x.y --cli-input-json '{"Code": {"ZipFile": "AA=="}}'"""


@pytest.mark.parametrize(
    ("number", "name", "role", "stars"),
    [
        ("19", "spy", "espresso-role", 1),
        ("26", "spy", "ReportRole", 1),
        ("26", "report-weekly", "ReportRole", 3),  # which a job lets Indra deploy
    ],
)
def test_a_function_that_no_job_deploys_wears_no_role_of_another(
    number: str, name: str, role: str, stars: int
):
    line = f"aws lambda create-function --function-name {name} --role arn:aws:iam::111122223333:role/{role} {CODE}\n"
    assert beside(number, line) == (
        (1, [f"excess:function/{name}"]) if stars == 1 else (3, [])
    )


def test_a_function_that_changes_into_the_role_of_another_is_a_new_wearer():
    line = "aws lambda update-function-configuration --function-name espresso-api --role arn:aws:iam::111122223333:role/ReportRole\n"
    assert beside("26", line) == (0, ["lost:function/espresso-api"])
    logs = {"Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/espresso-api:*"}  # fmt: skip
    kept = f"aws iam put-role-policy --role-name ReportRole --policy-name logs --policy-document '{document(logs)}'\n"
    stars, found = beside("26", line + kept)
    assert (stars, "excess:function/espresso-api" in found) == (1, True)


# ------------------------------------------------------------------ what shows those who can do everything
ROOT_IN = "console sign-in --root-email owner@coffeeshop.example --password House-blend-1\n"
NO_PHONE = "aws iam deactivate-mfa-device --user-name ada --serial-number arn:aws:iam::111122223333:mfa/ada\n"
PHONE = (
    "aws iam create-virtual-mfa-device --virtual-mfa-device-name new --outfile new.png --bootstrap-method QRCodePNG\n"
    "aws iam enable-mfa-device --user-name ada --serial-number arn:aws:iam::111122223333:mfa/new"
    " --authentication-code1 @phone --authentication-code2 @phone+1\n"
)


@pytest.mark.parametrize(
    ("number", "lines", "found"),
    pairs(
        ["05", "16", "26"],
        [
            (
                f"{ROOT_IN}aws iam create-access-key --profile root@console\n",
                ["new-badge:root"],
            ),
            ("aws iam create-access-key --user-name ada\n", ["new-badge:ada"]),
            (NO_PHONE, ["new-badge:ada"]),
            (NO_PHONE + PHONE, []),
            (
                "aws iam update-login-profile --user-name ada --password Ristretto-1-2-3\n",
                [],
            ),
        ],
    ),
)
def test_those_who_may_do_everything_are_shown_by_no_badge_that_opens_more_easily(
    number: str, lines: str, found: list[str]
):
    assert beside(number, lines) == ((1, found) if found else (3, []))


# ------------------------------------------------------------------ what somebody has to show, where badges are minted
NO_KEY = "aws iam delete-access-key --user-name {0} --access-key-id @key\n"
NEW_KEY = "aws iam create-access-key --user-name {0}\n"


@pytest.mark.parametrize(
    ("number", "lines", "job"),
    [
        ("21", NO_KEY.format("mina"), "read@mina"),
        ("21", "aws iam update-access-key --user-name mina --access-key-id @key --status Inactive\n", "read@mina"),
        ("22", NO_KEY.format("mina"), "hire@mina"),
        ("30", NO_KEY.format("casey"), "list@casey"),
        ("20", "aws iam delete-login-profile --user-name casey\n", "list@casey"),
        ("20", "aws iam delete-login-profile --user-name sam\n", "list@sam"),
        ("30", NO_KEY.format("casey") + NEW_KEY.format("casey"), ""),
        ("20", "aws iam delete-login-profile --user-name casey\n" + NEW_KEY.format("casey"), ""),
    ],
)  # fmt: skip
def test_who_had_a_badge_for_a_job_still_has_one(number: str, lines: str, job: str):
    assert beside(number, lines) == ((0, [f"no-user:{job}"]) if job else (3, []))


# ------------------------------------------------------------------ what nobody works with today
BOARD = {"Action": "ec2:StartInstances", "Resource": "arn:aws:ec2:us-east-1:111122223333:instance/i-0c0ffee5b0a2d0001"}  # fmt: skip
OPENERS = "aws iam put-group-policy --group-name Openers --policy-name other --policy-document '{}'\n"
NO_BOARD = "aws iam delete-group-policy --group-name Openers --policy-name menu-board\n"


@pytest.mark.parametrize(
    ("lines", "found"),
    [(NO_BOARD, ["lost:group/Openers"]), (OPENERS.format(document(BOARD)) + NO_BOARD, [])],
)
def test_a_group_that_stays_goes_on_giving_what_it_gave_though_nobody_is_in_it(
    lines: str, found: list[str]
):
    assert beside("28", lines) == (0 if found else 3, found)


@pytest.mark.parametrize(
    ("number", "lines", "found"),
    pairs(
        ["19", "C2"], [(NO_LOGS, ["lost:function/espresso-api"]), (OTHERWISE + NO_LOGS, [])]
    ),
)
def test_a_machine_that_is_asked_for_work_goes_on_writing_its_logs(
    number: str, lines: str, found: list[str]
):
    assert beside(number, lines) == (0 if found else 3, found)
