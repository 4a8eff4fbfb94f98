"""Stars that were once earned by the letter: by what a rule did not name, by who somebody was, by what nobody tried."""

from __future__ import annotations

import pytest

from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.grading.test_nobody_escapes import document
from tests.lessons.grading.test_undeserved_stars import earned

ROOT_IN = "console sign-in --root-email owner@coffeeshop.example --password House-blend-1"


# ------------------------------------------------------------------ what somebody else holds
@pytest.mark.parametrize(("id", "at"), [("27-the-leaked-key", "09:40"), ("C3-franchise", "12:30")])
@pytest.mark.parametrize(("action", "result"), [("s3:ListBucket", (1, ["excess:session/robin"])), ("s3:*", (3, []))])
def test_a_lost_session_needs_nothing_that_its_taker_needs(id: str, at: str, action: str, result: tuple[int, list[str]]):
    older = {"DateLessThan": {"aws:TokenIssueTime": f"2026-03-02T{at}:00Z"}}
    revoked = document({"Effect": "Deny", "Action": action, "Resource": "*", "Condition": older})
    assert earned(id, course(id).solution.replace("file://policies/revoke.json", f"'{revoked}'")) == result


# ------------------------------------------------------------------ an account that is no more
@pytest.mark.parametrize("id", ["15-three-workstations", "26-the-back-door"])
def test_a_closed_account_is_judged_and_nobody_works_there(id: str):
    closed = f"{ROOT_IN}\nconsole close-account --profile root@console\n"
    assert earned(id, course(id).solution + closed)[0] == 0
