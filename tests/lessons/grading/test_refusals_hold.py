"""A refusal holds with every credential, at every moment from now on."""

from __future__ import annotations

from tests.lessons.authoring.test_mutants import scenario as course
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
