"""One cause is one finding, with how many people and requests it is about."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from coffeeshop.lessons.check_kinds import CheckKind, FindingKind
from coffeeshop.lessons.grading.findings import make_findings
from coffeeshop.lessons.grading.grade import check_practice, grade
from coffeeshop.lessons.grading.hints import find_misconception
from coffeeshop.lessons.grading.trial import Trial
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import played
from tests.lessons.grading.test_nobody_escapes import document

PAYROLL = "arn:aws:s3:::coffeeshop-payroll"
OPEN = "aws s3api delete-public-access-block --bucket coffeeshop-payroll\n"


def opened(principal: object) -> str:
    rows = document(
        {"Principal": principal, "Action": "s3:GetObject", "Resource": f"{PAYROLL}/*"}
    )
    return (
        f"{OPEN}aws s3api put-bucket-policy --bucket coffeeshop-payroll --policy '{rows}'\n"
    )


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}])
@pytest.mark.parametrize("id", ["05-receipts-drawer", "10-the-cashiers"])
def test_a_bucket_for_everybody_is_one_finding(id: str, principal: object):
    lesson = course(id)
    report = grade(played(lesson, lesson.solution + opened(principal)))
    excesses = [found for found in report.findings if found.kind is FindingKind.EXCESS]
    (found,) = excesses
    failed = [check for check in report.checks if check.passed is False]
    assert len(found.people) == len(
        [check for check in failed if check.kind is CheckKind.EXCESS]
    )
    assert len(found.people) > 5
    assert (
        f", and {len(found.people) - 1} more checks fail for the same reason, such as “"
        in found.what
    )


def test_requests_that_are_not_listed_are_counted():
    lesson = course("05-receipts-drawer")
    more = document(
        *(
            {"Action": action, "Resource": f"{PAYROLL}/*"}
            for action in (
                "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectAcl", "s3:PutObjectAcl", "s3:GetObjectTagging",
            )
        )
    )  # fmt: skip
    text = f"aws iam put-user-policy --user-name casey --policy-name more --policy-document '{more}'\n"
    found, *_ = grade(played(lesson, lesson.solution + text)).findings
    assert found.key == "excess:casey"
    assert "; and at least 2 more requests." in found.why


# ------------------------------------------------------------------ everything
BOUNDARY = (
    "aws iam create-policy --policy-name Tight --policy-document '"
    + document(
        {"Action": "s3:ListBucket", "Resource": "*"},
        {
            "Action": "secretsmanager:GetSecretValue",
            "Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:till-abcdef",
        },
    )
    + "'\naws iam put-user-permissions-boundary --user-name casey "
    "--permissions-boundary arn:aws:iam::111122223333:policy/Tight\n"
)
EVERYTHING = "aws iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::aws:policy/AdministratorAccess\n"


def test_nobody_below_a_tight_boundary_is_said_to_do_everything():
    lesson = course("05-receipts-drawer")
    tight = grade(played(lesson, lesson.solution + EVERYTHING + BOUNDARY)).findings
    assert tight
    assert not any("can do everything" in found.what for found in tight)


def test_somebody_whom_nothing_limits_is_said_to_do_everything():
    lesson = course("05-receipts-drawer")
    kim = "aws iam create-user --user-name kim\n" + EVERYTHING.replace("casey", "kim")
    (found,) = grade(played(lesson, lesson.solution + kim)).findings
    assert (found.key, found.what) == ("excess:kim", "Kim can do everything.")


# ------------------------------------------------------------------ drawn names
def opened_role(note: str = "") -> str:
    anybody = document({"Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}).replace(
        ', "Resource": "*"', ""
    )
    reads = document({"Action": "s3:GetObject", "Resource": f"{PAYROLL}/*"})
    return (
        f"{note}aws iam create-role --role-name Open --assume-role-policy-document '{anybody}'\n"
        f"aws iam put-role-policy --role-name Open --policy-name p --policy-document '{reads}'\n"
    )


@pytest.mark.parametrize("id", ["10-the-cashiers", "C3-franchise"])
def test_the_keys_of_findings_have_no_drawn_account_numbers(id: str):
    lesson = course(id)

    def failed(text: str) -> list[str]:
        report = grade(played(lesson, text))
        return [check.id for check in report.checks if check.passed is False]

    first = failed(lesson.solution + opened_role())
    second = failed(lesson.solution + opened_role("aws iam list-users\n"))
    assert first == second
    assert "only:account/stranger" in first
    numbers = {number for id in first for number in re.findall(r"\d{12}", id)}
    assert numbers <= KNOWN


KNOWN = {"111122223333", "222233334444", "333344445555", "444455556666", "555566667777"}


# ------------------------------------------------------------------ practice rules
def test_offences_that_read_alike_are_told_once_and_the_others_are_counted():
    lesson = course("20-mfa-at-the-door")
    asks = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    work = document(
        {"Action": ["s3:ListBucket", "s3:GetObject"], "Resource": "*", "Condition": asks}
    )
    trust = document(
        {
            "Principal": {"AWS": "arn:aws:iam::111122223333:user/casey"},
            "Action": "sts:AssumeRole",
        }
    ).replace(', "Resource": "*"', "")
    text = (
        f"aws iam put-group-policy --group-name Staff --policy-name receipts --policy-document '{work}'\n"
        f"aws iam create-role --role-name Till --assume-role-policy-document '{trust}'\n"
    )
    check = check_practice(
        Trial(played(lesson, text)), "mfa-required", {"who": ["casey", "sam"]}
    )
    (found,) = make_findings(played(lesson, text), (check,))
    assert found.why.count("casey can work with the password alone") == 1


def test_offences_that_are_not_listed_are_counted():
    lesson = course("05-receipts-drawer")
    more = document(
        *({"Action": f"s3:{verb}*", "Resource": "*"} for verb in ("Get", "Put", "List", "Delete", "Abort"))
    )  # fmt: skip
    text = f"aws iam put-user-policy --user-name casey --policy-name more --policy-document '{more}'\n"
    check = check_practice(Trial(played(lesson, text)), "no-wildcard-action", {})
    (found,) = make_findings(played(lesson, text), (check,))
    assert found.why.endswith("and 2 more like these.")


def test_what_another_policy_allows_is_not_said_of_the_first_one() -> None:
    lesson = course("05-receipts-drawer")
    more = document({"Action": "s3:PutObject", "Resource": f"{PAYROLL}/*"})
    text = f"""aws iam put-user-policy --user-name casey --policy-name a --policy-document '{more}'
aws iam put-user-policy --user-name casey --policy-name b --policy-document '{more.replace("PutObject", "DeleteObject")}'
"""
    first, *_ = grade(played(lesson, lesson.solution + text)).findings
    assert "policy “a”" in first.why
    assert "s3:DeleteObject" not in first.why
    assert "Other policies also allow more than the jobs need: b." in first.why


def test_the_resources_of_another_account_are_not_called_another_policy() -> None:
    lesson = course("31-the-locked-recipe-book")
    unlock = document({"Action": "kms:Decrypt", "Resource": "*"})
    calls = lesson.solution.replace("file://policies/unlock.json", f"'{unlock}'")
    first, *_ = grade(played(lesson, calls)).findings
    assert "unlock" in first.why
    assert "ther polic" not in first.why


def test_of_several_excesses_the_one_that_allows_everything_is_told() -> None:
    lesson = course("22-the-delegated-manager")
    more = document({"Action": "s3:PutObject", "Resource": f"{PAYROLL}/*"})
    text = f"""aws iam put-user-policy --user-name sam --policy-name a --policy-document '{more}'
aws iam attach-user-policy --user-name sam --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
"""
    findings = grade(played(lesson, lesson.solution + text)).findings
    excess = next(each for each in findings if each.key == "excess:sam")
    assert excess.what == "Sam can do everything."


@pytest.mark.parametrize(
    ("id", "who", "statement", "believed"),
    [
        (
            "31-the-locked-recipe-book",
            "group Bakers",
            {"Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111122223333:alias/recipes"},
            "",
        ),
        (
            "05-receipts-drawer",
            "user casey",
            {"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET/*"},
            "M03",
        ),
        (
            "05-receipts-drawer",
            "user casey",
            {"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::coffeeshop-payroll"},
            "",
        ),
    ],
)  # fmt: skip
def test_only_the_other_arn_of_a_bucket_tells_that_it_is_taken_for_its_objects(
    id: str, who: str, statement: dict[str, object], believed: str
) -> None:
    lesson = course(id)
    kind, _, name = who.partition(" ")
    text = f"aws iam put-{kind}-policy --{kind}-name {name} --policy-name x --policy-document '{document(statement)}'\n"
    report = grade(played(lesson, text))
    (found,) = [finding for finding in report.findings if finding.key.endswith(":resource")]
    assert find_misconception(replace(lesson, wrongs=()), found) == believed


@pytest.mark.parametrize(
    ("key", "value", "believed"),
    [("aws:MultiFactorAuthPresent", "true", "M20"), ("aws:SourceIp", "192.0.2.1", "")],
)
def test_only_a_missing_key_tells_of_somebody_who_takes_it_for_always_there(
    key: str, value: str, believed: str
) -> None:
    lesson = course("05-receipts-drawer")
    operator = "IpAddress" if key == "aws:SourceIp" else "Bool"
    statement = {
        "Action": "s3:ListBucket",
        "Resource": "arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET",
        "Condition": {operator: {key: value}},
    }
    text = f"aws iam put-user-policy --user-name casey --policy-name x --policy-document '{document(statement)}'\n"
    findings = grade(played(lesson, text)).findings
    (found,) = [each for each in findings if each.key.endswith(":condition")]
    assert find_misconception(replace(lesson, wrongs=()), found) == believed


@pytest.mark.parametrize(
    ("key", "believed"), [("leak:cashier@cashier", ""), ("leak:secret@baker", "M15")]
)
def test_a_finding_that_several_misconceptions_cause_tells_of_none(
    key: str, believed: str
) -> None:
    lesson = course("37-two-shops-one-drawer")
    finding = replace(grade(played(lesson, "")).findings[0], key=key)
    assert find_misconception(lesson, finding) == believed


def test_a_refusal_that_another_policy_breaks_is_not_said_of_the_trust_policy():
    """Courier assumes the role in both, but it is the role's own policy that opens the payroll."""
    lesson = course("25-the-delivery-partner")
    trust = document(
        {"Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "sts:AssumeRole"}
    )
    export = document({"Action": "s3:*", "Resource": "*"})
    report = grade(
        played(
            lesson,
            f"aws iam create-role --role-name OrdersExport --assume-role-policy-document '{trust}'\n"
            f"aws iam put-role-policy --role-name OrdersExport --policy-name export --policy-document '{export}'\n",
        )
    )
    payroll = "Courier opens the payroll as OrdersExport"
    (found,) = (each for each in report.findings if payroll in each.what + each.why)
    assert found.what.startswith(f"“{payroll}” is still allowed")
    assert "statement 1 of policy “export” allows it" in found.why


def test_jobs_that_no_policy_allows_fail_for_one_reason_only_if_they_ask_for_one_action():
    lesson = course("22-the-delegated-manager")
    found, *_ = grade(played(lesson, "")).findings
    assert (
        "“Mina hires someone under /staff/, with StaffBoundary” doesn't work" in found.what
    )
    assert ", and 3 more checks fail too, such as “Mina can attach any policy" in found.what
