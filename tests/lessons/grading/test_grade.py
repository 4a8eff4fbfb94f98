"""Verdicts: what each way of going wrong is called, whom it names, which statement it cites, and what it costs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coffeeshop.lessons.check_kinds import CheckKind, FindingKind
from coffeeshop.lessons.grading import trial as grading
from coffeeshop.lessons.grading.grade import grade, quality_floor
from coffeeshop.lessons.grading.hints import FINDING_QUESTIONS
from coffeeshop.lessons.grading.principal_classes import PRINCIPAL_CLASSES
from coffeeshop.lessons.grading.report_json import report_json
from coffeeshop.lessons.model import Check, Finding, Play, Report, Scenario
from coffeeshop.lessons.scenario.find import find, folders
from coffeeshop.lessons.scenario.load import load
from coffeeshop.policy.model import Undecided
from tests.lessons.folder import (
    ALL,
    FILES,
    RECEIPTS,
    SCENARIO,
    folder,
    graded,
    keys,
    played,
    policy,
    put,
    scenario,
)

ROOT = "arn:aws:iam::111122223333:root"
READ = policy("s3:GetObject")
RIGHT = put(READ)
UNBLOCKED = "aws s3api delete-public-access-block --bucket coffeeshop-payroll\n"


@pytest.fixture
def small(tmp_path: Path) -> Scenario:
    return scenario(folder(tmp_path))


def lesson(
    below: Path, text: str = "", world: str = "", **replaced: tuple[str, str]
) -> Scenario:
    """The small scenario with more tables and more lines of its world."""
    files = {
        **FILES,
        "scenario.toml": SCENARIO + text,
        "world.sh": FILES["world.sh"] + world,
    }
    return scenario(folder(below, files, **replaced))


def job(id: str, do: str, **more: str) -> str:
    rows = {"as": "casey", "say": f"Someone does {id}", **more}
    return f'\n[[job]]\nid = "{id}"\ndo = """{do}"""\n' + "".join(
        f'{key} = "{value}"\n' for key, value in rows.items()
    )


def refuse(id: str, do: str, **more: str) -> str:
    return job(id, do, **more).replace("[[job]]", "[[refuse]]")


def only(report: Report) -> Finding:
    (finding,) = report.findings
    return finding


def role(name: str, trusted: str = ROOT, **more: object) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": trusted},
        "Action": "sts:AssumeRole",
        **more,
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    return f"aws iam create-role --role-name {name} --assume-role-policy-document '{document}'\n"


# ----------------------------------------------------------------------- what holds
@pytest.mark.slow
@pytest.mark.parametrize("path", folders(), ids=lambda path: path.name)
def test_the_untouched_world_has_the_same_quality_in_every_variant(path: Path):
    assert quality_floor(load(path, 7)) == quality_floor(load(path))


def test_a_report_finds_its_checks_by_id(small: Scenario):
    report = graded(small, RIGHT)
    assert report.check("job:read@casey").passed is True
    with pytest.raises(KeyError, match="job:sing"):
        report.check("job:sing")


def test_the_checks_of_a_solved_play_all_hold(small: Scenario):
    checks = graded(small, RIGHT).checks
    assert {check.passed for check in checks} == {True}
    assert [(check.id, check.star) for check in checks if check.kind != "only"] == [
        ("fixture:bucket/coffeeshop-receipts", 1),
        ("fixture:user/casey", 1),
        ("person:casey", 1),
        ("job:read@casey", 1),
        ("refuse:shred@casey", 1),
        ("practice:no-wildcard-action", 3),
    ]
    judged = {check.id: check.star for check in checks if check.kind is CheckKind.EXCESS}
    assert (
        judged.items()
        >= {
            "only:casey": 2,
            "only:newcomer": 2,
            "only:anyone": 2,
            "only:account/444455556666": 2,
        }.items()
    )
    assert "only:ada" not in judged


# ----------------------------------------------------------------------- tampering
@pytest.mark.parametrize(
    ("line", "fixture"),
    [
        ("aws iam delete-user --user-name casey", "user/casey"),
        ("aws iam update-user --user-name casey --new-path /staff/", "user/casey"),
        ("aws iam update-user --user-name casey --new-user-name cassie", "user/casey"),
        ("aws s3api delete-object --bucket coffeeshop-receipts --key 2026/03/0412.json", "bucket/coffeeshop-receipts"),
        ("aws s3api put-object --bucket coffeeshop-receipts --key 2026/03/0412.json --body policies/right.json", "bucket/coffeeshop-receipts"),
    ],
)  # fmt: skip
def test_what_the_shop_needs_must_stay_as_it_was(small: Scenario, line: str, fixture: str):
    report = graded(small, f"{line}\n")
    assert (report.is_tampered, report.stars, report.score) == (True, 0, 0)
    finding = only(report)
    assert finding.key == f"tampered:{fixture}"
    thing = fixture.replace("/", " ")
    assert finding.what == f"The {thing} was deleted or changed. It must stay as it was."
    assert {
        check.passed for check in report.checks if check.kind in ("job", "refuse", "only")
    } == {None}


@pytest.mark.parametrize(
    "line",
    [
        "put-object --bucket coffeeshop-receipts --key new",
        "put-object-tagging --bucket coffeeshop-receipts --key 2026/03/0412.json --tagging 'TagSet=[{Key=a,Value=b}]'",
    ],
)
def test_what_comes_beside_changes_nothing_that_the_shop_needs(small: Scenario, line: str):
    assert not graded(small, f"aws s3api {line}\n").is_tampered


def test_everything_that_is_gone_is_one_finding(small: Scenario):
    gone = "aws s3api delete-object --bucket coffeeshop-receipts --key 2026/03/0412.json\n"
    gone += "aws iam delete-user --user-name casey\n"
    assert (
        only(graded(small, gone)).what
        == "The bucket coffeeshop-receipts and the user casey were deleted or changed. They must stay as they were."
    )


@pytest.mark.parametrize(
    ("line", "works"),
    [
        ("put-object --bucket coffeeshop-receipts --key 2026/03/0413.json", True),
        (
            "put-object --bucket coffeeshop-receipts --key 2026/03/0412.json --body policies/right.json",
            True,
        ),
        (
            "put-object --bucket coffeeshop-receipts --key elsewhere",
            True,
        ),  # it takes nothing away
        ("delete-object --bucket coffeeshop-receipts --key voided/0398.json", True),
        ("delete-object --bucket coffeeshop-receipts --key 2026/03/0412.json", False),
        (
            "put-object --bucket coffeeshop-receipts --key voided/0398.json --body policies/right.json",
            False,
        ),
        (
            "delete-bucket --bucket coffeeshop-receipts",
            True,
        ),  # AWS refuses: there is something in it
    ],
)
def test_what_a_job_stores_or_shreds_is_that_jobs_to_change(
    tmp_path: Path, line: str, works: bool
):
    store = job(
        "store", "aws s3api put-object --bucket coffeeshop-receipts --key 2026/03/0413.json"
    )
    store += f'covers = "{RECEIPTS}/2026/*"\n'
    void = job(
        "void",
        "aws s3api delete-object --bucket coffeeshop-receipts --key voided/0398.json",
    )
    working = lesson(tmp_path, store + void)
    assert graded(working, f"aws s3api {line}\n").is_tampered is not works


def test_a_refusal_that_waits_for_a_check_is_not_tried_without_it(tmp_path: Path):
    """Who cannot read is told so, and nothing of storing, which holds untouched."""
    store = refuse(
        "store", "aws s3api put-object --bucket coffeeshop-receipts --key 2026/03/0412.json"
    )
    waiting = lesson(tmp_path, f'{store}after = ["job:read@casey"]\n')
    for script, passed in (("", None), (RIGHT, True)):
        checks = {check.id: check.passed for check in graded(waiting, script).checks}
        assert checks["refuse:store@casey"] is passed


TAG = "aws iam {}-user --user-name kim --tag{} {}\n"
NORTH = TAG.format("tag", "s", "Key=branch,Value=north")


@pytest.mark.parametrize(
    ("line", "tampered"),
    [
        (TAG.format("tag", "s", "Key=team,Value=till"), False),
        (TAG.format("tag", "s", "Key=branch,Value=south"), True),
        (TAG.format("untag", "-keys", "branch"), True),
    ],
)
def test_of_tags_those_must_stay_that_were_there(tmp_path: Path, line: str, tampered: bool):
    world = f"aws iam create-user --user-name kim\n{NORTH}"
    tagged = lesson(
        tmp_path, world=world, change=('"user/casey"]', '"user/casey", "user/kim"]')
    )
    assert graded(tagged, RIGHT + line).is_tampered is tampered


def test_policies_of_a_fixture_may_change(small: Scenario):
    bucket = policy(
        "s3:GetObject", Principal={"AWS": "arn:aws:iam::111122223333:user/casey"}
    )
    report = graded(
        small,
        f"aws s3api put-bucket-policy --bucket coffeeshop-receipts --policy '{bucket}'\n",
    )
    assert (report.is_tampered, report.stars) == (False, 3)


@pytest.mark.parametrize(
    ("world", "fixture", "line"),
    [
        ("aws iam create-group --group-name Tills\n", "group/Tills", "aws iam update-group --group-name Tills --new-path /x/"),
        (role("Till"), "role/Till", "aws iam delete-role --role-name Till"),
        ("", "table/Register", "aws dynamodb delete-table --table-name Register"),
        ("", "queue/online-orders", "aws sqs delete-queue --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/online-orders"),
        ("", "function/espresso-api", "aws lambda delete-function --function-name espresso-api"),
        ("", "table/Register", "aws dynamodb delete-table --table-name Register\naws dynamodb create-table --table-name Register --attribute-definitions AttributeName=sale,AttributeType=S --key-schema AttributeName=sale,KeyType=HASH --billing-mode PAY_PER_REQUEST"),
        ("", "queue/online-orders", "aws sqs delete-queue --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/online-orders\n#@ +2m\naws sqs create-queue --queue-name online-orders"),
        ("", "function/espresso-api", "aws lambda update-function-configuration --function-name espresso-api --handler other.handler"),
    ],
)  # fmt: skip
def test_every_kind_of_thing_can_be_fixed(
    tmp_path: Path, world: str, fixture: str, line: str
):
    fixed = lesson(
        tmp_path, world=world, change=('"user/casey"]', f'"user/casey", "{fixture}"]')
    )
    assert graded(fixed, RIGHT).stars == 3
    assert keys(graded(fixed, f"{RIGHT}{line}\n")) == [f"tampered:{fixture}"]


# ----------------------------------------------------------------------- people
def test_people_without_a_user_are_one_finding_that_asks_for_no_credential(tmp_path: Path):
    text = job("sweep", "aws iam list-users", **{"as": "sam"}) + job(
        "mop", "aws iam list-users", **{"as": "mina"}
    )
    report = graded(lesson(tmp_path, text))
    nobody = next(found for found in report.findings if found.kind is FindingKind.NO_USER)
    assert (nobody.key, nobody.people) == ("no-user:sweep@sam", ("sam", "mina"))
    assert (nobody.what, nobody.why) == (
        "Sam and Mina are not users yet.",
        "There is no user sam.",
    )
    assert report.check("job:sweep@sam").passed is None


def test_a_real_badge_must_be_made(tmp_path: Path):
    real = lesson(
        tmp_path, change=('admins = ["ada"]', 'admins = ["ada"]\nbadges = "real"')
    )
    missing = only(graded(real, RIGHT))
    assert (missing.key, missing.what) == (
        "no-user:read@casey",
        "Casey has no credential of the kind that the job needs.",
    )
    assert missing.why == "Casey has no active access key."
    assert graded(real, f"{RIGHT}aws iam create-access-key --user-name casey\n").stars == 3


def test_somebody_who_lacks_a_device_is_told_so_and_a_leaked_credential_is_its_owners():
    untouched = grade(Play(scenario(find("01"))))
    absent, _, leaked = untouched.findings
    assert (absent.key, absent.what) == (
        "no-user:owner-in@root",
        "Root can't sign in with an MFA code yet.",
    )
    assert (leaked.key, leaked.people) == ("leak:laptop-key", ("root",))


def test_a_function_without_a_badge_is_told_what_keeps_lambda_out_of_its_role():
    lesson = scenario(find("19"))
    condition = '"Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}'
    trust = policy("sts:AssumeRole").replace(
        f'"Resource": "{ALL}"',
        '"Principal": {"Service": "lambda.amazonaws.com"}, ' + condition,
    )
    line = f"aws iam update-assume-role-policy --role-name espresso-role --policy-document '{trust}'\n"
    found = only(graded(lesson, lesson.solution + line))
    assert found.key == "no-user:take@function/espresso-api"
    assert (
        "statement 1 of the trust policy requires StringEquals aws:SourceAccount"
        in found.why
    )
    assert (found.ask, "lambda.amazonaws.com" in found.hints[1]) == (
        FINDING_QUESTIONS["no-user:function"],
        True,
    )


# ----------------------------------------------------------------------- sessions
TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/Register"
TILL = job(
    "till",
    'aws dynamodb put-item --table-name Register --item \'{"sale": {"S": "1"}}\'',
    via="Till",
)
WEAR = policy("sts:AssumeRole", on="arn:aws:iam::111122223333:role/Till")
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


@pytest.mark.parametrize(
    ("script", "key"),
    [
        ("", "no-session:till@casey:role"),
        (role("Till"), "no-session:till@casey:permission"),
        (role("Till", "arn:aws:iam::111122223333:role/espresso-role") + put(WEAR, name="wear"), "no-session:till@casey:trust"),
        (role("Till", Condition=MFA) + put(WEAR, name="wear"), "no-session:till@casey:condition"),
        (role("Till") + put(WEAR, name="wear") + put(policy("sts:*", on="*", effect="Deny"), name="no"), "no-session:till@casey:permission"),
    ],
    ids=["role", "permission", "trust", "condition", "denied"],
)  # fmt: skip
def test_a_role_that_cannot_be_worn_says_which_side_refused(
    tmp_path: Path, script: str, key: str
):
    report = graded(lesson(tmp_path, TILL), RIGHT + script)
    finding = only(report)
    assert (finding.key, finding.people, finding.what) == (
        key,
        ("casey",),
        "Casey can't assume Till.",
    )
    assert report.check("job:till@casey").passed is None
    assert finding.why.startswith(
        "There is no role Till." if key.endswith("role") else "sts:AssumeRole on arn:"
    )


def test_a_session_that_may_not_last_that_long_says_so(tmp_path: Path):
    script = RIGHT + role("Till", "arn:aws:iam::111122223333:user/casey")
    long = lesson(tmp_path, TILL.replace('via = "Till"', 'via = "Till"\nfor = "9h"'))
    finding = only(graded(long, script))
    assert finding.key == "no-session:till@casey:limit"
    assert "how long does the role allow" in finding.ask
    assert "MaxSessionDuration" in finding.hints[1]
    assert finding.why.startswith("AWS answered ValidationError: ")


def test_several_roles_that_fail_for_one_reason_are_one_finding(tmp_path: Path):
    text = TILL + TILL.replace('"till"', '"stock"').replace('"Till"', '"Stock"').replace(
        "does till", "does stock"
    )
    finding = only(graded(lesson(tmp_path, text), RIGHT))
    assert finding.key == "no-session:till@casey:role"
    assert finding.what == "Casey can't assume Till and Stock."
    assert [check.id for check in finding.checks] == [
        "session:casey/Till",
        "session:casey/Stock",
    ]


# ----------------------------------------------------------------------- jobs
BOUND = f"aws iam create-policy --policy-name Bound --policy-document '{policy('s3:ListBucket', on='*')}'\naws iam put-user-permissions-boundary --user-name casey --permissions-boundary arn:aws:iam::111122223333:policy/Bound\n"


@pytest.mark.parametrize(
    ("script", "detail", "said"),
    [
        ("", "none", "nothing allows it (implicit deny)"),
        (put(policy("s3:GetObjectt")), "unknown-action", "says s3:GetObjectt, which isn't an IAM action (did you mean s3:GetObject?)."),
        (put(policy("s3:PutObject")), "action", "Closest Allow: statement 1 of policy “receipts” allows s3:PutObject."),
        (put(policy("s3:GetObject", on=RECEIPTS)), "resource", "Closest Allow: statement 1 of policy “receipts”"),
        (put(policy("s3:GetObject", Condition=MFA)), "condition", "aws:MultiFactorAuthPresent"),
        (put(policy("s3:ListBucket", on=RECEIPTS)), "none", "nothing allows"),
        (RIGHT + put(policy("s3:*", on="*", effect="Deny"), name="no"), "explicit", "statement 1 of policy “no” denies it, whatever else allows it (explicit deny in "),
        (RIGHT + BOUND, "boundary", "no permissions boundary allows it"),
    ],
    ids=["nothing", "unknown-action", "action", "resource", "condition", "two elements", "explicit", "boundary"],
)  # fmt: skip
def test_a_refused_job_says_on_which_element_or_layer(
    small: Scenario, script: str, detail: str, said: str
):
    report = graded(small, script)
    finding = only(report)
    assert finding.key == f"job-denied:read@casey:{detail}"
    assert finding.what == "“Casey can open any receipt” doesn't work yet."
    assert said in finding.why
    assert report.stars == 0


def test_a_refused_job_cites_the_statement_that_decided_or_came_nearest(small: Scenario):
    denied = only(
        graded(small, RIGHT + put(policy("s3:*", on="*", effect="Deny"), name="no"))
    ).by
    assert denied is not None
    assert denied.policy.name == "no"
    near = only(graded(small, put(policy("s3:GetObject", on=RECEIPTS)))).by
    assert near is not None
    assert near.policy.name == "receipts"
    assert only(graded(small)).by is None


def test_jobs_that_fail_for_one_statement_are_one_finding(tmp_path: Path):
    second = job(
        "bill",
        "aws s3api get-object --bucket coffeeshop-receipts --key 2026/03/0411.json o",
    )
    finding = only(
        graded(lesson(tmp_path, second), put(policy("s3:GetObject", on=RECEIPTS)))
    )
    assert [check.id for check in finding.checks] == ["job:read@casey", "job:bill@casey"]
    assert (
        finding.what
        == "“Casey can open any receipt” doesn't work yet, and 1 more check fails for the same reason: “Someone does bill”."
    )
    denied = RIGHT + put(policy("s3:*", on="*", effect="Deny"), name="no")
    assert len(only(graded(lesson(tmp_path / "b", second), denied)).checks) == 2


def test_each_cause_is_a_finding_of_its_own(tmp_path: Path):
    text = (
        job("list", "aws s3api list-objects-v2 --bucket coffeeshop-recipes")
        + job(
            "bill",
            "aws s3api get-object --bucket coffeeshop-receipts --key 2026/03/0411.json o",
        )
        + job("books", "aws s3api list-objects-v2 --bucket coffeeshop-payroll")
    )
    script = put(policy("s3:GetObject", on=RECEIPTS), name="a") + put(
        policy("s3:ListBucket", on=ALL), name="b"
    )
    report = graded(lesson(tmp_path, text), script)
    assert [[check.id for check in finding.checks] for finding in report.findings] == [
        ["job:read@casey", "job:bill@casey"],
        ["job:list@casey", "job:books@casey"],
    ]


def test_a_job_in_a_session_that_has_ended_gives_awss_answer(tmp_path: Path):
    late = lesson(
        tmp_path,
        TILL.replace(
            'via = "Till"', f'via = "Till"\nused = "+2h"\ncovers = "{TABLE}"'
        ).replace("does till", "does any till"),
    )
    finding = only(
        graded(late, RIGHT + role("Till", "arn:aws:iam::111122223333:user/casey"))
    )
    assert finding.key == "job-denied:till@casey:none"
    assert finding.why.startswith("AWS answered ExpiredTokenException: ")
    assert finding.by is None


def test_a_group_that_would_allow_it_is_named_but_not_the_administrators(small: Scenario):
    assert "The group" not in only(graded(small)).why
    cashiers = f"aws iam create-group --group-name Cashiers\naws iam put-group-policy --group-name Cashiers --policy-name r --policy-document '{READ}'\n"
    assert only(graded(small, cashiers)).why.endswith(
        " The group Cashiers would, but Casey is not a member."
    )


def test_a_job_of_anyone_that_no_resource_policy_allows_says_so(tmp_path: Path):
    menu = job(
        "menu",
        "aws s3api get-object --bucket coffeeshop-recipes --key menu.pdf menu.pdf",
        **{"as": "anyone"},
    )
    finding = only(graded(lesson(tmp_path, menu), RIGHT))
    assert finding.key == "job-denied:menu@anyone:resource-policy"


def test_a_job_that_fails_for_another_reason_gives_awss_answer(tmp_path: Path):
    gone = job(
        "gone", "aws s3api get-object --bucket coffeeshop-receipts --key 2099.json o"
    )
    finding = only(
        graded(
            lesson(tmp_path, gone),
            put(policy("s3:GetObject", "s3:ListBucket", on=[RECEIPTS, ALL])),
        )
    )
    assert finding.key == "job-denied:gone@casey:absent"
    assert finding.why.startswith("AWS answered NoSuchKey: ")


def test_a_job_that_works_only_tonight_is_narrow(small: Scenario):
    report = graded(small, put(policy("s3:GetObject", on=f"{RECEIPTS}/2026/03/0412.json")))
    finding = only(report)
    assert (finding.key, finding.people) == ("job-narrow:read@casey", ("casey",))
    assert finding.what == "“Casey can open any receipt” works only in part."
    assert finding.why.startswith(
        "The job's example call works, but the job also needs other calls like it. s3:GetObject on coffeeshop-receipts/"
    )
    assert (report.stars, report.score) == (0, 0)


def test_a_condition_that_the_shops_requests_meet_narrows_nothing(small: Scenario):
    secure = policy("s3:GetObject", Condition={"Bool": {"aws:SecureTransport": "true"}})
    assert graded(small, put(secure)).stars == 3


def test_a_job_that_may_be_allowed_only_under_a_condition_is_too_wide_without_it(
    tmp_path: Path,
):
    within = f'within = {{ resource = "{ALL}", condition = {{ Bool = {{ "aws:SecureTransport" = "true" }} }} }}\ncovers'
    strict = lesson(tmp_path, change=("covers", within))
    assert keys(graded(strict, RIGHT)) == ["excess:casey"]
    assert (
        graded(
            strict,
            put(
                policy("s3:GetObject", Condition={"Bool": {"aws:SecureTransport": "true"}})
            ),
        ).stars
        == 3
    )


# ----------------------------------------------------------------------- refusals
def test_a_leak_names_the_statement_that_lets_it_through(small: Scenario):
    report = graded(small, put(policy("s3:GetObject", "s3:DeleteObject")))
    finding = only(report)
    assert finding.key == "leak:shred@casey"
    assert finding.what == "“Casey shreds a receipt” is still allowed."
    assert "statement 1 of policy “receipts” allows it" in finding.why
    assert finding.by is not None
    assert finding.by.policy.name == "receipts"
    assert (finding.path, finding.ask) == ((), "Which action shreds?")


def test_leaks_through_one_policy_are_one_finding_and_others_stand_alone(tmp_path: Path):
    text = (
        refuse("write", "aws s3api put-object --bucket coffeeshop-receipts --key x")
        + refuse("pay", "aws s3api get-object --bucket coffeeshop-payroll --key march.csv o")
    )  # fmt: skip
    wide = put(policy("s3:GetObject", "s3:DeleteObject", "s3:PutObject")) + put(
        policy("s3:GetObject", on="arn:aws:s3:::coffeeshop-payroll/*"), name="pay"
    )
    report = graded(lesson(tmp_path, text), wide)
    assert keys(report) == ["leak:shred@casey", "leak:pay@casey"]
    assert [check.id for check in report.findings[0].checks] == [
        "refuse:shred@casey",
        "refuse:write@casey",
    ]
    assert report.findings[0].what.endswith(
        "and the same policy allows “Someone does write”."
    )


def test_a_refusal_that_fails_for_another_reason_does_not_hold(tmp_path: Path):
    # Where there is none.
    text = refuse("pay", "aws s3api get-object --bucket coffeeshop-attic --key march.csv o")
    books = put(policy("s3:GetObject", on="arn:aws:s3:::coffeeshop-attic/*"), name="books")
    assert (
        graded(lesson(tmp_path, text), RIGHT).stars == 3
    )  # refused before anybody looks for the bucket
    report = graded(lesson(tmp_path, text), RIGHT + books)
    assert keys(report) == ["leak:pay@casey"]
    assert report.findings[0].why == (
        "AWS answered NoSuchBucket: The specified bucket does not exist "
        "That is no protection: no policy denies the call. It fails for another reason."
    )


def test_a_refusal_holds_also_by_no_detour(tmp_path: Path):
    grant = policy("iam:PutUserPolicy", on="arn:aws:iam::111122223333:user/casey")
    report = graded(lesson(tmp_path), RIGHT + put(grant, name="self"))
    finding = only(report)
    assert finding.key == "leak:shred@casey"
    assert finding.why.startswith(
        "It takes 2 steps. The first is PutUserPolicy. iam:PutUserPolicy on "
    )
    assert [line.split()[2] for line in finding.path] == [
        "put-user-policy",
        "delete-object",
    ]
    assert finding.by is not None
    assert finding.by.policy.name == "self"


def test_a_refusal_that_may_be_reached_by_a_detour_is_judged_at_the_second_star(
    tmp_path: Path,
):
    direct = lesson(tmp_path, change=('id = "shred"', 'id = "shred"\nreach = false'))
    grant = policy("iam:PutUserPolicy", on="arn:aws:iam::111122223333:user/casey")
    report = graded(direct, RIGHT + put(grant, name="self"))
    finding = only(report)
    assert (report.stars, finding.key) == (1, "reach:casey:edit")
    assert finding.what == "In one step, Casey could get more access than any job needs."
    assert finding.path[0].startswith("aws iam put-user-policy --user-name casey")


def test_a_way_that_a_job_needs_is_no_escalation(tmp_path: Path):
    script = RIGHT + role("Till") + put(WEAR, name="wear")
    task = policy(
        "dynamodb:PutItem", on="arn:aws:dynamodb:us-east-1:111122223333:table/Register"
    )
    script += f"aws iam put-role-policy --role-name Till --policy-name t --policy-document '{task}'\n"
    assert graded(lesson(tmp_path, TILL), script).stars == 3


@pytest.mark.parametrize(
    ("badge", "trust", "holds"),
    [("key", {}, True), ("code", {"Condition": MFA}, False)],
    ids=["the direct way is open", "the direct way needs a code"],
)
def test_a_longer_way_into_the_role_of_a_job_is_a_detour_only_if_the_direct_way_is_closed(
    tmp_path: Path, badge: str, trust: dict[str, object], holds: bool
):
    bare = TILL.replace("[[job]]", "[[refuse]]").replace('via = "Till"', 'badge = "key"')
    bare = bare.replace('"till"', '"bare"').replace("does till", "does it without the role")
    till_arn = "arn:aws:iam::111122223333:role/Till"
    change = policy("iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", on=till_arn)
    task = policy(
        "dynamodb:PutItem", on="arn:aws:dynamodb:us-east-1:111122223333:table/Register"
    )
    script = (
        RIGHT + role("Till", **trust) + put(WEAR, name="wear") + put(change, name="change")
    )
    script += f"aws iam put-role-policy --role-name Till --policy-name t --policy-document '{task}'\n"
    script += f"aws iam put-role-policy --role-name Till --policy-name c --policy-document '{change}'\n"
    till = TILL.replace('via = "Till"', 'via = "Till"\nbadge = "BADGE"').replace(
        "BADGE", badge
    )
    report = graded(lesson(tmp_path, till + bare), script)
    (check,) = (each for each in report.checks if each.id == "refuse:bare@casey")
    assert check.passed is holds


# ----------------------------------------------------------------------- nothing more
def test_an_excess_is_shown_by_a_request_and_the_statement_that_allows_it(small: Scenario):
    report = graded(small, put(policy("s3:GetObject", "s3:PutObject")))
    finding = only(report)
    assert (report.stars, finding.key, finding.people) == (1, "excess:casey", ("casey",))
    assert (
        finding.what
        == "Casey can also call s3:PutObject on coffeeshop-receipts/2026/03/0411.json."
    )
    assert finding.why.startswith(
        "Statement 1 of policy “receipts” allows it, and no job asks for it."
    )
    assert finding.by is not None
    assert finding.by.policy.name == "receipts"


def test_an_excess_in_a_role_says_in_which(tmp_path: Path):
    script = RIGHT + role("Till") + put(WEAR, name="wear")
    task = policy(
        "dynamodb:PutItem",
        "dynamodb:DeleteItem",
        on="arn:aws:dynamodb:us-east-1:111122223333:table/Register",
    )
    script += f"aws iam put-role-policy --role-name Till --policy-name t --policy-document '{task}'\n"
    finding = only(graded(lesson(tmp_path, TILL), script))
    assert (
        finding.what
        == "Casey, as Till, can also call dynamodb:DeleteItem on table/Register."
    )


@pytest.mark.parametrize(
    ("who", "key"),
    [
        ("*", "excess:casey"),
        ("arn:aws:iam::444455556666:root", "excess:account/444455556666"),
        ("arn:aws:iam::777788889999:user/x", "excess:account/777788889999/user/x"),
        ("arn:aws:iam::123456789012:role/Thief", "excess:account/123456789012/role/Thief"),
        ("123456789012", "excess:account/123456789012"),
    ],
)
def test_strangers_are_judged_too(small: Scenario, who: str, key: str):
    open_to = policy(
        "s3:GetObject", on="arn:aws:s3:::coffeeshop-payroll/*", Principal={"AWS": who}
    )
    report = graded(
        small,
        f"{RIGHT}{UNBLOCKED}aws s3api put-bucket-policy --bucket coffeeshop-payroll --policy '{open_to}'\n",
    )
    assert report.stars == 1
    assert key in keys(report)


def test_a_bucket_open_to_anyone_is_the_newcomers_and_the_strangers_too(small: Scenario):
    open_to = policy("s3:GetObject", on="arn:aws:s3:::coffeeshop-payroll/*", Principal="*")
    report = graded(
        small,
        f"{RIGHT}{UNBLOCKED}aws s3api put-bucket-policy --bucket coffeeshop-payroll --policy '{open_to}'\n",
    )
    failed = {check.id for check in report.checks if check.passed is False}
    assert {"only:newcomer", "only:anyone", "only:account/444455556666"} <= failed


def test_somebody_hired_in_play_is_judged(small: Scenario):
    hired = "aws iam create-user --user-name sam\n" + put(policy("s3:GetObject"), who="sam")
    assert keys(graded(small, RIGHT + hired)) == ["excess:sam"]


def test_a_bystander_may_keep_and_not_gain(tmp_path: Path):
    robin = "aws iam create-user --user-name robin\n" + put(
        policy("s3:ListBucket", on=RECEIPTS), who="robin"
    )
    kept = lesson(
        tmp_path,
        world=robin,
        change=('admins = ["ada"]', 'admins = ["ada"]\nbystanders = ["robin"]'),
    )
    assert graded(kept, RIGHT).stars == 3
    gained = put(policy("s3:ListBucket", on="*"), who="robin", name="more")
    assert keys(graded(kept, RIGHT + gained)) == ["excess:robin"]


def test_what_a_brief_calls_fine_is_no_excess(tmp_path: Path):
    fine = lesson(tmp_path, '\n[slack]\nown-badge = ["casey"]\nbrowse = ["casey"]\n')
    badge = policy("iam:ChangePassword", on="arn:aws:iam::111122223333:user/casey")
    browse = policy("s3:ListAllMyBuckets", on="*")
    assert graded(fine, RIGHT + put(badge, name="a") + put(browse, name="b")).stars == 3
    logs = '\n[slack]\nlogs = { as = ["casey"], action = "logs:PutLogEvents", resource = "arn:aws:logs:*:*:*" }\n'
    written = RIGHT + put(
        policy(
            "logs:PutLogEvents",
            on="arn:aws:logs:us-east-1:111122223333:log-group:a:log-stream:b",
        ),
        name="logs",
    )
    assert graded(lesson(tmp_path / "logs", logs), written).stars == 3
    others = policy("iam:ChangePassword", on="arn:aws:iam::111122223333:user/ada")
    assert keys(graded(fine, RIGHT + put(others, name="a"))) == ["excess:casey"]


def lost(*_: object, **__: object) -> tuple[Undecided, ...]:
    return (Undecided("more than 10000 regions"),)


def test_a_job_whose_siblings_nobody_could_judge_does_not_pass(
    small: Scenario, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(grading.Trial, "find_excesses", lost)
    report = graded(small, RIGHT)
    assert keys(report) == ["job-narrow:read@casey"]
    assert report.findings[0].why.endswith(
        "The check of its other calls stopped early: more than 10000 regions."
    )


def test_what_nobody_could_prove_withholds_the_second_star_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    one_receipt = lesson(tmp_path, change=(f'covers = "{ALL}"\n', ""))
    exact = put(policy("s3:GetObject", on=f"{RECEIPTS}/2026/03/0412.json"))
    assert graded(one_receipt, exact).stars == 3
    monkeypatch.setattr(grading.Trial, "find_excesses", lost)
    report = graded(one_receipt, exact)
    assert report.stars == 1
    assert {finding.kind for finding in report.findings} == {"not-proven"}
    casey = report.findings[0]
    assert (casey.key, casey.what) == (
        "not-proven:casey",
        "“Casey can do nothing else” is not proven, and 1 more check fails for the same reason: "
        "“Ada can do nothing else”.",
    )
    assert casey.why.startswith("more than 10000 regions")
    assert casey.why.endswith("A plainer policy can be proven.")


def test_a_role_that_a_machine_wears_may_hold_what_the_shop_does_in_it(tmp_path: Path):
    """Before the play it wrote logs; a job lets Casey wear it too, and read the menu; more is too much."""
    menu = job(
        "menu",
        "aws s3api get-object --bucket coffeeshop-recipes --key menu.pdf menu.pdf",
        via="espresso-role",
    )
    account = {
        "Effect": "Allow",
        "Principal": {
            "Service": "lambda.amazonaws.com",
            "AWS": "arn:aws:iam::111122223333:user/casey",
        },
        "Action": "sts:AssumeRole",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": account})
    worn = f"aws iam update-assume-role-policy --role-name espresso-role --policy-document '{trust}'\n"

    def reading(*actions: str) -> str:
        document = policy(*actions, on="arn:aws:s3:::coffeeshop-recipes/menu.pdf")
        return f"aws iam put-role-policy --role-name espresso-role --policy-name menu --policy-document '{document}'\n"

    shared = lesson(tmp_path, menu)
    solved = graded(shared, RIGHT + worn + reading("s3:GetObject"))
    only_roles = [
        check
        for check in solved.checks
        if check.kind is CheckKind.EXCESS and "role" in check.id
    ]
    assert [check.passed for check in only_roles] == [True]
    wider = graded(shared, RIGHT + worn + reading("s3:GetObject", "s3:DeleteObject"))
    assert wider.check(only_roles[0].id).passed is False


def test_a_job_that_has_its_hour_is_judged_at_that_hour(tmp_path: Path):
    morning = lesson(
        tmp_path, change=('id = "read"', 'id = "read"\nat = "2026-03-02T10:00:00Z"')
    )
    today = policy(
        "s3:GetObject",
        Condition={"DateLessThan": {"aws:CurrentTime": "2026-03-02T12:00:00Z"}},
    )
    report = graded(morning, put(today))
    assert report.check("job:read@casey").passed is True
    late = policy(
        "s3:GetObject",
        Condition={"DateLessThan": {"aws:CurrentTime": "2026-03-02T09:00:00Z"}},
    )
    assert graded(morning, put(late)).check("job:read@casey").passed is False


# ----------------------------------------------------------------------- practice
def test_a_rule_that_is_broken_names_who_breaks_it_and_by_what(small: Scenario):
    report = graded(small, put(policy("s3:GetObjec?")))
    assert report.stars == 2
    finding = only(report)
    assert (finding.key, finding.people) == ("practice:no-wildcard-action", ("casey",))
    assert (
        finding.what
        == "The account breaks a best practice: “Every allowed action is written out, without * or ?”."
    )
    assert finding.why == "statement 1 of policy “receipts” (casey) says s3:GetObjec?."
    assert finding.by is not None
    assert finding.by.policy.name == "receipts"


# ----------------------------------------------------------------------- score
def test_the_score_is_the_quality_above_the_untouched_worlds(small: Scenario):
    one, two = (
        graded(small, put(policy("s3:GetObject", "s3:PutObject"))),
        graded(small, put(policy("s3:GetObjec?"))),
    )
    assert (one.stars, two.stars) == (1, 2)
    assert 0 < one.score < two.score < 100
    for report in (one, two):
        q, q0 = report.quality, report.floor
        assert report.score == round(float(100 * (q - q0) / (1 - q0)), 2)


def test_a_worse_world_than_the_untouched_scores_nothing(tmp_path: Path):
    text = job("list", "aws s3api list-objects-v2 --bucket coffeeshop-receipts")
    begun = lesson(tmp_path, text, put(policy("s3:ListBucket", on=RECEIPTS), name="list"))
    assert graded(begun).score == 0
    assert (
        graded(
            begun, "aws iam delete-user-policy --user-name casey --policy-name list\n"
        ).score
        == 0
    )
    assert (
        graded(
            begun, "aws iam delete-user-policy --user-name casey --policy-name list\n"
        ).quality
        < graded(begun).quality
    )


def test_a_scenario_without_refusals_counts_them_as_held(tmp_path: Path):
    a, b = SCENARIO.split("[[refuse]]")
    tell = b.replace(
        '[[tell]]\non = "leak:shred@casey"\ntext = "Which action shreds?"\n', ""
    )
    mild = scenario(
        folder(tmp_path, {**FILES, "scenario.toml": a + tell.partition("\n\n")[2]})
    )
    assert grade(Play(mild)).shares.refusals == 1
    assert graded(mild, RIGHT).stars == 3


def test_the_report_as_json_explains_every_failing_check_of_its_star(small: Scenario):
    play = played(small, put(policy("s3:GetObject", "s3:DeleteObject")))
    report = report_json(play, grade(play))
    (result,) = (
        row for row in report.results if row.passed is False and row.kind == "refuse"
    )
    assert result.finding == "leak:shred@casey"
    assert report.status == "not_yet"
    assert report.findings[0].text.ask == "Which action shreds?"


def test_a_check_knows_its_kind_star_and_subject():
    check = Check("only:account/444455556666", "The account can do nothing", True)
    assert (check.kind, check.star, check.subject) == ("only", 2, "account/444455556666")


@pytest.mark.parametrize(
    "name", ["03-one-badge-each", "20-mfa-at-the-door", "22-the-delegated-manager"]
)
def test_a_user_who_is_judged_by_themselves_is_judged_by_all_that_the_classes_know_of_them(
    name: str,
):
    scenario = load(find(name))
    more = "aws iam create-user --user-name ghost\n"
    trial = grading.Trial(played(scenario, scenario.solution + more))
    members = {row.kind: [*row.members(trial)] for row in PRINCIPAL_CLASSES if row.of_user}
    assert members["user"]
    for row in PRINCIPAL_CLASSES:
        for who in trial.ordinary_users if row.of_user else ():
            assert row.of_user
            assert [*row.of_user(trial, who)] == [
                member for member in members[row.kind] if member.who == who
            ]
