"""Each sentence of the access table agrees with the decision of AWS: now or later, signed or not, and for which job.

The suite tries the first plays; with another profile than `quick` (tests/conftest.py) a thousand are tried.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import settings

from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.door import ANONYMOUS_SERVICES
from coffeeshop.lessons.grading.access import survey_access
from coffeeshop.lessons.grading.access_table import Access, Reason
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.subjects import Subject, subject_of
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Play
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed
from coffeeshop.shop.mark import Mode
from coffeeshop.views.access.words import access_rows, explain_cell
from coffeeshop.views.rows import lines
from tests.views.plays import graded, played, scenario
from tests.views.test_said_truly import random_play

SEEDS = range(31_000, 31_000 + (4 if settings().derandomize else 1_000))
ONLY_WHEN = re.compile(r"the job needs it only when (\S+) is (\S+)")
UNSIGNED = {
    f"{row.service}:{row.name}".lower() for row in OPERATIONS.values() if row.unsigned
} | {"sts:assumerolewithsaml", "sts:tagsession", "sts:setsourceidentity"}


def role_trusting(principal: str, action: str = "sts:AssumeRole") -> str:
    """Return the solution of 25 with a trust policy that names this principal, without an external id."""
    trust = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    permissions = scenario("25").solution.splitlines()[1]
    return (
        "aws iam create-role --role-name OrdersExport "
        f"--assume-role-policy-document '{document}'\n{permissions}\n"
    )


def untruths(play: Play, access: Access) -> Iterator[str]:
    """Yield the sentences of the table that AWS's decision contradicts."""
    trial = Trial(play)
    for subject in access.subjects:
        for thing, reasons in access.row(subject).items():
            for reason in reasons:
                text = f"{subject}: {lines(explain_cell(access, subject, thing))}"
                yield from (f"{why}: {text}" for why in faults(trial, subject, reason))


def faults(trial: Trial, subject: Subject, reason: Reason) -> Iterator[str]:
    request = reason.decision.request
    if reason.detour and is_allowed_now(trial, subject, reason):
        yield "it is allowed now"
    if subject.who == "anyone" and not subject.role:
        action = request.action.lower()
        if action.partition(":")[0] not in ANONYMOUS_SERVICES and action not in UNSIGNED:
            yield "AWS takes no such call without a signature"
    if (said := ONLY_WHEN.search(reason.say)) and not is_jobs_need(
        trial, subject, *said.groups()
    ):
        yield "no job of theirs needs that"


def is_allowed_now(trial: Trial, subject: Subject, reason: Reason) -> bool:
    return any(
        isinstance(authorize(session.standing, reason.decision.request), Allowed)
        for session in trial.sessions_of(subject.who)
        if subject_of(session.who, session.badge) == subject
    )


def is_jobs_need(trial: Trial, subject: Subject, key: str, value: str) -> bool:
    return any(
        value
        in next((v for k, v in request.context.items() if k.lower() == key.lower()), ())
        for ticket in trial.jobs
        if ticket.want.mode is Mode.MUST and ticket.want.who.lower() == subject.who.lower()
        for request in (decision.request for decision in ticket.all_decisions)
    )


@pytest.mark.parametrize("principal", ["*", "arn:aws:iam::444455556666:root"])
def test_the_call_that_opens_a_session_does_not_have_to_come_before_itself(
    principal: str,
) -> None:
    script = role_trusting(principal)
    access = survey_access(played("25", script), graded("25", script))
    assert "isn't allowed yet" not in lines(access_rows(access, "courier"))
    assert [*untruths(played("25", script), access)] == []


@pytest.mark.parametrize("action", ["sts:AssumeRole", "sts:*"])
def test_nobody_assumes_a_role_without_a_signature(action: str) -> None:
    script = role_trusting("*", action)
    access = survey_access(played("25", script), graded("25", script))
    assert Subject("account/stranger") in access.subjects
    asked = {
        reason.decision.request.action
        for reasons in access.row(Subject("anyone")).values()
        for reason in reasons
    }
    assert {action.lower() for action in asked} <= UNSIGNED


def test_a_job_of_a_role_is_not_said_to_be_one_of_its_whole_account() -> None:
    script = role_trusting("arn:aws:iam::444455556666:root")
    access = survey_access(played("25", script), graded("25", script))
    said = lines(access_rows(access, "account 444455556666"))
    assert "no job asks for it" in said
    assert "the job needs it only when" not in said


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_the_table_says_of_a_request_is_so(seed: int) -> None:
    play = random_play(seed)
    access = survey_access(play, grade(play))
    assert [f"seed {seed}: {said}" for said in untruths(play, access)] == []
