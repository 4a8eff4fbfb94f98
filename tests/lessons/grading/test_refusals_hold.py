"""A refusal holds with every credential, at every moment from now on."""

from __future__ import annotations

import pytest

from coffeeshop.lessons.grading.grade import grade
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import played
from tests.lessons.grading.test_nobody_escapes import document
from tests.lessons.grading.test_undeserved_stars import earned

STAYS = [
    "organizations:LeaveOrganization",
    "cloudtrail:StopLogging",
    "cloudtrail:DeleteTrail",
]
SESSIONS = {"Null": {"aws:TokenIssueTime": "false"}}
THIS_YEAR = {"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}


def ruled(id: str, *conditions: dict[str, object]) -> tuple[int, list[str]]:
    """Return the stars and findings of the solution with the rule under these conditions."""
    rule = document(
        *(
            {"Effect": "Deny", "Action": STAYS, "Resource": "*", "Condition": condition}
            for condition in conditions
        )
    )
    text = course(id).solution
    assert "file://policies/shop-rules.json" in text
    return earned(id, text.replace("file://policies/shop-rules.json", f"'{rule}'"))


def test_a_rule_that_ends_for_keys_alone_is_a_leak():
    stars, findings = ruled("24-franchise-rules", SESSIONS, THIS_YEAR)
    assert (stars, findings[0]) == (0, "leak:leave@ada")


LATER = "2027-01-01T00:00:00Z"


@pytest.mark.parametrize("id", ["24-franchise-rules", "C3-franchise"])
@pytest.mark.parametrize(
    "condition",
    [
        {"DateLessThan": {"aws:TokenIssueTime": LATER}},
        {"DateLessThanIfExists": {"aws:TokenIssueTime": LATER}},
        {"DateLessThan": {"aws:CurrentTime": LATER}},
        {"NumericLessThan": {"aws:EpochTime": "1798761600"}},
    ],
)
def test_a_rule_that_spares_what_begins_on_a_later_day_is_a_leak(
    id: str, condition: dict[str, object]
):
    stars, findings = ruled(id, condition)
    assert stars == 0
    assert findings[0].startswith("leak:leave@ada")
    assert not any(key.startswith("not-proven") for key in findings)


def test_a_leak_that_waits_for_a_later_session_says_so():
    rule = document(
        {
            "Effect": "Deny",
            "Action": STAYS,
            "Resource": "*",
            "Condition": {"DateLessThanIfExists": {"aws:TokenIssueTime": LATER}},
        }
    )
    lesson = course("24-franchise-rules")
    text = lesson.solution.replace("file://policies/shop-rules.json", f"'{rule}'")
    first, *_ = grade(played(lesson, text)).findings
    assert "in a session that began at 00:00 on 1 January 2027" in first.why


# ------------------------------------------------------------------ an excess
@pytest.mark.parametrize(
    ("condition", "phrase"),
    [
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, "with an MFA code"),
        ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, "without an MFA code"),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, ""),
    ],
)
def test_an_excess_says_with_which_credential(condition: dict[str, object], phrase: str):
    lesson = course("05-receipts-drawer")
    more = document({"Action": "s3:DeleteObject", "Resource": "*", "Condition": condition})
    put_on = f"aws iam put-user-policy --user-name casey --policy-name more --policy-document '{more}'\n"
    (found,) = grade(played(lesson, lesson.solution + put_on)).findings
    assert found.key == "excess:casey"
    assert ("It is allowed in a console session" in found.why) == bool(phrase)
    assert phrase in found.why


# ------------------------------------------------------------------ what a request says beside its ARN
SHOP = "111122223333"
QUEUE = f"arn:aws:sqs:us-east-1:{SHOP}:online-orders"
DRIVER = {"AWS": "arn:aws:iam::444455556666:role/Driver"}


def lets_in(kind: str, name: str, action: str, on: str, **condition: object) -> str:
    """Return a line that allows a refused request under a condition."""
    row = {"Action": action, "Resource": on, "Condition": condition}
    return (
        f"aws iam put-{kind}-policy --{kind}-name {name} --policy-name more"
        f" --policy-document '{document(row)}'\n"
    )


def lists_payroll(**condition: object) -> str:
    on = "arn:aws:s3:::coffeeshop-payroll"
    return lets_in("user", "casey", "s3:ListBucket", on, **condition)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringLike": {"s3:prefix": "march*"}},
        {"StringEquals": {"s3:delimiter": "/"}},
        {"NumericLessThan": {"s3:max-keys": "2"}},
        {"StringEquals": {"aws:ResourceTag/open": "yes"}},
        {"StringLike": {"aws:Referer": "https://*"}},
    ],
)
def test_a_refusal_holds_for_any_value_of_what_its_line_leaves_out(
    condition: dict[str, object],
):
    stars, findings = earned(
        "05-receipts-drawer",
        course("05-receipts-drawer").solution + lists_payroll(**condition),
    )
    assert (stars, findings) == (0, ["leak:payroll@casey"])


def test_a_refusal_of_a_function_holds_for_a_tag_that_its_resource_may_get():
    id = "19-the-machines-badge"
    tagged = {"aws:ResourceTag/old": "yes"}
    more = lets_in("role", "espresso-role", "sqs:PurgeQueue", QUEUE, StringEquals=tagged)
    assert earned(id, course(id).solution + more) == (
        0,
        ["leak:purge@function/espresso-api"],
    )


def test_whoever_is_refused_a_role_cannot_take_it_under_another_session_name():
    id = "25-the-delivery-partner"
    named = {"StringEquals": {"sts:RoleSessionName": "anything"}}
    ours = {
        "Principal": {"AWS": "arn:aws:iam::444455556666:role/Courier"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "shop-7f3a"}},
    }
    theirs = {"Principal": DRIVER, "Action": "sts:AssumeRole", "Condition": named}
    text = course(id).solution.replace(
        "file://policies/trust.json", f"'{document(ours, theirs)}'"
    )
    assert earned(id, text) == (0, ["leak:other-role@driver"])


# ------------------------------------------------------------------ a credential that somebody took
BEGAN = {"aws:TokenIssueTime": "2026-03-02T12:00:00Z"}


def ending(at: str) -> dict[str, object]:
    return {"DateLessThan": {**BEGAN, "aws:CurrentTime": at}}


@pytest.mark.parametrize(
    ("condition", "stars"),
    [
        (ending("2026-03-02T13:00:00Z"), 0),
        (ending("2026-03-02T15:29:00Z"), 0),
        (ending("2026-03-02T15:31:00Z"), 3),  # the session ends at 15:30
        ({"DateLessThan": BEGAN, "Bool": {"aws:SecureTransport": "true"}}, 0),
        ({"DateLessThan": BEGAN, "Null": {"aws:SourceVpce": "true"}}, 0),
        ({"DateLessThan": BEGAN}, 3),
    ],
)
def test_what_the_owner_of_a_lost_session_needs_excuses_nobody_who_holds_it(
    condition: dict[str, object], stars: int
):
    id = "18-shift-length"
    rule = document(
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    )
    text = course(id).solution.replace("file://policies/revoke-old.json", f"'{rule}'")
    assert earned(id, text)[0] == stars


def test_a_thief_s_session_stays_refused_until_it_ends():
    id = "27-the-leaked-key"
    condition = {
        "DateLessThan": {
            "aws:TokenIssueTime": "2026-03-02T09:40:00Z",
            "aws:CurrentTime": "2026-03-02T18:00:00Z",
        }
    }
    rule = document(
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    )
    text = course(id).solution.replace("file://policies/revoke.json", f"'{rule}'")
    stars, findings = earned(id, text)
    assert (stars, findings[0]) == (0, "leak:thief-session")


# ------------------------------------------------------------------ a key that tells a job from a refusal
def lists_drawer(name: str, **condition: object) -> str:
    on = "arn:aws:s3:::coffeeshop-receipts"
    return lets_in("group", name, "s3:ListBucket", on, **condition)


@pytest.mark.parametrize(
    ("condition", "stars", "finding"),
    [
        # The job names s3:prefix. So "the whole bucket" is a list without it.
        ({"StringLike": {"s3:prefix": "north*"}}, 1, "excess:casey"),
        ({"StringEquals": {"s3:prefix": "west/"}}, 1, "excess:casey"),
        ({"StringLike": {"s3:prefix": ["south*", "north/*"]}}, 0, "leak:south@casey"),
        ({"StringLikeIfExists": {"s3:prefix": "north/*"}}, 0, "leak:all@casey"),
        ({"Null": {"s3:prefix": "true"}}, 0, "leak:all@casey"),
        # No job names these, so the refusal holds for any value of them.
        ({"StringEquals": {"s3:delimiter": "/"}}, 0, "leak:south@casey"),
        ({"NumericLessThan": {"s3:max-keys": "2"}}, 0, "leak:south@casey"),
        ({"StringLike": {"aws:Referer": "https://*"}}, 0, "leak:south@casey"),
    ],
)
def test_a_line_without_the_key_that_a_job_names_means_a_request_without_it(
    condition: dict[str, object], stars: int, finding: str
):
    id = "09-tonights-folder"
    more = lists_drawer("NorthTill", **condition)
    earned_stars, findings = earned(id, course(id).solution + more)
    assert (earned_stars, findings[0]) == (stars, finding)


@pytest.mark.parametrize(
    ("who", "finding"), [("indra", "leak:untagged@indra"), ("casey", "excess:casey")]
)
def test_a_tag_that_no_job_of_the_same_person_names_is_refused_with_any_value(
    who: str, finding: str
):
    id = "23-coloured-badges"
    tagged = {"StringEquals": {"s3:ExistingObjectTag/branch": "west"}}
    on = "arn:aws:s3:::coffeeshop-receipts/*"
    more = lets_in("user", who, "s3:GetObject", on, **tagged)
    assert earned(id, course(id).solution + more)[1][0] == finding
