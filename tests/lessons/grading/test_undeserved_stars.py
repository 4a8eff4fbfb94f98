"""Stars that were once earned by what no single grant shows: by waiting, by another name, by a rule that holds for some."""

from __future__ import annotations

import json

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.trial import Trial
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import keys, played
from tests.lessons.grading.test_nobody_escapes import ADMINISTRATOR, document, put


def earned(id: str, text: str) -> tuple[int, list[str]]:
    """The stars of a script, and the keys of what is found."""
    report = grade(played(course(id), text))
    return report.stars, keys(report)


# ------------------------------------------------------------------ what is waited for
@pytest.mark.parametrize(
    ("id", "wait", "key"),
    [
        ("18-shift-length", "+13h", "leak:tablet"),
        ("27-the-leaked-key", "+3d", "leak:thief-session"),
    ],
)
def test_a_session_that_somebody_else_holds_is_not_refused_by_waiting_for_its_end(
    id: str, wait: str, key: str
):
    lines = [line for line in course(id).solution.splitlines() if "revoke" not in line]
    assert earned(id, "\n".join([*lines, f"#@ {wait}", "aws iam list-users", ""])) == (
        0,
        [key],
    )


@pytest.mark.parametrize(
    ("before", "result"),
    [
        ("2026-03-02T07:00:00Z", (1, ["excess:account/444455556666"])),
        ("2026-03-01T00:00:00Z", (1, ["excess:account/444455556666"])),
        ("2026-02-20T00:00:00Z", (3, [])),  # longer ago than any session lasts
    ],
)
def test_whoever_is_of_another_account_may_be_in_a_session_by_now(
    before: str, result: tuple[int, list[str]]
):
    earlier = {"DateLessThan": {"aws:TokenIssueTime": before}}
    partner = {
        "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
        "Action": "s3:GetObject",
    }
    opens = document(
        {**partner, "Resource": "arn:aws:s3:::coffeeshop-payroll/*", "Condition": earlier}
    )
    id = "10-the-cashiers"
    more = f"aws s3api put-bucket-policy --bucket coffeeshop-payroll --policy '{opens}'\n"
    assert earned(id, course(id).solution + more) == result


@pytest.mark.parametrize(
    "renewed",
    [
        "aws iam update-login-profile --user-name mina --password Ristretto-1-2-3\n",
        "aws iam delete-login-profile --user-name mina\n"
        "aws iam create-login-profile --user-name mina --password Ristretto-1-2-3\n",
        "aws iam update-login-profile --user-name mina --password Ristretto-1-2-3\n"
        "console sign-in --user-name mina --password Ristretto-1-2-3\n",
        "aws iam delete-login-profile --user-name mina\n"
        "aws iam create-access-key --user-name mina\n"
        "aws sts get-caller-identity --profile mina\n",
    ],
)
def test_a_badge_that_nobody_used_is_not_used_because_it_was_renewed(renewed: str):
    id, taken_away = (
        "C2-inherit-the-mess",
        "aws iam delete-login-profile --user-name mina\n",
    )
    text = course(id).solution.replace(taken_away, renewed)
    assert earned(id, text) == (2, ["practice:no-unused-credentials"])


SPARE = "aws iam delete-access-key --user-name robin --access-key-id @key:2\n"  # that nobody used for 150 days
NEW = "aws iam create-access-key --user-name robin\n"


@pytest.mark.parametrize(
    ("renewed", "stars"),
    [
        (SPARE + NEW, 2),
        (SPARE + NEW + "aws sts get-caller-identity --profile robin\n", 2),
        (
            SPARE
            + "aws iam create-login-profile --user-name robin --password Ristretto-1-2-3\n",
            2,
        ),
        (
            SPARE
            + NEW
            + "aws iam delete-access-key --user-name robin --access-key-id @key:1\n",
            3,
        ),
    ],
)
def test_what_came_for_a_forgotten_badge_is_no_newer_and_what_came_for_one_in_use_is(
    renewed: str, stars: int
):
    id = "29-stock-take"
    found = ["practice:no-unused-credentials"] if stars == 2 else []
    assert earned(id, course(id).solution.replace(SPARE, renewed)) == (stars, found)


# ------------------------------------------------------------------ who goes by another name
def test_whoever_takes_the_name_of_an_administrator_is_none():
    more = f"""
aws iam update-user --user-name casey --new-user-name casey-old
aws iam create-user --user-name casey
aws iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::111122223333:policy/Receipts
aws iam update-user --user-name ada --new-user-name ada-old
aws iam update-user --user-name casey-old --new-user-name ada
aws iam attach-user-policy --user-name ada --policy-arn {ADMINISTRATOR}
"""
    id = "06-reading-a-receipt"
    assert earned(id, course(id).solution + more) == (1, ["excess:ada"])
    out = "aws iam remove-user-from-group --group-name Admins --user-name ada-old\n"
    assert earned(id, course(id).solution + more + out) == (0, ["locked-out:ada"])


def test_whoever_takes_the_name_of_a_bystander_may_not_keep_what_that_one_had():
    more = """
aws iam update-user --user-name mina --new-user-name tmp
aws iam update-user --user-name indra --new-user-name mina
aws iam update-user --user-name tmp --new-user-name indra
aws iam remove-user-from-group --group-name InventorySpecialists --user-name mina
aws iam add-user-to-group --group-name InventorySpecialists --user-name indra
"""
    id = "29-stock-take"
    stays = "aws iam add-user-to-group --group-name InventorySpecialists --user-name mina\n"
    assert earned(id, course(id).solution + more) == (0, ["lost:indra"])
    assert earned(id, course(id).solution + more + stays) == (1, ["excess:indra"])


# ------------------------------------------------------------------ any account but the one that is tried
SENDING = {"Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:*:*:*"}


@pytest.mark.parametrize(
    "spared", [["222222222222"], [f"{digit}*" for digit in range(1, 9)]]
)
def test_things_of_any_other_account_count_whichever_are_left_out(spared: list[str]):
    denied = [f"arn:aws:sqs:*:{account}:*" for account in ("111122223333", *spared)]
    more = put(
        "casey",
        SENDING,
        {"Effect": "Deny", "Action": "sqs:SendMessage", "Resource": denied},
    )
    id = "06-reading-a-receipt"
    assert earned(id, course(id).solution + more) == (1, ["excess:casey"])


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        (
            "lambda:InvokeFunction",
            "arn:aws:lambda:us-east-1:111122223333:function:espresso-api:prod",
        ),
        ("s3:GetObject", "arn:aws:s3:us-east-1:444455556666:accesspoint/theirs/object/*"),
    ],
)
def test_what_has_another_arn_is_a_thing_too(action: str, resource: str):
    more = put("casey", {"Action": action, "Resource": resource})
    id = "06-reading-a-receipt"
    assert earned(id, course(id).solution + more) == (1, ["excess:casey"])


@pytest.mark.parametrize("more", ["sts:TagSession", "sts:SetSourceIdentity"])
def test_what_is_told_when_a_role_is_taken_is_judged_under_the_keys_of_taking_it(more: str):
    courier = {"AWS": "arn:aws:iam::444455556666:role/Courier"}
    named = {"StringEquals": {"sts:ExternalId": "shop-7f3a"}}
    trust = document(
        {"Principal": courier, "Action": ["sts:AssumeRole", more], "Condition": named}
    )
    id = "25-the-delivery-partner"
    line = f"aws iam update-assume-role-policy --role-name OrdersExport --policy-document '{trust}'\n"
    assert earned(id, course(id).solution + line) == (
        1,
        ["excess:account/444455556666/role/Courier"],
    )


# ------------------------------------------------------------------ a role that a service takes unnamed
def test_a_role_that_a_service_may_take_by_a_condition_alone_is_judged():
    lambda_alone = {
        "Bool": {"aws:PrincipalIsAWSService": "true"},
        "StringEquals": {"aws:PrincipalServiceName": "lambda.amazonaws.com"},
    }
    trust = document(
        {"Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition": lambda_alone}
    )
    more = (
        f"aws iam update-assume-role-policy --role-name ReportPayroll --policy-document '{trust}'\n"
        f"aws iam attach-role-policy --role-name ReportPayroll --policy-arn {ADMINISTRATOR}\n"
    )
    id = "26-the-back-door"
    assert earned(id, course(id).solution + more) == (1, ["excess:role/ReportPayroll"])


# ------------------------------------------------------------------ a rule over those who can do everything
STAYS = [
    "organizations:LeaveOrganization",
    "cloudtrail:StopLogging",
    "cloudtrail:DeleteTrail",
]


def rules(**more: object) -> str:
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Deny", "Action": STAYS, "Resource": "*", **more},
        }
    )
    return (
        "aws organizations create-policy --name Rules --description x --type SERVICE_CONTROL_POLICY "
        f"--content '{text}'\n"
        "aws organizations attach-policy --policy-id @policy:Rules --target-id @unit:Shops\n"
    )


@pytest.mark.parametrize(
    "condition",
    [
        {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        {"Bool": {"aws:SecureTransport": "true"}},
    ],
)
def test_what_administrators_are_refused_is_refused_from_wherever_they_ask(
    condition: dict[str, object],
):
    stars, found = earned("24-franchise-rules", rules(Condition=condition))
    assert (stars, found) == (
        0,
        ["leak:leave@ada", "leak:blind@root", "leak:dark@tomorrows-shop"],
    )


def test_what_another_account_is_refused_is_refused_to_everybody_there():
    users = {
        "ArnLike": {
            "aws:PrincipalArn": ["arn:aws:iam::*:user/*", "arn:aws:iam::111122223333:*"]
        }
    }
    trial = Trial(played(course("24-franchise-rules"), rules(Condition=users)))
    told = [
        trial.reported_ticket(ticket).is_really_refused
        for ticket in trial.tickets
        if ticket.want.id.startswith("dark@")
    ]
    assert told == [False]


def test_a_rule_over_all_trails_by_their_names_of_today_is_none_for_those_of_tomorrow():
    trails = [
        f"arn:aws:cloudtrail:*:*:trail/{name}" for name in ("coffeeshop-trail", "audit")
    ]
    assert earned("24-franchise-rules", rules(Resource=trails))[0] == 0


def test_a_rule_that_all_of_an_account_are_under_alike_is_a_right_one():
    people = {"Bool": {"aws:PrincipalIsAWSService": "false"}}
    assert earned("24-franchise-rules", rules(Condition=people)) == (3, [])


# ------------------------------------------------------------------ who comes to the account that manages them all
PARTNER, OWN = (
    document({"Principal": {"AWS": id}, "Action": "sts:AssumeRole"})
    for id in ("444455556666", "222233334444")
)
INTERN = (
    "aws iam create-user --user-name intern\naws iam create-access-key --user-name intern\n"
)


def help_for(trust: str) -> str:
    return (
        f"aws iam create-role --role-name Help --assume-role-policy-document '{trust}'\n"
        f"aws iam attach-role-policy --role-name Help --policy-arn {ADMINISTRATOR}\n"
    )


@pytest.mark.parametrize(
    ("more", "result"),
    [
        (f"{INTERN}aws iam attach-user-policy --user-name intern --policy-arn {ADMINISTRATOR}\n", (1, ["excess:account/222233334444/user/intern"])),
        (help_for(PARTNER), (1, ["excess:account/222233334444/role/Help"])),
        (INTERN + help_for(OWN), (3, [])),
    ],
)  # fmt: skip
def test_whoever_comes_to_the_managing_account_in_play_can_do_nothing_there(
    more: str, result: tuple[int, list[str]]
):
    id = "24-franchise-rules"
    assert earned(id, course(id).solution + more) == result


# ------------------------------------------------------------------ names that are drawn, names that are given
@pytest.mark.parametrize(("name", "stars"), [("*", 3), ("??????????", 0)])
def test_a_job_on_a_new_name_must_work_for_any(name: str, stars: int):
    id = "22-the-delegated-manager"
    carried = {
        "StringEquals": {
            "iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/StaffBoundary"
        }
    }
    staff = "arn:aws:iam::111122223333:user/staff"
    hiring = document(
        {"Action": "iam:CreateUser", "Resource": f"{staff}/{name}", "Condition": carried},
        {"Action": "iam:AttachUserPolicy", "Resource": f"{staff}/*", "Condition": carried},
    )
    assert (
        earned(
            id, course(id).solution.replace("file://policies/hiring.json", f"'{hiring}'")
        )[0]
        == stars
    )


def test_a_session_that_a_policy_names_is_judged_though_a_service_takes_it():
    boss = {"AWS": "arn:aws:sts::111122223333:assumed-role/espresso-role/boss"}
    queue = {
        "Resource": "arn:aws:sqs:us-east-1:111122223333:online-orders",
        "Action": "sqs:PurgeQueue",
    }
    told = json.dumps({"Policy": document({"Principal": boss, **queue})})
    url = "https://sqs.us-east-1.amazonaws.com/111122223333/online-orders"
    id = "20-mfa-at-the-door"
    more = f"aws sqs set-queue-attributes --queue-url {url} --attributes '{told}'\n"
    assert earned(id, course(id).solution + more) == (1, ["excess:role/espresso-role"])


# ------------------------------------------------------------------ sessions that policies name
@pytest.mark.parametrize(
    ("named", "called", "result"),
    [
        ("zed", None, (1, ["excess:account/444455556666/role/Courier"])),
        ("courier", "courier", (1, ["excess:account/444455556666/role/Courier"])),
        ("zed", "courier", (3, [])),  # the trust lets nobody be called so
    ],
)
def test_a_session_that_a_bucket_names_is_judged_whatever_taking_the_role_asks_for(
    named: str, called: str | None, result: tuple[int, list[str]]
):
    who = {
        "Principal": {"AWS": f"arn:aws:sts::111122223333:assumed-role/OrdersExport/{named}"}
    }
    opens = document(
        {**who, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::coffeeshop-recipes/*"}
    )
    asked = {
        "sts:ExternalId": "shop-7f3a",
        **({"sts:RoleSessionName": called} if called else {}),
    }
    courier = {"Principal": {"AWS": "arn:aws:iam::444455556666:role/Courier"}}
    lets = document(
        {**courier, "Action": "sts:AssumeRole", "Condition": {"StringEquals": asked}}
    )
    more = (
        f"aws s3api put-bucket-policy --bucket coffeeshop-recipes --policy '{opens}'\n"
        f"aws iam update-assume-role-policy --role-name OrdersExport --policy-document '{lets}'\n"
    )
    id = "25-the-delivery-partner"
    assert earned(id, course(id).solution + more) == result
