"""Stars that were once earned though something was changed on the way that nobody asked for: what runs, what is kept, who is
above, and what whoever comes tomorrow meets.
"""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

import pytest
from msgspec.structs import replace

from coffeeshop.account.credentials import PasswordPolicy
from coffeeshop.lessons.exercises.choice import Choice
from coffeeshop.lessons.exercises.exercise import draft, scenario_of_files
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import find
from coffeeshop.views.report import later_findings_rows
from tests.examples import pairs
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import keys, played, scenario
from tests.lessons.grading.test_hollow_stars import COUNTING, ROOT_IN, group
from tests.lessons.grading.test_nobody_escapes import document
from tests.lessons.grading.test_overlooked_stars import beside
from tests.lessons.grading.test_undeserved_stars import STAYS, earned

pytestmark = pytest.mark.slow

BOARD = "i-0c0ffee5b0a2d0001"
STOP, START = (
    f"aws ec2 {verb}-instances --instance-ids {BOARD}\n" for verb in ("stop", "start")
)
UNBLOCKED = "aws s3api delete-public-access-block --bucket coffeeshop-payroll\n"
QUEUE = "https://sqs.us-east-1.amazonaws.com/111122223333/online-orders"


# ------------------------------------------------------------------ what the shop keeps
@pytest.mark.parametrize("number", ["28", "C2"])
def test_what_runs_goes_on_running(number: str):
    assert beside(number, STOP) == (0, [f"tampered:instance/{BOARD}"])
    assert beside(number, STOP + START) == (3, [])


@pytest.mark.parametrize(
    ("setting", "value", "stars"),
    [("DelaySeconds", "900", 0), ("VisibilityTimeout", "0", 0), ("DelaySeconds", "0", 3)],
)
def test_orders_come_as_they_did(setting: str, value: str, stars: int):
    line = f"aws sqs set-queue-attributes --queue-url {QUEUE} --attributes '{json.dumps({setting: value})}'\n"
    assert beside("19", line) == (stars, [] if stars else ["tampered:queue/online-orders"])


def test_the_shop_stays_in_its_unit_though_the_rule_goes_with_it():
    lines = (
        "attach-policy --policy-id @policy:ShopRules --target-id 111122223333",
        "move-account --account-id 111122223333 --source-parent-id @unit:Shops --destination-parent-id @unit:Suppliers",
    )
    more = "".join(f"aws organizations {line}\n" for line in lines)
    assert beside("24", more) == (0, ["tampered:account/111122223333"])


BLOCKS = "aws s3api put-public-access-block --bucket coffeeshop-payroll --public-access-block-configuration "
ON = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def blocking(**settings: bool) -> str:
    return f"{BLOCKS}'{json.dumps(dict.fromkeys(ON, True) | settings)}'\n"


@pytest.mark.parametrize(
    ("line", "stars"),
    [
        (UNBLOCKED, 1),
        (blocking(BlockPublicPolicy=False), 1),
        (UNBLOCKED + blocking(), 3),
    ],
)
def test_what_kept_the_street_out_stays_though_nobody_comes_in_yet(line: str, stars: int):
    found = ["changed:bucket/coffeeshop-payroll"] if stars == 1 else []
    assert beside("13", line) == (stars, found)


@pytest.mark.parametrize(
    ("number", "variables", "stars"),
    pairs(
        ["04", "26"],
        [("PYTHONPATH=/tmp", 1), ("TABLE=Inventory", 1), ("", 3), ("TABLE=", 3)],
    ),
)
def test_a_function_finds_no_settings_that_nobody_asked_for(
    number: str, variables: str, stars: int
):
    line = f"aws lambda update-function-configuration --function-name espresso-api --environment Variables={{{variables}}}\n"
    found = ["changed:function/espresso-api"] if stars == 1 else []
    assert beside(number, line) == (stars, found)


def test_what_a_function_found_is_no_other_and_may_be_taken_from_it():
    id = find("19").name
    answer = course(id).solution.replace(
        '{"Variables": {}}', '{"Variables": {"ACCESS_KEY_ID": "robot"}}'
    )
    assert earned(id, answer) == (1, ["changed:function/espresso-api"])


POLICY = "aws iam {}-account-password-policy {}\n"
STRICT = PasswordPolicy(minimum_length=10, symbols=True, reuse=3, max_age=90)


@pytest.mark.parametrize(
    ("line", "stars"),
    [
        (POLICY.format("delete", ""), 1),
        (POLICY.format("update", "--minimum-password-length 10"), 1),
        (POLICY.format("update", "--minimum-password-length 10 --require-symbols --password-reuse-prevention 3"), 1),
        (POLICY.format("update", "--minimum-password-length 12 --require-symbols --password-reuse-prevention 5 --max-password-age 60"), 3),
    ],
)  # fmt: skip
def test_a_password_policy_asks_no_less_than_it_did(line: str, stars: int):
    scenario = course(find("04").name)
    ruled = replace(scenario, opening=replace(scenario.opening, password_policy=STRICT))
    report = grade(played(ruled, scenario.solution + line))
    assert (report.stars, keys(report)) == (
        stars,
        ["changed:password-policy"] if stars == 1 else [],
    )


@pytest.mark.parametrize(("length", "stars"), [(40, 1), (12, 3)])
def test_a_password_policy_refuses_no_password_of_a_job(length: int, stars: int):
    found = ["changed:password-policy"] if stars == 1 else []
    line = POLICY.format("update", f"--minimum-password-length {length}")
    assert beside("20", line) == (stars, found)
    assert beside("04", line) == (3, [])


@pytest.mark.parametrize("number", ["24", "C3"])
def test_a_unit_of_the_franchise_keeps_its_name(number: str):
    line = "aws organizations update-organizational-unit --organizational-unit-id @unit:{} --name {}"
    by = " --profile noor@console\n" if number == "C3" else "\n"
    assert beside(number, line.format("Shops", "Closed") + by) == (
        1,
        ["changed:unit/Shops"],
    )
    assert beside(
        number, line.format("Shops", "Closed") + by + line.format("Closed", "Shops") + by
    ) == (
        3,
        [],
    )


def test_a_unit_of_the_franchise_is_there_though_no_shop_stands_in_it(tmp_path: Path):
    root = tmp_path / find("24").name
    _ = copytree(find("24"), root)
    with (root / "world.sh").open("a") as world:
        _ = world.write(
            "aws organizations create-organizational-unit --parent-id @root --name Carts --profile franchise\n"
        )
    lesson = scenario(root)
    gone = "aws organizations delete-organizational-unit --organizational-unit-id @unit:Carts\n"
    anew = "aws organizations create-organizational-unit --parent-id @root --name Carts\n"
    assert keys(grade(played(lesson, lesson.solution + gone))) == ["changed:unit/Carts"]
    assert keys(grade(played(lesson, lesson.solution + gone + anew))) == []


def test_a_changed_setting_has_its_share_in_the_score_and_is_told_before_its_star():
    scenario = course(find("13").name)
    right, changed = (
        grade(played(scenario, scenario.solution + more)) for more in ("", UNBLOCKED)
    )
    assert (right.shares.excess, changed.shares.excess < 1) == (1, True)
    untouched = grade(played(scenario, UNBLOCKED))
    assert "1 setting is changed that no one asked for" in " ".join(
        row.text for row in later_findings_rows(untouched)
    )


@pytest.mark.parametrize("number", ["15", "29", "C2"])
def test_the_owner_s_mail_goes_to_nobody_else(number: str):
    signs_in = "" if number == "29" else f"{ROOT_IN}\n"
    change = (
        "console change-email --email somebody@elsewhere.example --profile root@console\n"
    )
    assert beside(number, signs_in + change) == (1, ["new-badge:root"])


# ------------------------------------------------------------------ rules that are kept by the letter
CASHIER = "arn:aws:iam::111122223333:role/Cashier"


@pytest.mark.parametrize(("hours", "stars"), [(8, 3), (12, 2)])
def test_no_session_lasts_longer_than_a_shift_because_it_was_taken_before_the_rule(
    hours: int, stars: int
):
    id = find("18").name
    before = (
        "aws iam update-role --role-name Cashier --max-session-duration 43200\n"
        f"aws sts assume-role --role-arn {CASHIER} --role-session-name long --duration-seconds {hours * 3600} --profile bo\n"
    )
    found = ["practice:session-fits-shift"] if stars == 2 else []
    assert earned(id, before + course(id).solution) == (stars, found)


@pytest.mark.parametrize(
    ("thing", "stars"),
    [
        ("111122223333:user/casey", 2),
        ("111122223333:user/robin", 3),
        ("*:user/casey", 2),
        ("111122223333:user/case?", 2),
        ("111122223333:mfa/casey", 2),
        ("111122223333:user/*", 3),
        ("111122223333:mfa/*", 3),
    ],
)
def test_what_may_be_worked_on_is_nobody_who_is_gone(thing: str, stars: int):
    no = {"Effect": "Deny", "Action": "iam:*", "Resource": f"arn:aws:iam::{thing}"}
    found = ["practice:no-dead-principals"] if stars == 2 else []
    assert beside("28", group("Cashiers", "no", no)) == (stars, found)


@pytest.mark.parametrize(
    ("operator", "key", "value", "stars"),
    pairs(
        ["StringLike", "StringNotLike"],
        [
            ("aws:PrincipalArn", "arn:aws:sts::111122223333:assumed-role/*/casey", 2),
            ("aws:userid", "*:casey", 2),
            ("aws:userid", "AROA*:case?", 2),
            ("sts:RoleSessionName", "casey", 2),
            ("aws:RoleSessionName", "casey", 2),
            ("sts:RoleSessionName", "robin", 3),
            ("sts:RoleSessionName", "*", 3),
            ("sts:RoleSessionName", "${aws:username}", 3),
            ("aws:userid", "*:tablet", 3),
            ("aws:PrincipalArn", "arn:aws:sts::111122223333:assumed-role/casey/*", 3),
        ],
    ),
)
def test_no_session_is_called_as_somebody_who_is_gone(
    operator: str, key: str, value: str, stars: int
):
    no = {
        "Effect": "Deny",
        "Action": "iam:*",
        "Resource": "*",
        "Condition": {operator: {key: value}},
    }
    found = ["practice:no-dead-principals"] if stars == 2 else []
    result = beside("28", group("Cashiers", "no", no))
    assert result == (stars, found)


@pytest.mark.parametrize(
    ("condition", "stars"),
    [
        ({"StringEqualsIfExists": {"aws:Nonsense": "x"}}, 2),
        ({"Null": {"s3:prefixx": "true"}}, 2),
        ({"StringNotEquals": {"s3:authType": "#"}}, 3),
        ({"StringNotEquals": {"aws:PrincipalTag/branch": "#"}}, 3),
    ],
)
def test_every_word_of_a_condition_means_something(
    condition: dict[str, dict[str, str]], stars: int
):
    lists, opens = COUNTING
    said = document({**lists, "Condition": condition}, opens)
    answer = course(find("06").name).solution.replace(
        "file://policies/receipts.json", f"'{said}'"
    )
    found = ["practice:no-unknown-actions"] if stars == 2 else []
    assert earned(find("06").name, answer) == (stars, found)


def test_every_word_of_a_ceiling_means_something():
    named = [{**COUNTING[0], "Action": ["s3:ListBucket", "s3:ListObjects"]}, COUNTING[1]]
    raised = (
        "aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/StaffBoundary --set-as-default"
        f" --policy-document '{document(*named)}'\n"
    )
    assert beside("22", raised) == (2, ["practice:no-unknown-actions"])


# ------------------------------------------------------------------ whoever comes tomorrow


@pytest.mark.parametrize(
    ("number", "condition", "stars"),
    pairs(
        ["22", "C3"],
        [
            ({"StringNotEquals": {"aws:username": ["robin", "sam", "mina"]}}, 1),
            (
                {
                    "ArnLike": {
                        "aws:PrincipalArn": "arn:aws:iam::111122223333:user/staff/z*"
                    }
                },
                1,
            ),
            ({"StringEquals": {"aws:username": "ada"}}, 3),
        ],
    ),
)
def test_a_ceiling_is_no_higher_for_those_who_are_hired_below_it_tomorrow(
    number: str, condition: dict[str, object], stars: int
):
    more = {"Action": "s3:DeleteObject", "Resource": "*", "Condition": condition}
    raised = (
        "aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/StaffBoundary --set-as-default"
        f" --policy-document '{document(*COUNTING, more)}'\n"
    )
    assert beside(number, raised) == (stars, ["excess:newcomer"] if stars == 1 else [])


# ------------------------------------------------------------------ what nobody asked to take away
def ruled(name: str, target: str, *, by: str = "", **statement: object) -> str:
    """One more rule of the franchise, over a unit or a single account."""
    rule = document({"Effect": "Deny", "Resource": "*", **statement})
    return (
        f"aws organizations create-policy --name {name} --description x --type SERVICE_CONTROL_POLICY --content '{rule}'{by}\n"
        f"aws organizations attach-policy --policy-id @policy:{name} --target-id {target}{by}\n"
    )


OURS, NORTH, SOUTH = (
    f"lost:account/{id}" for id in ("111122223333", "333344445555", "555566667777")
)
NOT_OURS = {"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}


@pytest.mark.parametrize(
    ("target", "statement", "lost"),
    [
        ("@unit:Shops", {"Action": ["sqs:*", "ec2:*"]}, [OURS]),
        ("@unit:Shops", {"Action": "*", "Condition": NOT_OURS}, [NORTH, SOUTH]),
        ("333344445555", {"Action": "*"}, [NORTH]),
        (
            "@unit:Shops",
            {"Action": ["cloudtrail:UpdateTrail", "cloudtrail:PutEventSelectors"]},
            [],
        ),
        (
            "@unit:Shops",
            {"Action": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
            [],
        ),
        (
            "@unit:Shops",
            {
                "Action": "*",
                "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}},
            },
            [],
        ),
    ],
)
def test_a_rule_over_the_shops_takes_no_more_than_it_is_for(
    target: str, statement: dict[str, object], lost: list[str]
):
    more = ruled("More", target, by=" --profile noor@console", **statement)
    assert beside("C3", more) == (0 if lost else 3, lost)


TAGGED = {"StringNotEquals": {"aws:ResourceTag/keep": "no"}}


@pytest.mark.parametrize(
    ("number", "conditions", "found"),
    pairs(
        ["24", "C3"],
        [
            ((TAGGED,), ["leak:blind@ada", "leak:blind@root", "leak:dark@tomorrows-shop"]),
            ((NOT_OURS, TAGGED), ["leak:blind@ada", "leak:blind@root"]),
            ((NOT_OURS, TAGGED, {"StringEquals": {"aws:ResourceTag/keep": "no"}}), []),
        ],
    ),
)
def test_what_administrators_are_refused_is_refused_however_they_tag_it(
    number: str, conditions: tuple[dict[str, object], ...], found: list[str]
):
    id = find(number).name
    rows = (
        {"Effect": "Deny", "Action": STAYS, "Resource": "*", "Condition": condition}
        for condition in conditions
    )
    rules = course(id).solution.replace(
        "file://policies/shop-rules.json", f"'{document(*rows)}'"
    )
    assert earned(id, rules) == (0 if found else 3, found)


# ------------------------------------------------------------------ where somebody works
SHOP = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
TOOLS = {"StringLike": {"aws:UserAgent": "aws-cli/*"}}
SECURE = {"Bool": {"aws:SecureTransport": "true"}}
ONLINE = "arn:aws:sqs:us-east-1:111122223333:online-orders"
ORDERS = {"Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"], "Resource": ONLINE}
EXPORT = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::coffeeshop-orders-export/*"}
WEAR = {
    "Action": "sts:AssumeRole",
    "Resource": [
        f"arn:aws:iam::111122223333:role/{r}" for r in ("Cashier", "OnlineOrders")
    ],
}


def under(
    number: str, file: str, statement: dict[str, object], condition: dict[str, object]
) -> tuple[int, list[str]]:
    """What the solution earns with a statement under a condition in place of one of its documents."""
    id = find(number).name
    ours = document({**statement, "Condition": condition})
    return earned(
        id, course(id).solution.replace(f"file://policies/{file}.json", f"'{ours}'")
    )


@pytest.mark.parametrize("condition", [SHOP, TOOLS])
def test_neither_a_machine_nor_a_partner_works_at_the_shop(condition: dict[str, object]):
    assert under("19", "orders", ORDERS, condition) == (
        0,
        ["job-denied:take@function/espresso-api:condition"],
    )
    assert under("19", "orders", ORDERS, SECURE) == (3, [])
    assert under("25", "export", EXPORT, condition) == (
        0,
        ["job-denied:export@courier:condition"],
    )
    assert under("25", "export", EXPORT, SECURE) == (3, [])


def test_people_work_at_the_shop():
    assert beside("18", group("Baristas", "stations", {**WEAR, "Condition": SHOP})) == (
        3,
        [],
    )


# ------------------------------------------------------------------ whoever comes into the group tomorrow
@pytest.mark.parametrize("named", [False, True])
def test_work_needs_a_code_of_whoever_joins_the_group_as_well(named: bool):
    rule = json.loads(course(find("20").name).text("policies/require-code.json"))
    if named:
        for statement in rule["Statement"]:
            statement["Condition"]["StringEquals"] = {"aws:username": ["casey", "sam"]}
        answer = f"aws iam put-group-policy --group-name Staff --policy-name Code --policy-document '{json.dumps(rule)}'\n"
    else:
        text = json.dumps(rule)
        lines = (
            f"put-user-policy --user-name {who} --policy-name Code --policy-document '{text}'"
            for who in ("casey", "sam")
        )
        answer = "".join(f"aws iam {line}\n" for line in lines)
    assert earned(find("20").name, answer) == (1, ["excess:newcomer"])


# ------------------------------------------------------------------ a name that was drawn, wherever it is said
@pytest.mark.parametrize(
    ("prefix", "stars"), [("{}/*", 3), ("{}/*/", 3), ("{}/??????????/", 0)]
)  # fmt: skip
def test_a_job_on_any_folder_is_not_the_one_that_is_tried(prefix: str, stars: int):
    choice = Choice("conditions", 1, 1)
    lesson = scenario_of_files(choice, draft(choice, 0))
    policy = json.loads(lesson.text("policies/one-folder-1.json"))
    asked = next(
        statement["Condition"]["StringLike"]
        for statement in policy["Statement"]
        if "Condition" in statement
    )
    asked["s3:prefix"] = prefix.format(asked["s3:prefix"].partition("/")[0])
    answer = lesson.solution.replace(
        "file://policies/one-folder-1.json", f"'{json.dumps(policy)}'"
    )
    assert grade(run_play(lesson, answer, "answer.sh")).stars == stars


# ------------------------------------------------------------------ what a job gives
@pytest.mark.parametrize(
    ("name", "giver", "earned"),
    [
        ("sam", " --profile mina", (3, [])),
        ("SAM", " --profile mina", (3, [])),
        ("sam", "", (1, ["excess:sam"])),
    ],
)
def test_whoever_is_judged_may_be_given_more_by_those_whose_job_it_is_alone(
    name: str, giver: str, earned: tuple[int, list[str]]
):
    till = "arn:aws:iam::111122223333:policy/Till"
    assert (
        beside(
            "C3",
            f"aws iam attach-user-policy --user-name {name} --policy-arn {till}{giver}\n",
        )
        == earned
    )


REWRITTEN = (
    "aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/CashierPolicy"
    f" --policy-document '{document({'Action': '*', 'Resource': '*'})}'"
)


@pytest.mark.parametrize(
    ("number", "how", "earned"),
    [
        ("22", " --set-as-default", (0, ["tampered:policy/CashierPolicy"])),
        ("C3", " --set-as-default", (0, ["tampered:policy/CashierPolicy"])),
        ("22", "", (3, [])),
        ("C3", "", (2, ["practice:no-sleeping-versions"])),
    ],
)
def test_a_policy_that_jobs_give_says_what_it_said(
    number: str, how: str, earned: tuple[int, list[str]]
):
    assert beside(number, f"{REWRITTEN}{how}\n") == earned


@pytest.mark.parametrize(
    ("policies", "found"), [(8, []), (10, ["job-denied:grant@mina:absent"])]
)
def test_what_a_job_may_give_has_room(policies: int, found: list[str]):
    lines = (
        f"aws iam create-policy --policy-name P{at} --policy-document '{document(*COUNTING)}'\n"
        f"aws iam attach-user-policy --user-name robin --policy-arn arn:aws:iam::111122223333:policy/P{at} --profile mina\n"
        for at in range(policies)
    )
    assert beside("22", "".join(lines)) == (0 if found else 3, found)


def test_nobody_is_refused_by_taking_their_badge_away():
    gone = "aws iam delete-access-key --user-name indra --access-key-id @key\n"
    assert beside("19", gone) == (0, ["tampered:badge/indra"])
