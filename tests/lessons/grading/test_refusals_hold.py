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
    assert f"in a session that began at {LATER}" in first.why


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
